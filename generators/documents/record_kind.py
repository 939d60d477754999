"""What a file of documents says of itself: the kinds of records it makes, the documents that journeys send.

A business domain is one file in this folder. Its `RECORD_KINDS` are what `renhai generate` writes, its
`JOURNEY_DOCUMENTS` what a journey in a scenario may name under `document:`. generators.kinds finds both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, Protocol

from generators.taxpayers.taxpayer import Taxpayer

Record = dict[str, Any]


class RecordKind(NamedTuple):
    """`make` gives the records of one taxpayer; `profile` is the era of those that exist in one only."""

    what: str
    make: Callable[[Taxpayer], Iterable[Record]]
    profile: str = ""


class Work(Protocol):
    """What was done for a taxpayer so far: the next filing period, the next range of invoice numbers."""

    @property
    def taxpayer(self) -> Any: ...
    @property
    def period(self) -> int: ...
    @property
    def range_index(self) -> int: ...


class JourneyDocument(NamedTuple):
    """`make(work, reply)` is the document; `reply` is the data of the answer before it.

    uses: what is used up by a journey that was completed with it, so that the next one takes the next.
    """

    make: Callable[[Work, Mapping[str, Any]], Record]
    uses: Literal["", "period", "range_index"] = ""


def numbered(
    name: str, what: str, take: Callable[[Taxpayer], str], profile: str = ""
) -> dict[str, RecordKind]:
    """A kind of one identifier, in a field of its name."""
    return {name: RecordKind(what, lambda t: ({name: take(t)},), profile)}
