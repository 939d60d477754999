"""How an answer 3xx is judged that is not followed (renhai.binding.redirects)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from renhai.binding.codec import Reply
from renhai.binding.redirects import Origin, base_of, origin_of
from renhai.load.http.types import Result

__all__ = ["judged", "origin_of"]

SHOWN = 120  # characters of a redirect's address


def judged(origin: Origin, result: Result, reply: Reply) -> Reply:
    """The reply to an answer 3xx. It is never followed; one that leads to another host is an error."""
    location = result.header(b"location").decode("latin-1")
    if not location:
        return reply
    to = urljoin(f"{base_of(origin)}/", location).partition("?")[0][:SHOWN]
    if origin_of(to) != origin:
        return Reply(
            "error", {}, "", f"HTTP {result.status} leads to another host, {to}: not followed", result.status
        )
    if reply.outcome != "error":
        return reply
    return Reply("error", {}, "", f"HTTP {result.status} to {urlsplit(to).path}: not followed", result.status)
