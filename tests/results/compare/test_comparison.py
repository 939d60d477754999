"""Comparisons: what is called worse or better, and that nothing gone, broken or unproven passes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from results.compare.comparison import Settings, compare
from results.compare.findings import Row, describe
from results.compare.rule import conclude
from results.report.files.comparison import comparison_junit
from results.report.terminal.comparison import plain, render_comparison
from results.snapshot.run import OperationSummary
from tests.results.compare.runs import STEADY, operations, run, side, summary


def finding(rows: Sequence[Row], subject: str, metric: str) -> str:
    return next(row.finding for row in rows if (row.subject, row.metric) == (subject, metric))


def test_ten_percent_slower_is_worse_and_named() -> None:
    compared = compare(side(0, STEADY), side(10, [1.1 * scale for scale in STEADY]))
    assert (compared.verdict, compared.exit_code) == ("fail", 1)
    row = next(row for row in compared.rows if (row.subject, row.metric) == ("declaration.submit", "p95"))
    assert row.effect == pytest.approx(0.1)
    assert row.low < 0.1 < row.high
    assert (row.baseline, row.candidate) == (pytest.approx(42, rel=1e-3), pytest.approx(46.2, rel=1e-3))
    assert any(reason.startswith("declaration.submit p95: +10.0% (") for reason in compared.reasons)
    assert all("变差" in reason for reason in compared.reasons_zh)


def test_ten_percent_faster_is_better_and_passes() -> None:
    compared = compare(side(0, STEADY), side(10, [0.9 * scale for scale in STEADY]))
    assert (compared.verdict, compared.exit_code) == ("pass", 0)
    assert finding(compared.rows, "run", "p50") == "better"
    assert finding(compared.rows, "run", "throughput") == "not worse"


def test_the_same_build_passes() -> None:
    compared = compare(side(0, STEADY), side(10, STEADY[::-1]))
    assert (compared.verdict, compared.reasons) == ("pass", [])
    assert {row.finding for row in compared.rows} == {"not worse"}


def test_one_percent_slower_is_within_the_noise_band() -> None:
    scales = [1 + 0.0001 * place for place in range(6)]
    compared = compare(side(0, scales), side(10, [1.01 * scale for scale in scales]))
    assert compared.verdict == "pass"
    tight = compare(side(0, scales), side(10, [1.01 * s for s in scales]), Settings(noise_band=0.0))
    assert tight.verdict == "fail"


def test_noisy_runs_cannot_decide_and_say_how_many_would() -> None:
    noisy = (0.8, 1.2, 1.0, 0.9, 1.15)
    compared = compare(side(0, noisy), side(10, noisy[::-1]))
    assert (compared.verdict, compared.exit_code) == ("inconclusive", 4)
    row = next(row for row in compared.rows if (row.subject, row.metric) == ("run", "p95"))
    # the least N with s sqrt(2/N) (t + 0.84) <= ln 1.1 = 0.0953, the effect being none
    s = float(np.std(np.log(noisy), ddof=1))
    assert row.spread == pytest.approx(math.expm1(s))
    reach = [s * math.sqrt(2 / n) * (stats.t.ppf(0.975, 2 * n - 2) + 0.8416) for n in range(2, 100)]
    assert row.runs_needed == next(n for n, one in enumerate(reach, 2) if one <= math.log(1.1))
    assert any(f"about {row.runs_needed} runs a side would tell" in reason for reason in compared.reasons)


def test_one_run_a_side_tells_nothing_but_errors() -> None:
    compared = compare([run(0)], [run(1, 1.3)])
    assert compared.verdict == "inconclusive"
    assert "one run a side cannot show" in compared.caveats[0]
    assert compare([run(0)], [run(1, 6.0)]).verdict == "inconclusive"
    assert compare([run(0)], [run(1, errors=2500)]).verdict == "fail"


@pytest.mark.parametrize("count", [1, 2])
def test_from_one_or_two_candidate_runs_nothing_is_worse_but_what_counts_prove(count: int) -> None:
    slow = compare(side(0, STEADY), side(10, [1.5] * count))
    assert (slow.verdict, {row.finding for row in slow.rows} & {"worse", "better"}) == ("inconclusive", set())
    broken = compare(side(0, STEADY), side(10, [1.0] * count, errors=200))
    assert broken.verdict == "fail"
    assert {row.metric for row in broken.rows if row.finding == "worse"} == {"error_rate"}


def test_one_new_run_against_a_kept_baseline_says_that_it_is_too_few() -> None:
    compared = compare(side(0, STEADY), [run(20, 1.0)])
    assert (compared.verdict, compared.exit_code) == ("inconclusive", 4)
    assert compared.caveats[0].startswith("one side has 1 run(s): too few")
    assert "about 3 runs a side would tell" in compared.reasons[0]


@pytest.mark.parametrize(("first", "second"), [(3, 3), (4, 4), (4, 5), (5, 5), (3, 9), (10, 10)])
def test_steady_runs_pass_whatever_their_number(first: int, second: int) -> None:
    """In the open model the schedule fixes what is asked for: that few runs have bursty seconds is no
    noise."""
    bursty = summary(throughput=0.08, p50=0.01)
    steady = [run(n, STEADY[n % 6], total=bursty) for n in range(first + second)]
    assert compare(steady[:first], steady[first:]).verdict == "pass"


def test_errors_that_nobody_saw_are_a_row_with_a_bound() -> None:
    few = [run(n, s, total=summary(started=10)) for n, s in enumerate(STEADY)]
    compared = compare(few[:3], few[3:])
    row = next(row for row in compared.rows if (row.subject, row.metric) == ("run", "error_rate"))
    assert (row.baseline, row.candidate, row.finding) == (0, 0, "cannot decide")
    exact = stats.binomtest(0, 30).proportion_ci(0.95, "exact").high
    assert (row.bound, row.high) == (pytest.approx(exact), pytest.approx(exact))
    # 3.69 / n < 0.5 %: 737 requests, 10 a run
    assert row.runs_needed == 74
    assert compared.verdict == "inconclusive"


def test_slower_within_the_tolerance_is_said_and_passes() -> None:
    scales = [1 + 0.01 * (n % 5 - 2) for n in range(10)]
    compared = compare(side(0, scales), side(20, [1.03 * s for s in scales]))
    row = next(row for row in compared.rows if (row.subject, row.metric) == ("run", "p95"))
    wanted = stats.ttest_ind(np.log(scales) + math.log(1.03), np.log(scales)).confidence_interval(0.95)
    assert (row.low, row.high) == (
        pytest.approx(math.expm1(wanted.low)),
        pytest.approx(math.expm1(wanted.high)),
    )
    assert (compared.verdict, row.finding) == ("pass", "within tolerance")
    assert describe(row).en == "run p95: slower by 1.6–4.5%, within tolerance (limit +10.0%)"
    assert "nothing is worse by more than is tolerated" in plain(render_comparison(compared))


def test_an_improvement_never_blocks() -> None:
    """A wide interval that reaches far down, but whose upper end lies within the tolerance."""
    noisy = [math.exp(0.1 * x) for x in (-1, 1, -0.5, 0.5, 0)]
    compared = compare(side(0, noisy), side(10, [0.9 * s for s in noisy]))
    row = next(row for row in compared.rows if (row.subject, row.metric) == ("run", "p95"))
    wanted = stats.ttest_ind(np.log(noisy) + math.log(0.9), np.log(noisy)).confidence_interval(0.95)
    assert row.bound == pytest.approx(math.expm1(wanted.high))
    assert row.bound < 0.1 < -row.low
    assert compared.verdict == "pass"
    assert describe(row).en == f"run p95: not worse than {100 * row.bound:+.1f}% (97.5% sure; limit +10.0%)"


def test_half_a_percent_of_errors_is_worse() -> None:
    baseline = side(0, STEADY)
    candidate = [
        run(10 + n, scale, errors)
        for n, (scale, errors) in enumerate(zip(STEADY, (25, 20, 30, 24, 27, 22), strict=True))
    ]
    compared = compare(baseline, candidate)
    assert compared.verdict == "fail"
    row = next(row for row in compared.rows if (row.subject, row.metric) == ("run", "error_rate"))
    assert (row.finding, row.baseline) == ("worse", 0)
    assert row.effect == pytest.approx(148 / 30_000)
    assert "pt" in describe(row).en


def test_a_stray_error_is_no_regression() -> None:
    compared = compare(side(0, STEADY), [*side(10, STEADY[:5]), run(15, 1.005, errors=1)])
    assert compared.verdict == "pass"


def test_an_operation_that_vanished_is_never_a_pass() -> None:
    one = summary()
    baseline = [run(n, s, operations={"a.query": one, "b.save": one}) for n, s in enumerate(STEADY)]
    candidate = [run(10 + n, s, operations={"a.query": one}) for n, s in enumerate(STEADY)]
    compared = compare(baseline, candidate)
    assert compared.verdict == "inconclusive"
    assert compared.reasons == ["b.save was used in the baseline only"]


def test_an_operation_that_is_nearly_gone_is_never_a_pass() -> None:
    first, *others = operations(10)
    candidate = [first.model_copy(update={"operations": {**first.operations, "b.save": summary()}}), *others]
    compared = compare(operations(0, **{"b.save": summary()}), candidate)
    assert compared.verdict == "inconclusive"
    assert compared.reasons == ["b.save was used in each run of the baseline, but 1/6 of the candidate"]


def test_an_operation_that_no_longer_succeeds_is_never_a_pass() -> None:
    hung = OperationSummary(started=2, ok=0, rejected=0, errors=0, unfinished=2, rate_per_s=0)
    compared = compare(operations(0, **{"b.save": summary()}), operations(10, **{"b.save": hung}))
    assert (compared.verdict, compared.reasons) == ("inconclusive", ["b.save succeeded in the baseline only"])


def test_what_decides_but_was_not_measured_is_never_a_pass() -> None:
    blind = summary().model_copy(update={"latency_ms": None})
    compared = compare(side(0, STEADY), [*side(10, STEADY[1:]), run(20, total=blind)])
    assert (compared.verdict, compared.reasons) == ("inconclusive", ["run: too little to compare p50, p95"])
    assert compared.reasons_zh == ["run：数据太少，无法比较 p50, p95"]


@pytest.mark.parametrize("ended", ["target_lost", "aborted"])
def test_a_candidate_that_broke_off_is_worse_though_its_figures_are_the_same(ended: str) -> None:
    broken = [*side(10, STEADY[1:]), run(20, ended=ended)]
    compared = compare(side(0, STEADY), broken)
    assert (compared.verdict, compared.exit_code) == ("fail", 1)
    assert compared.reasons[0].startswith("candidate: ")
    assert 'failures="1"' in comparison_junit(compared)
    assert compare(broken, side(0, STEADY)).verdict == "inconclusive"


def test_counts_that_do_not_add_up_are_compared_without_a_fault() -> None:
    odd = [run(n, total=summary(errors=9000, started=5000), verdict="invalid") for n in (10, 11)]
    assert compare(side(0, STEADY), odd, anyway=True).verdict == "fail"


def test_nothing_decisive_is_never_a_pass() -> None:
    assert conclude([])[0] == "inconclusive"


def test_an_invalid_run_that_is_compared_anyway_is_never_a_pass() -> None:
    bad = [*side(10, STEADY[1:]), run(20, verdict="invalid", reasons=["CPU 99%"])]
    for sides in ((side(0, STEADY), bad), (bad, side(0, STEADY))):
        compared = compare(*sides, anyway=True)
        assert (compared.verdict, compared.exit_code) == ("inconclusive", 4)
        assert compared.reasons[0].startswith("run-20 is invalid: CPU 99%")
