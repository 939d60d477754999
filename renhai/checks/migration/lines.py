"""Counting the records of a CSV without a look into its values: line ends that stand in no quotes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

NEWLINE, RETURN, QUOTE, SPACE = 10, 13, 34, 32
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # that a file in UTF-8 may begin with


class Lines:
    """Counts the records of UTF-8 bytes that come in pieces: line ends that stand in no quotes."""

    def __init__(self, delimiter: str, every_byte: bool = False) -> None:
        self.opens = [NEWLINE, QUOTE, delimiter.encode()[-1]]  # behind which a quote opens a value
        self.every_byte = every_byte  # else blank lines are left to DuckDB's count
        self.records = self.blank = self.lines = self.returns = 0
        self.first_blank = self.first_return = self.first_stray = 0
        self.quoted = self.opened = False  # within quotes; a line that is a carriage return as yet
        self.stray = False  # within quotes that began inside a value
        self.late = self.early = False  # somewhere a blank stands right before a quote; right behind one
        self.last = self.solid = NEWLINE  # the last byte, and the last that is no blank

    def take(self, piece: bytes) -> None:
        if not piece:  # half a character, as yet
            return
        bytes_ = np.frombuffer(piece, dtype=np.uint8)
        self.early |= self.last == QUOTE and piece[0] == SPACE
        if self.every_byte or self.last == RETURN or (b"\r" in piece and _torn(bytes_)):
            self._look(bytes_)
        elif self.quoted or b'"' in piece:
            self._ends(bytes_)
        else:
            self._plain(bytes_)
        self.last = piece[-1]
        self.solid = (piece.rstrip(b" ") or bytes([self.solid]))[-1]

    def _plain(self, bytes_: np.ndarray) -> None:
        """Where no line end stands in quotes, and all are of one kind."""
        found = int(np.count_nonzero(bytes_ == NEWLINE))
        self.records += found
        self.lines += found

    def _ends(self, bytes_: np.ndarray) -> None:
        """Where all ends are of one kind: an even number of quotes before an end is a record's end."""
        quotes = np.flatnonzero(bytes_ == QUOTE)
        self._beside(bytes_, quotes)
        if not self.quoted and _empty_texts_alone(quotes):
            self._plain(bytes_)
            return
        ends = np.flatnonzero(bytes_ == NEWLINE)
        before = np.searchsorted(quotes, ends) + self.quoted
        self.records += int((before & 1 == 0).sum())
        self._strays(bytes_, quotes, ends[before & 1 == 1])
        self.lines += len(ends)
        self.quoted = bool((len(quotes) + self.quoted) & 1)

    def _look(self, bytes_: np.ndarray) -> None:
        quotes = bytes_ == QUOTE
        inside = ((np.cumsum(quotes, dtype=np.uint8) + self.quoted) & 1).astype(bool)
        before = np.concatenate(([np.uint8(self.last)], bytes_[:-1]))
        ends = (bytes_ == NEWLINE) & ~inside
        self.records += int(ends.sum())
        # A blank line: an end right behind an end, with a carriage return between them or not.
        blank = ends & (before == NEWLINE)
        if (bytes_ == RETURN).any() or self.last == RETURN:
            starts = (bytes_ == RETURN) & (before == NEWLINE) & ~inside
            blank |= ends & np.concatenate(([self.opened], starts[:-1]))
            self.opened = bool(starts[-1])
            bare = (before == RETURN) & (bytes_ != NEWLINE) & ~np.concatenate(([self.quoted], inside[:-1]))
            self._first("return", bare, bytes_)
            self.returns += int(bare.sum())
        self._first("blank", blank, bytes_)
        self.blank += int(blank.sum())
        places = np.flatnonzero(quotes)
        self._beside(bytes_, places)
        self._strays(bytes_, places, np.flatnonzero((bytes_ == NEWLINE) & inside))
        self.lines += int((bytes_ == NEWLINE).sum())
        self.quoted = bool(inside[-1])

    def _beside(self, bytes_: np.ndarray, quotes: np.ndarray) -> None:
        """Blanks beside quotes. quotes: their places."""
        inner = quotes[quotes > 0]
        self.late |= bool((bytes_[inner - 1] == SPACE).any())
        self.late |= len(inner) < len(quotes) and self.last == SPACE
        inner = quotes[quotes < len(bytes_) - 1]
        self.early |= bool((bytes_[inner + 1] == SPACE).any())

    def _strays(self, bytes_: np.ndarray, quotes: np.ndarray, hidden: np.ndarray) -> None:
        """Line ends that a quote hides which stands inside a value: to other readers it opens nothing. They
        are rows too few, and with as many blank lines none is missed. quotes, hidden: their places."""
        if len(hidden) and not self.first_stray:
            places = (
                np.searchsorted(quotes, hidden) - 1
            )  # of the quotes that opened; below 0 in an earlier piece
            opening = np.unique(quotes[places[places >= 0]])
            before = np.where(opening > 0, bytes_[opening - 1], self.last)
            odd = (int(one) for one in opening[~np.isin(before, self.opens)])
            at = next((one for one in odd if self._is_stray(bytes_, one)), None)
            if at is not None or (self.stray and places[0] < 0):
                self.first_stray = self.lines + int((bytes_[: at or 0] == NEWLINE).sum()) + 1
        if len(quotes) and (len(quotes) + self.quoted) & 1:
            self.stray = self._is_stray(bytes_, int(quotes[-1]))

    def _is_stray(self, bytes_: np.ndarray, quote: int) -> bool:
        """Whether a quote begins no value; blanks before it are passed over."""
        while quote and bytes_[quote - 1] == SPACE:
            quote -= 1
        if not quote:
            return self.solid not in self.opens
        marked = not self.lines and bytes_[:quote].tobytes() == MARK.encode()
        return int(bytes_[quote - 1]) not in self.opens and not marked

    def _first(self, what: str, found: np.ndarray, bytes_: np.ndarray) -> None:
        if not getattr(self, f"first_{what}") and found.any():
            at = int(found.argmax())
            line = self.lines + int((bytes_[:at] == NEWLINE).sum()) + 1
            setattr(self, f"first_{what}", line)


