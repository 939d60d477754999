"""Redirects are counted and never followed."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from renhai.binding.codec import Reply
from renhai.load.http.types import Result

SHOWN = 120  # characters of a redirect's address


def judged(origin: tuple[str, str | None, int | None], result: Result, reply: Reply) -> Reply:
    """The reply to an answer 3xx. It is never followed; one that leads to another host is an error."""
    location = result.header(b"location").decode("latin-1")
    if not location:
        return reply
    scheme, host, port = origin
    base = f"{scheme}://{'[' + host + ']' if host and ':' in host else host}:{port}/"
    to = urljoin(base, location).partition("?")[0][:SHOWN]
    if origin_of(to) != origin:
        return Reply(
            "error", {}, "", f"HTTP {result.status} leads to another host, {to}: not followed", result.status
        )
    if reply.outcome != "error":
        return reply
    return Reply("error", {}, "", f"HTTP {result.status} to {urlsplit(to).path}: not followed", result.status)


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """(scheme, host, port) with the port spelled out; a port that is none gives None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)
