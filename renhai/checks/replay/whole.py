"""`renhai replay`: both tracks run side by side, then everything is held against everything."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from renhai.checks.audit.rows import now
from renhai.checks.replay.gather import moment, noise_of, transactions
from renhai.checks.replay.sides import Pace, Side, asked_twice, side_of
from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.private_files import MODE, owner_only
from renhai.core.process.embedded_target import EmbeddedTarget
from renhai.core.process.interrupts import Interrupts
from renhai.spec.cutover.journal.entry import JournalFile
from renhai.spec.cutover.journal.rules import Rules, load_rules
from renhai.spec.cutover.journal.selection import Selection
from renhai.spec.cutover.journal.track_file import COMPLETE, DEADLINE, SILENT, TrackRecord, again
from results.checks.dual_track.document import Collected, document
from results.checks.ledger.model import read_ledger
from results.errors import SnapshotError
from results.report.html.checks.replay import total, write_replay
from results.snapshot.files import replace_whole

NAME = "replay.json"
LEDGER = Path("results/ledger.json")
Load = Callable[[Sequence[Path], Interrupts], list[str]]
"""Runs a load process for each plan, until all have ended; says what went wrong, a text each."""


@dataclass(frozen=True)
class Asked:
    """What `renhai replay` was asked for. old None: one-sided, against the journal's own answers."""

    journal: Path
    old: str | None
    new: str
    rules: Path | None
    pace: Pace
    out: Path | None
    old_url: str | None = None
    new_url: str | None = None
    plant: Path | None = None
    ledger: Path = LEDGER


@dataclass(frozen=True)
class Prepared:
    """A replay that may begin. digest: of the journal; run_id: what ledgers know it by, which no other
    journal and no other systems have, whatever its folder is called."""

    asked: Asked
    journal: JournalFile
    rules: Rules
    sides: tuple[Side, ...]
    digest: str
    folder: Path
    run_id: str


def prepare(asked: Asked) -> Prepared:
    """Everything that can be refused before anything is sent. Raises UsageError."""
    rules, sides = rules_and_sides(asked)
    journal = JournalFile(asked.journal)
    for _ in journal.entries():  # a journal that is wrong somewhere is refused before its first request
        pass
    Selection(rules, "new", journal)
    digest = journal.digest()
    parts = digest + "".join(side.digest(digest, rules) for side in sides)
    own = hashlib.sha256(parts.encode()).hexdigest()[:8]
    name = f"{asked.journal.stem}-{own}"
    folder = asked.out or Path("results") / "replays" / name
    run_id = folder.name if folder.name.endswith(own) else f"{folder.name}-{own}"
    records = [side.record(folder, digest, rules) for side in sides]
    if asked.out is None and not any(one.bytes for one in records):
        _check_others(folder, asked.journal, digest, sides)
    until = asked.pace.deadline_ms
    if until is not None and until <= time.time() * 1000 and not records[-1].bytes:
        why = "is over already: nothing would be entered, and all be told as late for good; give a later one"
        raise UsageError(Problem("--deadline", "", why))
    return Prepared(asked, journal, rules, sides, digest, folder, run_id)


def _check_others(folder: Path, journal: Path, digest: str, sides: Sequence[Side]) -> None:
    """What was changed or renamed since (journal, rules, target file) is another replay in another folder,
    which knows nothing of what was sent. Raises UsageError where one has entered this journal."""
    for path in sorted(folder.parent.glob("*/*.plan.json")):
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            same = known["side"], known["url"]
            mine = known["journal"] == str(journal.resolve()) or known.get("sha256") == digest
            begun = Path(known["track"]).stat().st_size > 0
        except (OSError, ValueError, KeyError, TypeError):
            continue
        own = {(side.side, side.url) for side in sides if side.url}
        if begun and mine and same in own:
            where, url = path.parent, known["url"]
            why = (
                f"was entered in {url} by other rules or another target file, or before it was changed or "
                f"renamed, and would be sent again: go on with those of {where}; "
                "a system that was reset: --out"
            )
            raise UsageError(Problem(str(journal), "", why))


