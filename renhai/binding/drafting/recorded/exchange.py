"""One request and its answer, whatever recorded them, and the values in the request that may vary."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from renhai.binding.drafting.documents import is_deeper
from renhai.binding.drafting.exact_json import read_json
from renhai.safety.redaction import is_private

DEEPEST = 40  # levels of JSON in a draft
Place = tuple[str | int, ...]
_XML_TEXTS = (
    re.compile(r"(<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>(?:\s*<!\[CDATA\[)?)([^<>]+?)(?=\]\]>|<)"),
    re.compile(r"""(\s(?!xmlns)((?:[\w.-]+:)?[\w.-]+)\s*=\s*")([^"<]+)(?=")"""),
    re.compile(r"""(\s(?!xmlns)((?:[\w.-]+:)?[\w.-]+)\s*=\s*')([^'<]+)(?=')"""),
    re.compile(r"(&lt;(?:[\w.-]+:)?([\w.-]+)&gt;)((?:(?!&[lg]t;)[^<>])+)(?=&lt;/)"),  # XML inside a text
)


class Leaf(NamedTuple):
    """A value of a request. `place`: where, the same in requests alike; `name`: of its field.

    hidden: it stands inside a field whose name speaks of a secret, under this name.
    """

    place: Place
    name: str
    value: Any
    hidden: str = ""


Decide = Callable[[Leaf], Any]


@dataclass(frozen=True)
class Part:
    """One part of a multipart body."""

    name: str
    value: str
    file: str = ""
    media: str = ""


@dataclass(frozen=True)
class Body:
    """form: json, form, xml, text, multipart, lost (why says so) or "" for none. twice, inexact: see
    renhai.binding.drafting.exact_json.
    """

    form: str = ""
    media: str = ""
    text: str = ""
    tree: Any = None
    pairs: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    why: str = ""
    twice: tuple[str, ...] = ()
    inexact: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came: status 0 for nothing."""

    status: int = 0
    media: str = ""
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Exchange:
    """`path` is %-encoded; `started` in seconds since any moment, `took` in seconds. `entry`: its place
    in the file; `naive`: when it started, as it is written, where that says no zone (UTC in `started`)."""

    method: str
    origin: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    bare: str = ""
    encoding: str = "utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[str, ...] = ()
    body: Body = field(default_factory=Body)
    answer: Answer = field(default_factory=Answer)
    started: float | None = None
    took: float = 0.0
    label: str = ""
    recorded: bool = True  # by something that saw answers
    entry: int = 0
    naive: str = ""

    def header(self, name: str) -> str:
        """A request header's value, "" when it has none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def parts(self) -> list[str]:
        """The path's parts; the first one is empty."""
        return self.path.split("/")


