"""Files that only their owner may read: what was sent and what came back may tell more than one thinks."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

MODE = 0o600
PART_BYTES = 16 << 20


def owner_only(path: str | Path, flags: int) -> int:
    """An `opener` for open(): a file that is made has no rights but its owner's, whatever the umask is."""
    descriptor = os.open(path, flags, MODE)
    with contextlib.suppress(OSError):  # not every file system knows rights
        os.fchmod(descriptor, MODE)  # one that was there before, too
    return descriptor


def write_whole(descriptor: int, data: bytes) -> None:
    """Returns once the kernel has all of it: a disk that is almost full takes a part. Raises OSError."""
    while data:
        data = data[os.write(descriptor, data) :]


def raised(why: str) -> None:
    """A `lost` for who takes errors as they come. Raises OSError."""
    raise OSError(0, why)


class AppendedFile:
    """A file of a load process, to whose end bytes are handed to the kernel.

    lost: told once why it had to be given up: nothing follows a hole. is_open: it was neither given up nor
    closed. Raises OSError where it cannot be made.
    """

    def __init__(self, path: Path, lost: Callable[[str], object]) -> None:
        self.descriptor = owner_only(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
        self.is_open = True
        self._lost = lost

    def write(self, data: bytes) -> bool:
        """Whether the kernel has all of it; what comes after the end is dropped."""
        if self.is_open:
            try:
                taken = os.write(self.descriptor, data)
                if taken != len(data):
                    write_whole(self.descriptor, data[taken:])
            except OSError as error:
                self.give_up(error.strerror or str(error))
        return self.is_open

    def give_up(self, why: str) -> None:
        """Nothing more is written."""
        self.close()
        self._lost(why)

    def close(self) -> None:
        """It may be closed already."""
        if self.is_open:
            self.is_open = False
            os.close(self.descriptor)


class FileInParts(AppendedFile):
    """One whose finished parts of `most` bytes and more stand beside it, under names that `part_of` gives by
    their number, from 1. What is written at once stays together."""

    def __init__(
        self,
        path: Path,
        lost: Callable[[str], object],
        part_of: Callable[[Path, int], Path],
        most: int = PART_BYTES,
    ) -> None:
        super().__init__(path, lost)
        self.path, self._part_of, self._most = path, part_of, most
        self._bytes = self.count = 0

    def write(self, data: bytes) -> bool:
        if super().write(data):
            self._bytes += len(data)
            if self._bytes >= self._most:
                self._next()
        return self.is_open

    def _next(self) -> None:
        try:
            self.path.rename(self._part_of(self.path, self.count + 1))
            fresh = owner_only(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            self.give_up(error.strerror or str(error))
            return
        os.close(self.descriptor)
        self.descriptor, self._bytes, self.count = fresh, 0, self.count + 1

    def unlink(self) -> None:
        """The file and its parts. Raises OSError."""
        for number in range(1, self.count + 1):
            self._part_of(self.path, number).unlink()
        self.path.unlink()
