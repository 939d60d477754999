"""What the head of an answer gives to later requests: headers, cookies, and where it redirects to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from renhai.binding.drafting.recorded.exchange import Answer, Exchange, decoded
from renhai.binding.drafting.recorded.grouping import is_id

_USUAL = re.compile(
    r"(?:date|server|content-.*|cache-control|expires|last-modified|connection|keep-alive|vary|age|via|pragma"
    r"|transfer-encoding|strict-transport-security|access-control-.*|x-frame-options|x-powered-by|alt-svc|p3p"
    r"|set-cookie|location|:.*|accept-ranges|report-to|nel|x-xss-protection|x-content-type-options)$",
    re.IGNORECASE,
)
Rule = tuple[tuple[str, str], ...]


def head_lines(answer: Answer) -> Iterator[tuple[str, str]]:
    """Header lines one by one; a recording may put several cookies into one."""
    for name, value in answer.headers:
        for line in re.split(r"[\r\n]+", value):
            yield name, line


def of_head(exchange: Exchange) -> Iterator[tuple[str, Rule | None, str, str]]:
    """(value, capture, what is said of its place, name)."""
    for name, value in head_lines(exchange.answer):
        lower = name.lower()
        if lower == "set-cookie":
            pair = value.partition(";")[0]
            cookie, equals, text = pair.partition("=")
            if equals and text.strip():
                yield text.strip(), (("cookie", cookie.strip()),), f"cookie {cookie.strip()}", cookie.strip()
        elif lower == "location":
            yield from _of_location(value)
        elif value and not _USUAL.match(name):
            yield value, (("header", name),), f"header {name}", name


def _of_location(location: str) -> Iterator[tuple[str, Rule | None, str, str]]:
    url = urlsplit(location)
    for name, value in parse_qsl(url.query):
        clear = re.fullmatch(r"[^\s&=]+", name)
        yield value, (("redirect", f"query.{name}"),) if clear else None, f"Location, {name}", name
    before = ""
    for part in url.path.split("/")[1:]:
        if is_id(part):
            rule = (("redirect", "path"), ("regex", f"^{before}/([^/?]+)"))
            yield decoded(part), rule, "Location", "id"
        before += "/[^/]+" if is_id(part) else f"/{re.escape(part)}"
