"""Duels: the arithmetic against scipy and by closure, recorded launches, broken ends."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from results.compare.comparison import compare
from results.compare.effects import Effect
from results.compare.findings import Comparison
from results.compare.pair_effects import middle_part, percentile_part, rate_part, summed
from results.compare.pairs import compare_pairs, spoilt
from results.compare.rule import decide
from results.compare.settings import Settings
from results.errors import SnapshotError
from results.report.files.run import finish
from results.snapshot.histograms import Histogram
from results.snapshot.run import load_run
from results.stats.estimates import Difference, Estimate, across_launches, holm
from tests.results.recording import Recording, Request, manifest
from tests.snapshots import snapshot

MACHINE = {"cpu_model": "x", "cores": 2, "memory_gb": 8.0, "platform": "Linux"}
SMALL = st.floats(-1, 1, allow_nan=False).map(lambda value: round(value, 4))


def histogram(values: np.ndarray) -> Histogram:
    """Values in µs below 2048, each of which has a counter of its own."""
    return Histogram(np.bincount(values.astype(int).clip(1, 2047)))


# --- the arithmetic ---------------------------------------------------------------------------------------


@given(st.lists(SMALL, min_size=2, max_size=12).filter(lambda values: np.std(values) > 1e-3))
def test_several_launches_are_students_t_of_their_differences(values: list[float]) -> None:
    found = across_launches([Difference(value, 0.0, 7) for value in values], assumed=0.05)
    wanted = stats.ttest_1samp(values, 0.0)
    assert found.p_beyond(0) == pytest.approx(wanted.pvalue, rel=1e-6)
    low, high = wanted.confidence_interval(0.95)
    assert found.interval(0.95) == pytest.approx((low, high), rel=1e-6, abs=1e-12)


def test_launches_that_agree_by_luck_are_not_known_better_than_each_knows_itself() -> None:
    found = across_launches([Difference(0.1, 0.03, 7), Difference(0.1, 0.04, 7)])
    assert found[:3] == (pytest.approx(0.1), pytest.approx(0.025), 1.0)  # sqrt(0.03^2 + 0.04^2) / 2
    assert across_launches([Difference(0.1, 0.03, 7)] * 2, floor=0.5).error == 0.5


def test_one_launch_carries_the_spread_that_it_cannot_show() -> None:
    found = across_launches([Difference(0.1, 0.03, 7)], assumed=0.04)
    assert found.error == pytest.approx(0.05)
    assert found.freedom == pytest.approx(7 * (25 / 9) ** 2)
    assert math.isinf(across_launches([Difference(0.1, 0.0, 7)], assumed=0.04).freedom)
    with pytest.raises(ValueError, match="no launch"):
        across_launches([])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 10)), min_size=1, max_size=6))
def test_weighted_holm_is_the_closed_test_of_weighted_bonferroni(rows: list[tuple[float, float]]) -> None:
    p_values, weights = [p for p, _ in rows], [w for _, w in rows]
    wanted = [0.0] * len(rows)
    for size in range(1, len(rows) + 1):
        for subset in itertools.combinations(range(len(rows)), size):
            whole = sum(weights[i] for i in subset)
            least = min(1.0, min(p_values[i] * whole / weights[i] for i in subset))
            for i in subset:
                wanted[i] = max(wanted[i], least)
    assert holm(p_values, weights) == pytest.approx(wanted, rel=1e-9, abs=1e-300)


def test_the_rows_that_decide_share_half_of_alpha_whatever_else_is_compared() -> None:
    def row(subject: str, error: float) -> Effect:
        return Effect(subject, "p95", "ms", 1, 1, Estimate(0.5, error, math.inf))

    beside = [row(f"op{n}", 1e9) for n in range(50)]
    p = Estimate(0.5, 0.17, math.inf).p_beyond(math.log1p(0.02))
    first, *_ = decide([row("run", 0.17), *beside], Settings())
    assert first.p == pytest.approx(2 * p)
    assert first.finding == "worse"
    single = decide([row("run", 0.17)], Settings())[0]
    assert single.p == pytest.approx(p)


def test_moves_that_follow_each_other_know_less() -> None:
    """r by hand: deviations -3, -1, 1, 3 give sum of squares 20 and lag products 3 - 1 + 3 = 5, so 0.25; its
    bias at n = 4 is (1 + 0.75) / 4, together 0.6875; the variance grows by 1.6875 / 0.3125 = 5.4."""
    found = summed(0.5, np.array([1.0, 3.0, 5.0, 7.0]))
    assert found.error == pytest.approx(math.sqrt(4 * (20 / 3) * 5.4))
    assert found.freedom == 1.0  # 3 / 5.4, and one at least
    longer = np.tile([1.0, -1.0], 10)  # alternating: no widening, but no narrowing either
    assert summed(0.5, longer).error == pytest.approx(math.sqrt(20 * 20 / 19))
    assert summed(0.5, longer).freedom == 19.0


@pytest.mark.parametrize("share", [50, 95])
def test_the_error_within_a_launch_is_what_repeating_it_shows(share: int) -> None:
    rng = np.random.default_rng(share)
    found, errors = [], []
    for _ in range(150):
        weather = np.exp(rng.normal(0, 0.2, 10))
        sides = [
            [histogram(rng.lognormal(math.log(200 * level), 0.3, 200)) for level in weather] for _ in "ab"
        ]
        parts = [percentile_part(blocks, Fraction(share, 100)) for blocks in sides]
        assert parts[0] and parts[1]
        assert parts[0].moves.sum() == pytest.approx(0, abs=1e-9)
        each = summed(parts[1].value - parts[0].value, parts[1].moves - parts[0].moves)
        found.append(each.effect)
        errors.append(each.error)
    # the allowance for autocorrelation widens a few: on the safe side
    assert 0.8 < float(np.median(errors)) / float(np.std(found)) < 1.5


def test_typical_is_the_winsorised_mean_of_logarithms() -> None:
    rng = np.random.default_rng(9)
    values = rng.lognormal(math.log(200), 0.5, 4000).astype(int).clip(1, 2047)
    part = middle_part([histogram(half) for half in np.split(values, 4)])
    wanted = stats.mstats.winsorize(np.log(np.sort(values)), limits=(0.1, 0.1)).mean()
    assert part.value == pytest.approx(float(wanted), abs=2e-3)
    slower = middle_part([histogram(half) for half in np.split(values.clip(1, 1000) * 2, 4)])
    same = middle_part([histogram(half) for half in np.split(values.clip(1, 1000), 4)])
    assert slower.value - same.value == pytest.approx(math.log(2), abs=1e-9)


def test_counts_by_hand() -> None:
    rate = rate_part(np.array([10.0, 30.0]))
    assert rate and rate.value == pytest.approx(math.log(40))
    assert list(rate.moves) == [-0.25, 0.25]
    assert rate_part(np.zeros(3)) is None
    assert percentile_part([histogram(np.array([5, 6, 7]))], Fraction(1, 2)) is None


# --- recorded launches ------------------------------------------------------------------------------------


def weather(rng: np.random.Generator, seconds: int) -> np.ndarray:
    """The machine's noise over time: autocorrelated, 25 %, and the same for both sides."""
    level = np.zeros(seconds)
    for second in range(1, seconds):
        level[second] = 0.9 * level[second - 1] + rng.normal(0, 0.11)
    return np.exp(level)


