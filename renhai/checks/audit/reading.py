"""Reading back by the target's own operations: a question for each write, or its lists page by page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from renhai.binding.codec import Reply
from renhai.checks.audit.rows import at, record
from results.checks.audit.contrary import spelled_alike
from results.checks.audit.intents import Write
from results.checks.audit.model import Reading
from results.checks.values import identity, text

MOST_PAGES = 1_000_000
MOST_EMPTY = 20  # pages in a row without a row, each of which names another one
MOST_FAILURES = 20  # reads in a row without an answer, after which the target is not asked any more


class Asks(Protocol):
    """Whoever can ask the target."""

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        """One question, its answer judged by the target file."""


def read_list(asker: Asks, rule: Mapping[str, Any], seen: int, fresh: bool) -> Reading:
    """Everything that the rule's `list` shows. What is wrong with its pages stands in `failed`.

    A row that two pages show is there twice, or the list moved while it was read: it is read once more, and
    what it says then must be the same, or without such a row.
    """
    found, twice = _read_pages(asker, rule, seen, fresh)
    if found.failed or not twice:
        return found
    again, still = _read_pages(asker, rule, seen, fresh)
    if still and not again.failed and _rows_of(found, rule) != _rows_of(again, rule):
        again.failed = f"{rule['list']} gave other rows when it was read again; what it lists moves meanwhile"
    return again


def _rows_of(found: Reading, rule: Mapping[str, Any]) -> Counter[int]:
    return Counter(hash(_known_as(one.values, rule)) for one in found.records)


def _known_as(values: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    """By serial and key, where it has them: a list may number its rows, or say when it was asked."""
    names = [*(rule.get("by") or ()), *(rule.get("key") or ())]
    return identity(values, names) or _spelled(values)


def _read_pages(asker: Asks, rule: Mapping[str, Any], seen: int, fresh: bool) -> tuple[Reading, bool]:
    """And whether two pages show one row, as far as rows can be told apart."""
    found, pages = Reading(fresh=fresh), _Pages(rule)
    fields: dict[str, Any] = dict(rule.get("send") or {})
    if rule.get("page"):
        fields[rule["page"]] = 1
    for _ in range(MOST_PAGES):
        reply = asker.ask(rule["list"], fields)
        rows = at(reply.data, rule["rows"]) if reply.outcome == "ok" else None
        if not isinstance(rows, list):
            found.failed = _unread(rule["list"], reply, rule["rows"])
            return found, False
        found.failed = pages.take(rows)
        if found.failed:
            return found, False
        found.records += [record(row, rule, rule.get("columns") or {}, seen=seen) for row in rows]
        following = pages.following(fields, reply, rows)
        if isinstance(following, str):
            found.failed = following or _short(rule, reply, found)
            return found, pages.twice
        fields = following
    found.failed = f"{rule['list']} did not end after {MOST_PAGES:,} pages"
    return found, False


class _Pages:
    """The pages of one list, one after the other. twice: two of them show one row."""

    def __init__(self, rule: Mapping[str, Any]) -> None:
        self._rule, self._name = rule, rule["list"]
        self._apart = bool(rule.get("by") or rule.get("key"))  # else equal rows may be different ones
        self._rows: dict[int, int] = {}  # the page of each row, by its hash
        self._asked: set[str] = set()
        self._before: list[str] = []
        self._number = self._empty = 0
        self.twice = False

    def take(self, rows: Sequence[Any]) -> str:
        """The next page; what is wrong with it."""
        if not all(isinstance(row, Mapping) for row in rows):
            return f"{self._name} has a row that is no object; look at rows"
        spelled = [_spelled(row) for row in rows]
        if spelled and spelled == self._before:
            return f"{self._name} gave one page twice; look at next, page and send"
        self._before, self._number = spelled, self._number + 1
        self._empty = 0 if rows else self._empty + 1
        columns = self._rule.get("columns") or {}
        for row in rows if self._apart else ():
            known = {**row, **{name: row[column] for name, column in columns.items() if column in row}}
            one = hash(_known_as(known, self._rule))
            self.twice |= self._rows.setdefault(one, self._number) != self._number
        return ""

    def following(self, fields: Mapping[str, Any], reply: Reply, rows: Sequence[Any]) -> dict[str, Any] | str:
        """What the next page is asked by; else why there is none: "" behind the last one.

        A page without a row is not the last one while it names another.
        """
        if self._rule.get("page"):
            page = self._rule["page"]
            return {**fields, page: fields[page] + 1} if rows else ""
        marks = {name: at(reply.data, path) for name, path in (self._rule.get("next") or {}).items()}
        if not marks or any(mark is None or mark == "" for mark in marks.values()):
            return ""
        self._asked.add(_spelled(fields))
        following = {**fields, **marks}
        if _spelled(following) in self._asked:
            return f"{self._name} names a page that it gave before as the next one" if rows else ""
        if self._empty > MOST_EMPTY:
            return f"{self._name} gave {self._empty} pages without a row, and names one more"
        return following


def _spelled(value: Any) -> str:
    return json.dumps(value, default=str, sort_keys=True)


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
            if rows is None or not all(isinstance(row, Mapping) for row in rows):
                found.unread[write.number] = _unread(rule["read"], reply, rule.get("rows") or "")
                break
            answered[question] = rows
            if why := _of_another(rule, fields, rows):
                found.doubts.setdefault(why.partition(" asked ")[0], why)
            # two answers may show one record, an answer shows what is there twice as two
            shown |= Counter(json.dumps(row, default=str, sort_keys=True) for row in rows)
    columns = rule.get("columns") or {}
    found.records = [record(json.loads(row), rule, columns, seen=seen) for row in shown.elements()]
    if found.records and not seen and (why := _echoes(asker, rule, answered)):
        found.records, found.failed = [], why
    return found


def _echoes(asker: Asks, rule: Mapping[str, Any], answered: Mapping[str, Sequence[Any]]) -> str:
    """Whether the target shows a record of whatever it is asked for; why its answers prove nothing then.

    It is asked for two ids that nobody was given: one of the same form, which may be another's by chance, and
    a longer one.
    """
    names = {*(rule.get("ask") or ()), *(rule.get("by") or ()), *(rule.get("key") or ())}
    columns = rule.get("columns") or {}
    question = next(json.loads(one) for one, rows in answered.items() if rows)
    own = {name: value for name, value in question.items() if name in names}
    for more in ("", "9999"):  # one of few digits may be that of another write
        made_up = {name: _made_up(value, more) for name, value in own.items()}
        if _spelled({**question, **made_up}) in answered:
            continue
        rows = _rows(asker.ask(rule["read"], {**question, **made_up}), rule) or []
        if not any(_says(row, made_up, columns) for row in rows):
            return ""
    asked = ", ".join(f"{name} {value}" for name, value in made_up.items())
    return f"{rule['read']} shows a record of {asked}, which nobody was given: it says back what it is asked"


def _of_another(rule: Mapping[str, Any], fields: Mapping[str, Any], rows: Sequence[Any]) -> str:
    """Whether none of the records of an answer is of what was asked; "" where one may be."""
    columns = rule.get("columns") or {}
    asked = {name: value for name, value in fields.items() if name not in (rule.get("send") or {})}
    for row in rows:
        known = {name: row.get(columns.get(name, name)) for name in asked}
        wrong = [
            name for name, value in known.items() if value is not None and not _alike(asked[name], value)
        ]
        if not wrong:
            return ""
    if not rows:
        return ""
    name = wrong[0]
    return f"{rule['read']} asked for {name} {text(asked[name])} showed a record of {text(known[name])}"


def _alike(asked: Any, shown: Any) -> bool:
    return text(asked) == text(shown) or spelled_alike(text(asked), text(shown))


def _made_up(value: Any, more: str) -> Any:
    """Another one of its kind: each digit turned by five; more: digits behind it."""
    turned = "".join(str((int(sign) + 5) % 10) if sign in "0123456789" else sign for sign in text(value))
    other = (turned if turned != text(value) else f"{turned}0") + more
    return int(other) if type(value) is int and other.isdigit() else other


def _says(row: Any, values: Mapping[str, Any], columns: Mapping[str, str]) -> bool:
    """Whether it has those of the values that it has fields of, and one at least."""
    known = {name: row.get(columns.get(name, name)) for name in values} if isinstance(row, Mapping) else {}
    there = {name for name, value in known.items() if value is not None}
    return bool(there) and all(text(known[name]) == text(values[name]) for name in there)


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
    if not isinstance(reply.data, Mapping) or not reply.data:
        return None
    return [] if _says_none(reply.data, rule) else [reply.data]


def _says_none(data: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Whether an answer names the serial, and has none: {"found": false, "pzxh": ""}."""
    columns = rule.get("columns") or {}
    names = [columns.get(name, name) for name in rule.get("by") or rule.get("key") or ()]
    return all(name in data and not text(data[name]) for name in names)


def _unread(operation: str, reply: Reply, rows: str) -> str:
    if reply.outcome == "ok":
        return f"the answer of {operation} has no list under {rows or 'data'}"
    return f"{operation} was {reply.outcome}: {f'{reply.code} {reply.reason}'.strip() or 'no reason given'}"
