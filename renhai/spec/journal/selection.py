"""Which transactions are entered in a system: all in the old one, those of the plan in the new."""

from __future__ import annotations

from collections import Counter

from renhai.spec.journal.entry import Entry
from renhai.spec.journal.rules import Rules


class Selection:
    """Asked for each entry in the order of the journal; it counts."""

    def __init__(self, rules: Rules, side: str) -> None:
        self._plan = rules.reenter if side == "new" else None
        self._taken: Counter[str] = Counter()

    def takes(self, entry: Entry) -> bool:
        if self._plan is None:
            return True
        unit = self._plan.get(entry.unit)
        if unit is None or (unit.domains is not None and entry.domain not in unit.domains):
            return False
        if unit.most is not None and self._taken[entry.unit] >= unit.most:
            return False
        self._taken[entry.unit] += 1
        return True