def recorded(
    directory: Path, rng: np.random.Generator, level: np.ndarray, scale: float, errors: int = 0, **said: Any
) -> Path:
    recording = Recording(duration_s=len(level), measured=said)
    for second, factor in enumerate(level):
        for value in rng.lognormal(math.log(1000 * scale * factor), 0.3, 60):
            recording.requests.append(Request("a.query", second, int(value)))
    for place in range(errors):
        recording.requests.append(Request("a.query", place % len(level), 900, "error"))
    finish(recording.write(directory), manifest(run_id=directory.name, environment=MACHINE), pages=False)
    return directory


def launch(place: Path, seed: int, scale: float, errors: int = 0, **said: Any) -> tuple[Path, Path]:
    rng = np.random.default_rng(seed)
    level = weather(rng, 20)
    first = recorded(place / f"a{seed}", rng, level, 1.0)
    return first, recorded(place / f"b{seed}", rng, level, scale, errors, **said)


def finding(compared: Comparison, metric: str, subject: str = "run") -> str:
    return next(row.finding for row in compared.rows if (row.subject, row.metric) == (subject, metric))


def test_a_duel_finds_what_run_against_run_cannot(tmp_path: Path) -> None:
    pairs = [launch(tmp_path, seed, 1.1) for seed in range(6)]
    compared = compare_pairs(pairs)
    assert (compared.verdict, compared.exit_code, compared.paired) == ("fail", 1, True)
    assert finding(compared, "typical") == "worse"
    row = next(row for row in compared.rows if (row.subject, row.metric) == ("run", "typical"))
    assert row.low < 0.1 < row.high
    assert row.high - row.low < 0.06
    assert row.candidate / row.baseline == pytest.approx(1.1, abs=0.03)
    assert compare([a for a, _ in pairs], [b for _, b in pairs]).verdict == "inconclusive"


