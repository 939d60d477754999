"""What a verification found, as problems of the ledger: one for each batch, column and kind of fault.

How often is exact; which two values stand there is told by one example, as verify.json keeps only some.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from results.checks.signature import problem_id

CHECK = "migration"
BY_COLUMN = {"changed": ("changed",), "unreadable": ("unreadable_old", "unreadable_new")}


def looked_for(operation: str, field: str, kind: str, pair: str) -> str:
    """What a verification has to look for, that its silence may say that a problem is gone: its batch and, of
    a column or a rule, that one too, as other rules may leave it out."""
    return f"{operation}.{field}: {kind} {pair}".rstrip() if field else operation


def all_looked_for(found: Mapping[str, Any]) -> Iterator[str]:
    """found: verify.json, of which nothing is open. What it would have told, had it been there."""
    for batch in found["batches"]:
        rows = [("", "", "")]
        rows += [(one["name"], kind, "") for one in batch["columns"] for kind in BY_COLUMN]
        rows += [(name, "sums", "") for one in batch["sums"] for name in one["sums"]]
        rows += [(one["field"], one["kind"], str(one["rule"])) for one in batch["violations"]]
        yield from (looked_for(batch["name"], *row) for row in rows)


def migration_faults(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """found: verify.json. Rows as the ledger takes them, the most frequent first."""
    day = str(found["started"])[:10]
    rows = []
    for batch in found["batches"]:
        for (field, kind, pair), count in _counted(batch).items():
            rows.append(
                {
                    "id": problem_id(CHECK, batch["name"], field, kind, pair),
                    "check": CHECK,
                    "domain": batch["title"] or batch["name"],
                    "operation": batch["name"],
                    "field": field,
                    "kind": kind,
                    "pair": pair,
                    "count": count,
                    "fen": 0,
                    "units": {},
                    "first": day,
                    "last": day,
                    "example": _example(batch, field, kind),
                }
            )
    return sorted(rows, key=lambda row: (-row["count"], row["id"]))


def _counted(batch: Mapping[str, Any]) -> Counter[tuple[str, str, str]]:
    """By column, kind and rule. Whatever the verdict counted is in it."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in batch["faults"]:
        parts = Counter(dict(_parts(batch, one["class"])))
        counts += parts or Counter({("", one["class"], ""): one["rows"]})
    return counts


def _parts(batch: Mapping[str, Any], kind: str) -> Iterator[tuple[tuple[str, str, str], int]]:
    for column in batch["columns"] if kind in BY_COLUMN else ():
        number = sum(column[name] for name in BY_COLUMN[kind])
        if number:
            yield (column["name"], kind, ""), number
    if kind == "sums":
        for name in {name for one in batch["sums"] for name in one["sums"]}:
            uneven = sum(not one["equal"] and name in one["sums"] for one in batch["sums"])
            if uneven:
                yield (name, kind, ""), uneven
    for rule in batch["violations"]:
        if rule["kind"] == kind and rule["old"] + rule["new"]:
            yield (rule["field"], kind, str(rule["rule"])), rule["old"] + rule["new"]


def _example(batch: Mapping[str, Any], field: str, kind: str) -> dict[str, Any]:
    for one in batch["samples"]:
        if one["kind"].startswith(kind) and one["field"] in (field, ""):
            return {name: one[name] for name in ("key", "field", "old", "new")}
    return {}
