"""The rule of a comparison: its findings at their bounds, and the runs that it asks for, by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from results.compare.effects import Effect
from results.compare.rule import conclude, decide, is_decisive
from results.compare.settings import LOOKS, Settings
from results.stats.estimates import MOST_RUNS, Estimate, runs_needed
from results.stats.shares import Counted, ShareEstimate

SETTINGS = Settings()


def latency(effect: float, error: float, runs: tuple[int, int] | None = (5, 5), **more: Any) -> Effect:
    """p95 of `run`: so much slower, as a logarithm; error of the difference, known for certain."""
    estimate = Estimate(effect, error, math.inf, None, runs, more.pop("spread", 0.0))
    return Effect(more.get("subject", "run"), more.get("metric", "p95"), "ms", 40.0, 42.0, estimate)


def errors(a: int, b: int, of: int = 10_000, runs: int = 5, subject: str = "run") -> Effect:
    estimate = ShareEstimate(Counted(a, of), Counted(b, of), math.inf, runs)
    return Effect(subject, "error_rate", "%", 100 * a / of, 100 * b / of, estimate)


def finding(effect: Effect, settings: Settings = SETTINGS) -> str:
    return decide([effect], settings)[0].finding


def test_the_four_findings_of_a_latency() -> None:
    assert finding(latency(0.30, 0.01)) == "worse"
    assert finding(latency(-0.30, 0.01)) == "better"
    assert finding(latency(0.0, 0.01)) == "not worse"
    assert finding(latency(0.03, 0.01)) == "within tolerance" if 0.03 - 1.96 * 0.01 > 0 else "not worse"
    assert finding(latency(0.01, 0.10)) == "cannot decide"


def test_of_throughput_less_is_worse() -> None:
    def rate(effect: float, error: float = 0.01) -> str:
        return finding(latency(effect, error, metric="throughput"))

    assert [rate(-0.30), rate(0.30), rate(0.0), rate(-0.03)] == [
        "worse", "better", "not worse", "within tolerance"
    ]  # fmt: skip
    row = decide([latency(-0.03, 0.01, metric="throughput")], SETTINGS)[0]
    assert row.bound == pytest.approx(math.expm1(-0.03 - 1.959964 * 0.01))
    assert row.limit == pytest.approx(math.expm1(-math.log1p(0.10)))


def test_two_runs_blame_nobody_and_one_passes_nothing() -> None:
    sure = 0.001
    assert [finding(latency(0.3, sure, runs=(n, 9))) for n in (1, 2, 3)] == ["cannot decide"] * 2 + ["worse"]
    assert [finding(latency(0.3, sure, runs=(9, n))) for n in (1, 2, 3)] == ["cannot decide"] * 2 + ["worse"]
    assert [finding(latency(0.0, sure, runs=(n, n))) for n in (1, 2)] == ["cannot decide", "not worse"]
    assert finding(latency(0.3, sure, runs=None)) == "worse"
    assert finding(errors(0, 900)) == "worse"


def test_the_bound_lies_within_the_tolerance_or_it_is_no_pass() -> None:
    """One-sided 97.5 %: the effect plus 1.959964 errors, against log 1.1 = 0.0953102."""
    error = 0.04
    edge = math.log1p(0.10) - 1.959964 * error
    assert finding(latency(edge - 1e-4, error)) in ("not worse", "within tolerance")
    assert finding(latency(edge + 1e-4, error)) == "cannot decide"


def test_a_row_without_any_error_takes_no_part_in_the_correction() -> None:
    """Three rows that decide: 0.5 of alpha among them; an empty one takes nothing from the others."""
    one = latency(0.10, 0.02)
    alone = decide([one], SETTINGS)[0].p
    assert decide([one, errors(0, 0)], SETTINGS)[0].p == alone
    assert decide([one, errors(0, 0)], SETTINGS)[1].p == 1.0
    assert decide([one, errors(0, 1)], SETTINGS)[0].p > alone
    assert decide([one, errors(1, 0)], SETTINGS)[0].p > alone


def test_half_of_alpha_is_for_the_rows_that_decide() -> None:
    """A row that decides and three that do not: weights 1 and 1/3, so p times 2 for the smallest of all."""
    alone = decide([latency(0.12, 0.02)], SETTINGS)[0].p
    others = [latency(0.0, 0.1, subject=f"o{n}") for n in range(3)]
    assert decide([latency(0.12, 0.02), *others], SETTINGS)[0].p == pytest.approx(2 * alone)
    both = [latency(0.12, 0.02), latency(0.0, 0.1, metric="p50"), *others]
    assert decide(both, SETTINGS)[0].p == pytest.approx(4 * alone)


def test_who_decides_is_said_by_globs_and_by_metrics() -> None:
    chosen = Settings(decisive=("declaration.*",), decisive_metrics=("p95",))
    assert is_decisive("declaration.submit", "p95", chosen)
    assert not is_decisive("declaration.submit", "p50", chosen)
    assert not is_decisive("run", "p95", chosen)
    assert is_decisive("run", "p95", SETTINGS)
    assert not is_decisive("run", "p99", SETTINGS)


def test_a_row_tells_ratios_and_of_shares_points() -> None:
    row = decide([latency(math.log(1.2), 0.01, spread=math.log(1.05))], SETTINGS)[0]
    assert row.effect == pytest.approx(0.2)
    assert row.low == pytest.approx(1.2 * math.exp(-1.959964 * 0.01) - 1)
    assert row.high == pytest.approx(1.2 * math.exp(1.959964 * 0.01) - 1)
    assert (row.bound, row.limit) == (row.high, pytest.approx(0.10))
    assert (row.level, row.spread) == (0.975, pytest.approx(0.05))
    assert (row.baseline, row.candidate, row.unit, row.decisive) == (40.0, 42.0, "ms", True)
    share = decide([errors(0, 200)], SETTINGS)[0]
    assert (share.effect, share.limit, share.spread) == (pytest.approx(0.02), pytest.approx(0.005), 0.0)
    assert share.baseline == 0.0
    assert share.candidate == 2.0


def test_a_change_beyond_all_bounds_is_shown_with_an_end() -> None:
    assert decide([latency(80.0, 0.1)], SETTINGS)[0].effect == math.expm1(50.0)


def test_the_runs_that_would_tell_pass_or_fail_whichever_is_sooner() -> None:
    """Spread 10 %, no change seen: a pass needs log 1.1 of distance, at 97.5 %."""
    effect = latency(0.0, 0.08, spread=0.10)
    row = decide([effect], SETTINGS)[0]
    assert row.finding == "cannot decide"
    assert row.runs_needed == runs_needed(0.10, math.log1p(0.10), 0.975)
    assert row.runs_needed == 19
    # 20 % slower, and unsure: a fail needs log-distance 0.2 - log 1.02 at alpha / 2 / 2
    slower = latency(0.20, 0.08, spread=0.10)
    needed = runs_needed(0.10, 0.20 - math.log1p(0.02), 1 - 0.01 / 2 / 2)
    assert decide([slower], SETTINGS)[0].finding == "cannot decide"
    assert decide([slower], SETTINGS)[0].runs_needed == needed


def test_an_improvement_asks_for_no_more_runs_than_no_change() -> None:
    better = decide([latency(-0.05, 0.10, spread=0.10)], SETTINGS)[0]
    same = decide([latency(0.0, 0.10, spread=0.10)], SETTINGS)[0]
    assert (better.finding, better.runs_needed) == ("cannot decide", same.runs_needed)


def test_at_least_one_more_run_and_three_are_asked_for() -> None:
    assert decide([latency(0.09, 0.1, runs=(30, 31), spread=0.001)], SETTINGS)[0].runs_needed == 31
    assert decide([latency(0.0, 0.1, runs=(1, 1), spread=0.001)], SETTINGS)[0].runs_needed == 3
    assert decide([latency(0.0, 0.1, runs=None, spread=0.001)], SETTINGS)[0].runs_needed == 3
    assert decide([latency(0.0, 0.001)], SETTINGS)[0].runs_needed == 0


def test_launches_need_half_of_what_runs_do() -> None:
    effect = latency(0.0, 0.08, spread=0.10)
    row = decide([effect], SETTINGS, pairs=True)[0]
    assert row.runs_needed == runs_needed(0.10, math.log1p(0.10), 0.975, True)
    assert row.paired
    assert not decide([effect], SETTINGS)[0].paired


def test_the_level_of_the_fail_follows_the_rows_that_decide() -> None:
    """Ten that decide: alpha / 20 for each, at least; one alone still alpha / 2."""
    ten = [latency(0.20, 0.08, spread=0.10, metric=m) for m in ("p50", "p95")] * 5
    needed = runs_needed(0.10, 0.20 - math.log1p(0.02), 1 - 0.01 / 20 / 2)
    assert decide(ten, SETTINGS)[0].runs_needed == needed


def test_shares_that_cannot_be_decided_ask_for_runs_that_would() -> None:
    """2 errors in 1,000 against none: the bound falls below 0.5 points as the counts grow with the runs."""
    effect = errors(0, 2, of=1000, runs=2)
    row = decide([effect], SETTINGS)[0]
    assert row.finding == "cannot decide"
    assert 2 < row.runs_needed < MOST_RUNS
    assert isinstance(effect.estimate, ShareEstimate)

    def bound(runs: int) -> float:
        grown = effect.estimate.scaled(runs / 2)
        reach = grown.interval(0.95)[1] - grown.effect
        return float(grown.effect + reach * (1 + 0.8416 / 1.959964))

    assert bound(row.runs_needed) < 0.005 <= bound(row.runs_needed - 1)


def test_without_an_error_the_bound_itself_has_to_fall_below_the_limit() -> None:
    """Nothing failed in 400: (1 - p)^n = 2.5 % at the bound; both sides' reach below 0.5 points."""
    effect = errors(0, 0, of=400, runs=1)
    row = decide([effect], SETTINGS)[0]
    grown = ShareEstimate(Counted(0, 400 * row.runs_needed), Counted(0, 400 * row.runs_needed), math.inf)
    before = ShareEstimate(*(Counted(0, 400 * (row.runs_needed - 1)),) * 2, math.inf)
    assert row.finding == "cannot decide"
    assert grown.interval(0.95)[1] < 0.005 <= before.interval(0.95)[1]


