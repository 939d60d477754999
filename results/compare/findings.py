"""What a comparison finds: a row for each metric of each subject, and the verdict over all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from results.compare.effects import Effect
from results.compare.settings import Settings
from results.metrics import MORE_IS_BETTER, SHARES
from results.snapshot.run import EXIT_CODES, Verdict
from results.stats.estimates import holm, runs_needed
from results.verdict.reasons import Reason, in_chinese, in_english
from results.verdict.reasons import comparison as why

Finding = Literal["better", "worse", "same", "cannot decide"]
Conclusion = tuple[Verdict, list[Reason]]
CONCLUSIONS = {
    "pass": ("nothing is worse, and what decides is the same or better", "没有变差，判定项均无变化或变好"),
    "fail": ("the candidate is worse", "候选变差"),
    "inconclusive": ("the runs cannot tell", "现有运行不足以判定"),
}
MANY_RUNS = 100  # more than so many a side are not asked for by number
FINDINGS_ZH: dict[str, str] = dict(finding.value for finding in why.Finding)


class Row(BaseModel):
    """One metric of one subject. Values in `unit` (ms, /s, %).

    effect, low, high: shares (0.05 = 5 %, or 5 points for the rates of errors and rejections). p: corrected.
    runs_needed: 0 where the row is decided.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    metric: str
    unit: str
    baseline: float
    candidate: float
    effect: float
    low: float
    high: float
    p: float
    finding: Finding
    decisive: bool
    runs_needed: int = 0


class Comparison(BaseModel):
    """fail: something is worse. pass: every decisive row is same or better. inconclusive: the rest.

    differences: why the runs should not have been compared (only with `anyway`). paired: the sides were
    loaded at the same time. baseline_builds, candidate_builds: as far as the runs know them.
    """

    model_config = ConfigDict(frozen=True)

    scenario: str
    target: str
    baseline: list[str]
    candidate: list[str]
    verdict: Verdict
    reasons: list[str]
    reasons_zh: list[str]
    reason_codes: list[dict[str, Any]] = []
    differences: list[str]
    differences_zh: list[str] = []
    caveats: list[str]
    caveats_zh: list[str] = []
    rows: list[Row]
    settings: Settings
    paired: bool = False
    baseline_builds: list[str] = []
    candidate_builds: list[str] = []

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]

    def with_caveats(self, more: Sequence[Reason]) -> Comparison:
        """The same with further caveats."""
        en, zh = [*self.caveats, *in_english(more)], [*self.caveats_zh, *in_chinese(more)]
        return self.model_copy(update={"caveats": en, "caveats_zh": zh})


def decide(effects: Sequence[Effect], runs: int, settings: Settings) -> list[Row]:
    """The finding of each effect, corrected for their number."""
    bands = [settings.share_band if e.metric in SHARES else math.log1p(settings.noise_band) for e in effects]
    p_values = [e.estimate.p_beyond(band) for e, band in zip(effects, bands, strict=True)]
    decisive = [is_decisive(effect.subject, effect.metric, settings) for effect in effects]
    corrected = holm(p_values, _weights(decisive))
    return [_row(effect, p, runs, settings) for effect, p in zip(effects, corrected, strict=True)]


def is_decisive(subject: str, metric: str, settings: Settings) -> bool:
    listed = any(fnmatchcase(subject, glob) for glob in settings.decisive)
    return listed and metric in settings.decisive_metrics


def _weights(decisive: Sequence[bool]) -> list[float]:
    """Half of alpha for the rows that decide, half for all the others, however many those are."""
    counts = {True: sum(decisive), False: len(decisive) - sum(decisive)}
    return [1 / counts[each] for each in decisive]


def _row(effect: Effect, p: float, runs: int, settings: Settings) -> Row:
    share = effect.metric in SHARES
    limit = settings.share_tolerance if share else math.log1p(settings.tolerance)
    low, high = effect.estimate.interval(settings.confidence)
    finding: Finding = "cannot decide"
    if p <= settings.alpha:
        finding = "worse" if (effect.estimate.effect > 0) != (effect.metric in MORE_IS_BETTER) else "better"
    elif -limit < low and high < limit:
        finding = "same"
    return Row(
        subject=effect.subject,
        metric=effect.metric,
        unit=effect.unit,
        baseline=effect.baseline,
        candidate=effect.candidate,
        effect=_shown(effect.estimate.effect, share),
        low=_shown(low, share),
        high=_shown(high, share),
        p=p,
        finding=finding,
        decisive=is_decisive(effect.subject, effect.metric, settings),
        runs_needed=runs_needed(runs, (high - low) / 2, limit) if finding == "cannot decide" else 0,
    )


def _shown(value: float, share: bool) -> float:
    """From a difference of logarithms back to a relative change."""
    return value if share else math.expm1(min(value, 50.0))


def conclude(rows: Sequence[Row], lacking: Sequence[Reason] = ()) -> Conclusion:
    """(verdict, why)."""
    worse = [describe(row) for row in rows if row.finding == "worse"]
    if worse:
        return "fail", [*worse, *lacking]
    if not any(row.decisive for row in rows):
        lacking = [*lacking, why.NothingDecisive()]
    undecided = [describe(row) for row in rows if row.decisive and row.finding == "cannot decide"]
    return ("inconclusive", [*lacking, *undecided]) if lacking or undecided else ("pass", [])


def describe(row: Row) -> Reason:
    """`declaration.submit p95: +12.1% (+8.0% … +16.4%): worse`."""
    if row.runs_needed > MANY_RUNS:
        return why.FarUndecided(subject=row.subject, metric=row.metric, effect=interval(row))
    if row.runs_needed:
        return why.Undecided(
            subject=row.subject, metric=row.metric, effect=interval(row), runs=row.runs_needed
        )
    finding = why.Finding[row.finding.replace(" ", "_")]
    return why.Found(subject=row.subject, metric=row.metric, effect=interval(row), finding=finding)


def interval(row: Row) -> str:
    """`+12.1% (+8.0% … +16.4%)`; in points for the rates of errors and rejections."""
    form = "{:+.2f} pt" if row.metric in SHARES else "{:+.1f}%"
    effect, low, high = (form.format(100 * value) for value in (row.effect, row.low, row.high))
    return f"{effect} ({low} … {high})"


def sides(comparison: Comparison) -> str:
    """`5 baseline run(s) of 0123456789ab, 5 candidate run(s) of nightly-7`."""
    parts = []
    for word, runs, builds in (
        ("baseline", comparison.baseline, comparison.baseline_builds),
        ("candidate", comparison.candidate, comparison.candidate_builds),
    ):
        parts.append(f"{len(runs)} {word} run(s)" + (f" of {', '.join(builds)}" if builds else ""))
    return ", ".join(parts) + (", under load at the same time" if comparison.paired else "")
