"""Which writes and rows of an export are one, by hashes of 64 bits in columns; 0 stands for no value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[np.intp]
_SHIFT, _ODD = np.uint64(32), np.uint64(0x9E3779B97F4A7C15)
_HALF = 32
_LOW = np.uint64((1 << 20) - 1)


def known_by(parts: Sequence[Hashes], empty: int, count: int) -> Hashes:
    """One hash of the parts of a serial or a key; 0 where there is no part, or one is missing or empty (the
    hash of an empty text)."""
    found = np.zeros(count, dtype=np.uint64)
    if not parts:
        return found
    for part in parts:  # both steps lose nothing, so that only the hashes of parts can be equal by chance
        found = ((found ^ (found >> _SHIFT)) * _ODD) ^ part
    for part in parts:
        found[(part == 0) | (part == np.uint64(empty))] = 0
    return found


def equal(one: Hashes, other: Hashes, empty: int) -> NDArray[np.bool_]:
    """Which of them say the same: no value and an empty text are one."""
    found: NDArray[np.bool_] = one == other
    if not found.all():
        found |= ((one == 0) | (one == np.uint64(empty))) & ((other == 0) | (other == np.uint64(empty)))
    return found


def repeated(hashes: Hashes) -> Hashes:
    """Those that stand there more than once, each once and in order."""
    ordered = np.sort(hashes)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.unique(again[again != 0])


def among(hashes: Hashes, few: Hashes) -> NDArray[np.bool_]:
    """Which of them are among others, which are in order."""
    found = np.zeros(len(hashes), dtype=np.bool_)
    if not len(few):
        return found
    table = np.zeros(int(_LOW) + 1, dtype=np.bool_)  # of their lowest bits: to search for each takes longer
    table[few & _LOW] = True
    likely = np.flatnonzero(table[hashes & _LOW])
    asked = hashes[likely]
    found[likely] = few[np.minimum(np.searchsorted(few, asked), len(few) - 1)] == asked
    return found


def partners(writes: Hashes, rows: Hashes) -> Places:
    """For each write a row with the same hash; -1 where there is none."""
    found = np.full(len(writes), -1, dtype=np.intp)
    if not len(rows):
        return found
    order, asked = np.argsort(rows), np.argsort(writes)  # a search in order is several times as fast
    held, wanted = rows[order], writes[asked]
    at = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
    there = (held[at] == wanted) & (wanted != 0)
    found[asked[there]] = order[at[there]]
    return found


def totals(kinds: Hashes, amounts: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Of each kind the place of one of it, how many there are, and the sum of their amounts, exactly."""
    _, first, group = np.unique(kinds, return_index=True, return_inverse=True)
    counts = np.bincount(group, minlength=len(first))
    high, low = np.zeros((2, len(first)), dtype=np.int64)  # of 64 bits a sum of all might be too large
    np.add.at(high, group, amounts >> _HALF)
    np.add.at(low, group, amounts & ((1 << _HALF) - 1))
    sums: list[Any] = [(int(one) << _HALF) + int(other) for one, other in zip(high, low, strict=True)]
    return list(zip(first.tolist(), counts.tolist(), sums, strict=True))
