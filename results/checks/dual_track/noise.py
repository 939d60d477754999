"""What a system answers otherwise to the same question: learned from reads that were asked twice, and from
twins, taxpayers who were entered alike. Nothing is written twice for it.

Noise is a value, or an order of rows, alone, and of the old system alone: where only the new one is unsteady,
that is a problem. An amount, a type, an outcome, or a field that comes and goes is never noise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from results.checks.dual_track.compare import NOISY, Rules, Said, differences


class Noise:
    """fields: (operation, field), how often it was another. unsteady: what must not be, in words."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules._replace(slower=None, noise=frozenset())
        self.fields: Counter[tuple[str, str]] = Counter()
        self.unsteady: Counter[str] = Counter()
        self.asked = 0

    def read_twice(self, side: str, operation: str, one: Said, other: Said) -> None:
        """Two answers of one system to the same question, one right after the other."""
        self.asked += 1
        for field, kind in self._different(operation, one, other):
            own = field.rpartition(".")[2].removesuffix("[]") in self._rules.own
            if side == "old" and kind in NOISY and not own:
                self.fields[operation, field] += 1
            else:
                self.unsteady[f"{side}: {operation} {field} is another when it is read again ({kind})"] += 1

    def twins(self, operation: str, one: Said, other: Said, apart: Sequence[str]) -> None:
        """The old system's answers to two who were entered alike. apart: fields that tell them apart."""
        self.asked += 1
        for field, kind in self._different(operation, one, other):
            name = field.rpartition(".")[2].removesuffix("[]")
            if kind in NOISY and name not in (*self._rules.own, *apart):
                self.fields[operation, field] += 1

    def _different(self, operation: str, one: Said, other: Said) -> list[tuple[str, str]]:
        found = differences(operation, one, other, self._rules)
        return list(dict.fromkeys((diff.field, diff.kind) for diff in found if not diff.reason))

    def told(self) -> list[Mapping[str, Any]]:
        """For replay.json, the most frequent first."""
        return [
            {"operation": operation, "field": field, "count": count}
            for (operation, field), count in self.fields.most_common()
        ]
