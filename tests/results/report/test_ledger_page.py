"""The problem ledger as a page: its figures, states, and problems that came back."""

from __future__ import annotations

from pathlib import Path

from results.checks.ledger.model import Audited, Ledger, LedgerProblem, Sighting
from results.checks.ledger.standing import standing
from results.report.html.checks.ledger import render_ledger, write_ledger_page
from tests.results.report.browser import shown
from tests.results.report.browsing import beyond_the_margin, browse, needs_chromium
from tests.results.report.test_replay_page import text_of

AT = "2015-09-11T08:00:00+00:00"


def problem(number: int, **changes: object) -> LedgerProblem:
    seen = [Sighting(run_id="run-1", at=AT, count=1234, fen=-88000, first="2015-09-11", last="2015-09-12")]
    known: dict[str, object] = {
        "id": f"v1-{number:010}", "check": "audit", "domain": "declaration",
        "operation": "declaration.submit", "field": "ybtse", "kind": "altered",
        "pair": "amount→off by 0.01", "seen": seen, **changes,
    }  # fmt: skip
    return LedgerProblem.model_validate(known)


LEDGER = Ledger(
    audits=[Audited(run_id="run-1", at=AT, state="audited", covered=["declaration.submit"])],
    problems=[
        problem(1, state="waiting", owner="张三", reopened=2),
        problem(2, reopened=1, note="<b>说明", field="<i>", seen=[]),
    ],
)


def test_it_tells_of_each_problem_and_how_the_ledger_stands() -> None:
    page = render_ledger(LEDGER, standing(LEDGER))
    english, chinese = text_of(page, "en"), text_of(page, "zh")
    assert "FAIL Problem ledger 2 problems of 1 run" in english
    assert "未通过 问题台账 2 个问题，1 次运行" in chinese
    assert "2 problems are open 2 of them were solved once and came back" in english
    assert "reported, waiting 1 reported, answered 0 solved on site 0 other 1" in english
    assert (
        "v1-0000000001 reported, waiting came back 2× declaration declaration.submit altered ybtse "
        "amount→off by 0.01 1234 -880.00 – 2015-09-11 2015-09-12 张三 –" in english
    )
    assert "上报待回复 重新出现 2 次" in chinese and "金额→差 0.01" in chinese
    assert '<body class="fail broad">' in page
    assert "申报 declaration.submit 被改动" in chinese
    assert "<b>说明" not in page and "&lt;b&gt;说明" in page


def test_a_ledger_without_an_audit_is_not_green() -> None:
    page = render_ledger(Ledger(), standing(Ledger()))
    assert '<body class="inconclusive broad">' in page
    assert "None was found." in text_of(page, "en")


def test_kinds_of_a_drain_are_told_in_words() -> None:
    late = problem(
        4, check="drain", domain="发票领用", operation="发票领用", kind="after_stop", pair="", field=""
    )
    page = render_ledger(Ledger(problems=[late]), standing(Ledger(problems=[late])))
    assert "发票领用 发票领用 stored after its stop" in text_of(page, "en")
    assert "发票领用 发票领用 停办后写入" in text_of(page, "zh")


@needs_chromium
def test_it_fits_a_phone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.html"
    write_ledger_page(path, LEDGER, standing(LEDGER))
    saw, console = browse(path, "zh", tmp_path, 390)
    assert (saw["wide"], saw["asked"], console) == (0, [], [])


@needs_chromium
def test_it_fits_a_printed_page(tmp_path: Path) -> None:
    path = tmp_path / "ledger.html"
    long = problem(
        3, operation="printing.certificate_ofd", note="已转省局处理，待回复", owner="信息中心 陈静"
    )
    ledger = LEDGER.model_copy(update={"problems": [*LEDGER.problems, long]})
    write_ledger_page(path, ledger, standing(ledger))
    assert beyond_the_margin(shown(path, "en", 1280, printed=True).pdf) == []
