"""Records of a target, readings of them, findings, and the account of one operation's writes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from results.checks.audit.intents import Write

FAULTS = ("lost", "duplicated", "altered", "unexpected")
CLASSES = (
    "stable", "stale", *FAULTS[:3], "recovered", "absent", "unexpected", "unverified", "never_read",
    "before", "after",
)  # fmt: skip
ROW = "row"  # of a finding that is about a whole record


class Record(NamedTuple):
    """One record of the target. seen: in which reading it first appeared, 0 the first; at_ms: when the target
    says it was stored, None where it does not."""

    values: Mapping[str, Any]
    seen: int = 0
    at_ms: int | None = None


def _none() -> tuple[Sequence[int], int]:
    return (), 0


@dataclass
class Settled:
    """Acknowledged writes of one operation and records that agree one to one, in every field that is
    compared, and have serial and key in common with no other: nothing of them is left to judge.

    sums: number and fen by tax kind; written, held: fields that one of the writes has a value of, and that
    the records have. apart: ms from the acknowledgement to when the target says that it stored, of each, and
    the greatest number of ms of which all these times are multiples.
    """

    operation: str = ""
    count: int = 0
    sums: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    written: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    apart: Callable[[], tuple[Sequence[int], int]] = _none


@dataclass
class Reading:
    """What was read of one operation. whole: everything the target has, so what is not there is gone.

    unread: why a write could not be read back, by its number; failed: why nothing more could be read at all.
    fresh: the target was empty when the run began, so each record is of the run. settled: what was found to
    agree before, whose records are not among `records`; `stream` gives those of all, in their order. doubts:
    what is not right with the answers, of each kind the first.
    """

    records: list[Record] = field(default_factory=list)
    whole: bool = True
    unread: dict[tuple[int, int, int], str] = field(default_factory=dict)
    failed: str = ""
    fresh: bool = False
    settled: Settled = field(default_factory=Settled)
    doubts: dict[str, str] = field(default_factory=dict)
    stream: Callable[[], Iterator[Record]] | None = None

    def every(self) -> Iterator[Record]:
        """All records, the settled ones, too."""
        return self.stream() if self.stream else iter(self.records)


Names = tuple[str | None, str | None]  # serial, key


class Finding(NamedTuple):
    """One fault of one record. expected, found: of the field, as texts. fen: by how much more is held than
    was acknowledged, for the first of the rule's amounts. ended_ms: when the write was acknowledged."""

    operation: str
    kind: str
    field: str
    expected: str
    found: str
    at_ms: int
    write: Mapping[str, Any]
    record: Mapping[str, Any]
    fen: int = 0
    ended_ms: int = 0


@dataclass
class AuditResult:
    """What became of one operation's writes; `sums` by tax kind: acknowledged and held, count and fen."""

    operation: str
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    sums: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))
    problems: list[str] = field(default_factory=list)
    left: list[Write] = field(default_factory=list)  # lost as far as this reading goes
    identifying: tuple[str, ...] = ()  # fields that are a record's own
    second_unseen: bool = False  # what is stored twice by serials of its own would not be seen
    apart: set[str] = field(default_factory=set)  # tax kinds of which a write or a record has none like it

    @property
    def acknowledged(self) -> int:
        return self.counts["acknowledged"]
