"""Ids as people write them for spreadsheets are ids: else all of them are lost, and nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renhai.checks.audit import export
from renhai.checks.audit.export import in_utf8, read_export
from renhai.checks.spreadsheets import suspicious
from renhai.core.errors import UsageError
from tests.checks.migration.small import compared, counts, problems

RULE = {"by": ["pzxh"], "key": ["djxh"], "amounts": ["tax"]}
WANTED = ["pzxh", "djxh", "tax", "note"]


def read(folder: Path, rows: str, encoding: str = "utf-8") -> list[dict[str, Any]]:
    path = folder / "e.csv"
    path.write_bytes(f"pzxh,djxh,tax,note\n{rows}\n".encode(encoding))
    return [dict(one.values) for one in read_export(str(path), RULE, True, WANTED).records]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize(
    "written", ['="00123"', '"=""00123"""', "\t00123", '"\t00123"', '\t="00123"', "00123", '"00123"']
)
def test_an_id_is_read_however_it_was_kept_from_a_spreadsheet(
    tmp_path: Path, written: str, encoding: str
) -> None:
    rows = f'a,b,1.00,长沙税务局\n{written},{written},"=""12.50""",="x"'
    first, second = read(tmp_path, rows, encoding)
    assert (first["pzxh"], first["tax"], first["note"]) == ("a", 100, "长沙税务局")
    assert (second["pzxh"], second["djxh"], second["tax"]) == ("00123", "00123", 1250)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (' "a",b,1.00,', r'e\.csv:3: pzxh is  "a", with a blank before its quote; take it out'),
        ('a,  "b",1.00,', r'e\.csv:3: djxh is   "b", with a blank before its quote'),
        ("a,1.01143E+19,1.00,", r"e\.csv:3: djxh is 1\.01143E\+19, a number that a spreadsheet rounded"),
        ("a,2E+15,1.00,", r"e\.csv:3: djxh is 2E\+15, a number that a spreadsheet rounded"),
    ],
)
def test_what_nobody_can_know_again_is_refused_by_its_place(tmp_path: Path, row: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read(tmp_path, f"a,b,1.00,\n{row}")


@pytest.mark.parametrize(
    "note", ['"a, ""b"""', '"x "', "1E+3", "= 5", '"{""a"": 1, ""b"": 2}"', " a", "=1+1"]
)
def test_other_texts_stay_as_they_are(tmp_path: Path, note: str) -> None:
    (one,) = read(tmp_path, f"a,b,1E+2,{note}")
    plain = note[1:-1].replace('""', '"') if note.startswith('"') else note
    assert (one["note"], one["tax"]) == (plain, 10_000)


def test_one_that_stands_across_two_pieces_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in range(1, 24):
        monkeypatch.setattr(export, "PIECE", size)
        assert read(tmp_path, 'a,b,1.00,\n="00123",c,2.00,')[1]["pzxh"] == "00123"


def test_a_file_without_them_is_read_by_columns_as_before(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    for rows, names in (('a,"b ""c"", d",1.00\n', ["x", "y", "z"]), ('="1",b,1.00\n', [])):
        path.write_text(f"x,y,z\n{rows}", encoding="utf-8")
        with in_utf8(path) as (_, found):
            assert found == names
    assert not suspicious(b'a,"say ""x"" = 5",b\nc,"d ",e')


OLD = "k,name\n00123,甲\n00124,乙\n"


@pytest.mark.parametrize("written", ['="{}"', '"=""{}"""', "\t{}"])
@pytest.mark.parametrize("side", ["old", "new"])
def test_one_side_of_a_migration_with_such_keys_is_refused_by_its_place(
    tmp_path: Path, written: str, side: str
) -> None:
    odd = f"k,name\n{written.format('00124')},乙\n{written.format('00123')},甲\n"
    found = compared(tmp_path, *((odd, OLD) if side == "old" else (OLD, odd)))
    assert found["verdict"] == "inconclusive"
    assert f"{side}/t.csv:2: k is " in problems(found)
    assert "as spreadsheets write an id; export the column as plain text" in problems(found)


def test_where_both_sides_have_them_their_rows_are_compared(tmp_path: Path) -> None:
    both = 'k,name\n="00123",{}\n="00125",丙\n'
    found = compared(tmp_path, both.format("甲"), both.format("乙"))
    assert counts(found) == {"identical": 1, "changed": 1}
    assert problems(found) == ""


def test_keys_that_are_missing_otherwise_are_missing(tmp_path: Path) -> None:
    assert counts(compared(tmp_path, 'k,name\n="00123",甲\n', "k,name\n00124,甲\n")) == {
        "missing": 1,
        "extra": 1,
    }


def test_a_quote_behind_a_blank_is_told_by_its_place(tmp_path: Path) -> None:
    """DuckDB drops blank and quotes: the sides would be the same to it, and to nobody else."""
    found = compared(tmp_path, 'k,name\n1,a\n2, "b"\n', "k,name\n1,a\n2,b\n")
    assert 'line 3, column name has  "b", with a blank before its quote' in problems(found)
    assert found["verdict"] == "inconclusive"
    well = 'k,name\n1,"a, "\n2,"say ""b"""\n'
    assert (
        problems(compared(tmp_path / "well", well, "k,name\n" + "\n".join(well.splitlines()[:0:-1]) + "\n"))
        == ""
    )
