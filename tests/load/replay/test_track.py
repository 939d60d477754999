"""A track of a replay at a real server: when it ends, and what it writes of odd answers."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from gevent.event import Event

from renhai.binding.codec import Reply
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.replay.order import Order
from renhai.load.replay.track import OneStep, Pace, Track
from renhai.spec.cutover.journal.entry import Entry
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.cutover.journal.track_file import COMPLETE, DEADLINE, SILENT, TrackWriter, read_track
from renhai.spec.cutover.journal.translation import Words
from tests.load.engine.test_wrong_answers import GOOD, engine_at
from tests.load.http.asking import MakeClient
from tests.load.http.scripted_server import ScriptedServer


def entry(number: int, at: str) -> Entry:
    return Entry(str(number), f"taxpayer {number}", "hall", "", "a", "a.b", {}, at)


def replayed(engine: JourneyEngine, folder: Path, entries: list[Entry], pace: Pace) -> Track:
    engine.pool = OneStep()  # type: ignore[assignment]
    over, file = Event(), TrackWriter(folder / "track", "journal", "new", 0)
    track = Track(engine, Order(entries), Words(Rules(), "new"), file, pace, over.set)
    track.start()
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
