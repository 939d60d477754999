"""Values of a CSV as spreadsheets write them, which no record of a system has: an id of many digits as a
formula, behind a tab, or as a rounded number; and quotes behind a blank, which readers take in two ways.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator

from renhai.core.errors import Problem, UsageError

# How such a value begins, in quotes itself or not; a quote within quotes is written twice.
_BEGINS = re.compile(rb'[,\r\n]"?(?:=""?[^"]|\t)|[,\r\n] +"(?!")|[0-9][Ee]\+[0-9]')
_HINTS = (b'="', b"\t", b' "', b"E+", b"e+")
_FORMULA = re.compile(r'="([^"]*)"')
LONGEST = 40  # characters of a value that are told
MOST_BYTES = (1 << 31) - 1  # of a value that is read
ROUNDED = r"[0-9](\.[0-9]+)?[Ee]\+[0-9]+"  # an id of which the first digits alone are left


@contextlib.contextmanager
def long_values(most: int = MOST_BYTES) -> Iterator[None]:
    """Where csv reads values of so many characters; it refuses those of more than 128 Ki else."""
    before = csv.field_size_limit(most)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def suspicious(text: bytes) -> bool:
    """Whether a value of a CSV may be written so. text: a part of it, with some of what stands before. One
    that has none of it is searched for a few bytes, and no more."""
    return any(hint in text for hint in _HINTS) and _BEGINS.search(text) is not None


def as_text(value: str) -> str:
    """`00123` of `="00123"`, by which a spreadsheet is told to leave an id alone, or of one behind a tab."""
    if value[:1] == "\t":
        value = value.lstrip("\t")
    formula = _FORMULA.fullmatch(value) if value[:1] == "=" else None
    return formula[1] if formula else value


def sql_as_text(column: str) -> str:
    """The same, of each part of a key that is written as one text."""
    return rf"""regexp_replace(replace({column}, chr(9), ''), '="([^"]*)"', '\1', 'g')"""


def behind_a_blank(value: str) -> bool:
    """Whether quotes stand behind a blank: some readers take them for a part of the value, and others not."""
    return value[:1] == " " and value.lstrip(" ").startswith('"')


def plain(value: str, where: str, column: str, known_by: bool) -> str:
    """The value itself. known_by: a record is found by it; where: file and line.

    Raises UsageError for quotes behind a blank, and for an id of which the first digits alone are left.
    """
    found = as_text(value)
    if behind_a_blank(found):
        why = f"is {value[:LONGEST]}, with a blank before its quote; take it out, or export again"
        raise UsageError(Problem(where, column, why))
    if known_by and re.fullmatch(ROUNDED, found):
        why = f"is {value[:LONGEST]}, a number that a spreadsheet rounded; export the column as text"
        raise UsageError(Problem(where, column, why))
    return found
