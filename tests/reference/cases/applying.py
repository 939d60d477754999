"""Applications written by hand, and cases done step by step by different people."""

from __future__ import annotations

from typing import Any

from renhai.reference.cases.loading import load
from tests.reference.documents import AUTHORITY, djxh
from tests.reference.office import Office
from tests.reference.running import Client

Form = dict[str, Any]
ITEMS = {item.name: item for domain in load().values() for item in domain.items.values()}
ACCEPTOR = 1
TODAY = "2015-10-20"


def acts(person: int) -> Form:
    return {"lrrDm": f"{AUTHORITY[:7]}{person:04}", "swjgDm": AUTHORITY}


def application(item: str, form: Form, number: int = 1) -> Form:
    known = ITEMS[item]
    return {
        "swsxDm": known.code,
        "djxh": djxh(number),
        "form": form,
        "zl": list(known.papers),
        **acts(ACCEPTOR),
    }


def through(office: Office | Client, item: str, form: Form, number: int = 1) -> str:
    """Accept a case and do all its steps, each review and approval by somebody else; its id."""
    said = office.ok("case.accept", application(item, form, number))
    lcslid, person = said["lcslid"], ACCEPTOR
    said["blzt"] = "pending"
    while said["blzt"] == "pending":
        if not said["held"]:
            person += 1
            assert office.ok("case.take", {"gwDm": said["gwDm"], **acts(person)})["lcslid"] == lcslid
        fields = {"lcslid": lcslid, **acts(person), "sdfs": "01", "ssdr": "张三"}
        said = office.ok(f"case.{said['hj']}", fields)
    assert said["blzt"] == "closed"
    return str(lcslid)
