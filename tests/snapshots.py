"""Snapshots as a run leaves them, made by hand: every latency is a multiple of a usual one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from results.snapshot.run import Run

STEADY = (0.99, 1.0, 1.01, 1.0, 0.995, 1.005)


def snapshot(place: Path, scale: float = 1.0, **changes: Any) -> Path:
    """A run whose every latency is `scale` times 20 ms, 35 ms and so on; its id is the directory's name."""
    times = {"mean": 24, "p50": 20, "p90": 35, "p95": 42, "p99": 60, "p999": 90, "max": 100}
    one = {
        "started": 5000, "ok": 5000, "rejected": 0, "errors": 0, "rate_per_s": 500,
        "latency_ms": {name: value * scale for name, value in times.items()},
    }  # fmt: skip
    document = {
        "schema": 1,
        "run_id": place.name,
        "scenario": {"name": "smoke", "digest": "1a2b"},
        "target": {"name": "reference"},
        "started": "2015-09-11T08:00:00Z",
        "duration_s": 10,
        "verdict": "fail",
        "operations": {"declaration.submit": one},
        "total": one,
        "load": {"model": "closed"},
        "generator": {},
        "groups": [{"unit": str(number), "post": "x"} for number in range(200)],
    }
    place.mkdir(parents=True)
    run = Run.model_validate({**document, **changes})
    (place / "run.json").write_text(run.model_dump_json(by_alias=True))
    return place


def side(folder: Path, scale: float = 1.0, **changes: Any) -> Path:
    for number, one in enumerate(STEADY):
        snapshot(folder / f"{folder.name}-{number}", scale * one, **changes)
    return folder
