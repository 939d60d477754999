"""The verdict on one run, and the files that carry it.

invalid: the measurement cannot be trusted (contradictions, a saturated generator, a run that was cut short, a
target that never answered, a rule with nothing to judge). fail: a threshold did not hold, the abort rule
fired, or the target went away after it had answered. pass: everything was judged, and held.
invalid outranks fail. The exception: a target that went away is gone, however the generator felt, and neither
that nor an abort needs a threshold to have been judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from results.errors import SnapshotError
from results.evidence import Evidence, Reason, contradictions, read_evidence
from results.histograms import QUANTILES, Histogram
from results.report import write_report
from results.snapshot import (
    SCHEMA,
    OperationSummary,
    Percentiles,
    Run,
    ScenarioRef,
    TargetRef,
    ThresholdRow,
    Verdict,
    new_run_id,
    write_run,
    write_whole,
)
from results.summary import junit_xml, summary_markdown
from results.thresholds import Facts, RuleError, evaluate
from results.wording import show


@dataclass(frozen=True)
class Judgement:
    """`reasons` and `reasons_zh` are the same sentences; empty for a pass."""

    verdict: Verdict
    reasons: list[str] = field(default_factory=list)
    thresholds: list[ThresholdRow] = field(default_factory=list)
    reasons_zh: list[str] = field(default_factory=list)


class Manifest(BaseModel):
    """What the runner knows and the load process does not. `thresholds`: glob -> rules, as in the scenario.

    Further keys are carried into run.json as they are.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    scenario: ScenarioRef
    target: TargetRef
    thresholds: dict[str, list[str]]
    run_id: str = ""
    started: str = ""
    seed: int | None = None
    versions: dict[str, str] = {}
    environment: dict[str, Any] = {}
    labels: dict[str, str] = {}


def judge(directory: Path, thresholds: Mapping[str, Iterable[str]]) -> Judgement:
    """The verdict on what a run left in `directory`. Raises only RuleError, for a bad rule."""
    return judge_evidence(read_evidence(directory), thresholds)


def judge_evidence(evidence: Evidence, thresholds: Mapping[str, Iterable[str]]) -> Judgement:
    """The same on evidence that is in memory already."""
    measured = evidence.measured
    try:
        rows = evaluate(thresholds, evidence.facts(), measured.duration_s)
        mixed: list[Reason] = []
    except ValueError as error:
        if isinstance(error, RuleError):
            raise
        rows, mixed = [], [Reason(f"histograms do not add up: {error}", f"直方图无法相加：{error}")]
    untrusted = evidence.damage + mixed + contradictions(evidence) + _nothing_measured(evidence)
    gone, aborted = _gone(evidence), _aborted(evidence)
    doubts = _cut_short(evidence) + _generator(evidence)
    unjudged = _unjudged(rows)
    failures = gone + aborted + [_broken(row) for row in rows if row.passed is False]
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
    """The load process says what was unhealthy; lost workers and dropped arrivals are never overlooked."""
    measured = evidence.measured
    if measured.unhealthy:
        return [Reason(text, text) for text in measured.unhealthy]
    found = []
    if measured.generator.workers_lost:
        lost = measured.generator.workers_lost
        found.append(Reason(f"{lost} load worker(s) were lost", f"丢失 {lost} 个负载进程"))
    if measured.load.arrivals_dropped:
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


def finish(directory: Path, manifest: dict[str, Any]) -> Run:
    """Judges what the load left in `directory`; writes run.json (once), summary.md, junit.xml, report.html.

    `manifest` has the keys of Manifest. Raises SnapshotError for a manifest, file or disk that cannot be
    used, RuleError for a bad rule.
    """
    try:
        known = Manifest.model_validate(manifest)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "manifest: " + ".".join(str(part) for part in first["loc"])
        raise SnapshotError(where, first["msg"], "give the keys of results.analyzer.Manifest") from error
    evidence = read_evidence(directory)
    run = summarise(evidence, judge_evidence(evidence, known.thresholds), known)
    write_run(directory, run)
    write_whole(directory / "summary.md", summary_markdown(run))
    write_whole(directory / "junit.xml", junit_xml(run))
    write_report(directory, run, evidence)
    return run


def summarise(evidence: Evidence, judgement: Judgement, manifest: Manifest) -> Run:
    """The Run that a judgement and its evidence amount to."""
    measured = evidence.measured
    started = measured.started or manifest.started
    operations = {
        name: _operation(facts, evidence.service.get(name), measured.duration_s)
        for name, facts in evidence.facts().items()
    }
    return Run.model_validate(
        {
            **(manifest.model_extra or {}),
            "schema": SCHEMA,
            "run_id": manifest.run_id
            or new_run_id(started, manifest.scenario.name, manifest.scenario.digest),
            "scenario": manifest.scenario,
            "target": manifest.target,
            "started": started,
            "duration_s": measured.duration_s,
            "seed": manifest.seed,
            "versions": manifest.versions,
            "environment": manifest.environment,
            "verdict": judgement.verdict,
            "reasons": judgement.reasons,
            "reasons_zh": judgement.reasons_zh,
            "thresholds": judgement.thresholds,
            "operations": operations,
            "load": measured.load,
            "generator": measured.generator,
            "ended": measured.ended,
            "rules": manifest.thresholds,
            "journeys": measured.journeys,
            "groups": measured.groups,
            "labels": manifest.labels,
        }
    )


def _operation(facts: Facts, service: Histogram | None, duration_s: float) -> OperationSummary:
    return OperationSummary(
        started=facts.started,
        ok=facts.ok,
        rejected=facts.rejected,
        errors=facts.errors,
        unfinished=facts.unfinished,
        rate_per_s=facts.ok / duration_s if duration_s > 0 else 0.0,
        latency_ms=percentiles(facts.latency),
        service_ms=percentiles(service),
    )


def percentiles(histogram: Histogram | None) -> Percentiles | None:
    """In ms, of every finished request; None where there is none."""
    if histogram is None or not histogram.total:
        return None
    quantiles = {name: histogram.quantile(q) / 1000 for name, q in QUANTILES.items()}
    mean = histogram.sum_us() / histogram.total / 1000
    return Percentiles(mean=mean, max=histogram.max_us() / 1000, **quantiles)
