"""How a recording signed in: a bearer token that an answer gave, a password, cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renhai.binding.drafting.hidden import variable
from renhai.binding.drafting.notes import note
from renhai.binding.drafting.recorded.exchange import Leaf

if TYPE_CHECKING:
    from renhai.binding.drafting.recorded.operations import Drafting


def sign_in(drafting: Drafting) -> None:
    """State under auth what the recording shows; one kind is all that a target file has."""
    draft = drafting.draft
    for number, exchange in enumerate(drafting.exchanges):
        value = exchange.header("authorization")
        if value:
            draft.auth = _by_header(drafting, number, value)
            draft.add_note(note("secret_header", name="authorization"))
            return
    if any(exchange.cookies for exchange in drafting.exchanges):
        draft.auth = {"cookies": {}}
        draft.add_note(note("cookies"))


def _by_header(drafting: Drafting, number: int, value: str) -> dict[str, Any]:
    name = variable(drafting.draft.name)
    kind, _, rest = value.partition(" ")
    if kind.lower() == "basic":
        pair = {"user": f"${{ENV:{name}_USER}}", "password": f"${{ENV:{name}_PASSWORD}}"}
        drafting.variables |= {f"{name}_USER", f"{name}_PASSWORD"}
        return {"basic": pair}
    prefix = kind if rest else ""
    leaf = Leaf(("header", "authorization"), "authorization", rest or value)
    given = drafting.answers.source(leaf, number, {})
    if given is not None and given.kind in ("json", "xml") and given.path:
        login = drafting.group_of[given.exchange].name
        found: dict[str, Any] = {"login": login, "token": given.path}
        return {"bearer": found if prefix == "Bearer" else {**found, "prefix": prefix}}
    drafting.variables.add(f"{name}_TOKEN")
    found = {"token": f"${{ENV:{name}_TOKEN}}"}
    return {"bearer": found if prefix in ("Bearer", "") else {**found, "prefix": prefix}}
