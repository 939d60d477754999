"""Reading back by the target's own operations: a question for each write, or its lists page by page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from renhai.binding.codec import Reply
from renhai.checks.audit.rows import at, record
from results.checks.audit.intents import Write
from results.checks.audit.model import Reading
from results.checks.values import text

MOST_PAGES = 1_000_000
MOST_FAILURES = 20  # reads in a row without an answer, after which the target is not asked any more


class Asks(Protocol):
    """Whoever can ask the target."""

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        """One question, its answer judged by the target file."""


def read_list(asker: Asks, rule: Mapping[str, Any], seen: int, fresh: bool) -> Reading:
    """Everything that the rule's `list` shows. What is wrong with a page stands in `failed`."""
    found = Reading(fresh=fresh)
    fields: dict[str, Any] = dict(rule.get("send") or {})
    if rule.get("page"):
        fields[rule["page"]] = 1
    before = ""
    for _ in range(MOST_PAGES):
        reply = asker.ask(rule["list"], fields)
        rows = at(reply.data, rule["rows"]) if reply.outcome == "ok" else None
        if not isinstance(rows, list):
            found.failed = _unread(rule["list"], reply, rule["rows"])
            return found
        page = json.dumps(rows, default=str, sort_keys=True)
        if rows and page == before:
            found.failed = f"{rule['list']} gave one page twice; look at next, page and send"
            return found
        before = page
        found.records += [record(row, rule, rule.get("columns") or {}, seen=seen) for row in rows]
        following = _following(rule, fields, reply, rows)
        if following is None:
            found.failed = _short(rule, reply, found)
            return found
        fields = following
    found.failed = f"{rule['list']} did not end after {MOST_PAGES:,} pages"
    return found


def _following(
    rule: Mapping[str, Any], fields: Mapping[str, Any], reply: Reply, rows: Sequence[Any]
) -> dict[str, Any] | None:
    """What the next page is asked by; None where this was the last one."""
    if rule.get("next"):
        marks = {name: at(reply.data, path) for name, path in rule["next"].items()}
        ended = any(mark is None or mark == "" for mark in marks.values())
        return None if ended or not rows else {**fields, **marks}
    if rule.get("page") and rows:
        return {**fields, rule["page"]: fields[rule["page"]] + 1}
    return None


def _short(rule: Mapping[str, Any], reply: Reply, found: Reading) -> str:
    """Whether the list itself says that there are more than it gave."""
    if not rule.get("total"):
        return ""
    total = text(at(reply.data, rule["total"]))
    if total == str(len(found.records)):
        return ""
    return (
        f"{rule['list']} gave {len(found.records)} rows and says {total or 'nothing'} under {rule['total']}"
    )


def read_each(
    asker: Asks, rule: Mapping[str, Any], writes: Iterable[Write], seen: int, fresh: bool
) -> Reading:
    """Each write is asked for by its serial, then by its key, which shows what was stored twice.

    An answer that is neither a record nor a known "there is none" leaves its write unread.
    """
    found, silent = Reading(whole=False, fresh=fresh), 0
    answered: dict[str, list[Any]] = {}
    shown: Counter[str] = Counter()
    for write in writes:
        for fields in _questions(rule, write):
            question = json.dumps(fields, default=str, sort_keys=True)
            if question in answered:
                continue
            if silent >= MOST_FAILURES:
                found.unread[write.number] = f"{rule['read']} was not asked any more: it no longer answers"
                break
            reply = asker.ask(rule["read"], fields)
            silent = silent + 1 if reply.outcome == "error" else 0
            rows = _rows(reply, rule)
            if rows is None:
                found.unread[write.number] = _unread(rule["read"], reply, rule.get("rows") or "")
                break
            answered[question] = rows
            # two answers may show one record, an answer shows what is there twice as two
            shown |= Counter(json.dumps(row, default=str, sort_keys=True) for row in rows)
    columns = rule.get("columns") or {}
    found.records = [record(json.loads(row), rule, columns, seen=seen) for row in shown.elements()]
    return found


def _questions(rule: Mapping[str, Any], write: Write) -> list[dict[str, Any]]:
    more = rule.get("send") or {}
    sets = [rule["ask"]] if rule.get("ask") else [rule.get("by") or [], rule.get("key") or []]
    known = [{name: write.values.get(name) for name in names} for names in sets if names]
    full = [one for one in known if all(value is not None for value in one.values())]
    return [{**more, **one} for one in full]


def _rows(reply: Reply, rule: Mapping[str, Any]) -> list[Any] | None:
    """The records of an answer; None where it does not say."""
    if reply.outcome == "rejected" and text(reply.code) in (rule.get("absent") or ()):
        return []
    if reply.outcome != "ok":
        return None
    if rule.get("rows"):
        rows = at(reply.data, rule["rows"])
        return rows if isinstance(rows, list) else None
    return [reply.data] if isinstance(reply.data, Mapping) and reply.data else None


def _unread(operation: str, reply: Reply, rows: str) -> str:
    if reply.outcome == "ok":
        return f"the answer of {operation} has no list under {rows or 'data'}"
    return f"{operation} was {reply.outcome}: {f'{reply.code} {reply.reason}'.strip() or 'no reason given'}"
