"""Comparisons: what is called worse, what is refused, and how often noise is mistaken for change."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from results.compare.comparability import differences
from results.compare.comparison import Settings, compare, load_side
from results.compare.effects import Effect
from results.compare.findings import Row, conclude, decide, describe
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
    assert finding(compared.rows, "run", "throughput") == "same"


def test_the_same_build_passes() -> None:
    compared = compare(side(0, STEADY), side(10, STEADY[::-1]))
    assert (compared.verdict, compared.reasons) == ("pass", [])
    assert {row.finding for row in compared.rows} == {"same"}


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
    # 2.306 * s * sqrt(2/5) must come down to log 1.1
    s = float(np.std(np.log(noisy), ddof=1))
    reach = 2.306004 * s * math.sqrt(2 / 5)
    assert row.runs_needed == math.ceil(5 * (reach / math.log(1.1)) ** 2)
    assert f"about {row.runs_needed} runs a side would tell" in compared.reasons[0]


def test_one_run_a_side_tells_only_a_gross_change() -> None:
    compared = compare([run(0)], [run(1, 1.3)])
    assert compared.verdict == "inconclusive"
    assert "one run a side cannot show" in compared.caveats[0]
    assert compare([run(0)], [run(1, 6.0)]).verdict == "fail"


def test_one_new_run_against_a_kept_baseline() -> None:
    assert compare(side(0, STEADY), [run(20, 1.0)]).verdict == "pass"
    slower = compare(side(0, STEADY), [run(20, 1.25)])
    assert slower.verdict == "fail"
    assert slower.caveats == [
        "one side has a single run: the spread of the other side is taken for both; repeat its runs"
    ]


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
    assert compare(operations(0, **{"b.save": summary()}), candidate[:1]).verdict == "pass"


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


def test_seeds_may_differ() -> None:
    assert differences([run(0, seed=1), run(1, seed=2)]) == []


@pytest.mark.parametrize(
    ("baseline", "candidate", "said"),
    [([], [run(0)], "a side has no run"), ([run(0)], [run(0)], "run-0 was given twice")],
)
def test_sides_must_make_sense(baseline: list[Run], candidate: list[Run], said: str) -> None:
    with pytest.raises(SnapshotError, match=said):
        compare(baseline, candidate)


def test_rows_read_well() -> None:
    row = compare([run(0)], [run(1, 1.2)]).rows[1]
    said = "run p50: +20.0% (-40.0% … +140.0%): cannot decide"
    assert describe(row).en == f"{said}; about {row.runs_needed} runs a side would tell"
    assert (
        describe(row).zh == f"run p50：+20.0% (-40.0% … +140.0%)：无法判定；每侧约需运行 {row.runs_needed} 次"
    )
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
    return decide(effects, runs, settings or Settings())


@pytest.mark.parametrize(("runs", "band"), [(2, 0.0), (3, 0.0), (5, 0.0), (10, 0.0), (3, 0.02)])
def test_equal_builds_raise_no_more_alarms_than_promised(runs: int, band: float) -> None:
    rng = np.random.default_rng(runs)
    settings = Settings(noise_band=band)
    alarms = 0
    for _ in range(200):
        rows = simulated(rng, runs, subjects=13, noise=0.05, settings=settings)
        alarms += any(row.finding in ("better", "worse") for row in rows)
    assert alarms <= 5  # 1 % of 200 is 2; more than 5 has a chance of 2 % even at exactly 1 %


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


def test_caveats_and_differences_are_told_in_chinese_as_well() -> None:
    dropped = load.ArrivalsDropped(dropped=3, due=9, share=1 / 3, bound=0.001)
    lost = load.WorkersLost(workers=2)
    told = [
        why.OneLaunch(assumed=0.05),
        why.TooLittle(subject="b.save", metrics=()),
        why.MadeAgain(run="r1", why=(dropped, lost)),
        *differences([run(0), run(8, environment={**MACHINE, "cores": 8}, target={"name": "staging"})]),
        *differences([run(0, verdict="invalid", reasons=[lost.en], reason_codes=[lost.record()])]),
        *differences([run(0, verdict="invalid", reasons=["old"], reasons_zh=["旧"])]),
        *differences([run(0, verdict="invalid", reasons=["older"])]),
    ]
    assert in_chinese(told)[1:] == [
        "b.save：数据太少，无法比较",
        "r1 测量无效，已重做：9 个到达中有 3 个被丢弃（33.33%，上限 0.1%）：在途业务过多；"
        "丢失 2 个负载进程：负载低于计划，且缺少其最后的报告",
        "被测系统不同：reference 与 staging",
        "核数不同：2 与 8",
        "run-0 测量无效：丢失 2 个负载进程：负载低于计划，且缺少其最后的报告",
        "run-0 测量无效：旧",
        "run-0 测量无效：旧版快照原文：older",
    ]
    for compared in (compare([run(0)], [run(9)]), compare(side(0, STEADY), [run(9)])):
        assert all(re.search("[一-鿿]", text) for text in compared.caveats_zh)
    page = render_comparison_page(compare([run(0)], [run(9, target={"name": "staging"})], anyway=True))
    assert "强制比较：被测系统不同：reference 与 staging" in page
    assert "每侧只有一次运行" in page
    assert "每侧只有一次运行" in plain(render_comparison(compare([run(0)], [run(9)])))
