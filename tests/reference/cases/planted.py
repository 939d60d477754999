"""A bureau whose writes are kept as receipts, and the audit of what its reference system holds afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from renhai.binding.codec import Reply
from renhai.binding.loader import load_binding
from renhai.checks.audit.whole import Gathering, Sources, with_amounts
from results.checks.audit.balances import check
from results.checks.audit.intents import Intents, Write
from results.checks.audit.model import Finding
from results.checks.audit.unproven import Wrote
from results.checks.values import fen
from tests.reference.cases.applying import ITEMS
from tests.reference.cases.driving import Hall
from tests.reference.office import Office

BINDING = load_binding("reference")[0]
BALANCES = [one.model_dump(by_alias=True) for one in BINDING.balances]
RULES = with_amounts({name: rule.model_dump(by_alias=True) for name, rule in BINDING.audit.items()}, BALANCES)
NOW_MS = 1_000


@dataclass
class Bookkeeping(Hall):
    """A hall that keeps an intent and a receipt of each write, as load processes do."""

    writes: dict[str, list[Write]] = field(default_factory=dict)

    def _ask(self, operation: str, fields: dict[str, Any]) -> Reply:
        reply = super()._ask(operation, fields)
        if BINDING.operations[operation].receipt:
            rows = self.writes.setdefault(operation, [])
            values = {**fields, **(reply.data if reply.ok else {})}
            amounts = [*(RULES[operation].get("amounts") or ()), *(RULES[operation].get("added") or ())]
            values |= {name: fen(values[name]) for name in amounts if name in values}
            number = (0, len(self.writes) * 10_000 + len(rows), 0)
            rows.append(Write(number, operation, "ok" if reply.ok else "fail", NOW_MS, NOW_MS, values))
        return reply

    def with_fault(self, *statements: str) -> Bookkeeping:
        """The same receipts, and a copy of what is held in which the statements planted something."""
        office = Office().copied(self.office.database)
        for statement in statements:
            assert office.database.execute(statement).rowcount > 0, f"nothing planted by {statement}"
        return replace(self, office=office)


@dataclass
class Found:
    """What an audit found: (operation, class) of each finding, the equations that do not hold, and how
    many steps of cases are lost, by domain."""

    findings: set[tuple[str, str]]
    broken: set[str]
    unchecked: set[str]
    stable: int
    lost: Counter[str]

    @property
    def clean(self) -> bool:
        return not self.findings and not self.broken and not self.unchecked


class Asker:
    """Asks the reference system in this process."""

    def __init__(self, hall: Hall) -> None:
        self._office = hall.office

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        answer = self._office.call(operation, dict(fields))
        return Reply("ok" if answer.ok else "rejected", answer.data, answer.code, answer.reason)


def audited(hall: Bookkeeping) -> Found:
    """The audit of a run, by the rules that ship for the reference system."""
    work = Gathering(RULES, Intents(hall.writes), Sources(), lambda: Asker(hall), fresh=True, waits_s=())
    accounts = work.accounts(lambda text: None)
    wrote = Wrote(RULES, hall.writes, {one.operation: one.acknowledged for one in accounts})
    equations = check(BALANCES, work.readings, wrote)
    return Found(
        {(found.operation, found.kind) for account in accounts for found in account.findings},
        {one.name for one in equations if one.broken},
        {one.name for one in equations if one.unchecked},
        sum(account.counts["stable"] for account in accounts),
        Counter(
            ITEMS[_item(hall, one)].domain
            for account in accounts
            for one in account.findings
            if one.kind == "lost" and "serial" in one.write
        ),
    )


def _item(hall: Bookkeeping, found: Finding) -> str:
    """The business item of the step that is lost, by the receipt that names it."""
    writes = hall.writes[found.operation]
    serial = found.write["serial"]
    return next(str(write.values["item"]) for write in writes if write.values.get("serial") == serial)