def pairs_of(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The pairs of a query or form, empty ones included, and the encoding that they are in."""
    for encoding in ("utf-8", "gbk"):
        try:
            pairs = parse_qsl(text, keep_blank_values=True, encoding=encoding, errors="strict")
        except (UnicodeDecodeError, ValueError):
            continue
        return tuple(pairs), encoding
    return tuple(parse_qsl(text, keep_blank_values=True, errors="replace")), "utf-8"


def clean_path(path: str) -> str:
    """%-encoded as a target file wants it, without a session's id."""
    path = re.sub(r";jsessionid=[^/;]*", "", path, flags=re.IGNORECASE)
    path = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", path)
    return quote(path if path.startswith("/") else f"/{path}", safe="/%:@!$&'()*+,;=~-._")


def decoded(part: str) -> str:
    """A part of a path as it was meant: UTF-8, else GBK."""
    data = unquote_to_bytes(part)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


# A request's values


def values_of(exchange: Exchange) -> list[Leaf]:
    """Every value of the request, in order."""
    found: list[Leaf] = []

    def keep(leaf: Leaf) -> Any:
        found.append(leaf)
        return leaf.value

    for number, part in enumerate(exchange.parts):
        if part:
            keep(Leaf(("path", number), "", decoded(part)))
    filled_pairs(exchange.query, "query", keep)
    for name, value in exchange.headers:
        keep(Leaf(("header", name.lower()), name, value))
    filled_body(exchange.body, keep)
    return found


def filled_pairs(pairs: Iterable[tuple[str, str]], kind: str, decide: Decide) -> dict[str, Any]:
    """A query or form; a name that comes again is a list."""
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        place = (kind, name, len(found.get(name, ())))
        found.setdefault(name, []).append(_in_text(Leaf(place, name, value), decide))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def filled_body(body: Body, decide: Decide) -> Any:
    """The body as a target file has it, every value decided: None, a tree, a mapping or a text."""
    if body.form == "json":
        return filled_tree(body.tree, ("json",), "", decide)
    if body.form == "form":
        return filled_pairs(body.pairs, "form", decide)
    if body.form == "xml":
        return filled_xml(body.text.replace("${", "$ {"), decide)
    if body.form == "multipart":
        return [
            (part, _in_text(Leaf(("part", number), part.name, part.value), decide))
            for number, part in enumerate(body.parts)
        ]
    return decide(Leaf(("text",), "text", body.text)) if body.form == "text" else None


def filled_tree(node: Any, place: Place, key: str, decide: Decide, hidden: str = "") -> Any:
    """A JSON tree, every leaf decided."""
    if key and (hidden or is_private(key)):
        hidden = f"{hidden}_{key}" if hidden else key
    if isinstance(node, dict):
        return {k: filled_tree(v, (*place, k), k, decide, hidden) for k, v in node.items()}
    if isinstance(node, list):
        return [filled_tree(v, (*place, n), "", decide, hidden) for n, v in enumerate(node)]
    return _in_text(Leaf(place, key or _last_name(place), node, hidden), decide)


def _last_name(place: Place) -> str:
    return next((part for part in reversed(place[1:]) if isinstance(part, str)), "item")


def _in_text(leaf: Leaf, decide: Decide) -> Any:
    """A text that is JSON or XML itself is looked into, because a secret or an id may stand there."""
    value = leaf.value
    if leaf.hidden or not isinstance(value, str) or value[:1] not in "{[<" or len(leaf.place) > DEEPEST:
        return decide(leaf)
    if value[:1] == "<":
        found = filled_xml(value, decide, leaf.place)
        return found if found != value else decide(leaf._replace(place=(*leaf.place, "whole")))
    try:
        read = read_json(value)
    except (ValueError, RecursionError):
        return decide(leaf)
    tree = read.tree
    if not isinstance(tree, dict | list) or is_too_deep(tree) or not read.is_exact:
        return decide(leaf)
    numbers: set[str] = set()

    def inside(inner: Leaf) -> Any:
        found = decide(inner)
        if isinstance(found, str) and not isinstance(inner.value, str) and found != inner.value:
            numbers.add(found)
        return found

    filled = filled_tree(tree, leaf.place, leaf.name, inside)
    if filled == tree:
        return decide(leaf._replace(place=(*leaf.place, "whole")))
    text = json.dumps(filled, ensure_ascii=False)
    for placeholder in numbers:
        text = text.replace(f'"{placeholder}"', placeholder)
    return text


def is_too_deep(tree: Any) -> bool:
    """Whether a JSON tree is deeper than a draft can be."""
    return is_deeper(tree, DEEPEST)


def filled_xml(text: str, decide: Decide, place: Place = ("xml",)) -> str:
    """XML (or what stands for it), the text of every element and attribute decided."""
    for number, pattern in enumerate(_XML_TEXTS):
        text = pattern.sub(_XmlFill(decide, (*place, number)), text)
    return text


class _XmlFill:
    """The replacement of one text in XML; texts are numbered, so that requests alike can be compared."""

    def __init__(self, decide: Decide, place: Place) -> None:
        self.decide, self.place, self.count = decide, place, 0

    def __call__(self, match: re.Match[str]) -> str:
        lead, name, raw = match[1], match[2].rpartition(":")[2], match[3]
        self.count += 1
        if not raw.strip() or "${" in raw:
            return match[0]
        value = raw if "CDATA[" in lead else unescape(raw)
        found = _in_text(Leaf((*self.place, self.count, name), name, value), self.decide)
        if found == value:
            return match[0]
        return f"{lead}{found if 'CDATA[' in lead else escape(str(found))}"
