"""From evidence and judgement to the Run that is written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from results.metrics import QUANTILES
from results.snapshot.facts import Facts
from results.snapshot.histograms import Histogram, together
from results.snapshot.run import (
    SCHEMA,
    OperationSummary,
    Percentiles,
    Run,
    ScenarioRef,
    TargetRef,
    ThresholdRow,
    Verdict,
    new_run_id,
)
from results.stats.noise import run_noise
from results.verdict.reasons import Reason, as_recorded, in_chinese, in_english, records
from results.verdict.reasons.evidence import MoreAlike
from results.verdict.reasons.machine import MadeAhead
from results.verdict.reasons.plan import ThroughProxy
from results.verdict.reasons.user_file import Allowed
from results.verdict.validity.evidence import Evidence
from results.verdict.validity.user_file import notes

MOST_ALIKE = 1000  # reasons of one kind that run.json keeps


@dataclass(frozen=True)
class Judgement:
    """`why`: empty for a pass; `reasons` and `reasons_zh` are its sentences."""

    verdict: Verdict
    why: list[Reason] = field(default_factory=list)
    thresholds: list[ThresholdRow] = field(default_factory=list)
    notes: list[Reason] = field(default_factory=list)

    def adding(self, notes: Sequence[Reason]) -> Judgement:
        """The same with what decides nothing and is told."""
        return replace(self, notes=[*self.notes, *notes])

    @property
    def reasons(self) -> list[str]:
        return in_english(self.why)

    @property
    def reasons_zh(self) -> list[str]:
        return in_chinese(self.why)


def reasons_of(run: Run) -> list[Reason]:
    """Why a run that was read has its verdict; of an older snapshot, the sentences that it holds."""
    codes = [record.model_dump() for record in run.reason_codes]
    return as_recorded(run.reasons, codes, run.reasons_zh)


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


def bounded(why: Sequence[Reason]) -> list[Reason]:
    """At most MOST_ALIKE reasons of a kind; how many more there were is told in their place.

    A file with a thousand names and ten rules must not make a page that nobody can open.
    """
    kinds: dict[str, list[Reason]] = {}
    for reason in why:
        kinds.setdefault(reason.code, []).append(reason)
    kept = {id(reason) for alike in kinds.values() for reason in alike[:MOST_ALIKE]}
    found = [reason for reason in why if id(reason) in kept]
    return found + [
        MoreAlike(more=len(alike) - MOST_ALIKE, like=code)
        for code, alike in kinds.items()
        if len(alike) > MOST_ALIKE
    ]


def summarise(evidence: Evidence, judgement: Judgement, manifest: Manifest) -> Run:
    """The Run that a judgement and its evidence amount to."""
    measured = evidence.measured
    started = measured.started or manifest.started
    facts, why = evidence.facts(), bounded(judgement.why)
    operations = {name: _operation(name, evidence, facts[name]) for name in facts}
    said = [
        *notes(evidence),
        *_ahead(measured.ahead),
        *_on_the_way(manifest.target),
        *_let_be(manifest),
        *judgement.notes,
    ]
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
            "reasons": in_english(why),
            "reasons_zh": in_chinese(why),
            "reason_codes": records(why),
            "notes": in_english(said),
            "notes_zh": in_chinese(said),
            "thresholds": judgement.thresholds,
            "operations": operations,
            "total": _total(evidence, facts),
            "load": measured.load,
            "connections": measured.connections,
            "generator": measured.generator,
            "ended": measured.ended,
            "rules": manifest.thresholds,
            "journeys": measured.journeys,
            "exceptions": measured.exceptions,
            "ahead": measured.ahead,
            "groups": measured.groups,
            "labels": manifest.labels,
        }
    )


def _ahead(counts: Mapping[str, int]) -> list[Reason]:
    if not counts:
        return []
    made, taken, computed = (counts.get(name, 0) for name in ("made", "taken", "computed"))
    return [MadeAhead(made=made, taken=taken, computed=computed)]


def _on_the_way(target: TargetRef) -> list[Reason]:
    through = target.through
    return [ThroughProxy(label=through.label, to=through.to)] if through else []


def _let_be(manifest: Manifest) -> list[Reason]:
    kinds = (manifest.model_extra or {}).get("allowed")
    return [Allowed(kinds=tuple(map(str, kinds)))] if isinstance(kinds, list) and kinds else []


def _operation(name: str, evidence: Evidence, facts: Facts) -> OperationSummary:
    noise = run_noise(evidence.blocks.get(name, []), _ok_per_second([name], evidence))
    return _summary(facts, evidence.service.get(name), evidence.measured.duration_s, noise)


def _total(evidence: Evidence, facts: dict[str, Facts]) -> OperationSummary | None:
    """All operations as one; None where there is none, or where their histograms do not mix."""
    try:
        whole = reduce(Facts.added, facts.values(), Facts())
        service = together(evidence.service.values())
        blocks = [together(parts) for parts in zip(*evidence.blocks.values(), strict=True)]
    except ValueError:
        return None
    noise = run_noise(blocks, _ok_per_second(facts, evidence))
    return _summary(whole, service, evidence.measured.duration_s, noise) if facts else None


def _ok_per_second(names: Iterable[str], evidence: Evidence) -> NDArray[np.float64]:
    known = evidence.timeline.operations
    return sum(
        (known[name].columns["ok"] for name in names if name in known), np.zeros(evidence.timeline.seconds)
    )


def _summary(
    facts: Facts, service: Histogram | None, duration_s: float, noise: dict[str, float]
) -> OperationSummary:
    return OperationSummary(
        started=facts.started,
        ok=facts.ok,
        rejected=facts.rejected,
        errors=facts.errors,
        unfinished=facts.unfinished,
        # What came late is known by the timeline, which a full disk may have cut; the verdict says so then.
        rate_per_s=max(0, facts.ok - facts.late) / duration_s if duration_s > 0 else 0.0,
        latency_ms=percentiles(facts.latency),
        service_ms=percentiles(service),
        noise=noise,
    )


def percentiles(histogram: Histogram | None) -> Percentiles | None:
    """In ms, of every finished request; None where there is none."""
    if histogram is None or not histogram.total:
        return None
    return Percentiles(**{name: histogram.milliseconds(name) for name in (*QUANTILES, "max", "mean")})
