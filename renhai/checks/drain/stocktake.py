"""Files of ranges, read whole or told why not, and held against each other."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from renhai.checks.drain.lists import opened, reader, twice_or_never, uneven, unreadable
from renhai.checks.spreadsheets import ROUNDED
from renhai.spec.cutover.drain import CountFile, Stock, StockFile
from results.checks.drain.ranges import NumberRange, differences, numbers, of_two_lengths

MOST_PROBLEMS = 50
LISTS = ("old", "new", "keeper", "checker")
LONGEST = 30  # digits of a number


def stocktake(stock: Stock, folder: Path) -> dict[str, Any]:
    """numbers (of each list), differences, problems: what could not be read or proves nothing."""
    files: dict[str, StockFile] = {"old": stock.old, "keeper": stock.keeper, "checker": stock.checker}
    if stock.new is not None:
        files["new"] = stock.new
    problems: list[str] = []
    lists = {name: list(_ranges(folder / one.file, one, problems)) for name, one in files.items()}
    for name, one in files.items():
        if isinstance(one, CountFile) and not one.blind:
            problems.append(f"the count of {one.by} ({name}) was not blind, and proves nothing")
    problems += _one_file({name: folder / one.file for name, one in files.items()})
    if not lists["old"]:
        problems.append(f"{stock.old.file} has no range: nothing was counted against it")
    readable = not problems or all("not blind" in one for one in problems)
    problems += of_two_lengths(lists)
    return {
        "numbers": {name: numbers(ranges) for name, ranges in lists.items()},
        "differences": differences(lists) if readable else [],
        "problems": problems[:MOST_PROBLEMS],
    }


def _one_file(paths: Mapping[str, Path]) -> Iterator[str]:
    """Lists that are one file, whatever it is called: what is held against itself always agrees."""
    for one, other in combinations(paths, 2):
        with contextlib.suppress(OSError):
            if paths[one].samefile(paths[other]):
                yield f"{paths[one].name} is the list of both {one} and {other}, which proves nothing"


def unreadable_ranges(one: StockFile, folder: Path) -> list[str]:
    """Why a list's file cannot be counted; empty where it can."""
    problems: list[str] = []
    for _ in _ranges(folder / one.file, one, problems):
        pass
    return problems[:MOST_PROBLEMS]


def _ranges(path: Path, said: StockFile, problems: list[str]) -> Iterator[NumberRange]:
    try:
        with opened(path, said.encoding) as file:
            rows = reader(file)
            wanted = [said.columns.kind, said.columns.code, said.columns.first, said.columns.last]
            names = list(rows.fieldnames or ())
            for name in wanted:
                if names.count(name) != 1:
                    problems.append(twice_or_never(path.name, name, names))
                    return
            for row in rows:
                found = _range(row, said)
                if isinstance(found, str):
                    problems.append(f"{path.name}:{rows.line_num}: {found}")
                else:
                    yield found
    except (OSError, UnicodeError, csv.Error) as error:
        problems.append(unreadable(path.name, path, said.encoding, error))


def _range(row: dict[str, Any], said: StockFile) -> NumberRange | str:
    if uneven(row):
        return "has more or fewer columns than its head"
    columns = said.columns
    kind, code, first, last = (
        str(row.get(name) or "").strip() for name in (columns.kind, columns.code, columns.first, columns.last)
    )
    if re.fullmatch(ROUNDED, code):
        return f"the code {code} is a number that a spreadsheet rounded; save the column as text"
    for text in (first, last):
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
            return f"{text or 'an empty field'} is no serial number"
    if int(last) < int(first):
        return f"the range ends at {last}, before it begins at {first}"
    holder = str(row.get(columns.holder) or "").strip()
    wide, stated = max(len(first), len(last)), max(_stated(first), _stated(last))
    if any(0 < _stated(one) < wide for one in (first, last)):
        return f"the range begins at {first} and ends at {last}, which are numbers of two lengths"
    return NumberRange(kind, code, int(first), int(last), wide, holder, stated)


def _stated(number: str) -> int:
    """How many digits its numbers have, by the noughts before one; 0: it does not say."""
    return len(number) if len(number) > 1 and number.startswith("0") else 0
