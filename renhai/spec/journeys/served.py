"""What is remembered of taxpayers who were served: 8 bytes each while they wait to come again.

A word has, from the lowest bit: whether it is a newcomer, the number in the share (28 bits), whether
the target knows them, whether something was paid, whether they return, whether more is kept beside, the next
filing period (10 bits) and the next range (14 bits). What does not fit, and a voucher, is kept beside.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

NUMBERS, PERIODS, RANGES = 1 << 28, 1 << 10, 1 << 14
NEW, KNOWN, PAID, RETURNS, MORE = 1, 1 << 29, 1 << 30, 1 << 31, 1 << 32
PERIOD, RANGE = 33, 43  # where they begin


class Served(NamedTuple):
    """What a word says. `number`: in the share, of newcomers in theirs."""

    number: int
    newcomer: bool
    registered: bool
    paid: bool
    returns: bool
    more: bool
    period: int
    range_index: int

    @property
    def key(self) -> int:
        """Of what is kept beside."""
        return self.number << 1 | self.newcomer

    def fits(self) -> bool:
        """Whether a word has room for it; for the number it has."""
        return 0 <= self.period < PERIODS and 0 <= self.range_index < RANGES

    def word(self) -> int:
        """All of it in 57 bits; only where it fits."""
        return (
            self.number << 1
            | self.newcomer * NEW
            | self.registered * KNOWN
            | self.paid * PAID
            | self.returns * RETURNS
            | self.more * MORE
            | self.period << PERIOD
            | self.range_index << RANGE
        )


def read(word: int) -> Served:
    """What `word` has written."""
    return Served(
        word >> 1 & NUMBERS - 1,
        bool(word & NEW),
        bool(word & KNOWN),
        bool(word & PAID),
        bool(word & RETURNS),
        bool(word & MORE),
        word >> PERIOD & PERIODS - 1,
        word >> RANGE & RANGES - 1,
    )


class Line:
    """Words, first in first out: at most 16 bytes for each of those that ever waited at once."""

    __slots__ = ("_at", "_in", "_out")

    def __init__(self) -> None:
        self._in, self._out, self._at = array("Q"), array("Q"), 0

    def __len__(self) -> int:
        return len(self._in) + len(self._out) - self._at

    def append(self, word: int) -> None:
        """To the end."""
        self._in.append(word)

    def popleft(self) -> int:
        """The first one. Raises IndexError when nobody waits."""
        if self._at == len(self._out):
            self._in, self._out, self._at = array("Q"), self._in, 0
        self._at += 1
        return self._out[self._at - 1]