def test_two_of_one_build_pass(tmp_path: Path) -> None:
    compared = compare_pairs([launch(tmp_path, seed, 1.0) for seed in range(10, 16)])
    assert compared.verdict == "pass", compared.reasons
    assert {row.finding for row in compared.rows if row.decisive} == {"not worse"}
    assert compared.caveats == []


def test_one_launch_says_what_it_cannot_show(tmp_path: Path) -> None:
    compared = compare_pairs([launch(tmp_path, 1, 1.1)])
    assert compared.verdict == "inconclusive"
    assert "one launch cannot show" in compared.caveats[0]
    slow = compare_pairs([launch(tmp_path, 2, 1.6)])
    assert (slow.verdict, slow.rows[0].finding) == ("inconclusive", "cannot decide")
    assert any("launches would tell" in reason for reason in slow.reasons)


def test_errors_of_b_alone_are_worse(tmp_path: Path) -> None:
    compared = compare_pairs([launch(tmp_path, seed, 1.0, errors=40) for seed in range(20, 26)])
    assert finding(compared, "error_rate") == "worse"
    assert finding(compared, "typical") == "not worse"


def test_runs_that_did_not_start_together_are_no_pair(tmp_path: Path) -> None:
    first = recorded(tmp_path / "first", np.random.default_rng(1), np.ones(10), 1)
    second = recorded(
        tmp_path / "second", np.random.default_rng(1), np.ones(10), 1, started="2015-09-11T09:00:00Z"
    )
    with pytest.raises(SnapshotError, match="started 3600 s apart"):
        compare_pairs([(first, second)])
    with pytest.raises(SnapshotError, match="first was given twice"):
        compare_pairs([(first, first)])
    with pytest.raises(SnapshotError, match="there is no launch"):
        compare_pairs([])


def test_target_files_may_differ_but_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    places = []
    for name, changes in (
        ("one", {}),
        ("two", {"target": {"name": "new"}}),
        ("three", {"scenario": {"name": "peak", "digest": "9"}}),
    ):
        recording = Recording().add("a.query", rng.lognormal(7, 0.2, 2000).astype(int))
        finish(recording.write(tmp_path / name), manifest(run_id=name, **changes), pages=False)
        places.append(tmp_path / name)
    assert compare_pairs([(places[0], places[1])]).target == "new"
    with pytest.raises(SnapshotError, match="scenario differs: smoke and peak"):
        compare_pairs([(places[0], places[2])])


def test_a_side_that_broke_off(tmp_path: Path) -> None:
    worse = compare_pairs([launch(tmp_path, 30, 1.0, ended="aborted")])
    assert (worse.verdict, worse.reasons[0]) == ("fail", "b: the abort rule stopped it")
    first, second = launch(tmp_path, 31, 1.0, ended="target_lost")
    swapped = compare_pairs([(second, first)])
    assert (swapped.verdict, swapped.reasons[0]) == ("inconclusive", "a: it stopped answering")
    assert swapped.reasons_zh[0] == "a：停止应答"


def test_launches_too_short_to_compare_are_never_a_pass(tmp_path: Path) -> None:
    """Three seconds have too few blocks for any latency; the shares of rejections alone decide nothing."""
    places = []
    for name, scale in (("one", 1), ("two", 5)):
        recording = Recording(duration_s=3).add("a.query", range(100 * scale, 8100 * scale, scale))
        recording.add("a.query", [90], "rejected")
        finish(recording.write(tmp_path / name), manifest(run_id=name, environment=MACHINE), pages=False)
        places.append(tmp_path / name)
    compared = compare_pairs([(places[0], places[1])])
    assert {row.metric for row in compared.rows} == {"error_rate", "rejection_rate"}
    assert compared.verdict == "inconclusive"
    assert compared.reasons == ["run: too little to compare typical, throughput, p50, p95"]


def test_only_an_invalid_run_is_spoilt(tmp_path: Path) -> None:
    for verdict, spoils in (("invalid", True), ("fail", False), ("inconclusive", False)):
        run = load_run(snapshot(tmp_path / verdict, verdict=verdict, reasons=["x"]))
        assert bool(spoilt(run)) is spoils
