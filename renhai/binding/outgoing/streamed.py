"""Bodies that hold files: sent in pieces, from one copy that all requests of a process share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

LARGEST = 64 * 1024 * 1024  # bytes of one file
PIECE = 256 * 1024  # bytes that are handed over at once, so that TLS encrypts no whole file in one go


class Streamed:
    """A body in parts. `len` is its length in bytes; `bytes` puts it together, for those who must have it."""

    __slots__ = ("_length", "parts")

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts
        self._length = sum(map(len, parts))

    def __len__(self) -> int:
        return self._length

    def __bytes__(self) -> bytes:
        return b"".join(self.parts)

    def pieces(self) -> Iterator[memoryview]:
        """The body, piece by piece, copied nowhere."""
        for part in self.parts:
            view = memoryview(part)
            for start in range(0, len(view), PIECE):
                yield view[start : start + PIECE]


Body = bytes | Streamed


def beginning(body: Body, size: int) -> bytes:
    """The first bytes of a body, for an excerpt."""
    if isinstance(body, bytes):
        return body[:size]
    return b"".join(part[:size] for part in body.parts[:20])[:size]


def described(path: Path) -> dict[str, Any]:
    """What the plan says of a file, so that every load process can tell that it has the same one."""
    return {"file": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def content(said: Mapping[str, Any]) -> bytes:
    """The bytes of a file of the plan. Raises ValueError where this machine has it not, or another one."""
    return _content(said["file"], said["sha256"])


@cache
def _content(path: str, sha256: str) -> bytes:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(
            f"the file {path} of the target file cannot be read here: {error.strerror}"
        ) from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"the file {path} is not here what it was when the run was planned")
    return data