def rules_and_sides(asked: Asked) -> tuple[Rules, tuple[Side, ...]]:
    """What can be refused without the journal, which may have to be made first. Raises UsageError."""
    rules = load_rules(asked.rules)
    named = [("old", asked.old, asked.old_url), ("new", asked.new, asked.new_url)]
    sides = tuple(side_of(name, target, url, asked.pace) for name, target, url in named if target)
    if asked.plant is not None:
        sides = (*sides[:-1], replace(sides[-1], defects=_digest_of(asked.plant, sides[-1])))
    if rules.compare.timing is not None and asked.old is None:
        why = (
            "needs --old: a journal does not keep how long answers took; name the old system, or leave it out"
        )
        raise UsageError(Problem(str(asked.rules), "compare.timing", why))
    if len(sides) == 2 and sides[0].url and sides[0].url == sides[1].url:
        raise UsageError(
            f"--old and --new are both {sides[0].url}: what one writes the other would meet; name two systems"
        )
    read_ledger(asked.ledger, may_be_new=True)  # hours later would be too late for a mistake there
    return rules, sides


def _digest_of(plant: Path, new: Side) -> str:
    """Of a file of defects. Another file is another system, whose answers are not to be taken for this one's.
    Raises UsageError."""
    if new.url:
        why = f"is for an embedded new system, and {new.shown} is at {new.url}; leave it out"
        raise UsageError(Problem("--plant", "", why))
    try:
        return hashlib.sha256(plant.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(Problem(str(plant), "", f"cannot be read: {error.strerror}")) from None


def replay(
    found: Prepared,
    load: Load,
    note: Callable[[str], object],
    show: Callable[[dict[str, Any]], object] = bool,
) -> dict[str, Any]:
    """Send what is left to be sent, compare, show it, write replay.json. Raises UsageError, InvalidRun."""
    try:
        found.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{found.folder} cannot be made: {error.strerror}; choose --out DIR") from None
    with _alone(found.folder):
        return _replayed(found, load, note, show)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Within, no other replay sends or writes here. Raises UsageError where one does."""
    try:
        lock = owner_only(folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC)
    except OSError as error:
        begun = any(folder.glob("*.track.jsonl"))  # another folder knows nothing of what was sent
        remedy = again(error) if begun else "choose --out DIR"
        raise UsageError(f"{folder} cannot be written: {error.strerror}; {remedy}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        why = "is being replayed by another process; wait for it, end it, or take another --out"
        raise UsageError(Problem(str(folder), "", why)) from None
    finally:
        os.close(lock)


def _replayed(
    found: Prepared,
    load: Load,
    note: Callable[[str], object],
    show: Callable[[dict[str, Any]], object],
) -> dict[str, Any]:
    wrong = []
    if not all(side.record(found.folder, found.digest, found.rules).finished for side in found.sides):
        with Interrupts() as interrupts, _systems(found, interrupts) as urls:
            rules = asked_twice(found.rules, found.sides)
            with _written(found.folder):
                plans = [
                    side.write_plan(
                        found.folder, found.asked.journal, found.digest, rules, url, found.asked.pace
                    )
                    for side, url in zip(found.sides, urls, strict=True)
                ]
            wrong = load(plans, interrupts)
    else:
        note("everything was sent before; nothing is sent again")
    result = compared(found, wrong)
    show(result)  # first of all: the disk may be full
    text = json.dumps(result, ensure_ascii=False, indent=1, default=str)
    with _written(found.folder / NAME):
        replace_whole(found.folder / NAME, text + "\n", opener=owner_only)
    _write_pages(found, result, note)
    return result


@contextlib.contextmanager
def _written(path: Path) -> Iterator[None]:
    """Raises InvalidRun that says how it is gone on with, where something cannot be written."""
    try:
        yield
    except OSError as error:
        raise InvalidRun(f"{path} cannot be written: {error.strerror}; {again(error)}") from None


def _write_pages(found: Prepared, result: dict[str, Any], note: Callable[[str], object]) -> None:
    """Pages that cannot be written cost no verdict, which stands in replay.json."""
    try:
        ledger = read_ledger(found.asked.ledger, may_be_new=True)
        write_replay(found.folder, result, ledger, _others(found))
        for name in ("replay.html", "junit.xml"):
            (found.folder / name).chmod(MODE)
    except SnapshotError as error:  # whose remedy is another folder
        cause = error.__cause__
        remedy = again(cause) if isinstance(cause, OSError) else error.remedy
        note(f"{error.where} {error.why}; {remedy}")


def _others(found: Prepared) -> list[dict[str, Any]]:
    """Other days of the same comparison, beside this one; of a journal that was replayed more than once the
    last time. What cannot be read is none."""
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(found.folder.resolve().parent.glob(f"*/{NAME}")):
        if path.parent == found.folder.resolve():
            continue
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            known = json.loads(path.read_text(encoding="utf-8"))
            total(known)  # what is of a day, and cannot be shown
            about = known["journal"]["day"], known["journal"]["sha256"]
            if known["name"] != found.rules.name or about[0] == found.journal.head.day:
                continue
            if about not in last or known["at"] > last[about]["at"]:
                last[about] = known
    return list(last.values())


def compared(found: Prepared, wrong: Sequence[str] = ()) -> dict[str, Any]:
    """The document of what both tracks say now."""
    records = {side.side: side.record(found.folder, found.digest, found.rules) for side in found.sides}
    collected, noise = Collected(), noise_of(found.journal, found.rules, records)
    for one in transactions(found.journal, found.rules, records, noise):
        collected.add(one)
    problems = [*wrong, *([found.journal.torn] if found.journal.torn else [])]
    problems += [f"{what}, {count:,} times" for what, count in noise.unsteady.most_common()]
    for side, record in records.items():
        told = not record.ended and any(why.startswith(f"the {side} track: ") for why in wrong)
        if record.ended not in (COMPLETE, DEADLINE) and not told:  # why it is not stands there
            problems.append(f"the {side} track is not at its end: {record.ended or 'cut short'}")
    silent = [
        side
        for side, record in records.items()
        if not any(one.outcome != "error" or one.failed for one in record.answers.values())
        and (record.sent or record.ended == SILENT)
    ]
    about = {
        "run_id": found.run_id,
        "at": now(),
        "begun": _first_answer(records["new"]),
        "name": found.rules.name,
        "units": dict(found.rules.units),
        "journal": {
            "file": str(found.asked.journal),
            "sha256": found.digest,
            "day": found.journal.head.day,
            "whole": not found.journal.torn,
        },
        "sides": {
            side.side: {"name": side.binding.name, "file": side.shown, "url": side.url or "embedded"}
            for side in found.sides
        },
        "noise": {"asked": noise.asked, "fields": noise.told()},
        "tracks": {
            side: {"sent": len(one.sent), "answers": len(one.answers), "ended": one.ended}
            for side, one in records.items()
        },
    }
    return document(about, collected, problems, silent)


def _first_answer(record: TrackRecord) -> str:
    """When it came, ISO 8601; "" where none did."""
    times = [one.ms for one in record.answers.values()]
    return moment(min(times)) if times else ""


@contextlib.contextmanager
def _systems(found: Prepared, interrupts: Interrupts) -> Iterator[list[str]]:
    """The URL of each side; an embedded one runs while this lasts, on a database that stays."""
    with contextlib.ExitStack() as stack:
        urls = []
        for side in found.sides:
            if side.url:
                urls.append(side.url)
                continue
            plant = found.asked.plant if side.side == "new" else None
            target = EmbeddedTarget(
                interrupts,
                day=found.journal.head.day,
                database=found.folder.resolve() / f"{side.side}.db",
                system=side.binding.system,
                more=("--defects", str(plant.resolve())) if plant else (),
            )
            try:
                urls.append(stack.enter_context(target).url)
            except InvalidRun:
                raise
            except UsageError as error:  # of its options the file of defects alone is the person's
                raise UsageError(Problem("--plant", "", str(error))) from None
        yield urls
