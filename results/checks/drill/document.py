"""The `drill` of run.json: what was done, what people saw of it, what was lost; nothing is judged here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from results.checks.drill.buckets import US, Limits
from results.checks.drill.losses import Outage, losses, unseen
from results.checks.drill.recovery import Episode, Watch, episodes
from results.checks.drill.starts import NAME as STARTS
from results.checks.drill.starts import Start, StartsDamaged, missing, read_starts

NAME = "drill.jsonl"
JUMP_MS = 100.0  # by which the clock of the day may move against the one that only runs


def read_log(directory: Path) -> list[dict[str, Any]]:
    """The lines that the drill's process left (renhai.checks.drill.driver); a torn last one is left out."""
    rows: list[dict[str, Any]] = []
    try:
        text = (directory / NAME).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return rows
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def find_drill(
    directory: Path, measured: Any, wanted: Mapping[str, Any], audit: Mapping[str, Any] | None
) -> dict[str, Any]:
    """measured: results.snapshot.run.Measured. wanted: `drill` of the plan's goals. audit: audit.json.

    `problems`: why not all of it happened, or can be known; then nothing of it is proven.
    """
    log = read_log(directory)
    done = sorted((row for row in log if row.get("event") == "done"), key=lambda row: row["began_ns"])
    backs = {row["number"]: row["began_ns"] for row in log if row.get("event") == "undone"}
    problems = _problems(log, done, wanted, measured)
    found: list[Episode] = []
    rows: list[Start] = []
    try:
        rows = read_starts(directory / STARTS)
        lacking = missing(rows, measured.operations)
        problems += [lacking] if lacking else []
        watch = Watch(
            rows,
            Limits(wanted["good"], wanted["at_least"]),
            round(wanted["bucket_s"] * US),
            wanted["in_a_row"],
            round(measured.duration_s * US),
        )
        found = episodes(watch, [_us(row, measured) for row in done])
    except StartsDamaged as damage:
        problems.append(str(damage))
    outages = _outages(found, done, measured)
    steady = round(wanted["bucket_s"] * US) * wanted["in_a_row"]
    doubt = _clock_doubt(log) or unseen(rows, audit, [one.injections[0] for one in found], steady)
    lost = losses(audit, outages, doubt)
    rto = (
        None
        if not found or any(one.rto_s is None for one in found if one.state != "unnoticed")
        else max((one.rto_s or 0.0) for one in found)
    )
    actions = [_action(row, backs, measured, found) for row in done]
    proven = not problems and all(one["shown"] for one in actions)
    level = _level(rto, lost, wanted["levels"]) if proven else None
    return {
        "actions": actions,
        "episodes": [one.document() for one in found],
        "rto_s": rto,
        "losses": lost,
        "level": level,
        "problems": problems,
        "bucket_s": wanted["bucket_s"],
        "in_a_row": wanted["in_a_row"],
    }  # fmt: skip


def _us(row: Mapping[str, Any], measured: Any) -> int:
    return int((row["began_ns"] - measured.t0_ns) // 1000)


def _action(
    row: Mapping[str, Any], backs: Mapping[int, int], measured: Any, found: Sequence[Episode]
) -> dict[str, Any]:
    back = backs.get(row["number"])
    at = _us(row, measured)
    return {
        "number": row["number"],
        "do": row["do"],
        "service": row.get("service"),
        "at_s": at / US,
        "back_s": None if back is None else (back - measured.t0_ns) / 1e9,
        "shown": row.get("shown") is True or _noticed(at, found),
    }


def _noticed(at: int, found: Sequence[Episode]) -> bool:
    """Whether people noticed an action that came at that microsecond, before anything else was done.

    What they noticed later may be what came after it; then it says nothing of this one.
    """
    for one in found:
        if at == one.injections[0] and one.noticed_s is not None:
            return len(one.injections) == 1 or at + one.noticed_s * US <= one.injections[1]
    return False


def _problems(
    log: Sequence[Mapping[str, Any]],
    done: Sequence[Mapping[str, Any]],
    wanted: Mapping[str, Any],
    measured: Any,
) -> list[str]:
    found = [str(row["why"]) for row in log if row.get("event") in ("failed", "not_undone")]
    seen = {row["number"] for row in done}
    for number, action in enumerate(wanted["method"]):
        if number not in seen and not any(
            row.get("number") == number for row in log if row.get("event") == "failed"
        ):
            found.append(f"method[{number}] ({action['do']}) was not done")
    if not any(row.get("event") == "over" for row in log):
        found.append("the drill's process did not come to its end")
    if not measured.t0_ns and done:
        found.append("when the load began is not known")
    return found


def _clock_doubt(log: Sequence[Mapping[str, Any]]) -> str:
    """Whether the clock of the day was set meanwhile; the audit's times go by it."""
    ahead = [row["wall_ms"] - row["mono_ns"] / 1e6 for row in log if "mono_ns" in row]
    if ahead and max(ahead) - min(ahead) > JUMP_MS:
        return f"the clock was set by {(max(ahead) - min(ahead)) / 1000:.1f} s meanwhile"
    return ""


def _outages(found: Sequence[Episode], done: Sequence[Mapping[str, Any]], measured: Any) -> list[Outage]:
    """On the clock of the day, by which writes are acknowledged.

    Where the system was not seen well between two injections, either may have cost a write: it counts from
    the later one, so that no loss is told as a younger one than it was.
    """
    wall = {_us(row, measured): float(row["wall_ms"]) for row in done}
    rows = []
    for one in found:
        began = wall[one.injections[0]]
        ended = (
            began + (one.rto_s or 0.0) * 1000 if one.rto_s is not None or one.state == "unnoticed" else None
        )
        rows.append(Outage(wall[one.injections[-1]], ended))
    return rows


def _level(rto: float | None, lost: Mapping[str, Any], levels: Sequence[Mapping[str, Any]]) -> int | None:
    """The highest level of GB/T 20988 whose figures are met; None where either figure is not known."""
    if rto is None or lost["state"] != "known" or lost["rpo_s"] is None:
        return None
    rpo = lost["rpo_s"] if not lost["during"]["count"] else max(lost["rpo_s"], 1e-9)
    met = [
        one["level"]
        for one in levels
        if (one["rto_s"] is None or rto <= one["rto_s"]) and (one["rpo_s"] is None or rpo <= one["rpo_s"])
    ]
    return max(met, default=None)
