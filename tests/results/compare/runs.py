"""Runs of known figures, for comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from results.snapshot.run import OperationSummary, Percentiles, Run

MACHINE = {"cpu_model": "x", "cores": 2, "memory_gb": 8.0, "platform": "Linux"}


def summary(scale: float = 1.0, errors: int = 0, started: int = 5000, **noise: float) -> OperationSummary:
    times = {"mean": 24, "p50": 20, "p90": 35, "p95": 42, "p99": 60, "p999": 90, "max": 100}
    latency = Percentiles(**{name: value * scale for name, value in times.items()})
    ok = max(0, started - errors)
    return OperationSummary(
        started=started, ok=ok, rejected=0, errors=errors, rate_per_s=ok / 10,
        latency_ms=latency, service_ms=latency, noise=noise,
    )  # fmt: skip


def run(number: int, scale: float = 1.0, errors: int = 0, **changes: Any) -> Run:
    """A run whose every latency is `scale` times the usual one."""
    one = summary(scale, errors)
    document = {
        "schema": 1,
        "run_id": f"run-{number}",
        "scenario": {"name": "human-sea", "digest": "1a2b"},
        "target": {"name": "reference"},
        "started": "2015-09-11T08:00:00Z",
        "duration_s": 10,
        "versions": {"renhai": "0.1.0", "locust": "2.47.0", "gevent": "26", "python": "3.11"},
        "environment": MACHINE,
        "verdict": "fail",
        "operations": {"declaration.submit": one},
        "total": one,
        "load": {"model": "open"},
        "generator": {},
    }
    return Run.model_validate({**document, **changes})


def side(start: int, scales: Sequence[float], errors: int = 0) -> list[Run]:
    return [run(start + place, scale, errors) for place, scale in enumerate(scales)]


STEADY = (0.99, 1.0, 1.01, 1.0, 0.995, 1.005)


def operations(start: int, **given: OperationSummary) -> list[Run]:
    """STEADY runs of a.query and what is given."""
    return [run(start + n, s, operations={"a.query": summary(), **given}) for n, s in enumerate(STEADY)]
