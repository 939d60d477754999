"""One step of a search, measured: did it hold, did it keep up, and what did the target complete?

A step keeps up when the time that a journey spends in the target does not keep growing. At a rate r above
the capacity C every queue grows, and a journey's time with it, by r/C - 1 seconds a second. That growth is
the mean of the increments from second to second; it counts when it is above GROWTH with 95 % confidence
(one-sided t-test on the increments, so a noisy target must grow more before it is believed), or when the last
third of the step lies above the first by more than PLAIN_GROWTH, whatever the noise (medians of the thirds:
one hiccup moves neither). Under random arrivals the second is what tells: their noise is in the arrivals that
really came, which the rate counts as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from results.capacity.search import Outcome, Step
from results.metrics import MS, Quantity
from results.snapshot.facts import Facts
from results.snapshot.histograms import LogDamage, read_intervals, together
from results.verdict.judge import judge_evidence, unhealthy
from results.verdict.reasons import Reason
from results.verdict.reasons import goals as why
from results.verdict.reasons.generator import ArrivalsDropped
from results.verdict.reasons.thresholds import ErrorsByNoRule
from results.verdict.run_summary import Judgement
from results.verdict.validity.carried_out import carried_out
from results.verdict.validity.evidence import Evidence, contradictions, read_evidence

Floats = NDArray[np.float64]

GROWTH = 0.01  # s a second: less than 1 % above its capacity cannot be told from at it in a short step
PLAIN_GROWTH = 0.03  # s a second
CONFIDENCE = 0.95
FEWEST_SECONDS = 3
BACKLOG_SHARE = 0.10  # of the arrivals of the second half: so many more in flight at its end are too many
CLEAR_SECONDS = 3  # what must last so long before a step is stopped early
CLEAR_GROWTH = 0.10  # in flight grows by this share of the arrivals, each of these seconds
CLEAR_ERRORS = 0.5  # or so many of the answers are errors
CLEAR_TIMES = 4.0  # or p95 is so many times the largest limit of a latency


def measure_step(
    directory: Path,
    thresholds: Mapping[str, Iterable[str]],
    number: int,
    rate: float,
    *,
    early: bool = False,
    usual: Mapping[str, float] | None = None,
    planned: Mapping[str, Any] | None = None,
) -> Step:
    """What the run in `directory` says of its rate (journeys/s).

    `usual`: requests of each operation a journey, from a step at a low rate; else this step's own.
    `planned`: as in run.json; a step that left its plan says nothing, and the search with it.
    """
    evidence = read_evidence(directory)
    judgement = judge_evidence(evidence, thresholds, (planned or {}).get("optional") or [])
    facts = evidence.facts()
    seconds = evidence.measured.duration_s
    started = _journeys_started(evidence)
    each = {name: one.started / started for name, one in facts.items()} if started else {}
    path = journey_times(directory, each, seconds)
    growth, grows = growing(path)
    piling = _piles_up(evidence, rate)
    outcome, reason = _outcome(evidence, judgement, early, growth if grows else 0.0, piling)
    left = carried_out(evidence, planned).doubts if planned else []
    if left and outcome != "broke":
        outcome, reason = "invalid", left[0]
    done = _ok_in_second_half(evidence)
    ok_per_s = sum(done.values())
    usual = usual or each
    per_journey = sum(usual.values())
    return Step(
        number=number,
        rate=rate,
        seconds=seconds,
        outcome=outcome,
        why=reason.en if reason else "",
        why_zh=reason.zh if reason else "",
        why_code=reason.record() if reason else None,
        verdict=judgement.verdict,
        left_plan=bool(left) and outcome == "invalid",
        early=early,
        offered=evidence.measured.load.arrivals_due / seconds if seconds else 0.0,
        started=started,
        completed=ok_per_s / per_journey if per_journey else 0.0,
        bottleneck=min((done.get(name, 0.0) / share for name, share in usual.items() if share), default=0.0),
        each=each,
        requests_per_s=ok_per_s,
        requests_per_journey=sum(each.values()),
        latency_ms=_latency(facts),
        journey_s=float(np.mean(path)) if len(path) else 0.0,
        growth=growth,
        noise=float(np.std(np.diff(path), ddof=1)) if len(path) > FEWEST_SECONDS else 0.0,
        backlog_s=_backlog(evidence, ok_per_s),
        thresholds=[row.model_dump() for row in judgement.thresholds],
        snapshot=directory.name,
    )


def journey_times(directory: Path, each: Mapping[str, float], seconds: float) -> Floats:
    """The mean time of a journey's requests in each second of the load, in s, after the warm-up.

    `each`: requests of each operation a journey. A second without an answer of an operation takes the one
    before. The warm-up is the first second, and as long as two journeys take (at most half of the step):
    until then only short journeys can have ended.
    """
    try:
        found = list(read_intervals(directory / "latency.hlog"))
    except (OSError, LogDamage):
        return np.zeros(0)
    whole = max(1, math.floor(seconds + 1e-6))
    total = np.zeros(whole)
    for name, share in each.items():
        means = np.full(whole, np.nan)
        for interval in found:
            place = int(interval.start_s + 1e-6)
            if interval.operation == name and place < whole and interval.histogram.total:
                means[place] = interval.histogram.sum_us() / interval.histogram.total / 1e6
        total += share * _filled(means)
    skipped = max(1, min(math.ceil(2 * float(np.median(total))), whole // 2))
    return total[skipped:]


def _filled(values: Floats) -> Floats:
    """Gaps take the value before them; those at the beginning the first one."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return np.zeros(len(values))
    place = np.maximum(np.searchsorted(known, np.arange(len(values)), side="right") - 1, 0)
    return np.asarray(values[known[place]], dtype=np.float64)


