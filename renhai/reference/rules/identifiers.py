"""Checks of identifiers, written for the target alone: nothing here is shared with the generators.

Each function answers whether a string is well formed; sources: GB 32100-2015 (USCC), GB 11714 (organisation
code), GB 11643 with ISO 7064 MOD 11-2 (resident id), GS 15-2006 and CNAPS with ISO 7064 MOD 11,10.
"""

from __future__ import annotations

import re
from datetime import date

from renhai.reference.rules.words import words

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUE = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_USCC_SHAPE = re.compile(r"[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NPQRTUWXY]{8}[0-9X][0-9A-HJ-NPQRTUWXY]")
_CATEGORIES = {
    "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "1239", "6": "129",
    "7": "129", "8": "19", "9": "123", "A": "19", "N": "1239",
}  # fmt: skip

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_SHAPE = re.compile(r"[0-9A-Z]{8}[0-9X]")

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_RESIDENT_SHAPE = re.compile(r"[0-9]{17}[0-9X]")

_PROVINCES = frozenset(
    words(
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 "
        "81 82 91"
    )
)
_TYPES_OF_INDIVIDUALS = frozenset(("410", "411", "412", "413", "420", "430"))


def is_digits(text: str, length: int) -> bool:
    """Whether `text` is exactly `length` ASCII digits (str.isdigit alone also takes other scripts)."""
    return len(text) == length and text.isascii() and text.isdigit()


def is_region(text: str) -> bool:
    """Six digits whose first two are a province of GB/T 2260."""
    return is_digits(text, 6) and text[:2] in _PROVINCES


def is_organisation_code(text: str) -> bool:
    """Nine characters, the last being the GB 11714 check character."""
    if not _ORGANISATION_SHAPE.fullmatch(text):
        return False
    total = sum(
        int(character, 36) * weight for character, weight in zip(text, _ORGANISATION_WEIGHTS, strict=False)
    )
    return text[8] == "0123456789X0"[11 - total % 11]


def is_uscc(text: str) -> bool:
    """Unified social credit code: shape, department and category, and both check characters (9th of the
    organisation code inside, and the 18th, mod 31)."""
    if not _USCC_SHAPE.fullmatch(text) or not is_region(text[2:8]):
        return False
    categories = _CATEGORIES.get(text[0])
    if categories is not None and text[1] not in categories:
        return False
    total = sum(
        _USCC_VALUE[character] * weight for character, weight in zip(text, _USCC_WEIGHTS, strict=False)
    )
    return _USCC_ALPHABET[-total % 31] == text[17] and is_organisation_code(text[8:17])


def is_resident_id(text: str) -> bool:
    """Resident identity number: region, a date of birth that exists, MOD 11-2 check character."""
    if not _RESIDENT_SHAPE.fullmatch(text) or text[:2] not in _PROVINCES:
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _RESIDENT_WEIGHTS, strict=False))
    return int(text[6:10]) >= 1800 and text[17] == _RESIDENT_CHECKS[total % 11]


def is_old_taxpayer_id(text: str) -> bool:
    """Enterprise number before 2015-10: region (6) and organisation code (9)."""
    return len(text) == 15 and is_region(text[:6]) and is_organisation_code(text[6:])


def is_taxpayer_id(text: str, registration_type: str) -> bool:
    """USCC or old 15-digit number; for an individual business also its owner's resident id, bare or with a
    two-digit serial."""
    if is_uscc(text) or is_old_taxpayer_id(text):
        return True
    if registration_type not in _TYPES_OF_INDIVIDUALS:
        return False
    return is_resident_id(text[:18]) and (len(text) == 18 or is_digits(text[18:], 2))


def is_buyer_id(text: str) -> bool:
    """What stands for a buyer: any taxpayer id, or a resident id, bare or with a two-digit serial."""
    return is_taxpayer_id(text, "410")


def mod_11_10(body: str) -> str:
    """ISO 7064 MOD 11,10 check digit of a string of digits."""
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def is_bank_line(text: str) -> bool:
    """CNAPS line number: 12 digits, the last by MOD 11,10."""
    return is_digits(text, 12) and mod_11_10(text[:11]) == text[11]


def is_business_number(text: str) -> bool:
    """15-digit registration number of the market office, the last digit by MOD 11,10."""
    return is_digits(text, 15) and mod_11_10(text[:14]) == text[14]


def is_authority(text: str) -> bool:
    """Tax authority, 11 digits: 1 (state) or 2 (local), region, unit."""
    return is_digits(text, 11) and text[0] in "12" and text[1:3] in _PROVINCES


def is_registration_serial(text: str) -> bool:
    """djxh, 20 digits: system prefix (3), authority prefix (1 or 2 and a region), serial (10)."""
    return is_digits(text, 20) and text[3] in "12" and text[4:6] in _PROVINCES
