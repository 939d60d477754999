"""The rules by which `renhai verify` holds the old form of batches against the new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generators.batches.model import Batch, Column


def rules(batches: Sequence[Batch], encoding: str, name: str = "batches") -> dict[str, Any]:
    """A rules file as a document; columns stand under their new names. encoding: of the old side."""
    return {
        "name": name,
        "old": {"encoding": encoding},
        "batches": {one.name: _batch(one, {each.name: each for each in batches}) for one in batches},
    }


def _batch(batch: Batch, known: dict[str, Batch]) -> dict[str, Any]:
    names = {one.name: one.new for one in batch.columns}
    found: dict[str, Any] = {
        "title": batch.title,
        "key": [names[name] for name in batch.key],
        "columns": {one.new: _column(one) for one in batch.columns},
    }
    if batch.unit:
        found["unit"] = names[batch.unit]
    references = {
        one.new: f"{to}.{known[to].column(column).new}"
        for one in batch.columns
        for to, _, column in [one.refers.partition(".")]
        if to in known
    }
    if references:
        found["references"] = references
    if batch.equation:
        found["equations"] = [" ".join(names.get(word, word) for word in batch.equation.split())]
    if batch.sums:
        found["sums"] = {"columns": [names[batch.sums]]}
    return found


def _column(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"old": column.old}
    if column.kind == "name":
        found["trim"] = "end"
    elif column.kind == "date":
        found |= {"type": "date", "format": {"old": "%Y%m%d"}}
    elif column.kind == "amount":
        found |= {"type": "number", "fen": ["old"]}
    elif column.kind == "codes":
        found["codes"] = dict(column.codes)
    if column.is_:
        found["is"] = column.is_
    return found
