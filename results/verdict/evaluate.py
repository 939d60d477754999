"""Rules measured and judged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from fractions import Fraction

from results.snapshot.facts import Facts
from results.snapshot.histograms import QUANTILES, Histogram, nearest_rank
from results.snapshot.run import ThresholdRow
from results.verdict.rules import DESK, RUN, SHARES, Bound, Rule, parse_gates


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
