"""What a comparison of old and new data says: a verdict of the counts, and the document that keeps it.

Classes of rows, each row of a side in exactly one:
identical (the same text in every column); by_rule (the same in normal form alone); within_tolerance (a number
near enough); changed; unreadable (a value that its rule cannot read, or a code that its table lacks); missing
(old alone); extra (new alone); duplicated (its key stands more than once on its side); unpaired (its key
stands more than once on the other side: what belongs to what cannot be said); no_key (a part of its key
is empty); header (the line of names again).
What was not compared never counts as fine: inconclusive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SCHEMA = 1
GOOD = ("identical", "by_rule", "within_tolerance")
BAD = ("changed", "unreadable", "missing", "extra", "duplicated_old", "duplicated_new",
       "unpaired_old", "unpaired_new", "no_key_old",
       "no_key_new", "header_old", "header_new")  # fmt: skip
OF_SIDE = {
    "old": ("changed", "unreadable", "missing", "duplicated_old", "unpaired_old", "no_key_old", "header_old"),
    "new": ("changed", "unreadable", "extra", "duplicated_new", "unpaired_new", "no_key_new", "header_new"),
}


def judged(batch: Mapping[str, Any]) -> dict[str, Any]:
    """The batch with `state`, `faults` and `allowed`: pass, fail or inconclusive, and each reason.

    batch: `counts`, `rows`, `columns`, `sums`, `violations`, `problems`, `damaged`, `allow` as
    renhai/checks/migration gathers them; `counts` is empty where nothing was compared.
    """
    counts: Mapping[str, int] = batch["counts"]
    faults, allowed = [], []
    for name in BAD:
        number = counts.get(name, 0)
        may = batch.get("allow", {}).get(name)
        if number and may and number <= may["at_most"]:
            allowed.append({"class": name, "rows": number, **may})
        elif number:
            faults.append({"class": name, "rows": number})
    unread = sum(one["unreadable_old"] + one["unreadable_new"] for one in batch["columns"])
    if unread and not counts.get("unreadable"):
        faults.append({"class": "unreadable", "rows": unread})
    uneven = sum(not one["equal"] for one in batch["sums"])
    if uneven:
        faults.append({"class": "sums", "rows": uneven})
    for kind in ("invalid", "unbalanced", "dangling"):
        broken = sum(one["old"] + one["new"] for one in batch["violations"] if one["kind"] == kind)
        if broken:
            faults.append({"class": kind, "rows": broken})
    damaged = sum(batch["damaged"].values())
    if damaged:
        faults.append({"class": "damaged", "rows": damaged})
    problems = [*batch["problems"], *_unaccounted(batch), *_all_allowed(batch, allowed)]
    state = "fail" if faults else "inconclusive" if problems or not counts else "pass"
    return {**batch, "problems": problems, "faults": faults, "allowed": allowed, "state": state}


def _all_allowed(batch: Mapping[str, Any], allowed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where everything that a side has may lack on the other, nothing was held against anything."""
    sides = {"missing": "old", "extra": "new"}
    return [
        f"{one['class']} allows at most {one['at_most']:,} rows, and the {sides[one['class']]} side has "
        f"{batch['rows'][sides[one['class']]]:,}: such a bound cannot fail; lower it"
        for one in allowed
        if one["at_most"] >= batch["rows"][sides[one["class"]]]
    ]


def _unaccounted(batch: Mapping[str, Any]) -> list[str]:
    """Every row of a side is in one class, or the comparison is not to be believed."""
    if not batch["counts"]:
        return []
    found = []
    for side, classes in OF_SIDE.items():
        sorted_in = sum(batch["counts"][name] for name in (*GOOD, *classes))
        if sorted_in != batch["rows"][side]:
            found.append(
                f"the {side} side has {batch['rows'][side]:,} rows, its classes {sorted_in:,}: a bug"
            )
    return found


def document(
    name: str,
    batches: Sequence[Mapping[str, Any]],
    problems: Sequence[str],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """verify.json. `problems`: what is not compared and in no batch; `about`: sources, times, versions."""
    rows = [judged(batch) for batch in batches]
    compared = [one for one in rows if one["counts"]]
    totals = {name: sum(one["counts"].get(name, 0) for one in compared) for name in (*GOOD, *BAD)}
    return {
        "schema": SCHEMA,
        "name": name,
        **about,
        "verdict": _verdict([one["state"] for one in rows], problems),
        "problems": list(problems),
        "counts": totals,
        "rows": {side: sum(one["rows"].get(side, 0) for one in rows) for side in OF_SIDE},
        "batches": rows,
    }


def _verdict(states: Sequence[str], problems: Sequence[str]) -> str:
    if "fail" in states:
        return "fail"
    return "inconclusive" if problems or not states or "inconclusive" in states else "pass"
