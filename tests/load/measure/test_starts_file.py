"""starts.jsonl of a long drill stands in parts: read as one, and never less than what was counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core import private_files
from renhai.core.packing import compress
from renhai.load.measure.snapshot_files import Files
from renhai.run.process.compressing import growing
from results.checks.drill.starts import NAME, StartsDamaged, missing, read_starts
from results.snapshot.seal import digests
from results.snapshot.segments import packed_name, parts

COUNTED = {"a.b": {"started": 40, "errors": 0}}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """40 requests in parts of 150 bytes and more, every other one compressed."""
    monkeypatch.setattr(private_files.FileInParts.__init__, "__defaults__", (150,))
    files = Files(tmp_path, 0.0, lambda reason: pytest.fail(str(reason)))
    for number in range(40):
        files.starts(b'[%d,1,"ok","a.b",""]\n' % (40 - number))
    files.close()
    for part in list(growing(tmp_path))[::2]:
        compress(part, packed_name(part))
    return tmp_path


def test_all_parts_are_read_and_sealed(run: Path) -> None:
    found = parts(run / NAME)
    assert len(found) > 4 and {one.suffix for one in found} == {".gz", ".jsonl"}
    rows = read_starts(run / NAME)
    assert [row.at for row in rows] == list(range(1, 41)) and not missing(rows, COUNTED)
    assert {one.name for one in found} <= digests(run).keys()


@pytest.mark.parametrize("place", [0, 2, -2, -1])
def test_a_part_that_is_missing_is_named_or_counted(run: Path, place: int) -> None:
    path = run / NAME
    gone = parts(path)[place]
    empty = not gone.stat().st_size
    gone.unlink()
    if place == -2:  # nobody knows that there was one, but the counts do
        assert missing(read_starts(path), COUNTED).startswith(f"{NAME} tells ")
        return
    name = gone.name.removesuffix(".gz")
    with pytest.raises(StartsDamaged, match="No such file" if place == -1 else f"{name} is missing"):
        read_starts(path)
    assert not empty or place == -1


def test_a_part_that_is_cut_off_is_damage(run: Path) -> None:
    packed = next(one for one in parts(run / NAME) if one.suffix == ".gz")
    packed.write_bytes(packed.read_bytes()[:-10])
    with pytest.raises(StartsDamaged, match=f"{packed.name} is damaged"):
        read_starts(run / NAME)
