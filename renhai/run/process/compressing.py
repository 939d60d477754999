"""Finished parts of what grows with a run are compressed beside the load: the disk takes hours of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from renhai.core.packing import compress, step_back
from renhai.spec.cutover.journal.recorded import FOLDER as JOURNAL
from results.checks.audit.intents import FOLDER as RECEIPTS
from results.checks.drill.starts import NAME as STARTS
from results.snapshot.segments import finished, packed_name

LOOK_S = 2.0


class Compressing:
    """From its making to `end`, in a thread. directory: of the run; sides of a duel are one below it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Leaves the part under way as it is; twice is as good as once."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        step_back()
        with contextlib.suppress(OSError):  # a full disk: what is not compressed is read as well
            while not self._over.wait(LOOK_S):
                for part in growing(self._directory):
                    if self._over.is_set():
                        return
                    compress(part, packed_name(part), self._over.is_set)


def growing(directory: Path) -> Iterator[Path]:
    """Parts of receipts, journal and starts that are not compressed yet, of sides of a duel, too."""
    for place in (directory, *(path.parent for path in directory.glob(f"*/{RECEIPTS}"))):
        for folder in (RECEIPTS, JOURNAL):
            yield from finished(place / folder)
        yield from (part for part in finished(place) if part.name.startswith(f"{Path(STARTS).stem}."))
