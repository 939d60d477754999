"""Putting what audits found, and what other ledgers know, into a ledger. The order does not matter, and
merging twice changes nothing.

What one audit of a run has seen stays, though a later audit of that run does not see it: somebody may have
mended the data by hand. Only people close a problem, and only an audit confirms that it is gone
(results.checks.ledger.standing).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from results.checks.audit.faults import CHECK as AUDIT
from results.checks.drain.document import CHECK as DRAIN
from results.checks.drill.faults import CHECK as DRILL
from results.checks.drill.faults import drill_faults
from results.checks.dual_track.document import CHECK as DUAL_TRACK
from results.checks.dual_track.document import OPEN, open_parts
from results.checks.ledger.model import (
    STATES,
    Audited,
    Change,
    Ledger,
    LedgerProblem,
    Sighting,
    ignored_key,
    of_refusals,
    utc,
)
from results.checks.migration.faults import CHECK as MIGRATION
from results.checks.migration.faults import all_looked_for, migration_faults
from results.checks.papers.document import CHECK as PAPERS
from results.checks.papers.document import as_audit
from results.errors import SnapshotError
from results.snapshot.files import read_whole

AGAIN = "audit the run again: renhai audit RUN"
SINCE = 2  # the schema of audit.json that tells each problem


@contextmanager
def _readable(where: str, remedy: str) -> Iterator[None]:
    """What a document lacks or has of a wrong kind, met within, is a SnapshotError that names it."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, SnapshotError):
            raise
        first, _, _ = f"{error}".partition("\n")
        raise SnapshotError(where, f"is damaged ({type(error).__name__}: {first})", remedy) from None


def merge_audit(ledger: Ledger, found: Mapping[str, Any], where: str, check: str = AUDIT) -> None:
    """What one audit.json says. Raises SnapshotError for one that says too little."""
    if not isinstance(found.get("schema"), int) or found["schema"] < SINCE or "faults" not in found:
        raise SnapshotError(where, "is of an older renhai, and does not tell each problem", AGAIN)
    with _readable(where, AGAIN):
        audited = _audited(found, check)
        rows = [(_problem(row), _sighting(row, audited)) for row in found["faults"]]
        told = sum(one.count for _, one in rows)
        if told != found["findings"] and not audited.missing:
            raise SnapshotError(where, f"tells {told} findings and counts {found['findings']}", AGAIN)
    _enter(ledger, audited, rows)


def merge_replay(ledger: Ledger, found: Mapping[str, Any], where: str) -> None:
    """What one replay.json (results.checks.dual_track.document) says. Raises SnapshotError.

    A problem is of the time when the new system answered so last, what was found gone of that of its first
    answer: a day is replayed for hours, in which things are solved. What is compared again, by other rules
    perhaps, tells nothing of what became of the systems since.
    """
    with _readable(where, "replay the journal again, which sends nothing twice"):
        proven = found["verdict"] in ("pass", "fail") and not any(found["counts"][name] for name in OPEN)
        whole = proven and not found["problems"]
        reasons = [open_parts(why)[2] for why in found["open_by"]]
        first = next(iter([*found["problems"], *reasons]), "") or found["verdict"]
        told_in = found.get("matched_in") or {}  # an older one told none: compare again
        refused_in = found.get("refused_in")
        done = [*told_in]
        if refused_in is None:  # an older one, which counted them among the others
            done = [name for name, row in found["operations"].items() if row.get("matched")]
        for name, places in (refused_in or {}).items():
            done.append(of_refusals(name))
            told_in = {**told_in, of_refusals(name): places}
        audited = Audited(
            run_id=found["run_id"],
            at=utc(found.get("begun") or found["at"]),
            check=DUAL_TRACK,
            state="audited" if whole else "incomplete",
            acknowledged=found["reentered"],
            covered=sorted(done) if whole else [],
            covered_in=told_in if whole else {},
            fields=found.get("compared") if whole else {},
            ignored=sorted(ignored_key(**one) for one in found.get("ignored", ())),
            missing="" if whole else first,
        )
        rows = [(_problem(row), _sighting(row, audited)) for row in found["faults"]]
    _enter(ledger, audited, rows)


