"""What a drill found, as problems of the ledger: an action after which people could not work again, and
losses that were acknowledged after the recovery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.checks.signature import problem_id

CHECK = "drill"


def drill_faults(found: Mapping[str, Any], at: str) -> list[dict[str, Any]]:
    """found: `drill` of run.json. Rows as the ledger takes them."""
    actions = {one["at_s"]: f"{one['do']} {one['service'] or ''}".strip() for one in found["actions"]}
    rows = []
    for one in found["episodes"]:
        if one["state"] == "not_recovered":
            name = actions.get(one["injections_s"][0], "action")
            rows.append(_fault("not_recovered", name, 1, 0, at, {"watched_s": one["watched_s"]}))
    after = found["losses"]["after"]
    if after["count"]:
        rows.append(_fault("lost_after_recovery", "writes", after["count"], -after["fen"], at, {}))
    return rows


def _fault(
    kind: str, operation: str, count: int, fen: int, at: str, example: Mapping[str, Any]
) -> dict[str, Any]:
    day = at[:10]
    return {
        "id": problem_id(CHECK, operation, "", kind, ""),
        "check": CHECK, "domain": CHECK, "operation": operation, "field": "", "kind": kind, "pair": "",
        "count": count, "fen": fen, "units": {}, "first": day, "last": day, "example": dict(example),
    }  # fmt: skip
