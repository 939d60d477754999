"""Payments of what is unpaid, through the taxpayer's tri-party agreement."""

from collections.abc import Mapping, Sequence
from typing import Any

from generators.identifiers import make_officer
from generators.taxpayers.taxpayer import Taxpayer

OFFICERS = 40  # officers of a bureau who enter payments


def payment(t: Taxpayer, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pay unpaid vouchers `{"pzxh", "ybtse": yuan}` in full, as `collection.unpaid` lists them.

    Shape: {"djxh", "sfxyh", "zgswjgDm", "lrrDm", "items": [{"pzxh", "kkje": yuan}]}.
    """
    return {
        "djxh": t.djxh,
        "sfxyh": t.agreement,
        "zgswjgDm": t.authority,
        "lrrDm": make_officer(t.authority, 1 + t.key % OFFICERS),
        "items": [{"pzxh": item["pzxh"], "kkje": item["ybtse"]} for item in items],
    }
