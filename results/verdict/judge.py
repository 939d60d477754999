"""The verdict on one run, and the files that carry it.

invalid: the measurement cannot be trusted (contradictions, a saturated generator, a run that was cut short, a
target that never answered, a rule with nothing to judge). fail: a threshold did not hold, no request
succeeded, the abort rule fired, or the target went away after it had answered. pass: everything was judged,
and held.
invalid outranks fail. The exception: a target that went away is gone, however the generator felt, and neither
that nor an abort needs a threshold to have been judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from results.report.wording import show
from results.snapshot.run import ThresholdRow, Verdict
from results.verdict.evaluate import evaluate
from results.verdict.evidence import Evidence, Reason, contradictions, read_evidence
from results.verdict.reasons import in_chinese
from results.verdict.rules import RuleError
from results.verdict.run_summary import Judgement, Manifest

__all__ = ["Judgement", "Manifest", "judge", "judge_evidence"]

# As in the load process: with at most one arrival in a thousand missing, no percentile up to p99 is moved.
DROPPED_SHARE = 0.001


def judge(directory: Path, thresholds: Mapping[str, Iterable[str]]) -> Judgement:
    """The verdict on what a run left in `directory`. Raises only RuleError, for a bad rule."""
    return judge_evidence(read_evidence(directory), thresholds)


def judge_evidence(evidence: Evidence, thresholds: Mapping[str, Iterable[str]]) -> Judgement:
    """The same on evidence that is in memory already."""
    measured = evidence.measured
    try:
        rows = evaluate(thresholds, evidence.facts(), measured.duration_s, evidence.desks())
        mixed: list[Reason] = []
    except ValueError as error:
        if isinstance(error, RuleError):
            raise
        rows, mixed = [], [Reason(f"histograms do not add up: {error}", f"直方图无法相加：{error}")]
    untrusted = evidence.damage + mixed + contradictions(evidence) + _nothing_measured(evidence)
    gone, aborted = _gone(evidence), _aborted(evidence)
    doubts = _cut_short(evidence) + _generator(evidence)
    unjudged = _unjudged(rows)
    failures = gone + aborted + _no_success(evidence) + [_broken(row) for row in rows if row.passed is False]
    if untrusted or (doubts and not gone) or (unjudged and not gone + aborted):
        return _judgement("invalid", untrusted + doubts + unjudged + failures, rows)
    if failures:
        return _judgement("fail", failures + doubts + unjudged, rows)
    return _judgement("pass", [], rows)


def _judgement(verdict: Verdict, reasons: list[Reason], rows: list[ThresholdRow]) -> Judgement:
    return Judgement(verdict, [reason.en for reason in reasons], rows, [reason.zh for reason in reasons])


def _nothing_measured(evidence: Evidence) -> list[Reason]:
    measured = evidence.measured
    started = sum(facts.started for facts in evidence.facts().values())
    if not started:
        return [Reason("no request was sent", "没有发出任何请求")]
    if not measured.answered:
        return [Reason("the target never answered", "被测系统从未应答")]
    if measured.duration_s <= 0:
        return [Reason("the run has no duration", "运行时长为零")]
    return []


def _cut_short(evidence: Evidence) -> list[Reason]:
    ended, seconds = evidence.measured.ended, f"{evidence.measured.duration_s:.0f}"
    if ended == "running":
        return [Reason(f"the load process died after {seconds} s", f"负载进程在 {seconds} 秒后中断")]
    if ended == "interrupted":
        return [Reason(f"interrupted after {seconds} s", f"运行 {seconds} 秒后被人为中断")]
    return []


def _generator(evidence: Evidence) -> list[Reason]:
    """The load process says what was unhealthy; lost workers and dropped arrivals are not overlooked."""
    measured = evidence.measured
    if measured.unhealthy:
        return [Reason(text, in_chinese(text)) for text in measured.unhealthy]
    found = []
    if measured.generator.workers_lost:
        lost = measured.generator.workers_lost
        found.append(Reason(f"{lost} load worker(s) were lost", f"丢失 {lost} 个负载进程"))
    if measured.load.arrivals_dropped > DROPPED_SHARE * measured.load.arrivals_due:
        dropped, due = measured.load.arrivals_dropped, measured.load.arrivals_due
        found.append(
            Reason(f"{dropped} of {due} arrivals were dropped", f"{due} 个到达中有 {dropped} 个被丢弃")
        )
    return found


def _unjudged(rows: list[ThresholdRow]) -> list[Reason]:
    if not rows:
        return [Reason("the scenario states no threshold: nothing to judge", "场景未设阈值，无从判定")]
    return [
        Reason(f"{row.subject}: {row.rule}: {row.note}", f"{row.subject}：{row.rule}：{row.note_zh}")
        for row in rows
        if row.passed is None
    ]


def _no_success(evidence: Evidence) -> list[Reason]:
    """Whatever the thresholds say: a target that took nothing did not hold."""
    if evidence.measured.answered and not any(facts.ok for facts in evidence.facts().values()):
        return [Reason("no request succeeded", "没有任何请求成功")]
    return []


def _gone(evidence: Evidence) -> list[Reason]:
    ended = evidence.measured.ended
    if ended == "target_lost" and evidence.measured.answered:
        return [Reason("the target stopped answering during the run", "被测系统在运行中停止应答")]
    return []


def _aborted(evidence: Evidence) -> list[Reason]:
    if evidence.measured.ended != "aborted":
        return []
    seconds = f"{evidence.measured.duration_s:.0f}"
    return [Reason(f"the abort rule stopped the run after {seconds} s", f"运行 {seconds} 秒后触发中止规则")]


def _broken(row: ThresholdRow) -> Reason:
    if row.value is None:
        return Reason(f"{row.subject}: {row.rule}: {row.note}", f"{row.subject}：{row.rule}：{row.note_zh}")
    value = show(row.value, row.unit)
    note, note_zh = (f" ({row.note})", f"（{row.note_zh}）") if row.note else ("", "")
    return Reason(
        f"{row.subject}: {row.metric} is {value}, must be {_limit(row)}{note}",
        f"{row.subject}：{row.metric} 为 {value}，应为 {_limit(row)}{note_zh}",
    )


def _limit(row: ThresholdRow) -> str:
    return row.rule.removeprefix(row.metric).strip()
