"""Which business domain a transaction belongs to: by its operation; of a case by the item that it is of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NAMES = {
    "01": "registration", "02": "invoice", "03": "preference", "04": "determination", "05": "certificate",
    "06": "declaration", "07": "collection", "08": "export_refund", "09": "voucher", "10": "assessment",
    "11": "inspection", "12": "legal", "13": "general",
}  # fmt: skip
"""The thirteen domains, by the two digits that item codes begin with (SXA, or LCSXA, and eleven digits)."""
GENERAL = NAMES["13"]
_OTHERS = {"export": NAMES["08"], "accounting": NAMES["07"], "printing": NAMES["05"]}
_ITEM = re.compile(r"(?:LC)?SXA(\d\d)\d+")


class Domains:
    """Asked for each transaction in the order of time: it remembers the item and the taxpayer of a case."""

    def __init__(self) -> None:
        self._cases: dict[str, tuple[str, str]] = {}

    def of(self, operation: str, fields: Mapping[str, Any], answer: Any) -> tuple[str, str]:
        """The domain, and the taxpayer of a case ("" where none is known). What is asked of the cases of all
        domains (case.todo, case.rows) is general."""
        known = answer if isinstance(answer, Mapping) else {}
        prefix = operation.partition(".")[0]
        number = str(fields.get("lcslid") or known.get("lcslid") or "")
        found, who = self._cases.get(number, ("", ""))
        if not found and (code := _ITEM.fullmatch(str(fields.get("swsxDm") or ""))):
            found = NAMES.get(code[1], "")
        who = str(fields.get("djxh") or known.get("djxh") or who)
        if prefix != "case":
            found = _OTHERS.get(prefix, prefix)
        found = found or GENERAL
        if fields.get("swsxDm") and known.get("lcslid"):
            self._cases[str(known["lcslid"])] = found, who
        return found, who
