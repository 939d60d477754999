"""What a system answers otherwise to the same question: learned from reads that were asked twice, and from
twins, taxpayers who were entered alike. Nothing is written twice for it.

Noise is a value, or an order of rows, alone, and of the old system alone: where only the new one is unsteady,
that is a problem. An amount, a type, an outcome, or a field that comes and goes or is empty now and then is
never noise; and an order that is another each time says nothing of values in the same place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from results.checks.dual_track.compare import Difference, Rules, Said, differences, may_be_noise


class Noise:
    """fields: (operation, field, kind), how often it was another; asked_of: how often it could have been, by
    operation. unsteady: what must not be, in words."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules._replace(slower=None, noise=frozenset())
        self.fields: Counter[tuple[str, str, str]] = Counter()
        self.unsteady: Counter[str] = Counter()
        self.asked_of: Counter[str] = Counter()

    @property
    def asked(self) -> int:
        return self.asked_of.total()

    def read_twice(self, side: str, operation: str, one: Said, other: Said) -> None:
        """Two answers of one system to the same question, one right after the other."""
        self.asked_of[operation] += 1
        for (field, kind), noisy in self._different(operation, one, other):
            own = field.rpartition(".")[2].removesuffix("[]") in self._rules.own
            if side == "old" and noisy and not own:
                self.fields[operation, field, kind] += 1
            else:
                self.unsteady[f"{side}: {operation} {field} is another when it is read again ({kind})"] += 1

    def twins(self, operation: str, one: Said, other: Said, apart: Sequence[str]) -> None:
        """The old system's answers to two who were entered alike. apart: fields that tell them apart."""
        self.asked_of[operation] += 1
        for (field, kind), noisy in self._different(operation, one, other):
            name = field.rpartition(".")[2].removesuffix("[]")
            if noisy and name not in (*self._rules.own, *apart):
                self.fields[operation, field, kind] += 1

    def _different(self, operation: str, one: Said, other: Said) -> list[tuple[tuple[str, str], bool]]:
        """Field and kind of what differs, and whether all of it may be noise."""
        found: dict[tuple[str, str], list[Difference]] = {}
        for diff in differences(operation, one, other, self._rules):
            if not diff.reason:
                found.setdefault((diff.field, diff.kind), []).append(diff)
        return [(name, all(map(may_be_noise, each))) for name, each in found.items()]

    def told(self) -> list[Mapping[str, Any]]:
        """For replay.json, the most frequent first."""
        return [
            {
                "operation": operation,
                "field": field,
                "kind": kind,
                "count": count,
                "asked": self.asked_of[operation],
            }
            for (operation, field, kind), count in self.fields.most_common()
        ]
