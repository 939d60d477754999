"""Reading every byte once: rows as another reader counts them, and the place of a wrong byte."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.checks.migration import scanning
from renhai.checks.migration.scanning import Scanned
from renhai.core.errors import UsageError
from renhai.spec.cutover.migration.rules import Files
from tests.checks.migration.small import compared, problems
from tests.share import examples

VALUES = st.text(st.sampled_from('ab",\n甲'), max_size=4)


def scanned(folder: Path, patch: pytest.MonkeyPatch, piece: int, data: bytes) -> Scanned:
    """A CSV of these bytes, read in pieces of so many."""
    patch.setattr(scanning, "PIECE", piece)
    path = folder / "t.csv"
    path.write_bytes(data)
    return scanning.scan(path, "t.csv", Files(), path)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), max_size=6), st.sampled_from(["\n", "\r\n"]), st.integers(1, 9))
def test_rows_are_those_of_another_reader_wherever_a_piece_ends(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], end: str, piece: int
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    path = tmp_path_factory.getbasetemp() / "scanned.csv"
    path.write_bytes(text.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "PIECE", piece)
        found = scanning.scan(path, "t.csv", Files(), path)
    assert (found.names, found.rows, found.problems) == (["a", "b"], len(rows), [])


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"k,v\r\n1,a\r\n\r\n2,b\r\n", "line 3 is blank"),
        (b"k,v\n1,a\r2,b\n", "line 2 has a carriage return that ends no line"),
        (b'k,v\n1,"a\n', "ends inside a quoted value"),
        (b"k,v\n1,a", "does not end with a line end"),
        ("k,v\n1,a\n\ufeffk,v\n2,b\n".encode(), "line 3 begins with a byte order mark"),
        ("\ufeffk,v\r\n\ufeffk,v\r\n\ufeff2,b\r\n".encode(), "line 2 begins with a byte order mark"),
    ],
)
def test_what_is_odd_is_seen_wherever_a_piece_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, said: str, piece: int
) -> None:
    found = scanned(tmp_path, monkeypatch, piece, data)
    assert said in "; ".join([*found.problems, *scanning.line_problems(tmp_path / "t.csv", Files())])


@pytest.mark.parametrize("piece", [1, 2, 3, 4, 5, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_damaged_characters_are_counted_wherever_a_piece_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: Any, piece: int
) -> None:
    monkeypatch.setattr(scanning, "PIECE", piece)
    path = tmp_path / "t.csv"
    path.write_bytes("k,名\n1,（长\ufffd\ufffd沙）\n2,\ufffd\n".encode(encoding))
    assert scanning.scan(path, "t.csv", Files(encoding=encoding), tmp_path / "copy").damaged == 3


@pytest.mark.parametrize("piece", [1, 2, 3, 4, 5, 6, 7, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_empty_texts_in_quotes_hide_no_line_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, end: str
) -> None:
    """Quotes side by side, as of an empty text, of a quote in a text, and around a line end."""
    rows = ['"",""', 'a,""', '"""",""""""', '"a""","\n"', '"""\n""",""', '"",b']
    data = end.join(["k,v", *rows, ""]).encode()
    found = scanned(tmp_path, monkeypatch, piece, data)
    assert (found.rows, found.problems) == (len(rows), [])


@pytest.mark.parametrize("piece", [1, 2, 5, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_place_of_a_wrong_byte_is_exact_wherever_a_piece_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: Any, piece: int
) -> None:
    monkeypatch.setattr(scanning, "PIECE", piece)
    good = "k,名\n1,长沙\n2,".encode(encoding)
    path = tmp_path / "t.csv"
    path.write_bytes(good + b"\xff\xff\n")
    files = Files(encoding=encoding)
    with pytest.raises(UsageError) as error:
        scanning.scan(path, "t.csv", files, tmp_path / "copy")
        scanning.hold_to_utf8(path, "t.csv", files)
    said = f"t.csv:3: column 2: byte 0xff is not {encoding} (byte {len(good)} of the file)"
    assert str(error.value).startswith(said)


@pytest.mark.parametrize("place", ["name", "compared", "ignored"])
def test_a_wrong_byte_is_an_error_in_any_column(tmp_path: Path, place: str) -> None:
    """DuckDB does not look into columns that it need not read."""
    bad = {"name": b"k,v,w\xff\n1,a,b\n", "compared": b"k,v,w\n1,a\xff,b\n", "ignored": b"k,v,w\n1,a,b\xff\n"}
    ignoring = "name: t\nbatches: {t: {key: [k], columns: {w: {ignore: made anew}}}}\n"
    found = compared(tmp_path, "k,v,w\n1,a,b\n", bad[place], ignoring)
    assert "byte 0xff is not utf-8" in problems(found)
    assert found["verdict"] == "inconclusive"


@pytest.mark.parametrize("piece", [1, 2, 3, 4, 5, 1 << 20])
def test_a_mark_that_begins_no_line_is_a_sign_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    data = "\ufeffk,v\n1,\ufeff长\n2,\ufeff\n".encode()
    assert scanned(tmp_path, monkeypatch, piece, data).problems == []


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 11, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("rows", "strays"),
    [
        (['1,5" pipe', '2,6" pipe', "", "3,x"], True),  # a line end too few and a blank line: as many rows
        (['1,x "y', '2,z" x'], True),
        (['1,"a\nb"', '2, "c\nd"', '3,"""\n"""', '"4\n",x', '5,"\n\n\n"'], False),
        (['1,5"x6"', '2,"a"', '3,""', '4,""""', '5,"a""b"'], False),
    ],
)
def test_a_quote_inside_a_value_that_hides_a_line_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], strays: bool, end: str, piece: int
) -> None:
    data = end.join(["k,v", *rows, ""]).encode()
    said = "; ".join(scanned(tmp_path, monkeypatch, piece, data).problems)
    assert ("has a quote that is not closed, or stands inside a value" in said) == strays, said
    assert (
        strays
        or not said
        or said == 'line 4, column v has  "c, with a blank before its quote; take it out, or export again'
    )


@pytest.mark.parametrize("piece", [1, 4, 1 << 20])
def test_names_in_quotes_of_two_lines_behind_a_mark_are_no_quote_inside_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    data = '\ufeff"k\nl",v\n1,x\n'.encode()
    found = scanned(tmp_path, monkeypatch, piece, data)
    assert (found.names, found.rows) == (["k\nl", "v"], 1)
    assert found.problems == [] or piece < len("\ufeff".encode())
