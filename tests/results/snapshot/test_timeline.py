"""timeline.csv: where it is damaged is said by the line that an editor shows, and what is sound is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from results.errors import ZEROS, Damage
from results.snapshot.timeline import read_timeline
from tests.results.recording import Recording


def lines(folder: Path) -> list[str]:
    """Its head, and a row of the operation and one of the run for each of four seconds."""
    Recording(duration_s=4).add("a.query", [1000] * 8).write(folder)
    return (folder / "timeline.csv").read_bytes().decode().splitlines(keepends=True)


@pytest.mark.parametrize("line", [1, 2, 4, 9])
@pytest.mark.parametrize("how", ["cut off", "zeros"])
def test_the_line_that_cannot_be_read_is_named(tmp_path: Path, line: int, how: str) -> None:
    whole, path = lines(tmp_path), tmp_path / "timeline.csv"
    assert len(whole) == 9
    if how == "cut off":
        path.write_bytes("".join([*whole[: line - 1], whole[line - 1].rstrip()]).encode())
        wanted = Damage("timeline.csv", "cut off", line)
    else:
        path.write_bytes("".join([*whole[: line - 1], "0\0\n", *whole[line:]]).encode())
        wanted = Damage("timeline.csv", "damaged", line, ZEROS)
    found = read_timeline(path)
    assert found.damage == wanted
    kept = (line - 1) // 2  # seconds of which the operation has its row
    sums = [series.sum("ok") for series in found.operations.values()]
    assert (found.seconds, sums) == (kept, [2 * kept] if kept else [])


def test_a_whole_file_is_not_damaged(tmp_path: Path) -> None:
    lines(tmp_path)
    found = read_timeline(tmp_path / "timeline.csv")
    assert (found.damage, found.seconds, found.operations["a.query"].sum("ok")) == (None, 4, 8)
