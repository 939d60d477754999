"""`renhai generate batch KIND`: batches of a migration in old and new form, labels of what is planted."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from generators.batches.defects import Label, plant
from generators.batches.kinds import KINDS, batch, referred
from generators.batches.model import Batch, old_text
from generators.batches.rules import rules
from renhai.core.errors import Problem, UsageError, choice
from renhai.core.language import say

ALL = "all"
MOST = 20_000  # rows of a batch: the rules hold a table of every taxpayer's ids
ENCODINGS = ("gb18030", "utf-8")


def generate_batch(kind: str, count: int, out: Path, seed: int, defects: int, encoding: str) -> list[str]:
    """Write old/, new/, rules.yaml and labels.csv below `out`, a new directory; what was written, in lines.

    defects: how many of each kind are planted in each batch. Raises UsageError.
    """
    check(kind, count, encoding)
    names = referred(kind) if kind != ALL else _in_order()
    batches = [batch(name, count, seed) for name in names]
    if out.exists():
        raise UsageError(Problem("--out", str(out), "is there already; give a new directory"))
    part = out.parent / f".{out.name}.{os.getpid()}.part"  # half a batch has never its name
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise UsageError(Problem("--out", str(out), f"cannot be made: {error.strerror}")) from None
    try:
        told = _written(batches, part, seed, defects, encoding)
        part.rename(out)
    except OSError as error:
        raise UsageError(Problem("--out", str(out), f"cannot be written: {error.strerror}")) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return told


def check(kind: str, count: int, encoding: str) -> None:
    """Raises UsageError for what no batch can be made of."""
    known = [*KINDS, ALL]
    if kind not in known:
        raise UsageError(Problem("generate batch", "KIND", f"is {kind!r}{choice(kind, known)}"))
    if count > MOST:
        raise UsageError(Problem("generate batch", "--count", f"is {count}; at most {MOST} rows a batch"))
    if encoding not in ENCODINGS:
        why = f"is {encoding!r}{choice(encoding, ENCODINGS)}"
        raise UsageError(Problem("generate batch", "--encoding", why))


def _in_order() -> list[str]:
    names: list[str] = []
    for kind in KINDS:
        names += [name for name in referred(kind) if name not in names]
    return names


def _written(batches: Sequence[Batch], out: Path, seed: int, defects: int, encoding: str) -> list[str]:
    labels: list[Label] = []
    told = []
    for one in batches:
        rows, found = plant(one, defects, seed, _referred_to(one, batches))
        labels += found
        old = [[old_text(column, row[column.name]) for column in one.columns] for row in one.rows]
        new = [[row[column.name] for column in one.columns] for row in rows]
        _csv(out / "old" / f"{one.name}.csv", [column.old for column in one.columns], old, encoding)
        _csv(out / "new" / f"{one.name}.csv", [column.new for column in one.columns], new, "utf-8")
        planted = say(f", {len(found):,} planted") if defects else ""
        told.append(f"{one.name} {one.title}: {say(f'{len(old):,} old rows, {len(new):,} new')}{planted}")
    document = yaml.safe_dump(rules(batches, encoding), allow_unicode=True, sort_keys=False)
    (out / "rules.yaml").write_text(document, encoding="utf-8")
    if defects:
        names = {(one.name, column.name): column.new for one in batches for column in one.columns}
        rows_of = [label._replace(column=names.get((label.batch, label.column), "")) for label in labels]
        _csv(out / "labels.csv", Label._fields, rows_of, "utf-8")
    return told


def _referred_to(one: Batch, batches: Iterable[Batch]) -> frozenset[str]:
    """Values of this batch's key that rows of other batches hold."""
    return frozenset(
        str(row[column.name])
        for other in batches
        for column in other.columns
        if column.refers.partition(".")[0] == one.name
        for row in other.rows
    )


def _csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]], encoding: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as sink:
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
