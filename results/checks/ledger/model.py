"""The ledger as a file: which audits it knows, and each problem with what was seen of it and what people say.

History of `schema`: 1, the first; 2, a problem may have `field_en`; 3, an audit has `check` and `ignored`;
4, of a replay it has `covered_in`, and what it saw `places`; later audits and papers have the first; 5, of a
replay it has `fields`.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from results.errors import SnapshotError
from results.snapshot.files import read_whole, replace_whole

SCHEMA, READABLE = 5, (1, 2, 3, 4, 5)
State = Literal["other", "waiting", "answered", "solved"]
STATES: tuple[State, ...] = get_args(State)
STATE_WORDS: dict[State, tuple[str, str]] = {
    "waiting": ("reported, waiting", "上报待回复"),
    "answered": ("reported, answered", "上报已回复"),
    "solved": ("solved on site", "现场解决"),
    "other": ("other", "其他"),
}
UNWRITTEN = "it is as it was; free the disk or choose --ledger"
REMEDY = "take it from a copy, or merge the runs into a new ledger"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Sighting(_Part):
    """What one run's audit saw of a problem. fen: by how much more is held than was acknowledged; first,
    last: days, UTC; places: how often by domain and unit, where that is told."""

    run_id: str = Field(min_length=1)
    at: str = Field(min_length=1)
    count: int = Field(ge=0)
    fen: int = 0
    units: dict[str, int] = {}
    places: dict[str, dict[str, int]] = {}
    first: str = ""
    last: str = ""


class Change(_Part):
    """What people said of a problem, or that it came back."""

    at: str
    state: State
    owner: str = ""
    note: str = ""


class LedgerProblem(_Part):
    """A distinct fault. revision counts the changes of its state, owner and note. field_en: its field in
    English, where that has a name in both languages, as an equation may."""

    id: str = Field(min_length=1)
    check: str
    domain: str
    operation: str
    field: str
    field_en: str = ""
    kind: str
    pair: str
    state: State = "other"
    owner: str = ""
    note: str = ""
    changed: str = ""
    revision: int = Field(default=0, ge=0)
    reopened: int = Field(default=0, ge=0)
    seen: list[Sighting] = []
    history: list[Change] = []
    example: dict[str, Any] = {}

    @property
    def count(self) -> int:
        return sum(one.count for one in self.seen)

    @property
    def fen(self) -> int:
        return sum(one.fen for one in self.seen)

    @property
    def units(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for one in self.seen:
            found.update(one.units)
        return found

    @property
    def places(self) -> set[tuple[str, str]]:
        """Domain ("" where that is not told) and unit of each place where it was seen."""
        told = (one.places or {"": one.units} for one in self.seen)
        return {(domain, unit) for places in told for domain, units in places.items() for unit in units}

    @property
    def first(self) -> str:
        return min((one.first for one in self.seen if one.first), default="")

    @property
    def last(self) -> str:
        return max((one.last for one in self.seen), default="")

    def say(self, at: str, state: State, owner: str, note: str) -> bool:
        """Whether that changes anything."""
        if (state, owner, note) == (self.state, self.owner, self.note):
            return False
        self.state, self.owner, self.note, self.changed = state, owner, note, at
        self.revision += 1
        self.history.append(Change(at=at, state=state, owner=owner, note=note))
        return True


class Audited(_Part):
    """An audit that was merged. check: of which kind (a problem's), "" where an older ledger does not say.
    covered: what it could read in full, by operation or equation; covered_in: of these, by domain ("" of an
    audit, whose problems are of one), the units that had any of it, None where nothing tells them; fields: of
    a replay, by operation what answers that matched had, None where that is not told; ignored: differences
    that were none by a rule, by `ignored_key`; missing: why not all could be read."""

    run_id: str = Field(min_length=1)
    at: str = Field(min_length=1)
    state: str
    check: str = ""
    acknowledged: int = Field(default=0, ge=0)
    covered: list[str] = []
    covered_in: dict[str, dict[str, list[str]]] | None = None
    fields: dict[str, list[str]] | None = None
    ignored: list[str] = []
    missing: str = ""

    @property
    def whole(self) -> bool:
        return self.state == "audited"

    def reaches(self, about: str, place: tuple[str, str]) -> bool:
        """Whether it covered something (by its name) in a domain and unit, or one of both does not tell where
        that was."""
        if about not in self.covered or self.covered_in is None or place == ("", ""):
            return about in self.covered
        domain, unit = place
        known = self.covered_in.get(about, {})
        return any(unit in known[name] for name in known if domain in ("", name))


def ignored_key(operation: str, field: str, kind: str) -> str:
    """What an audit that ignored such a difference did not look for."""
    return f"{operation} {field} {kind}"


def of_refusals(operation: str) -> str:
    """What a replay covered where both systems refused alike: of values it says nothing."""
    return f"{operation} (refused)"


class Ledger(_Part):
    schema_: int = Field(default=SCHEMA, alias="schema")
    audits: list[Audited] = []
    problems: list[LedgerProblem] = []

    @property
    def by_id(self) -> dict[str, LedgerProblem]:
        return {one.id: one for one in self.problems}


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Within, one writer at a time: what two say of different problems must both stand. Raises OSError."""
    try:
        import fcntl
    except ImportError:  # not on this system; a ledger is written whole all the same
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read_ledger(path: Path, may_be_new: bool = False) -> Ledger:
    """Raises SnapshotError that names file, field, value and remedy."""
    if may_be_new and not path.exists():
        return Ledger()
    missing = SnapshotError(
        str(path), "is no ledger", "renhai ledger merge RUN makes one; else --ledger FILE"
    )
    try:
        document = json.loads(read_whole(path, missing))
    except (ValueError, RecursionError) as error:
        if isinstance(error, SnapshotError):
            raise
        raise SnapshotError(str(path), f"is no JSON ({error})", REMEDY) from None
    if not isinstance(document, dict) or not isinstance(document.get("schema"), int):
        raise SnapshotError(str(path), "is no ledger: it has no schema", "give a file of renhai ledger")
    if document["schema"] not in READABLE:
        why = f"is of schema {document['schema']}, and this renhai knows {SCHEMA}"
        raise SnapshotError(str(path), why, "use a newer renhai")
    try:
        ledger = Ledger.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SnapshotError(f"{path}: {where}", first["msg"], REMEDY, first.get("input")) from None
    try:
        _of_one_form(ledger)
    except ValueError as error:
        raise SnapshotError(str(path), f"has a time that cannot be ({error})", REMEDY) from None
    twice = [name for name, n in Counter(one.id for one in ledger.problems).items() if n > 1]
    if twice:
        raise SnapshotError(str(path), f"has the problem {twice[0]} twice", REMEDY)
    ledger.schema_ = SCHEMA  # as it will be written
    return ledger


def utc(text: str) -> str:
    """Of one form, as times are compared as texts. Raises ValueError for one without a zone."""
    time = datetime.fromisoformat(text)
    if time.utcoffset() is None:
        raise ValueError(f"{text} has no zone")
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def _of_one_form(ledger: Ledger) -> None:
    """Raises ValueError for a time that is none."""
    rows: list[Audited | Sighting | Change] = [*ledger.audits]
    for problem in ledger.problems:
        problem.changed = problem.changed and utc(problem.changed)
        rows += [*problem.seen, *problem.history]
    for row in rows:
        row.at = utc(row.at)


def write_ledger(path: Path, ledger: Ledger) -> None:
    """Beside it, then in its place: whole or not at all. Raises SnapshotError."""
    ledger.problems.sort(key=lambda one: (one.domain, one.operation, one.kind, one.field, one.pair, one.id))
    ledger.audits.sort(key=lambda one: (one.at, one.run_id))
    document = ledger.model_dump(by_alias=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
        replace_whole(path, text + "\n", durable=True)
    except OSError as error:
        raise SnapshotError(str(path), f"cannot be written: {error.strerror}", UNWRITTEN) from None
