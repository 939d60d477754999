"""Reports of several workers become seconds, totals and files; nothing is counted twice or lost."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

import pytest

from renhai.load.measure.collector import Collector, Second
from renhai.load.measure.histogram import pack
from renhai.load.measure.snapshot_files import Files


def ms(*values: float) -> Any:
    return pack(array("q", [int(value * 1e6) for value in values]))


def report(
    second: int, ok: int = 0, errors: int = 0, started: int | None = None, **changes: Any
) -> dict[str, Any]:
    latency = ms(*[10] * (ok + errors))
    entry = {
        "started": ok + errors if started is None else started,
        "ok": ok,
        "rejected": 0,
        "errors": errors,
    }
    return {
        "second": second,
        "operations": {"a.b": {**entry, "latency": latency, "service": latency}},
        "journeys": {"j": [ok, ok, 0, 0]},
        "groups": {},
        "failures": [],
        "users": 5,
        "due": ok,
        "dropped": 0,
        "answers": ok,
        "silences": errors,
        "cpu_percent": 20.0,
        "lag_ms": 1.0,
        "seated_ns": 0,
        "busy_ns": 0,
        "thinking_ns": 0,
        **changes,
    }


@pytest.fixture
def seen() -> list[Second]:
    return []


@pytest.fixture
def collector(seen: list[Second]) -> Collector:
    return Collector(1, seen.append)


def test_a_second_is_complete_when_all_workers_have_reported_it(
    collector: Collector, seen: list[Second]
) -> None:
    collector.merge(0, report(0, ok=3))
    collector.advance(1, {0, 1})
    assert seen == []
    collector.merge(1, report(0, ok=4, cpu_percent=50.0))
    collector.advance(1, {0, 1})
    assert [(s.number, s.count("ok"), s.cpu_percent) for s in seen] == [(0, 7, 50.0)]
    assert sum(seen[0].users.values()) == 10


def test_a_silent_worker_is_waited_for_three_seconds(collector: Collector, seen: list[Second]) -> None:
    collector.merge(0, report(0, ok=1))
    collector.advance(3, {0, 1})
    assert seen == []
    collector.advance(4, {0, 1})
    assert [s.number for s in seen] == [0]


def test_what_comes_late_is_counted_in_the_next_open_second(collector: Collector, seen: list[Second]) -> None:
    collector.merge(0, report(0, ok=1))
    collector.advance(1, {0})
    collector.merge(1, report(0, ok=9))
    collector.merge(0, report(1, ok=1))
    collector.finish()
    assert [(s.number, s.count("ok")) for s in seen] == [(0, 1), (1, 10)]
    assert collector.operations()["a.b"]["ok"] == 11


def test_a_second_without_reports_is_there_all_the_same(collector: Collector, seen: list[Second]) -> None:
    collector.merge(0, report(0, ok=1))
    collector.merge(0, report(2, ok=1))
    collector.finish()
    assert [(s.number, s.count("ok")) for s in seen] == [(0, 1), (1, 0), (2, 1)]


def test_what_has_not_ended_is_unfinished(collector: Collector) -> None:
    collector.merge(0, report(0, ok=3, errors=1, started=6))
    collector.finish()
    assert collector.operations() == {
        "a.b": {"started": 6, "ok": 3, "rejected": 0, "errors": 1, "unfinished": 2}
    }


def test_failures_of_all_workers_are_one_of_a_kind(collector: Collector) -> None:
    first = {"operation": "a.b", "outcome": "error", "reason": "read timeout", "count": 2}
    collector.merge(0, report(3, failures=[{**first, "request": "POST /a", "response": ""}]))
    collector.merge(1, report(4, failures=[{**first, "count": 5}]))
    [kept] = collector.failures.values()
    assert list(kept) == ["operation", "outcome", "reason", "count", "second", "request", "response"]
    assert (kept["count"], kept["second"], kept["request"]) == (7, 3, "POST /a")


def test_the_live_line(seen: list[Second], collector: Collector) -> None:
    collector.merge(0, report(0, ok=99, errors=1))
    collector.finish()
    assert seen[0].live() == {
        "second": 0,
        "users": 5,
        "rate": 100,
        "p95_ms": 10.007,  # the bucket of 10,000 us ends at 10,007
        "ok": 99,
        "rejected": 0,
        "errors": 1,
        "due": 99,
        "dropped": 0,
        "cpu": 20.0,
        "lag_ms": 1.0,
    }


def test_files_hold_each_interval_once(tmp_path: Path, seen: list[Second]) -> None:
    collector = Collector(2, seen.append)
    files = Files(tmp_path, 1_442_000_000.0, lambda reason: pytest.fail(reason))
    for second in range(5):
        collector.merge(0, report(second, ok=second + 1))
        collector.advance(second + 1, {0})
        while collector.interval_is_full:
            collector.write_interval(files)
    flushed = (tmp_path / "latency.hlog").read_text().count("Tag=a.b")
    collector.finish()
    collector.write_rest(files)
    files.close()
    lines = [line for line in (tmp_path / "latency.hlog").read_text().splitlines() if line.startswith("Tag=")]
    assert flushed == 2
    assert [line.split(",")[:3] for line in lines] == [
        ["Tag=a.b", "0.000000", "2.000000"],
        ["Tag=a.b", "2.000000", "2.000000"],
        ["Tag=a.b", "4.000000", "1.000000"],
    ]
    rows = (tmp_path / "timeline.csv").read_text().splitlines()
    assert rows[1:3] == ["0,a.b,1,1,0,0,,,,,", "0,run,1,1,0,0,5,1,0,20.0,1.0"]
    assert len(rows) == 1 + 2 * 5


def test_a_full_disk_is_one_reason_a_file_and_no_exception(tmp_path: Path) -> None:
    for name in ("timeline.csv", "latency.hlog"):
        (tmp_path / name).symlink_to("/dev/full")
    reasons: list[Any] = []
    files = Files(tmp_path, 0.0, reasons.append)
    collector = Collector(1, lambda second: None)
    for second in range(3):
        collector.merge(0, report(second, ok=1))
    collector.finish()
    collector.write_rest(files)
    assert files.measured({"ended": "completed"})
    files.close()
    assert len(reasons) == 2
    assert all("No space left on device; free space on the disk of" in reason.en for reason in reasons)
    assert json.loads((tmp_path / "measured.json").read_text()) == {"ended": "completed"}
    assert "Tag=a.b" in (tmp_path / "service.hlog").read_text()


def test_a_lost_folder_is_a_reason(tmp_path: Path) -> None:
    reasons: list[Any] = []
    files = Files(tmp_path / "gone", 0.0, reasons.append)
    assert not files.measured({})
    assert sorted(reason.file for reason in reasons) == [
        "latency.hlog",
        "measured.json",
        "service.hlog",
        "timeline.csv",
    ]


def test_receipts_are_appended_and_failures_replaced(tmp_path: Path) -> None:
    complaints: list[Any] = []
    files = Files(tmp_path, 0.0, complaints.append)
    files.receipts(3, b'{"n": 1}\n')
    files.receipts(3, b"")
    files.receipts(0, b'{"n": 2}\n')
    files.receipts(3, '{"n": "三"}\n'.encode())
    assert (tmp_path / "receipts" / "worker-3.jsonl").read_text("utf-8") == '{"n": 1}\n{"n": "三"}\n'
    assert (tmp_path / "receipts" / "worker-0.jsonl").read_text("utf-8") == '{"n": 2}\n'
    files.failures([{"reason": "旧"}])
    files.failures([{"reason": "一"}, {"reason": "二"}])
    assert (tmp_path / "failures.jsonl").read_text("utf-8") == '{"reason": "一"}\n{"reason": "二"}\n'
    assert complaints == []
    assert not list(tmp_path.glob(".*"))  # nothing half written stays
