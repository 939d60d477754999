"""What is compared, by hand: seeds, arrivals, figures that must agree, and the parts of a duel."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from results.compare.comparability import (
    _figures,
    differences,
    engine_of,
    machine_of,
    other_seeds,
    seeds_of,
    uneven,
    unknown_identity,
)
from results.compare.comparison import _caveats, _vanished, compare
from results.compare.effects import (
    counted,
    due,
    effects_of_runs,
    seeds_relate,
    share_effect,
    value_of,
    values_of,
)
from results.compare.findings import Comparison
from results.compare.pair_effects import (
    Pair,
    Recorded,
    _successes,
    middle_part,
    percentile_part,
    rate_part,
    summed,
    typical_parts,
)
from results.compare.settings import Settings
from results.report.files.comparison import comparison_junit, comparison_markdown, trend_junit, trend_markdown
from results.snapshot.histograms import Histogram
from results.snapshot.timeline import Series, Timeline
from results.stats.shares import Counted, share_estimate
from tests.results.compare.runs import run, summary
from tests.results.compare.test_comparability import journey
from tests.results.report.coloured import change, comparison, row, trend


def opened(number: int, due_: int = 5000, **more: Any) -> Any:
    return run(number, load={"model": "open", "arrivals_due": due_}, **more)


# Seeds


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ([7, 7], [7], "same"),
        ([7, 8], [8, 7], "same"),
        ([7, 7, 8], [7, 8], "other"),
        ([1, 2], [3, 4], "many"),
        ([1], [2], "other"),
        ([1, 2], [3], "other"),
        ([1, 2], [2], "many"),
        ([1, 1], [3, 4], "other"),
        ([None, 1], [3, 4], "same"),
    ],
)
def test_how_the_seeds_of_both_sides_relate(first: list[Any], second: list[Any], wanted: str) -> None:
    sides = [[run(n, seed=seed, draw=None) for n, seed in enumerate(side)] for side in (first, second)]
    assert seeds_relate(sides[0], sides[1]) == wanted


def test_seeds_are_told_with_how_often_and_how_they_were_drawn() -> None:
    assert seeds_of([run(0, seed=7), run(1, seed=7)]) == "7"
    assert seeds_of([run(0, seed=7), run(1, seed=7), run(2, seed=9)]) == "7 (2 runs), 9 (1 runs)"
    assert seeds_of([run(0, seed=7, draw=1), run(1, seed=7, draw=2)]) == "7 (2 draws)"


def test_other_seeds_are_said_only_where_they_differ() -> None:
    assert other_seeds([run(0, seed=7)], [run(1, seed=7)]) == []
    assert [one.code for one in other_seeds([run(0, seed=7)], [run(1, seed=8)])] == [
        "comparison.other_arrivals"
    ]


# Values


def test_throughput_is_for_each_arrival_where_every_run_knows_them() -> None:
    def pairs(*runs: Any) -> Any:
        return [[(one.total, one) for one in runs[:1]], [(one.total, one) for one in runs[1:]]]

    assert values_of(pairs(opened(0, 5000), opened(1, 2500)), "throughput") == ([[1.0], [2.0]], "/arrival")
    assert values_of(pairs(opened(0), run(1)), "throughput") == ([[500.0], [500.0]], "/s")
    assert values_of(pairs(run(0), run(1, 2.0)), "p95") == ([[42.0], [84.0]], "ms")
    assert (due(opened(0, 9)), due(run(0))) == (9, 0)


def test_a_share_is_counted_and_never_above_all() -> None:
    one = summary(errors=5, started=1000)
    assert (value_of(one, "error_rate"), value_of(one, "p95")) == (0.5, 42.0)
    assert counted(one, "error_rate") == Counted(5, 1000)
    broken = one.model_copy(update={"errors": 2000})
    assert counted(broken, "error_rate") == Counted(2000, 2000)
    assert value_of(one.model_copy(update={"latency_ms": None}), "p95") == 0.0
    effect = share_effect([[Counted(1, 100), Counted(2, 100)], [Counted(0, 50)]], "run", "error_rate")
    assert (effect.baseline, effect.candidate, effect.unit) == (1.5, 0.0, "%")


def test_other_seeds_widen_latencies_by_what_each_run_knows_of_itself() -> None:
    """Two runs of seed 1 against two of seed 2, each with p95 known to 3 %: 3 % hidden on either side."""
    first = [opened(n, seed=1, total=summary(noise_p95=0.0)) for n in range(2)]
    noisy = [
        one.model_copy(update={"total": summary().model_copy(update={"noise": {"p95": 0.03}})})
        for one in first
    ]
    second = [one.model_copy(update={"seed": 2, "run_id": f"b{n}"}) for n, one in enumerate(noisy)]

    def error(a: list[Any], b: list[Any]) -> float:
        return next(one for one in effects_of_runs(a, b, "run", 0.25) if one.metric == "p95").estimate.error

    assert error(noisy, second) ** 2 - error(noisy, noisy) ** 2 == pytest.approx(2 * 0.03**2)


def test_a_run_that_started_nothing_takes_no_part_in_dispersion() -> None:
    spread = [Counted(0, 1000), Counted(20, 1000), Counted(1, 1000)]
    with_idle = share_estimate([*spread, Counted(0, 0)], [Counted(0, 1000)])
    shares, mean = [0, 20, 1], 21 / 3000
    pearson = sum((k - 1000 * mean) ** 2 / (1000 * mean * (1 - mean)) for k in shares)
    assert with_idle.freedom == 3.0
    assert with_idle.baseline.failed == pytest.approx(21 / (pearson / 3))


# Figures that must agree


@pytest.mark.parametrize(
    ("lengths", "differ"),
    [((10, 11), False), ((10, 11.01), True), ((100, 102), False), ((100, 102.1), True), ((10,), False)],
)
def test_durations_may_differ_by_a_second_or_two_per_cent(lengths: tuple[float, ...], differ: bool) -> None:
    found = _figures([run(n, duration_s=length) for n, length in enumerate(lengths)])
    assert [one.code for one in found] == (["comparison.duration_differs"] if differ else [])


@pytest.mark.parametrize(("other", "differ"), [(4975, False), (4974, True), (5025, False)])
def test_arrivals_of_one_seed_may_differ_by_half_a_per_cent(other: int, differ: bool) -> None:
    found = _figures([opened(0, 5000, seed=1), opened(1, other, seed=1)])
    assert [one.code for one in found] == (["comparison.arrivals_differ"] if differ else [])


def test_few_arrivals_may_differ_by_two_and_drawn_ones_by_six_sigmas() -> None:
    assert _figures([opened(0, 100, seed=1), opened(1, 102, seed=1)]) == []
    assert len(_figures([opened(0, 100, seed=1), opened(1, 103, seed=1)])) == 1
    # 900 + 1,000 arrivals drawn: 5 + 6 sqrt(1900) = 266.5
    assert _figures([opened(0, 900, seed=1), opened(1, 1160, seed=2)]) == []
    assert len(_figures([opened(0, 900, seed=1), opened(1, 1190, seed=2)])) == 1
    assert _figures([opened(0, 100, ended="aborted"), opened(1, 900)]) == []


def test_requests_a_journey_may_differ_by_two_per_cent_and_what_was_cut() -> None:
    assert uneven([journey(0)], [journey(1, steps=0.984)]) == []
    assert [one.code for one in uneven([journey(0)], [journey(1, steps=0.98)])] == [
        "comparison.requests_differ"
    ]
    assert [one.code for one in uneven([journey(1, steps=0.97)], [journey(0)])] == [
        "comparison.requests_differ"
    ]
    assert uneven([journey(0)], [journey(1, steps=1.0, cut=6)]) == []
    assert uneven([journey(0, ended="aborted")], [journey(1, steps=0.5)]) == []
    both = uneven([journey(0), journey(2, steps=0.9)], [journey(1, steps=0.9)])
    assert both == []


def test_what_makes_the_load_and_the_machine() -> None:
    assert engine_of({"renhai": "1", "locust": "2"}) == {
        "renhai": "1", "locust": "2", "gevent": "None", "python": "None"
    }  # fmt: skip
    assert machine_of({"cpu_model": "x", "cores": 2, "memory_gb": 7.6})["memory_gb"] == "8"
    assert machine_of({"cores": 2})["cores"] == "2"
    assert unknown_identity([run(0, identity={"a": "b"})]) == []
    assert unknown_identity([run(0), run(1, identity={"a": "b"})])[0].en.startswith("1 of 2")
    assert differences([run(0)], [run(1)]) == []


# What vanished, and how few


def test_an_operation_vanishes_when_half_the_runs_do_without_it() -> None:
    used = [summary()]
    assert _vanished("a", (used * 4, used * 2), (4, 4)) == []
    assert [one.code for one in _vanished("a", (used * 4, used), (4, 4))] == ["comparison.seldom_used"]
    assert [one.code for one in _vanished("a", (used, used * 4), (4, 4))] == ["comparison.seldom_used"]
    assert _vanished("a", (used * 3, used), (4, 4)) == []
    assert [one.code for one in _vanished("a", (used, []), (4, 4))] == ["comparison.used_only_in"]
    assert [one.code for one in _vanished("a", ([], used), (4, 4))] == ["comparison.used_only_in"]
    failed = [summary(errors=5000)]
    assert [one.code for one in _vanished("a", (used, failed), (1, 1))] == [
        "comparison.succeeded_in_baseline"
    ]
    assert _vanished("a", (failed, failed), (1, 1)) == []


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [(1, 1, ["one_run"]), (1, 3, ["few_runs"]), (3, 2, ["few_runs"]), (2, 2, ["few_runs"]), (3, 3, [])],
)
def test_how_few_runs_are_told(first: int, second: int, said: list[str]) -> None:
    sides = [[run(n) for n in range(first)], [run(10 + n) for n in range(second)]]
    assert [one.code for one in _caveats(sides[0], sides[1], Settings())] == [
        f"comparison.{one}" for one in said
    ]


def test_a_comparison_may_be_of_one_settings_and_says_so() -> None:
    found = compare([run(0)], [run(1)], Settings(assumed_noise=0.3))
    assert found.settings.assumed_noise == 0.3
    assert any("30" in text for text in found.caveats)


# A duel


def test_a_percentile_moves_by_its_excess_of_values_above_it() -> None:
    """Ten values a block: of 1..10 in one, of 11..20 in the other; p50 = 10, its neighbours 5 and 15 or
    so."""
    blocks = [Histogram(np.bincount(np.arange(1, 11))), Histogram(np.bincount(np.arange(11, 21)))]
    part = percentile_part(blocks, Fraction(1, 2))
    assert part is not None
    assert part.value == pytest.approx(math.log(10))
    reach = Fraction(2 * math.sqrt(0.25 / 20))
    low, high = Fraction(1, 2) - reach, Fraction(1, 2) + reach
    ends = (math.ceil(low * 20), math.ceil(high * 20))
    slope = (math.log(ends[1]) - math.log(ends[0])) / float(high - low)
    assert part.moves == pytest.approx([slope * (0 - 5) / 20, slope * (10 - 5) / 20])
    assert percentile_part(blocks, Fraction(51, 100)) is None
    assert percentile_part([blocks[0]], Fraction(1, 2)) is None


def test_the_logarithm_of_a_number_of_successes_needs_ten() -> None:
    part = rate_part(np.array([4.0, 6.0]))
    assert part is not None
    assert (part.value, part.moves.tolist()) == (math.log(10), pytest.approx([-0.1, 0.1]))
    assert rate_part(np.array([4.0, 5.0])) is None


def test_moves_sum_up_to_an_error() -> None:
    """Of 1, -1, 1, -1: no autocorrelation that would narrow it; variance 4/3, of the sum of four 16/3."""
    found = summed(0.1, np.array([1.0, -1.0, 1.0, -1.0]))
    assert found == (0.1, pytest.approx(math.sqrt(16 / 3)), 3.0)


def pair(a: dict[str, list[Histogram]], b: dict[str, list[Histogram]], ok: list[float] | None = None) -> Pair:
    counts = np.array(ok or [5.0] * 10)
    zero = np.zeros(len(counts))
    line = Timeline(
        len(counts), {"x": Series({"ok": counts, "errors": zero}), "y": Series({"ok": counts})}, None
    )
    return Pair(Recorded(run(0), a, line), Recorded(run(1), b, line), 10.0, 2)


def block(value: int, count: int) -> Histogram:
    return Histogram(np.bincount([value] * count))


def test_operations_weigh_by_the_fewer_of_their_requests() -> None:
    """x: 60 on one side, 30 on the other; y: 90 on both; z too few: weights 1/4 and 3/4."""
    a = {"x": [block(100, 30)] * 2, "y": [block(1000, 45)] * 2, "z": [block(9, 14)] * 2}
    b = {"x": [block(200, 15)] * 2, "y": [block(1000, 45)] * 2, "z": [block(9, 60)] * 2}
    first, second = typical_parts(pair(a, b), "run")
    assert first is not None
    assert second is not None
    assert first.value == pytest.approx(math.log(100) / 4 + 3 * math.log(1000) / 4)
    assert second.value == pytest.approx(math.log(200) / 4 + 3 * math.log(1000) / 4)
    assert first.moves == pytest.approx([0, 0], abs=1e-12)
    assert typical_parts(pair(a, b), "z") == (None, None)
    alone, _ = typical_parts(pair(a, b), "x")
    assert alone is not None
    assert alone.value == pytest.approx(math.log(100))


def test_the_middle_is_cut_at_a_tenth_on_either_side() -> None:
    blocks = [Histogram(np.bincount([1, *[100] * 9])), Histogram(np.bincount([*[100] * 8, 1000, 1000]))]
    part = middle_part(blocks)
    # of 20: the p10 is the second, 100; the p90 the eighteenth, 100: all are taken as 100
    assert part.value == pytest.approx(math.log(100))
    assert part.moves == pytest.approx([0, 0], abs=1e-12)


def test_successes_of_both_sides_seconds_fall_into_blocks() -> None:
    one = pair({}, {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    assert _successes(one, one.a, "x").tolist() == [15.0, 40.0]
    assert _successes(one, one.a, "run").tolist() == [30.0, 80.0]
    assert _successes(one, one.a, "none").tolist() == [0.0, 0.0]


def test_a_flipped_pair_has_its_sides_exchanged() -> None:
    one = pair({}, {})
    other = one.flipped()
    assert (other.a, other.b, other.seconds, other.blocks) == (one.b, one.a, 10.0, 2)


def test_fewer_than_six_blocks_say_nothing() -> None:
    assert pair({}, {}).difference("run", "p95") is None


# The files of a comparison and of a trend


def test_markdown_shows_what_changed_or_decides_and_counts_the_rest() -> None:
    rows = [row("run", "not worse"), row("a", "worse"), row("b", "better"), row("c", "within tolerance"),
            row("d", "not worse"), row("e", "cannot decide"), row("f", "not worse")]  # fmt: skip
    text = comparison_markdown(comparison(*rows))
    shown = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    assert shown == ["subject", "---", "run", "a", "b", "c"]
    assert "Further rows: 2 not worse, 1 cannot decide." in text
    assert "- compared anyway: another seed" in text
    assert "- one run" in text
    line = next(line for line in text.splitlines() if line.startswith("| a "))
    assert line == "| a | p95 | 40 ms | 42 ms | +5.0% (+1.0% … +9.0%) | 2.4% | worse 变差 |"
    assert "Further rows" not in comparison_markdown(comparison(row("run", "worse")))
    bare = comparison_markdown(comparison(row("d", "not worse"), reasons=[], differences=[], caveats=[]))
    assert "| subject" not in bare
    assert text.endswith(".\n")
    told = comparison_markdown(comparison(row("run", "worse"), reasons=[], differences=[]))
    assert "- one run" in told


def outcomes(text: str) -> list[str]:
    return [line.strip().split(" ")[0] for line in text.splitlines() if "<failure" in line or "<error" in line
            or "<skipped" in line]  # fmt: skip


def test_junit_of_a_comparison() -> None:
    def cases(*rows: Any, **more: Any) -> list[str]:
        return outcomes(comparison_junit(comparison(*rows, **more)))

    assert cases(row("run", "worse")) == ["<failure"]
    assert cases(row("run", "not worse")) == ["<failure"]  # a side that broke off is in no row
    assert cases(row("run", "cannot decide"), verdict="inconclusive") == ["<error", "<skipped"]
    assert cases(row("run", "better"), row("a", "within tolerance"), verdict="pass") == []
    assert 'message="it is worse; one run"' in comparison_junit(comparison(row("run", "not worse")))


def test_files_of_a_trend() -> None:
    assert outcomes(trend_junit(trend(change(10)))) == ["<failure"]
    assert outcomes(trend_junit(trend(change(10, 30.0)))) == []
    assert outcomes(trend_junit(trend(runs=5))) == ["<error"]
    assert outcomes(trend_junit(trend(runs=6))) == []
    assert "run p95: from 40 ms to 50 ms since c10 (c9 was the last before)" in trend_junit(trend(change(10)))
    text = trend_markdown(trend(change(10), left_out=["x: invalid", "y: seed 7"]))
    assert text.startswith("## 1 regression stands, since c10: smoke on reference, 20 runs\n")
    assert "| c10 | worse 变差 | run p95: 40 ms to 50 ms |" in text
    assert "Left out: 2 run(s), the last: y: seed 7." in text
    assert "| since" not in trend_markdown(trend())
    assert "Left out" not in trend_markdown(trend())


def test_a_comparison_is_read_back(tmp_path: Path) -> None:
    one = comparison(row("run", "worse"))
    assert Comparison.model_validate_json(one.model_dump_json()) == one
    assert (one.exit_code, one.paired) == (1, False)
