"""Finished parts of files that grow are compressed in their place."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
from pathlib import Path

from renhai.core.private_files import owner_only

LEVEL = 3  # a sixth of the size; above it the time grows faster than the size falls


def compress(part: Path, packed: Path) -> None:
    """Puts `packed` in the place of a part, once it is on the disk. By zlib, which lets other threads go on.

    Raises OSError, and leaves the part then.
    """
    unfinished = packed.with_name(f".{packed.name}")
    try:
        with (
            part.open("rb") as source,
            open(unfinished, "wb", opener=owner_only) as sink,
            gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=LEVEL, mtime=0) as file,
        ):
            shutil.copyfileobj(source, file, 1 << 20)
            file.close()
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.replace(packed)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    part.unlink()
