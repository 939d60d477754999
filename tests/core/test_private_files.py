"""What only its owner may read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from renhai.core.private_files import owner_only
from renhai.load.measure.snapshot_files import Files


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_file_is_its_owners_whatever_the_umask_and_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    for name in ("new", "old"):
        with open(tmp_path / name, "a", opener=owner_only) as file:
            file.write("y")
        assert mode(tmp_path / name) == 0o600
    assert (tmp_path / "old").read_text() == "xy"


def test_of_a_run_failures_and_receipts_are_private_and_figures_are_not(tmp_path: Path) -> None:
    files = Files(tmp_path, 0.0, lambda reason: None)
    files.receipts(0, b'{"operation": "a"}\n')
    files.failures([{"operation": "a"}])
    files.measured({"ended": "completed"})
    files.close()
    private = {"failures.jsonl", "receipts/worker-0.jsonl"}
    found = {
        path.relative_to(tmp_path).as_posix(): mode(path) for path in tmp_path.rglob("*") if path.is_file()
    }
    assert {name for name, rights in found.items() if rights == 0o600} == private
    assert len(found) > 4
