"""When load is due, from the stages of a plan: arrival times (open model) and sittings (closed model).

All functions are pure. Times are seconds since the start of the load, unless they end in _ns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from renhai.plan.model import RateStage, UserStage

Floats = NDArray[np.float64]

CHUNK = 2048
FOREVER = float("inf")


@dataclass(frozen=True)
class Opening:
    """When and as which worker to work.

    t0_ns: the start of the load on this process's CLOCK_MONOTONIC. slot, slots, late: as in journeys.Share.
    epoch_ns: the same moment by the run's own machine, ns of the Unix epoch; 0: by this machine's clock.
    before, here: operators by the name of their class, in load processes of lower slots and in this one;
    empty where it is the only one.
    """

    t0_ns: int
    slot: int = 0
    slots: int = 1
    late: int = 0
    epoch_ns: int = 0
    before: Mapping[str, int] = field(default_factory=dict)
    here: Mapping[str, int] = field(default_factory=dict)


class Rate:
    """A rate that is linear within each stage: r(t) = r0 + (r1 - r0) t / d.

    A(t) is the integral of r from 0, so A(t) = A_i + r0 t + (r1 - r0) t^2 / (2 d) within stage i, and the
    n-th arrival of an even process is due when A reaches n. Counts are therefore exact for any shape.
    """

    def __init__(self, stages: Sequence[RateStage]) -> None:
        seconds = np.array([stage.seconds for stage in stages], dtype=np.float64)
        self._from = np.array([stage.rate_from for stage in stages], dtype=np.float64)
        self._slope = (np.array([stage.rate_to for stage in stages]) - self._from) / np.maximum(
            seconds, 1e-12
        )
        area = self._from * seconds + self._slope * seconds**2 / 2
        self._start = np.concatenate(([0.0], np.cumsum(seconds)))
        self._area = np.concatenate(([0.0], np.cumsum(area)))

    @property
    def seconds(self) -> float:
        return float(self._start[-1])

    @property
    def total(self) -> float:
        """The expected number of arrivals, A(end)."""
        return float(self._area[-1])

    def times(self, areas: Floats) -> Floats:
        """The time at which A reaches each value (inverse of A); infinity beyond the end.

        The root of the quadratic is taken as 2a / (r0 + sqrt(r0^2 + 2 s a)), which loses no digits for a
        small slope s and needs no case for s = 0.
        """
        # side="right" skips stages without arrivals, in which A does not grow
        stage = np.minimum(np.searchsorted(self._area, areas, side="right") - 1, len(self._from) - 1)
        rest = areas - self._area[stage]
        rate, slope = self._from[stage], self._slope[stage]
        speed = rate + np.sqrt(np.maximum(rate**2 + 2 * slope * rest, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            offset = np.where(rest > 0, 2 * rest / speed, 0.0)
        # n and A(end) carry rounding errors of some 1e-12 of their size
        return np.where(
            areas >= self.total - 1e-9 * max(1.0, self.total), FOREVER, self._start[stage] + offset
        )


def arrival_times(stages: Sequence[RateStage], process: str, seed: int) -> Iterator[Floats]:
    """All arrivals of the run in order, in chunks: `constant` evenly by the rate, `poisson` by a seeded draw.

    Poisson by time change: unit-rate exponential gaps are summed up and put through the inverse of A.
    The same seed gives the same times in every process, so workers share one schedule without talking.
    """
    rate = Rate(stages)
    random = np.random.Generator(np.random.PCG64(seed))
    begin = 0.0
    while True:
        if process == "poisson":
            areas = begin + np.cumsum(-np.log1p(-random.random(CHUNK)))
            begin = float(areas[-1])
        else:
            areas = begin + np.arange(CHUNK, dtype=np.float64)
            begin += CHUNK
        times = rate.times(areas)
        due = times[times < FOREVER]
        if len(due):
            yield due
        if len(due) < CHUNK:
            return


def choices(weights: Mapping[str, float], seed: int) -> Iterator[list[str]]:
    """Which journey each arrival is, in chunks that match `arrival_times`: a seeded draw by weight."""
    names = list(weights)
    edges = np.cumsum(np.array([weights[name] for name in names], dtype=np.float64))
    random = np.random.Generator(np.random.PCG64([seed, 1]))
    while True:
        drawn = np.searchsorted(edges, random.random(CHUNK) * edges[-1], side="right")
        yield [names[min(i, len(names) - 1)] for i in drawn]


def drawn_anew(seed: int, number: int) -> int:
    """The seed of chance in repetition `number` (1, 2, ...) of a run: arrivals, order, think times.

    The first has the seed itself; each other one an independent one, by NumPy's SeedSequence (O'Neill 2015),
    below 2^63.
    """
    if number == 1:
        return seed
    return int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0] >> 1)


def users_at(stages: Sequence[UserStage], t: float) -> float:
    """N(t), the planned number of operators: linear within each stage, 0 outside the run."""
    begin = 0.0
    for stage in stages:
        end = begin + stage.seconds
        if begin <= t < end:
            share = (t - begin) / stage.seconds
            return float(stage.users_from + (stage.users_to - stage.users_from) * share)
        begin = end
    return 0.0


def sittings(stages: Sequence[UserStage], seat: int) -> list[tuple[float, float]]:
    """When seat number `seat` (0, 1, ...) is taken: while N(t) > seat, as (start, end) pairs.

    A ramp from 0 to 40 in 5 s seats number 0 at 0 s and number 39 at 4.875 s: all 40 sit when it ends.
    """
    found: list[tuple[float, float]] = []
    begin = 0.0
    for stage in stages:
        low, high, seconds = stage.users_from, stage.users_to, stage.seconds
        sat = _within(low, high, seat, seconds)
        if sat is not None:
            start, end = begin + sat[0], begin + sat[1]
            if found and abs(found[-1][1] - start) < 1e-9:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        begin += seconds
    return found


def _within(low: float, high: float, seat: int, seconds: float) -> tuple[float, float] | None:
    """The part of one stage during which the seat is taken."""
    if low > seat and high > seat:
        return 0.0, seconds
    if high > seat:
        return seconds * (seat - low) / (high - low), seconds
    if low > seat:
        return 0.0, seconds * (low - seat) / (low - high)
    return None


def shifts(hours: Sequence[Sequence[float]], share: float) -> list[tuple[float, float]]:
    """When an operator sits who works in `hours`: (start, end, within) each, in seconds of the run.

    `share`, 0 to 1, is the part of the group's operators who sit down earlier: after half of `within` half
    of them sit. All stand up at the end.
    """
    return [(start + share * within, end) for start, end, within in hours]
