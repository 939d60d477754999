"""Where a value begins and ends on a paper, and what reads the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.checks.papers.capitals import accepted
from results.checks.papers.judging import judge
from results.checks.papers.layout import Char, Field, Form, Label
from results.checks.papers.values import same
from tests.results.checks.test_papers import inverse

FORM = Form(
    "form",
    1,
    (
        Field("id", 1, 60, 50, 40, whose=True),
        Field("name", 1, 60, 62, 20),
        Field("figures", 1, 60, 92, 40, kind="amount"),
        Field("total", 1, 160, 92, 30, kind="amount", ends=True),
        Field("capitals", 1, 60, 104, 60, kind="capitals"),
        Field("day", 1, 60, 116, 40, kind="date"),
    ),
    (Label("完税证明", 1, 90, 30), Label("识别号", 1, 20, 50), Label("电话：", 1, 20, 130)),
)
EXPECTED = {
    "id": ["914301037700000001"], "name": ["长沙某某公司"], "figures": ["1002.50"], "total": ["1002.50"],
    "capitals": ["1002.50"], "day": ["2015-08-31"],
}  # fmt: skip
WRITTEN = {
    "id": (60.0, 50.0, "914301037700000001"), "name": (60.0, 62.0, "长沙某某公司"),
    "figures": (60.0, 92.0, "￥1,002.50"), "total": (142.0, 92.0, "￥1,002.50"),
    "capitals": (60.0, 104.0, "壹仟零贰元伍角整"), "day": (60.0, 116.0, "2015-08-31"),
    "title": (90.0, 30.0, "完税证明"), "label": (20.0, 50.0, "识别号"), "phone": (20.0, 130.0, "电话：12366"),
}  # fmt: skip


def found(form: Form = FORM, **changes: tuple[float, float, str]) -> list[tuple[str, str, str]]:
    """Every letter is 2 mm wide."""
    chars = [
        Char(1, letter, x + 2 * n, x + 2 * n + 2, y)
        for x, y, text in {**WRITTEN, **changes}.values()
        for n, letter in enumerate(text)
    ]
    return [(mark.kind, mark.field, mark.found) for mark in judge(form, chars, 1, EXPECTED)]


def test_a_paper_that_says_it_all_is_right() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        # as far to the left as its sign is wide: the digits alone stand in the place
        ({"figures": (57.0, 92, "￥1,002.50")}, ("moved", "figures", "-3.0, +0.0 mm")),
        ({"figures": (57.0, 92, "91,002.50")}, ("wrong", "figures", "91,002.50")),
        ({"figures": (57.0, 92, "-1,002.50")}, ("wrong", "figures", "-1,002.50")),
        ({"total": (143.0, 92, "￥1,002.505")}, ("wrong", "total", "￥1,002.505")),
        ({"capitals": (57.0, 104, "贰壹仟零贰元伍角整")}, ("wrong", "capitals", "贰壹仟零贰元伍角整")),
        ({"id": (57.0, 50, "1914301037700000001")}, ("swapped", "id", "1914301037700000001")),
        ({"day": (57.0, 116, "12015-08-31")}, ("wrong", "day", "12015-08-31")),
        # on beyond the width, as if it ended there
        ({"name": (60.0, 62, "长沙某某公司公司北分公司")}, ("wrong", "name", "长沙某某公司公司北分公司")),
        ({"title": (90.0, 30, "完税证明副本")}, ("wrong", "完税证明", "完税证明副本")),
        ({"title": (90.0, 30, "完税证明（作废）")}, ("wrong", "完税证明", "完税证明（作废）")),
        ({"label": (20.0, 50, "识别号码")}, ("wrong", "识别号", "识别号码")),
    ],
)
def test_what_goes_on_beside_its_place_is_read_with_it(
    change: dict[str, tuple[float, float, str]], told: tuple[str, str, str]
) -> None:
    assert found(**change) == [told]


def test_a_name_that_ends_where_its_place_does_and_goes_on() -> None:
    short = FORM._replace(
        fields=tuple(one._replace(width=12) if one.name == "name" else one for one in FORM.fields)
    )
    assert found(short) == []
    assert found(short, name=(60.0, 62.0, "长沙某某公司分公司")) == [("wrong", "name", "长沙某某公司分公司")]
    assert found(short, next=(72.0, 62.0, "（盖章）")) == []  # words that are none of the name's


@pytest.mark.parametrize(
    "change",
    [
        {"label": (53.0, 50.0, "识别号")},  # a heading right before its value, and 34 mm beside its own place
        {"unit": (160.0, 92.0, "元")},  # behind an amount that ends there
        {"heading": (51.0, 62.0, "纳税人：")},
        {"heading": (53.0, 92.0, "税额：")},
        {"heading": (51.0, 104.0, "（大写）")},
    ],
)
def test_words_right_beside_a_value_are_none_of_it(change: dict[str, tuple[float, float, str]]) -> None:
    near = FORM._replace(
        labels=(FORM.labels[0], Label("识别号", 1, 53, 50) if "label" in change else FORM.labels[1])
    )
    assert found(near, **change) == []


def test_a_heading_and_its_value_that_moved_together_are_moved() -> None:
    near = FORM._replace(labels=(Label("识别号", 1, 53, 50),))
    moved = {"label": (57.0, 50.0, "识别号"), "id": (64.0, 50.0, "914301037700000001")}
    assert found(near, **moved) == [("moved", "(all)", "+4.0, +0.0 mm")]


@pytest.mark.parametrize("with_words", [True, False])
def test_a_form_that_was_fed_a_row_too_far_is_moved_and_not_another_taxpayers(with_words: bool) -> None:
    """Each value stands in the place of the next, on a form that was printed before or with it."""
    moved = {
        name: (x, y + (12 if with_words or name in EXPECTED else 0), text)
        for name, (x, y, text) in WRITTEN.items()
    }
    assert found(**moved) == [("moved", "(all)", "+0.0, +12.0 mm")]
    assert found(**{**moved, "id": (60.0, 62.0, "914301037700000002")})[0][:2] == ("wrong", "id")


def test_a_copy_below_that_is_right_does_not_stand_for_the_one_above() -> None:
    copy = {f"{name} below": (x, y + 148, text) for name, (x, y, text) in WRITTEN.items()}
    wrong = {"figures": (60.0, 92.0, "￥9.00"), "total": (142.0, 92.0, "￥1,002.50")}
    assert found(**copy) == []
    assert found(**copy, **wrong) == [("wrong", "figures", "￥9.00")]


@pytest.mark.parametrize("blank", [" ", "\u3000", "\u200b"])
def test_of_blanks_nothing_can_be_missing(blank: str) -> None:
    with pytest.raises(ValueError, match="name has no value to look for"):
        judge(FORM, [Char(1, "7", 60, 62, 50)], 1, {**EXPECTED, "name": [blank]})


def test_what_stands_on_the_next_page_is_not_called_in_place() -> None:
    form = Form("form", 2, (Field("a", 1, 60, 50, 40), Field("b", 1, 60, 62, 40)))
    chars = [Char(2, "7", 60, 62, 50), Char(2, "8", 60, 62, 62)]
    marks = judge(form, chars, 2, {"a": ["7"], "b": ["8"]})
    assert [(mark.kind, mark.field, mark.found) for mark in marks] == [
        ("moved", "a", "page 2"), ("moved", "b", "page 2"),
    ]  # fmt: skip


def test_letters_that_are_printed_twice_to_be_bold_are_read_once() -> None:
    chars = [
        Char(1, letter, 60 + 2 * n + step, 62 + 2 * n + step, 50 + down)
        for n, letter in enumerate("1100")
        for step, down in ((0, 0), (0.1, 0), (0, 0.1))
    ]
    form = Form("form", 1, (Field("a", 1, 60, 50, 40),))
    assert judge(form, chars, 1, {"a": ["1100"]}) == []
    assert [mark.found for mark in judge(form, chars, 1, {"a": ["110"]})] == ["1100"]


@pytest.mark.parametrize(
    ("kind", "expected", "text", "held"),
    [
        # radicals that a reader finds in place of the characters that look like them
        ("text", ["长沙市金角见车门马公司"], "⻓沙市⾦⻆⻅⻋⻔⻢公司", True),
        ("text", ["长沙市人民公司"], "⻓沙市⼈⺠公司", True),
        ("capitals", ["1002.50"], "壹仟零贰元伍⻆整", True),
        ("capitals", ["1002.50"], "壹仟零贰元伍⾓整", True),
        ("period", ["2015-08-01", "2015-08-31"], "2015年8⽉1⽇⾄2015年8⽉31⽇", True),
        ("text", ["甲公司"], "甲\u200b公\u00ad司\ufeff", True),  # signs that print nothing
        ("text", ["甲公司"], "甲公司\u20dd", False),
        ("amount", ["1002.50"], "１，００２．５０", True),
        ("amount", ["1002.50"], "١٠٠٢.٥٠", False),  # digits of another script
        ("amount", ["1002.50"], "߁002.50", False),
        ("date", ["2015-08-31"], "٢٠١٥-٠٨-٣١", False),
        ("amount", ["-1002.50"], "−￥1,002.50", True),  # a minus that is none of ASCII
        ("amount", ["1002.50"], "−￥1,002.50", False),
        ("amount", ["1002.50"], "1,002.50万元", False),
        ("period", ["2015-08-01", "2015-08-31"], "2015-08-01 – 2015-08-31", True),
        ("period", ["2015-08-01", "2015-08-31"], "2015-08-01——2015-08-31", True),
        ("period", ["2015-08-01", "2015-08-31"], "至2015-08-012015-08-31", False),
        ("period", ["2015-08-01", "2015-08-31"], "2015-08-01至2015-08-31至", False),
        ("date", ["2015-08-31"], "2015-08-31至", False),  # a period without its end
        ("date", ["2015-08-31"], "至2015-08-31", False),
        ("date", ["2015-08-31"], "2015-08-311", False),
        ("text", ["91430103MA4L16JQ9B"], "９１４３０１０３ＭＡ４Ｌ１６ＪＱ９Ｂ", True),
        ("text", ["91430103MA4L16JQ9B"], "91430103MA4L16JQ9b", False),  # a code has capital letters
    ],
)
def test_what_reads_the_same(kind: str, expected: list[str], text: str, held: bool) -> None:
    assert same(kind, expected, text) is held


@pytest.mark.parametrize(
    ("yuan", "written"),
    [
        # beside 亿: of the zeros there the rules say nothing; the choice is at 万 and 元 alone
        ("10000000.05", {"壹仟万元零伍分"}),
        ("0.50", {"伍角", "伍角整", "零元伍角", "零元伍角整"}),
        ("-0.05", {"负伍分", "负零元零伍分"}),
        ("10005.00", {"壹万零伍元整"}),
        ("100000000.05", {"壹亿元零伍分"}),
        ("99999999.99", {"玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"}),
        ("1000500000.00", {"壹拾亿零伍拾万元整"}),
        ("100107000.00", {"壹亿零壹拾万柒仟元整", "壹亿零壹拾万零柒仟元整"}),
        ("1000000007000.00", {"壹万亿零柒仟元整"}),
    ],
)
def test_zeros_of_amounts_in_capitals(yuan: str, written: set[str]) -> None:
    fen = round(float(yuan) * 100)
    assert accepted(fen) == written


@given(
    yuan=st.builds(
        lambda high, low: high * 10**8 + low,
        st.integers(0, 10**7),
        st.sampled_from([0, 7, 7000, 70_000, 107_000, 10_007_000, 70_000_000, 99_999_999]),
    )
)
def test_beyond_a_million_millions_capitals_are_still_read_as_that_amount(yuan: int) -> None:
    for text in accepted(100 * yuan):
        assert many(text) == 100 * yuan
        assert "零零" not in text and "零亿" not in text and "零万" not in text and "亿万" not in text


def many(text: str) -> int:
    """Fen of capitals whose 亿 stand behind a number of their own, which may have 万."""
    head, sign, tail = text.rpartition("亿")
    return inverse(head + "元") * 10**8 + inverse(tail) if sign else inverse(text)
