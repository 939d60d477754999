"""Quantities as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.core.units import per_second, seconds, share, spell_seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500ms", 0.5),
        ("2s", 2),
        ("10m", 600),
        ("1h", 3600),
        ("1m30s", 90),
        ("1.5h", 5400),
        ("0s", 0),
        ("1d", 86400),
    ],
)
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("7/s", 7), ("420/m", 7), ("3600/h", 1), ("86400/d", 1), ("0.5 / s", 0.5)]
)
def test_rates(text: str, value: float) -> None:
    assert per_second(text) == value


def test_shares() -> None:
    assert (share("0.1%"), share("100%"), share("50 %")) == (0.001, 1.0, 0.5)


@pytest.mark.parametrize("value", ["5", "5x", "s", "", "5 s", "-", "1s2", True, None, ["5s"], "1e3s", "٣s"])
def test_what_is_no_duration_is_refused_with_the_remedy(value: object) -> None:
    with pytest.raises(ValueError, match="500ms, 2s, 10m or 1h"):
        seconds(value)


def test_a_number_without_a_unit_and_a_negative_one_say_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="has no unit"):
        seconds(5)
    with pytest.raises(ValueError, match="must be > 0"):
        seconds("-5s")
    with pytest.raises(ValueError, match="7/s, 420/m"):
        per_second("7 per second")


@given(st.integers(min_value=0, max_value=10**9))
def test_a_spelt_duration_reads_back(milliseconds: int) -> None:
    value = milliseconds / 1000
    assert seconds(spell_seconds(value)) == pytest.approx(value, abs=5e-4, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "text"), [(90, "1m30s"), (0.5, "500ms"), (3600, "1h"), (12, "12s"), (0, "0s")]
)
def test_durations_are_spelt_as_a_person_would(value: float, text: str) -> None:
    assert spell_seconds(value) == text
