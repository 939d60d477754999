"""What a run left behind, read once, and the checks that say whether it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from results.errors import Damage, SnapshotError
from results.metrics import COUNTED
from results.snapshot.facts import Facts
from results.snapshot.histograms import Histogram, in_blocks, together, totals
from results.snapshot.run import Measured, read_measured
from results.snapshot.timeline import Timeline, read_timeline
from results.stats.noise import BLOCKS
from results.verdict.reasons import Reason
from results.verdict.reasons import evidence as why


@dataclass(frozen=True)
class Evidence:
    """measured.json, both histogram logs by operation, the timeline; `damage` names every unsound file.

    `blocks`: the same latencies in BLOCKS consecutive parts of the run. `transactions`: times of whole
    transactions by `unit/post`.
    """

    measured: Measured
    latency: dict[str, Histogram]
    service: dict[str, Histogram]
    timeline: Timeline
    damage: list[Reason]
    blocks: dict[str, list[Histogram]]
    transactions: dict[str, Histogram] = field(default_factory=dict)

    def posts(self) -> dict[str, Facts]:
        """The transactions of each unit's post that ended by themselves, by `unit/post`."""
        found = {}
        for row in self.measured.groups:
            name = f"{row.get('unit')}/{row.get('post')}"
            completed, failed = int(row.get("completed") or 0), int(row.get("failed") or 0)
            found[name] = Facts(
                started=completed + failed,
                ok=completed,
                errors=failed,
                latency=self.transactions.get(name, Histogram.empty()),
                seats=int(row.get("seats") or 0),
                signed_in=int(row.get("signed_in") or 0),
            )
        return found

    def _late(self, name: str) -> int:
        """Successes in seconds that begin when the load has ended."""
        series = self.timeline.operations.get(name)
        end = math.ceil(self.measured.duration_s)
        return round(float(series.columns["ok"][end:].sum())) if series else 0

    def facts(self) -> dict[str, Facts]:
        """Per operation, by name."""
        return {
            name: Facts(
                started=counts.get("started", 0),
                ok=counts.get("ok", 0),
                rejected=counts.get("rejected", 0),
                errors=counts.get("errors", 0),
                unfinished=counts.get("unfinished", 0),
                latency=self.latency.get(name, Histogram.empty()),
                late=self._late(name),
                requests=name not in self.measured.exceptions,
            )
            for name, counts in sorted(self.measured.operations.items())
        }


def read_evidence(directory: Path) -> Evidence:
    """Reads a run's directory. What cannot be read becomes `damage`, never an exception."""
    damage: list[Damage | None] = []
    measured = Measured()
    try:
        measured = read_measured(directory)
    except SnapshotError as error:
        damage.append(Damage("measured.json", "damaged", detail=str(error)))
    blocks, latency_damage = in_blocks(directory / "latency.hlog", measured.duration_s, BLOCKS)
    service, service_damage = totals(directory / "service.hlog")
    transactions, lost = totals(directory / "transactions.hlog")
    if lost and any(row.get("p50_ms") is not None for row in measured.groups):
        damage.append(lost)
    timeline = read_timeline(directory / "timeline.csv")
    damage += [latency_damage, service_damage, timeline.damage]
    reasons = [_unreadable(one) for one in damage if one]
    latency = {name: together(parts) for name, parts in blocks.items()}
    return Evidence(measured, latency, service, timeline, reasons, blocks, transactions)


def _unreadable(damage: Damage) -> Reason:
    if damage.kind == "missing":
        return why.FileMissing(file=damage.file)
    if damage.kind == "cut off" and damage.line:
        return why.LineCutOff(file=damage.file, line=damage.line)
    return why.FileDamaged(file=damage.file, line=damage.line, detail=damage.detail)


def contradictions(evidence: Evidence) -> list[Reason]:
    """Where the counts, the histograms and the timeline of one run do not agree: nothing may vanish."""
    found: list[Reason] = []
    for name, facts in evidence.facts().items():
        found += _operation_contradictions(name, facts, evidence)
    known = set(evidence.measured.operations)
    for source, names in (
        ("latency.hlog", evidence.latency),
        ("service.hlog", evidence.service),
        ("timeline.csv", evidence.timeline.operations),
    ):
        for name in sorted(set(names) - known):
            found.append(why.UnknownOperation(file=source, operation=name))
    return found


def _operation_contradictions(name: str, facts: Facts, evidence: Evidence) -> list[Reason]:
    finished = facts.ok + facts.rejected + facts.errors
    found: list[Reason] = []
    if facts.started != finished + facts.unfinished:
        found.append(_differs(name, "started", facts.started, "outcomes", finished + facts.unfinished))
    if facts.latency.total != finished:
        found.append(_differs(name, "finished", finished, "latency.hlog", facts.latency.total))
    sent = evidence.service.get(name, Histogram.empty()).total
    if sent > finished:
        found.append(_differs(name, "finished", finished, "service.hlog", sent))
    series = evidence.timeline.operations.get(name)
    for column in COUNTED:
        counted, drawn = getattr(facts, column), series.sum(column) if series else 0
        if counted != drawn:
            found.append(_differs(name, column, counted, "timeline.csv", drawn))
    return found


def _differs(name: str, what: str, counted: int, source: str, other: int) -> Reason:
    return why.Contradiction(
        operation=name, count=why.Count[what], counted=counted, source=source, other=other
    )
