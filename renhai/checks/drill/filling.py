"""A file system that is filled up, by a file of our own that is known by its name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from renhai.checks.drill.processes import CannotAct
from renhai.core.private_files import owner_only

NAME = ".renhai-drill-fills-this-disk"
MOST = 64 << 30  # bytes; a larger disk is not filled by a drill
PIECE = 1 << 20


def place(folder: str, run: Path) -> Path:
    """The file that will fill the file system of `folder`. run: the directory of the run.

    Raises CannotAct for the file system of / or of the run, without which nothing could be undone.
    """
    path = Path(folder)
    try:
        device = path.stat().st_dev
        free = os.statvfs(path)
        others = {Path("/").stat().st_dev: "/", run.stat().st_dev: "this run"}
    except OSError as error:
        raise CannotAct(f"{folder} cannot be filled: {error.strerror}") from None
    if not path.is_dir():
        raise CannotAct(f"{folder} is no folder")
    if device in others:
        raise CannotAct(f"{folder} is on the disk of {others[device]}, which a drill does not fill")
    if free.f_bavail * free.f_frsize > MOST:
        raise CannotAct(f"{folder} has more than {MOST >> 30} GiB free, more than a drill fills")
    return path / NAME


def fill(path: Path) -> None:
    """Until nothing fits any more, to the last byte. Raises CannotAct where it is no full disk that stops it.

    What was written when something else stopped it is removed.
    """
    remove(path)  # of a drill before, and never a link to anything else
    try:
        with open(path, "xb", buffering=0, opener=owner_only) as file:
            size, written = PIECE, 0
            while size:
                try:
                    done = file.write(bytes(size))
                    written += done or 0
                    size = size if done == size else size // 2
                except OSError as error:
                    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                        raise
                    size //= 2
                if written > MOST:
                    raise CannotAct(f"{path.parent} is not full after {MOST >> 30} GiB")
    except (OSError, CannotAct) as error:
        remove(path)
        raise CannotAct(f"{path.parent} cannot be filled: {error}") from None


def remove(path: Path) -> None:
    """Doing it twice changes nothing. Raises CannotAct; for another file, too."""
    if path.name != NAME:
        raise CannotAct(f"{path} is no file of a drill")
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotAct(f"{path} cannot be removed: {error.strerror}; remove it by hand") from None
