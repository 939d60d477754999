"""Fault specifications as text: `kind=value[:operation-glob]`.

    latency=20ms            latency=lognormal(20ms,80ms):*.query      added to every answer
    errors=2%               errors=2%:declaration.*                   answered 500, nothing done
    stall=2s/10s            2 s in every 10 s nothing is answered
    capacity=4x20ms         4 servers, 20 ms of service each, one queue; also 4xexponential(20ms)
    degrade=50%/10m         capacity falls by half over 10 min; degrade=50%/20000: over 20,000 requests
    leak=20KB               memory kept by every request
    lost-write=1%           acknowledged, and not stored
    duplicate-write=1%      acknowledged, and stored twice
    alter-amount=1%         acknowledged, and stored with other amounts
    late-write=1%/3s        acknowledged, and stored 3 s later
    empty-paper=1%          a printed paper of no bytes
    cut-paper=1%            without its last 20 bytes, and a Content-Length that says so
    swapped-paper=1%        the last one of another taxpayer
    wrong-paper=1%          with another amount, period, capitals or serial, in turn
    moved-paper=1%          its fields 5 mm to the right
    crash=after:1000        SIGKILL to itself; also crash=at:5s, crash=now

Distributions of time: `20ms`, `lognormal(median,p95)`, `exponential(mean)`, `uniform(least,most)`,
`mix(usual,rare,share)`. Durations take ms, s, m, h; shares take %.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from random import Random
from typing import NamedTuple

KINDS = {
    "latency": "latency=20ms or latency=lognormal(20ms,80ms)",
    "errors": "errors=2%",
    "stall": "stall=2s/10s",
    "capacity": "capacity=4x20ms",
    "degrade": "degrade=50%/10m or degrade=50%/20000",
    "leak": "leak=20KB",
    "lost-write": "lost-write=1%",
    "duplicate-write": "duplicate-write=1%",
    "alter-amount": "alter-amount=1%",
    "late-write": "late-write=1%/3s",
    **{f"{kind}-paper": f"{kind}-paper=1%" for kind in ("empty", "cut", "swapped", "wrong", "moved")},
    "crash": "crash=after:1000, crash=at:5s or crash=now",
}
PAPER, PRINTS = "-paper", "printing."
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZES = {"B": 1, "KB": 1024, "MB": 1024**2}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%")
_CALL = re.compile(r"(lognormal|exponential|uniform|mix)\(([^()]*)\)")
_P95 = 1.6448536269514722
"""The 95 % quantile of the standard normal distribution."""


class FaultError(ValueError):
    """A fault specification that cannot be used; the message says what is wrong and what to write."""


class Times(NamedTuple):
    """A distribution of seconds: how it was written, its mean, and a draw from it."""

    text: str
    mean_s: float
    draw: Callable[[Random], float]


class Spec(NamedTuple):
    """One parsed fault; which of the values are set depends on the kind."""

    text: str
    kind: str
    glob: str
    times: Times | None = None
    share: float = 0.0
    seconds: float = 0.0
    period_s: float = 0.0
    number: int = 0

    def covers(self, operation: str) -> bool:
        """Whether the fault is meant for an operation; those of papers only for what prints them."""
        return fnmatchcase(operation, self.glob) and (not self.of_papers or operation.startswith(PRINTS))

    @property
    def of_papers(self) -> bool:
        return self.kind.endswith(PAPER)


def parse(text: str, operations: tuple[str, ...]) -> Spec:
    """Read one specification; `operations` are the names that its glob must match one of."""
    kind, equals, rest = text.partition("=")
    if not equals or kind not in KINDS:
        known = ", ".join(KINDS)
        raise FaultError(f"fault {text!r}: unknown kind {kind!r}; write kind=value with one of {known}")
    value, glob = _split_glob(kind, rest)
    try:
        spec = _PARSERS[kind](Spec(text, kind, glob), value)
    except FaultError as error:
        raise FaultError(f"fault {text!r}: {error}; write {KINDS[kind]}") from None
    if not any(spec.covers(operation) for operation in operations):
        raise FaultError(
            f"fault {text!r}: no operation matches {glob!r}; operations are {', '.join(operations)}"
        )
    return spec


def _split_glob(kind: str, rest: str) -> tuple[str, str]:
    if kind == "crash":
        return rest, "*"
    value, colon, glob = rest.partition(":")
    return value, glob if colon else "*"


def duration(text: str) -> float:
    """Seconds of a duration with its unit."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise FaultError(f"{text!r} is not a duration such as 500ms or 2s")
    return float(match[1]) * _UNITS[match[2]]


def share(text: str) -> float:
    """A share in [0, 1] of a percentage."""
    match = _SHARE.fullmatch(text)
    if not match or float(match[1]) > 100:
        raise FaultError(f"{text!r} is not a share such as 2%")
    return float(match[1]) / 100


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:10]) > 0 and len(text) < 10):
        raise FaultError(f"{text!r} is not a count above 0")
    return int(text)


