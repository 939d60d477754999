"""Which requests are one operation: the same method and path, but for ids, and the same service behind it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from renhai.binding.drafting.hidden import is_hidden, is_secret_part
from renhai.binding.drafting.names import operation_name, place_name, word
from renhai.binding.drafting.recorded.exchange import Exchange, decoded

VARIABLE = "\0"  # stands in a template for a part of the path that differs
ALIKE = 0.5  # share of names in common (Jaccard) above which two bodies are of one operation

_DISPATCH = re.compile(
    r"(?:method|action|act|cmd|command|op|oper|operation|operation_?name|operate|service|service_?(?:id|name)|svc"
    r"|func|function|func_?id|fn|do|m|a|tran_?(?:id|code)|trans_?code|jydm|jylx|fw(?:bm|dm|id)|yw(?:bm|dm|id)|gnid)",
    re.IGNORECASE,
)
_GRAPHQL = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:(query|mutation|subscription)\b\s*(\w*)[^{]*)?\{([\s\S]*)")
_WORD = re.compile(r"[A-Za-z][\w.:/-]{0,79}")
_LETTERS = re.compile(r"[A-Za-z][A-Za-z_.]*")
_NUMBERED = re.compile(r"\d+(?:\.[A-Za-z]{1,5})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MIXED = re.compile(r"(?=(?:[^.]*\d){4})[\w~-]+")
_SOAP_BODY = re.compile(
    r"<(?:[\w.-]+:)?Body(?:\s[^>]*)?>\s*(?:<!--.*?-->\s*)*<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL
)
_ROOT = re.compile(r"^\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL)
_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>([^<>]{1,80})</")
_NAMES = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)[\s>/]")


@dataclass
class Group:
    """Requests of one operation, by their numbers. `variable`: the places in the path that differ."""

    name: str
    members: list[int]
    variable: list[int]


def grouped(exchanges: Sequence[Exchange], given: Mapping[str, int], apart: bool = False) -> list[Group]:
    """given: values, and the first request whose answer gave them. apart: each is its own operation."""
    templates = _templates(exchanges, given)
    kinds: dict[tuple[str, tuple[str, ...], str, str, tuple[str, ...]], list[int]] = defaultdict(list)
    for number, exchange in enumerate(exchanges):
        service = (exchange.label, str(number)) if apart else _service(exchange)
        kinds[exchange.method, templates[number], exchange.body.form, exchange.bare, service].append(number)
    found: list[tuple[list[int], str]] = []
    for (_, _, _, _, service), members in kinds.items():
        for name, some in _by_query(exchanges, members):
            words = [name] if name else [part for part in service if part][:1]
            found += [(alike, words[0] if words else "") for alike in _alike(exchanges, some)]
    found.sort(key=lambda item: item[0][0])
    groups: list[Group] = []
    taken: set[str] = set()
    for members, service_word in found:
        first = exchanges[members[0]]
        variable = [n for n, part in enumerate(templates[members[0]]) if part == VARIABLE]
        name = _name(first, templates[members[0]], service_word, taken)
        taken.add(name)
        groups.append(Group(name, members, variable))
    return groups


def _name(exchange: Exchange, template: tuple[str, ...], service: str, taken: set[str]) -> str:
    known = [
        "{}" if part == VARIABLE or is_secret_part(decoded(part)) else decoded(part) for part in template
    ]
    method = exchange.method.lower()
    if service:
        domain = next((part for part in known if part and part != "{}"), "root")
        return operation_name(domain, service, taken)
    return place_name(None, None, "/".join(known), method, taken)


# The path


def _templates(exchanges: Sequence[Exchange], given: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Each path in parts, VARIABLE where other requests alike have another id, or an answer gave it."""
    shapes = [_shape(exchange, number, given) for number, exchange in enumerate(exchanges)]
    seen: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for exchange, shape in zip(exchanges, shapes, strict=True):
        for place, part in enumerate(shape):
            if part == VARIABLE:
                seen[exchange.method, shape, place].add(exchange.parts[place])
    return [
        tuple(
            VARIABLE
            if part == VARIABLE
            and (
                len(seen[exchange.method, shape, place]) > 1
                or _was_given(exchange.parts[place], number, given)
            )
            else exchange.parts[place]
            for place, part in enumerate(shape)
        )
        for number, (exchange, shape) in enumerate(zip(exchanges, shapes, strict=True))
    ]


