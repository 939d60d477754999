"""The arithmetic of comparisons, against scipy, by hand, and by simulation of noise as it is met."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from results.snapshot.histograms import Histogram, together
from results.stats.estimates import Estimate, _of_means, autocorrelation, between_runs, holm, runs_needed
from results.stats.noise import block_noise, quantile_noise, run_noise


def autoregressive(rng: np.random.Generator, size: int, r: float) -> np.ndarray:
    """Unit variance, lag-1 correlation r."""
    noise = rng.normal(size=size) * math.sqrt(1 - r * r)
    values = np.empty(size)
    values[0] = rng.normal()
    for place in range(1, size):
        values[place] = r * values[place - 1] + noise[place]
    return values


@pytest.mark.parametrize(("first", "second"), [(2, 2), (5, 9), (3, 5), (10, 10)])
def test_between_runs_is_students_t_of_equal_numbers_and_welchs_of_others(first: int, second: int) -> None:
    rng = np.random.default_rng(first * 100 + second)
    x, y = rng.normal(5, 1, first), rng.normal(6, 2, second)
    found = between_runs(list(x), list(y))
    wanted = stats.ttest_ind(y, x, equal_var=first == second)
    assert (found.effect, found.runs) == (pytest.approx(y.mean() - x.mean()), (first, second))
    low, high = wanted.confidence_interval(0.95)
    assert found.interval(0.95) == pytest.approx((low, high), rel=1e-9)
    assert found.freedom == pytest.approx(wanted.df)
    hsu, welch = min(first, second) - 1, stats.ttest_ind(y, x, equal_var=False)
    strict = hsu if first < 5 and first != second else (hsu + welch.df) / 2
    assert found.strict == pytest.approx(strict)
    assert found.p_beyond(0) == pytest.approx(2 * stats.t.sf(abs(welch.statistic), strict))


def test_a_single_run_borrows_the_spread_of_the_other_side() -> None:
    found = between_runs([1.0, 2.0, 3.0], [5.0])
    assert (found.effect, found.freedom) == (3.0, 2)
    assert found.error == pytest.approx(math.sqrt(1 * (1 / 3 + 1)))


def test_a_spread_is_never_taken_to_be_less_than_can_be_measured() -> None:
    assert between_runs([1.0] * 5, [1.0] * 5, least=0.05).error == pytest.approx(0.05 * math.sqrt(0.4))
    assert between_runs([1.0] * 5, [1.0] * 8, least=0.05).spread == pytest.approx(0.05)
    assert between_runs([1.0] * 5, [1.0] * 8).p_beyond(0) == 1


def test_what_the_runs_of_a_side_share_widens_the_interval() -> None:
    x, y = [1.0, 1.1, 1.2], [1.2, 1.3, 1.4]
    bare, wide = between_runs(x, y), between_runs(x, y, unseen=(0.3, 0.4))
    assert wide.error == pytest.approx(math.hypot(bare.error, 0.5))
    assert wide.spread == bare.spread
    assert wide.freedom == pytest.approx(wide.error**4 / (bare.error**4 / 4 + 0.25**2 / 19))


def test_one_run_a_side_uses_what_is_assumed() -> None:
    found = between_runs([1.0], [2.0], assumed=0.25)
    assert (found.effect, found.error, found.freedom) == (1.0, pytest.approx(0.25 * math.sqrt(2)), math.inf)
    low, high = found.interval(0.95)
    assert (high - low) / 2 == pytest.approx(1.959964 * 0.25 * math.sqrt(2))


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(ValueError, match="no value"):
        between_runs([], [1.0])


@pytest.mark.parametrize("freedom", [1, 4, 30, math.inf])
@pytest.mark.parametrize("effect", [0.03, -0.2, 1.5])
def test_the_interval_of_one_minus_p_touches_the_band(freedom: float, effect: float) -> None:
    estimate = Estimate(effect, 0.01, freedom)
    p = estimate.p_beyond(0.02)
    if p > 1e-12:
        low, high = estimate.interval(1 - p)
        assert min(abs(low), abs(high)) == pytest.approx(0.02, rel=1e-6)


@pytest.mark.parametrize("freedom", [2, 8, 18])
@pytest.mark.parametrize("t", [1.0, 6.0, 30.0])
def test_tails_are_exact_far_out(t: float, freedom: int) -> None:
    assert Estimate(t, 1, freedom).p_beyond(0) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-9)


def test_within_the_band_nothing_is_significant() -> None:
    assert Estimate(0.019, 1e-9, 100).p_beyond(0.02) == 1
    assert Estimate(0.0, 0.0, 5).p_beyond(0.0) == 1
    assert Estimate(0.1, 0.0, 5).p_beyond(0.02) == 0


def test_holm_by_hand() -> None:
    # sorted 0.005 0.01 0.03 0.04 -> x4 x3 x2 x1 = 0.02 0.03 0.06 0.04, made monotone
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_runs_needed_by_hand() -> None:
    # the least N with 0.05 sqrt(2/N) (t + 0.8416) <= ln 1.1: N = 7, t(12) = 2.1788: 0.0807; N = 5: 0.0995
    assert runs_needed(0.05, math.log(1.1), 0.975) == 6
    assert 0.05 * math.sqrt(2 / 6) * (stats.t.ppf(0.975, 10) + 0.8416) <= math.log(1.1)
    assert 0.05 * math.sqrt(2 / 5) * (stats.t.ppf(0.975, 8) + 0.8416) > math.log(1.1)
    pairs = runs_needed(0.05, 0.04, 0.975, pairs=True)
    assert 0.05 / math.sqrt(pairs) * (stats.t.ppf(0.975, pairs - 1) + 0.8416) <= 0.04
    assert runs_needed(0.05, 0.0, 0.975) == runs_needed(9.0, 0.01, 0.975) == 1000


def test_autocorrelation_of_a_known_series() -> None:
    rng = np.random.default_rng(7)
    found = [autocorrelation(autoregressive(rng, 30, 0.5)) for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)
    assert autocorrelation(np.ones(10)) == 0


def test_block_noise_sees_noise_and_not_a_ramp() -> None:
    rng = np.random.default_rng(5)
    found = [block_noise(np.exp(rng.normal(0, 0.1, 20))) for _ in range(300)]
    assert np.mean(found) == pytest.approx(0.1 / math.sqrt(20), rel=0.1)
    ramp = np.concatenate([np.geomspace(1, 10, 4), np.full(16, 10.0)])
    assert block_noise(ramp) == 0
    assert block_noise([1.0, 2.0, 1.0]) == 0


def test_quantile_noise_is_what_repetition_shows() -> None:
    rng = np.random.default_rng(11)

    def one() -> Histogram:
        return Histogram(np.bincount(rng.exponential(400, 4000).astype(int).clip(1, 2047)))

    q = Fraction(95, 100)
    repeated = np.std([math.log(one().quantile(q)) for _ in range(400)])
    assert quantile_noise(one(), q) == pytest.approx(repeated, rel=0.3)


def test_a_runs_noise_knows_correlation_between_its_requests() -> None:
    rng = np.random.default_rng(13)
    level = np.repeat(np.exp(0.3 * autoregressive(rng, 20, 0.2)), 300)
    blocks = [
        Histogram(np.bincount((part * 100).astype(int).clip(1, 2047)))
        for part in np.split(level * rng.exponential(2, 6000), 20)
    ]
    found = run_noise(blocks, np.full(20, 300.0))
    independent = quantile_noise(together(blocks), Fraction(1, 2))
    assert found["p50"] > 2 * independent
    assert "throughput" not in found  # the same in every block: nothing to say
    assert run_noise([], np.zeros(0)) == {}


def test_what_one_side_knows_of_its_spread_holds_for_both() -> None:
    """A side of one run has no spread of its own; that of the other side may well be none."""
    assert _of_means([None, 0.09], (1, 3), 0.2) == (pytest.approx(0.09 * 4 / 3), 2.0, None)
    assert _of_means([0.09, None], (3, 1), 0.2) == (pytest.approx(0.09 * 4 / 3), 2.0, None)
    assert _of_means([None, 0.0], (1, 3), 0.2) == (0.0, 2.0, None)
    assert _of_means([None, None], (1, 1), 0.2) == (pytest.approx(0.08), math.inf, None)
