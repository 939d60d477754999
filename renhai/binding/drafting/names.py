"""Names of operations and fields out of any text: Chinese keeps its meaning, and no two get one name."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import lru_cache
from urllib.parse import unquote, unquote_to_bytes

from renhai.core.language import ABBREVIATIONS

LONGEST = max(map(len, ABBREVIATIONS))
LONGEST_NAME = 60
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_SPECIAL = frozenset({"document"})  # ${document} stands for all fields


@lru_cache(maxsize=20_000)
def latin(text: str) -> str:
    """A text with its Chinese in Latin letters: tax words by their short names, the rest in pinyin."""
    return _HAN.sub(lambda match: f" {'_'.join(_spelt(match[0]))} ", text)


def _spelt(text: str) -> Iterator[str]:
    from pypinyin import lazy_pinyin  # takes 0.2 s to import, and few documents need it

    short = rest = ""
    place = 0
    while place < len(text):
        size = next((n for n in range(LONGEST, 1, -1) if text[place : place + n] in ABBREVIATIONS), 0)
        if size and rest:
            yield "".join(lazy_pinyin(rest))
            rest = ""
        elif not size and short:
            yield short
            short = ""
        short += ABBREVIATIONS[text[place : place + size]] if size else ""
        rest += "" if size else text[place]
        place += size or 1
    yield short or "".join(lazy_pinyin(rest))


def word(text: str) -> str:
    """A name of letters, digits and underscores that begins with a letter: `petId` is `pet_Id`."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", latin(text))
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).strip("_")[:LONGEST_NAME].strip("_")
    return split if split[:1].isalpha() else f"x{split}"


def slug(text: str) -> str:
    """A name for a file's own use; Chinese only where nothing else is there."""
    found = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].strip("_")
    return found or re.sub(r"[^a-z0-9]+", "_", latin(text).lower()).strip("_")[:40].strip("_")


def unique(name: str, taken: Container[str]) -> str:
    """The name, or the first of name_2, name_3, ... that is free."""
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


class FieldNames:
    """The placeholders of one operation: each source (its place and its name there) has a name of its own."""

    def __init__(self) -> None:
        self._names: dict[object, str] = {}
        self._taken: set[str] = set(_SPECIAL)

    def name(self, source: object, text: str) -> str:
        """What stands for `source`, whose name there is `text`; the same at every call."""
        if source not in self._names:
            found = unique(word(text), self._taken)
            self._names[source] = found
            self._taken.add(found)
        return self._names[source]


def operation_name(domain: str, verb: str, taken: Container[str]) -> str:
    """domain.verb in small letters, unique among the `taken`."""
    return unique(f"{word(domain).lower()}.{word(verb).lower()}", taken)


def place_name(tags: object, given: object, place: str, method: str, taken: Container[str]) -> str:
    """An operation's name by its tag and id, else by its path; parts that are placeholders do not count."""
    parts = [readable_path(p) for p in place.split("/") if p and "{" not in p]
    domain = str(tags[0]) if isinstance(tags, list) and tags else parts[0] if parts else "root"
    verb = str(given) if given else "_".join([method, *parts[1:]])
    return operation_name(domain, verb, taken)


def readable_path(part: str) -> str:
    """A part of a path without %-encoding, which is of UTF-8, else of GBK."""
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        return unquote_to_bytes(part).decode("gb18030", errors="replace")
