"""Lists of what the target holds, page by page in the order of storing: what an auditor reads.

Rows that a planted fault stored twice are among them, as they are in the tables.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from renhai.reference.operations.operation import Operation, Reading, Setup
from renhai.reference.rules.codes import FIELD_MISSING, Rejection
from renhai.reference.rules.fields import Document, text, whole
from renhai.reference.storage.audit import page
from renhai.reference.storage.jobs import Query
from renhai.reference.storage.schema import TABLES

MOST_ROWS = 5000
LISTS = {
    "registration.list": "taxpayers",
    "declaration.list": "declarations",
    "collection.dues": "dues",
    "collection.payments": "payments",
    "certificate.list": "certificates",
    "invoice.ranges": "ranges",
    "invoice.list": "invoices",
    "invoice.verifications": "verifications",
}
OPTIONS = frozenset({"after", "limit"})


def rows(document: Document, raw: bytes, table: str) -> Query:
    """At most `limit` rows after the row `after` (0: from the first), of those whose fields are as given.

    Answers {"rows": [...], "next": what to give as `after` for the next page, null after the last}.
    """
    given = {name: value for name, value in document.items() if name not in OPTIONS}
    known = {name for name, kind in TABLES[table].columns if kind == "text"}
    for name in given:
        if name not in known:
            fields = ", ".join(sorted(known))
            raise Rejection(FIELD_MISSING, f"{name} is no field of this list; its fields are {fields}")
    wanted: dict[str, Any] = {name: text(document, name) for name in given}
    after = whole({"after": 0, **document}, "after", 0, 2**62)
    limit = whole({"limit": 1000, **document}, "limit", 1, MOST_ROWS)
    return page(TABLES[table].listed, after, limit, False, wanted)


def operations(setup: Setup) -> tuple[Operation, ...]:
    """One list for each table."""
    return tuple(Reading(name, partial(rows, table=table)) for name, table in LISTS.items())
