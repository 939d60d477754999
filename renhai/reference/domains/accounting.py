"""Domain 07 at the end of a day: what was issued is in transit or has arrived at the treasury.

A payment is issued when it is taken, and in transit until the treasury's stamp; a bookkeeper writes off the
arrival of all that is in transit at once, by its figures. Payments here are never void.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from renhai.reference.cases.engine import officer_of
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.records import rows
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, day, digits, money, whole, yuan
from renhai.reference.rules.identifiers import is_authority
from renhai.reference.storage.jobs import Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table(
    "arrivals",
    "swjgDm qsxh:int zzxh:int fs:int je:amount gkrq lrrDm serial received:real",
    "INDEX arrivals_authority ON arrivals (swjgDm, zzxh)",
)

WRITTEN_OFF = rule("80070020", "该批税款已入库销号", "a batch begins where the last one ended")
FIGURES = rule("80070021", "销号数目与在途税款不符", "fs and je are what is in transit up to zzxh")

PAYMENT, ARRIVAL = "300", "504"
MOST = 10**12

_LAST = "SELECT coalesce(max(zzxh), 0) FROM arrivals WHERE swjgDm = ? AND copy = 0"
_ARRIVED = "SELECT coalesce(sum(fs), 0), coalesce(sum(je), 0) FROM arrivals WHERE swjgDm = ? AND copy = 0"
_ISSUED = (
    "SELECT count(*), coalesce(sum(kkje), 0), coalesce(max(id), 0) FROM payments "
    "WHERE id > ? AND id <= ? AND serial > ? AND serial < ? AND copy = 0"
)


def _issued(view: View, authority: str, after: int, up_to: int) -> tuple[int, int, int]:
    """How many payments an authority took between two row ids, fen, and the last of them."""
    first = PAYMENT + authority[:7]
    row = view.one(_ISSUED, after, up_to, first, first + ":")  # ":" follows "9"
    return (int(row[0]), int(row[1]), int(row[2])) if row else (0, 0, 0)


def state(document: Document, raw: bytes) -> Query:
    """accounting.day: what an authority issued, what of it is in transit (after qsxh up to zzxh), what has
    arrived; counts and yuan."""
    authority = _authority(document)

    def answer(view: View) -> dict[str, Any]:
        last = _last(view, authority)
        arrived = view.one(_ARRIVED, authority) or (0, 0)
        issued, transit = _issued(view, authority, 0, MOST), _issued(view, authority, last, MOST)
        return {
            "qsxh": last,
            "zzxh": max(last, transit[2]),
            "issued": {"fs": issued[0], "je": yuan(issued[1])},
            "in_transit": {"fs": transit[0], "je": yuan(transit[1])},
            "arrived": {"fs": int(arrived[0]), "je": yuan(int(arrived[1]))},
        }

    return answer


def arrive(document: Document, raw: bytes) -> Decide:
    """accounting.arrive: the treasury has what was in transit after qsxh up to zzxh: fs payments, je yuan."""
    authority, officer = _authority(document), officer_of(document)
    after, up_to = whole(document, "qsxh", 0, MOST), whole(document, "zzxh", 1, MOST)
    count, amount, stamped = whole(document, "fs", 1, MOST), money(document, "je"), day(document, "gkrq")

    def decide(view: View) -> Decision:
        last = _last(view, authority)
        if after != last or up_to <= last:
            raise Rejection(WRITTEN_OFF, f"qsxh {after}, the last batch ended at {last}")
        transit = _issued(view, authority, last, up_to)
        if transit[:2] != (count, amount):
            found = f"{transit[0]} of {yuan(transit[1]):.2f} are in transit"
            raise Rejection(FIGURES, f"fs {count}, je {yuan(amount):.2f}; {found}")
        row_id = view.next_id("arrivals")
        serial = f"{ARRIVAL}{authority[:7]}{row_id:010}"
        values = (authority, last, up_to, count, amount, str(stamped), officer.code, serial, time.time())
        data = {"serial": serial, "fs": count, "je": yuan(amount), "zzxh": up_to}
        return Decision(data, (Insert("arrivals", row_id, values),))

    return decide


def _authority(document: Document) -> str:
    authority = digits(document, "swjgDm", 11, codes.AUTHORITY)
    if not is_authority(authority):
        raise Rejection(codes.AUTHORITY, f"swjgDm {authority} is no tax authority code")
    return authority


def _last(view: View, authority: str) -> int:
    row = view.one(_LAST, authority)
    return int(row[0]) if row else 0


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of the day's end, and their list."""
    return (
        Reading("accounting.day", state),
        Writing("accounting.arrive", arrive),
        Reading("accounting.arrivals", partial(rows, table="arrivals")),
    )
