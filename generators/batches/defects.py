"""Defects planted in the new form of a batch, each on a row of its own, with a label for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from generators.batches.model import Batch, Column, new_text, old_text
from generators.identifiers.checksums import mod_11_10_check
from generators.identifiers.office import make_djxh

Written = dict[str, str]
"""A row as the new system writes it, by neutral column."""


class Label(NamedTuple):
    """What was planted where. key: in the old form; old, new: what stands on either side; found_as: the class
    that `renhai verify` must give it."""

    batch: str
    defect: str
    key: str
    column: str
    old: str
    new: str
    found_as: str


def written(batch: Batch) -> list[Written]:
    """The rows of a clean batch in their new form."""
    return [{one.name: new_text(one, row[one.name]) for one in batch.columns} for row in batch.rows]


def plant(batch: Batch, each: int, seed: int, used: frozenset[str]) -> tuple[list[Written], list[Label]]:
    """The new form with `each` defects of every kind that the batch can have, and their labels.

    used: keys of rows that rows of other batches refer to; they are neither lost nor doubled. Where there are
    too few rows for all, the rest of a kind is left out.
    """
    rows, draw = written(batch), Random(f"{seed}/{batch.name}")
    like = dict(rows[0])  # before anything is planted in it
    free = list(range(len(batch.rows)))
    draw.shuffle(free)
    spared = [place for place in free if batch.rows[place][batch.key[0]] not in used]
    labels: list[Label] = []
    gone: set[int] = set()
    added: list[Written] = []
    for defect, turn in ((defect, turn) for turn in range(each) for defect in DEFECTS):
        if (foreign := _by_key(batch, like, defect, turn)) is not None:
            row, column, found_as = foreign
            added.append(row)
            key = " / ".join(row[name] for name in batch.key)
            labels.append(Label(batch.name, defect, key, column, "", row[column], found_as))
            continue
        if defect == "extra_row":
            added.append(extra := _extra(batch, like, turn))
            key = " / ".join(extra[name] for name in batch.key)
            labels.append(Label(batch.name, defect, key, "", "", "", "extra"))
            continue
        found = _spoil(batch, rows, free if defect in SPOILERS else spared, defect, turn)
        if found is None:
            continue
        place, column, text, found_as = found
        for left in (free, spared):
            if place in left:
                left.remove(place)
        if defect == "missing_row":
            gone.add(place)
        elif defect == "duplicate_key":
            added.append(dict(rows[place]))
        else:
            rows[place][column] = text
        row = batch.rows[place]
        old = old_text(batch.column(column), row[column]) if column else ""
        labels.append(Label(batch.name, defect, batch.key_of(row), column, old, text, found_as))
    return [row for place, row in enumerate(rows) if place not in gone] + added, labels


def _spoil(
    batch: Batch, rows: Sequence[Written], free: Sequence[int], defect: str, turn: int
) -> tuple[int, str, str, str] | None:
    """The first row without a defect that can have this one: place, column, what is to stand there, class."""
    if defect not in SPOILERS:
        return (free[0], "", "", OF_ROWS[defect]) if free else None
    for place in free:
        found = SPOILERS[defect](batch, rows[place], turn)
        if found is not None:
            column, text, found_as = found
            return place, column.name, text, found_as
    return None


def _extra(batch: Batch, row: Written, turn: int) -> Written:
    """A row like another one, under a key that no other has."""
    name = batch.key[-1]
    column, text = batch.column(name), row[name]
    if column.is_ == "bank_line":
        front = f"999{turn:08}"
        return {**row, name: front + mod_11_10_check(front)}
    if column.is_ == "djxh":
        return {**row, name: _strange_djxh(turn)}
    if column.is_ == "pzxh":
        return {**row, name: f"{text[:10]}{9_000_000_000 + turn:010}"}
    # Five digits: of four each may be a row's, as a batch has up to 20,000.
    return {**row, name: f"{text[:-5]}{99_999 - turn:05}" if len(text) > 6 else f"9{turn:05}"}


def _by_key(batch: Batch, row: Written, defect: str, turn: int) -> tuple[Written, str, str] | None:
    """A row more, where only a key can have the defect: (row, column, class)."""
    wanted: dict[str, Callable[[Column], bool]] = {
        "check_digit": lambda one: one.is_ == "bank_line",
        "dangling_reference": lambda one: one.refers != "" and one.is_ == "djxh",
    }
    columns = [one for one in batch.columns if defect in wanted and wanted[defect](one)]
    if not columns or any(one.name not in batch.key for one in columns):
        return None
    name = columns[0].name
    if defect == "dangling_reference":
        return {**row, name: _strange_djxh(500_000 + turn)}, name, "dangling_new"
    front = f"997{turn:08}"
    right = mod_11_10_check(front)
    return {**row, name: front + ("0" if right != "0" else "1")}, name, "invalid_new"


def _strange_djxh(turn: int) -> str:
    return make_djxh("14301030000", 99_000_000 + turn)


Spoiled = tuple[Column, str, str] | None
"""The column, what stands there now, and the class that it is found in; None where that row has no such."""


def _columns(batch: Batch, kind: str) -> Iterator[Column]:
    return (one for one in batch.columns if one.kind == kind and one.name not in batch.key)


def _check_digit(batch: Batch, row: Written, turn: int) -> Spoiled:
    """An identifier whose last digit is another one."""
    wanted = ("taxpayer_id", "bank_line")
    columns = [one for one in batch.columns if one.is_ in wanted and one.name not in batch.key]
    if not columns:
        return None
    column = columns[0]
    text = row[column.name]
    if len(text) == 18 and not text.startswith("9"):
        return None  # a resident's id: another last digit may be a serial of another form
    digit = "0" if text[-1] != "0" else "1"
    return column, text[:-1] + digit, "changed"


def _dangling(batch: Batch, row: Written, turn: int) -> Spoiled:
    """A reference to what is nowhere, well formed."""
    column = next((one for one in batch.columns if one.refers and one.name not in batch.key), None)
    if column is None:
        return None
    front = f"998{turn:08}"
    strange = {
        "bank_line": front + mod_11_10_check(front),
        "djxh": _strange_djxh(500_000 + turn),
    }
    return column, strange.get(column.is_, f"XX{turn:05}"), "changed"


def _cut_name(batch: Batch, row: Written, turn: int) -> Spoiled:
    column = next(_columns(batch, "name"), None)
    return (column, row[column.name][:-1], "changed") if column and len(row[column.name]) > 1 else None


def _damaged_gbk(batch: Batch, row: Written, turn: int) -> Spoiled:
    """A name whose first byte was lost, and one behind it: the pairs of bytes between them shift, and other
    valid characters come out, as many as can be printed."""
    column = next(_columns(batch, "name"), None)
    if column is None:
        return None
    data = row[column.name].encode("gb18030")
    for end in range(len(data) - 1, 2, -1):
        try:
            text = (data[1:end] + data[end + 1 :]).decode("gb18030")
        except UnicodeDecodeError:
            continue
        if text.isprintable() and text.strip() == text and not set(text) & set(',"'):
            return column, text, "changed"
    return None


def _wrong_date(batch: Batch, row: Written, turn: int) -> Spoiled:
    """A year later, or a day that is none, in turn."""
    column = next(_columns(batch, "date"), None)
    if column is None:
        return None
    text = row[column.name]
    if turn % 2:
        return column, f"{text[:5]}02-30", "unreadable_new"
    later = f"{int(text[:4]) + 1}{text[4:]}"
    return column, later.replace("-02-29", "-02-28"), "changed"


def _shifted_amount(batch: Batch, row: Written, turn: int) -> Spoiled:
    """Ten times as much: the point moved."""
    column = next(_columns(batch, "amount"), None)
    if column is None or float(row[column.name]) == 0:
        return None
    fen = int(row[column.name].replace(".", ""))
    return column, f"{fen / 10:.2f}", "changed"


SPOILERS: dict[str, Callable[[Batch, Written, int], Spoiled]] = {
    "check_digit": _check_digit,
    "dangling_reference": _dangling,
    "cut_name": _cut_name,
    "damaged_gbk": _damaged_gbk,
    "wrong_date": _wrong_date,
    "shifted_amount": _shifted_amount,
}
OF_ROWS = {"duplicate_key": "duplicated_new", "missing_row": "missing"}
DEFECTS: Sequence[str] = (*SPOILERS, "duplicate_key", "missing_row", "extra_row")
