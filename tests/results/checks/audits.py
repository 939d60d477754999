"""Audits of ten declarations against what was read back, and ledgers of them."""

from __future__ import annotations

import json
from typing import Any

from results.checks.audit.classes import Audit
from results.checks.audit.document import document
from results.checks.audit.intents import Write
from results.checks.audit.model import Reading, Record
from results.checks.ledger.merge import merge_audit
from results.checks.ledger.model import Ledger

RULE = {"by": ["pzxh"], "key": ["djxh", "period"], "compare": ["code"], "amounts": ["tax"], "tax": "form"}


def write(n: int, **values: Any) -> Write:
    own = {
        "djxh": f"d{n}",
        "period": "2015-09",
        "code": "11",
        "tax": 10_000 + n,
        "form": "A",
        "pzxh": f"p{n}",
    }
    return Write(
        (0, n, 0), "declaration.submit", "ok", 1_442_000_000_000, 1_442_000_000_001, {**own, **values}
    )


def record(n: int, **values: Any) -> Record:
    return Record({**write(n).values, **values})


def audit(
    records: list[Record],
    run: str = "run-1",
    at: str = "2026-11-01T08:00:00.000+00:00",
    writes: int = 10,
    holes: tuple[str, ...] = (),
    **reading: Any,
) -> dict[str, Any]:
    """audit.json of ten declarations against what is given."""
    account = Audit("declaration.submit", RULE).judge(
        [write(n) for n in range(writes)], Reading(records, **reading)
    )
    return json.loads(json.dumps(document(run, [account], [], holes, at, 0.1, "target")))  # type: ignore[no-any-return]


WELL = [record(n) for n in range(10)]
LOST = WELL[1:]
LATER = "2026-11-02T08:00:00.000+00:00"
LAST = "2026-11-03T08:00:00.000+00:00"


def ledger_of(*found: dict[str, Any]) -> Ledger:
    made = Ledger()
    for one in found:
        merge_audit(made, one, "audit.json")
    return made


def only(ledger: Ledger) -> Any:
    (one,) = ledger.problems
    return one
