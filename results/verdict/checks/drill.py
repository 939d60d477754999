"""What a drill is held to, as rows of the verdict: a row for each bound, and what is not proven.

A bound that is broken fails the run, whatever else is not known. One that was met by a drill that has not
proven anything (not done, not shown to have done anything, not noticed, not seen to its end) is not judged,
and leaves a pass undecided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.metrics import seconds
from results.snapshot.run import ThresholdRow
from results.verdict.checks.bounded import decided
from results.verdict.reasons import Reason
from results.verdict.reasons.checks import drill as why
from results.verdict.run_summary import Judgement

SUBJECT = "drill"


def drilled(
    judgement: Judgement, wanted: Mapping[str, Any] | None, found: Mapping[str, Any] | None
) -> Judgement:
    """The judgement with what the drill adds. wanted: `drill` of the plan's goals; found: of run.json."""
    if not wanted or found is None:
        return judgement
    doubts = _doubts(wanted, found)
    rows, failures = [], []
    for bound in wanted["bounds"]:
        row, unknown = _row(bound, found, bool(doubts))
        rows.append(row)
        if row.passed is False:
            failures.append(
                why.Missed(
                    bounded=why.Bounded[bound["name"]], found=_shown(bound["name"], row.value), rule=row.rule
                )
            )
        doubts += [] if unknown is None or unknown in doubts else [unknown]
    verdict = decided(judgement.verdict, failures, doubts)
    return Judgement(
        verdict, judgement.why + failures + doubts, [*judgement.thresholds, *rows], judgement.notes
    )


def _doubts(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[Reason]:
    doubts: list[Reason] = [why.NotDone(problem=text) for text in found["problems"]]
    doubts += [
        why.NotShown(do=one["do"], service=one["service"] or "", at_s=one["at_s"])
        for one in found["actions"]
        if not one.get("shown")
    ]
    for one in found["episodes"]:
        at_s = one["injections_s"][0]
        if one["state"] == "unsteady":
            doubts.append(why.Unsteady(at_s=at_s))
        elif one["state"] == "unknown":
            doubts.append(why.TooFew(few_s=one["few_s"]))
        elif one["state"] == "not_recovered":
            doubts.append(why.NotRecovered(watched_s=one["watched_s"]))
        elif one["state"] == "unnoticed" and not wanted["unnoticed_is_fine"]:
            doubts.append(why.Unnoticed(at_s=at_s))
        doubts += [why.StillOut(who=who, at_s=at_s) for who in one.get("still_out", ())]
    return doubts


def _row(
    bound: Mapping[str, Any], found: Mapping[str, Any], doubtful: bool
) -> tuple[ThresholdRow, Reason | None]:
    name, limit = bound["name"], bound["value"]
    value, exact, unknown = _value(name, found)
    broken = value is not None and not _holds(bound["op"], value, limit)
    if name == "rpo" and limit == 0 and found["losses"]["during"]["count"]:
        broken = True  # acknowledged while it failed, and lost: that is data lost, too
    passed = False if broken else True if exact and not doubtful else None
    note = why.AtLeast() if value is not None and not exact and passed is not True else None
    counted = name.startswith("lost")
    row = ThresholdRow(
        subject=SUBJECT,
        rule=bound["text"],
        value=None if value is None else value if counted else 1000 * value,
        unit="" if counted else "ms",
        passed=passed,
        metric=name,
        limit=limit if counted else 1000 * limit,
        note=note.en if note else "",
        note_zh=note.zh if note else "",
        note_code=note.record() if note else None,  # type: ignore[arg-type]
    )
    return row, unknown if passed is None else None


def _value(name: str, found: Mapping[str, Any]) -> tuple[float | None, bool, Reason | None]:
    """The figure, whether it is exact or the least that it can be, and why it is not known."""
    lost = found["losses"]
    if name == "rto":
        return _rto(found)
    doubt = None if lost["state"] == "known" else why.LossUnknown(problem=lost["why"])
    if lost["state"] == "none":
        return None, False, doubt
    if name == "rpo":
        return lost["rpo_s"], lost["state"] == "known", doubt
    kinds = ("after",) if name == "lost_after" else ("before", "during")
    count = float(sum(lost[kind]["count"] for kind in kinds))
    return count, lost["state"] == "known", doubt


def _rto(found: Mapping[str, Any]) -> tuple[float | None, bool, Reason | None]:
    """Of an episode without a recovery it is longer than until the last who was not served."""
    if found["rto_s"] is not None:
        return found["rto_s"], True, None
    open_ones = [one for one in found["episodes"] if one["state"] == "not_recovered"]
    least = [one["watched_s"] if one.get("least_s") is None else one["least_s"] for one in open_ones]
    known = [one["rto_s"] for one in found["episodes"] if one["rto_s"] is not None]
    return max([*least, *known], default=None), False, None


def _holds(op: str, value: float, limit: float) -> bool:
    return value < limit if op == "<" else value <= limit


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if name.startswith("lost") else seconds(value / 1000)
