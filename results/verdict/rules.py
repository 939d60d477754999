"""Threshold rules: `p95 < 3s`, `error_rate < 0.1%`, `throughput >= 7/s`, `mean <= 200ms`.

What is compared, exactly (integers and fractions, no rounding before the comparison):

- p50 … p999, max, mean: latency from the intended start, in ms, over all finished requests of the subject.
  Errors are counted as if they had been the fastest, so a quick failure never improves a latency. Percentiles
  are nearest-rank values of the HdrHistogram, each at the highest value its counter stands for; the mean is
  the time of all finished requests over those that were answered.
- error_rate, rejection_rate: errors or rejected over requests started.
- throughput: successful requests per second of the run; those that were answered after the load had ended,
  while requests under way were waited for, are none of its seconds'.

A subject with a slash is a unit's post (`14301020000/invoice-desk`, `*/*`), whose transactions are judged:
latencies are those of whole transactions that ended by themselves, error_rate is the share of them that
failed, and two more metrics say how much came about:

- completion: transactions completed over those that ended by themselves.
- signed_in: operators who could begin to work over the seats of the plan.

Unfinished requests (begun, no outcome when the run ended) could have become anything. So a rule is judged for
the best and the worst they could have been: passed when it holds for both, failed when it holds for neither,
and otherwise not judged, which makes the verdict invalid. A pass is never a guess.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import NamedTuple

from results.snapshot.histograms import QUANTILES, Histogram, nearest_rank
from results.snapshot.run import ThresholdRow

RUN = "run"
DESK = "/"  # stands in the name of a unit's post and in no operation
LATENCIES = (*QUANTILES, "max", "mean")
SHARES = ("error_rate", "rejection_rate")
PRESENCE = ("completion", "signed_in")  # shares of which more is better; of units and posts only
METRICS = (*LATENCIES, *SHARES, "throughput", *PRESENCE)
OPERATORS = ("<", "<=", ">", ">=")

_UNITS: dict[str, dict[str, Fraction]] = {
    "ms": {"us": Fraction(1, 1000), "ms": Fraction(1), "s": Fraction(1000), "m": Fraction(60_000)},
    "%": {"%": Fraction(1)},
    "/s": {"/s": Fraction(1), "/m": Fraction(1, 60), "/h": Fraction(1, 3600), "/d": Fraction(1, 86400)},
}
_EXAMPLES = {"ms": "500ms or 3s", "%": "0.1%", "/s": "7/s or 420/m"}
_RULE = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(<=|>=|==|!=|=|<|>)\s*(-?\d+(?:\.\d+)?)\s*(\S*)\s*")

Bound = Fraction | float  # a Fraction, or math.inf


class RuleError(ValueError):
    """A rule that cannot be read: what is wrong with it and what to write instead."""

    def __init__(self, text: str, why: str, remedy: str) -> None:
        self.text, self.why, self.remedy = text, why, remedy
        super().__init__(f"rule {text!r}: {why}; {remedy}")


class Rule(NamedTuple):
    """`value` is the limit in `unit` (ms, % or /s); `exact` the same as a fraction."""

    metric: str
    op: str
    value: float
    unit: str
    text: str
    exact: Fraction

    def holds(self, measured: Bound) -> bool:
        return {
            "<": measured < self.exact,
            "<=": measured <= self.exact,
            ">": measured > self.exact,
            ">=": measured >= self.exact,
        }[self.op]


@dataclass(frozen=True)
class Facts:
    """What one subject did: counts of requests, and the latencies of those that finished.

    late: how many of `ok` were answered after the load had ended.
    """

    started: int = 0
    ok: int = 0
    rejected: int = 0
    errors: int = 0
    unfinished: int = 0
    latency: Histogram = field(default_factory=Histogram.empty)
    seats: int = 0
    signed_in: int = 0
    late: int = 0

    def added(self, other: Facts) -> Facts:
        return Facts(
            self.started + other.started,
            self.ok + other.ok,
            self.rejected + other.rejected,
            self.errors + other.errors,
            self.unfinished + other.unfinished,
            self.latency.added(other.latency),
            late=self.late + other.late,
        )


def parse_rule(text: str) -> Rule:
    """`p95 < 3s` -> Rule. Raises RuleError that says what to write instead."""
    match = _RULE.fullmatch(text)
    if not match:
        raise RuleError(text, "is not `metric operator limit`", "write it like `p95 < 3s`")
    metric, op, number, suffix = match.groups()
    if metric not in METRICS:
        raise RuleError(text, f"there is no metric {metric!r}", _suggest(metric))
    if op not in OPERATORS:
        raise RuleError(text, f"there is no operator {op!r}", f"use one of {' '.join(OPERATORS)}")
    unit = unit_of(metric)
    exact = Fraction(number) * _factor(text, unit, suffix, Fraction(number) == 0)
    if exact < 0:
        raise RuleError(text, "a limit below zero", "give a limit of zero or more")
    return Rule(metric, op, float(exact), unit, " ".join(text.split()), exact)


def parse_gate(text: str) -> Rule:
    """A rule that guards a run. Raises RuleError too where it would let pass what is slow or broken."""
    rule = parse_rule(text)
    wanted = ">" if rule.metric in ("throughput", *PRESENCE) else "<"
    if not rule.op.startswith(wanted):
        said = "slow enough" if rule.unit == "ms" else "bad enough"
        mended = re.sub("[<>]", wanted, rule.text)
        raise RuleError(text, f"it would pass a run that is {said}", f"write `{mended}`")
    if rule.exact == 0 and rule.op == "<":
        raise RuleError(text, "nothing is below zero", f"write `{rule.metric} <= 0`")
    if rule.unit == "%" and rule.exact > 100:
        raise RuleError(text, "a share is at most 100%", "give a share from 0% to 100%")
    return rule


def parse_gates(thresholds: Mapping[str, Iterable[str]]) -> list[tuple[str, Rule]]:
    """(glob, rule) in the order given. Raises RuleError."""
    return [(glob, parse_gate(text)) for glob, texts in thresholds.items() for text in texts]


def unit_of(metric: str) -> str:
    """ms, % or /s."""
    return "%" if metric in (*SHARES, *PRESENCE) else "/s" if metric == "throughput" else "ms"


def _suggest(metric: str) -> str:
    if re.fullmatch(r"[pP]\d+(\.\d+)?", metric):
        exact = metric.lower().replace(".", "")
        return f"did you mean {exact}?" if exact in METRICS else f"use one of {' '.join(QUANTILES)}"
    near = difflib.get_close_matches(metric.lower(), METRICS, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {' '.join(METRICS)}"


def _factor(text: str, unit: str, suffix: str, zero: bool) -> Fraction:
    if zero and not suffix:
        return Fraction(1)
    if suffix not in _UNITS[unit]:
        why = f"a limit in {suffix!r} does not fit this metric" if suffix else "the limit has no unit"
        raise RuleError(text, why, f"write it like {_EXAMPLES[unit]}")
    return _UNITS[unit][suffix]


def measure(metric: str, facts: Facts, duration_s: float) -> tuple[Bound, Bound]:
    """(best, worst) that the metric can have been, in its unit; equal when no request was left unfinished.

    Latency of a subject that never got an answer is infinite. Raises ValueError when nothing was started.
    """
    if metric == "signed_in" and facts.seats:
        share = _percent(facts.signed_in, facts.seats)
        return share, share
    if facts.started <= 0:
        raise ValueError("nothing was started")
    if metric == "completion":
        return _percent(facts.ok + facts.unfinished, facts.started), _percent(facts.ok, facts.started)
    if metric in SHARES:
        counted = facts.errors if metric == "error_rate" else facts.rejected
        return _percent(counted, facts.started), _percent(counted + facts.unfinished, facts.started)
    if metric == "throughput":
        span = Fraction(duration_s) if duration_s > 0 else Fraction(1, 10**9)
        in_time = facts.ok - facts.late
        return (in_time + facts.unfinished) / span, in_time / span
    return _latency(metric, facts)


def _percent(part: int, whole: int) -> Fraction:
    return Fraction(100 * part, whole)


def _latency(metric: str, facts: Facts) -> tuple[Bound, Bound]:
    """At best, unfinished requests had been answered at once; at worst, failed after the longest wait."""
    missing, answered = facts.unfinished, facts.latency.total - facts.errors
    if answered + missing <= 0:
        return math.inf, math.inf
    if metric == "mean":
        best = Fraction(facts.latency.sum_us(), 1000 * (answered + missing))
        return best, math.inf if missing else best
    q = QUANTILES.get(metric, Fraction(1))
    best_rank = facts.errors + nearest_rank(q, answered + missing) - missing
    if answered <= 0:
        return _at(facts.latency, best_rank), math.inf
    return _at(facts.latency, best_rank), _at(
        facts.latency, facts.errors + missing + nearest_rank(q, answered)
    )


def _at(latency: Histogram, rank: int) -> Bound:
    """The value at a rank in ms: 0 below the first (an unfinished one, at best), infinite past the last."""
    if rank < 1:
        return Fraction(0)
    return Fraction(latency.at_rank(rank), 1000) if rank <= latency.total else math.inf


def evaluate(
    thresholds: Mapping[str, Iterable[str]],
    operations: Mapping[str, Facts],
    duration_s: float,
    desks: Mapping[str, Facts] | None = None,
) -> list[ThresholdRow]:
    """A row for each rule and each operation that its glob matches and that was used; `run` is all together.

    desks: what each unit's post did, by `unit/post`. A glob that matches nothing that was used gives one row
    that could not be judged, and so does a post without transactions. Raises RuleError.
    """
    used = {name: facts for name, facts in sorted(operations.items()) if facts.started > 0}
    rows: list[ThresholdRow] = []
    for glob, rule in parse_gates(thresholds):
        subjects = _subjects(glob, used)
        if not subjects and DESK in glob:  # `GET /path`, of a user's own Locust file, is an operation
            subjects = _desks(glob, rule, desks or {}, rows)
        rows += [judge_rule(rule, name, facts, duration_s) for name, facts in subjects.items()]
        if not subjects and not any(row.rule == rule.text and fnmatchcase(row.subject, glob) for row in rows):
            rows.append(_nothing(glob, rule))
    return rows


def _desks(glob: str, rule: Rule, desks: Mapping[str, Facts], rows: list[ThresholdRow]) -> dict[str, Facts]:
    """The units' posts that can be judged; the others get a row that says so."""
    found = {name: facts for name, facts in desks.items() if fnmatchcase(name, glob)}
    idle = [name for name, facts in found.items() if not facts.started and rule.metric != "signed_in"]
    rows += [_nothing(name, rule) for name in idle]
    return {name: facts for name, facts in found.items() if name not in idle}


