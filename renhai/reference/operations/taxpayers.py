"""The taxpayer behind a document: looked up once, with the refusals that every operation shares."""

from __future__ import annotations

from typing import NamedTuple

from renhai.reference.rules.codes import DJXH_SHAPE, OTHER_TAXPAYER, UNREGISTERED, Rejection
from renhai.reference.rules.fields import Document, text
from renhai.reference.rules.identifiers import is_registration_serial
from renhai.reference.storage.jobs import View

_BY_DJXH = "SELECT nsrsbh, nsrmc, zgswjDm FROM taxpayers WHERE djxh = ? AND copy = 0"


class Registered(NamedTuple):
    """What other domains need to know of a registered taxpayer."""

    djxh: str
    nsrsbh: str
    nsrmc: str
    authority: str

    def serial(self, prefix: str, number: int) -> str:
        """A 20-digit serial: three digits for the kind, the authority's prefix, ten digits counted here."""
        return f"{prefix}{self.authority[:7]}{number:010}"


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
