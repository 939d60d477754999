"""Differences of shares: against scipy's exact interval, by their coverage, and with errors in bursts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from results.stats.shares import ASSUMED_DISPERSION, Counted, ShareEstimate, share_estimate


@pytest.mark.parametrize(("failed", "of"), [(0, 300), (3, 1000), (40, 5000), (5000, 5000)])
def test_beside_a_share_that_is_known_the_interval_is_clopper_and_pearsons(failed: int, of: int) -> None:
    known = Counted(0, 1e15)  # without error in endlessly many requests: its own interval is a point
    low, high = ShareEstimate(known, Counted(failed, of), math.inf).interval(0.95)
    wanted = stats.binomtest(failed, of).proportion_ci(0.95, "exact")
    assert (low, high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@settings(max_examples=50)
@given(st.integers(0, 50), st.integers(0, 50), st.sampled_from([math.inf, 4.0, 18.0]))
def test_the_interval_of_confidence_1_minus_p_touches_the_band(a: int, b: int, freedom: float) -> None:
    found = ShareEstimate(Counted(a, 2000), Counted(b, 2000), freedom)
    p = found.p_beyond(0.001)
    mirrored = ShareEstimate(Counted(b, 2000), Counted(a, 2000), freedom)
    assert mirrored.p_beyond(0.001) == pytest.approx(p, rel=1e-6)
    if abs(found.effect) > 0.001 and 1e-9 < p < 1:
        low, high = found.interval(1 - p)
        assert (low if found.effect > 0 else -high) == pytest.approx(0.001, abs=1e-6)


def test_half_a_percent_of_errors_in_short_runs_is_seen_and_a_stray_one_is_not() -> None:
    clean = [Counted(0, 1500)] * 5
    found = share_estimate(clean, [Counted(n, 1500) for n in (6, 9, 7, 5, 10)])
    assert found.effect == pytest.approx(37 / 7500)
    assert found.p_beyond(0.001) < 1e-3
    assert share_estimate(clean * 2, [Counted(n, 1500) for n in (6, 9, 7, 5, 10) * 2]).p_beyond(0.001) < 1e-6
    stray = share_estimate(clean, [*clean[:4], Counted(1, 1500)])
    assert stray.p_beyond(0.001) == 1
    assert stray.interval(0.95)[1] < 0.005


def test_errors_in_bursts_count_for_less() -> None:
    clean = [Counted(0, 1500)] * 5
    burst = share_estimate(clean, [Counted(n, 1500) for n in (37, 0, 0, 0, 0)])
    assert burst.effect == pytest.approx(37 / 7500)
    # Pearson's statistic by hand: one run has 37 where 7.4 are expected, four have none
    variance = 7.4 * (1 - 37 / 7500)
    dispersion = ((37 - 7.4) ** 2 + 4 * 7.4**2) / variance / 4
    assert burst.candidate.failed == pytest.approx(37 / dispersion)
    assert burst.p_beyond(0.001) > 0.01


def test_one_run_a_side_assumes_clusters() -> None:
    found = share_estimate([Counted(0, 1000)], [Counted(8, 1000)])
    assert (found.candidate.failed, found.candidate.started) == (8 / ASSUMED_DISPERSION, 250)
    assert math.isinf(found.freedom)
    with pytest.raises(ValueError, match="no request"):
        share_estimate([], [Counted(1, 2)])


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_equal_shares_are_seldom_called_different(spread: float) -> None:
    rng = np.random.default_rng(7)
    called = 0
    for _ in range(400):
        shares = 0.01 * np.exp(rng.normal(0, spread, 10))
        runs = [Counted(int(rng.binomial(1500, share)), 1500) for share in shares]
        called += share_estimate(runs[:5], runs[5:]).p_beyond(0.0) < 0.01
    assert called <= 10  # 1 % of 400 is 4
