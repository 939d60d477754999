"""Parts that several identifiers share: place codes and the checking of what is put in."""

import re
from functools import lru_cache

# First two digits of GB/T 2260 codes; 10 stands for the national offices, 83 for residents from Taiwan.
_MAINLAND = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65"
PROVINCES = frozenset([*_MAINLAND.split(), "71", "81", "82"])
OFFICES = PROVINCES | {"10"}
BIRTHPLACES = PROVINCES | {"83"}


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole text matches. Patterns say [0-9]: `\\d` would let other scripts' digits in."""
    return _compiled(pattern).fullmatch(text) is not None


def need(name: str, value: str, pattern: str) -> str:
    """Return `value`, or raise ValueError naming the part, the value and what it must look like."""
    if not matches(pattern, value):
        raise ValueError(f"{name} is {value!r}; must match {pattern}")
    return value


def number(name: str, value: int, digits: int) -> str:
    """Return `value` zero-filled to `digits` digits, or raise ValueError when it does not fit."""
    if not 0 <= value < 10**digits:
        raise ValueError(f"{name} is {value}; must be 0 .. {10**digits - 1}")
    return str(value).zfill(digits)


def need_region(value: str) -> str:
    """Return a 6-digit GB/T 2260 code of a known province (10 = national office), or raise ValueError."""
    need("region", value, "[0-9]{6}")
    if value[:2] not in OFFICES:
        raise ValueError(f"region is {value!r}; {value[:2]} is no province of GB/T 2260")
    return value
