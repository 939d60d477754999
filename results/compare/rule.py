"""The rule: from measured effects to findings, and from findings to the verdict.

- worse, better: the change lies beyond the noise band, at a level corrected for all the rows (Holm).
- not worse: the bound of a change for the worse lies within the tolerance (non-inferiority); an improvement
  never blocks. A pass needs this of every decisive row at once, so it needs no correction (an
  intersection-union test: Berger 1982).
- within tolerance: the same, but it is surely a little worse.
- cannot decide: anything else, with the number of runs that would decide it in 4 of 5 cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase

from results.compare.effects import Effect
from results.compare.findings import Finding, Row, describe
from results.compare.settings import Settings
from results.metrics import MORE_IS_BETTER, SHARES
from results.snapshot.run import Verdict
from results.stats.estimates import MOST_RUNS, POWER, Estimate, holm, runs_needed, t_quantile
from results.stats.shares import ShareEstimate
from results.verdict.reasons import Reason
from results.verdict.reasons import comparison as why

# From so few runs on either side nothing is called worse or better but what counts prove; and nothing passes.
FEWEST_TO_BLAME, FEWEST_TO_PASS = 3, 2


def decide(effects: Sequence[Effect], settings: Settings, pairs: bool = False) -> list[Row]:
    """The finding of each effect, corrected for their number.

    A row in which nothing was counted on either side can be no false alarm, so it takes no part in the
    correction (Tarone 1990).
    """
    bands = [settings.share_band if e.metric in SHARES else math.log1p(settings.noise_band) for e in effects]
    p_values = [e.estimate.p_beyond(band) for e, band in zip(effects, bands, strict=True)]
    decisive = [is_decisive(effect.subject, effect.metric, settings) for effect in effects]
    tested = [place for place, effect in enumerate(effects) if not _empty(effect)]
    weights = _weights([decisive[place] for place in tested])
    corrected = dict(zip(tested, holm([p_values[place] for place in tested], weights), strict=True))
    least = 2 * sum(
        decisive[place] for place in tested
    )  # of alpha, a decisive row's share at Holm's first step
    return [
        _row(effect, corrected.get(place, 1.0), settings, band, max(2, least), pairs)
        for place, (effect, band) in enumerate(zip(effects, bands, strict=True))
    ]


def _empty(effect: Effect) -> bool:
    return effect.metric in SHARES and not (effect.baseline or effect.candidate)


def is_decisive(subject: str, metric: str, settings: Settings) -> bool:
    listed = any(fnmatchcase(subject, glob) for glob in settings.decisive)
    return listed and metric in settings.decisive_metrics


def _weights(decisive: Sequence[bool]) -> list[float]:
    """Half of alpha for the rows that decide, half for all the others, however many those are."""
    counts = {True: sum(decisive), False: len(decisive) - sum(decisive)}
    return [1 / counts[each] for each in decisive]


def _row(effect: Effect, p: float, settings: Settings, band: float, rows: int, pairs: bool) -> Row:
    share = effect.metric in SHARES
    limit = settings.share_tolerance if share else math.log1p(settings.tolerance)
    sign = -1 if effect.metric in MORE_IS_BETTER else 1
    low, high = effect.estimate.interval(settings.confidence)
    best, worst = (low, high) if sign > 0 else (-high, -low)
    finding = _finding(effect, p <= settings.alpha, best, worst, limit, sign)
    needed = 0
    if finding == "cannot decide":
        needed = _needed(effect, sign, limit, band, settings, rows, pairs)
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
        runs_needed=needed,
        bound=_shown(sign * worst, share),
        limit=_shown(sign * limit, share),
        level=settings.level,
        paired=pairs,
        spread=0.0 if isinstance(effect.estimate, ShareEstimate) else _shown(effect.estimate.spread, share),
    )


def _finding(effect: Effect, called: bool, best: float, worst: float, limit: float, sign: int) -> Finding:
    """best, worst: the ends of the interval, positive where it is worse."""
    runs = effect.estimate.runs if isinstance(effect.estimate, Estimate) else None
    fewest = min(runs) if runs else FEWEST_TO_BLAME
    if called and fewest >= FEWEST_TO_BLAME:
        return "worse" if sign * effect.estimate.effect > 0 else "better"
    if worst < limit and fewest >= FEWEST_TO_PASS:
        return "within tolerance" if best > 0 else "not worse"
    return "cannot decide"


def _needed(
    effect: Effect, sign: int, limit: float, band: float, settings: Settings, rows: int, pairs: bool
) -> int:
    """About how many runs a side would tell, one way or the other: at least one more than there were."""
    estimate = effect.estimate
    level = settings.level
    if isinstance(estimate, ShareEstimate):
        return _needed_of_shares(effect, limit, level)
    worse = sign * estimate.effect
    spread, pairs = (math.sqrt(2) * estimate.spread, True) if estimate.turns else (estimate.spread, pairs)
    to_pass = runs_needed(spread, limit - max(worse, 0.0), level, pairs)
    to_fail = runs_needed(spread, worse - band, 1 - settings.alpha / rows / 2, pairs)
    made = min(estimate.runs or (1, 1))
    return max(made + 1, FEWEST_TO_BLAME, min(to_pass, to_fail))


def _needed_of_shares(effect: Effect, limit: float, level: float) -> int:
    """From counts that grow with the runs while the shares stay."""
    estimate = effect.estimate
    assert isinstance(estimate, ShareEstimate)
    margin = 1 + POWER / t_quantile(level, math.inf)
    for runs in range(estimate.most_runs + 1, MOST_RUNS):
        grown = estimate.scaled(runs / estimate.most_runs)
        high = grown.interval(2 * level - 1)[1]
        power = margin if estimate.baseline.failed or estimate.candidate.failed else 1.0
        if estimate.effect + (high - estimate.effect) * power < limit:
            return runs
    return MOST_RUNS


def _shown(value: float, share: bool) -> float:
    """From a difference of logarithms back to a relative change."""
    return value if share else math.expm1(min(value, 50.0))


def conclude(rows: Sequence[Row], lacking: Sequence[Reason] = ()) -> tuple[Verdict, list[Reason]]:
    """(verdict, reasons)."""
    worse = [describe(row) for row in rows if row.finding == "worse"]
    if worse:
        return "fail", [*worse, *lacking]
    if not any(row.decisive for row in rows):
        lacking = [*lacking, why.NothingDecisive()]
    undecided = [describe(row) for row in rows if row.decisive and row.finding == "cannot decide"]
    if lacking or undecided:
        return "inconclusive", [*lacking, *undecided]
    return "pass", []
