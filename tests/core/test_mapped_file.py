"""A file that is stored by memory: the same bytes as by calls, in parts, whatever room there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core import private_files
from renhai.core.private_files import MappedFile
from results.snapshot.segments import part_of, parts


def a_file(path: Path, most: int = 1 << 20) -> MappedFile:
    return MappedFile(path, pytest.fail, part_of, most)


def stored(file: MappedFile, data: bytes) -> None:
    """As who writes a line does."""
    try:
        file.put(data)
    except ValueError:
        file.write(data)


def test_there_is_no_room_before_the_first_byte_and_after_the_last(tmp_path: Path) -> None:
    file = a_file(tmp_path / "w.jsonl")
    with pytest.raises(ValueError, match="unmapped"):
        file.put(b"a")
    assert file.write(b"a")
    file.put(b"b")
    file.close()
    with pytest.raises(ValueError, match="unmapped"):
        file.put(b"c")
    assert not file.write(b"d")
    assert (tmp_path / "w.jsonl").read_bytes() == b"ab"


@pytest.mark.parametrize("step", [1, 7, 100, 4096, 1 << 17])
@pytest.mark.parametrize("most", [1, 64, 100, 5000, 1 << 20])
def test_bytes_are_the_same_whatever_the_room_and_each_part_but_the_last_is_as_large_as_it_must_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, most: int
) -> None:
    """Lines of 1 to 99 bytes, and one that is larger than any piece of room."""
    monkeypatch.setattr(private_files, "STEP", step)
    path = tmp_path / "w.jsonl"
    file, lines = a_file(path, most), [b"%d" % (n % 10) * (n * 37 % 99) + b"\n" for n in range(300)]
    lines[200] = b"x" * 200_000 + b"\n"
    for line in lines:
        stored(file, line)
    file.close()
    found = [part.read_bytes() for part in parts(path)]
    assert b"".join(found) == b"".join(lines)
    assert all(most <= len(part) < most + 200_001 for part in found[:-1])
    assert all(part.endswith(b"\n") for part in found if part)
    assert len(found) > 1 or most > 215_000


def test_a_killed_process_leaves_zeros_behind_the_last_byte(tmp_path: Path) -> None:
    file = a_file(tmp_path / "w.jsonl")
    for _ in range(5000):
        stored(file, b"x" * 50)
    left = (tmp_path / "w.jsonl").read_bytes()
    assert (left.rstrip(b"\0"), len(left) % private_files.STEP) == (b"x" * 250_000, 0)
    file.close()
    assert (tmp_path / "w.jsonl").read_bytes() == b"x" * 250_000


def test_what_stood_in_the_file_before_stays(tmp_path: Path) -> None:
    (tmp_path / "w.jsonl").write_bytes(b"before\n")
    file = a_file(tmp_path / "w.jsonl")
    stored(file, b"after\n")
    stored(file, b"more\n")
    file.close()
    assert (tmp_path / "w.jsonl").read_bytes() == b"before\nafter\nmore\n"
