"""An answer that is too long to be held: its length and its digest are taken while it comes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

HELD = 16 * 1024 * 1024  # bytes of an answer that is held whole, as decoded
LARGEST = 64 * 1024 * 1024  # bytes of a download, of which no more than HELD is ever held


class Received(bytes):
    """Stands where a body stands, and holds none of it: whoever reads it finds nothing.

    length: bytes; sha256: in hexadecimal.
    """

    length: int
    sha256: str

    @classmethod
    def of(cls, length: int, sha256: str) -> Received:
        made = cls()
        made.length, made.sha256 = length, sha256
        return made


class Digest:
    """Takes the pieces of a body as they come."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._length = 0

    def take(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self._hash.update(piece)
            self._length += len(piece)

    def body(self) -> Received:
        """What stands for all that was taken."""
        return Received.of(self._length, self._hash.hexdigest())