def growing(path: Floats) -> tuple[float, bool]:
    """(mean growth in s a second, whether it is surely above GROWTH or plainly above PLAIN_GROWTH)."""
    increments = np.diff(path)
    if len(increments) < FEWEST_SECONDS - 1:
        return 0.0, False
    mean, spread = float(np.mean(increments)), float(np.std(increments, ddof=1))
    least = stats.t.ppf(CONFIDENCE, len(increments) - 1) * spread / math.sqrt(len(increments))
    third = len(path) // 3
    climb = float(np.median(path[-third:]) - np.median(path[:third])) if third >= 2 else 0.0
    return mean, bool(mean - least > GROWTH or climb > PLAIN_GROWTH * (len(path) - third))


def _piles_up(evidence: Evidence, rate: float) -> float:
    """How many more journeys were in flight at the end than at the middle; 0 if not too many."""
    run = evidence.timeline.run
    seconds = int(evidence.measured.duration_s)
    if run is None or seconds < 2 * FEWEST_SECONDS:
        return 0.0
    users = run.columns["users"][:seconds]
    more = float(users[-1] - users[seconds // 2])
    return more if more > BACKLOG_SHARE * rate * (seconds - seconds // 2) + 3 * math.sqrt(rate) else 0.0


def _outcome(
    evidence: Evidence, judgement: Judgement, early: bool, growth: float, piling: float
) -> tuple[Outcome, Reason | None]:
    """A step that the generator spoiled says nothing; else it broke for the first of these reasons."""
    spoiled = [one for one in unhealthy(evidence.measured) if not isinstance(one, ArrivalsDropped)]
    spoiled += evidence.damage + contradictions(evidence)
    broken = any(row.passed is False for row in judgement.thresholds)
    broken |= any(isinstance(one, ErrorsByNoRule) for one in judgement.why)
    if spoiled and not (early and broken):
        return "invalid", spoiled[0]
    if broken or evidence.measured.ended == "target_lost":
        return "broke", judgement.why[0]
    if growth:
        return "broke", why.JourneyGrows(growth=Quantity(growth * 1000, MS))
    if piling:
        return "broke", why.PilesUp(journeys=piling)
    if early:
        return "broke", why.StoppedEarly()
    if judgement.verdict != "pass":
        return "invalid", judgement.why[0]
    return "held", None


def _journeys_started(evidence: Evidence) -> int:
    return sum(int(counts.get("started", 0)) for counts in evidence.measured.journeys.values())


def _ok_in_second_half(evidence: Evidence) -> dict[str, float]:
    """Successful requests a second, by operation."""
    seconds = int(evidence.measured.duration_s)
    half = seconds // 2
    if seconds <= half:
        return {}
    return {
        name: float(one.columns["ok"][half:seconds].sum()) / (seconds - half)
        for name, one in evidence.timeline.operations.items()
    }


def _latency(facts: Mapping[str, Facts]) -> dict[str, float]:
    from results.verdict.run_summary import percentiles

    found = percentiles(together(one.latency for one in facts.values()))
    return {} if found is None else {key: round(value, 3) for key, value in found.model_dump().items()}


def _backlog(evidence: Evidence, ok_per_s: float) -> float:
    """How long the target still works on what was cut off, in s; 0 where everything was waited for."""
    unfinished = sum(counts.get("unfinished", 0) for counts in evidence.measured.operations.values())
    return unfinished / ok_per_s if ok_per_s else 0.0


class EarlyStop:
    """Watches the seconds of a step and says when it clearly fails.

    rate: arrivals/s. journey_s: the time of a journey on an idle target, None while unknown: then only errors
    and latencies can be clear. limit_ms: the largest limit of a latency threshold, 0 where there is none.
    """

    def __init__(self, rate: float, journey_s: float | None, limit_ms: float) -> None:
        self._rate, self._limit_ms = rate, limit_ms
        self._calm_s = math.inf if journey_s is None else 1 + math.ceil(3 * journey_s)
        self._users: float | None = None
        self._streaks = {"growth": 0, "errors": 0, "latency": 0}

    def look(self, status: Mapping[str, Any]) -> bool:
        """Take the status of one second; True from the moment on at which the step clearly fails."""
        users = float(status.get("users") or 0)
        grown = users - self._users if self._users is not None else 0.0
        self._users = users
        failed, answered = (float(status.get(key) or 0) for key in ("errors", "ok"))
        rejected = float(status.get("rejected") or 0)
        signs = {
            "growth": float(status.get("second", 0)) >= self._calm_s
            and grown > CLEAR_GROWTH * self._rate + math.sqrt(self._rate) / 2,
            "errors": failed > CLEAR_ERRORS * (failed + answered + rejected),
            "latency": bool(self._limit_ms)
            and float(status.get("p95_ms") or 0) > CLEAR_TIMES * self._limit_ms,
        }
        for name, seen in signs.items():
            self._streaks[name] = self._streaks[name] + 1 if seen else 0
        return max(self._streaks.values()) >= CLEAR_SECONDS
