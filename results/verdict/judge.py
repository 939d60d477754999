"""The verdict on one run, and the files that carry it.

invalid: the measurement cannot be trusted (contradictions, a saturated generator, a run that was cut short, a
target that never answered, a rule with nothing to judge). fail: a threshold did not hold, no request
succeeded, bytes came that nobody had asked for, errors or refusals that no threshold looks at, the abort rule
fired, or the target went away after it had answered. pass: everything was judged, and held.
invalid outranks fail. The exception: a target that went away is gone, however the generator felt, and neither
that nor an abort needs a threshold to have been judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from results.metrics import ERROR_METRICS, REJECTION_METRICS, RUN, Quantity
from results.snapshot.run import Measured, ThresholdRow
from results.verdict.evaluate import evaluate
from results.verdict.reasons import Reason, as_recorded, generator, read
from results.verdict.reasons import evidence as left
from results.verdict.reasons import thresholds as rules
from results.verdict.rules import RuleError
from results.verdict.run_summary import Judgement, Manifest
from results.verdict.validity import user_file
from results.verdict.validity.evidence import Evidence, contradictions, read_evidence

__all__ = ["Judgement", "Manifest", "judge", "judge_evidence"]

# As in the load process: with at most one arrival in a thousand missing, no percentile up to p99 is moved.
DROPPED_SHARE = 0.001

# Refusals are part of business (a number that is taken, a deadline that is over): so many are let be.
FEW_REJECTED, REJECTED_SHARE = 2, 0.01


def judge(directory: Path, thresholds: Mapping[str, Iterable[str]]) -> Judgement:
    """The verdict on what a run left in `directory`. Raises only RuleError, for a bad rule."""
    return judge_evidence(read_evidence(directory), thresholds)


def judge_evidence(
    evidence: Evidence,
    thresholds: Mapping[str, Iterable[str]],
    optional: Iterable[str] = (),
    drill: bool = False,
) -> Judgement:
    """The same on evidence that is in memory already. optional: globs of operations that are not judged.
    drill: what the target refuses while it is disturbed is bounded by the drill's own rules."""
    measured = evidence.measured
    try:
        rows = evaluate(thresholds, evidence.facts(), measured.duration_s, evidence.posts())
        mixed: list[Reason] = []
    except ValueError as error:
        if isinstance(error, RuleError):
            raise
        rows, mixed = [], [left.HistogramsDiffer(detail=str(error))]
    untrusted = evidence.damage + mixed + contradictions(evidence) + _nothing_measured(evidence)
    gone, aborted = _gone(evidence), _aborted(evidence)
    doubts = _cut_short(evidence) + _generator(evidence)
    unjudged = _unjudged(rows)
    broken = [_broken(row) for row in rows if row.passed is False]
    own = user_file.exit_code(evidence) + user_file.exceptions(evidence, rows)
    answers = _no_success(evidence) + _unasked(evidence) + _by_no_rule(evidence, rows, tuple(optional), drill)
    failures = gone + aborted + own + answers + broken
    if untrusted or (doubts and not gone) or (unjudged and not gone + aborted):
        return Judgement("invalid", untrusted + doubts + unjudged + failures, rows)
    if failures:
        return Judgement("fail", failures + doubts + unjudged, rows)
    return Judgement("pass", [], rows)


def _nothing_measured(evidence: Evidence) -> list[Reason]:
    measured = evidence.measured
    started = sum(facts.started for facts in evidence.facts().values())
    if not started:
        return [left.NoRequest()]
    if not measured.answered:
        return [left.NeverAnswered()]
    if measured.duration_s <= 0:
        return [left.NoDuration()]
    return []


def _cut_short(evidence: Evidence) -> list[Reason]:
    ended, seconds = evidence.measured.ended, evidence.measured.duration_s
    if ended == "running":
        return [left.LoadProcessDied(seconds=seconds)]
    if ended == "interrupted":
        return [left.Interrupted(seconds=seconds)]
    return []


