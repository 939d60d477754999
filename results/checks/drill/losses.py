"""What was lost, by the audit: RPO, and losses that the failure cannot excuse.

RPO is the injection minus the acknowledgement of the oldest lost write that was acknowledged before it.
Writes acknowledged between injection and recovery and lost are counted apart (`during`), and so are those
acknowledged after the recovery (`after`), which no failure explains. Not read back is never 0, nor is it
where nothing was acknowledged shortly before: nothing could be lost then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from results.checks.drill.buckets import US
from results.checks.drill.starts import Start

KEY = "losses"  # of audit.json: [acknowledged, ms of the Unix epoch; fen] of each lost write
MOST = 200_000
ACKNOWLEDGED = "acknowledged"


class Outage(NamedTuple):
    """ms of the Unix epoch: from the injection to the recovery, None where there was none."""

    began: float
    recovered: float | None


def losses(audit: Mapping[str, Any] | None, outages: Sequence[Outage], doubt: str = "") -> dict[str, Any]:
    """state: known; partly: not all could be read back; none: nothing was audited. rpo_s: at least that long
    where partly; None where nothing is known. Each class has its count and fen."""
    state, why = _state(audit)
    if state == "known" and doubt:
        state, why = "partly", doubt
    rows: list[Sequence[int]] = list((audit or {}).get(KEY) or ())
    classes = {name: {"count": 0, "fen": 0} for name in ("before", "during", "after")}
    rpo = 0.0
    for acknowledged, fen in rows:
        name, ago = _class(acknowledged, outages)
        classes[name]["count"] += 1
        classes[name]["fen"] += fen
        rpo = max(rpo, ago)
    known = None if state == "none" or (state == "partly" and not rows) else rpo
    return {"state": state, "why": why, "rpo_s": known, **classes}


def unseen(
    rows: Sequence[Start], audit: Mapping[str, Any] | None, injections: Sequence[int], steady: int
) -> str:
    """Why nothing could have been lost at one of the injections, "" where something could: in the `steady`
    microseconds before it no write was acknowledged that is audited. Injections: microseconds of the load."""
    audited = {
        name for name, counts in ((audit or {}).get("operations") or {}).items() if counts.get(ACKNOWLEDGED)
    }
    times = [row.at + row.lasted for row in rows if row.outcome == "ok" and row.operation in audited]
    for at in injections:
        if not any(at - steady <= one <= at for one in times):
            return (
                f"no write was acknowledged in the {steady / US:g} s before {at / US:.1f} s, to be lost then"
            )
    return ""


def _state(audit: Mapping[str, Any] | None) -> tuple[str, str]:
    if not audit or audit.get("state") in ("failed", "not_possible"):
        return "none", str((audit or {}).get("problem") or "nothing was audited")
    if audit["state"] == "nothing":
        return "none", "nothing was written"
    told = len(audit.get(KEY) or ())
    if audit["counts"]["lost"] != told:
        return "partly", f"{told} of {audit['counts']['lost']} lost writes have a time"
    if audit["state"] != "audited":
        counts = audit["counts"]
        open_ones = counts["unverified"] + counts["never_read"]
        return "partly", str((audit.get("problems") or [f"{open_ones} writes could not be read back"])[0])
    return "known", ""


def _class(acknowledged: float, outages: Sequence[Outage]) -> tuple[str, float]:
    """Which class a loss is of, and by how many seconds it was acknowledged before the injection."""
    for one in outages:
        if acknowledged <= one.began:
            return "before", (one.began - acknowledged) / 1000
        if one.recovered is None or acknowledged < one.recovered:
            return "during", 0.0
    return "after", 0.0
