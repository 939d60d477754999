"""Tails of the binomial distribution: by hand, at their edges, and beside scipy."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from results.stats.binomial import at_least, at_most


def test_the_tails_of_four_throws_of_a_coin() -> None:
    assert [at_least(k, 4, 0.5) for k in range(6)] == pytest.approx([1, 15 / 16, 11 / 16, 5 / 16, 1 / 16, 0])
    assert [at_most(k, 4, 0.5) for k in range(-1, 5)] == pytest.approx(
        [0, 1 / 16, 5 / 16, 11 / 16, 15 / 16, 1]
    )


@pytest.mark.parametrize(
    ("k", "n", "p", "least", "most"),
    [
        (0, 5, 0.3, 1.0, 0.7**5),
        (5, 5, 0.3, 0.3**5, 1.0),
        (0, 5, 0.0, 1.0, 1.0),
        (1, 5, 0.0, 0.0, 1.0),
        (5, 5, 1.0, 1.0, 1.0),
        (4, 5, 1.0, 1.0, 0.0),
        (6, 5, 1.0, 0.0, 1.0),
        (6, 5, 0.3, 0.0, 1.0),
        (-1, 5, 0.3, 1.0, 0.0),
        (-1, 5, 0.0, 1.0, 0.0),
        (0, 0, 0.3, 1.0, 1.0),
        (1, 1, 0.3, 0.3, 1.0),
        (0, 1, 0.3, 1.0, 0.7),
    ],
)
def test_the_edges(k: int, n: int, p: float, least: float, most: float) -> None:
    assert at_least(k, n, p) == pytest.approx(least, rel=1e-12)
    assert at_most(k, n, p) == pytest.approx(most, rel=1e-12)


@given(st.integers(1, 40), st.floats(0.01, 0.99), st.data())
def test_both_tails_are_the_sums_of_their_terms(n: int, p: float, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    terms = [comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(n + 1)]
    assert at_least(k, n, p) == pytest.approx(sum(terms[k:]), rel=1e-9)
    assert at_most(k, n, p) == pytest.approx(sum(terms[: k + 1]), rel=1e-9)


@pytest.mark.parametrize(("k", "n", "p"), [(9, 1000, 0.001), (1200, 100_000, 0.01), (30, 1000, 0.02)])
def test_far_out_a_tail_keeps_its_digits(k: int, n: int, p: float) -> None:
    assert at_least(k, n, p) == pytest.approx(float(stats.binom.sf(k - 1, n, p)), rel=1e-9)
    assert at_most(n - k, n, 1 - p) == pytest.approx(float(stats.binom.sf(k - 1, n, p)), rel=1e-9)
