"""Files that readers take in two ways, or that hold less than they seem to: none is compared as fine."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from renhai.checks.migration import scanning
from renhai.checks.migration.lines import Lines, blank_behind_quote
from results.report.terminal.migration import lines
from tests.checks.migration.small import NEW, OLD, RULES, compared, counts, problems, rules


def test_lines_that_end_in_a_carriage_return_alone_are_told(tmp_path: Path) -> None:
    found = compared(tmp_path, b"k,v\r1,a\r2,b\r", b"k,v\r2,b\r1,a\r")
    assert "old/t.csv: line 1 has a carriage return that ends no line" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_a_blank_before_a_quote_is_seen_behind_a_long_value(tmp_path: Path) -> None:
    """csv refuses a value of more than 128 KiB, and DuckDB takes the blank and the quotes away."""
    long = "x" * 140_000
    found = compared(tmp_path, f'k,v\n0,{long}\n1, "a"\n', f"k,v\n1,a\n0,{long}\n")
    assert "old/t.csv: line 3, column v has" in problems(found)
    assert found["verdict"] == "inconclusive"


@pytest.mark.parametrize("piece", [1, 3, 1 << 18])
@pytest.mark.parametrize(
    ("row", "line"),
    [
        ('1,"a" \n', 2), ('1,"a\n""b" ,x\n', 3), ('1,"a "" b"\n', 0), ('1,"a ""\n b"\n', 0), ('1,"" ,x\n', 2),
        ('1,"a ""b"" "\n', 0), ('1,""" "\n', 0),
    ],
)  # fmt: skip
def test_a_blank_behind_a_quote_is_no_part_of_a_value_to_one_reader_alone(
    tmp_path: Path, row: str, line: int, piece: int
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"k,v\n{row}2,b\n", encoding="utf-8")
    assert blank_behind_quote(path, piece) == line


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("piece", [1, 2, 3, 5, 1 << 18])
@pytest.mark.parametrize(
    ("row", "late", "early"),
    [('1,"a"', False, False), ('1, "a"', True, False), ('1,"a" ', False, True), ('1 ,a" "', True, True)],
)
def test_blanks_beside_quotes_are_seen_wherever_a_piece_ends(
    row: str, late: bool, early: bool, piece: int, end: str
) -> None:
    data = f"k,v{end}{row}{end}".encode()
    found = Lines(",")
    for begin in range(0, len(data), piece):
        found.take(data[begin : begin + piece])
    assert (found.late, found.early) == (late, early)


def test_a_blank_behind_a_quote_is_not_compared(tmp_path: Path) -> None:
    found = compared(tmp_path, 'k,v\n1,"a" \n2,b\n', "k,v\n2,b\n1,a\n")
    assert "old/t.csv: line 2 has a value with a blank behind its quote" in problems(found)
    assert found["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            ["4.30111E+14", "4.30112e+14"],
            "the old side has keys that a spreadsheet rounded (2, such as 4.30111E+14)",
        ),
        (["4.30111E+14", "E+1"], "the old side has keys that a spreadsheet rounded (1, such as 4.30111E+14)"),
        (["1E14", "A1E+5"], ""),
    ],
)
def test_keys_that_a_spreadsheet_rounded_on_both_sides_prove_nothing(
    tmp_path: Path, rows: list[str], told: str
) -> None:
    old, new = ("k,v\n" + "".join(f"{key},a\n" for key in keys) for keys in (rows, rows[::-1]))
    found = compared(tmp_path, old, new)
    assert counts(found) == {"identical": 2}
    assert any(told in line for line in lines(found))
    assert found["verdict"] == ("inconclusive" if told else "pass")


def test_a_line_that_is_too_long_is_told(tmp_path: Path) -> None:
    long = f"k,v\n1,{'x' * 2_100_000}\n"
    found = compared(tmp_path, long, long + "2,b\n")
    assert "old/t.csv:2: is longer than 2,000,000 bytes; is a quote not closed before it?" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    found = compared(tmp_path, {"t.csv/part-0.csv": OLD}, NEW)
    assert "old/t.csv: is a folder, the old side of batch t; name its files, such as t.csv/*" in problems(
        found
    )


def test_a_full_disk_is_told_of_the_copy_and_not_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scanning, "_decoded", full)
    found = compared(tmp_path, OLD.encode("gbk"), NEW, RULES + "old: {encoding: gbk}\n")
    assert "old/t.csv: cannot be read: there is no room for it in" in problems(found)
    assert "free the disk, or set TMPDIR" in problems(found)


def test_sums_of_more_than_28_digits_are_exact(tmp_path: Path) -> None:
    """Nine amounts of 28 digits; one differs in the last."""
    amount = "99999999999999999999.99999999"
    old = "k,v\n" + "".join(f"{n},{amount}\n" for n in range(9))
    new = old.replace(f"8,{amount}", f"8,{amount[:-1]}8")
    found = compared(tmp_path, old, new, rules("v: {type: number}", ", sums: {columns: [v]}"))
    (total,) = found["batches"][0]["sums"]
    assert total["sums"]["v"] == {
        "old": "899999999999999999999.99999991",
        "new": "899999999999999999999.9999999",
        "difference": "-0.00000001",
    }
