"""Tables on narrow screens: words and numbers stay whole, or each row becomes lines of its own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from results.compare.findings import Row, change
from results.language.catalogue import say_sentence
from results.report.terminal.table import SpokenTable, _said, table
from tests.share import examples

HEADS = [("", "l"), ("subject", "l"), ("rule", "l"), ("measured", "r"), ("distance", "l")]
BROKEN = (Text("FAIL", style="red"), "declaration.submit", "p95 < 100ms", "174,123 ms", "74% beyond")


def drawn(shown: RenderableType, width: int) -> list[str]:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(shown)
    return [line.rstrip() for line in captured.get().splitlines()]


def thresholds(*rows: tuple[str | Text, ...]) -> RenderableType:
    made = table("\nThresholds 阈值", HEADS)
    for row in rows:
        made.add_row(*row)
    return made


def test_a_wide_screen_has_a_row_in_a_line() -> None:
    assert drawn(thresholds(BROKEN), 100) == [
        "",
        "Thresholds 阈值",
        "     subject            rule          measured distance",
        "FAIL declaration.submit p95 < 100ms 174,123 ms 74% beyond",
    ]


def test_where_words_fit_none_is_broken_and_numbers_stay_in_a_line() -> None:
    assert drawn(thresholds(BROKEN), 52) == [
        "",
        "Thresholds 阈值",
        "     subject            rule     measured distance",
        "FAIL declaration.submit p95 <  174,123 ms 74%",
        "                        100ms             beyond",
    ]


def test_where_they_do_not_fit_a_row_is_stacked_under_its_name() -> None:
    assert drawn(thresholds(BROKEN, ("ok", "a", "p99 < 1s", "3 ms", "")), 40) == [
        "",
        "Thresholds 阈值",
        "FAIL declaration.submit",
        "  rule p95 < 100ms · measured 174,123 ms",
        "  distance 74% beyond",
        "ok a",
        "  rule p99 < 1s · measured 3 ms",
    ]


def test_heads_are_chinese_and_as_wide_as_they_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    wide = drawn(thresholds(BROKEN), 100)
    head, row = wide[2:]
    right = head[: head.index("实测") + 2]
    assert cell_len(right) == cell_len(row[: row.index(" ms") + 3])
    narrow = drawn(thresholds(BROKEN), 40)
    assert max(map(cell_len, narrow)) <= 40
    assert "实测 174,123 ms" in "\n".join(narrow)


@pytest.mark.parametrize("width", range(30, 64))
def test_no_character_is_lost_where_a_line_is_full(width: int) -> None:
    made, said = SpokenTable.grid(padding=(0, 2)), "per_operator: 1：同时至多 1,304 个，每秒新建 10.9 个"
    made.add_row("连接", said)
    assert "".join(drawn(made, width)).replace(" ", "") == "连接" + said.replace(" ", "")


def test_a_note_below_is_kept_on_a_narrow_screen() -> None:
    made = table("", HEADS)
    made.add_row(*BROKEN)
    made.caption = "* of fewer requests than it needs"
    assert drawn(made, 40)[-1] == "* of fewer requests than it needs"


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"\A[a-z]{1,12}\.[a-z]{1,12}\Z"),
            st.integers(0, 10**9).map("{:,}".format),
            st.integers(0, 10**6).map("{:,} ms".format),
            st.sampled_from(["", "within tolerance 略差", "不可信的结果", "worse"]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(40, 130),
)
def test_no_number_is_broken_and_no_line_is_too_wide(
    rows: list[tuple[str, str, str, str]], width: int
) -> None:
    made = table("\nEffects 变化", [("operation", "l"), ("requests", "r"), ("p95", "r"), ("finding", "l")])
    for row in rows:
        made.add_row(*row)
    lines = drawn(made, width)
    assert max(map(cell_len, lines)) <= width
    for name, requests, latency, _ in rows:
        for whole in (name, requests, latency):
            assert any(re.search(rf"(?<![\w,.]){re.escape(whole)}(?![\w,.])", line) for line in lines), whole


def test_a_reason_behind_a_status_is_chinese_and_a_targets_own_words_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    assert say_sentence("200 the answer says two things at a/b") == "200 应答在 a/b 处自相矛盾"
    assert say_sentence("404 Item not found") == "404 Item not found"
    assert say_sentence("2000 the answer says two things at a/b").startswith("2000 the answer")


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("p95", -0.0004, "+0.0%"),
        ("p95", -0.0006, "-0.1%"),
        ("p95", 0.121, "+12.1%"),
        ("error_rate", -0.00004, "+0.00 pt"),
        ("error_rate", -0.0031, "-0.31 pt"),
    ],
)
def test_nothing_has_no_minus(metric: str, value: float, shown: str) -> None:
    said = {"subject": "run", "unit": "ms", "effect": 0, "low": 0, "high": 0, "p": 1, "finding": "not worse"}
    row = Row.model_validate(
        {**said, "metric": metric, "baseline": 1, "candidate": 1, "decisive": True, "limit": 1}
    )
    assert change(row, value) == shown


def test_a_coloured_sentence_is_said_as_a_plain_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    sentence = "ending it; what it has is kept"
    told = _said(Text(sentence, style="red"))
    assert isinstance(told, Text) and told.plain == _said(sentence) != sentence
    marked = Text.assemble(sentence, (" now", "red"))
    assert _said(marked) is marked