def _subjects(glob: str, used: Mapping[str, Facts]) -> dict[str, Facts]:
    if glob != RUN:
        return {name: facts for name, facts in used.items() if fnmatchcase(name, glob)}
    whole = Facts()
    for facts in used.values():
        whole = whole.added(facts)
    return {RUN: whole} if used else {}


def _nothing(glob: str, rule: Rule) -> ThresholdRow:
    return ThresholdRow(
        subject=glob,
        rule=rule.text,
        value=None,
        unit=rule.unit,
        passed=None,
        metric=rule.metric,
        limit=rule.value,
        note="no request of this kind was made: nothing to judge",
        note_zh="没有此类请求，无从判定",
    )


def judge_rule(rule: Rule, subject: str, facts: Facts, duration_s: float) -> ThresholdRow:
    """One rule on one subject that has started at least one request."""
    best, worst = measure(rule.metric, facts, duration_s)
    passed = rule.holds(worst) if rule.holds(worst) == rule.holds(best) else None
    shown = worst if passed else best
    note, note_zh = _note(rule, facts, passed, math.isinf(shown))
    return ThresholdRow(
        subject=subject,
        rule=rule.text,
        value=None if passed is None or math.isinf(shown) else float(shown),
        unit=rule.unit,
        passed=passed,
        metric=rule.metric,
        limit=rule.value,
        note=note,
        note_zh=note_zh,
    )


def _note(rule: Rule, facts: Facts, passed: bool | None, unanswered: bool) -> tuple[str, str]:
    if passed is None:
        return (
            f"{facts.unfinished} of {facts.started} requests were unfinished: it cannot be known",
            f"{facts.started} 个请求中有 {facts.unfinished} 个未完成，无法得知",
        )
    if unanswered:
        return "no request was answered", "没有请求得到应答"
    if rule.unit == "ms" and facts.errors:
        return (
            f"{facts.errors} errors counted as the fastest",
            f"{facts.errors} 个错误按最快计入",
        )
    return "", ""
