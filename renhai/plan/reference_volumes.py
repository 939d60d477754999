"""Known volumes of tax business, from a city to the nation, and what a load means beside them.

Sources of the daily figures:
- trial: Changsha's directed rehearsal, 46,008 transactions in 21 working days in four bureaus;
- district: 44,870 transactions in the first single-track month of a county-level city, 2,490 a working day;
- city: nine districts of that size; province: the 14 cities of Hunan; nation: 333 cities of prefecture rank
  and the four municipalities, each counted as one city. The last two are arithmetic, not statistics.

Peak transactions a second = daily transactions x share of the peak hour / 3600: 20 % at the front desk, 35 %
on the last day for filing, which brings four times the business. A transaction is 5.5 service calls (status,
pre-check, save, unpaid, pay, payment state; some are left out).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

PEAK_HOUR_SHARE = 0.20
DEADLINE_SHARE = 0.35
DEADLINE_TIMES = 4.0
CALLS = 5.5
DISTRICT = 2490
CITY = 9 * DISTRICT


@dataclass(frozen=True)
class Volume:
    """A place and its transactions on an ordinary working day."""

    place: str
    daily: float

    @property
    def peak(self) -> float:
        """Transactions a second in the peak hour of an ordinary day."""
        return self.daily * PEAK_HOUR_SHARE / 3600

    @property
    def deadline_peak(self) -> float:
        """Transactions a second in the peak hour of the last day for filing."""
        return self.daily * DEADLINE_TIMES * DEADLINE_SHARE / 3600


VOLUMES = (
    Volume("four bureaus of the 2015 trial", 2190),
    Volume("a county-level city or district", DISTRICT),
    Volume("a city of nine districts", CITY),
    Volume("a province of 14 cities", 14 * CITY),
    Volume("the nation, 337 cities", 337 * CITY),
)


@dataclass(frozen=True)
class Machines:
    """What generates a load: cores busy with it, and machines of `cores_each`."""

    cores: int
    machines: int
    cores_each: int


@dataclass(frozen=True)
class Speed:
    """Requests/s of one load process that has one core to itself; `of`: of which work, or who said so."""

    requests: float
    of: str


# What `python -m benchmarks` prints for renhai, its slowest round rounded down (benchmarks/results/peers.md:
# 2026-11-23, AMD EPYC); open, small JSON: what all rounds held on that day's first page.
# Tax journeys are held to its second work, in which every request is a declaration computed for it: a
# journey's queries in between are cheaper, so the figure is on the safe side.
BENCHMARK = "python -m benchmarks"
DOCUMENTS = {
    "closed": Speed(10_000, "closed model, computed documents"),
    "open": Speed(7_700, "open model, computed documents"),
}
FIELDS = {
    "closed": Speed(20_000, "closed model, small JSON"),
    "open": Speed(18_000, "open model, small JSON"),
}
HEADROOM = 0.7  # of a core: above, the generator's own queues begin to show


def machines(requests_per_s: float, cores_each: int, speed: Speed) -> Machines | None:
    """Cores and machines for a load; None where its rate is unknown."""
    if not math.isfinite(requests_per_s):
        return None
    needed = max(1, math.ceil(requests_per_s / (speed.requests * HEADROOM)))
    return Machines(needed, math.ceil(needed / cores_each), cores_each)
