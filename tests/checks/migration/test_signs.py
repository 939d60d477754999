"""Characters that are not what they seem: private ones of GBK, signs of loose decoding, files of no text."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import duckdb
import pytest

from renhai.checks import damaged
from renhai.checks.gb18030 import STANDARD, present
from results.report.html.checks.migration import render_verification
from results.report.terminal.migration import lines
from tests.checks.migration.small import OLD, RULES, compared, counts, problems, rules, verified

GBK = RULES + "old: {encoding: gbk}\n"
WORDS = "k,v\n"


def test_a_code_is_the_character_that_it_means_today() -> None:
    """FE59 by GB 18030-2022, A8BC by GB 18030-2005, FE51 as glibc reads it; a bureau's own one stays."""
    for code, wanted in (
        ("fe59", 0x9FB4), ("fea0", 0x9FBB), ("a6d9", 0xFE10), ("a6f3", 0xFE19), ("a8bc", 0x1E3F),
        ("fe51", 0x20087), ("fe91", 0x241FE), ("aaa1", 0xE000), ("b0a1", ord("啊")),
    ):  # fmt: skip
        assert present(bytes.fromhex(code).decode("gb18030")) == chr(wanted)


def test_each_private_character_stands_for_one_of_unicode() -> None:
    assert len(STANDARD) == len(set(STANDARD.values())) == 106
    assert not [now for now in STANDARD.values() if 0xE000 <= ord(now) <= 0xF8FF]
    assert (STANDARD["\ue815"], STANDARD["\ue863"], STANDARD["\ue76c"]) == ("\u2e81", "\u4dae", "€")


@pytest.mark.parametrize(
    ("new", "columns", "expected"),
    [
        ("\u9fb4\U00020087", "", {"identical": 2}),
        ("\ue81e\ue816", "", {"identical": 1, "changed": 1}),  # which no font shows
        ("\ue81e\ue816", "v: {private_use: gb18030}", {"identical": 1, "by_rule": 1}),
        ("\u9fb5\U00020087", "v: {private_use: gb18030}", {"identical": 1, "changed": 1}),
    ],
)
def test_a_character_that_was_private_is_the_same_only_by_a_rule(
    tmp_path: Path, new: str, columns: str, expected: dict[str, int]
) -> None:
    old = WORDS.encode() + b"1,\xfe\x59\xfe\x51\n2,b\n"
    ruled = rules(columns) + "old: {encoding: gbk}\n"
    found = compared(tmp_path, old, f"{WORDS}2,b\n1,{new}\n", ruled)
    assert counts(found) == expected
    if expected.get("changed"):
        assert any("→" in line and "龴" in line for line in lines(found))


def test_a_column_whose_name_was_private_is_that_column(tmp_path: Path) -> None:
    found = compared(tmp_path, b"k,\xfe\x59\n1,a\n2,b\n", "k,\u9fb4\n2,b\n1,a\n", GBK)
    assert (found["verdict"], counts(found)) == ("pass", {"identical": 2})


def test_private_characters_are_told_by_their_numbers(tmp_path: Path) -> None:
    found = compared(tmp_path, f"{WORDS}1,龴\n2,b\n", f"{WORDS}2,b\n1,\ue81e\n")
    assert "    e.g. changed: 1: v: 龴 → ⟨U+E81E⟩" in lines(found)


def test_a_value_neither_ends_a_line_of_the_terminal_nor_steers_it(tmp_path: Path) -> None:
    found = compared(tmp_path, f'{WORDS}1,a\n2,"b\nPASS"\n', f"{WORDS}2,b\n1,\x1b[2J\n")
    told = [line for line in lines(found) if "e.g." in line]
    assert told == ["    e.g. changed: 1: v: a → ⟨U+001B⟩[2J", "    e.g. changed: 2: v: b⟨U+000A⟩PASS → b"]


@pytest.mark.parametrize(
    ("sign", "times"), [("锟斤拷", 2), ("ï¿½", 2), ("锟斤拷锟斤拷\ufffd", 6), ("锟斤", 0)]
)
def test_what_was_decoded_loosely_before_fails_though_both_sides_have_it(
    tmp_path: Path, sign: str, times: int
) -> None:
    found = compared(tmp_path, f"{WORDS}1,长{sign}\n2,b\n", f"{WORDS}2,b\n1,长{sign}\n")
    batch = found["batches"][0]
    assert batch["faults"] == ([{"class": "damaged", "rows": times}] if times else [])
    assert found["verdict"] == ("fail" if times else "pass")
    if times:
        said = f"signs of loose decoding (U+FFFD, 锟斤拷, ï¿½) in the old files: {times // 2}"
        assert f"    {said}" in lines(found) and said in render_verification(found)


def test_loose_decoding_is_seen_in_parquet(tmp_path: Path) -> None:
    for side, order in (("old", ""), ("new", "DESC")):
        (tmp_path / side).mkdir()
        duckdb.sql(
            f"COPY (SELECT * FROM (VALUES ('1', '锟斤拷ï¿½'), ('2', 'b')) t(k, v) ORDER BY k {order}) "
            f"TO '{tmp_path / side / 't.parquet'}'"
        )
    found = verified(tmp_path / "old", tmp_path / "new", rules("", ", old: t.parquet, new: t.parquet"))
    assert found["batches"][0]["damaged"] == {"old": 2, "new": 2}


@pytest.mark.parametrize("size", [1, 2, 5, 8, 9, 100])
def test_signs_are_counted_wherever_a_piece_ends(size: int) -> None:
    data = "锟斤拷锟斤拷a\ufffdï¿½\ufffd锟斤拷锟斤".encode()
    found = damaged.Damage()
    for begin in range(0, len(data), size):
        found.take(data[begin : begin + size])
    assert found.found == 3 + 2 + 1


def _zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.csv", OLD)
    return made.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize(
    ("content", "form"),
    [
        (gzip.compress(OLD.encode()), "gzip"),
        (_zipped(), "ZIP or XLSX"),
        (OLD.encode("utf-16"), "UTF-16"),
        (b"PAR1\x15\x04", "Parquet"),
    ],
)
def test_a_file_of_no_text_is_told_by_its_form(
    tmp_path: Path, content: bytes, form: str, encoding: str
) -> None:
    found = compared(tmp_path, content, OLD, f"{RULES}old: {{encoding: {encoding}}}\n")
    assert f"old/t.csv: is {form}, and no text in {encoding}; export it as CSV" in problems(found)
    assert (found["verdict"], counts(found)) == ("inconclusive", {})
