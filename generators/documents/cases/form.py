"""What a file of case documents offers: the next application of a taxpayer, by what is on file for them.

A business domain is one file here. Its `CASES` names it: a domain of two digits, and `next_case`, which
chooses among the domain's items the one that can lawfully be applied for next, so that a chain comes about
over several visits (accounting filed, then general taxpayer, then the simplified method).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from generators.documents.record_kind import Record
from generators.taxpayers.taxpayer import Taxpayer

OPEN_END = "9999-12-31"
VALID = "N"
"""zfbz1 of a row that holds."""


class Application(NamedTuple):
    """An application: item and its code, the form, the papers that are handed in."""

    item: str
    code: str
    form: Record
    papers: tuple[str, ...] = ()


class OnFile(NamedTuple):
    """What a target has of a taxpayer: rows (`case.rows`), open items, and what the domain asked for."""

    rows: Sequence[Mapping[str, Any]] = ()
    open: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = {}

    def valid(self, kind: str) -> list[Mapping[str, Any]]:
        """Rows of a kind that hold, the oldest first."""
        return [row for row in self.rows if row["kind"] == kind and row["zfbz1"] == VALID]

    def has(self, kind: str, dm: str = "") -> bool:
        """Whether a row of a kind holds, with this `dm` where one is given."""
        return any(dm in ("", row["dm"]) for row in self.valid(kind))

    @property
    def leaves(self) -> bool:
        """Whether the taxpayer rests, cannot be found or is gone, or is about to."""
        leaving = {"suspend_business", "mark_abnormal", "cancel_registration"} & self.open
        return bool(leaving) or any(self.has(kind) for kind in ("suspension", "abnormal", "cancellation"))

    @property
    def number(self) -> int:
        """How many rows there ever were: a number that is new for the next document."""
        return len(self.rows)


NextCase = Callable[[Taxpayer, OnFile], Application | None]


class CaseDomain(NamedTuple):
    """One domain's applications.

    sends: the operation that hands an application in. asks: an operation whose answer is in `OnFile.facts`,
    with what is asked beside djxh. wants: whose cases come first: "paid" or "owing" (see
    renhai.spec.journeys.cases). share: per cent of visits that end in an application, at the least;
    unconfirmed, as all shares of posts. alone: it changes the taxpayer's standing, so nothing else is
    applied for meanwhile. late: a return is filed late first, of which the application is. posts: of its
    routes, those that no other domain has.
    """

    number: str
    title: str
    next_case: NextCase
    sends: str = "case.accept"
    asks: str = ""
    asked: Mapping[str, Any] = {}
    wants: str = ""
    share: int = 50
    alone: bool = False
    late: bool = False
    posts: tuple[str, ...] = ()


def first_day(t: Taxpayer) -> str:
    """A day on which nothing of a taxpayer had begun yet: that of the registration."""
    return t.registered_on


def later(day: str, days: int) -> str:
    """So many days after a day, both yyyy-mm-dd."""
    return str(date.fromisoformat(day) + timedelta(days=days))


def fen(amount: float) -> int:
    """Yuan as whole fen."""
    return round(amount * 100)
