"""Lists that people keep, as CSV files beside a drain file."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from renhai.checks.gb18030 import present
from results.snapshot.segments import regular

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # that Excel begins a file with


def opened(path: Path, encoding: str) -> TextIO:
    """For csv; a byte order mark is no part of the first column's name. Raises OSError."""
    regular(path)  # a pipe would be waited for, and files are read more than once
    return path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")


def reader(lines: TextIO) -> csv.DictReader[str]:
    """Rows by the names of their columns; raises csv.Error for a quote that does not end."""
    meant = map(present, lines) if lines.encoding == "gb18030" else lines
    found = csv.DictReader(meant, strict=True)
    found.fieldnames = [name.removeprefix(MARK) for name in found.fieldnames or ()]
    return found


def rows_of(
    folder: Path, file: str, encoding: str, columns: Sequence[str]
) -> tuple[list[dict[str, str]], str]:
    """The rows, which have these columns; why the file cannot be used, "" where it can."""
    try:
        with opened(folder / file, encoding) as lines:
            found = reader(lines)
            names = list(found.fieldnames or ())
            rows = []
            for row in found:
                if uneven(row):
                    return [], f"{file}, line {found.line_num}, has more or fewer columns than its head"
                rows.append(row)
    except (OSError, UnicodeError, csv.Error) as error:
        return [], unreadable(file, folder / file, encoding, error)
    twice = next((one for one in columns if names.count(one) > 1), "")
    if twice:
        return [], twice_or_never(file, twice, names)
    lacking = next((one for one in columns if not rows or one not in rows[0]), "")
    return ([], f"{file} has no row with a column {lacking}") if lacking else (rows, "")


def twice_or_never(file: str, column: str, names: Sequence[str]) -> str:
    """Why a column that is wanted cannot be taken from these."""
    if column in names:
        return f"{file} has the column {column} twice; which of both is meant?"
    if not names:
        return f"{file} has no column {column}"
    return f"{file} has no column {column}; it has {', '.join(names)}"


def unreadable(shown: str, path: Path, encoding: str, error: Exception) -> str:
    """Why a list cannot be read, with the line where its bytes are the reason."""
    if isinstance(error, UnicodeError):
        return f"{shown}:{undecoded(path, encoding)}: is no {encoding}; say its encoding, or save it again"
    if isinstance(error, OSError):
        return f"{shown} cannot be read: {error.strerror}"
    return f"{shown} is no CSV: {error}"


def undecoded(path: Path, encoding: str) -> int:
    """The first line that does not decode, from 1; 0 where all do. Raises OSError."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 0
    with path.open("rb") as lines:
        for line, text in enumerate(lines, 1):
            try:
                decoder.decode(text)
            except UnicodeError:
                return line
        try:
            decoder.decode(b"", True)
        except UnicodeError:
            return line
    return 0


def uneven(row: Mapping[str, Any]) -> bool:
    """Whether it has a comma too many or too few: what stands in a column belongs to another."""
    return None in row or None in row.values()