def _generator(evidence: Evidence) -> list[Reason]:
    """The load process says what was unhealthy; lost workers and dropped arrivals are not overlooked."""
    measured = evidence.measured
    if measured.unhealthy:
        return unhealthy(measured)
    found: list[Reason] = []
    if measured.generator.workers_lost:
        found.append(generator.WorkersLost(workers=measured.generator.workers_lost))
    dropped, due = measured.load.arrivals_dropped, measured.load.arrivals_due
    if dropped > DROPPED_SHARE * due:
        share = dropped / due if due else 1.0
        found.append(generator.ArrivalsDropped(dropped=dropped, due=due, share=share, bound=DROPPED_SHARE))
    return found


def unhealthy(measured: Measured) -> list[Reason]:
    """What the load process and the runner complained of; of an older snapshot, as it was written."""
    return as_recorded(measured.unhealthy, measured.unhealthy_codes)


def _unjudged(rows: list[ThresholdRow]) -> list[Reason]:
    if not rows:
        return [rules.NoThreshold()]
    return [
        rules.NotJudged(subject=row.subject, rule=row.rule, note=_note(row))
        for row in rows
        if row.passed is None
    ]


def _no_success(evidence: Evidence) -> list[Reason]:
    """Whatever the thresholds say: a target that took nothing did not hold."""
    if evidence.measured.answered and not any(facts.ok for facts in evidence.facts().values()):
        return [left.NoSuccess()]
    return []


def _unasked(evidence: Evidence) -> list[Reason]:
    """Whatever the thresholds say: whose answers these were cannot be known, nor whose the others are."""
    occasions = evidence.measured.connections.unasked
    return [left.Unasked(occasions=occasions)] if occasions else []


def _by_no_rule(
    evidence: Evidence, rows: list[ThresholdRow], optional: tuple[str, ...], drill: bool
) -> list[Reason]:
    """Errors, and more than a few refusals, that no threshold looks at are not fine; exceptions of a user's
    file: see user_file."""
    errors, rejections = (
        _looked_at(evidence, rows, metrics) for metrics in (ERROR_METRICS, REJECTION_METRICS)
    )
    found: list[Reason] = []
    for name, facts in sorted(evidence.facts().items()):
        if name in evidence.measured.exceptions or any(fnmatchcase(name, glob) for glob in optional):
            continue
        if facts.errors and not errors & {name, RUN}:
            found.append(rules.ErrorsByNoRule(operation=name, errors=facts.errors, of=facts.started))
        few = max(FEW_REJECTED, REJECTED_SHARE * facts.started)
        # what never succeeds is told by itself (results.verdict.validity.carried_out)
        if facts.ok and facts.rejected > few and not drill and not rejections & {name, RUN}:
            told = rules.RejectionsByNoRule(operation=name, rejected=facts.rejected, of=facts.started)
            found.append(told)
    return found


def _looked_at(evidence: Evidence, rows: list[ThresholdRow], metrics: tuple[str, ...]) -> set[str]:
    """Operations of which a threshold bounds one of these metrics; RUN for all of them, which a rule on posts
    does where it looks at each post that had a failure."""
    posts = evidence.posts()  # whose error_rate is of transactions that failed, for whatever reason
    held = {
        row.subject
        for row in rows
        if row.metric in (*metrics, "completion") or (row.subject in posts and row.metric in ERROR_METRICS)
    }
    failed = {name for name, facts in posts.items() if facts.errors}
    return held | {RUN} if held & posts.keys() and failed <= held else held


def _gone(evidence: Evidence) -> list[Reason]:
    ended = evidence.measured.ended
    return [left.TargetGone()] if ended == "target_lost" and evidence.measured.answered else []


def _aborted(evidence: Evidence) -> list[Reason]:
    if evidence.measured.ended != "aborted":
        return []
    return [left.Aborted(seconds=evidence.measured.duration_s)]


def _broken(row: ThresholdRow) -> Reason:
    if row.value is None:
        return rules.NoValue(subject=row.subject, rule=row.rule, note=_note(row))
    return rules.Broken(
        subject=row.subject,
        metric=row.metric,
        value=Quantity(row.value, row.unit),
        limit=row.rule.removeprefix(row.metric).strip(),
        note=_note(row),
    )


def _note(row: ThresholdRow) -> Reason | None:
    return read(row.note_code.model_dump()) if row.note_code else None
