"""The lines of an answer's head, split when someone asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


Header = tuple[bytes, bytes]


def parse_head(head: bytes) -> list[Header]:
    """Split a head that llhttp accepted into (lower-case name, value) pairs."""
    fields = []
    for line in head.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            fields.append((name.lower(), value.strip(b" \t")))
    return fields


def field_value(fields: list[Header], name: bytes) -> bytes:
    """All values of the header `name` (lower case) as one, joined by commas (RFC 9110 section 5.3)."""
    return b", ".join([value for field, value in fields if field == name])
