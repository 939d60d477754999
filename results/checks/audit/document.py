"""audit.json: what an audit found, for the verdict, the pages and the problem ledger; nothing is judged here.

Schema 2 has `faults` (results.checks.audit.faults) beside the examples. `losses`: of each lost write when it
was acknowledged (ms of the Unix epoch) and its fen, for what a drill is held to. `unseen`: see there.
`units`: by operation those that its writes were of, by equation those of the records that it was held to.

`state`: audited; incomplete (something could not be read back, or an intent may be missing); not_possible
(the target file says of no written operation how it is read back); nothing (nothing was written); failed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from results.checks.audit.balances import Equation
from results.checks.audit.books import agreeing
from results.checks.audit.faults import MOST_FAULTS, Units, faults, unexplained
from results.checks.audit.model import CLASSES, AuditResult, Finding
from results.checks.drill.losses import MOST

SCHEMA = 2
MOST_FINDINGS = 1000
MOST_PROBLEMS = 50
INCOMPLETE = ("unverified", "never_read")


def document(
    run_id: str,
    accounts: Sequence[AuditResult],
    equations: Sequence[Equation],
    holes: Sequence[str],
    at: str,
    seconds: float,
    source: str,
    possible: bool = True,
    units: Units | None = None,
    looked_in: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """at: when it was read, ISO 8601; source: of what (`the target`, or a file's name); looked_in:
    `units`."""
    totals: Counter[str] = Counter()
    for account in accounts:
        totals.update(account.counts)
    problems = [f"{one.operation}: {why}" for one in accounts for why in one.problems]
    problems += [f"{one.name}: {one.unchecked}" for one in equations if one.unchecked]
    told = list(dict.fromkeys([*holes, *problems, *unexplained(accounts)]))
    rows = faults(accounts, equations, units)
    if len(rows) > MOST_FAULTS:
        told.append(f"{len(rows):,} distinct problems, of which {MOST_FAULTS:,} are told")
    broken = sum(one.broken for one in equations)
    found = [one for account in accounts for one in account.findings]
    found += [one for equation in equations for one in equation.findings]
    return {
        "schema": SCHEMA,
        "run_id": run_id,
        "at": at,
        "seconds": round(seconds, 3),
        "source": source,
        "state": _state(totals, told, possible),
        "counts": {name: totals[name] for name in ("acknowledged", "refused", "unknown", "ignored", *CLASSES)}
        | {"balance": broken},
        "operations": {one.operation: dict(one.counts) for one in accounts},
        "sums": [_sum(one.operation, tax, row) for one in accounts for tax, row in sorted(one.sums.items())],
        "equations": [
            {
                "name": one.name,
                "name_en": one.name_en,
                "checked": one.checked,
                "broken": one.broken,
                "unchecked": one.unchecked,
            }
            for one in equations
        ],
        "figures": figures(totals, equations, accounts),
        "problems": told[:MOST_PROBLEMS],
        "unseen": unseen(accounts),
        "units": {name: list(found) for name, found in (looked_in or {}).items()},
        "findings": len(found),
        "losses": [[one.ended_ms, -one.fen] for one in found if one.kind == "lost"][:MOST],
        "faults": rows[:MOST_FAULTS],
        "examples": [finding(one) for one in _of_each_kind(found)],
    }


def not_possible(run_id: str, at: str) -> dict[str, Any]:
    """No operation of the target file keeps anything, or says how it is read back."""
    return document(run_id, [], [], [], at, 0.0, "target", possible=False)


def failed(run_id: str, at: str, problem: str) -> dict[str, Any]:
    """An audit that did not come about."""
    found = document(run_id, [], [], [problem], at, 0.0, "target")
    return {**found, "state": "failed", "problem": problem}


def _state(totals: Counter[str], problems: Sequence[str], possible: bool) -> str:
    if not possible:
        return "not_possible"
    if problems or any(totals[name] for name in INCOMPLETE):
        return "incomplete"
    return "audited" if totals["acknowledged"] or totals["unknown"] else "nothing"


def unseen(accounts: Iterable[AuditResult]) -> dict[str, list[str]]:
    """Classes that count nothing because nothing would show them, by the operations of which that is so."""
    wrote = (one for one in accounts if one.counts["acknowledged"] or one.counts["unknown"])
    names = [one.operation for one in wrote if one.second_unseen]
    return {"duplicated": names} if names else {}


def figures(
    totals: Counter[str], equations: Iterable[Equation], accounts: Iterable[AuditResult] = ()
) -> dict[str, list[int]]:
    """[good, of all]: completeness, what was acknowledged and is there; correctness, what is there and as it
    was acknowledged; consistency, equations that hold and books of operations by tax kind that agree.
    完整性、正确性、一致性."""
    there, found = totals["found_acknowledged"], totals["found"]
    rows = list(equations)
    books = [agreeing(one) for one in accounts]
    checked = sum(one.checked for one in rows)
    held = checked - sum(one.broken for one in rows) + sum(good for good, _ in books)
    return {
        "completeness": [there, there + totals["lost"]],
        "correctness": [found - totals["altered"], found],
        "consistency": [held, checked + sum(of for _, of in books)],
    }


def finding(one: Finding) -> dict[str, Any]:
    """With what was acknowledged and what is held, for whoever looks into it."""
    return {**one._asdict(), "write": dict(one.write), "record": dict(one.record)}


def _sum(operation: str, tax: str, row: Sequence[int]) -> dict[str, Any]:
    names = ("acknowledged", "acknowledged_fen", "held", "held_fen")
    return {
        "domain": operation.partition(".")[0],
        "operation": operation,
        "tax": tax,
        **dict(zip(names, row, strict=True)),
        "difference_fen": row[3] - row[1],
    }


def _of_each_kind(found: Sequence[Finding]) -> list[Finding]:
    """The first of each operation, kind and field before any second one; bounded."""
    turns: Counter[tuple[str, str, str]] = Counter()
    ranked = []
    for place, one in enumerate(found):
        kind = one.operation, one.kind, one.field
        ranked.append((turns[kind], place, one))
        turns[kind] += 1
    ranked.sort(key=lambda entry: entry[:2])
    return [one for _, _, one in ranked[:MOST_FINDINGS]]
