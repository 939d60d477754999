"""Rows of an answer, a file or a table as records of the audit: fields by their names, amounts in fen."""

from __future__ import annotations

import contextlib
import gc
import math
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any

from renhai.core.units import zone_of
from renhai.spec.cutover.journal.recorded import CHINA
from results.checks.audit.model import Record
from results.checks.values import fen

FIRST_MS, END_MS = -62_135_596_800_000, 253_402_214_400_000  # years 1 to 9999, in any zone
MOST_SECONDS = 1e11  # a larger number counts milliseconds
# Days of 1900 to 2099: as seconds of the epoch eight digits would be of 1970, and fourteen are no count.
_DIGITS = re.compile(r"((?:19|20)\d\d)(0\d|1[012])([0-3]\d)(?:([012]\d)([0-5]\d)([0-5]\d)(\d{3})?)?")
_LOOSE = re.compile(r"^(\d{4})[/.-](\d\d?)[/.-](\d\d?)(?:[ T]+(\d\d?)(?=:))?")


def record(
    row: Mapping[str, Any],
    rule: Mapping[str, Any],
    columns: Mapping[str, str],
    fen_already: frozenset[str] = frozenset(),
    seen: int = 0,
) -> Record:
    """rule: of `audit:`, as plain values. columns: what the row calls a field, where it is another name."""
    values = dict(row)
    for name, column in columns.items():
        if column in row:
            values[name] = row[column]
    for name in {*(rule.get("amounts") or ()), *(rule.get("added") or ())}:
        if name in values:
            amount = fen(values[name], name in fen_already)
            values[name] = values[name] if amount is None else amount
    since = rule.get("since")
    return Record(values, seen, stored_at(values.get(since), zone_by(rule)) if since else None)


def zone_by(rule: Mapping[str, Any]) -> tzinfo:
    """Of the rule's times that say none."""
    return _zone(rule.get("zone"))


@lru_cache(maxsize=64)
def _zone(offset: str | None) -> tzinfo:
    return zone_of(offset) if offset else CHINA


def stored_at(value: Any, zone: tzinfo | None = None) -> int | None:
    """ms of the Unix epoch of a number of seconds (or ms, us, ns), a date and time in ISO 8601, with slashes
    or as digits alone (20150911, 20150911083000, with ms behind), or a datetime.

    zone: of a time that says none; None: China's, never the machine's own. None for what no calendar has.
    """
    found = _stored_at(value, zone or CHINA)
    return found if found is not None and FIRST_MS <= found < END_MS else None


def _stored_at(value: Any, zone: tzinfo) -> int | None:
    if value is None or isinstance(value, bool) or value == "":
        return None
    try:
        if isinstance(value, datetime):
            return _ms(value, zone)
        spelled = _DIGITS.fullmatch(str(value).strip())
        if spelled:
            year, month, day, hour, minute, second, ms = map(int, spelled.groups("0"))
            return _ms(datetime(year, month, day, hour, minute, second, 1000 * ms), zone)
        number = float(value)
        while MOST_SECONDS * 1000 < number < math.inf:
            number /= 1000
        return round(number if number > MOST_SECONDS else number * 1000)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        plain = _LOOSE.sub(_padded, str(value).strip()).replace("Z", "+00:00")
        return _ms(datetime.fromisoformat(plain), zone)
    except (ValueError, OverflowError):
        return None


def _ms(moment: datetime, zone: tzinfo) -> int:
    if moment.utcoffset() is None:
        moment = moment.replace(tzinfo=zone)
    return round(moment.timestamp() * 1000)


def _padded(found: re.Match[str]) -> str:
    """A day, and the hour behind it, with all their digits."""
    year, month, day, hour = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}" if hour else "")


def at(document: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    value = document
    for part in path.split(".") if path else ():
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def not_yet_there(folder: Path) -> Path:
    """The file of what is found now, as 20150911T080000123Z.json: later ones stand behind it, and none that
    is there already, as of the same second, is written over."""
    while True:
        stamp = now().partition("+")[0].translate(str.maketrans("", "", "-:."))
        if not (path := folder / f"{stamp}Z.json").exists():
            return path
        time.sleep(0.001)


@contextlib.contextmanager
def many_records() -> Iterator[None]:
    """While millions of records are made, none of which refers to another: to look for circles among them
    again and again takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
