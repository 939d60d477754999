"""Correlation: which value of a request an answer before it had given."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import islice
from typing import Any, NamedTuple
from xml.etree import ElementTree

from renhai.binding.answers.captures import compile_captures
from renhai.binding.answers.paths import MISSING, compile_path, wrong_path
from renhai.binding.drafting.recorded.exchange import Exchange, Leaf, is_too_deep
from renhai.binding.drafting.recorded.heads import head_lines, of_head
from renhai.binding.drafting.recorded.links import ids_of, in_html, singular

SHORTEST = 4  # characters of a value that can be told from chance, when it holds a digit
MOST_VALUES = 20_000  # of one answer
_ID = re.compile(r"(?:id|xh|bh|uuid|no|code|token|key)$", re.IGNORECASE)
_ONES_ID = re.compile(r"(?:id|xh|bh|uuid)$", re.IGNORECASE)  # `no` may be a page's, `code` a status
_DATE = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ].*)?")
_INPUT = re.compile(r"<(input|meta|a|form)\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))""")


class Given(NamedTuple):
    """A value that an answer holds. rule: the capture that reads it there; None where none does."""

    exchange: int
    rule: str | tuple[tuple[str, str], ...] | None
    path: str
    name: str

    @property
    def capture(self) -> Any:
        """As the target file has it: a path, or a mapping."""
        return dict(self.rule) if isinstance(self.rule, tuple) else self.rule


