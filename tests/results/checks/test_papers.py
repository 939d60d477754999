"""Papers against their form, in memory: what is right is never told of, what is not always is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.checks.ledger.merge import merge_audit, merge_papers
from results.checks.ledger.model import Ledger
from results.checks.ledger.standing import standing
from results.checks.papers.capitals import DIGITS, accepted, plain
from results.checks.papers.document import OPEN, Finding, Papers, document, failed
from results.checks.papers.judging import Mark, judge
from results.checks.papers.layout import Char, Field, Form, Label
from results.checks.papers.values import same
from results.errors import SnapshotError
from results.verdict.checks.papers import _doubts, with_papers
from results.verdict.run_summary import Judgement

FORM = Form(
    "form",
    1,
    (
        Field("id", 1, 60, 50, 100, whose=True),
        Field("name", 1, 60, 62, 100, height=6, whose=True),
        Field("period", 1, 60, 80, 100, kind="period"),
        Field("figures", 1, 150, 92, 90, kind="amount", ends=True),
        Field("capitals", 1, 60, 104, 100, kind="capitals"),
    ),
    (Label("纳税人识别号", 1, 20, 50),),
)
EXPECTED = {
    "id": ["914301037700000001"], "name": ["长沙县（某某）有限公司"], "period": ["2015-08-01", "2015-08-31"],
    "figures": ["1002.50"], "capitals": ["1002.50"],
}  # fmt: skip
WRITTEN = {
    "id": (60.0, 50.0, "914301037700000001"), "name": (60.0, 62.0, "长沙县(某某)有限公司"),
    "period": (60.0, 80.0, "2015年8月1日至2015年8月31日"), "figures": (132.0, 92.0, "￥1,002.50"),
    "capitals": (60.0, 104.0, "人民币壹仟零贰圆伍角正"), "label": (20.0, 50.0, "纳税人识别号"),
}  # fmt: skip


def chars(**changes: tuple[float, float, str]) -> list[Char]:
    """Every character 2 mm wide; a change is (x, y, text)."""
    found = []
    for x, y, text in {**WRITTEN, **changes}.values():
        found += [Char(1, letter, x + 2 * n, x + 2 * n + 2, y) for n, letter in enumerate(text)]
    return found


def marks(**changes: tuple[float, float, str]) -> list[tuple[str, str]]:
    return [(mark.kind, mark.field) for mark in judge(FORM, chars(**changes), 1, EXPECTED)]


def test_a_paper_that_says_it_all_is_right_however_it_is_set():
    assert marks() == []
    assert marks(id=(61.9, 51.9, "9143 0103 7700000001")) == []
    assert marks(figures=(136.0, 92.0, "1002.50")) == []
    assert marks(name=(60, 62, "长沙县（某某"), more=(60, 67, "）有限公司")) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"id": (60, 50, "914301037700000002")}, ("wrong", "id")),
        ({"id": (60, 50, "9143010377000000011")}, ("wrong", "id")),  # the id is a part of it
        ({"id": (60, 50, "")}, ("wrong", "id")),
        ({"name": (60, 62, "长沙县(某某)有限公司分公司")}, ("wrong", "name")),
        ({"name": (60, 62, "长沙县(某某)有限公")}, ("wrong", "name")),
        ({"figures": (130, 92, "￥11,002.50")}, ("wrong", "figures")),
        ({"figures": (130, 92, "￥1,002.05")}, ("wrong", "figures")),
        ({"figures": (134, 92, "-1,002.50")}, ("wrong", "figures")),
        ({"figures": (134, 92, "10,02.50")}, ("wrong", "figures")),
        ({"capitals": (60, 104, "壹仟零贰元伍分")}, ("wrong", "capitals")),
        ({"capitals": (60, 104, "壹仟贰元伍角整")}, ("wrong", "capitals")),
        ({"capitals": (60, 104, "壹仟零贰元伍角分")}, ("wrong", "capitals")),
        ({"period": (60, 80, "2015年8月1日至2015年9月31日")}, ("wrong", "period")),
        ({"period": (60, 80, "2015年8月31日至2015年8月1日")}, ("wrong", "period")),
        ({"period": (60, 80, "2015年8月1日")}, ("wrong", "period")),
        ({"id": (62.1, 50, "914301037700000001")}, ("moved", "id")),
        ({"id": (57.9, 50, "914301037700000001")}, ("moved", "id")),
        ({"id": (60, 56, "914301037700000001")}, ("moved", "id")),
        ({"figures": (129, 92, "￥1,002.50")}, ("moved", "figures")),  # its end is what counts
        ({"label": (20, 55, "纳税人识别号")}, ("moved", "纳税人识别号")),
        ({"label": (20, 50, "纳税人识别")}, ("wrong", "纳税人识别号")),
        ({"more": (70, 50.2, "作废")}, ("wrong", "id")),  # printed over
    ],
)
def test_what_is_not_right_is_told_of_that_field_alone(change, found):
    assert marks(**change) == [found]


def test_an_amount_elsewhere_on_the_page_does_not_stand_for_the_one_that_is_wrong():
    found = judge(FORM, chars(figures=(132, 92, "￥1,002.51"), more=(20, 200, "￥1,002.50")), 1, EXPECTED)
    assert [(mark.kind, mark.expected, mark.found) for mark in found] == [("wrong", "1002.50", "￥1,002.51")]


def test_another_taxpayers_paper_is_told_once():
    other = {
        "id": (60, 50, "914301037700000002"),
        "name": (60, 62, "宁乡县某厂"),
        "figures": (134, 92, "￥9.00"),
    }
    assert marks(**other) == [("swapped", "id")]
    assert marks(id=other["id"], figures=other["figures"]) == [("wrong", "id"), ("wrong", "figures")]


def test_all_that_moved_alike_is_one_finding_and_other_pages_are_counted():
    moved = {name: (x + 5, y, text) for name, (x, y, text) in WRITTEN.items() if name != "figures"}
    found = judge(FORM, chars(**moved), 1, EXPECTED)
    assert [(mark.kind, mark.field, mark.found) for mark in found] == [("moved", "(all)", "+5.0, +0.0 mm")]
    assert judge(FORM, chars(), 2, EXPECTED) == [Mark("wrong", "(pages)", "1", "2")]


@pytest.mark.parametrize("expected", [{"id": [""]}, {"figures": ["1.5 yuan"]}, {"period": ["x", "y"]}])
def test_what_cannot_be_expected_is_no_paper_that_is_right(expected):
    with pytest.raises(ValueError):
        judge(FORM, chars(), 1, {**EXPECTED, **expected})
    with pytest.raises(KeyError):
        judge(FORM, chars(), 1, {"another": ["1"]})


def inverse(text: str) -> int:
    """Fen of capitals, by reading them from left to right: nothing in common with how they are written."""
    total = section = digit = 0
    places = {"拾": 10, "佰": 100, "仟": 1000}
    for sign in text.removeprefix("负"):
        if sign in DIGITS:
            digit = DIGITS.index(sign)
        elif sign in places:
            section, digit = section + digit * places[sign], 0
        elif sign == "万":
            section, digit = (section + digit) * 10_000, 0
        elif sign == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        elif sign == "元":
            total, section, digit = (total + section + digit) * 100, 0, 0
        elif sign == "角":
            total, digit = total + digit * 10, 0
        elif sign == "分":
            total, digit = total + digit, 0
    return -total if text.startswith("负") else total


amounts = st.one_of(
    st.integers(-(10**6), 10**13),
    st.lists(st.sampled_from("000123"), min_size=1, max_size=13).map(lambda digits: int("".join(digits))),
)


@given(fen=amounts)
def test_all_ways_of_writing_an_amount_say_that_amount_and_keep_the_rules(fen):
    for text in accepted(fen):
        assert inverse(text) == fen
        assert "零零" not in text and "零万" not in text and "零亿" not in text and "亿万" not in text
        assert not text.endswith("分整") and (text.endswith(("整", "分", "角")))
        assert ("分" in text) == bool(fen % 10) and ("角" in text) == bool(abs(fen) // 10 % 10)


@given(fen=amounts, other=amounts)
def test_no_capitals_say_two_amounts(fen, other):
    assert fen == other or not accepted(fen) & accepted(other)


@pytest.mark.parametrize(
    ("yuan", "text", "held"),
    [
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分", True),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分", True),
        ("107000.53", "壹拾万柒仟元零伍角叁分", True),
        ("107000.53", "壹拾万零柒仟元伍角叁分", True),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分", True),
        ("16409.02", "壹万陆仟肆佰零玖元贰分", False),
        ("325.04", "叁佰贰拾伍元零肆分", True),
        ("6007.14", "陆仟零柒元壹角肆分", True),
        ("6007.14", "陆仟零零柒元壹角肆分", False),
        ("10", "拾元整", False),
        ("10", "壹拾元", False),
        ("1409.50", "人民币：壹仟肆佰零玖元伍角", True),
        ("120000000.50", "人民幣壹億貳仟萬圓伍角正", True),  # traditional ones have to be accepted, too
        ("36", "叄拾陸圓整", True),
        ("36", "三拾六元整", False),
        ("2", "兩元整", False),
    ],
)
def test_the_examples_of_the_rules(yuan, text, held):
    assert same("capitals", [yuan], text) is held
    assert plain("人民币 壹 圆 正") == "壹元整"


def paper(kind: str = "wrong", field: str = "figures") -> Finding:
    return Finding("printing.notice", kind, field, "1.00", "￥2.00", 1_448_000_000_000, "14301030000", {})


def checked(unit: str = "14301030000", **counts: int) -> dict:
    papers = Papers(units={"printing.notice": {unit}})
    for name, n in {"printed": 4, "checked": 4, "right": 4, **counts}.items():
        papers.count("printing.notice", name, n)
    papers.findings += [paper()] * counts.get("wrong", 0)
    return document("r1", papers, "2015-11-20T08:00:00+00:00", 1.0)


def test_findings_enter_the_ledger_once_a_problem_and_close_only_by_a_later_whole_check():
    ledger = Ledger()
    merge_papers(ledger, checked(wrong=2, right=2), "papers.json")
    merge_papers(ledger, checked(wrong=2, right=2), "papers.json")
    (problem,) = ledger.problems
    assert (problem.check, problem.kind, problem.field, problem.pair, problem.count) == (
        "papers", "wrong", "figures", "amount→more", 2,
    )  # fmt: skip
    assert problem.units == {"14301030000": 2}
    problem.say("2015-11-21T08:00:00.000+00:00", "solved", "张三", "")
    assert standing(ledger).verdict == "inconclusive"
    later = {**checked(), "run_id": "r2", "at": "2015-11-22T08:00:00+00:00"}
    merge_papers(ledger, {**later, "state": "incomplete"}, "papers.json")
    assert standing(ledger).verdict == "inconclusive"
    elsewhere = {**checked("14301040000"), "run_id": "r3", "at": "2015-11-23T08:00:00+00:00"}
    merge_papers(ledger, elsewhere, "papers.json")  # another unit's papers say nothing of these
    assert standing(ledger).verdict == "inconclusive"
    merge_papers(ledger, {**later, "at": "2015-11-23T08:00:00+00:00"}, "papers.json")
    assert standing(ledger).verdict == "pass"
    with pytest.raises(SnapshotError, match="renhai papers RUN"):
        merge_papers(ledger, {"schema": 1}, "papers.json")
    with pytest.raises(SnapshotError):
        merge_audit(ledger, checked(), "audit.json")


MOST = dict.fromkeys(("empty", "cut_off", "unreadable", "swapped", "wrong", "moved"), 0)


@pytest.mark.parametrize(
    ("found", "required", "verdict"),
    [
        (checked(), True, "pass"),
        (checked(wrong=1), True, "fail"),
        (checked(wrong=1), False, "fail"),
        (checked(missing=1), True, "inconclusive"),
        (checked(unkept=1), False, "inconclusive"),
        (checked(unchecked=1), True, "inconclusive"),
        (checked(unchecked=1, wrong=1), True, "fail"),
        (checked(sampled_out=1), True, "pass"),
        (None, True, "inconclusive"),
        (document("r", Papers(), "t", 0.0), True, "inconclusive"),
        (failed("r", "t", "needs pypdf"), True, "inconclusive"),
        (failed("r", "t", "needs pypdf"), False, "inconclusive"),
        (document("r", Papers(), "t", 0.0), False, "pass"),
        (document("r", Papers(), "t", 0.0, possible=False), True, "inconclusive"),
        (document("r", Papers(), "t", 0.0, possible=False), False, "pass"),
    ],
)
def test_what_was_not_checked_is_never_right(found, required, verdict):
    judged = with_papers(Judgement("pass", [], []), {"required": required, "most": MOST}, found)
    assert judged.verdict == verdict
    assert (
        with_papers(Judgement("invalid", [], []), {"required": True, "most": MOST}, found).verdict
        == "invalid"
    )
    assert with_papers(Judgement("pass", [], []), None, found).verdict == "pass"
    if found and found["state"] == "incomplete" and not found["counts"]["wrong"]:
        assert {row.passed for row in judged.thresholds} == {None}
    if found and found["counts"]["sampled_out"]:
        assert [note.en for note in judged.notes] == [
            "a sample of the papers was checked, as the scenario says: 4 of 4"
        ]


def test_what_is_open_is_counted_as_far_as_it_is_told():
    (told,) = _doubts("incomplete", {"counts": {OPEN[0]: 3}, "problems": []})
    assert told.papers == 3


@pytest.mark.parametrize(
    ("yuan", "written"),
    [
        (100_000_000, {"壹亿元整"}),
        (112_345_678, {"壹亿壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元整"}),
        (100_000_007, {"壹亿零柒元整"}),
        (1_000_000_000_000, {"壹万亿元整"}),
    ],
)
def test_a_zero_stands_behind_yi_only_between_digits(yuan, written):
    assert accepted(100 * yuan) == written


def test_a_problem_is_told_once():
    papers = Papers()
    for why in ("no room", "cut off", "no room"):
        papers.problem(why)
    assert papers.problems == ["no room", "cut off"]


def test_a_text_may_stand_off_by_its_tolerance_and_a_thousandth_of_a_micrometre():
    form = Form("form", 1, (Field("id", 1, 0, 50, 100),), tolerance=2.0)

    def kinds(x: float) -> list[str]:
        return [mark.kind for mark in judge(form, [Char(1, "7", x, x + 2, 50)], 1, {"id": ["7"]})]

    assert (kinds(2.0), kinds(2.0 + 1e-6), kinds(2.001)) == ([], [], ["moved"])
