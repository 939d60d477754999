"""The highest arrival rate that is sustained: doubling until it is not, then halving the gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Search:
    """`probe(rate)` says whether a rate is sustained; `tried` keeps every answer, in order."""

    probe: Callable[[float], bool]
    start: float = 8000.0
    ceiling: float = 200_000.0
    precision: float = 0.04
    tried: list[tuple[float, bool]] = field(default_factory=list)

    def highest(self) -> float:
        """A sustained rate whose (1 + precision)-fold is not, 0.0 when not even start / 16 is."""
        rate = self.start
        while not self._holds(rate):
            rate /= 2
            if rate < self.start / 16:
                return 0.0
        good, bad = rate, 0.0
        while not bad and good < self.ceiling:
            rate = min(good * 2, self.ceiling)
            known = next((False for tried, held in self.tried if tried == rate and not held), None)
            good, bad = (rate, 0.0) if known is None and self._holds(rate) else (good, rate)
        while bad and bad / good > 1 + self.precision:
            middle = round((good * bad) ** 0.5)
            good, bad = (middle, bad) if self._holds(middle) else (good, middle)
        return good

    def _holds(self, rate: float) -> bool:
        held = self.probe(rate)
        self.tried.append((rate, held))
        return held
