"""Text with `${...}` in it, prepared once: what a binding fills in for each request.

`${field}`, `${field.inside}`  of the operation's fields; `${document}` is all of them
`${ENV:NAME}`                  a secret or setting from the environment of the process that sends
`${SAVED:name}`                what an earlier answer of the same operator left behind (`captures`)
`${OPERATOR:number}`           a number from 0, one for each operator or desk of a load process
`${OPERATOR:officer}`          an officer's code: 7 digits of the operator's unit, 4 of their number
`${OPERATOR:unit}`             the tax authority where the operator sits; also `${OPERATOR:post}`
`${DATA:accounts.user}`        of the operator's row of a file of the scenario (`data`, each: operator)
`${NEW:id}`                    32 hexadecimal digits, different at every use
`${NOW:yyyyMMdd}`              the sender's local time; yyyy MM dd HH mm ss SSS
`${VALUE:name}`                the operation's own `values` entry, which may hold placeholders itself; with
                               ${NEW:...} or ${NOW:...} in it, it is made once for a request
`${TABLE:name:field}`          the entry of the binding's table `name` for the field's value, unescaped
`${XML:field}`                 the field as XML elements; in XML bodies
`${CDATA:field}`               the field as it is, inside a CDATA section; in XML bodies
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

from renhai.binding.state.client_state import NOBODY, ClientState
from renhai.binding.text.xml_text import cdata, elements, escape_xml, plain

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.]*)\}")
SECRET = re.compile(r"\$\{ENV:([A-Za-z_]\w*)\}")
TOKEN = re.compile(r"\$\{([^{}]*)\}")
TABLE = re.compile(r"TABLE:(\w+):([A-Za-z_][\w.]*)")
_FIELD = r"[A-Za-z_][\w.]*"
_KNOWN = re.compile(
    rf"{_FIELD}|ENV:[A-Za-z_]\w*|SAVED:\w+|OPERATOR:(?:number|officer|unit|post)|NEW:id|NOW:[yMdHmsS:. T/-]+"
    rf"|DATA:\w+\.\w+|VALUE:\w+|TABLE:\w+:{_FIELD}|XML:{_FIELD}|CDATA:{_FIELD}"
)
_FRESH = re.compile(r"\$\{(?:NEW|NOW):")
_CLOCK = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))

Fields = Mapping[str, Any]
Build = Callable[[Fields], Any]
Escape = Callable[[Any], str]


class MissingSecret(KeyError):
    """An environment variable that the binding needs is not set in this process."""

    def __str__(self) -> str:
        return f"environment variable {self.args[0]} is not set"


class Scope:
    """What templates may use beside the fields. `memory`: of the operator whose request is being built."""

    def __init__(
        self, environ: Mapping[str, str], tables: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.environ = environ
        self.tables = tables or {}
        self.begin({})
        self.secrets: list[str] = []
        self.memory: ClientState = NOBODY
        self.uses_memory = False
        self._ids = map(_id_maker(), count())

    def begin(self, values: Mapping[str, str]) -> None:
        """Prepare an operation with these `values`. `made`: those of the request that is being built."""
        self.values = values
        self.made: dict[str, Any] = {}
        self._once: dict[str, Build] = {}

    def made_once(self, wanted: Iterable[str] = ()) -> list[tuple[str, Build]]:
        """The values to make before each request of the prepared operation, the `wanted` ones included."""
        for name in wanted:
            if name in self.values and name not in self._once:
                self._once[name] = _callable(compile_text(self.values[name], self, plain))
        return list(self._once.items())

    def secret(self, name: str) -> str:
        """An environment variable; raises MissingSecret, ValueError."""
        value = self.environ.get(name)
        if not value:
            raise MissingSecret(name)
        if not value.isprintable():
            raise ValueError(f"environment variable {name} holds a line break or another control character")
        if value not in self.secrets:
            self.secrets.append(value)
        return value

    def value(self, inner: str) -> Build | str:
        """What stands for `${inner}`: a text that never changes, or a function of the fields."""
        kind, colon, rest = inner.partition(":")
        if not colon:
            return getter(inner)
        if kind == "ENV":
            return self.secret(rest)
        if kind == "VALUE":
            return self._value(rest)
        if kind == "TABLE":
            return self._table(*rest.split(":"))
        if kind == "DATA":
            self.uses_memory = True
            return self._row(*rest.split("."))
        if kind in ("SAVED", "OPERATOR"):
            self.uses_memory = True
            return self._saved(rest) if kind == "SAVED" else (lambda fields: getattr(self.memory, rest))
        if kind == "NEW":
            return lambda fields: next(self._ids)
        if kind == "NOW":
            return clock(rest)
        return getter(rest)

    def _value(self, name: str) -> Build | str:
        build, made = compile_text(self.values[name], self, plain), self.made
        if isinstance(build, str) or not _FRESH.search(self.values[name]):
            return build
        self._once.setdefault(name, build)
        return lambda fields: made[name]

    def _saved(self, name: str) -> Build:
        def saved(fields: Fields) -> Any:
            try:
                return self.memory.saved[name]
            except KeyError:
                raise KeyError(f"SAVED:{name} (no answer of this operator has left it yet)") from None

        return saved

    def _row(self, name: str, column: str) -> Build:
        def find(fields: Fields) -> Any:
            if name in self.memory.decks or name in self.memory.rows:
                return self.memory.row(name)[column]
            try:
                return fields[name][column]  # where there is no scenario: binding check --fields
            except (KeyError, TypeError):
                raise KeyError(f"DATA:{name}.{column} (the scenario has no data.{name})") from None

        return find

    def _table(self, name: str, field: str) -> Build:
        table, get = self.tables[name], getter(field)

        def find(fields: Fields) -> Any:
            value = get(fields)
            try:
                return table[str(value)]
            except KeyError:
                raise KeyError(f"tables.{name} has no entry {value} (field {field})") from None

        return find


def _id_maker() -> Callable[[int], str]:
    """Ids that never repeat: a random half for each process, made after any fork, and a count."""
    state: dict[int, str] = {}

    def make(number: int) -> str:
        pid = os.getpid()
        if pid not in state:
            state[pid] = os.urandom(8).hex()
        return f"{state[pid]}{number:016x}"

    return make


def _callable(filled: str | Callable[[Fields], str]) -> Build:
    return filled if callable(filled) else (lambda fields: filled)


def wrong_placeholder(text: str) -> str:
    """The first `${...}` of a text that stands for nothing; "" when all are fine."""
    rest = text
    for match in TOKEN.finditer(text):
        if not _KNOWN.fullmatch(match.group(1)):
            return match.group(0)
        rest = rest.replace(match.group(0), "", 1)
    return "${" if "${" in rest else ""


def secret_names(value: Any) -> set[str]:
    """The environment variables that a piece of a binding refers to."""
    if isinstance(value, str):
        return set(SECRET.findall(value))
    if isinstance(value, Mapping):
        return {name for item in value.values() for name in secret_names(item)}
    if isinstance(value, list | tuple):
        return {name for item in value for name in secret_names(item)}
    return set()


def compile_text(text: str, scope: Scope, escape: Escape = str) -> str | Callable[[Fields], str]:
    """A text that never changes as it is, any other as a function of the fields."""
    literals, builds = [""], []
    for number, piece in enumerate(TOKEN.split(text)):
        found = scope.value(piece) if number % 2 else piece
        if isinstance(found, str):
            literals[-1] += escape(found) if number % 2 else found
        else:
            builds.append((found, _escape_of(piece, escape)))
            literals.append("")
    if not builds:
        return literals[0]
    first, after = literals[0], literals[1:]
    if len(builds) == 1:
        (build, how), end = builds[0], after[0]
        return lambda fields: f"{first}{how(build(fields))}{end}"
    parts = [(build, how, end) for (build, how), end in zip(builds, after, strict=True)]
    return lambda fields: first + "".join([how(build(fields)) + end for build, how, end in parts])


def compile_tree(node: Any, scope: Scope) -> Build:
    """A JSON tree with `${...}` leaves: a leaf that is one placeholder keeps the field's own type, one that
    has more is a text, in which none may be null."""
    if isinstance(node, Mapping):
        items = [(key, compile_tree(value, scope)) for key, value in node.items()]
        return lambda fields: {key: build(fields) for key, build in items}
    if isinstance(node, list):
        parts = [compile_tree(value, scope) for value in node]
        return lambda fields: [build(fields) for build in parts]
    if not isinstance(node, str):
        return lambda fields: node
    whole = TOKEN.fullmatch(node)
    filled = scope.value(whole.group(1)) if whole else compile_text(node, scope, within)
    return filled if callable(filled) else (lambda fields: filled)


def getter(path: str) -> Build:
    """`name` or `outer.inner` of the fields, or `document`; raises KeyError naming what is missing."""
    first, *rest = path.split(".")
    if path == "document":
        return lambda fields: fields.get("document", fields)
    if not rest:
        return lambda fields: fields[first]

    def get(fields: Fields) -> Any:
        value = fields[first]
        for key in rest:
            value = value[key]
        return value

    return get


def clock(pattern: str) -> Build:
    """Now, written as `yyyyMMdd` or `HHmmssSSS` say."""
    parts = list(pattern.partition("SSS"))
    for letters, code in _CLOCK:
        parts[0], parts[2] = parts[0].replace(letters, code), parts[2].replace(letters, code)
    before, milliseconds, after = parts

    def now(fields: Fields) -> str:
        moment = datetime.now()
        text = moment.strftime(before)
        return f"{text}{moment.microsecond // 1000:03}{moment.strftime(after)}" if milliseconds else text

    return now


def within(value: Any, piece: str = "") -> str:
    """A value inside a longer text. Raises ValueError for null, of which nobody can say what it looks like
    there: an empty place, or the word None, is a value that nobody has."""
    if value is None:
        raise ValueError(f"${{{piece}}} is null, which a text cannot say; ask for it before it is sent")
    return plain(value)


def _escape_of(piece: str, escape: Escape) -> Escape:
    if escape is within:
        escape = partial(within, piece=piece)
    if piece.startswith("XML:"):
        return elements
    if piece.startswith("TABLE:"):
        return plain  # the binding's own text, written as it is to stand there
    return cdata if piece.startswith("CDATA:") else escape


__all__ = ["PLACEHOLDER", "SECRET", "MissingSecret", "Scope", "compile_text", "compile_tree", "escape_xml"]
