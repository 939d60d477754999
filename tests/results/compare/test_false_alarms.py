"""How often noise alone is called a change, and how often a change is found, by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from results.compare.comparison import Settings
from results.compare.effects import Effect
from results.compare.findings import Row
from results.compare.rule import conclude, decide
from results.stats.estimates import between_runs

# --- simulation: how often noise alone is called a change, and how often a change is found ---------------


def simulated(
    rng: np.random.Generator,
    runs: int,
    subjects: int,
    noise: float,
    shift: float = 0.0,
    settings: Settings | None = None,
) -> list[Row]:
    """A comparison of `runs` runs a side. The percentiles of a subject share much of their noise."""
    effects = []
    for subject in range(subjects):
        shared = rng.normal(0, noise, (2, runs))
        for metric, own in (("throughput", 0.1), ("p50", 0.5), ("p90", 0.7), ("p95", 1.0), ("p99", 1.6)):
            values = shared * own + rng.normal(0, noise * own, (2, runs))
            values[1] += 0.0 if metric == "throughput" else shift
            effects.append(
                Effect(str(subject), metric, "ms", 1, 1, between_runs(list(values[0]), list(values[1])))
            )
    return decide(effects, settings or Settings())


# Every second row runs in `make test`, all with --all: between two numbers of runs lies no other case.
SHARE = {"test_equal_builds_raise_no_more_alarms_than_promised": 2}


@pytest.mark.parametrize(("runs", "band"), [(2, 0.0), (3, 0.0), (5, 0.0), (10, 0.0), (3, 0.02)])
def test_equal_builds_raise_no_more_alarms_than_promised(runs: int, band: float) -> None:
    rng = np.random.default_rng(runs)
    settings = Settings(noise_band=band)
    alarms = 0
    for _ in range(100):
        rows = simulated(rng, runs, subjects=13, noise=0.05, settings=settings)
        alarms += any(row.finding in ("better", "worse") for row in rows)
    assert alarms <= 3  # 1 % of 100 is 1; more than 3 has a chance of 2 % even at exactly 1 %


@pytest.mark.parametrize(
    ("shift", "runs", "noise", "share"),
    [(0.10, 10, 0.015, 0.95), (0.05, 10, 0.008, 0.80), (0.10, 5, 0.007, 0.95)],
)
def test_a_slower_build_is_found(shift: float, runs: int, noise: float, share: float) -> None:
    rng = np.random.default_rng(17)
    found = 0
    for _ in range(100):
        rows = simulated(rng, runs, subjects=13, noise=noise, shift=math.log1p(shift))
        found += any(row.finding == "worse" for row in rows)
    assert found >= 100 * share


def test_a_regression_beyond_the_tolerance_is_almost_never_passed() -> None:
    rng = np.random.default_rng(23)
    passed = 0
    for _ in range(200):
        rows = simulated(
            rng, 5, subjects=1, noise=0.06, shift=math.log1p(0.12), settings=Settings(decisive=("*",))
        )
        passed += conclude(rows)[0] == "pass"
    assert passed <= 10