def _torn(bytes_: np.ndarray) -> bool:
    """Whether a carriage return is not followed by a line end, here or behind the last byte."""
    returns = bytes_ == RETURN
    before_ends = returns[:-1] & (bytes_[1:] == NEWLINE)
    return bool(np.count_nonzero(returns) != np.count_nonzero(before_ends))


def _empty_texts_alone(quotes: np.ndarray) -> bool:
    """Whether every quote closes at once, as in `,"",`: then nothing is inside. quotes: their places."""
    return len(quotes) % 2 == 0 and bool((quotes[1::2] - quotes[::2] == 1).all())


def blank_behind_quote(path: Path, size: int) -> int:
    """The first line of a CSV in UTF-8 in which a blank stands behind the quote that closes a value, 0 for
    none. size: of the pieces in which it is read. A quote closes where the number of those before it is odd;
    the first of two within a value is followed by the other.
    """
    line, seen, closed = 1, 0, False  # quotes that were read; whether the last byte closed a value
    with path.open("rb") as source:
        while piece := source.read(size):
            bytes_ = np.frombuffer(piece, dtype=np.uint8)
            if closed and bytes_[0] == SPACE:
                return line
            quotes = np.flatnonzero(bytes_ == QUOTE)
            closing = quotes[(np.arange(len(quotes)) + seen) & 1 == 1]
            within = closing[closing < len(bytes_) - 1]
            found = within[bytes_[within + 1] == SPACE]
            if len(found):
                return line + int(np.count_nonzero(bytes_[: found[0]] == NEWLINE))
            closed = bool(len(closing)) and int(closing[-1]) == len(bytes_) - 1
            seen += len(quotes)
            line += int(np.count_nonzero(bytes_ == NEWLINE))
    return 0
