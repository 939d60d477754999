"""Signs that a text was decoded loosely before it came to us: what stood there is gone.

The replacement character; two of them in UTF-8 that somebody read as GBK (锟斤拷); one that somebody read as
Latin-1.
"""

from __future__ import annotations

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
SIGNS = (REPLACEMENT, "锟斤拷", REPLACEMENT.encode().decode("latin-1"))
_BYTES = [  # each with the byte of it that is found least in Chinese text
    (sign.encode(), rare) for sign, rare in zip(SIGNS, (b"\xef", b"\x9f", b"\xc3"), strict=True)
]
_LONGEST = max(len(sign) for sign, _ in _BYTES)


class Damage:
    """Counts such signs in UTF-8 that comes in pieces."""

    def __init__(self) -> None:
        self.found = 0
        self._tail = b""

    def take(self, piece: bytes) -> None:
        for sign, rare in _BYTES:
            over = len(sign) - 1  # a sign that stands across pieces has so many bytes in one of them at most
            self.found += (self._tail[-over:] + piece[:over]).count(sign)
            # One byte is looked for much faster than all, and all from behind faster than from the front.
            if rare in piece and piece.rfind(sign) >= 0:
                self.found += piece.count(sign)
        self._tail = (self._tail + piece[-_LONGEST:])[1 - _LONGEST :]
