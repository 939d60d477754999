"""The metrics of a run, once: name, unit, direction, exact formula; and how numbers are written for people.

This module imports nothing of ours, so that the load process, the judge, a comparison and the pages mean the
same by a name. What is measured of a subject (an operation, a unit's post, or `run` for all together):

started, ok, rejected, errors   requests begun, and how they ended; of a post: its transactions
latency                         from the intended start to the last byte; a HdrHistogram in microseconds
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

RUN = "run"  # the subject that means all operations together
COUNTED = ("started", "ok", "rejected", "errors")  # of each operation, each second

MS, PERCENT, PER_SECOND, COUNT = "ms", "%", "/s", ""

# Suffixes of times as people write them, in seconds.
SECONDS: dict[str, Fraction] = {
    "us": Fraction(1, 1_000_000),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
# unit -> suffix -> how much of the unit it is
UNITS: dict[str, dict[str, Fraction]] = {
    MS: {suffix: 1000 * SECONDS[suffix] for suffix in ("us", "ms", "s", "m")},
    PERCENT: {"%": Fraction(1)},
    PER_SECOND: {f"/{suffix}": 1 / SECONDS[suffix] for suffix in ("s", "m", "h", "d")},
    COUNT: {"": Fraction(1)},
}
# What can be measured: latencies are counted from 1 us to 1 h (see results.snapshot.histograms).
RANGE: dict[str, tuple[Fraction, Fraction | float]] = {
    MS: (Fraction(1, 1000), Fraction(3_600_000)),
    PERCENT: (Fraction(0), Fraction(100)),
    PER_SECOND: (Fraction(0), math.inf),
    COUNT: (Fraction(0), math.inf),
}
TIGHTER = {MS: "3s", PERCENT: "0.1%", PER_SECOND: "7/s", COUNT: "3"}
EXAMPLES = {MS: "500ms or 3s", PERCENT: "0.1%", PER_SECOND: "7/s or 420/m", COUNT: "3"}

COMPARE: dict[str, Callable[[Fraction | float, Fraction | float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Metric:
    """One row of the table.

    quantile: of latency, by nearest rank (results.snapshot.histograms). part, whole: names of counts whose
    ratio it is. counted: name of the count that it is itself. posts: it is known of units' posts only.
    compared: its noise within a run is known, so that runs can be compared by it.
    """

    name: str
    unit: str
    more_is_better: bool
    formula: str
    quantile: Fraction | None = None
    part: str = ""
    whole: str = ""
    posts: bool = False
    compared: bool = False
    counted: str = ""


def _percentile(name: str, quantile: Fraction, *, compared: bool) -> Metric:
    formula = "latency at the nearest rank, ceil(q * n) of n finished requests (Hyndman & Fan 1996, def. 1)"
    return Metric(name, MS, False, formula, quantile=quantile, compared=compared)


def _ratio(name: str, part: str, whole: str, *, more: bool, posts: bool) -> Metric:
    return Metric(name, PERCENT, more, f"100 * {part} / {whole}", part=part, whole=whole, posts=posts)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        _percentile("p50", Fraction(50, 100), compared=True),
        _percentile("p90", Fraction(90, 100), compared=True),
        _percentile("p95", Fraction(95, 100), compared=True),
        _percentile("p99", Fraction(99, 100), compared=True),
        _percentile("p999", Fraction(999, 1000), compared=False),
        Metric("max", MS, False, "the highest latency", quantile=Fraction(1)),
        Metric("mean", MS, False, "sum of latencies / requests answered"),
        _ratio("error_rate", "errors", "started", more=False, posts=False),
        _ratio("rejection_rate", "rejected", "started", more=False, posts=False),
        Metric("errors", COUNT, False, "errors", counted="errors"),
        Metric("rejections", COUNT, False, "rejected", counted="rejected"),
        Metric("throughput", PER_SECOND, True, "ok, answered while the load lasted / seconds of the run"),
        _ratio("completion", "ok", "started", more=True, posts=True),
        _ratio("signed_in", "signed_in", "seats", more=True, posts=True),
    )
}

QUANTILES: dict[str, Fraction] = {
    metric.name: metric.quantile
    for metric in METRICS.values()
    if metric.quantile is not None and metric.quantile < 1
}


def titled(percentile: str) -> str:
    """A percentile's name as people read it: `p99.9` of `p999`."""
    return percentile if len(percentile) < 4 else f"{percentile[:3]}.{percentile[3:]}"