class Answers:
    """All answers of a recording, by the values that they gave."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._exchanges = exchanges
        self.parsed = [parse(exchange) for exchange in exchanges]
        self._by_value: dict[str, list[Given]] = {}
        self._ids: dict[str, list[Given]] = {}  # of few digits, by their value; every one that an answer gave
        self._sent: dict[str, int] = {}  # values, and the first request that sent them
        self._sent_as_id: dict[str, int] = {}
        self.known: dict[str, int] = {}  # ids, and the first request whose answer gave them
        for number, exchange in enumerate(exchanges):
            if not 200 <= exchange.answer.status < 400:
                continue
            for value, given in self._given(number, exchange):
                if value.isdigit() and len(value) < 8 and _ID.search(given.name):
                    self._ids.setdefault(value, []).append(given)
                first = self._by_value.setdefault(value, [])
                if not first or first[0].exchange == number:  # later ones repeat it
                    first.append(given)
                if is_distinct(value) or (_ID.search(given.name) and value.isdigit()):
                    self.known.setdefault(value, number)

    def _given(self, number: int, exchange: Exchange) -> Iterator[tuple[str, Given]]:
        kind, tree = self.parsed[number]
        found = (
            _of_json(tree, ()) if kind == "json" else _of_xml(tree) if kind == "xml" else _of_html(exchange)
        )
        for value, rule, path, name in islice(found, MOST_VALUES):
            yield value, Given(number, rule, path, name)
        for value, rule, path, name in of_head(exchange):
            yield value, Given(number, rule, path, name)

    def note_sent(self, leaf: Leaf, number: int) -> None:
        """Request `number` sent this; to be told of all in their order, before `source` is asked."""
        value = bare_value(leaf)
        self._sent.setdefault(value, number)
        if leaf.place[0] == "path" or _ID.search(leaf.name):
            self._sent_as_id.setdefault(value, number)

    def source(self, leaf: Leaf, number: int, even_if_sent: bool = False) -> Given | None:
        """Where the value of request `number` came from; None when it may be the user's own, who had sent it
        before (but for even_if_sent).
        """
        value = bare_value(leaf)
        if not is_distinct(value):
            return self._small(leaf, number, value)
        found = [item for item in self._by_value.get(value, ()) if item.exchange < number]
        if not found or (not even_if_sent and self._sent.get(value, number) <= found[0].exchange):
            return None
        found = [item for item in found if item.exchange == found[0].exchange]
        same = [item for item in found if item.name.lower() == leaf.name.lower()]
        if _DATE.fullmatch(value) or not any(letter.isdigit() for letter in value):
            return same[0] if same else None
        return (same or found)[0]

    def _small(self, leaf: Leaf, number: int, value: str) -> Given | None:
        """A value of few digits, which chance alone can repeat: only where both names speak of one id."""
        if not value.isdigit() or value == "0":
            return None
        place, name = leaf.place, leaf.name
        if place[0] == "path":
            name = f"{singular(self._exchanges[number].parts[int(place[1]) - 1])}_id"
        before = [
            item
            for item in self._ids.get(value, ())
            if item.exchange < min(number, self._sent_as_id.get(value, number))
        ]
        same = [item for item in before if item.name.lower() == name.lower() and _ID.search(name)]
        akin = [item for item in before if self._is_akin(name, item)]
        some = same or akin or (before if place[0] == "path" else [])
        return some[0] if some else None

    def _is_akin(self, name: str, given: Given) -> bool:
        """Whether an id goes by another name where it is sent: `orderId` is the id of an `order`, which stood
        under that name, or came of `/orders`.
        """
        if not (_ONES_ID.search(name) and _ONES_ID.search(given.name)):
            return False
        words = re.findall(r"[A-Za-z]\w*", given.path)[:-1]
        parts = [part for part in self._exchanges[given.exchange].parts if part[:1].isalpha()]
        owners = {singular(word) for word in (*words[-1:], *parts[-1:])}
        sent = _letters(name)
        return any(sent.endswith(_letters(owner + given.name)) for owner in owners)

    def has(self, number: int, given: Given, value: str | None = None) -> bool:
        """Whether the answer to request `number` has something there, too: this value, where one is given."""
        kind, tree = self.parsed[number]
        try:
            found = self._read(number, kind, tree, given)
        except MISSING:
            return False
        if found is None or isinstance(found, dict | list) or str(found) == "":
            return False
        return value is None or str(found) == value

    def was_last(self, number: int, leaf: Leaf, given: Given, members: Sequence[int]) -> bool:
        """Whether the last answer to these requests before `number`, which a capture keeps, has the value."""
        value = bare_value(leaf)
        before = [m for m in members if m < number and 200 <= self._exchanges[m].answer.status < 400]
        return bool(before) and given.rule is not None and self.has(before[-1], given, value)

    def _read(self, number: int, kind: str, tree: Any, given: Given) -> Any:
        if isinstance(given.rule, str):
            if kind not in ("json", "xml"):
                raise KeyError(given.rule)
            return compile_path(given.rule, kind)(tree)
        form = kind if kind in ("json", "xml") else "text"
        rules = compile_captures({"x": given.capture}, form, "utf-8", {})
        if rules.parsed:
            return rules.parsed[0][1](tree)
        answer = self._exchanges[number].answer
        head = "".join(f"{name}: {text}\r\n" for name, text in head_lines(answer))
        return rules.raw[0][1](f"HTTP/1.1 200\r\n{head}".encode("latin-1", "replace"), answer.text.encode())


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def bare_value(leaf: Leaf) -> str:
    """What is looked for: a number as its digits, a header without `Bearer`."""
    text = "" if leaf.value is None or isinstance(leaf.value, bool) else str(leaf.value)
    return text.removeprefix("Bearer ").strip() if leaf.place[0] == "header" else text


def is_distinct(value: str) -> bool:
    """Whether two equal values of this kind are hardly equal by chance."""
    if len(value) < SHORTEST or len(set(value)) < 3 or value.lower() in ("true", "false", "null", "success"):
        return False
    return len(value) >= 8 or any(letter.isdigit() for letter in value)


def parse(exchange: Exchange) -> tuple[str, Any]:
    """json or xml with its tree, else text or "" with nothing."""
    text, media = exchange.answer.text.strip(), exchange.answer.media.lower()
    if text[:1] in ("{", "[") and "html" not in media:
        try:
            tree = json.loads(text)
            return ("json", tree) if not is_too_deep(tree) else ("text", None)
        except (ValueError, RecursionError):
            return "text", None
    if text[:1] == "<" and "html" not in media and "<html" not in text[:500].lower():
        try:
            root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
        except (ElementTree.ParseError, ValueError, RecursionError):
            return "text", None
        for element in root.iter():
            element.tag = str(element.tag).rpartition("}")[2]
            element.attrib = {k.rpartition("}")[2]: v for k, v in element.attrib.items()}
        return "xml", root
    return ("text" if text else ""), None


Found = Iterator[tuple[str, str | tuple[tuple[str, str], ...] | None, str, str]]  # value, rule, path, name


def _of_json(node: Any, path: tuple[str | int, ...]) -> Found:
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, inner in items:
            yield from _of_json(inner, (*path, key))
    elif node is not None and not isinstance(node, bool) and path:
        written = _json_path(path)
        name = next((part for part in reversed(path) if isinstance(part, str)), "item")
        path_of = None if wrong_path(written, "json") else written
        yield str(node), path_of, written, name
        for value, cut, link in ids_of(node) if isinstance(node, str) and path_of else ():
            yield value, (("path", written), ("regex", cut)), written, link


def _json_path(path: tuple[str | int, ...]) -> str:
    """With dots where that is clear, else as JSONPath."""
    texts = [str(part) for part in path]
    plain = ".".join(texts)
    digits = any(isinstance(part, str) and part.isdigit() for part in path)
    if not digits and all(re.fullmatch(r"[\w-]+", text) for text in texts):
        return plain
    return "$" + "".join(
        f"[{part}]" if isinstance(part, int) else f"[{json.dumps(part, ensure_ascii=False)}]" for part in path
    )


def _of_xml(root: Any) -> Found:
    places = list(_walk(root, ""))
    tags = Counter(element.tag for _, element in places)
    whole = Counter(place for place, _ in places)
    for place, element in places:
        path = f"//{element.tag}" if tags[element.tag] == 1 and element is not root else place
        path = path if whole[place] == 1 and path and not wrong_path(path, "xml") else ""
        text = (element.text or "").strip()
        if text and not len(element):
            yield text, path or None, path or place, element.tag
        for name, value in element.attrib.items():
            yield value, f"{path}/@{name}" if path else None, f"{path or place}/@{name}", name


def _walk(root: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Each element with its path from the root, which itself has none; needs no stack of its own."""
    ahead = [(place, root)]
    while ahead:
        here, element = ahead.pop()
        yield here, element
        ahead += [(f"{here}/{child.tag}".lstrip("/"), child) for child in reversed(element)]


def _of_html(exchange: Exchange) -> Found:
    if "<" not in exchange.answer.text[:2000]:
        return
    links: list[tuple[str, str]] = []
    for tag, inside in _INPUT.findall(exchange.answer.text):
        found = {
            key.lower(): unescape(double or single or bare)
            for key, double, single, bare in _ATTRIBUTE.findall(inside)
        }
        if tag.lower() in ("a", "form"):
            links.append((tag.lower(), found.get("href" if tag.lower() == "a" else "action", "")))
            continue
        value, name = found.get("value" if tag.lower() == "input" else "content", ""), found.get("name", "")
        if value and name:
            css = f'{tag.lower()}[name="{name}"]'
            clear = re.fullmatch(r"[\w:.\[\]$-]+", name) and found.get("type", "").lower() not in (
                "checkbox",
                "radio",
            )
            yield value, (("css", css),) if clear else None, css, name
    yield from in_html(links)
