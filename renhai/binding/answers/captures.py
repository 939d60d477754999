"""What an ok answer leaves behind, prepared once: from its parsed body, its text, its HTML, its head."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from renhai.binding.answers.jsonpath import Several
from renhai.binding.answers.paths import MISSING, compile_path
from renhai.binding.answers.text import decode
from renhai.binding.answers.xpath import compile_xpath

Take = Callable[[bytes, bytes], Any]  # (head, body) to the value; raises one of MISSING
Pick = Callable[[Sequence[Any]], Any]

_PICKS: dict[str, Pick] = {
    "first": lambda found: found[0],
    "last": lambda found: found[-1],
    "random": lambda found: random.choice(found),
}


class Captures(NamedTuple):
    """`parsed`: (name, from the answer as its format has it); `raw`: (name, from head and body)."""

    parsed: list[tuple[str, Callable[[Any], Any]]]
    raw: list[tuple[str, Take]]


def compile_captures(
    captures: Mapping[str, Any], form: str, encoding: str, namespaces: Mapping[str, str]
) -> Captures:
    """`captures` as a plan has them: a path, or the keys of renhai.binding.schema.captures.Capture."""
    parsed: list[tuple[str, Callable[[Any], Any]]] = []
    raw: list[tuple[str, Take]] = []
    for name, said in captures.items():
        rule = {"path": said} if isinstance(said, str) else said
        if rule.get("path") is not None:
            parsed.append((name, _parsed(name, rule, form)))
        else:
            raw.append((name, _raw(name, rule, encoding, namespaces)))
    return Captures(parsed, raw)


def secret_captures(captures: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The names of captures that say that they are secrets."""
    return frozenset(
        name
        for rules in captures
        for name, rule in rules.items()
        if not isinstance(rule, str) and rule.get("secret")
    )


def _parsed(name: str, rule: Mapping[str, Any], form: str) -> Callable[[Any], Any]:
    get, pick, cut = compile_path(rule["path"], form), _PICKS[rule.get("take", "first")], _cut(rule)

    def take(answer: Any) -> Any:
        found = get(answer)
        value = pick(found) if isinstance(found, Several) else found
        if value is None:  # sent again it would be an empty text, or None
            raise KeyError(f"{name} is null")
        return cut(value)

    return _or_default(take, rule)


def _raw(name: str, rule: Mapping[str, Any], encoding: str, namespaces: Mapping[str, str]) -> Take:
    found_in, cut = _source(rule, encoding, namespaces), _cut(rule)
    pick = _PICKS[rule.get("take", "first")]
    alone = re.compile(rule["regex"]) if _source_of(rule) == "regex" else None

    def take(head: bytes, body: bytes) -> Any:
        if alone is not None:
            found: Sequence[Any] = [_group(match) for match in alone.finditer(decode(head, body, encoding))]
        else:
            found = found_in(head, body)
        if not found:
            raise KeyError(f"no {name} ({_source_of(rule)})")
        value = pick(found)
        return value if alone is not None else cut(value)

    return _or_default(take, rule)


def _or_default(take: Callable[..., Any], rule: Mapping[str, Any]) -> Callable[..., Any]:
    if "default" not in rule:
        return take

    def with_default(*given: Any) -> Any:
        try:
            return take(*given)
        except MISSING:
            return rule["default"]

    return with_default


def _source_of(rule: Mapping[str, Any]) -> str:
    kinds = ("xpath", "css", "header", "cookie", "redirect")
    return next((kind for kind in kinds if rule.get(kind) is not None), "regex")


def _source(
    rule: Mapping[str, Any], encoding: str, namespaces: Mapping[str, str]
) -> Callable[[bytes, bytes], Sequence[Any]]:
    kind = _source_of(rule)
    if kind == "xpath":
        find = compile_xpath(rule["xpath"], namespaces)
        return lambda head, body: find(decode(head, body, encoding))
    if kind == "css":
        return lambda head, body: _by_css(decode(head, body, encoding), rule["css"], rule.get("attribute"))
    if kind == "header":
        wanted = rule["header"].lower().encode()
        return lambda head, body: [value for name, value in _lines(head) if name == wanted]
    if kind == "cookie":
        return lambda head, body: _cookies(head, rule["cookie"])
    return lambda head, body: _redirect(head, rule["redirect"]) if kind == "redirect" else ()


def _cut(rule: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Of a text what the regular expression finds."""
    if rule.get("regex") is None:
        return lambda value: value
    pattern = re.compile(rule["regex"])

    def cut(value: Any) -> str:
        match = pattern.search(str(value))
        if match is None:
            raise KeyError(f"nothing that {pattern.pattern} matches")
        return _group(match)

    return cut


def _group(match: re.Match[str]) -> str:
    return (match.group(1) or "") if match.re.groups else match.group()


def _by_css(html: str, selector: str, attribute: str | None) -> list[str]:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True)
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # of an empty page
        root = None
    found = [_of_element(node, attribute) for node in _selector(selector)(root)] if root is not None else []
    return [text for text in found if text is not None]


@functools.lru_cache(maxsize=256)
def _selector(text: str) -> Any:
    """Called with an element, it has those below that it selects."""
    from lxml.cssselect import CSSSelector

    return CSSSelector(text, translator="html")


def _of_element(node: Any, attribute: str | None) -> str | None:
    """What a browser would send of a field; None where the element has no such attribute."""
    own: Mapping[str, str] = node.attrib
    if attribute is not None:
        return own.get(attribute)
    if node.tag == "meta":
        return own.get("content")
    if node.tag in ("input", "button", "option"):
        return own.get("value", "")
    if node.tag == "select":
        options = node.xpath(".//option[@selected]") or node.xpath(".//option")
        return _of_option(options[0]) if options else None
    return _text(node)


def _of_option(option: Any) -> str:
    value: str | None = option.attrib.get("value")
    return _text(option) if value is None else value


def _text(node: Any) -> str:
    return "".join(part.strip() for part in node.xpath(".//text()"))


def _lines(head: bytes) -> list[tuple[bytes, str]]:
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:] if b":" in line)
    return [(name.strip().lower(), value.strip().decode("latin-1")) for name, _, value in pairs]


def _cookies(head: bytes, name: str) -> list[str]:
    found: list[str] = []
    for key, value in _lines(head):
        if key == b"set-cookie":
            pair = value.partition(";")[0]
            own, equals, text = pair.partition("=")
            if equals and own.strip() == name and text.strip():
                found.append(_unquoted(text.strip()))
    return found


def _unquoted(text: str) -> str:
    """A value in quotes without them, as applications read it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _redirect(head: bytes, part: str) -> list[str]:
    found = []
    for name, location in _lines(head):
        if name == b"location":
            place, wanted = urlsplit(location), part.removeprefix("query.")
            if part in ("whole", "path"):
                found.append(location if part == "whole" else place.path)
                continue
            asked = parse_qs(place.query, keep_blank_values=True)
            found += asked.get(wanted) or parse_qs(place.fragment).get(wanted, [])  # OAuth2 has both
    return found


def wrong_css(selector: str) -> str:
    """Why a text is no CSS selector; "" when it is one."""
    from cssselect import SelectorError

    try:
        _selector(selector)
    except (SelectorError, ValueError) as error:
        return f"is no CSS selector: {error}"
    return ""


def wrong_regex(pattern: str) -> str:
    """Why a text is no regular expression; "" when it is one."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"is no regular expression: {error}"
    return ""