def times(text: str) -> Times:
    """A distribution of seconds."""
    call = _CALL.fullmatch(text)
    if not call:
        fixed = duration(text)
        return Times(text, fixed, lambda random: fixed)
    arguments = [argument.strip() for argument in call[2].split(",")]
    needed = {"lognormal": 2, "exponential": 1, "uniform": 2, "mix": 3}[call[1]]
    if len(arguments) != needed:
        raise FaultError(f"{call[1]} takes {needed} values, found {len(arguments)}")
    return _DISTRIBUTIONS[call[1]](text, arguments)


def _lognormal(text: str, arguments: list[str]) -> Times:
    median, p95 = duration(arguments[0]), duration(arguments[1])
    if not 0 < median <= p95:
        raise FaultError(f"{text!r} must have 0 < median <= p95")
    mu, sigma = math.log(median), math.log(p95 / median) / _P95
    return Times(text, math.exp(mu + sigma**2 / 2), lambda random: random.lognormvariate(mu, sigma))


def _exponential(text: str, arguments: list[str]) -> Times:
    mean = duration(arguments[0])
    if mean <= 0:
        raise FaultError(f"{text!r} must have a mean above 0")
    return Times(text, mean, lambda random: random.expovariate(1 / mean))


def _uniform(text: str, arguments: list[str]) -> Times:
    least, most = duration(arguments[0]), duration(arguments[1])
    if least > most:
        raise FaultError(f"{text!r} must have its least value first")
    return Times(text, (least + most) / 2, lambda random: random.uniform(least, most))


def _mix(text: str, arguments: list[str]) -> Times:
    usual, rare, rarely = duration(arguments[0]), duration(arguments[1]), share(arguments[2])
    mean = usual * (1 - rarely) + rare * rarely
    return Times(text, mean, lambda random: rare if random.random() < rarely else usual)


_DISTRIBUTIONS = {"lognormal": _lognormal, "exponential": _exponential, "uniform": _uniform, "mix": _mix}


def _parse_latency(spec: Spec, value: str) -> Spec:
    return spec._replace(times=times(value))


def _parse_share(spec: Spec, value: str) -> Spec:
    return spec._replace(share=share(value))


def _parse_late(spec: Spec, value: str) -> Spec:
    part, slash, later = value.partition("/")
    if not slash:
        raise FaultError(f"{value!r} does not say how much later")
    return spec._replace(share=share(part), seconds=duration(later))


def _parse_stall(spec: Spec, value: str) -> Spec:
    length, slash, period = value.partition("/")
    if not slash:
        raise FaultError(f"{value!r} names no period")
    seconds, period_s = duration(length), duration(period)
    if not 0 < seconds < period_s:
        raise FaultError(f"{value!r} must stall for less than its period, and more than 0")
    return spec._replace(seconds=seconds, period_s=period_s)


def _parse_capacity(spec: Spec, value: str) -> Spec:
    servers, cross, service = value.partition("x")
    if not cross:
        raise FaultError(f"{value!r} names no service time")
    found = times(service)
    if found.mean_s <= 0:
        raise FaultError(f"{service!r} must be above 0")
    spec = spec._replace(times=found, number=_count(servers))
    if spec.number > 10_000:
        raise FaultError(f"{servers} servers are more than 10000")
    return spec


def _parse_degrade(spec: Spec, value: str) -> Spec:
    drop, slash, over = value.partition("/")
    if not slash:
        raise FaultError(f"{value!r} does not say over what")
    spec = spec._replace(share=share(drop))
    if spec.share >= 1:
        raise FaultError(f"{drop} leaves nothing")
    if over.isascii() and over.isdigit():
        return spec._replace(number=_count(over))
    spec = spec._replace(seconds=duration(over))
    if spec.seconds <= 0:
        raise FaultError(f"{over!r} must be above 0")
    return spec


def _parse_leak(spec: Spec, value: str) -> Spec:
    match = re.fullmatch(r"(\d{1,6})(B|KB|MB)", value)
    if not match or int(match[1]) * _SIZES[match[2]] > 100 * 1024**2:
        raise FaultError(f"{value!r} is not a size up to 100MB")
    return spec._replace(number=int(match[1]) * _SIZES[match[2]])


def _parse_crash(spec: Spec, value: str) -> Spec:
    when, _, what = value.partition(":")
    if value == "now":
        return spec
    if when == "after":
        return spec._replace(number=_count(what))
    if when == "at":
        return spec._replace(seconds=duration(what))
    raise FaultError(f"{value!r} is neither after:COUNT, at:DURATION nor now")


_PARSERS: dict[str, Callable[[Spec, str], Spec]] = {
    "latency": _parse_latency,
    "errors": _parse_share,
    "stall": _parse_stall,
    "capacity": _parse_capacity,
    "degrade": _parse_degrade,
    "leak": _parse_leak,
    "lost-write": _parse_share,
    "duplicate-write": _parse_share,
    "alter-amount": _parse_share,
    "late-write": _parse_late,
    "crash": _parse_crash,
    **{kind: _parse_share for kind in KINDS if kind.endswith(PAPER)},
}
