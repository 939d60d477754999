"""Quantities as people write them in YAML, and as the engine uses them: seconds, per second, shares of 1."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from results.metrics import SECONDS

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_DURATION = re.compile(rf"(?:{_NUMBER}(?:ms|[smhd]))+")
_PART = re.compile(rf"({_NUMBER})(ms|[smhd])")
_RATE = re.compile(rf"({_NUMBER})\s*/\s*([smhd])")
_SHARE = re.compile(rf"({_NUMBER})\s*%")

NEGATIVE = "must be > 0"
LONGEST = 366 * 86400.0  # seconds
HIGHEST = 1e7  # per second

DURATION_HELP = "write a duration with its unit, such as 500ms, 2s, 10m or 1h"
RATE_HELP = "write a rate with its unit, such as 7/s, 420/m or 2490/d"
SHARE_HELP = "write a share, such as 0.1%"
OFFSET_HELP = "must be an offset such as +08:00"


def seconds(value: Any) -> float:
    """`1m30s` to 90.0. Raises ValueError, whose text says what is wrong and how to write it."""
    text = _text(value, DURATION_HELP)
    if text.startswith("-") and _DURATION.fullmatch(text[1:]):
        raise ValueError(NEGATIVE)
    if not _DURATION.fullmatch(text):
        raise ValueError(DURATION_HELP)
    return sum(float(number) * float(SECONDS[unit]) for number, unit in _PART.findall(text))


def per_second(value: Any) -> float:
    """`420/m` to 7.0. Raises ValueError, whose text says what is wrong and how to write it."""
    text = _text(value, RATE_HELP)
    match = _RATE.fullmatch(text)
    if not match:
        raise ValueError(NEGATIVE if _RATE.fullmatch(text.lstrip("-")) else RATE_HELP)
    return float(match.group(1)) / float(SECONDS[match.group(2)])


def share(value: Any) -> float:
    """`0.1%` to 0.001. Raises ValueError, whose text says what is wrong and how to write it."""
    match = _SHARE.fullmatch(_text(value, SHARE_HELP))
    if not match:
        raise ValueError(SHARE_HELP)
    return float(match.group(1)) / 100


def zone_of(offset: str) -> timezone:
    """`+08:00` as a zone. Raises ValueError, whose text says how to write it."""
    try:
        known = datetime.fromisoformat(f"2015-09-11T00:00:00{offset}").utcoffset()
    except ValueError:
        known = None
    if known is None:
        raise ValueError(OFFSET_HELP)
    return timezone(known)


def spell_seconds(value: float) -> str:
    """90.0 to `1m30s`, 0.5 to `500ms`: the text that `seconds` reads back."""
    if value < 1 and value > 0:
        return f"{value * 1000:g}ms"
    whole, text = round(value, 3), ""
    for unit, size in (("h", 3600), ("m", 60)):
        if whole >= size:
            text += f"{math.floor(whole / size)}{unit}"
            whole = round(whole % size, 3)
    return text + (f"{whole:g}s" if whole or not text else "")


def _text(value: Any, remedy: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(remedy)
    if not isinstance(value, str):
        raise ValueError(f"has no unit; {remedy}")
    return value.strip()


def _offset(value: str) -> str:
    try:
        zone_of(value)
    except ValueError as error:
        raise PydanticCustomError("renhai", "{why}", {"why": str(error)}) from None
    return value


def _validator(
    parse: Callable[[Any], float], check: Callable[[float], bool], bound: str, most: float
) -> BeforeValidator:
    def validate(value: Any) -> float:
        try:
            number = parse(value)
        except ValueError as error:
            why = bound if str(error) == NEGATIVE else str(error)
            raise PydanticCustomError("renhai", "{why}", {"why": why}) from None
        if not check(number):
            raise PydanticCustomError("renhai", "{why}", {"why": bound})
        if number > most:
            raise PydanticCustomError("renhai", "{why}", {"why": "is more than any run can be"})
        return number

    return BeforeValidator(validate)


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


_DURATION_SCHEMA = _schema(rf"^({_NUMBER}(ms|[smhd]))+$", "10s")
Duration = Annotated[float, _validator(seconds, lambda s: s > 0, "must be > 0", LONGEST), _DURATION_SCHEMA]
Wait = Annotated[float, _validator(seconds, lambda s: s >= 0, "must be >= 0", LONGEST), _DURATION_SCHEMA]
Rate = Annotated[
    float,
    _validator(per_second, lambda r: r > 0, "must be > 0", HIGHEST),
    _schema(rf"^{_NUMBER}\s*/\s*[smhd]$", "200/s"),
]
Share = Annotated[
    float,
    _validator(share, lambda value: value > 0, "must be > 0", 1e6),
    _schema(rf"^{_NUMBER}\s*%$", "20%"),
]
Offset = Annotated[str, AfterValidator(_offset)]
