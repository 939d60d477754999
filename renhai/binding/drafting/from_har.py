"""Drafts from a recording (HAR)."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from renhai.binding.drafting.draft import (
    METHODS,
    Draft,
    host_of,
    read_document,
    readable,
    recorded_body,
    slug,
    written_out,
)
from renhai.core.errors import Problem, UsageError


def from_har(path: Path) -> str:
    """A draft from a HAR that a browser recorded: one operation a method and path. Raises UsageError."""
    document = read_document(path)
    entries = document.get("log", {}).get("entries") if isinstance(document, dict) else None
    if not entries:
        raise UsageError(
            Problem(str(path), "log.entries", "is missing or empty; --from-har takes a recorded HAR")
        )
    with readable(path, "log.entries[0].request.url", "a HAR"):
        first = urlsplit(entries[0]["request"]["url"])
    draft = Draft(slug(path.stem) or "drafted")
    seen: set[tuple[str, str]] = set()
    for number, entry in enumerate(entries):
        with readable(path, f"log.entries[{number}]", "a HAR"):
            url = urlsplit(entry["request"]["url"])
            place = re.sub(r";jsessionid=[^/;]*", "", url.path, flags=re.IGNORECASE)
            key = entry["request"]["method"], place
            if host_of(url) == host_of(first) and key not in seen and key[0].lower() in METHODS:
                seen.add(key)
                recorded_body(draft, entry, place, dict(parse_qsl(url.query)))
    return written_out(draft, f"recording {path.name}")
