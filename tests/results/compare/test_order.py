"""The order of the runs: which side was made first, how far apart, and the drift that a line shows, by
hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from scipy import stats

from results.compare.order import Drift, Order, age_s, later, order_of, reasons_of_order
from results.snapshot.run import Run
from results.stats.estimates import Estimate
from tests.results.compare.test_trend import run

BEGIN = datetime(2015, 9, 11, 8, tzinfo=UTC)


def side(minutes: Sequence[float], values: Sequence[float], prefix: str = "a") -> list[Run]:
    """Runs with their starts in minutes after BEGIN, and p95 in ms."""
    found = []
    for number, (minute, value) in enumerate(zip(minutes, values, strict=True)):
        started = datetime.fromtimestamp(BEGIN.timestamp() + 60 * minute, UTC).isoformat()
        found.append(run(number, value, started=started, run_id=f"{prefix}{number}"))
    return found


def test_sides_that_were_made_by_turns_have_no_order() -> None:
    turns = order_of(side((0, 2, 4), (40,) * 3), side((1, 3, 5), (40,) * 3, "b"))
    assert turns == Order(False, 0.0, [])
    assert order_of(side((0, 2), (40,) * 2), side((1, 3), (40,) * 2, "b")) == Order(False, 0.0, [])
    assert order_of(side((0, 0), (40,) * 2), side((0, 0), (40,) * 2, "b")) == Order(False, 0.0, [])


def test_a_side_that_was_made_after_the_other_is_so_far_apart() -> None:
    after = order_of(side((0, 1), (40,) * 2), side((10, 12), (40,) * 2, "b"))
    assert (after.separate, after.apart_s) == (True, 630.0)
    before = order_of(side((10, 12), (40,) * 2), side((0, 1), (40,) * 2, "b"))
    assert (before.separate, before.apart_s) == (True, -630.0)
    assert after.drifts == []


@pytest.mark.parametrize(
    ("first", "second", "share", "separate"),
    [
        ("0 1 2 3 5", "4 6 7 8 9", 24 / 25, True),  # one run of the old build among those of the new one
        ("4 6 7 8 9", "0 1 2 3 5", 1 / 25, True),
        ("0 2", "2 4", 3.5 / 4, True),  # two at one moment are half after each other
        ("0 2 4 6 8", "1 3 5 7 9", 15 / 25, False),
        ("0 3 4 7", "1 2 5 6", 8 / 16, False),
        ("0 1 2 3 9", "4 5 6 7 8", 20 / 25, True),
        ("0 1 2 6 7", "3 4 5 8 9", 19 / 25, False),
    ],
)
def test_a_run_among_those_of_the_other_side_does_not_put_them_in_turns(
    first: str, second: str, share: float, separate: bool
) -> None:
    times = [[float(minute) for minute in text.split()] for text in (first, second)]
    assert later(*times) == pytest.approx(share, abs=1e-12)
    statistic = stats.mannwhitneyu(times[1], times[0]).statistic
    assert later(*times) == pytest.approx(statistic / len(times[0]) / len(times[1]), abs=1e-12)
    sides = [side(at, (40,) * len(at), name) for at, name in zip(times, "ab", strict=True)]
    assert order_of(*sides).separate is separate


def test_a_start_that_cannot_be_read_leaves_the_order_unknown() -> None:
    broken = [run(0, started="at noon")]
    assert order_of(broken, side((10,), (40,), "b")) == Order(False, 0.0, [])
    assert order_of([], side((10,), (40,), "b")) == Order(False, 0.0, [])
    assert age_s(broken, BEGIN) is None


def test_the_age_is_that_of_the_oldest_run() -> None:
    now = datetime.fromtimestamp(BEGIN.timestamp() + 3600, UTC)
    assert age_s(side((10, 50, 5), (40,) * 3), now) == 3300.0


def test_a_slope_within_the_sides_is_the_drift_between_them() -> None:
    """p95 grows 1 % a minute in each side, apart 10 min: 10 % of logarithm; what does not fit is the
    error."""
    noise = (0.001, -0.002, 0.001)
    first = [40 * math.exp(0.01 * m + e) for m, e in zip((0, 1, 2), noise, strict=True)]
    second = [40 * math.exp(0.01 * m + e) for m, e in zip((10, 11, 12), noise, strict=True)]
    found = order_of(side((0, 1, 2), first), side((10, 11, 12), second, "b"))
    drifts = {one.metric: one for one in found.drifts}
    assert set(drifts) == {"p50", "p95"}
    p95 = drifts["p95"].estimate
    assert p95.effect == pytest.approx(0.10, rel=1e-6)
    # residuals 0.001, -0.002, 0.001 twice: 12e-6 over 3 degrees of freedom, over the squares of time 4 min²
    assert p95.error == pytest.approx(math.sqrt(12e-6 / 3 / 4) * 10, rel=1e-6)
    assert p95.freedom == 3.0
    assert drifts["p95"].shows
    assert not drifts["p50"].shows
    told, why = reasons_of_order(found)
    assert "10 min" in told[0].en or "10.0 min" in told[0].en
    reach = float(stats.t.ppf(0.975, 3)) * p95.error
    bounds = f"p95 {math.expm1(0.10 - reach):+.0%} … {math.expm1(0.10 + reach):+.0%}"
    assert bounds in told[0].en
    assert [reason.code for reason in why] == ["comparison.drifts"]
    assert bounds in why[0].en


def test_five_runs_are_too_few_for_a_line_and_six_at_one_moment_as_well() -> None:
    def drifts(first: Sequence[float], second: Sequence[float]) -> int:
        a = [40.0 + 0.1 * number for number in range(len(first))]
        b = [41.0 + 0.1 * number for number in range(len(second))]
        return len(order_of(side(first, a), side(second, b, "b")).drifts)

    assert drifts((0, 1, 2), (10, 11)) == 0
    assert drifts((0, 1, 2), (10, 11, 12)) == 2
    assert drifts((0, 0, 0), (10, 10, 10)) == 0


@pytest.mark.parametrize(("p", "shows"), [(0.0249, True), (0.0251, False)])
def test_a_drift_shows_at_two_and_a_half_per_cent_for_each_of_two_metrics(p: float, shows: bool) -> None:
    error = 0.1 / float(stats.norm.ppf(1 - p / 2))
    assert Drift("p95", Estimate(0.1, error, math.inf)).shows is shows


def test_a_drift_that_nobody_knows_is_not_told() -> None:
    """Known no better than 50 % of logarithm either way: left out; shown or not is another matter."""
    vague = Drift("p50", Estimate(0.0, 0.51 / 1.959964, math.inf))
    known = Drift("p95", Estimate(0.0, 0.49 / 1.959964, math.inf))
    told, why = reasons_of_order(Order(True, -120.0, [vague, known]))
    assert "p95" in told[0].en
    assert "p50" not in told[0].en
    assert why == []
    assert reasons_of_order(Order(False, 0.0, [known])) == ([], [])
