"""The day's page: coverage, problems per 1,000 and states, in both languages."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from results.checks.dual_track.compare import Difference
from results.checks.dual_track.document import Collected, Transaction, document
from results.checks.ledger.model import Ledger, LedgerProblem
from results.report.html.checks.replay import _coverage, _in_a_thousand, render_replay, replay_junit, total
from results.report.terminal.replay import lines

WRONG = Difference("ybtse", "amount", "1.00", "<b>1.01", "amount→off by 0.01", 1)


def day(date: str, *outcomes: str) -> dict[str, Any]:
    collected = Collected()
    for number, outcome in enumerate(outcomes):
        diffs = (WRONG,) if outcome == "mismatched" else ()
        place = str(number), "14301240000", "declaration", "declaration.submit", date, "t"
        collected.add(Transaction(*place, outcome, diffs))
    about = {
        "run_id": date, "at": f"{date}T20:00:00+00:00", "name": "双轨", "units": {"14301240000": "宁乡县"},
        "journal": {"file": "day.ndjson", "sha256": "0" * 64, "day": date},
        "sides": {"new": {"name": "reference", "file": "", "url": "embedded"}},
    }  # fmt: skip
    return document(about, collected, ["line 9 is cut off: entries are missing"])


DAY = day("2015-09-11", *["matched"] * 7, "mismatched", "not_planned", "late")


def text_of(page: str, language: str) -> str:
    other = {"en": "zh", "zh": "en"}[language]
    head, _, rest = page.partition("<main>")
    body = head.rpartition("<header>")[2] + rest.partition("<script")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", re.sub(rf'<span lang="{other}">.*?</span>', "", body)).split())


def test_figures_of_a_day_are_those_of_its_classes() -> None:
    found = total(DAY)
    assert (found["occurred"], found["reentered"], found["coverage"]) == (10, 8, "80.0%")
    assert (found["problems"], found["rate"]) == (1, "125.00"), "1 problem in 8 is 125 in 1,000"


def test_a_share_of_what_is_not_wholly_known_is_a_bound() -> None:
    """Nine of nine that are known were re-entered; how many occurred nobody knows."""
    cut = day("2015-09-11", *["matched"] * 9)
    cut["journal"]["whole"] = False
    page = render_replay(cut, Ledger())
    assert "at least 9 transactions occurred, 9 were re-entered and compared (≤ 100.0%)" in text_of(
        page, "en"
    )
    assert "至少发生 9 笔业务，补录并比对 9 笔（≤ 100.0%）" in text_of(page, "zh")
    assert "occurred at least 9, re-entered and compared 9" in lines(cut, 0)[1]
    assert "至少发生 9 笔，补录并比对 9 笔" in lines(cut, 1)[1]
    assert cut["verdict"] == "inconclusive"


def test_a_day_that_lacks_one_transaction_is_not_covered_in_full() -> None:
    """28,935 of 28,936 is 99.9965 %: neither whole nor, where more may have occurred, at most 99.9 %."""
    assert _coverage(28_935, 28_936, whole=True) == "99.9%"
    assert _coverage(28_935, 28_936, whole=False) == "< 100.0%"
    assert _coverage(28_936, 28_936, whole=True) == "100.0%"
    assert _coverage(1, 28_936, whole=True) == "< 0.1%"
    assert _coverage(0, 28_936, whole=True) == "0.0%"
    assert _coverage(28_935, 46_008, whole=True) == "62.9%"
    assert _coverage(28_935, 46_008, whole=False) == "≤ 62.9%"
    assert _coverage(62_801, 100_000, whole=False) == "≤ 62.9%"
    assert _coverage(0, 0, whole=True) == "–"
    found = [_in_a_thousand(number, 1_000_000) for number in (0, 1, 7, 2340)]
    assert found == ["0.00", "< 0.01", "0.01", "2.34"]


def test_the_page_says_it_in_both_languages_and_escapes_what_a_system_said() -> None:
    problem = DAY["faults"][0]
    known = LedgerProblem(
        **{name: problem[name] for name in ("id", "check", "domain", "operation", "field", "kind", "pair")},
        state="waiting", owner="张三",
    )  # fmt: skip
    page = render_replay(DAY, Ledger(problems=[known]), [day("2015-09-10", "matched")])
    english, chinese = text_of(page, "en"), text_of(page, "zh")
    assert "10 transactions occurred, 8 were re-entered and compared (80.0%), 1 problem" in english
    assert "宁乡县 14301240000 declaration 10 8 80.0% 1 125.00" in english
    assert "宁乡县 14301240000 申报 10 8 80.0% 1 125.00" in chinese
    assert "7 1 1 1 1 reported, waiting all 10 8" in english, "states stand beside their unit and domain"
    assert "7 1 1 1 1 上报待回复 合计 10 8" in chinese
    assert "第 9 行不完整：缺少业务" in chinese
    assert "2015-09-10 1 1 100.0% – 0.00" in english
    assert "1 reported, waiting" not in chinese
    assert "上报待回复 张三" in chinese
    assert "金额→差 0.01" in chinese
    assert "<b>1.01" not in page
    assert "charts.start(" in page, "else its language buttons do nothing"
    assert "not in the ledger" not in english
    assert "not in the ledger" in text_of(render_replay(DAY, Ledger()), "en")


def test_junit_passes_nothing_that_was_not_compared() -> None:
    def kinds(found: dict[str, Any]) -> list[str]:
        root = ElementTree.fromstring(replay_junit(found).encode())
        return [child.tag for case in root.iter("testcase") for child in case]

    assert kinds(DAY) == ["failure", "failure"]
    assert kinds({**day("2015-09-11", "matched", "late")}) == ["error", "error"]
    assert kinds({**day("2015-09-11", "matched"), "problems": [], "verdict": "pass"}) == []


def test_a_problem_stands_in_the_row_of_every_domain_that_has_it() -> None:
    """Cases of all domains are accepted by one operation."""
    collected = Collected()
    for number, domain in enumerate(("legal", "voucher", "legal")):
        place = str(number), "u", domain, "case.accept", "2015-09-11", "t"
        collected.add(Transaction(*place, "mismatched", (WRONG,)))
    found = {**DAY, **document({}, collected, ())}
    english = text_of(render_replay(found, Ledger()), "en")
    assert "u legal 2 2 100.0% 1 500.00" in english
    assert "u voucher 1 1 100.0% 1 1000.00" in english
    for fault in found["faults"]:  # as an older renhai wrote it
        del fault["places"]
    assert "u voucher 1 1 100.0% – 0.00" in text_of(render_replay(found, Ledger()), "en")


def test_junit_skips_what_nothing_was_to_be_compared_of() -> None:
    for outcome in ("not_planned", "ignored"):
        root = ElementTree.fromstring(replay_junit(day("2015-09-11", outcome)).encode())
        assert [[child.tag for child in case] for case in root.iter("testcase")] == [["error"], ["skipped"]]


def test_words_of_ours_among_values_are_chinese_and_values_stay() -> None:
    """An outcome, a list in the place of a value, the types of JSON; a target's own word is quoted."""
    found = [
        Difference("outcome", "status", "ok", "rejected GY003", "ok→rejected GY003", 0),
        Difference("ranges", "missing", "rows", "", "there→absent", 0),
        Difference("ybtse", "type", "981.98", "981.98", "number→text", 0),
        Difference("name", "value", "张三 ", "张三", "text→other blanks", 0),
        Difference("word", "value", "ok", "more", "ok→more", 0),
    ]
    collected = Collected()
    place = "1", "14301240000", "declaration", "declaration.submit", "2015-09-11", "t"
    collected.add(Transaction(*place, "mismatched", tuple(found)))
    told = document({**DAY, "journal": DAY["journal"]}, collected, [])
    page = render_replay(told, Ledger())
    chinese, english = text_of(page, "zh"), text_of(page, "en")
    assert "结果 结果不同 成功→拒绝 GY003 1 成功 拒绝 GY003" in chinese
    assert "outcome status ok→rejected GY003 1 ok rejected GY003" in english
    assert "ranges 缺少 存在→缺失 1 列表 –" in chinese
    assert "类型不同 数值→文字 1 981.98 981.98" in chinese
    assert "文字→空白不同 1 张三␣ 张三" in chinese and "1 张三␣ 张三" in english
    assert "1 ok more" in chinese
    assert any("结果 结果不同 成功→拒绝 GY003 × 1" in line for line in lines(told, 1))
    assert any("类型不同 数值→文字" in line for line in lines(told, 1))
