"""Typed reading of a JSON document's fields; whatever is not as it should be is a Rejection that names the
field.

Amounts are integers of fen (0.01 yuan) inside the target and JSON numbers of yuan on the wire.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from renhai.reference.rules.codes import (
    FIELD_LENGTH,
    FIELD_MISSING,
    FIELD_TYPE,
    NOT_A_DATE,
    NOT_MONEY,
    TOO_MANY,
    Code,
    Rejection,
)
from renhai.reference.rules.identifiers import is_digits

Document = dict[str, Any]

LARGEST_AMOUNT = 10**12
"""Yuan. Doubles carry fen exactly up to about 9 x 10^13 yuan, so every accepted amount is exact."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _shown(value: object) -> str:
    """A value short enough for a Reason; containers only by kind, for they may be deep or long."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "...")
    return str(value)


def required(document: Document, field: str, where: str = "") -> Any:
    """The value of a field that must be there and not null."""
    value = document.get(field)
    if value is None:
        raise Rejection(FIELD_MISSING, f"{where}{field} is missing")
    return value


def text(document: Document, field: str, where: str = "", *, least: int = 1, most: int = 200) -> str:
    """Text without control characters, `least` to `most` characters long; may be absent when `least` is 0."""
    value = document.get(field)
    if value is None and least == 0:
        return ""
    value = required(document, field, where)
    if type(value) is not str:
        raise Rejection(FIELD_TYPE, f"{where}{field} must be text, found {_shown(value)}")
    if not least <= len(value) <= most:
        raise Rejection(
            FIELD_LENGTH, f"{where}{field} must have {least} to {most} characters, found {len(value)}"
        )
    if _CONTROL.search(value):
        raise Rejection(FIELD_LENGTH, f"{where}{field} has control characters: {_shown(value)}")
    return value


def digits(document: Document, field: str, length: int, code: Code = FIELD_LENGTH, where: str = "") -> str:
    """Text of exactly `length` digits."""
    value = text(document, field, where)
    if not is_digits(value, length):
        raise Rejection(code, f"{where}{field} must be {length} digits, found {_shown(value)}")
    return value


def whole(document: Document, field: str, least: int, most: int, where: str = "") -> int:
    """An integer from `least` to `most`."""
    value = required(document, field, where)
    if type(value) is not int:
        raise Rejection(FIELD_TYPE, f"{where}{field} must be a whole number, found {_shown(value)}")
    if not least <= value <= most:
        raise Rejection(FIELD_LENGTH, f"{where}{field} must be {least} to {most}, found {_shown(value)}")
    return value


def number(document: Document, field: str, where: str = "") -> float:
    """A finite number of a size that arithmetic can bear."""
    value = required(document, field, where)
    if type(value) is not int and type(value) is not float:
        raise Rejection(FIELD_TYPE, f"{where}{field} must be a number, found {_shown(value)}")
    if not -LARGEST_AMOUNT < value < LARGEST_AMOUNT:
        raise Rejection(FIELD_LENGTH, f"{where}{field} is out of range: {_shown(value)}")
    return float(value)


def fen(value: object, field: str, where: str = "") -> int:
    """An amount in fen. Exact: a double is accepted only if it is the nearest one to some whole number of
    fen."""
    if type(value) is int or type(value) is float:
        if -LARGEST_AMOUNT < value < LARGEST_AMOUNT:
            amount = round(value * 100)
            if amount / 100 == value:
                return amount
        raise Rejection(NOT_MONEY, f"{where}{field} must have at most 2 decimals, found {_shown(value)}")
    if value is None:
        raise Rejection(FIELD_MISSING, f"{where}{field} is missing")
    raise Rejection(FIELD_TYPE, f"{where}{field} must be a number, found {_shown(value)}")


def money(document: Document, field: str, where: str = "") -> int:
    """An amount of the document, in fen."""
    return fen(document.get(field), field, where)


def yuan(amount: int) -> float:
    """Fen to the JSON number of yuan."""
    return amount / 100


def day(document: Document, field: str, where: str = "") -> date:
    """A date written yyyy-mm-dd."""
    value = text(document, field, where)
    try:
        if len(value) == 10 and value.isascii() and value[4] == value[7] == "-":
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Rejection(NOT_A_DATE, f"{where}{field} must be a date yyyy-mm-dd, found {_shown(value)}")


def entry(document: Document, field: str, where: str = "") -> Document:
    """An object inside the document."""
    value = required(document, field, where)
    if type(value) is not dict:
        raise Rejection(FIELD_TYPE, f"{where}{field} must be an object, found {_shown(value)}")
    return value


def entries(document: Document, field: str, least: int, most: int, where: str = "") -> list[Document]:
    """A list of `least` to `most` objects."""
    value = required(document, field, where)
    if type(value) is not list:
        raise Rejection(FIELD_TYPE, f"{where}{field} must be a list, found {_shown(value)}")
    if not least <= len(value) <= most:
        raise Rejection(TOO_MANY, f"{where}{field} must have {least} to {most} entries, found {len(value)}")
    for index, item in enumerate(value):
        if type(item) is not dict:
            raise Rejection(FIELD_TYPE, f"{where}{field}[{index}] must be an object, found {_shown(item)}")
    return value
