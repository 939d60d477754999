"""The clocks of Python's time module, as a user's own Locust file left them, beside the kernel's.

Locust times its requests by `time.perf_counter`, and users of other protocols theirs by whatever they like of
that module: a clock that somebody replaced, to stand still, to run slow or fast, spoils every such time. The
functions below were taken before the file was imported. `time.time` is let be: the clock of the day is set
now and then, and no figure goes by it.
"""

from __future__ import annotations

import time
from time import monotonic_ns

from results.metrics import RUN
from results.verdict.reasons.user_file import ClockChanged, TimeShortened

CLOCKS = {"perf_counter": 1e9, "perf_counter_ns": 1.0, "monotonic": 1e9, "monotonic_ns": 1.0}  # ns of a unit
BOUND = 0.1  # by which such a clock may go another way than the kernel's
SLACK_NS = 50_000_000  # and so much beside, at each look: a process may be held up between two readings
SHORTER = 0.25  # of the time of a call, and SHORT_NS beside, may be Locust's own work, on an average
SHORT_NS = 2_000_000
SAMPLES = 20  # requests that an average needs: of fewer, one at which the machine stood still is too much
FEW = 3  # requests whose time is shortened, which a busy machine may have brought about


class Clocks:
    """Looked at each second."""

    def __init__(self) -> None:
        self._before = self._read()

    def look(self) -> ClockChanged | None:
        """The first clock that went another way since the last look."""
        before, self._before = self._before, self._read()
        for name, (said, real) in self._before.items():
            said_ns, real_ns = said - before[name][0], real - before[name][1]
            if not abs(said_ns - real_ns) <= BOUND * real_ns + SLACK_NS:  # NaN is no time either
                return ClockChanged(clock=name)
        return None

    @staticmethod
    def _read() -> dict[str, tuple[float, int]]:
        """What each says and what the kernel does, in ns."""
        found = {}
        for name, unit in CLOCKS.items():
            try:
                said = float(getattr(time, name)()) * unit
            except Exception:  # whatever somebody put there
                said = float("nan")
            found[name] = (said, monotonic_ns())
        return found


class Taken:
    """How long requests of the users' HTTP clients took, beside what was reported of them; by operation."""

    def __init__(self) -> None:
        self._told: dict[str, list[int]] = {}

    def add(self, operation: str, reported_ns: int, real_ns: int) -> None:
        """real_ns: from the call to its return, by the kernel's clock."""
        row = self._told.setdefault(operation, [0, 0, 0, 0])
        short = real_ns - reported_ns > max(SLACK_NS, real_ns // 2)
        for place, value in enumerate((1, reported_ns, real_ns, short)):
            row[place] += value

    def reasons(self) -> list[TimeShortened]:
        """A reason for each operation of which less was reported than it took; those that were seldom sent
        are one."""
        rows: dict[str, list[int]] = {}
        for name, row in sorted(self._told.items()):
            seldom = rows.setdefault(RUN, [0, 0, 0, 0]) if row[0] < SAMPLES else None
            if seldom is None:
                rows[name] = row
            else:
                seldom[:] = map(sum, zip(seldom, row, strict=True))
        return [
            TimeShortened(operation=name, reported_ms=reported / number / 1e6, real_ms=real / number / 1e6)
            for name, (number, reported, real, short) in rows.items()
            if (number >= SAMPLES and real - reported > SHORTER * real + SHORT_NS * number)
            or short > max(FEW, number / 100)
        ]
