"""Payments of what is unpaid, through the taxpayer's tri-party agreement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generators.documents.record_kind import JourneyDocument, Record, RecordKind, numbered
from generators.documents.vat.declaration import PERIODS_A_YEAR, due, first_year
from generators.identifiers import make_officer, make_pzxh
from generators.taxpayers.taxpayer import Taxpayer

OFFICERS = 40  # officers of a bureau who enter payments


def payment(t: Taxpayer, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pay unpaid vouchers `{"pzxh", "ybtse": yuan}` in full, as `collection.unpaid` lists them.

    Shape: {"djxh", "sfxyh", "zgswjgDm", "lrrDm", "items": [{"pzxh", "kkje": yuan}]}; with the late fee
    ("znj", yuan) of what the list says to have one.
    """
    return {
        "djxh": t.djxh,
        "sfxyh": t.agreement,
        "zgswjgDm": t.authority,
        "lrrDm": make_officer(t.authority, 1 + t.key % OFFICERS),
        "items": [
            {"pzxh": item["pzxh"], "kkje": item["ybtse"]} | ({"znj": item["znj"]} if item.get("znj") else {})
            for item in items
        ],
    }


def _of_first_year(t: Taxpayer) -> Iterator[Record]:
    for k, document in enumerate(first_year(t)):
        if due(document) > 0:
            pzxh = make_pzxh(t.authority, t.index * PERIODS_A_YEAR + k)
            yield payment(t, [{"pzxh": pzxh, "ybtse": due(document)}])


RECORD_KINDS = {
    "payment": RecordKind("payments of what the declarations of the first year ask for", _of_first_year),
    **numbered("agreement", "tri-party agreement numbers", lambda t: t.agreement),
    **numbered("pzxh", "voucher serials", lambda t: make_pzxh(t.authority, t.index)),
}
JOURNEY_DOCUMENTS = {
    "payment": JourneyDocument(lambda work, reply: payment(work.taxpayer, reply.get("items", [])))
}
