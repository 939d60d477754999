"""A long benchmark in portions: rows that are done are not made again, and a page needs all of them."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks import portions
from benchmarks.portions import UNFINISHED, Portions, Record, add_options

ROWS = ["a", "b", "c"]


@pytest.fixture(autouse=True)
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(portions, "RAW", tmp_path)
    return tmp_path


def options(*line: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(line)


def made(*line: str, stop_after: int = 9) -> tuple[Portions, list[str], bool]:
    """(the portions, the rows that were made now, whether the page would be kept)."""
    asked = options(*line)
    found = Portions("x", ROWS, asked)
    now: list[str] = []

    def one(row: str) -> Record:
        now.append(row)
        if len(now) == stop_after:
            found._until = 0.0
        return {"right": True}

    found.make(one, lambda record: record["row"])
    return found, now, found.keeps_page(asked)


def test_a_call_goes_on_where_the_one_before_stopped() -> None:
    first, now, keeps = made("--minutes", "1", stop_after=2)
    assert (now, first.left, keeps, first.exit_code(True)) == (["a", "b"], ["c"], False, UNFINISHED)
    second, now, keeps = made("--minutes", "1")
    assert (now, second.left, keeps, second.exit_code(True)) == (["c"], [], True, 0)
    assert [second.kept[row]["row"] for row in ROWS] == ROWS
    assert made("--minutes", "1")[1] == []


def test_what_is_wrong_stays_wrong_when_it_goes_on() -> None:
    first, _, _ = made("--minutes", "1", stop_after=2)
    first.keep("a", {"right": False})
    second, _, _ = made("--minutes", "1")
    assert second.kept["a"]["right"] is False
    assert second.exit_code(False) == 1


@pytest.mark.parametrize("line", [(), ("--minutes", "1", "--anew")])
def test_all_rows_are_made_anew_where_nothing_else_is_said(line: tuple[str, ...]) -> None:
    made("--minutes", "1")
    assert made(*line)[1] == ROWS


def test_a_part_of_the_table_is_no_page_and_is_not_kept() -> None:
    made("--minutes", "1", stop_after=1)
    part, now, keeps = made("--minutes", "1", "--match", "b")
    assert (now, keeps, part.exit_code(True)) == (["b"], False, 0)
    assert made("--minutes", "1")[1] == ["b", "c"]


def test_a_row_that_is_no_longer_in_the_table_does_not_count(raw: Path) -> None:
    (raw / "x.jsonl").write_text('{"row": "gone", "commit": "1"}\n{"row": "a", "commit": "2"}\n')
    found, now, _ = made("--minutes", "1")
    assert now == ["b", "c"] and set(found.kept) == set(ROWS)
    assert "2" in found.commits()


def test_minutes_that_are_over_begin_nothing() -> None:
    assert made("--minutes", "0")[1] == []
