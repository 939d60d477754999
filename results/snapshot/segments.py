"""A file that grows as long as its run stands in parts, and is read as one.

Beside `worker-0.jsonl`, which is written, stand its finished parts: `worker-0.0001.jsonl`, and once they were
compressed `worker-0.0001.jsonl.gz`. A part ends with a whole line. Where a part is missing, or the end of
the file, nobody can say that nothing else is: that is an OSError, as for any file that cannot be read.
"""

from __future__ import annotations

import errno
import glob
import gzip
import io
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

PACKED = ".gz"
READ_BYTES = 1 << 18
_PART = re.compile(r"(?P<stem>[^.].*)\.(?P<number>[0-9]{4,})(?P<suffix>\.[a-z]+)(?P<packed>\.gz)?")


def part_of(path: Path, number: int) -> Path:
    """The name of a finished part, from 1."""
    return path.with_name(f"{path.stem}.{number:04d}{path.suffix}")


def packed_name(part: Path) -> Path:
    """The name of a finished part once it is compressed."""
    return part.with_name(part.name + PACKED)


def finished(folder: Path) -> list[Path]:
    """The parts of a folder that are not compressed yet."""
    found = (path for path in folder.glob("*.*.*") if _PART.fullmatch(path.name))
    return sorted(path for path in found if path.suffix != PACKED)


def files_of(folder: Path, pattern: str) -> list[Path]:
    """The files whose names are like that; one of which only parts are left is there, too."""
    found = {path for path in folder.glob(pattern) if not _PART.fullmatch(path.name)}
    for path in folder.glob("*.*.*"):
        if match := _PART.fullmatch(path.name):
            whole = path.with_name(match["stem"] + match["suffix"])
            found |= {whole} if whole.match(pattern) else set()
    return sorted(found)


def earlier(path: Path) -> list[Path]:
    """The finished parts that there are, in their order; of one that stands there twice the plain one, which
    was not taken away yet when its machine fell."""
    numbered: dict[int, Path] = {}
    if not path.suffix:  # a part has one
        return []
    stem = glob.escape(path.stem)  # who names a file by hand may have put a bracket into it
    for one in sorted(path.parent.glob(f"{stem}.*{path.suffix}*"), reverse=True):
        match = _PART.fullmatch(one.name)
        if match and match["stem"] == path.stem and match["suffix"] == path.suffix:
            numbered[int(match["number"])] = one
    return [numbered[number] for number in sorted(numbered)]


def parts(path: Path) -> list[Path]:
    """All parts in their order, the end of the file last. Raises OSError for one that is missing."""
    found = earlier(path)
    for number, one in enumerate(found, 1):
        match = _PART.fullmatch(one.name)
        if match and int(match["number"]) != number:
            raise FileNotFoundError(errno.ENOENT, f"{part_of(path, number).name} is missing")
    return [*found, path]


def regular(path: Path) -> None:
    """Raises OSError for a pipe or a device: to open it would wait for ever, and it is read once alone."""
    kind = path.stat().st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise OSError(errno.EINVAL, "it is no regular file")


def unpacked(path: Path) -> io.BufferedReader:
    """A compressed file, to be read: line by line in a fifth of the time that gzip's own file takes."""
    return io.BufferedReader(gzip.open(path, "rb"), READ_BYTES)


def lines(path: Path) -> Iterator[bytes]:
    """The lines of all parts. Raises OSError."""
    for one in parts(path):
        regular(one)
        try:
            with unpacked(one) if one.suffix == PACKED else one.open("rb") as file:
                yield from file
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OSError(errno.EIO, f"{one.name} is damaged ({error})") from None
