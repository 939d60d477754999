"""What must not go from a recording into a file: secrets by name, shape and value, and who somebody is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from renhai.binding.drafting.names import word
from renhai.safety.redaction import OPAQUE, QUERY, SHAPES, is_private, is_secret

SHORTEST = 5  # characters of a secret that is looked for wherever else it may stand

# A resident's number (GB 11643): region, date of birth, serial, check character.
_RESIDENT = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
# One token of 20 characters or more with letters and digits: a session, a digest, a key. Dates are none.
_TOKEN = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[\w+/=.~-]{20,}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?[\d.]*(?:Z|[+-]\d\d:?\d\d)?")


def variable(key: str) -> str:
    """The name of an environment variable for a field."""
    return re.sub(r"[^A-Za-z0-9]", "_", word(key)).upper()


def is_hidden(name: str, value: str, of_query: bool = False) -> bool:
    """Whether a field's value is a secret, or says who somebody is, by its name or by its shape."""
    named = is_private(name) or (of_query and bool(QUERY.search(name)))
    return named or bool(SHAPES.search(value) or _RESIDENT.search(value))


def is_one_persons(value: str) -> bool:
    """Whether a value has the shape of what only one person, session or document can have."""
    return bool(_TOKEN.fullmatch(value)) and not _DATE.fullmatch(value)


def is_secret_part(part: str) -> bool:
    """Whether a part of a path is one that must not be copied."""
    return bool(OPAQUE.fullmatch(part) or SHAPES.search(part) or _RESIDENT.search(part))


def is_secret_name(name: str) -> bool:
    """Whether a header of this name carries a secret."""
    return is_secret(name)


def holds_any(value: str, secrets: Iterable[str]) -> bool:
    """Whether a secret that was seen under its own name stands in another value."""
    return any(len(secret) >= SHORTEST and secret in value for secret in secrets)


def harmless(text: str) -> str:
    """A literal text that a target file takes as it is: `${` would be a placeholder."""
    return text.replace("${", "$ {")
