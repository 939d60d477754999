"""How well one run knows its own values: by hand, from blocks whose numbers are written here."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from results.snapshot.histograms import DEFAULT_LAYOUT, SIZE, Histogram
from results.stats.noise import BLOCKS, block_noise, quantile_noise, run_noise


def of(values: list[int]) -> Histogram:
    """What a log that holds these values in µs is read as."""
    counts = np.zeros(SIZE, dtype=np.int64)
    np.add.at(counts, DEFAULT_LAYOUT.buckets(np.array(values)), 1)
    return Histogram(counts)


def test_the_noise_of_blocks_is_the_median_step_as_a_standard_error() -> None:
    """Steps of e: every difference of logarithms is 1, so 1.4826 / sqrt(2) / sqrt(4)."""
    assert block_noise([1.0, math.e, 1.0, math.e]) == pytest.approx(1.4826 / math.sqrt(2) / 2)


def test_one_jump_is_not_noise_and_empty_blocks_are_left_out() -> None:
    assert block_noise([2.0, 2.0, 2.0, 9.0, 9.0, 9.0]) == 0.0
    assert block_noise([1.0, 0.0, math.e, 1.0, 0.0, math.e]) == block_noise([1.0, math.e, 1.0, math.e])


def test_of_three_blocks_nothing_is_known() -> None:
    assert block_noise([1.0, math.e, 1.0]) == 0.0
    assert block_noise([1.0, math.e, 1.0, 0.0]) == 0.0


def test_throughput_is_known_from_twenty_blocks_of_the_run() -> None:
    """40 s: blocks of two seconds, each 2 or 2 e."""
    seconds = np.array([1.0, 1.0, math.e, math.e] * 10)
    found = run_noise([], seconds)
    assert BLOCKS == 20
    assert found == {"throughput": pytest.approx(1.4826 / math.sqrt(2) / math.sqrt(20), abs=1e-6)}


def test_what_does_not_vary_has_no_noise_to_tell() -> None:
    assert run_noise([], np.ones(40)) == {}
    assert run_noise([], np.zeros(40)) == {}
    assert run_noise([], np.zeros(0)) == {}


def test_the_noise_of_a_percentile_is_woodruffs_half_interval() -> None:
    """100 values 1..100 ms: p50 -+ sqrt(0.25/100) = 0.45..0.55 and a hair (a float), ranks 45 and 56."""
    values = of([number * 1000 for number in range(1, 101)])
    assert quantile_noise(values, Fraction(1, 2)) == pytest.approx(math.log(56 / 45) / 2, rel=2e-3)
    # p95 -+ sqrt(0.95 * 0.05 / 100) = 0.9282..0.9718, ranks 93 and 98
    assert quantile_noise(values, Fraction(19, 20)) == pytest.approx(math.log(98 / 93) / 2, rel=5e-3)


def test_of_one_value_no_noise_is_known_and_of_two_some() -> None:
    assert quantile_noise(of([5]), Fraction(1, 2)) == 0.0
    assert quantile_noise(of([1000, 3000]), Fraction(1, 2)) == pytest.approx(math.log(3) / 2, rel=2e-3)
    assert quantile_noise(Histogram.empty(), Fraction(1, 2)) == 0.0


def blocks_of(*parts: tuple[int, int]) -> list[Histogram]:
    """So many values of 1 ms and of 2 ms in each block."""
    return [of([1000] * ones + [2000] * twos) for ones, twos in parts]


def step_of_log_two(blocks: int) -> float:
    """The standard error where every block differs from the one before by a factor of two."""
    return float(1.4826 * math.log(2) / math.sqrt(2) / math.sqrt(blocks))


def test_percentiles_that_jump_from_block_to_block_are_noisier_than_independent_values() -> None:
    """p50 is 2 ms and 1 ms by turns; of all together 2 ms, and so are its neighbours: no noise by itself."""
    found = run_noise(blocks_of(*[(0, 100), (51, 49)] * 10), np.zeros(0))
    assert found == {"p50": pytest.approx(step_of_log_two(20), rel=1e-3)}


def test_every_block_has_to_have_five_values_above() -> None:
    """20 blocks of 10: for p50 5 above in each; with one value less in one block 19 fit, so pairs are
    taken."""
    thin = blocks_of(*[(0, 10), (6, 4)] * 10)
    assert run_noise(thin, np.zeros(0))["p50"] == pytest.approx(step_of_log_two(20), rel=1e-3)
    assert run_noise([*thin[:-1], *blocks_of((6, 2))], np.zeros(0)) == {}  # each pair's p50 is 2 ms


def test_where_blocks_are_thin_neighbours_are_taken_together() -> None:
    """20 blocks of 20: p90 has 40 above, so 8 blocks, threes of the 20: 7 whose p90 is 2 ms and 1 ms by
    turns."""
    slow, fast = [(0, 20)] * 3, [(19, 1), (18, 2), (18, 2)]
    found = run_noise(blocks_of(*slow, *fast, *slow, *fast, *slow, *fast, *slow[:2]), np.zeros(0))
    assert found["p90"] == pytest.approx(step_of_log_two(7), rel=1e-3)
