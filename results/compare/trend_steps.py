"""A trend's findings: one step of a build is one finding, whatever rows show it; and steps that were wanted.

    DIR/trend-accepted.json     steps that somebody accepted: since which build, why, who, when, which rows

A row that was not among those accepted is a finding again, and so is one that is worse than it was then: a
slower page that was wanted does not hide errors that the same build brought and that showed later, nor what
made it slower still.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from results.errors import SnapshotError
from results.metrics import MORE_IS_BETTER, SHARES
from results.snapshot.files import read_whole, write_whole

NAME = "trend-accepted.json"
# How much worse than when it was accepted a row may be, since its mean then was of a few runs.
ROOM, ROOM_OF_SHARE, ROOM_POINTS = 0.05, 0.25, 0.2  # of latency and throughput; of a rate, and in points
NEAR = 1  # a change point is known to a run or so: rows that change one run apart are one step


class Change(BaseModel):
    """Between the runs labelled `before` and `since` the mean went from one to the other, in `unit`.

    stands: it made things worse, and no later change has brought back what was before it.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    metric: str
    unit: str
    index: int
    before: str
    since: str
    mean_before: float
    mean_since: float
    worse: bool
    latest: bool
    stands: bool = False

    @property
    def row(self) -> str:
        return f"{self.subject} {self.metric}"


class Accepted(BaseModel):
    """A step that was wanted. rows: `run p95`, those that had changed when it was accepted. levels: their
    means then, in the row's unit; absent from files of before they were kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    since: str
    reason: str = Field(min_length=1)
    who: str
    when: str
    rows: list[str]
    levels: dict[str, float] = {}

    def covers(self, change: Change) -> bool:
        """Whether this row was accepted, and is not worse than it was then."""
        level = self.levels.get(change.row)
        if change.row not in self.rows or level is None:
            return change.row in self.rows
        if change.metric in SHARES:
            return change.mean_since <= level + max(ROOM_POINTS, ROOM_OF_SHARE * level)
        if change.metric in MORE_IS_BETTER:
            return change.mean_since >= level * (1 - ROOM)
        return change.mean_since <= level * (1 + ROOM)


class AcceptedFile(BaseModel):
    """trend-accepted.json."""

    model_config = ConfigDict(frozen=True, extra="allow")

    schema_version: Literal[1] = Field(default=1, alias="schema")
    accepted: list[Accepted] = []


class Step(BaseModel):
    """What changed with one build. changes: its rows, those that stand first. accepted: why it was wanted.

    worse: some row of it is worse and stands, and was not accepted.
    """

    model_config = ConfigDict(frozen=True)

    index: int
    before: str
    since: str
    changes: list[Change]
    worse: bool
    accepted: str = ""

    @property
    def worst(self) -> Change:
        """The row that moved most of those that stand, else of all."""
        return self.changes[0]


def steps_of(changes: Iterable[Change], accepted: Sequence[Accepted] = ()) -> list[Step]:
    """One for each build at which rows changed, in time order."""
    groups: list[list[Change]] = []
    for change in sorted(changes, key=lambda one: one.index):
        if groups and change.index - groups[-1][0].index <= NEAR:
            groups[-1].append(change)
        else:
            groups.append([change])
    return [_step(group, accepted) for group in groups]


def _step(group: Sequence[Change], accepted: Sequence[Accepted]) -> Step:
    """The build is the one that most of its rows name."""
    index = Counter(change.index for change in group).most_common(1)[0][0]
    first = next(change for change in group if change.index == index)
    wanted = [one for one in accepted if one.since in {change.since for change in group}]
    left = [one for one in group if one.stands and not any(each.covers(one) for each in wanted)]
    ordered = sorted(group, key=lambda change: (change not in left, not change.worse, -_size(change)))
    return Step(
        index=index,
        before=first.before,
        since=first.since,
        changes=ordered,
        worse=bool(left),
        accepted="; ".join(one.reason for one in wanted),
    )


def _size(change: Change) -> float:
    """How much it moved, of what it was; errors that began move most."""
    return abs(change.mean_since - change.mean_before) / max(change.mean_before, 1e-9)


def read_accepted(directory: Path) -> list[Accepted]:
    """Those of a directory of runs; none where nobody accepted any. Raises SnapshotError for a bad file."""
    path = directory / NAME
    if not path.exists():
        return []
    remedy = "mend it, or remove it and accept again with renhai trend accept"
    missing = SnapshotError(str(path), "is gone", remedy)
    try:
        found = AcceptedFile.model_validate_json(read_whole(path, missing))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SnapshotError(f"{path}: {field}".rstrip(": "), first["msg"], remedy) from error
    return found.accepted


def accept(directory: Path, steps: Sequence[Step], since: str, reason: str, who: str, when: str) -> Step:
    """Notes that a step was wanted, with the rows that it has now. Raises SnapshotError where there is
    none."""
    named = [one for one in steps if since in {change.since for change in one.changes}]
    found = next((one for one in reversed(named) if one.worse), named[-1] if named else None)
    if found is None:
        known = ", ".join(dict.fromkeys(one.since for one in steps)) or "none"
        raise SnapshotError(str(directory), f"no change began with {since}", f"name one of: {known}")
    if not reason.strip():
        raise SnapshotError("--reason", "is empty", "say why the change is wanted")
    made = Accepted(
        since=found.since,
        reason=reason.strip(),
        who=who,
        when=when,
        rows=[change.row for change in found.changes],
        levels={change.row: change.mean_since for change in found.changes},
    )
    kept = AcceptedFile(accepted=[*read_accepted(directory), made])
    write_whole(directory / NAME, kept.model_dump_json(by_alias=True, indent=1) + "\n")
    return found
