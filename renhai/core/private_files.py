"""Files that only their owner may read: what was sent and what came back may tell more than one thinks."""

from __future__ import annotations

import contextlib
import errno
import json
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from renhai.core.errors import Problem, UsageError

MODE = 0o600
PART_BYTES = 16 << 20
STEP = 1 << 17  # bytes that are reserved at once
ZEROS = bytes(STEP)
PAGE = mmap.PAGESIZE
POPULATE_WRITE = 23  # madvise(2), Linux 5.14: what stores would ask of the kernel page by page, at once
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def owner_only(path: str | Path, flags: int) -> int:
    """An `opener` for open(): a file that is made has no rights but its owner's, whatever the umask is."""
    descriptor = os.open(path, flags, MODE)
    with contextlib.suppress(OSError):  # not every file system knows rights
        os.fchmod(descriptor, MODE)  # one that was there before, too
    return descriptor


def spared(option: str, out: Path, *read: Path) -> None:
    """Raises UsageError where what a command is about to write is one of the files that it reads, which would
    be lost."""
    for path in read:
        with contextlib.suppress(OSError):
            if out.samefile(path):
                raise UsageError(Problem(option, "", f"{out} is read by this command; choose another file"))


def write_whole(descriptor: int, data: bytes) -> None:
    """Returns once the kernel has all of it: a disk that is almost full takes a part. Raises OSError."""
    while data:
        data = data[os.write(descriptor, data) :]


def json_line(values: Any) -> bytes:
    """A line of JSON that json.loads reads, also where a value has a lone surrogate or more than 64 bits;
    what is no JSON stands as its text."""
    try:
        return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE, default=str)
    except TypeError:
        return json.dumps(values, default=str, separators=(",", ":")).encode() + b"\n"


def append_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Append all of it, or nothing: half a line would spoil the next one, too. Raises OSError.

    durable: it is on the disk when this returns. One process at a time writes to such a file.
    """
    descriptor = owner_only(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        before = os.fstat(descriptor).st_size
        try:
            write_whole(descriptor, data)
            if durable:
                os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)


def raised(why: str) -> None:
    """A `lost` for who takes errors as they come. Raises OSError."""
    raise OSError(0, why)


class AppendedFile:
    """A file of a load process, to whose end bytes are handed to the kernel.

    lost: told once why it had to be given up: nothing follows a hole. is_open: it was neither given up nor
    closed. Raises OSError where it cannot be made.
    """

    FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC

    def __init__(self, path: Path, lost: Callable[[str], object]) -> None:
        self.descriptor = owner_only(path, self.FLAGS)
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
            fresh = owner_only(self.path, self.FLAGS)
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


class MappedFile(FileInParts):
    """One whose bytes are stored by memory: with the kernel at once, and without a call of it.

    put: stores bytes where there is room for them, else raises ValueError, and `write` makes room. Room is
    made by zeros, which are written: a full disk is an error then, and never a signal, and the kernel has
    made the pages. To have a store make each page of a hole takes longer than all else that a line costs.
    Behind the last byte stand zeros, until the part is finished or the file closed; for good where its
    process was killed: who reads it finds a last line that is torn. Where a file system maps no file, bytes
    are written as FileInParts does, and `maps` is false.
    """

    FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC

    def __init__(
        self,
        path: Path,
        lost: Callable[[str], object],
        part_of: Callable[[Path, int], Path],
        most: int = PART_BYTES,
    ) -> None:
        super().__init__(path, lost, part_of, most)
        self._map: mmap.mmap | None = None
        self._end = self._size = os.fstat(self.descriptor).st_size  # _end: where nothing is mapped
        self.maps = True
        self.put: Callable[[bytes], object] = _no_room

    def write(self, data: bytes) -> bool:
        """Whether the kernel has all of it; what comes after the end is dropped."""
        try:
            self.put(data)
        except ValueError:
            if not self._reserve(len(data)):
                return super().write(data)
            self.put(data)
        if self._map is not None and self._map.tell() >= self._most:
            self._next()
        return self.is_open

    def _reserve(self, more: int) -> bool:
        """Whether there is room for so many bytes; a file that has none is given up, or goes on by calls.

        `put` alone never comes to the end of a part, so that `write` sees it.
        """
        if not self.is_open or not self.maps:
            return False
        begin = self._map.tell() if self._map is not None else self._end
        end = begin + more
        room = (end // STEP + 1) * STEP
        try:
            if room > self._size:
                more = room - self._size
                write_whole(self.descriptor, ZEROS if more == len(ZEROS) else bytes(more))
                self._size = room
            fresh = mmap.mmap(self.descriptor, room if end > self._most else min(room, self._most))
        except (OSError, ValueError) as error:
            self.maps = False
            self._settle()
            if isinstance(error, OSError) and error.errno in FULL:
                self.give_up(error.strerror or str(error))
            return False
        fresh.seek(begin)
        with contextlib.suppress(OSError):  # an older kernel: then each page is asked for when it is met
            fresh.madvise(POPULATE_WRITE, begin // PAGE * PAGE, len(fresh) - begin // PAGE * PAGE)
        if self._map is not None:
            self._map.close()
        self._map, self.put = fresh, fresh.write
        return True

    def _settle(self) -> None:
        """The file ends where its last byte stands."""
        if self._map is not None:
            self._end = self._map.tell()
            self._map.close()
            self._map, self.put = None, _no_room
        os.ftruncate(self.descriptor, self._end)
        self._size = self._end

    def _next(self) -> None:
        if self.maps:
            self._settle()
        super()._next()
        self._end = self._size = 0

    def close(self) -> None:
        """It may be closed already."""
        if self.is_open and self.maps:
            self._settle()
        super().close()


def _no_room(data: bytes) -> None:
    raise ValueError("unmapped")
