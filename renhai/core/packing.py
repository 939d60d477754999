"""Finished parts of files that grow are compressed in their place."""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
from collections.abc import Callable
from pathlib import Path

from renhai.core.private_files import owner_only

LEVEL = 3  # a sixth of the size; above it the time grows faster than the size falls


def step_back() -> None:
    """From now on the calling thread has only what others leave of its core, where that is Linux.

    A load process on the same core would be held for the seconds that a part takes.
    """
    if sys.platform == "linux":  # setpriority(2): elsewhere it is the whole process's
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, 19)


def compress(part: Path, packed: Path, enough: Callable[[], bool] = lambda: False) -> None:
    """Puts `packed` in the place of a part, once it is on the disk. By zlib, which lets other threads go on.

    enough: asked before each MiB; once it is, the part stays as it was. Raises OSError, and leaves the part
    then.
    """
    unfinished = packed.with_name(f".{packed.name}")
    try:
        with (
            part.open("rb") as source,
            open(unfinished, "wb", opener=owner_only) as sink,
            gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=LEVEL, mtime=0) as file,
        ):
            while data := source.read(1 << 20):
                if enough():
                    unfinished.unlink()
                    return
                file.write(data)
            file.close()
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.replace(packed)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    part.unlink()
