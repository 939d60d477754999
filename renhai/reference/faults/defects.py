"""Defects of the system itself: answers that are wrong in one way for some of the taxpayers, while what is
stored is right. A YAML file lists them:

    - {operation: declaration.submit, field: ybtse, change: {add: 0.01}, of: 0/8}
    - {operation: registration.status, field: nsrztDm, change: {set: "05"}, when: {nsrztDm: "03"}}

field: of the answer, `items[].ybtse` in each row. of: K/N, the taxpayers whose id falls into part K of N.
when: values that request or answer must have. change: add, times, set, drop, more, cut, append, days, text,
reverse, widen, garble, swap, first (the first row is left out), reject.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from renhai.reference.rules.codes import CODES, Rejection

OF = ("djxh", "nsrsbh", "zgswjDm")  # what tells a taxpayer in a request


class BadDefects(ValueError):
    """A file of defects that cannot be planted; the message names file and entry."""


@dataclass
class Defect:
    """hits: answers that it changed."""

    operation: str
    path: tuple[str, ...]
    change: str
    value: Any
    part: tuple[int, int] = (0, 1)
    when: Mapping[str, Any] = field(default_factory=dict)
    hits: int = 0

    def strikes(self, document: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
        """Whether a request is one of those that it falls on."""
        known = next((str(document[name]) for name in OF if document.get(name)), "")
        mine, parts = self.part
        if zlib.crc32(known.encode()) % parts != mine:
            return False
        return all(data.get(name, document.get(name)) == value for name, value in self.when.items())

    def apply(self, data: dict[str, Any]) -> None:
        """Raises Rejection for one that refuses."""
        if self.change == "reject":
            self.hits += 1
            raise Rejection(CODES[self.value], "")
        *way, last = self.path
        for row in _rows(data, way):
            if row.get(last) is not None or self.change == "more":
                before = row.get(last)
                CHANGES[self.change](row, last, self.value)
                self.hits += row.get(last) != before


class Defects:
    """All that are planted in a running target."""

    def __init__(self, planted: list[Defect]) -> None:
        self._by_operation: dict[str, list[Defect]] = {}
        self.planted = planted
        for one in planted:
            self._by_operation.setdefault(one.operation, []).append(one)

    def apply(
        self, operation: str, document: Mapping[str, Any], data: dict[str, Any] | Rejection
    ) -> dict[str, Any] | Rejection:
        """The answer as the defects leave it."""
        found = self._by_operation.get(operation)
        if not found or isinstance(data, Rejection):
            return data
        for one in found:
            if one.strikes(document, data):
                try:
                    one.apply(data)
                except Rejection as rejection:
                    return rejection
        return data


def load(path: str, operations: tuple[str, ...]) -> Defects:
    """The defects of a file; none without one. Raises BadDefects."""
    if not path:
        return Defects([])
    rows, lines = _entries(path)
    found = []
    for line, row in zip(lines, rows, strict=True):
        try:
            found.append(_defect(row, operations))
        except KeyError as error:
            raise BadDefects(f"{path}:{line}: the defect lacks {error}") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise BadDefects(f"{path}:{line}: {error}") from None
    return Defects(found)


def _entries(path: str) -> tuple[list[Any], list[int]]:
    """The entries of a file, and the line of each. Raises BadDefects."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        node, rows = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except OSError as error:
        raise BadDefects(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadDefects(f"{path} is not UTF-8; save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else path
        raise BadDefects(f"{where}: is no YAML: {getattr(error, 'problem', '') or error}") from None
    if not isinstance(rows, list):
        raise BadDefects(f"{path} is no list of defects; write `- {{operation: ..., change: ...}}` lines")
    return rows, [entry.start_mark.line + 1 for entry in node.value] if node else []


def _defect(row: Any, operations: tuple[str, ...]) -> Defect:
    unknown = set(row) - {"operation", "field", "change", "of", "when"}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is no part of a defect")
    if row["operation"] not in operations:
        raise ValueError(f"{row['operation']} is no operation")
    ((change, value),) = row["change"].items()
    if change not in CHANGES and change != "reject":
        raise ValueError(f"{change} is no change; known: {', '.join([*CHANGES, 'reject'])}")
    if change == "reject" and value not in CODES:
        raise ValueError(f"{value} is no code")
    mine, parts = (int(text) for text in row.get("of", "0/1").split("/"))
    if not 0 <= mine < parts:
        raise ValueError(f"of {row['of']} must be K/N with K from 0 and below N")
    path = tuple(str(row.get("field", "")).split("."))
    return Defect(row["operation"], path, change, value, (mine, parts), row.get("when") or {})


def _rows(data: Any, way: list[str]) -> list[dict[str, Any]]:
    """The objects that a way leads to: `items[]` goes through each row."""
    found = [data]
    for name in way:
        key = name.removesuffix("[]")
        found = [row.get(key) for row in found if isinstance(row, dict)]
        if name.endswith("[]"):
            found = [row for rows in found if isinstance(rows, list) for row in rows]
    return [row for row in found if isinstance(row, dict)]


Row = dict[str, Any]


def _number(row: Row, name: str, change: Callable[[Decimal], Decimal]) -> None:
    if isinstance(row[name], int | float) and not isinstance(row[name], bool):
        row[name] = float(change(Decimal(str(row[name]))))


def _add(row: Row, name: str, value: Any) -> None:
    _number(row, name, lambda number: number + Decimal(str(value)))


def _times(row: Row, name: str, value: Any) -> None:
    _number(row, name, lambda number: number * Decimal(str(value)))


def _set(row: Row, name: str, value: Any) -> None:
    row[name] = value


def _drop(row: Row, name: str, value: Any) -> None:
    row.pop(name, None)


def _cut(row: Row, name: str, value: Any) -> None:
    row[name] = str(row[name])[: int(value)]


def _append(row: Row, name: str, value: Any) -> None:
    row[name] = f"{row[name]}{value}"


def _days(row: Row, name: str, value: Any) -> None:
    """Within the years that a calendar has."""
    day = date.fromisoformat(row[name])
    row[name] = (day + timedelta(days=int(value))).isoformat() if 1 < day.year < 9000 else row[name]


def _text(row: Row, name: str, value: Any) -> None:
    row[name] = str(row[name]).lower() if isinstance(row[name], bool) else str(row[name])


def _reverse(row: Row, name: str, value: Any) -> None:
    row[name] = row[name][::-1]


def _first(row: Row, name: str, value: Any) -> None:
    row[name] = row[name][1:]


def _widen(row: Row, name: str, value: Any) -> None:
    """Full-width in the place of ASCII."""
    row[name] = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in str(row[name]))


def _garble(row: Row, name: str, value: Any) -> None:
    row[name] = str(row[name])[:-1] + "\ufffd"


def _swap(row: Row, name: str, value: Any) -> None:
    """The value of another field, where that has one."""
    row[name] = row.get(value, row[name])


CHANGES: dict[str, Callable[[Row, str, Any], None]] = {
    "add": _add, "times": _times, "set": _set, "drop": _drop, "more": _set, "cut": _cut, "append": _append,
    "days": _days, "text": _text, "reverse": _reverse, "first": _first, "widen": _widen, "garble": _garble,
    "swap": _swap,
}  # fmt: skip
