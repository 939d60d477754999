"""Builds honest snapshots for tests: histograms, timeline and counts from one list of requests."""

from __future__ import annotations

import csv
import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hdrh.histogram import HdrHistogram

HOUR_US = 3_600_000_000
COLUMNS = [
    "second",
    "operation",
    "started",
    "ok",
    "rejected",
    "errors",
    "users",
    "due",
    "dropped",
    "cpu_percent",
]


@dataclass
class Request:
    """One finished request: latency and service time in µs."""

    operation: str
    second: int
    latency_us: int
    outcome: str = "ok"
    service_us: int = 0


@dataclass
class Recording:
    """What a load process would have seen. `write(dir)` leaves its files there."""

    requests: list[Request] = field(default_factory=list)
    unfinished: dict[str, int] = field(default_factory=dict)
    duration_s: float = 10.0
    interval_s: int = 1
    measured: dict[str, Any] = field(default_factory=dict)

    def add(self, operation: str, latencies_us: Iterable[int], outcome: str = "ok") -> Recording:
        """Spreads the latencies evenly over the run, in the order given."""
        values = list(latencies_us)
        for place, value in enumerate(values):
            second = int(place * self.duration_s / len(values))
            self.requests.append(Request(operation, second, value, outcome))
        return self

    def write(self, directory: Path) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        self.write_log(directory / "latency.hlog", [(r, r.latency_us) for r in self.requests])
        if any(r.service_us for r in self.requests):
            served = [(r, r.service_us or r.latency_us) for r in self.requests]
            self.write_log(directory / "service.hlog", served)
        else:  # the same once more
            shutil.copyfile(directory / "latency.hlog", directory / "service.hlog")
        self.write_timeline(directory / "timeline.csv")
        (directory / "measured.json").write_text(json.dumps(self.document(), indent=1))
        return directory

    def write_log(self, path: Path, values: Sequence[tuple[Request, int]]) -> None:
        found: dict[tuple[int, str], HdrHistogram] = {}
        for request, value in values:
            key = (request.second // self.interval_s * self.interval_s, request.operation)
            if key not in found:
                found[key] = HdrHistogram(1, HOUR_US, 3)
            assert found[key].record_value(value)
        lines = ["#[Histogram log format version 1.3]", "#[BaseTime: 1000.000 (seconds since epoch)]"]
        lines.append("#[StartTime: 1000.000 (seconds since epoch), 1970-01-01T00:16:40Z]")
        lines.append('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"')
        for (start, operation), histogram in sorted(found.items(), key=lambda item: item[0]):
            top = histogram.get_max_value() / 1000
            text = histogram.encode().decode()
            lines.append(f"Tag={operation},{start:.3f},{self.interval_s:.3f},{top:.3f},{text}")
        path.write_text("\n".join(lines) + "\n")

    def write_timeline(self, path: Path) -> None:
        cells: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for request in self.requests:
            for name in (request.operation, "run"):
                row = cells[request.second, name]
                row["started"] += 1
                row["errors" if request.outcome == "error" else request.outcome] += 1
        for name, missing in self.unfinished.items():
            cells[0, name]["started"] += missing
            cells[0, "run"]["started"] += missing
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*COLUMNS, "loop_lag_ms"])
            for (second, name), row in sorted(cells.items()):
                counts = [row[column] for column in ("started", "ok", "rejected", "errors")]
                writer.writerow(
                    [second, name, *counts, *((4, 0, 0, 12.5, 1.5) if name == "run" else [""] * 5)]
                )

    def document(self) -> dict[str, Any]:
        operations: dict[str, dict[str, int]] = {}
        for name in sorted({r.operation for r in self.requests} | set(self.unfinished)):
            outcomes = [r.outcome for r in self.requests if r.operation == name]
            missing = self.unfinished.get(name, 0)
            operations[name] = {
                "started": len(outcomes) + missing,
                "ok": outcomes.count("ok"),
                "rejected": outcomes.count("rejected"),
                "errors": outcomes.count("error"),
                "unfinished": missing,
            }
        return {
            "started": "2015-09-11T08:00:00Z",
            "epoch": 1000.0,
            "duration_s": self.duration_s,
            "ended": "completed",
            "load": {"model": "closed", "users": 4, "arrivals_due": 0, "arrivals_dropped": 0},
            "operations": operations,
            "journeys": {},
            "groups": [],
            "generator": {
                "processes": 1,
                "cpu_percent_max": 12.5,
                "loop_lag_ms_p99": 1.5,
                "workers_lost": 0,
                "littles_law_error": 0.01,
            },
            "unhealthy": [],
            "answered": True,
            **self.measured,
        }


def manifest(**changes: Any) -> dict[str, Any]:
    """What the runner hands to `finish`."""
    return {
        "scenario": {"name": "smoke", "model": "closed", "digest": "1a2b3c4d5e"},
        "target": {"name": "reference", "url": "http://127.0.0.1:8400"},
        "thresholds": {"*": ["error_rate < 1%", "p95 < 3s"]},
        "seed": 20150911,
        "versions": {"renhai": "0.1.0"},
        "environment": {"cpus": 2},
        **changes,
    }
