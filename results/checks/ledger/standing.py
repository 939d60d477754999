"""How a ledger stands: pass, fail while a problem is open, inconclusive while something is not proven.

A problem that people call solved is proven gone by later audits of the same check that could read all,
wrote by the same operation (or checked the same equation, or compared the same column by the same rule),
ignored no such difference, and did not find it; a replay, in answers that had the field. Where it tells in
which units (of a replay: and domains) it looked at that, it proves nothing of the problem's other places.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from results.checks.dual_track.document import CHECK as DUAL_TRACK
from results.checks.ledger.model import Audited, Ledger, LedgerProblem, ignored_key, of_refusals
from results.checks.migration.faults import CHECK as MIGRATION
from results.checks.migration.faults import looked_for

PROVEN, NOTHING = "audited", "nothing"
THERE = ("type", "value", "missing", "order", "amount")  # kinds of fields that are there once they are right
TOLD = 5
NOWHERE = ("", "")  # a place of which nothing tells where it is


class LedgerVerdict(NamedTuple):
    """verdict; why, in sentences of the catalogue (results.language)."""

    verdict: Literal["pass", "fail", "inconclusive"]
    why: list[str]


def standing(ledger: Ledger) -> LedgerVerdict:
    """Open outranks not proven."""
    opened = [one for one in ledger.problems if one.state != "solved"]
    back = sum(1 for one in opened if one.reopened)
    doubts = _doubts(ledger)
    if not opened:
        return LedgerVerdict("inconclusive" if doubts else "pass", doubts)
    told = [f"{len(opened):,} problems are open"]
    if back:
        told.append(f"{back:,} of them were solved once and came back")
    return LedgerVerdict("fail", [*told, *doubts])


def unconfirmed(ledger: Ledger, problem: LedgerProblem) -> bool:
    """Whether a solved problem has not been looked for since."""
    return problem.state == "solved" and bool(_unlooked(ledger, problem))


def _later(ledger: Ledger, problem: LedgerProblem) -> list[Audited]:
    return [one for one in ledger.audits if one.at > problem.changed and one.state == PROVEN]


def _unlooked(ledger: Ledger, problem: LedgerProblem) -> list[tuple[str, str]]:
    """Domain and unit of each of its places that no audit has looked at since it was solved."""
    places, later = problem.places or {NOWHERE}, _later(ledger, problem)
    return sorted(place for place in places if not any(_looked(one, problem, place) for one in later))


def _named(ledger: Ledger, problem: LedgerProblem) -> str:
    """Its id, and where audits have looked elsewhere alone the units that they did not."""
    units = sorted({unit for _, unit in _unlooked(ledger, problem) if unit})
    if not units or not any(_looked(one, problem, NOWHERE) for one in _later(ledger, problem)):
        return problem.id
    more = ", ..." if len(units) > TOLD else ""
    return f"{problem.id} ({', '.join(units[:TOLD])}{more})"


def _looked(one: Audited, problem: LedgerProblem, place: tuple[str, str]) -> bool:
    """A run that is read back says nothing of what two systems answer, however alike they are called."""
    about = problem.field if problem.kind == "balance" else problem.operation
    if problem.check == MIGRATION:
        about = looked_for(problem.operation, problem.field, problem.kind, problem.pair)
    if problem.check == DUAL_TRACK and problem.kind == "status" and _of_a_refusal(problem):
        about = of_refusals(problem.operation)
    if one.fields is not None and problem.kind in THERE:
        there = one.fields.get(problem.operation, ())
        if problem.check == DUAL_TRACK and problem.field not in there:
            return False  # no target file reads it any more, say: nobody has looked
    hidden = ignored_key(problem.operation, problem.field, problem.kind) in one.ignored
    return one.check in ("", problem.check) and one.reaches(about, place) and not hidden


def _of_a_refusal(problem: LedgerProblem) -> bool:
    """Whether the old system refused what the new one took, or by another code."""
    return problem.field == "code" or problem.pair.startswith("rejected")


def _doubts(ledger: Ledger) -> list[str]:
    newest: dict[tuple[str, str], Audited] = {}
    for one in sorted(ledger.audits, key=lambda audit: audit.at):
        newest[one.run_id, one.check] = one
        if one.check:  # papers that are all there make no audit good that could not read
            newest.pop((one.run_id, ""), None)
    found = []
    if not any(one.state == PROVEN for one in newest.values()):
        found.append("no audit could read back all that a run wrote")
    short = [one for one in newest.values() if one.state not in (PROVEN, NOTHING)]
    found += [f"the audit of {one.run_id} is not whole: {one.missing}" for one in short[:TOLD]]
    if len(short) > TOLD:
        found.append(f"and {len(short) - TOLD:,} more audits that are not whole")
    waiting = [one for one in ledger.problems if unconfirmed(ledger, one)]
    if waiting:
        ids = ", ".join(_named(ledger, one) for one in waiting[:TOLD])
        found.append(f"{len(waiting):,} problems are called solved, and no audit has looked since: {ids}")
    return found
