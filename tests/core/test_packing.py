"""Parts are compressed aside: behind a load that wants the core, and given up when the run is over."""

from __future__ import annotations

import gzip
import os
import sys
import threading
from pathlib import Path

import pytest

from renhai.core.packing import compress, step_back

MIB = 1 << 20


def test_a_part_is_replaced_by_the_same_bytes(tmp_path: Path) -> None:
    part, packed, data = tmp_path / "a.0001.jsonl", tmp_path / "a.0001.jsonl.gz", os.urandom(3 * MIB + 1)
    part.write_bytes(data)
    compress(part, packed)
    assert [path.name for path in tmp_path.iterdir()] == [packed.name]
    assert gzip.decompress(packed.read_bytes()) == data


@pytest.mark.parametrize("after", [0, 1, 2])
def test_one_that_is_given_up_stays_as_it_was(tmp_path: Path, after: int) -> None:
    part, data = tmp_path / "a.0001.jsonl", bytes(3 * MIB)
    part.write_bytes(data)
    asked = iter([False] * after + [True])
    compress(part, tmp_path / "a.0001.jsonl.gz", lambda: next(asked))
    assert [path.name for path in tmp_path.iterdir()] == [part.name]
    assert part.read_bytes() == data


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a priority of its own on Linux alone")
def test_a_thread_that_steps_back_takes_no_other_with_it() -> None:
    found: list[int] = []

    def aside() -> None:
        step_back()
        found.append(os.getpriority(os.PRIO_PROCESS, 0))

    thread, before = threading.Thread(target=aside), os.getpriority(os.PRIO_PROCESS, 0)
    thread.start()
    thread.join()
    assert found == [19]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