def test_a_share_that_is_too_high_is_never_decided_by_more_runs() -> None:
    assert decide([errors(0, 8, of=1000, runs=2)], SETTINGS)[0].runs_needed == MOST_RUNS


def test_what_a_comparison_concludes() -> None:
    worse = decide([latency(0.30, 0.01)], SETTINGS)
    open_ = decide([latency(0.01, 0.10)], SETTINGS)
    same = decide([latency(0.0, 0.01)], SETTINGS)
    other = decide([latency(0.01, 0.10, subject="declaration.query")], SETTINGS)
    assert conclude(worse)[0] == "fail"
    assert conclude([*worse, *open_])[0] == "fail"
    assert conclude(open_)[0] == "inconclusive"
    assert conclude(same) == ("pass", [])
    assert conclude([*same, *other]) == ("pass", [])
    assert conclude(other)[0] == "inconclusive"
    assert [reason.code for reason in conclude(other)[1]] == ["comparison.nothing_decisive"]
    assert conclude([])[0] == "inconclusive"


def test_three_looks_share_what_one_has() -> None:
    looks = SETTINGS.at_each_look()
    assert (LOOKS, looks.looks, SETTINGS.looks) == ((5, 8, 12), 3, 1)
    assert looks.alpha == pytest.approx(0.01 / 3)
    assert looks.confidence == pytest.approx(0.96)
    assert looks.level == pytest.approx(0.98)
    assert looks.tolerance == SETTINGS.tolerance == 0.10
    assert SETTINGS.model_dump(exclude={"decisive", "decisive_metrics", "looks"}) == {
        "noise_band": 0.02, "share_band": 0.001, "tolerance": 0.10, "share_tolerance": 0.005, "alpha": 0.01,
        "confidence": 0.95, "assumed_noise": 0.25, "assumed_launch_noise": 0.05,
    }  # fmt: skip


@pytest.mark.parametrize(
    "bad",
    [
        {"noise_band": -0.01}, {"share_band": -0.01}, {"tolerance": 0}, {"share_tolerance": 0}, {"alpha": 0},
        {"alpha": 1}, {"confidence": 0}, {"confidence": 1}, {"assumed_noise": 0}, {"assumed_launch_noise": 0},
        {"looks": 0}, {"tolerance": math.nan}, {"tolerance": 1.01}, {"noise_band": 1.01}, {"share_band": 1},
        {"share_tolerance": 1},
    ],
)  # fmt: skip
def test_settings_that_promise_nothing_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Settings(**bad)  # type: ignore[arg-type]
    Settings(noise_band=0, share_band=0, looks=1, alpha=0.5, confidence=0.5, tolerance=0.5, assumed_noise=0.5)


def test_alpha_is_a_probability() -> None:
    assert Settings(alpha=0.05).alpha == 0.05
    assert Settings(alpha=0.999).alpha == 0.999
    for wrong in (0.0, 1.0, 1.5, -0.01):
        with pytest.raises(ValidationError):
            Settings(alpha=wrong)
