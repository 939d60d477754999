"""The taxpayer behind a document: looked up once, with the refusals that every operation shares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from renhai.reference.rules.codes import DJXH_SHAPE, OTHER_TAXPAYER, STATE_FORBIDS, UNREGISTERED, Rejection
from renhai.reference.rules.fields import Document, text
from renhai.reference.rules.identifiers import is_registration_serial
from renhai.reference.storage.jobs import View

_BY_DJXH = (
    "SELECT nsrsbh, nsrmc, zgswjDm, djzclxDm, nsrztDm, djrq, sfxyh, nsrlx "
    "FROM taxpayers WHERE djxh = ? AND copy = 0"
)
GENERAL, SMALL = "general", "small"
SUSPENDED = "04"
ABNORMAL, LIQUIDATION = "05", "06"
CANCELLED = ("07", "08")
WARNINGS = {ABNORMAL: "非正常户", LIQUIDATION: "清算中"}


class Liability(NamedTuple):
    """How VAT was determined from `start` to `end`: scale, and the months of a period (0 for any)."""

    scale: str
    months: int
    start: str
    end: str


class Registered(NamedTuple):
    """What other domains need to know of a registered taxpayer. registered_on: yyyy-mm-dd."""

    djxh: str
    nsrsbh: str
    nsrmc: str
    authority: str
    registration_type: str
    state: str
    registered_on: str
    agreement: str
    determined: str

    def serial(self, prefix: str, number: int) -> str:
        """A 20-digit serial: three digits for the kind, the authority's prefix, ten digits counted here."""
        return f"{prefix}{self.authority[:7]}{number:010}"

    def liability(self, first: date, last: date) -> Liability | None:
        """The VAT determination that holds in a span of days, the latest of several; None where none does."""
        found = [
            each
            for each in written_liabilities(self.determined)
            if each.start <= str(last) and each.end >= str(first)
        ]
        return max(found, key=lambda each: each.start) if found else None


def write_liabilities(found: list[Liability]) -> str:
    """As they are stored."""
    return ";".join(f"{each.scale}/{each.months}/{each.start}/{each.end}" for each in found)


def written_liabilities(stored: str) -> list[Liability]:
    """What write_liabilities wrote."""
    parts = (each.split("/") for each in stored.split(";") if each)
    return [Liability(scale, int(months), start, end) for scale, months, start, end in parts]


def serial_id(serial: str) -> int:
    """The row id inside a 20-digit serial."""
    return int(serial[10:])


def djxh_of(document: Document) -> str:
    """The document's registration serial, well formed."""
    djxh = text(document, "djxh")
    if not is_registration_serial(djxh):
        raise Rejection(DJXH_SHAPE, f"djxh {djxh[:40]!r} must be 20 digits with an authority prefix")
    return djxh


def registered(view: View, djxh: str, nsrsbh: str = "") -> Registered:
    """The registered taxpayer; `nsrsbh`, when the document gives it, must be theirs."""
    row = view.one(_BY_DJXH, djxh)
    if row is None:
        raise Rejection(UNREGISTERED, f"djxh {djxh} is not registered")
    taxpayer = Registered(djxh, *row)
    if nsrsbh and nsrsbh != taxpayer.nsrsbh:
        raise Rejection(OTHER_TAXPAYER, f"nsrsbh {nsrsbh} is not that of djxh {djxh}")
    return taxpayer


def active(view: View, djxh: str, nsrsbh: str = "", *, files: bool = False) -> Registered:
    """The registered taxpayer, in a state that lets them do business; files: a return."""
    taxpayer = registered(view, djxh, nsrsbh)
    if taxpayer.state in CANCELLED or (files and taxpayer.state == SUSPENDED):
        raise Rejection(STATE_FORBIDS, f"djxh {djxh} has nsrztDm {taxpayer.state}")
    return taxpayer


Guard = Callable[[View, Registered, Document], None]
GUARDS: dict[str, list[Guard]] = {}
"""What a decision in one domain forbids in another, by operation."""


def guard(operation: str) -> Callable[[Guard], Guard]:
    """Register what raises a Rejection where the taxpayer may not do this operation."""

    def register(function: Guard) -> Guard:
        GUARDS.setdefault(operation, []).append(function)
        return function

    return register


def permitted(operation: str, view: View, taxpayer: Registered, document: Document) -> Registered:
    """The taxpayer, to whom no other domain forbids the operation. Raises Rejection."""
    for forbids in GUARDS.get(operation, ()):
        forbids(view, taxpayer, document)
    return taxpayer


Excuse = Callable[[View, Registered, str, str], bool]
EXCUSES: list[Excuse] = []
"""What lets a return of the period that begins on a day be filed on a later one without being late."""


def excuse(function: Excuse) -> Excuse:
    """Register one."""
    EXCUSES.append(function)
    return function


def excused(view: View, taxpayer: Registered, start: str, filed_on: str) -> bool:
    """Whether something excuses a return of the period from `start` that is filed on a day."""
    return any(one(view, taxpayer, start, filed_on) for one in EXCUSES)
