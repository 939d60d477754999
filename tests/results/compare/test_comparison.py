"""Comparisons: what is called worse, what is refused, and how often noise is mistaken for change."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from results.compare.comparability import differences
from results.compare.comparison import Settings, compare, load_side
from results.compare.effects import ARRIVAL, Effect, due, values_of
from results.compare.findings import Row, describe
from results.compare.pairs import few_launches
from results.compare.rule import conclude, decide
from results.errors import SnapshotError
from results.report.comparison_files import comparison_junit
from results.report.html.comparison import render_comparison_page
from results.report.run_files import finish
from results.report.terminal.comparison import plain, render_comparison
from results.snapshot.run import OperationSummary, Percentiles, Run, load_run
from results.stats.estimates import between_runs
from results.verdict.reasons import comparison as why
from results.verdict.reasons import generator as load
from results.verdict.reasons import in_chinese, in_english
from tests.results.recording import Recording, manifest

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


def operations(start: int, **given: OperationSummary) -> list[Run]:
    """STEADY runs of a.query and what is given."""
    return [run(start + n, s, operations={"a.query": summary(), **given}) for n, s in enumerate(STEADY)]


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


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"scenario": {"name": "peak", "digest": "1a2b"}}, "scenario differs: human-sea and peak"),
        ({"scenario": {"name": "human-sea", "digest": "ffff"}}, "scenario digest differs: 1a2b and ffff"),
        ({"target": {"name": "staging"}}, "target differs: reference and staging"),
        ({"load": {"model": "closed"}}, "load model differs: open and closed"),
        ({"versions": {"renhai": "0.2.0"}}, "renhai differs: 0.1.0 and 0.2.0"),
        ({"environment": {**MACHINE, "cores": 8}}, "cores differs: 2 and 8"),
        ({"verdict": "invalid", "reasons": ["CPU 99%"]}, "run-9 is invalid: CPU 99%"),
    ],
)
def test_what_does_not_compare_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    other = run(9, **change)
    assert named in in_english(differences([run(0), other]))
    with pytest.raises(SnapshotError, match="add --anyway") as caught:
        compare([run(0)], [other])
    assert named in str(caught.value)
    assert named in compare([run(0)], [other], anyway=True).differences


CLOSED: dict[str, Any] = {"load": {"model": "closed"}}


def seeded(start: int, seeds: Sequence[int], **changes: Any) -> list[Run]:
    return [run(start + n, STEADY[n % 6], seed=seed, **changes) for n, seed in enumerate(seeds)]


def test_in_the_closed_model_both_sides_need_the_same_seeds() -> None:
    with pytest.raises(SnapshotError, match=r"seeds differ: 7 and 9.*--seed 7"):
        compare(seeded(0, [7] * 5, **CLOSED), seeded(10, [9] * 5, **CLOSED))
    with pytest.raises(SnapshotError, match=r"seeds differ: 7 \(4 runs\), 9 and 9 \(5 runs\)|seeds differ"):
        compare(seeded(0, [7, 7, 7, 7, 9], **CLOSED), seeded(10, [9] * 5, **CLOSED))
    assert compare(seeded(0, [7] * 5, **CLOSED), seeded(10, [7] * 8, **CLOSED)).verdict == "pass"
    assert compare(seeded(0, [1, 2] * 3, **CLOSED), seeded(10, [2, 1] * 4, **CLOSED)).verdict == "pass"
    many = compare(seeded(0, [1, 2, 3, 4, 5], **CLOSED), seeded(10, [6, 7, 8, 9], **CLOSED))
    assert (many.verdict, many.differences) == ("pass", [])


def test_in_the_open_model_another_seed_is_counted_for_each_arrival_and_widens_latencies() -> None:
    def open_runs(start: int, seed: int, arrivals: int) -> list[Run]:
        one = summary(started=3 * arrivals, p50=0.03, p95=0.04)
        return [
            run(start + n, s, seed=seed, total=one.model_copy(update={"rate_per_s": 3 * arrivals / 10}),
                load={"model": "open", "arrivals_due": arrivals}, journeys={"a": {"started": arrivals}})
            for n, s in enumerate(STEADY)
        ]  # fmt: skip

    other = compare(open_runs(0, 7, 1000), open_runs(10, 9, 920))
    rows = {row.metric: row for row in other.rows if row.subject == "run"}
    assert (rows["throughput"].unit, rows["throughput"].baseline) == ("/arrival", pytest.approx(3.0))
    assert rows["throughput"].effect == pytest.approx(0.0, abs=1e-9)
    # sqrt(0.04^2 + 0.04^2) beside a spread of 0: Satterthwaite gives 19 degrees of freedom
    assert math.log1p(rows["p95"].high) == pytest.approx(
        stats.t.ppf(0.975, 19) * 0.04 * math.sqrt(2), rel=0.02
    )
    assert other.caveats[0].startswith("the sides have other seeds (7 and 9)")
    alike = compare(open_runs(0, 7, 1000), open_runs(10, 7, 1000))
    assert alike.verdict == "pass"
    assert not any("seeds" in text for text in alike.caveats)


@pytest.mark.parametrize(
    ("baseline", "candidate", "said"),
    [([], [run(0)], "a side has no run"), ([run(0)], [run(0)], "run-0 was given twice")],
)
def test_sides_must_make_sense(baseline: list[Run], candidate: list[Run], said: str) -> None:
    with pytest.raises(SnapshotError, match=said):
        compare(baseline, candidate)


def test_rows_read_well() -> None:
    row = next(row for row in compare([run(0)], [run(1, 1.2)]).rows if row.metric == "p50")
    said = "run p50: may be as bad as +140.0% (97.5% sure; limit +10.0%): cannot decide"
    assert describe(row).en == f"{said}; about {row.runs_needed} runs a side would tell"
    assert describe(row).zh.endswith(f"无法判定；约需每侧运行 {row.runs_needed} 次")
    assert "more than 100 runs" in describe(row.model_copy(update={"runs_needed": 471})).en


def test_nothing_decisive_is_never_a_pass() -> None:
    assert conclude([])[0] == "inconclusive"


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


def test_an_invalid_run_that_is_compared_anyway_is_never_a_pass() -> None:
    bad = [*side(10, STEADY[1:]), run(20, verdict="invalid", reasons=["CPU 99%"])]
    for sides in ((side(0, STEADY), bad), (bad, side(0, STEADY))):
        compared = compare(*sides, anyway=True)
        assert (compared.verdict, compared.exit_code) == ("inconclusive", 4)
        assert compared.reasons[0].startswith("run-20 is invalid: CPU 99%")


def test_sides_may_be_directories_of_runs(tmp_path: Path) -> None:
    for number in range(4):
        recording = Recording().add("a.query", range(1000 + number, 3000))
        finish(recording.write(tmp_path / f"n{number}"), manifest(run_id=f"n{number}", environment=MACHINE))
    assert [one.run_id for one in load_side([tmp_path])] == ["n0", "n1", "n2", "n3"]
    compared = compare(
        [tmp_path / "n0", tmp_path / "n1" / "run.json"], [tmp_path / "n2", load_run(tmp_path / "n3")]
    )
    assert (compared.baseline, compared.candidate) == (["n0", "n1"], ["n2", "n3"])
    with pytest.raises(SnapshotError, match=r"^[^;]*n9; there is no such file; give the directory of a run"):
        compare([tmp_path / "n0"], [tmp_path / "n9"])


def test_the_terminal_opens_with_the_verdict() -> None:
    compared = compare(side(0, STEADY), side(10, [1.1 * s for s in STEADY]))
    text = plain(render_comparison(compared))
    assert text.index("FAIL 未通过") < text.index("declaration.submit p95: +10.0%") < text.index("Effects")
    assert "worse 变差" in text
    single = plain(render_comparison(compare([run(0)], [run(9, target={"name": "staging"})], anyway=True)))
    assert "compared anyway: target differs: reference and staging" in single
    assert "one run a side cannot show" in single


def test_caveats_and_differences_are_told_in_chinese_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = load.ArrivalsDropped(dropped=3, due=9, share=1 / 3, bound=0.001)
    lost = load.WorkersLost(workers=2)
    told = [
        why.TooLittle(subject="b.save", metrics=()),
        why.MadeAgain(run="r1", why=(dropped, lost)),
        *differences([run(0), run(8, environment={**MACHINE, "cores": 8}, target={"name": "staging"})]),
        *differences([run(0, verdict="invalid", reasons=[lost.en], reason_codes=[lost.record()])]),
        *differences([run(0, verdict="invalid", reasons=["old"], reasons_zh=["旧"])]),
        *differences([run(0, verdict="invalid", reasons=["older"])]),
    ]
    assert in_chinese(told) == [
        "b.save：数据太少，无法比较",
        "r1 测量无效，已重做：9 个到达中有 3 个被丢弃（33.33%，上限 0.1%）：在途业务过多；"
        "丢失 2 个负载进程：负载低于计划，且缺少其最后的报告",
        "被测系统不同：reference 与 staging",
        "核数不同：2 与 8",
        "run-0 测量无效：丢失 2 个负载进程：负载低于计划，且缺少其最后的报告",
        "run-0 测量无效：旧",
        "run-0 测量无效：旧版快照原文：older",
    ]
    single = compare([run(0)], [run(9, target={"name": "staging"})], anyway=True)
    few = [*few_launches(1, Settings()), *few_launches(2, Settings())]
    told_zh = [*in_chinese(few), *single.caveats_zh, *single.differences_zh]
    assert all(re.search("[一-鿿]", text) for text in told_zh)
    page = render_comparison_page(single)
    assert "强制比较：被测系统不同：reference 与 staging" in page
    assert "每侧只有一次运行" in page
    assert "每侧只有一次运行" not in plain(render_comparison(single))
    monkeypatch.setenv("RENHAI_LANG", "zh")
    assert "每侧只有一次运行" in plain(render_comparison(single))


def test_only_a_schedule_of_arrivals_makes_throughput_a_share_of_what_was_due() -> None:
    """500 ok in 10 s of 625 due are 0.8 of each arrival; operators owe nobody an arrival."""
    one = summary(started=500)
    opened = run(0, load={"model": "open", "arrivals_due": 625})
    closed = run(1, load={"model": "closed", "users": 5, "arrivals_due": 625})
    assert (due(opened), due(closed), due(run(2))) == (625, 0, 0)
    assert values_of([[(one, opened)]], "throughput") == ([[0.8]], ARRIVAL)
    assert values_of([[(one, closed)]], "throughput") == ([[50.0]], "/s")
    assert values_of([[(one, opened)], [(one, run(2))]], "throughput") == ([[50.0], [50.0]], "/s")
    assert values_of([[(one, opened)]], "p95") == ([[42.0]], "ms")
