"""Invoice codes and numbers: their lengths, and ranges of them."""

from __future__ import annotations

from typing import NamedTuple

from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, text, whole
from renhai.reference.rules.identifiers import is_digits

MOST_NUMBERS = 10_000


class Numbers(NamedTuple):
    """Consecutive invoice numbers of one code; text, since they keep leading zeros and may have 20 digits."""

    kind: str
    code: str
    first: str
    last: str
    quantity: int


def kind_of(document: Document) -> str:
    """fpzlDm: national kinds have 12 characters, local ones up to 20, printed kinds two digits."""
    kind = text(document, "fpzlDm")
    if not (2 <= len(kind) <= 20 and kind.isascii() and kind.isalnum()):
        raise Rejection(codes.INVOICE_KIND, f"fpzlDm {kind[:40]} must be 2 to 20 digits or letters")
    return kind


def number_of(document: Document, field: str = "fphm") -> tuple[str, str]:
    """fpDm and one number that fits it."""
    code, number = text(document, "fpDm", least=0, most=20), text(document, field)
    if code and not (is_digits(code, 10) or is_digits(code, 12)):
        raise Rejection(codes.INVOICE_CODE, f"fpDm {code} must be 10 or 12 digits, or empty")
    length = 8 if code else 20
    if not is_digits(number, length):
        raise Rejection(codes.INVOICE_NUMBER, f"{field} {number[:40]} must be {length} digits")
    return code, number


def numbers_of(document: Document) -> Numbers:
    """The range of a sale or a verification."""
    kind = kind_of(document)
    (code, first), (_, last) = number_of(document, "fpqshm"), number_of(document, "fpzzhm")
    found = int(last) - int(first) + 1
    if found < 1:
        raise Rejection(codes.RANGE_ORDER, f"fpzzhm {last} is before fpqshm {first}")
    count = whole(document, "fs", 1, 10**9)
    if count != found:
        raise Rejection(codes.RANGE_COUNT, f"fs {count}, fpzzhm - fpqshm + 1 = {found}")
    if count > MOST_NUMBERS:
        raise Rejection(codes.RANGE_SIZE, f"fs {count} is more than {MOST_NUMBERS}")
    return Numbers(kind, code, first, last, count)