def merge_verification(ledger: Ledger, found: Mapping[str, Any], where: str) -> None:
    """What one verify.json (results.checks.migration.document) says. Raises SnapshotError."""
    with _readable(where, "verify the data again"):
        open_ones = [*found["problems"], *(why for one in found["batches"] for why in one["problems"])]
        whole = found["verdict"] in ("pass", "fail") and not open_ones
        audited = Audited(
            run_id=f"verify-{found['name']}-{found['started']}",
            at=utc(found["started"]),
            check=MIGRATION,
            state="audited" if whole else "incomplete",
            acknowledged=found["rows"]["old"],
            covered=sorted(set(all_looked_for(found))) if whole else [],
            missing="" if whole else next(iter(open_ones), found["verdict"]),
        )
        rows = [(_problem(row), _sighting(row, audited)) for row in migration_faults(found)]
    if found["verdict"] == "fail" and not rows:
        raise SnapshotError(where, "says fail, and tells no fault", "verify the data again")
    _enter(ledger, audited, rows)


def merge_papers(ledger: Ledger, found: Mapping[str, Any], where: str) -> None:
    """What one papers.json says of printed papers. Raises SnapshotError for a damaged one."""
    with _readable(where, "check the papers again: renhai papers RUN"):
        plain = as_audit(found)
    merge_audit(ledger, plain, where, PAPERS)


def merge_drain(ledger: Ledger, found: Mapping[str, Any], where: str) -> None:
    """What one drain.json (results.checks.drain.document) says. Raises SnapshotError."""
    with _readable(where, "drain again"):
        whole = not found["problems"]
        audited = Audited(
            run_id=found["run_id"],
            at=utc(found["at"]),
            check=DRAIN,
            state="audited" if whole else "incomplete",
            acknowledged=len(found["looked_at"]),
            covered=sorted(found["looked_at"]) if whole else [],
            missing="" if whole else found["problems"][0],
        )
        rows = [(_problem(row), _sighting(row, audited)) for row in found["faults"]]
    _enter(ledger, audited, rows)


def merge_drill(ledger: Ledger, run_id: str, at: str, found: Mapping[str, Any]) -> None:
    """What the `drill` of a run.json says: no recovery, and losses that the failure cannot excuse.

    Whether a bound was kept is the verdict's; losses before the recovery are rows of the run's audit.
    """
    whole = not found["problems"] and all(
        one["state"] in ("recovered", "unnoticed") for one in found["episodes"]
    )
    missing = next(iter(found["problems"]), "the drill was not seen to its end")
    covered = ["drill"] if found["losses"]["state"] == "known" else []
    audited = Audited(
        run_id=f"drill-{run_id}",
        at=utc(at),
        check=DRILL,
        state="audited" if whole else "incomplete",
        acknowledged=len(found["actions"]),
        covered=covered if whole else [],
        missing="" if whole else missing,
    )
    rows = [(_problem(row), _sighting(row, audited)) for row in drill_faults(found, at)]
    _enter(ledger, audited, rows)


# By the name of a document that holds problems: what puts them into a ledger.
DOCUMENTS = {
    "audit.json": merge_audit,
    "drain.json": merge_drain,
    "papers.json": merge_papers,
    "replay.json": merge_replay,
    "verify.json": merge_verification,
}
LATER = {"audits": merge_audit, "papers": merge_papers}  # what was looked at again, by its folder


def documents_of(folder: Path) -> list[Path]:
    """Those of one run, replay or verification; of a run, what was audited later, too."""
    beside = [folder / name for name in DOCUMENTS]
    later = [path for name in LATER for path in sorted((folder / name).glob("*.json"))]
    return [path for path in (*beside, *later) if path.is_file()]


def merge_document(ledger: Ledger, path: Path) -> None:
    """What one of them says. Raises SnapshotError, too, for one that cannot be read."""
    lost = SnapshotError(str(path), "is not there", "make it again")
    try:
        found = json.loads(read_whole(path, lost))
    except (ValueError, RecursionError) as error:
        if isinstance(error, SnapshotError):
            raise
        raise SnapshotError(str(path), f"is no JSON ({error})", AGAIN) from None
    if not isinstance(found, dict):
        raise SnapshotError(str(path), "is no document of a check", AGAIN)
    merge = DOCUMENTS.get(path.name) or LATER.get(path.parent.name, merge_audit)
    merge(ledger, found, str(path))


