"""A pipe in the place of a file is refused: it would be waited for, and files are read more than once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from renhai.checks.drain.lists import rows_of
from renhai.checks.migration.scanning import scan
from renhai.core.errors import UsageError
from renhai.spec.cutover.journal.entry import JournalFile
from renhai.spec.cutover.migration.rules import Files
from results.checks.audit.intents import has_end, intent_files, lines_told, read_intents


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "worker-0.jsonl")
    return tmp_path / "worker-0.jsonl"


def test_a_pipe_of_intents_makes_the_audit_incomplete(pipe: Path) -> None:
    found = read_intents(intent_files(pipe.parent, [pipe]), "run", 1)
    assert "cannot be read: it is no regular file" in str(found.holes[0])
    assert found.writes == {}
    for path in (pipe, Path("/dev/zero")):  # it is neither waited for nor read without end
        assert (has_end(path), lines_told(path)) == (False, 0)


def test_a_pipe_is_no_list_of_a_drain(pipe: Path) -> None:
    why = "worker-0.jsonl cannot be read: it is no regular file"
    assert rows_of(pipe.parent, pipe.name, "utf-8", ["a"]) == ([], why)


def test_a_pipe_is_no_journal_and_no_export(pipe: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: it is no regular file"):
        JournalFile(pipe)
    with pytest.raises(UsageError, match="cannot be read: it is no regular file"):
        scan(pipe, "old/t.csv", Files(), pipe.parent / "copy")
