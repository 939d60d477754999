"""Which transactions are entered in a system: all in the old one, those of the plan in the new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from renhai.core.errors import UsageError, choice
from renhai.spec.cutover.journal.domains import NAMES
from renhai.spec.cutover.journal.entry import Entry, JournalFile
from renhai.spec.cutover.journal.rules import Reenter, Rules


class Selection:
    """Asked for each entry in the order of the journal; it counts. Raises UsageError for a plan that cannot
    be filled, or names what is nowhere."""

    def __init__(self, rules: Rules, side: str, journal: JournalFile) -> None:
        self._plan = rules.reenter if side == "new" else None
        self._taken: Counter[str] = Counter()
        self._most = {name: unit.most for name, unit in (self._plan or {}).items()}
        if self._plan:
            _check(self._plan, {(entry.unit, entry.domain) for entry in journal.entries()})
        for name, unit in (self._plan or {}).items():
            if unit.fill is not None:
                self._most[name] = 0
                others = sum(self.takes(entry) for entry in journal.entries())
                self._taken.clear()
                self._most[name] = _left(name, unit.fill, others)

    def takes(self, entry: Entry) -> bool:
        if self._plan is None:
            return True
        unit = self._plan.get(entry.unit)
        if unit is None or (unit.domains is not None and entry.domain not in unit.domains):
            return False
        most = self._most[entry.unit]
        if most is not None and self._taken[entry.unit] >= most:
            return False
        self._taken[entry.unit] += 1
        return True


def _check(plan: Mapping[str, Reenter], there: set[tuple[str, str]]) -> None:
    """What is misspelt would be left out of the new system without a word. A unit that the journal lacks may
    have had nothing to do, unless there is one that nobody names. there: units and domains of the journal."""
    left = sorted({unit for unit, _ in there} - plan.keys())
    domains = {*(domain for _, domain in there), *NAMES.values()}
    for name, unit in plan.items():
        if left and name not in {known for known, _ in there}:
            raise UsageError(
                f"reenter.{name}: no transaction of the journal is of this unit{choice(name, left)}"
            )
        for domain in unit.domains or ():
            if domain not in domains:
                raise UsageError(
                    f"reenter.{name}.domains has {domain}, which is none{choice(domain, domains)}"
                )


def _left(unit: str, fill: int, others: int) -> int:
    if others > fill:
        raise UsageError(f"reenter.{unit}.fill is {fill}, and the other units re-enter {others} already")
    return fill - others
