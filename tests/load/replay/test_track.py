"""A track of a replay at a real server: when it ends, and what it writes of odd answers."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event

from renhai.binding.codec import Reply
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.replay.order import Order
from renhai.load.replay.track import OneStep, Pace, Track
from renhai.safety.rate_limit import TokenBucket
from renhai.spec.cutover.journal.entry import Entry
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.cutover.journal.track_file import (
    COMPLETE,
    DEADLINE,
    SILENT,
    STOPPED,
    TrackWriter,
    read_track,
)
from renhai.spec.cutover.journal.translation import Words
from tests.load.engine.test_wrong_answers import GOOD, engine_at
from tests.load.http.asking import MakeClient
from tests.load.http.scripted_server import ScriptedServer


def entry(number: int, at: str) -> Entry:
    return Entry(str(number), f"taxpayer {number}", "hall", "", "a", "a.b", {}, at)


def replayed(
    engine: JourneyEngine, folder: Path, entries: list[Entry], pace: Pace, stop_at: int = 0
) -> Track:
    """stop_at: it is stopped once so many were sent."""
    engine.pool = OneStep()  # type: ignore[assignment]
    over, file = Event(), TrackWriter(folder / "track", "journal", "new", 0)
    track = Track(engine, Order(entries), Words(Rules(), "new"), file, pace, over.set)
    track.start()
    while stop_at and track.sent < stop_at:
        gevent.sleep(0.01)
    if stop_at:
        track.stop()
    assert over.wait(10), "it never ended"
    track.leave()
    file.close()
    return track


@pytest.fixture
def engine(server: ScriptedServer, make_client: MakeClient, tmp_path: Path) -> JourneyEngine:
    return engine_at(make_client, server.open(["request", {"send": GOOD}, "again"]), tmp_path)


def test_a_deadline_ends_it_though_the_next_is_due_an_hour_later(
    engine: JourneyEngine, tmp_path: Path
) -> None:
    entries = [entry(1, "2015-09-11T08:00:00+08:00"), entry(2, "2015-09-11T09:00:00+08:00")]
    pace = Pace(speed=1.0, deadline_ms=int(time.time() * 1000) + 500)
    track = replayed(engine, tmp_path, entries, pace)
    assert (track.ended, track.sent) == (DEADLINE, 1)
    record = read_track(tmp_path / "track", "journal", "new")
    assert (list(record.answers), record.ended) == (["1"], DEADLINE)


def test_values_that_are_hard_to_write_are_written_as_they_are(
    engine: JourneyEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd: dict[str, Any] = {"whole": 1 << 80, "text": "\ud800", "plain": "长沙"}
    monkeypatch.setattr(engine.binding, "judge", lambda *_: Reply("ok", odd, "", ""))
    track = replayed(engine, tmp_path, [entry(1, "2015-09-11T08:00:00+08:00")], Pace())
    assert (track.ended, track.error) == (COMPLETE, "")
    assert read_track(tmp_path / "track", "journal", "new").answers["1"].data == odd


def test_what_never_reached_the_system_is_not_called_sent(
    make_client: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renhai.load.replay.track.PAUSE_NS", 0)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    engine = engine_at(make_client, port, tmp_path)
    track = replayed(engine, tmp_path, [entry(1, "2015-09-11T08:00:00+08:00")], Pace())
    assert (track.ended, track.sent) == (SILENT, 0)
    record = read_track(tmp_path / "track", "journal", "new")
    assert (record.unsent, record.answers) == ({"1": "connection refused"}, {})


def test_what_the_ceiling_holds_back_is_not_sent_after_the_deadline(
    engine: JourneyEngine, tmp_path: Path
) -> None:
    """All are begun before it, and wait for their turn: eight at once, then four a second."""
    engine.bucket = TokenBucket(4.0, 1)
    entries = [entry(number, "2015-09-11T08:00:00+08:00") for number in range(1, 13)]
    pace = Pace(deadline_ms=int(time.time() * 1000) + 300)
    track = replayed(engine, tmp_path, entries, pace)
    record = read_track(tmp_path / "track", "journal", "new")
    assert (track.ended, track.error, record.ended) == (DEADLINE, "", DEADLINE)
    assert track.sent == len(record.sent) == len(record.answers) < len(entries)
    assert not record.unsent


def test_what_the_ceiling_holds_back_is_not_sent_once_it_is_stopped(
    engine: JourneyEngine, tmp_path: Path
) -> None:
    engine.bucket = TokenBucket(4.0, 1)
    entries = [entry(number, "2015-09-11T08:00:00+08:00") for number in range(1, 13)]
    track = replayed(engine, tmp_path, entries, Pace(), stop_at=2)
    assert (track.ended, track.error) == (STOPPED, "")
    assert track.sent < len(entries)