def _shape(exchange: Exchange, number: int, given: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(
        VARIABLE if part and (is_id(part) or _was_given(part, number, given)) else part
        for part in exchange.parts
    )


def _was_given(part: str, number: int, given: Mapping[str, int]) -> bool:
    """Whether an answer before request `number` gave this part of its path."""
    return given.get(decoded(part), number) < number and any(letter.isdigit() for letter in part)


def is_id(part: str) -> bool:
    """Whether a part of a path may be one of many: a number, a UUID, letters with four digits or more."""
    text = decoded(part)
    return bool(
        _NUMBERED.fullmatch(text) or _UUID.fullmatch(text) or _MIXED.fullmatch(text) or is_secret_part(text)
    )


# The service behind one path


def _service(exchange: Exchange) -> tuple[str, ...]:
    """What tells services on one path apart: SOAPAction, the SOAP body's element, a field like `method`."""
    found: list[str] = []
    action = exchange.header("soapaction").strip("\"' ") or _action_of(exchange.body.media)
    if action:
        found.append(re.split(r"[/#:]", action.rstrip("/#"))[-1] or action)
    if exchange.body.form == "xml":
        text = exchange.body.text
        inner = _SOAP_BODY.search(text) or _ROOT.match(text)
        fields = [(name, value) for name, value in _ELEMENT.findall(text[:20_000])]
        found = [*_dispatched(fields), *found, inner[1] if inner else ""]
    else:
        found += _dispatched(exchange.query)
        found += _dispatched(_fields(exchange)) or _of_graphql(exchange)
    return tuple(filter(None, found))


def _action_of(media: str) -> str:
    """SOAP 1.2 has its action in the media type (RFC 3902)."""
    found = re.search(r'(?i)^application/soap\+xml\b.*?;\s*action="?([^";]+)', media)
    return found[1].strip() if found else ""


def _of_graphql(exchange: Exchange) -> list[str]:
    """The name of a GraphQL document's operation, else its kind and first fields."""
    tree = exchange.body.tree
    text = tree.get("query") if isinstance(tree, dict) else None
    found = _GRAPHQL.match(text) if isinstance(text, str) else None
    if not found:
        return []
    kind, name, rest = found[1] or "query", found[2], found[3]
    fields = re.match(r"\s*(?:\w+\s*:\s*)?(\w+)", rest)
    return [name or (f"{kind}_{fields[1]}" if fields else kind)]


def _dispatched(fields: Iterable[tuple[str, object]]) -> list[str]:
    return [
        str(value)
        for name, value in fields
        if _DISPATCH.fullmatch(name)
        and (_LETTERS if len(name) == 1 else _WORD).fullmatch(str(value))
        and not is_hidden(name, str(value))
    ]


def _fields(exchange: Exchange) -> list[tuple[str, object]]:
    body = exchange.body
    if body.form == "json" and isinstance(body.tree, dict):
        return list(body.tree.items())
    if body.form == "multipart":
        return [(part.name, part.value) for part in body.parts]
    return list(body.pairs)


def _by_query(exchanges: Sequence[Exchange], members: list[int]) -> list[tuple[str, list[int]]]:
    """Apart by a query parameter whose words go with other bodies each; else all together."""
    names = {name for number in members for name, _ in exchanges[number].query}
    for name in sorted(names):
        by_word: dict[str, list[int]] = defaultdict(list)
        for number in members:
            value = dict(exchanges[number].query).get(name, "")
            if not _LETTERS.fullmatch(value) or is_hidden(name, value):
                break
            by_word[value].append(number)
        else:
            signs = [{body_names(exchanges[n]) for n in numbers} for numbers in by_word.values()]
            if len(by_word) > 1 and all(len(sign) == 1 for sign in signs) and len(set.union(*signs)) > 1:
                return [(word(value), numbers) for value, numbers in by_word.items()]
    return [("", members)]


def body_names(exchange: Exchange) -> frozenset[str]:
    """The names of a body's fields (of all elements, for XML)."""
    if exchange.body.form == "xml":
        return frozenset(_NAMES.findall(exchange.body.text))
    return frozenset(name for name, _ in _fields(exchange))


def _alike(exchanges: Sequence[Exchange], members: list[int]) -> list[list[int]]:
    """Bodies that have too few names in common are of different operations."""
    clusters: list[tuple[frozenset[str], list[int]]] = []
    for number in members:
        names = body_names(exchanges[number])
        for known, numbers in clusters:
            if not names or not known or len(names & known) / len(names | known) >= ALIKE:
                numbers.append(number)
                break
        else:
            clusters.append((names, [number]))
    return [numbers for _, numbers in clusters]


__all__ = ["Group", "body_names", "grouped", "is_id"]
