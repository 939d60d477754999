"""What a load process keeps of what it sent does not grow with its seconds, nor with its requests.

Everything that takes a request or a second is driven as a run drives it, on a clock of the test's own. What
can be reached from it is weighed after as many seconds, and again after as many more.
"""

from __future__ import annotations

import gc
import sys
from array import array
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from locust.stats import RequestStats

from renhai.binding.codec import Reply
from renhai.core.private_files import FileInParts
from renhai.load.locust import stats_feed
from renhai.load.measure.collector import Collector
from renhai.load.measure.health import Health
from renhai.load.measure.histogram import HistogramSum, pack
from renhai.load.measure.intents import IntentLog
from renhai.load.measure.recorder import Recorder, Starts, packed
from renhai.load.measure.snapshot_files import Files
from renhai.load.measure.status_line import StatusLine
from renhai.load.worker.journal_file import JournalLog
from results.snapshot.segments import part_of
from tests.load.measure.intending import answered, intended

SECONDS, REQUESTS, INTERVAL_S = 200, 50, 5
MOST_BUCKETS = 30_000
SLACK = 4096  # bytes, of what was rounded up to another size: 20 bytes a second would be seen
PLAIN = (dict, list, tuple, set, frozenset, deque, bytes, bytearray, str, array, np.ndarray)


def weight(*roots: Any) -> int:
    """Bytes of all that can be reached, by containers and by instances of classes of this project."""
    seen: dict[int, Any] = {}
    todo = list(roots)
    while todo:
        one = todo.pop()
        ours = type(one).__module__.startswith(("renhai.", "results.", "locust.", "collections"))
        if id(one) in seen or isinstance(one, type) or not (isinstance(one, PLAIN) or ours):
            continue
        if isinstance(one, HistogramSum):
            assert len(one.counts) <= MOST_BUCKETS  # sums up what waits, of which there is a bound
        seen[id(one)] = one
        todo += gc.get_referents(one)
    return sum(map(sys.getsizeof, seen.values()))


class Process:
    """A load process that leads itself: 50 requests a second of two operations, of which one in ten fails."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stats_feed, "time", SimpleNamespace(time=lambda: self.now))
        self.recorder = Recorder(starts=Starts(0))
        self.health, self.status, self.stats = Health(), StatusLine(), RequestStats()
        self.begun = self.now = int(self.stats.total.start_time) + 1
        self.collector = Collector(INTERVAL_S, self.second)
        self.files = Files(folder, 0.0, lambda reason: pytest.fail(reason.en))
        names = {"a.b": ["djxh"], "c.d": ["djxh"]}
        self.intents = IntentLog(folder / "worker-0.jsonl", "run", 0, names, {}, pytest.fail)
        self.journal = JournalLog(
            FileInParts(folder / "journal.jsonl", pytest.fail, part_of), "run", 0, frozenset(), 0
        )
        self.leak: list[int] = []
        self.number = 0

    def second(self, second: Any) -> None:
        self.health.second(second)
        self.status.of(second)

    def request(self, number: int) -> None:
        book = self.recorder.book("a.b" if number % 2 else "c.d")
        reply = (
            Reply("ok", {"djxh": number}, "0", "") if number % 10 else Reply("error", {}, "", f"no {number}")
        )
        self.recorder.due += 1
        journey, group = self.recorder.journey("j"), self.recorder.group("unit/post")
        run = SimpleNamespace(
            journey="j", fields={"djxh": number}, intended_ns=number, told=None, tally=group
        )
        answered(self.intents, intended(self.intents, book.name, run.fields, number), book.name, reply)
        self.journal.keep(run, book.name, reply)
        book.started, book.ok = book.started + 1, book.ok + (reply.outcome == "ok")
        book.errors += reply.outcome != "ok"
        for times in (book.latency, book.service, self.recorder.late, group.times):
            times.append(1_000_000 * (1 + number % 40))
        if not reply.ok:
            self.recorder.fail(book.name, reply, f"POST {number}", f"no {number}")
        self.recorder.answers += 1
        journey.started, journey.completed = journey.started + 1, journey.completed + 1
        self.recorder.walked("j", "new", (book.name,))
        self.recorder.ended(book, group, number, number + 1000, reply.outcome)

    def run(self, seconds: int) -> Process:
        for _ in range(seconds):
            for number in range(REQUESTS):
                self.request(self.number * REQUESTS + number)
            report = {
                **packed(self.recorder.take(), lambda: None), "second": self.number, "users": 3,
                "sequence": self.number + 1, "lag": pack(array("q", [1000])), "lag_ms": 1.0, "wall_s": 1.0,
                "cpu_percent": 20.0, "steal_percent": 0.0, "complaints": [], "receipts": self.intents.take(),
                "seated_ns": 0, "busy_ns": 0, "thinking_ns": 0, "connections": None,
            }  # fmt: skip
            stats_feed.feed(self.stats, report, lambda: None)
            self.health.report(0, report)
            self.collector.merge(0, report)
            self.files.starts(report["starts"])
            self.number, self.now = self.number + 1, self.now + 1
            self.collector.advance(self.number, {0})
            while self.collector.interval_is_full:
                self.collector.write_interval(self.files)
            self.intents.flush()
            self.journal.flush()
            if self.number % 25 == 0:  # as its greenlet does
                stats_feed.keep_recent(self.stats)
        return self

    @property
    def kept(self) -> tuple[Any, ...]:
        parts = (self.recorder, self.health, self.status, self.stats, self.collector, self.files)
        return *parts, self.intents, self.journal, self.leak


def test_what_a_load_process_keeps_is_the_same_after_twice_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(tmp_path, monkeypatch).run(SECONDS)
    before = weight(*process.kept)
    after = weight(*process.run(SECONDS).kept)
    assert (
        process.collector.totals["a.b"]["ok"] + process.collector.totals["c.d"]["ok"] == 9 * 2 * SECONDS * 5
    )
    assert abs(after - before) < SLACK, (before, after)
    process.leak += range(10**6, 10**6 + 2 * SECONDS)  # two numbers a second are seen, so that this can fail
    assert weight(*process.kept) - after > SLACK / 2


def test_locusts_own_counts_of_seconds_and_rows_are_forgotten_and_its_sums_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(tmp_path, monkeypatch).run(SECONDS)
    stats = process.stats
    stats.history.extend({"time": str(number)} for number in range(3 * stats_feed.MOST_ROWS))
    stats_feed.keep_recent(stats)
    assert len(stats.total.num_reqs_per_sec) == len(stats.total.num_fail_per_sec) == stats_feed.KEPT_S + 1
    assert min(stats.total.num_reqs_per_sec) == process.begun + SECONDS - 1 - stats_feed.KEPT_S
    assert [row["time"] for row in stats.history][:: stats_feed.MOST_ROWS - 1] == ["2000", "2999"]
    assert stats.total.num_requests == SECONDS * REQUESTS == 10 * stats.total.num_failures
    assert stats.total.current_rps == pytest.approx(REQUESTS, rel=0.3)  # Locust's own, over the last 12 s
    stats_feed.keep_recent(RequestStats())  # nothing was counted yet
