"""Finished parts of what grows with a run are compressed beside the load, so that the disk takes hours of it.

By zlib, which lets other threads go on; what is compressed is on the disk before the part itself goes.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from renhai.core.private_files import owner_only
from renhai.spec.cutover.journal.recorded import FOLDER as JOURNAL
from results.checks.audit.intents import FOLDER as RECEIPTS
from results.checks.drill.starts import NAME as STARTS
from results.snapshot.segments import PACKED, finished

LOOK_S = 2.0
LEVEL = 3  # a sixth of the size; above it the time grows faster than the size falls


class Compressing:
    """From its making to `end`, in a thread. directory: of the run; sides of a duel are one below it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Returns once the part under way is done; twice is as good as once."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        with contextlib.suppress(OSError):  # a full disk: what is not compressed is read as well
            while not self._over.wait(LOOK_S):
                for part in growing(self._directory):
                    if self._over.is_set():
                        return
                    compress(part)


def growing(directory: Path) -> Iterator[Path]:
    """Parts of receipts, journal and starts that are not compressed yet, of sides of a duel, too."""
    for place in (directory, *(path.parent for path in directory.glob(f"*/{RECEIPTS}"))):
        for folder in (RECEIPTS, JOURNAL):
            yield from finished(place / folder)
        yield from (part for part in finished(place) if part.name.startswith(f"{Path(STARTS).stem}."))


def compress(part: Path) -> None:
    """Puts PART.gz in the place of a part. Raises OSError, and leaves the part then."""
    unfinished = part.with_name(f".{part.name}{PACKED}")
    try:
        with (
            part.open("rb") as source,
            open(unfinished, "wb", opener=owner_only) as sink,
            gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=LEVEL, mtime=0) as packed,
        ):
            shutil.copyfileobj(source, packed, 1 << 20)
            packed.close()
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.replace(part.with_name(part.name + PACKED))
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    part.unlink()