NEEDED: dict[str, int] = {name: math.ceil(1 / (1 - q)) for name, q in QUANTILES.items()}
MOST_TIMES = 1_000_000  # a change that is greater is not told more exactly
FEW = "*"  # beside a percentile of fewer latencies than it needs: its nearest rank is their highest
_SCARCE = [(titled(name), needed) for name, needed in NEEDED.items() if needed > 2]
FEW_SAID = (
    "* of fewer requests than it needs ({}): it is their highest".format(
        ", ".join(f"{title} {needed:,}" for title, needed in _SCARCE)
    ),
    "* 请求数不足（{}），该值即最大值".format(
        "、".join(f"{title} 需 {needed:,}" for title, needed in _SCARCE)
    ),
)
ERROR_METRICS = tuple(name for name, one in METRICS.items() if "errors" in (one.part, one.counted))
REJECTION_METRICS = tuple(name for name, one in METRICS.items() if "rejected" in (one.part, one.counted))
SHARES = tuple(name for name, one in METRICS.items() if one.part and not one.more_is_better)  # of failures
PRESENCE = tuple(name for name, one in METRICS.items() if one.posts)
COMPARED = tuple(name for name, one in METRICS.items() if one.compared)
MORE_IS_BETTER = tuple(name for name, one in METRICS.items() if one.more_is_better)


def unit_of(metric: str) -> str:
    """ms, %, /s or nothing; of a comparison's own metrics (`typical`), too, which are latencies."""
    return METRICS[metric].unit if metric in METRICS else MS


def too_few(metric: str, samples: int) -> bool:
    """Whether a percentile of so many latencies is but the highest of them."""
    return 0 < samples < NEEDED.get(metric, 0)


def percent(part: int, whole: int) -> Fraction:
    """A share in per cent, exactly."""
    return Fraction(100 * part, whole)


class Quantity(NamedTuple):
    """A number with its unit, as `show` writes it."""

    value: float
    unit: str

    def __str__(self) -> str:
        return show(self.value, self.unit)


def show(value: float | None, unit: str) -> str:
    """`show(5210, "ms")` is `5.21 s`; four significant digits, so that 2.999 s is not shown as 3 s."""
    if value is None:
        return "–"
    if unit == MS:
        return milliseconds(value)
    if unit == PERCENT:
        return f"{_per_cent(value)}%"
    if unit == COUNT:
        return f"{value:,.0f}"
    return f"{value:.4g}{unit}"


def _per_cent(value: float) -> str:
    """Four digits, and more where they would say that it is all; below 0.0001 that it is less."""
    if 0 < value < 0.0001:
        return "< 0.0001"
    text = f"{value:.4g}"
    digits = 2
    while value < 100 and float(text) >= 100:
        text, digits = f"{value:.{digits}f}", digits + 1
    return text


def milliseconds(value: float) -> str:
    """µs below 1 ms, ms below 1 s, s below 2 min, else min; nothing is `0 ms`."""
    if 0 < value < 1:
        return f"{value * 1000:.0f} µs"
    if value < 1000:
        return f"{value:.4g} ms"
    if value < 120_000:
        return f"{value / 1000:.4g} s"
    return f"{value / 60_000:.4g} min"


def bare_milliseconds(value: float) -> str:
    """For a column that names its unit: `0.312`, `4.127`, `11.59`, `1,905`, `62,031`."""
    return f"{value:.4g}" if value < 1000 else f"{value:,.0f}"


def count(value: int) -> str:
    """`12,345,678`."""
    return f"{value:,}"


def seconds(value: float) -> str:
    """`1 h 02 min`, `3 min 20 s`, `15.0 s`."""
    if value < 60:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def margin(metric: str, value: float | None, limit: float | None) -> float | None:
    """How far inside its limit a value is, as a share of the limit: 0.25 = 25 % to spare, below 0 beyond."""
    if value is None or not limit:
        return None
    return (value - limit if metric in MORE_IS_BETTER else limit - value) / limit


def rounded_share(share: float | Fraction, digits: int = 0) -> str:
    """A part of a whole in per cent with so many decimals: `25%`, `62.9%`. What is not nothing, or not all,
    does not read as if it were: `0.3%`, `< 0.1%`; a part that would round to the whole is rounded down.
    """
    places = max(1, digits)
    if 0 < share < Fraction(1, 10 ** (places + 2)):
        return f"< {10.0**-places:.{places}f}%"
    text = f"{float(share):.{digits}%}"
    if share > 0 and text == f"{0:.{digits}%}":
        return f"{100 * float(share):.1g}%"
    if share < 1 and text == f"{1:.{digits}%}":
        most = 10 ** (places + 2)
        return f"{min(math.floor(share * most), most - 1) / 10**places:.{places}f}%"
    return text


def change(value: float, digits: int = 1) -> str:
    """A change as a share of what was before: `+12.1%`, and what rounds to nothing `+0.0%` from either side.
    From ten times on, and below a hundredth, as a multiple: `×12.3`, `×236,871`, `×1/150`.
    """
    times = 1 + value
    if times >= 10:
        return f">×{MOST_TIMES:,}" if times > MOST_TIMES else f"×{times:,.{1 if times < 100 else 0}f}"
    if 0 < times < 0.01:
        return f"<×1/{MOST_TIMES:,}" if 1 / times > MOST_TIMES else f"×1/{1 / times:,.0f}"
    return f"{round(100 * value, digits) + 0.0:+.{digits}f}%"
