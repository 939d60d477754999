"""Values that look the same and are not are told apart on pages and in the terminal; others stay."""

from __future__ import annotations

from typing import Any

import pytest

from results.report.html.checks.migration import render_verification
from results.report.looks import apart, seen
from results.report.terminal.migration import lines

SAMPLE: dict[str, Any] = {"kind": "changed", "key": "1", "field": "name", "unit": None, "owner": None}
BATCH: dict[str, Any] = {
    "name": "t", "title": "", "state": "fail", "rows": {"old": 1, "new": 1}, "counts": {"changed": 1},
    "columns": [], "sums": [], "violations": [], "damaged": {"old": 0, "new": 0}, "allowed": [],
    "problems": [], "ignored": [], "findings": 1, "files": {"old": [], "new": []}, "faults": [],
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "name": "county", "verdict": "fail", "rows": {"old": 1, "new": 1}, "seconds": 0.1, "problems": [],
    "started": "2015-09-11T08:00:00+00:00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("张三 ", "张三", ("张三␣", "张三")),
        ("x  y", "x y", ("x␣␣y", "x␣y")),
        ("", " ", ("''", "␣")),
        ("a\tb", "ab", ("a⟨U+0009⟩b", "ab")),
        ("张\u3000三", "张三", ("张⟨U+3000⟩三", "张三")),
        ("q\u200bq", "qq", ("q⟨U+200B⟩q", "qq")),
        ("长沙", "\ufeff长沙", ("长沙", "⟨U+FEFF⟩长沙")),
        ("\u2ed3沙", "长沙", ("⟨U+2ED3⟩沙", "长沙")),  # a radical
        ("\uf9dc", "隆", ("⟨U+F9DC⟩", "隆")),  # a compatibility form of the same character
        ("e\u0301", "\u00e9", ("e⟨U+0301⟩", "\u00e9")),
        ("（甲）", "(甲)", ("（甲）", "(甲)")),  # is seen as it is
        ("甲 乙", "甲 丙", ("甲 乙", "甲 丙")),
        ("甲 ", "甲 ", ("甲 ", "甲 ")),
        (None, "甲 ", (None, "甲 ")),
    ],
)
def test_what_looks_the_same_is_told_apart(one: str | None, other: str | None, shown: object) -> None:
    assert apart(one, other) == shown
    assert apart(other, one) == tuple(reversed(shown))  # type: ignore[call-overload]
    assert shown[0] != shown[1] or one == other  # type: ignore[index]


def test_a_key_shows_what_nobody_sees() -> None:
    assert [seen(key) for key in ("12 / 2015-07", " 12", "1  / 2", "1\u200b")] == [
        "12 / 2015-07", "␣12", "1␣␣/ 2", "1⟨U+200B⟩",
    ]  # fmt: skip


def shown(old: str | None, new: str | None, key: str = "1") -> tuple[str, str]:
    """The row of the page, and the line of the terminal."""
    batch = {**BATCH, "samples": [{**SAMPLE, "old": old, "new": new, "key": key}]}
    document = {**DOCUMENT, "batches": [batch]}
    page = render_verification(document)
    (line,) = [line for line in lines(document) if "e.g." in line]
    return page[page.index('<table class="examples">') :], line


def test_page_and_terminal_of_a_migration_tell_a_blank_that_is_the_whole_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RENHAI_LANG", "en")
    page, line = shown("张三 ", "张三")
    assert "<td>张三␣</td><td>张三</td>" in page
    assert line == "    e.g. changed: 1: name: 张三␣ → 张三"
    page, line = shown("张三 ", "李四", "1\u200b")
    assert "<td>张三 </td><td>李四</td>" in page and "<td>1⟨U+200B⟩</td>" in page
    assert line == "    e.g. changed: 1⟨U+200B⟩: name: '张三 ' → 李四"
