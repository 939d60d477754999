"""Rows are hashed while every byte is still read: what is found is told as if one came after the other."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from renhai.checks.migration import ahead, comparing
from tests.checks.migration.small import NEW, OLD, RULES, compared, counts, problems

GBK = RULES + "old: {encoding: gbk}\n"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sides that DuckDB hashed, in their order."""
    sides: list[str] = []
    real = comparing.hash_rows

    def noted(link: Any, layout: Any, side: Any, relation: str) -> None:
        sides.append(side)
        real(link, layout, side, relation)

    monkeypatch.setattr(comparing, "hash_rows", noted)
    return sides


def test_each_side_is_hashed_once_and_a_copy_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hashed: list[str]
) -> None:
    real = ahead.read_whole

    def slow(source: Any, *given: Any) -> Any:
        time.sleep(0.2 if source.wide else 0)
        return real(source, *given)

    monkeypatch.setattr(ahead, "read_whole", slow)
    assert counts(compared(tmp_path / "a", OLD, NEW)) == {"identical": 3}
    assert hashed == ["old", "new"]
    changed = compared(tmp_path / "b", OLD.encode("gbk"), NEW.replace("乙", "己"), GBK)
    assert counts(changed) == {"identical": 2, "changed": 1}
    assert hashed[2:] == ["new", "old"]


@pytest.mark.parametrize("side", ["old", "new"])
def test_what_changes_between_both_readings_is_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    """DuckDB hashed the file as it was, the bytes are read as they are now: as many rows, of another name."""
    real = ahead.read_whole

    def late(source: Any, *given: Any) -> Any:
        if source.side == side:
            other = (OLD if side == "old" else NEW).replace("乙", "己")
            (tmp_path / side / "t.csv").write_text(other, "utf-8")
        return real(source, *given)

    monkeypatch.setattr(ahead, "read_whole", late)
    found = compared(tmp_path, OLD, NEW)
    assert f"the {side} side changed while it was read" in problems(found)
    assert found["verdict"] != "pass"


def test_hashes_of_other_columns_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hashed: list[str]
) -> None:
    """The line of names says something else when it is read again."""
    real = ahead.open_heads

    def swapped(source: Any) -> Any:
        found = real(source)
        if source.side == "new":
            found[0].names = [found[0].names[n] for n in (0, 2, 1)]
        return found

    monkeypatch.setattr(ahead, "open_heads", swapped)
    assert counts(compared(tmp_path, OLD, NEW)) == {"identical": 3}
    assert hashed == ["old", "new", "old", "new"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (OLD.replace("乙,2\n", "乙\n"), NEW.replace("丙,3\n", "丙\n"), "old/t.csv:3: has 2 values"),
        (OLD.replace("乙", "乙\0"), NEW.replace("丙,3\n", "丙\n"), "old/t.csv:3: holds the byte 0x00"),
        (OLD.replace("乙,2\n", "乙\n"), NEW.replace("丙", "丙\0"), "new/t.csv:2: holds the byte 0x00"),
        (
            OLD.replace("丙", '"丙'),
            NEW.replace("丙,3\n", "丙\n"),
            "ends inside a quoted value: it is cut off",
        ),
        (OLD.replace("乙", "乙\0"), NEW.replace("丙", "丙\0"), "old/t.csv:3: holds the byte 0x00"),
    ],
)
def test_what_is_wrong_is_told_of_the_old_side_first(tmp_path: Path, old: str, new: str, why: str) -> None:
    found = compared(tmp_path, old, new)
    assert why in problems(found)
    assert (found["verdict"], found["batches"][0]["counts"]) == ("inconclusive", {})


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (NEW, "old/t.csv:3: column 2: byte 0xff is not gbk"),
        (NEW.replace("丙,3\n", "丙\n"), "old/t.csv:3: column 2: byte 0xff is not gbk"),
        (NEW.replace("丙", "丙\0"), "old/t.csv:3: column 2: byte 0xff is not gbk"),
    ],
)
def test_a_copy_that_cannot_be_made_is_told_whatever_the_other_side_is(
    tmp_path: Path, new: str, why: str
) -> None:
    found = compared(tmp_path, OLD.encode("gbk").replace("乙".encode("gbk"), b"\xff\xff"), new, GBK)
    assert why in problems(found)
    assert (found["verdict"], found["batches"][0]["counts"]) == ("inconclusive", {})
