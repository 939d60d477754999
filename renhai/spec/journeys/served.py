"""What is remembered of taxpayers who were served: a word each, 2 to 4 bytes while they wait to come again.

A word has, from the lowest bit: whether it is a newcomer, the number in the share (28 bits), whether
the target knows them, whether something was paid, whether they return, whether more is kept beside, the next
filing period (10 bits) and the next range (14 bits). What does not fit, and a voucher, is kept beside.
"""

from __future__ import annotations

from array import array
from collections import deque
from typing import NamedTuple

NUMBERS, PERIODS, RANGES = 1 << 28, 1 << 10, 1 << 14
NEW, KNOWN, PAID, RETURNS, MORE = 1, 1 << 29, 1 << 30, 1 << 31, 1 << 32
PERIOD, RANGE = 33, 43  # where they begin
FLAGS_FROM, NUMBER_BITS = 29, (1 << 29) - 1  # number and newcomer below, all else from there
BLOCK = 512  # words; packing them takes 0.2 ms


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


class _Block(NamedTuple):
    """Words of a line's middle: their numbers less the smallest, and what else they say, once for each kind.

    `which` is empty where all are of one kind.
    """

    smallest: int
    numbers: array[int]
    kinds: list[int]
    which: array[int]

    def words(self) -> array[int]:
        high = [kind << FLAGS_FROM for kind in self.kinds]
        if not self.which:
            rest = self.smallest | high[0]
            return array("Q", [rest + number for number in self.numbers])
        return array(
            "Q", [high[k] + self.smallest + n for k, n in zip(self.which, self.numbers, strict=True)]
        )


def _block(words: array[int]) -> _Block:
    numbers, kinds = [word & NUMBER_BITS for word in words], [word >> FLAGS_FROM for word in words]
    smallest, places = min(numbers), {kind: place for place, kind in enumerate(dict.fromkeys(kinds))}
    size = "H" if max(numbers) - smallest < 1 << 16 else "I"
    which = [places[kind] for kind in kinds] if len(places) > 1 else []
    kept = array("B" if len(places) <= 256 else "H", which)
    return _Block(smallest, array(size, [number - smallest for number in numbers]), [*places], kept)


class Line:
    """Words, first in first out: 8 bytes each at its two ends, else 2 to 4, for those who wait now.

    Who is served one after the other waits one after the other: a block's numbers lie close together.
    """

    __slots__ = ("_at", "_between", "_in", "_out")

    def __init__(self) -> None:
        self._in, self._out, self._at = array("Q"), array("Q"), 0
        self._between: deque[_Block] = deque()

    def __len__(self) -> int:
        return len(self._in) + BLOCK * len(self._between) + len(self._out) - self._at

    def append(self, word: int) -> None:
        """To the end."""
        self._in.append(word)
        if len(self._in) == BLOCK:
            self._between.append(_block(self._in))
            self._in = array("Q")

    def popleft(self) -> int:
        """The first one. Raises IndexError when nobody waits."""
        if self._at == len(self._out):
            self._at = 0
            if self._between:
                self._out = self._between.popleft().words()
            else:
                self._in, self._out = array("Q"), self._in
        self._at += 1
        return self._out[self._at - 1]
