"""What is filed already, of returns of which a period has one."""

from __future__ import annotations

from datetime import date

from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.storage.jobs import View

_OVERLAPS = (
    "SELECT pzxh FROM declarations WHERE djxh = ? AND yzpzzlDm = ? AND skssqq <= ? AND skssqz >= ? "
    "AND voided = 0 AND copy = 0"
)


def check_not_filed(view: View, djxh: str, kind: str, start: date, end: date) -> None:
    """Raises Rejection where a return of this kind covers a day from `start` to `end`."""
    row = view.one(_OVERLAPS, djxh, kind, str(end), str(start))
    if row is not None:
        raise Rejection(codes.ALREADY_FILED, f"skssqq {start}: filed as {row[0]}")
