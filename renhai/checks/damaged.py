"""Signs that a text was decoded loosely before it came to us: what stood there is gone.

The replacement character; two of them in UTF-8 that somebody read as GBK (锟斤拷); one that somebody read as
Latin-1.
"""

from __future__ import annotations

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
SIGNS = (REPLACEMENT, "锟斤拷", REPLACEMENT.encode().decode("latin-1"))
_BYTES = [(sign.encode(), sign.encode()[:1]) for sign in SIGNS]
_LONGEST = max(len(sign) for sign, _ in _BYTES)


class Damage:
    """Counts such signs in UTF-8 that comes in pieces."""

    def __init__(self) -> None:
        self.found = 0
        self._tail = b""

    def take(self, piece: bytes) -> None:
        for sign, first in _BYTES:
            over = len(sign) - 1  # a sign that stands across pieces has so many bytes in one of them at most
            self.found += (self._tail[-over:] + piece[:over]).count(sign)
            if first in piece:  # one byte is looked for much faster than all
                self.found += piece.count(sign)
        self._tail = (self._tail + piece[-_LONGEST:])[1 - _LONGEST :]
