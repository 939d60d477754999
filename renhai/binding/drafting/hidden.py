"""What must not go from a recording into a file: secrets by name, shape and value, and who somebody is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from renhai.binding.drafting.names import word
from renhai.safety.redaction import OPAQUE, QUERY, SHAPES, is_private, is_secret, spellings

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


class Known:
    """Secrets that were seen under their own name, found wherever else they stand, in any spelling."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._plain: dict[str, list[str]] = {}
        self._spelt: dict[str, list[str]] = {}
        for secret in secrets:
            if len(secret) >= SHORTEST:
                self._plain.setdefault(secret[:SHORTEST], []).append(secret)
                for form in spellings(secret):
                    self._spelt.setdefault(form[:SHORTEST], []).append(form)

    def stands_in(self, value: str) -> bool:
        """Whether one stands there as it is."""
        return _any_in(value, self._plain)

    def is_spelt_in(self, value: str) -> bool:
        """Whether one stands there escaped, quoted or coded as well."""
        return _any_in(value, self._spelt)


def _any_in(value: str, by_start: dict[str, list[str]]) -> bool:
    """By their first characters, because there may be as many secrets as requests."""
    return any(
        value.startswith(text, place)
        for place in range(len(value) - SHORTEST + 1)
        for text in by_start.get(value[place : place + SHORTEST], ())
    )


def harmless(text: str) -> str:
    """A literal text that a target file takes as it is: `${` would be a placeholder."""
    return text.replace("${", "$ {")
