"""The operations of cases, the same for all domains; and the lists that an auditor reads."""

from __future__ import annotations

from functools import partial
from typing import Any

from renhai.reference.cases import tables
from renhai.reference.cases.engine import Engine
from renhai.reference.cases.loading import load
from renhai.reference.cases.model import STEPS
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.records import rows
from renhai.reference.operations.taxpayers import djxh_of
from renhai.reference.rules.fields import Document, digits, text, whole, yuan
from renhai.reference.storage.jobs import Query, View

_TODO = (
    "SELECT lcslid, item, djxh, hj, slswjgDm, listed FROM cases "
    "WHERE gwDm = ? AND blzt = 'pending' AND clr = '' AND copy = 0 ORDER BY listed, id LIMIT ?"
)
_LENGTH = "SELECT count(*) FROM cases WHERE gwDm = ? AND blzt = 'pending' AND clr = '' AND copy = 0"
_TRAIL = (
    "SELECT hj, gwDm, lrrDm, swjgDm, yj, received FROM case_steps WHERE lcslid = ? AND copy = 0 ORDER BY id"
)
_OPEN = "SELECT lcslid, item, blzt FROM cases WHERE djxh = ? AND blzt IN (?, ?) AND copy = 0 ORDER BY id"
_ROWS = (
    "SELECT kind, dm, value, yxqq, yxqz, je, zfbz1, lcslid FROM case_rows "
    "WHERE djxh = ? AND copy = 0 ORDER BY id"
)
MOST_SHOWN = 200


def todo(document: Document, raw: bytes) -> Query:
    """case.todo: the list of a post, the oldest task first, at most `count`; and how long it is."""
    post, count = text(document, "gwDm", most=40), whole({"count": 20, **document}, "count", 1, MOST_SHOWN)

    def answer(view: View) -> dict[str, Any]:
        names = ("lcslid", "item", "djxh", "hj", "slswjgDm", "listed")
        listed = [dict(zip(names, row, strict=True)) for row in view.all(_TODO, post, count)]
        length = view.one(_LENGTH, post)
        return {"gwDm": post, "length": int(length[0]) if length else 0, "tasks": listed}

    return answer


def query(document: Document, raw: bytes, engine: Engine) -> Query:
    """case.query: a case, where it stands, and its trail: who did what, when, for which authority."""
    lcslid = digits(document, "lcslid", 32)

    def answer(view: View) -> dict[str, Any]:
        case = engine.find(view, lcslid)
        names = ("hj", "gwDm", "lrrDm", "swjgDm", "yj", "received")
        trail = [dict(zip(names, row, strict=True)) for row in view.all(_TRAIL, lcslid)]
        open_ = case.state not in tables.FINISHED
        at = {"hj": case.task.action, "gwDm": case.task.post} if open_ else {"hj": "", "gwDm": ""}
        known = {"lcslid": lcslid, "item": case.item.name, "djxh": case.djxh, "blzt": case.state}
        return {**known, **at, "form": case.document.get("form") or {}, "trail": trail}

    return answer


def kept(document: Document, raw: bytes) -> Query:
    """case.rows: the validity rows of a taxpayer, ended ones included, and the open cases."""
    djxh = djxh_of(document)

    def answer(view: View) -> dict[str, Any]:
        names = ("kind", "dm", "value", "yxqq", "yxqz", "je", "zfbz1", "lcslid")
        found = [dict(zip(names, row, strict=True)) for row in view.all(_ROWS, djxh)]
        states = (tables.PENDING, tables.INCOMPLETE)
        open_ = [
            dict(zip(("lcslid", "item", "blzt"), row, strict=True)) for row in view.all(_OPEN, djxh, *states)
        ]
        return {"rows": [{**row, "je": yuan(row["je"])} for row in found], "open": open_}

    return answer


def catalogue(document: Document, raw: bytes, engine: Engine) -> Query:
    """case.items: the items of a domain (two digits): code, name, route, what is handed in, grade."""
    number = digits(document, "domain", 2)

    def answer(view: View) -> dict[str, Any]:
        return {
            "domains": [
                {
                    "domain": domain.number,
                    "title": domain.title,
                    "items": [
                        {
                            "item": item.name, "swsxDm": item.code, "title": item.title,
                            "public": item.public, "grade": item.grade, "papers": list(item.papers),
                            "route": [f"{step.action} {step.post}" for step in item.route],
                        }
                        for item in domain.items.values()
                    ],
                }
                for domain in engine.domains.values()
                if domain.number == number
            ]
        }  # fmt: skip

    return answer


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of cases."""
    engine = Engine(load(setup.domains), setup)
    named = (
        Writing(f"case.{item.name}", partial(engine.accept_item, item=item), services=item.services)
        for item in engine.items.values()
        if item.services
    )
    steps = (Writing(f"case.{action}", partial(engine.perform, action=action)) for action in STEPS)
    ends = (
        Writing(f"case.{action}", partial(engine.end, action=action)) for action in ("refuse", "withdraw")
    )
    return (
        Reading("case.items", partial(catalogue, engine=engine)),
        Writing("case.accept", engine.accept),
        *named,
        Reading("case.todo", todo),
        Writing("case.take", engine.take),
        *steps,
        Writing("case.complete", engine.complete),
        Writing("case.supply", engine.supply),
        *ends,
        Reading("case.query", partial(query, engine=engine)),
        Reading("case.rows", kept),
        Reading("case.list", partial(rows, table="cases")),
        Reading("case.steps", partial(rows, table="case_steps")),
        Reading("case.kept", partial(rows, table="case_rows")),
    )
