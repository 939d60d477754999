"""What was sent to a system and what it answered survives kill -9, and is never sent again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.spec.cutover.journal.track_file import TrackWriter, held, read_track


def test_an_intent_without_an_answer_was_sent_and_a_torn_line_was_not(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    writer = TrackWriter(path, "d", "new", 0)
    writer.intent("1")
    writer.write(["answer", "1", "ok", "", "", {"a": 1}, 5, 7])
    writer.intent("2")
    writer.intent("3")
    writer.write(["unsent", "3", "connection refused"])
    writer.close()
    path.write_bytes(path.read_bytes() + b'["intent","4"')
    record = read_track(path, "d", "new")
    assert (record.sent, set(record.answers), set(record.unsent)) == ({"1", "2"}, {"1"}, {"3"})
    assert record.answers["1"].data == {"a": 1}
    assert not record.finished
    again = TrackWriter(path, "d", "new", record.bytes)
    again.write(["end", "complete"])
    again.close()
    assert read_track(path, "d", "new").finished


def test_a_track_has_one_writer_at_a_time(tmp_path: Path) -> None:
    first = held(tmp_path / "t.jsonl")
    with pytest.raises(BlockingIOError):
        held(tmp_path / "t.jsonl", 0.0)
    os.close(first)
    os.close(held(tmp_path / "t.jsonl", 0.0))


def test_a_track_of_other_work_or_with_a_broken_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    writer = TrackWriter(path, "d", "new", 0)
    writer.intent("1")
    writer.close()
    with pytest.raises(UsageError, match="of another journal, other rules"):
        read_track(path, "e", "new")
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    with pytest.raises(UsageError, match=":3: is damaged"):
        read_track(path, "d", "new")
    assert not read_track(tmp_path / "none", "d", "new").sent
