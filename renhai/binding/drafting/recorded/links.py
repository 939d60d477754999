"""Ids in the links of an answer: `<a href="/orders/7">`, `{"self": {"href": "/orders/7"}}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

from renhai.binding.drafting.recorded.exchange import decoded
from renhai.binding.drafting.recorded.grouping import is_id

Rule = tuple[tuple[str, str], ...]
Cut = tuple[str, str, str]  # an id, the regular expression that cuts it out of the link, its name
_LINK = re.compile(r"(?:https?://[^/\s?#]+)?/[^\s?#]*(?:\?[^\s#]*)?(?:#\S*)?", re.IGNORECASE)
_ID_NAME = re.compile(r"(?:id|xh|bh|uuid)$", re.IGNORECASE)
LONGEST = 2000  # characters of what may be a link
MOST_LINKS = 500  # of one page


def ids_of(link: str) -> Iterator[Cut]:
    """The ids of a link's path and query; none where the text is no link."""
    if len(link) > LONGEST or not _LINK.fullmatch(link):
        return
    try:
        url = urlsplit(link)
        asked = parse_qsl(url.query)
    except ValueError:
        return
    before = ""
    for part in url.path.split("/")[1:]:
        if is_id(part):
            yield decoded(part), f"{before}/([^/?#]+)", f"{_one(before)}_id" if _one(before) else "id"
        before += "/[^/]+" if is_id(part) else f"/{re.escape(part)}"
    for name, value in asked:
        if value and _ID_NAME.search(name) and re.fullmatch(r"[\w.-]+", name):
            yield value, rf"[?&]{re.escape(name)}=([^&#]+)", name


def _one(path: str) -> str:
    """What one of the last part of a path is: `order` of `/orders`."""
    words = re.findall(r"[A-Za-z]\w*", path.rpartition("/")[2])
    return singular(words[-1]) if words else ""


def singular(word: str) -> str:
    """`order` of `orders`, `entry` of `entries`; `address` stays."""
    if word.lower().endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.lower().endswith("s") and not word.lower().endswith("ss") else word


def in_html(links: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Rule | None, str, str]]:
    """(value, capture, what is said of its place, name). links: all of a page, as (tag, address), in order.

    A capture takes the first link that begins alike; one that is not the first of its kind has none.
    """
    links = links[:MOST_LINKS]
    for number, (tag, address) in enumerate(links):
        attribute = "action" if tag == "form" else "href"
        for value, cut, name in ids_of(address):
            place = address.find(value)
            start = address[:place] if place > 0 else ""
            css = f'{tag}[{attribute}^="{start}"]'
            alike = (n for n, (kind, other) in enumerate(links) if kind == tag and other.startswith(start))
            first = next(alike)
            clear = bool(start) and first == number and not re.search(r"""["\\\s]""", start)
            rule = (("css", css), ("attribute", attribute), ("regex", cut))
            yield value, rule if clear else None, css, name
