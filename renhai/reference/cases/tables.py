"""What the case engine keeps: cases, the trail of what was done, the rows that decisions leave."""

from __future__ import annotations

from typing import Any

from renhai.reference.cases.model import OPEN_END
from renhai.reference.storage.jobs import Row, View
from renhai.reference.storage.schema import table

table(
    "cases",
    "lcslid swsxDm item djxh slswjgDm slrDm lrqd blzt gwDm hj step:int clr listed:real received:real "
    "document:bytes",
    "UNIQUE INDEX cases_lcslid ON cases (lcslid) WHERE copy = 0",
    "INDEX cases_list ON cases (gwDm, blzt, clr, listed)",
    "INDEX cases_taxpayer ON cases (djxh, item)",
)
table(
    "case_steps",
    "lcslid serial item djxh hj gwDm lrrDm swjgDm yj je:amount dlbz received:real",
    "INDEX case_steps_case ON case_steps (lcslid)",
    listed="case-steps",
)
table(
    "case_rows",
    "djxh kind dm value yxqq yxqz je:amount zfbz1 lcslid zflcslid lrrDm swjgDm received:real",
    "INDEX case_rows_taxpayer ON case_rows (djxh, kind)",
    listed="case-rows",
)

PENDING, INCOMPLETE = "pending", "incomplete"
CLOSED, REFUSED, WITHDRAWN = "closed", "refused", "withdrawn"
FINISHED = (CLOSED, REFUSED, WITHDRAWN)

_VALID = (
    "SELECT id, dm, value, yxqq, yxqz, je, lcslid FROM case_rows "
    "WHERE djxh = ? AND kind = ? AND zfbz1 = 'N' AND yxqz >= ? AND copy = 0 ORDER BY id"
)


def valid_rows(view: View, djxh: str, kind: str, on: Any, dm: str = "", value: str = "") -> list[Row]:
    """Rows of a kind that hold on a day or later: (id, dm, value, yxqq, yxqz, je in fen, lcslid).

    dm, value: only those with this one, where given.
    """
    rows = view.all(_VALID, djxh, kind, str(on))
    return [row for row in rows if dm in ("", row[1]) and value in ("", row[2])]


END = "UPDATE case_rows SET zfbz1 = 'Y', yxqz = ?, zflcslid = ? WHERE id = ?"
STATE = "UPDATE taxpayers SET nsrztDm = ? WHERE djxh = ?"

__all__ = ["END", "OPEN_END", "STATE", "valid_rows"]
