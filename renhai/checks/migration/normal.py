"""SQL that brings a value of either side into one form; what cannot be read is kept apart."""

from __future__ import annotations

import re
from typing import NamedTuple

from renhai.checks.gb18030 import STANDARD
from renhai.checks.migration.layout import Paired
from renhai.spec.cutover.migration.columns import DECIMALS, Column, Side

BLANKS = " \t\r\n\N{IDEOGRAPHIC SPACE}\N{NO-BREAK SPACE}"
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\N{IDEOGRAPHIC SPACE}"
HALF = "".join(map(chr, range(0x21, 0x7F))) + " "
NUMBER = f"DECIMAL(28, {DECIMALS})"
FINER = "DECIMAL(38, 18)"  # what differs only behind the 18th decimal is the same
MOMENTS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S",
           "%Y-%m-%d %H:%M", "%Y-%m-%d")  # fmt: skip
DAYS = ("%Y-%m-%d",)
DIGITS = {"Y": 4}  # of a part of a time; else two
WHOLE = "Yy"  # never without a digit
_PART = re.compile("%(.)")


class Form(NamedTuple):
    """SQL of one value: its normal form (NULL where there is none), and whether it cannot be read."""

    normal: str
    unread: str  # `false` where every text can be


def quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def form(column: Paired, side: Side, raw: str) -> Form:
    """raw: the SQL of the value as it is written, a VARCHAR."""
    rule = column.rule
    if rule.type == "text":
        return _text(rule, side, raw)
    bare = f"nullif(trim({raw}, {quoted(BLANKS)}), '')"
    read = {"number": _number, "date": _date, "datetime": _moment}[rule.type]
    normal = read(rule, side, bare)
    return Form(normal, f"({bare} IS NOT NULL AND {normal} IS NULL)")


def _text(rule: Column, side: Side, raw: str) -> Form:
    found = raw
    if rule.private_use:
        found = f"translate({found}, {quoted(''.join(STANDARD))}, {quoted(''.join(STANDARD.values()))})"
    if rule.width:
        found = f"translate({found}, {quoted(WIDE)}, {quoted(HALF)})"
    if rule.trim:
        found = f"{'rtrim' if rule.trim == 'end' else 'trim'}({found}, {quoted(BLANKS)})"
    if rule.case:
        found = f"{rule.case}({found})"
    if rule.empty_is_null:
        found = f"nullif({found}, '')"
    if not rule.codes or side == "new":
        return Form(found, "false")
    cases = " ".join(f"WHEN {quoted(old)} THEN {quoted(new)}" for old, new in rule.codes.items())
    mapped = f"(CASE {found} {cases} END)"
    return Form(mapped, f"({found} IS NOT NULL AND {mapped} IS NULL)")


def _number(rule: Column, side: Side, bare: str) -> str:
    """Exactly: what has more decimals than are kept would be rounded, and 1e5 and 1_000 are no amounts."""
    kept, finer = f"TRY_CAST({bare} AS {NUMBER})", f"TRY_CAST({bare} AS {FINER})"
    odd = " OR ".join(f"contains({bare}, '{sign}')" for sign in "eE_")
    read = f"(CASE WHEN {kept} = {finer} AND NOT ({odd}) THEN {kept} END)"
    if not rule.fen:
        return read
    in_fen = f"{read} * 1::DECIMAL(3, 0)" if side in rule.fen else f"{read} * 100::DECIMAL(3, 0)"
    return f"({in_fen})"


def _parsed(rule: Column, side: Side, bare: str, usual: tuple[str, ...]) -> str:
    """A time, NULL for what none of the formats writes: DuckDB takes 2015091 for a day of %Y%m%d, 15 for a
    year, and the word epoch for 1970."""
    written = getattr(rule.format, side) if rule.format else None
    formats = (written,) if written else usual
    so = f"regexp_full_match({bare}, {quoted('|'.join(map(_pattern, formats)))})"
    if (
        len(formats) == 1 and " " not in formats[0] and "%f" not in formats[0]
    ):  # is found out faster by its length
        so = f"strlen({bare}) = {_longest(formats[0])} AND {bare} >= '0' AND {bare} < ':' OR {so}"
    return f"(CASE WHEN {so} THEN try_strptime({bare}, [{', '.join(map(quoted, formats))}]) END)"


def _pattern(written: str) -> str:
    """What a format writes: a year with all its digits; a nought before another part may lack where a sign
    stands on both sides of it, and blanks may be more than one."""
    parts = _PART.split(written)  # text, letter, text, letter, ..., text
    found = ""
    for place, part in enumerate(parts):
        if place % 2 == 0 or part == "%":
            found += re.sub(" +", " +", re.escape(part).replace("\\ ", " "))
        elif part == "f":
            found += "[0-9]{1,6}"
        else:
            lone = part not in WHOLE and not _meets(parts, place)
            found += f"[0-9]{{{1 if lone else DIGITS.get(part, 2)},{DIGITS.get(part, 2)}}}"
    return f"(?:{found})"


def _meets(parts: list[str], place: int) -> bool:
    """Whether digits of another part stand beside this one."""
    before, behind = place > 1 and not parts[place - 1], place < len(parts) - 2 and not parts[place + 1]
    return before or behind


def _longest(written: str) -> int:
    """How many bytes a format writes that has no %f."""
    parts = _PART.split(written)
    signs = (DIGITS.get(part, 1 if part == "%" else 2) for part in parts[1::2])
    return sum(len(text.encode()) for text in parts[::2]) + sum(signs)


def _date(rule: Column, side: Side, bare: str) -> str:
    return f"CAST({_parsed(rule, side, bare, DAYS)} AS DATE)"


def _moment(rule: Column, side: Side, bare: str) -> str:
    found = _parsed(rule, side, bare, MOMENTS)
    if rule.zone:
        hours, minutes = getattr(rule.zone, side)[1:].split(":")
        sign = "+" if getattr(rule.zone, side)[0] == "-" else "-"  # to UTC
        found = f"({found} {sign} INTERVAL {60 * int(hours) + int(minutes)} MINUTE)"
    return f"date_trunc({quoted(rule.precision)}, {found})" if rule.precision else found
