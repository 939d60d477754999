"""When two values say the same: the same text, or the same amount to the fen.

JSON, XML, a CSV and a database type one thing differently (5, "5", 5.0, a padded CHAR), so values are held
against each other as texts; null and an empty text are one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

SEPARATOR = "\x1f"
MIDNIGHT = time()
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


def text(value: Any) -> str:
    """`5`, `true`, `2015-09-01`, `` for null; without blanks behind it."""
    if isinstance(value, str):
        return value.rstrip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Decimal):
        plain = f"{value:f}"  # exactly: normalize() rounds to 28 digits, and two long ids would be one
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == MIDNIGHT:
        return value.date().isoformat()  # a day, in a column that could hold an hour, too
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def says_the_same(one: Any, other: Any) -> bool:
    """By their texts; a moment of a table also where the other side writes it in another way of ISO 8601."""
    if text(one) == text(other):
        return True
    if not isinstance(one, date) and not isinstance(other, date):
        return False
    moments = _moment(one), _moment(other)
    return None not in moments and moments[0] == moments[1]


def _moment(value: Any) -> datetime | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, MIDNIGHT)
    try:
        return value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None


def fen(value: Any, already: bool = False) -> int | None:
    """An amount in whole fen; of yuan, unless it is in fen already. None where it is no such amount."""
    if already and type(value) is int:
        return value
    if value is None or isinstance(value, bool) or value == "":
        return None
    plain = str(value).strip()
    if "," in plain:
        if not _THOUSANDS.fullmatch(plain):  # 12,34 is 12.34 elsewhere, and never 1234
            return None
        plain = plain.replace(",", "")
    try:
        exact = Decimal(plain) * (1 if already else 100)
        return int(exact) if exact == exact.to_integral_value() else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def identity(values: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """What a record is known by; None where a part of it is missing."""
    parts = [text(values.get(name)) for name in names]
    return SEPARATOR.join(parts) if parts and all(parts) else None


def series(values: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """What a number belongs to, of which a part may be empty; None where one is not there at all."""
    if any(values.get(name) is None for name in names):
        return None
    return SEPARATOR.join(text(values[name]) for name in names)


def yuan(amount: int) -> str:
    """`1,234.05` of 123405 fen."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100:,}.{abs(amount) % 100:02d}"


def shown(amount: int | None, raw: Any) -> str:
    """An amount in yuan; what is none as it came."""
    return text(raw) if amount is None else yuan(amount)
