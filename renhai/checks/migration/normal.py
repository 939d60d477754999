"""SQL that brings a value of either side into one form; what cannot be read is kept apart."""

from __future__ import annotations

from typing import NamedTuple

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


def _formats(written: str | None, usual: tuple[str, ...]) -> str:
    return "[" + ", ".join(quoted(one) for one in ([written] if written else usual)) + "]"


def _date(rule: Column, side: Side, bare: str) -> str:
    written = getattr(rule.format, side) if rule.format else None
    return f"CAST(try_strptime({bare}, {_formats(written, DAYS)}) AS DATE)"


def _moment(rule: Column, side: Side, bare: str) -> str:
    written = getattr(rule.format, side) if rule.format else None
    found = f"try_strptime({bare}, {_formats(written, MOMENTS)})"
    if rule.zone:
        hours, minutes = getattr(rule.zone, side)[1:].split(":")
        sign = "+" if getattr(rule.zone, side)[0] == "-" else "-"  # to UTC
        found = f"({found} {sign} INTERVAL {60 * int(hours) + int(minutes)} MINUTE)"
    return f"date_trunc({quoted(rule.precision)}, {found})" if rule.precision else found
