"""The table of metrics, held: a change here changes what every threshold and comparison means."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from results import metrics
from results.errors import Damage
from results.metrics import METRICS, QUANTILES, RANGE, SECONDS, UNITS, margin, rounded_share, show, unit_of


def test_the_table() -> None:
    assert [
        (one.name, one.unit, one.more_is_better, one.posts, one.compared) for one in METRICS.values()
    ] == [
        ("p50", "ms", False, False, True),
        ("p90", "ms", False, False, True),
        ("p95", "ms", False, False, True),
        ("p99", "ms", False, False, True),
        ("p999", "ms", False, False, False),
        ("max", "ms", False, False, False),
        ("mean", "ms", False, False, False),
        ("error_rate", "%", False, False, False),
        ("rejection_rate", "%", False, False, False),
        ("errors", "", False, False, False),
        ("rejections", "", False, False, False),
        ("throughput", "/s", True, False, False),
        ("completion", "%", True, True, False),
        ("signed_in", "%", True, True, False),
    ]
    assert all(one.formula for one in METRICS.values())


def test_what_follows_from_the_table() -> None:
    assert {name: float(q) for name, q in QUANTILES.items()} == {
        "p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999,
    }  # fmt: skip
    assert METRICS["max"].quantile == 1
    assert metrics.SHARES == ("error_rate", "rejection_rate")
    assert metrics.PRESENCE == ("completion", "signed_in")
    assert metrics.COMPARED == ("p50", "p90", "p95", "p99")
    assert metrics.MORE_IS_BETTER == ("throughput", "completion", "signed_in")
    ratios = {name: (one.part, one.whole) for name, one in METRICS.items() if one.part}
    assert ratios == {
        "error_rate": ("errors", "started"),
        "rejection_rate": ("rejected", "started"),
        "completion": ("ok", "started"),
        "signed_in": ("signed_in", "seats"),
    }
    assert [unit_of(name) for name in ("p95", "error_rate", "throughput", "typical")] == [
        "ms",
        "%",
        "/s",
        "ms",
    ]
    assert metrics.percent(1, 3) == Fraction(100, 3)


def test_units_as_people_write_them() -> None:
    assert {suffix: float(size) for suffix, size in SECONDS.items()} == {
        "us": 1e-6, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400,
    }  # fmt: skip
    assert {
        "ms": {"us": Fraction(1, 1000), "ms": 1, "s": 1000, "m": 60_000},
        "%": {"%": 1},
        "/s": {"/s": 1, "/m": Fraction(1, 60), "/h": Fraction(1, 3600), "/d": Fraction(1, 86400)},
        "": {"": 1},
    } == UNITS
    assert {
        "ms": (Fraction(1, 1000), 3_600_000),
        "%": (0, 100),
        "/s": (0, math.inf),
        "": (0, math.inf),
    } == RANGE


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (None, "ms", "–"),
        (0.9994, "ms", "999 µs"),
        (1, "ms", "1 ms"),
        (999.94, "ms", "999.9 ms"),
        (1000, "ms", "1 s"),
        (2999, "ms", "2.999 s"),
        (119_999, "ms", "120 s"),
        (120_000, "ms", "2 min"),
        (0.12345, "%", "0.1235%"),
        (7, "/s", "7/s"),
    ],
)
def test_a_value_with_its_unit(value: float | None, unit: str, said: str) -> None:
    assert show(value, unit) == said
    if value is not None:
        assert str(metrics.Quantity(value, unit)) == said


def test_other_numbers_for_people() -> None:
    assert [metrics.bare_milliseconds(value) for value in (0.3124, 999.94, 1000, 62_031)] == [
        "0.3124", "999.9", "1,000", "62,031",
    ]  # fmt: skip
    assert metrics.count(12_345_678) == "12,345,678"
    assert [metrics.seconds(value) for value in (15, 59.94, 60, 200.4, 3599.4, 3600, 3725)] == [
        "15.0 s", "59.9 s", "1 min 00 s", "3 min 20 s", "59 min 59 s", "1 h 00 min", "1 h 02 min",
    ]  # fmt: skip
    assert [rounded_share(value) for value in (0, 0.004, 0.0001, 0.254, 0.994, 0.996, 0.9999, 1)] == [
        "0%", "0.4%", "< 0.1%", "25%", "99%", "99.6%", "99.9%", "100%",
    ]  # fmt: skip


def test_the_margin_of_a_value() -> None:
    assert margin("p95", 750, 1000) == 0.25
    assert margin("p95", 1500, 1000) == -0.5
    assert margin("throughput", 8, 10) == pytest.approx(-0.2)
    assert margin("completion", 90, 60) == 0.5
    assert margin("p95", None, 1000) is None
    assert margin("error_rate", 1, 0) is None
    assert margin("error_rate", 0, None) is None


def test_damage_says_file_line_and_what() -> None:
    assert str(Damage("timeline.csv", "missing")) == "timeline.csv is missing"
    assert str(Damage("timeline.csv", "cut off", 7)) == "timeline.csv: line 7 is cut off"
    assert str(Damage("latency.hlog", "damaged", 3, "bad length")) == "latency.hlog: line 3: bad length"
