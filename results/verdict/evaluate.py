"""Rules measured and judged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from fractions import Fraction

from results.metrics import COUNT, METRICS, MS, NEEDED, PERCENT, QUANTILES, RUN, Metric, percent, too_few
from results.snapshot.facts import Facts
from results.snapshot.histograms import Histogram, nearest_rank
from results.snapshot.run import ReasonRecord, ThresholdRow
from results.verdict.reasons import Reason
from results.verdict.reasons import thresholds as why
from results.verdict.rules import DESK, Bound, Rule, parse_gates

EVERY = "*"  # all operations, even where one of them has this very name


def measure(metric: str, facts: Facts, duration_s: float) -> tuple[Bound, Bound]:
    """(best, worst) that the metric can have been, in its unit; equal when no request was left unfinished.

    Latency of a subject that never got an answer is infinite. Raises ValueError when nothing was started.
    """
    if metric == "signed_in" and facts.seats:
        share = percent(facts.signed_in, facts.seats)
        return share, share
    if facts.started <= 0:
        raise ValueError("nothing was started")
    if counted := METRICS[metric].counted:
        count = getattr(facts, counted)
        return Fraction(count), Fraction(count + facts.unfinished)
    if METRICS[metric].part:
        return _share(METRICS[metric], facts)
    if metric == "throughput":
        span = Fraction(duration_s) if duration_s > 0 else Fraction(1, 10**9)
        in_time = facts.ok - facts.late
        return (in_time + facts.unfinished) / span, in_time / span
    return _latency(metric, facts)


def _share(metric: Metric, facts: Facts) -> tuple[Bound, Bound]:
    """What is unfinished would all have been a success at best, and none at worst."""
    part, whole = getattr(facts, metric.part), getattr(facts, metric.whole)
    few, many = percent(part, whole), percent(part + facts.unfinished, whole)
    return (many, few) if metric.more_is_better else (few, many)


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
    posts: Mapping[str, Facts] | None = None,
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
            subjects = _posts(glob, rule, posts or {}, rows)
        rows += [
            judge_rule(rule, name, facts, duration_s)
            for name, facts in subjects.items()
            if facts.requests or rule.unit in (PERCENT, COUNT) or name == glob
        ]
        if not subjects and not any(row.rule == rule.text and fnmatchcase(row.subject, glob) for row in rows):
            rows.append(_nothing(glob, rule))
    return rows


def _posts(glob: str, rule: Rule, posts: Mapping[str, Facts], rows: list[ThresholdRow]) -> dict[str, Facts]:
    """The units' posts that can be judged; the others get a row that says so."""
    found = {name: facts for name, facts in posts.items() if fnmatchcase(name, glob)}
    idle = [name for name, facts in found.items() if not facts.started and rule.metric != "signed_in"]
    rows += [_nothing(name, rule) for name in idle]
    return {name: facts for name, facts in found.items() if name not in idle}


def _subjects(glob: str, used: Mapping[str, Facts]) -> dict[str, Facts]:
    if glob in used and glob not in (RUN, EVERY):  # `GET /br[1]` is a name before it is a pattern
        return {glob: used[glob]}
    if glob != RUN:
        return {name: facts for name, facts in used.items() if fnmatchcase(name, glob)}
    whole = Facts()
    for facts in used.values():
        whole = whole.added(facts)
    return {RUN: whole} if used else {}


def _nothing(glob: str, rule: Rule) -> ThresholdRow:
    return row_of(rule, glob, None, None, why.NothingMade())


def row_of(
    rule: Rule, subject: str, value: float | None, passed: bool | None, note: Reason | None
) -> ThresholdRow:
    """The row of one rule on one subject."""
    return ThresholdRow(
        subject=subject,
        rule=rule.text,
        value=value,
        unit=rule.unit,
        passed=passed,
        metric=rule.metric,
        limit=rule.value,
        note=note.en if note else "",
        note_zh=note.zh if note else "",
        note_code=ReasonRecord(**note.record()) if note else None,
    )


def judge_rule(rule: Rule, subject: str, facts: Facts, duration_s: float) -> ThresholdRow:
    """One rule on one subject that has started at least one request."""
    best, worst = measure(rule.metric, facts, duration_s)
    passed = rule.holds(worst) if rule.holds(worst) == rule.holds(best) else None
    shown = worst if passed else best
    value = None if passed is None or math.isinf(shown) else float(shown)
    return row_of(rule, subject, value, passed, _note(rule, facts, passed, math.isinf(shown)))


def _note(rule: Rule, facts: Facts, passed: bool | None, unanswered: bool) -> Reason | None:
    if passed is None:
        return why.Unfinished(unfinished=facts.unfinished, started=facts.started)
    if unanswered:
        return why.NotAnswered()
    if too_few(rule.metric, facts.latency.total):
        needed, samples = NEEDED[rule.metric], facts.latency.total
        return why.FewSamples(samples=samples, metric=rule.metric, needed=needed, errors=facts.errors)
    if rule.unit == MS and facts.errors:
        return why.ErrorsAsFastest(errors=facts.errors)
    return None
