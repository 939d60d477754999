"""How a recording signed in: a bearer token that an answer gave, a password, cookies."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from renhai.binding.drafting.hidden import variable
from renhai.binding.drafting.notes import note
from renhai.binding.drafting.recorded.exchange import Leaf
from renhai.binding.drafting.recorded.heads import of_head
from renhai.binding.drafting.recorded.operations import Drafting

_PASSWORD = re.compile(r"passw|pwd|mima|密码|口令|^(?:pass|pw|mm|kl|dlmm)$", re.IGNORECASE)
_SAVED = re.compile(r"\$\{SAVED:(\w+)\}")


def sign_in(drafting: Drafting) -> None:
    """State under auth what the recording shows; one kind is all that a target file has."""
    draft = drafting.draft
    sent = [(n, value) for n, one in enumerate(drafting.exchanges) if (value := one.header("authorization"))]
    kinds = Counter(value.lower().startswith("basic ") for _, value in sent)
    if sent:  # as most requests do: a token is often asked for by Basic, and sent as Bearer from then on
        usual = kinds[True] > kinds[False]
        number, value = next(one for one in sent if one[1].lower().startswith("basic ") == usual)
        draft.auth = _by_header(drafting, number, value)
        draft.add_note(note("secret_header", name="authorization"))
        return
    if any(exchange.cookies for exchange in drafting.exchanges):
        draft.auth = {"cookies": {}}


def log_in(drafting: Drafting) -> set[int]:
    """Name the operations that sign in, as far as they show: the one that sends a password, and those whose
    answers it needs. The numbers of the requests that auth makes from now on.
    """
    auth = next(iter((drafting.draft.auth or {}).values()), None)
    if auth is None or "user" in auth:
        return set()
    named = auth.get("login")
    number = _first(drafting, named) if named else _with_password(drafting, "token" not in auth)
    if number is None:
        if "token" not in auth and not _all_given(drafting):
            drafting.draft.add_note(note("cookies"))
        return set()
    steps = [*_needed(drafting, number), number]
    names = list(dict.fromkeys(drafting.group_of[n].name for n in steps))
    auth["login"] = names if len(names) > 1 else names[0]
    away = _sent_away(drafting, number)
    for name in {drafting.group_of[n].name for n in away}:
        kept = [m for m in drafting.group_of[_first(drafting, name)].members if m not in away]
        good = {drafting.exchanges[m].answer.status for m in kept}
        drafting.draft.operations[name]["success"]["status"] = sorted(s for s in good if 200 <= s < 400)
    return {n for n in range(number + 1) if drafting.group_of[n].name in names} | away


def _all_given(drafting: Drafting) -> bool:
    """Whether each cookie that was sent came of an answer before: then nobody need say where from."""
    given: set[str] = set()
    for exchange in drafting.exchanges:
        if not given.issuperset(exchange.cookies):
            return False
        given |= {value for value, rule, _, _ in of_head(exchange) if rule and rule[0][0] == "cookie"}
    return True


def _sent_away(drafting: Drafting, login: int) -> set[int]:
    """Requests before the log-in that were redirected, and answered once it was done: in a run a redirect
    would mean that nobody is signed in.
    """

    def status(number: int) -> int:
        return drafting.exchanges[number].answer.status

    return {
        number
        for number in range(login)
        if 300 <= status(number) < 400
        and any(m > login and 200 <= status(m) < 300 for m in drafting.group_of[number].members)
    }


def _first(drafting: Drafting, name: str) -> int:
    return next(n for n, group in drafting.group_of.items() if group.name == name)


def _with_password(drafting: Drafting, by_cookies: bool) -> int | None:
    for number, leaves in enumerate(drafting.leaves):
        exchange = drafting.exchanges[number]
        good = 200 <= exchange.answer.status < 400 and by_cookies
        if good and any(_PASSWORD.search(leaf.name) and leaf.place[0] != "path" for leaf in leaves.values()):
            return number
    return None


def _needed(drafting: Drafting, number: int) -> list[int]:
    """The requests before, whose answers left behind what the login sends."""
    sent = str(drafting.draft.operations[drafting.group_of[number].name])
    wanted = set(_SAVED.findall(sent))
    producers = {operation for (operation, _), name in drafting.captured.items() if name in wanted}
    found: dict[str, int] = {}
    for earlier in range(number):
        if drafting.group_of[earlier].name in producers:
            found.setdefault(drafting.group_of[earlier].name, earlier)
    return sorted(found.values())


def _by_header(drafting: Drafting, number: int, value: str) -> dict[str, Any]:
    name = variable(drafting.draft.name)
    kind, _, rest = value.partition(" ")
    if kind.lower() == "basic":
        pair = {"user": f"${{ENV:{name}_USER}}", "password": f"${{ENV:{name}_PASSWORD}}"}
        drafting.variables |= {f"{name}_USER", f"{name}_PASSWORD"}
        return {"basic": pair}
    prefix = kind if rest else ""
    leaf = Leaf(("header", "authorization"), "authorization", rest or value)
    given = drafting.answers.source(leaf, number, even_if_sent=True)
    kept = drafting.capture(given) if given is not None and not isinstance(given.rule, str) else None
    if given is not None and (kept or isinstance(given.rule, str)):
        login = drafting.group_of[given.exchange].name
        token = f"${{SAVED:{kept}}}" if kept else given.rule
        found: dict[str, Any] = {"login": login, "token": token}
        return {"bearer": found if prefix == "Bearer" else {**found, "prefix": prefix}}
    drafting.variables.add(f"{name}_TOKEN")
    found = {"token": f"${{ENV:{name}_TOKEN}}"}
    return {"bearer": found if prefix in ("Bearer", "") else {**found, "prefix": prefix}}