def merge_ledger(ledger: Ledger, other: Ledger) -> None:
    """What another ledger knows: its sightings, and of each problem what was said last."""
    mine = {_key(one) for one in ledger.audits}
    ledger.audits += [one for one in other.audits if _key(one) not in mine]
    by_id = ledger.by_id
    for problem in other.problems:
        known = by_id.get(problem.id)
        if known is None:
            ledger.problems.append(problem.model_copy(deep=True))
            continue
        known.field_en = known.field_en or problem.field_en
        said = {(one.at, one.state, one.owner, one.note): one for one in [*known.history, *problem.history]}
        known.history = [said[key] for key in sorted(said)]
        known.reopened = max(known.reopened, problem.reopened)
        later = _said(problem) > _said(known)
        known.revision = max(known.revision, problem.revision) + later
        if later:
            known.state, known.owner = problem.state, problem.owner
            known.note, known.changed = problem.note, problem.changed
        for one in problem.seen:
            _see(known, one)
        for one in list(known.seen):
            _see(known, one)


def _said(one: LedgerProblem) -> tuple[str, int, str, str]:
    """What was said last is the greatest; of one moment what is less closed, so that no order closes more."""
    return one.changed, -STATES.index(one.state), one.owner, one.note


def _enter(ledger: Ledger, audited: Audited, rows: Sequence[tuple[LedgerProblem, Sighting]]) -> None:
    older = {
        _key(audited),
        (audited.run_id, audited.at, ""),
    }  # the same, told by other rules or an older renhai
    ledger.audits = [*(one for one in ledger.audits if _key(one) not in older), audited]
    by_id = ledger.by_id
    for problem, sighting in rows:
        if problem.id not in by_id:
            by_id[problem.id] = problem
            ledger.problems.append(problem)
        by_id[problem.id].field_en = by_id[problem.id].field_en or problem.field_en
        _see(by_id[problem.id], sighting)


def _key(one: Audited) -> tuple[str, str, str]:
    """A run may be audited and its papers looked at in one moment."""
    return one.run_id, one.at, one.check


def _audited(found: Mapping[str, Any], check: str) -> Audited:
    whole = found["state"] == "audited"
    known = [name for name, n in found["operations"].items() if n.get("acknowledged") or n.get("unknown")]
    hidden = {name for names in (found.get("unseen") or {}).values() for name in names}
    known = [name for name in known if name not in hidden]  # what is gone may only be unseen
    known += [one["name"] for one in found["equations"] if one["checked"] and not one["unchecked"]]
    counts = found["counts"]
    open_ones = counts["unverified"] + counts["never_read"]
    told_in = found.get("units") or {}  # an older one told none: audit the run again
    first = next(iter(found["problems"]), "") or (f"{open_ones:,} writes" if open_ones else found["state"])
    return Audited(
        run_id=found["run_id"],
        at=utc(found["at"]),
        check=check,
        state=found["state"],
        acknowledged=counts["acknowledged"],
        covered=sorted(known) if whole else [],
        covered_in={name: {"": told_in.get(name, [])} for name in sorted(known)} if whole else {},
        missing="" if whole else first,
    )


def _problem(row: Mapping[str, Any]) -> LedgerProblem:
    names = ("id", "check", "domain", "operation", "field", "kind", "pair", "example")
    return LedgerProblem(**{name: row[name] for name in names}, field_en=row.get("field_en") or "")


def _sighting(row: Mapping[str, Any], audited: Audited) -> Sighting:
    names = ("count", "fen", "units", "first", "last")
    at = utc(row["seen"]) if row.get("seen") else audited.at
    places = row.get("places") or {}
    return Sighting(run_id=audited.run_id, at=at, places=places, **{name: row[name] for name in names})


def _see(known: LedgerProblem, one: Sighting) -> None:
    """Of a run the most that was seen, and when it was seen last."""
    same = [seen for seen in known.seen if seen.run_id == one.run_id]
    others = [seen for seen in known.seen if seen.run_id != one.run_id]
    most = max([*same, one], key=lambda seen: (seen.count, seen.at))
    latest = max(seen.at for seen in [*same, one])
    known.seen = [*others, most.model_copy(update={"at": latest})]
    known.seen.sort(key=lambda seen: (seen.at, seen.run_id))
    if known.state == "solved" and one.at > known.changed:
        known.state, known.changed = "other", one.at
        known.reopened += 1
        known.revision += 1
        note = f"seen again in {one.run_id}"
        known.history.append(Change(at=one.at, state="other", owner=known.owner, note=note))
