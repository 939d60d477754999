"""The journal of a run: what its load processes left, in the order of time, as one file in parts."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from renhai.core.packing import compress
from renhai.core.private_files import FileInParts, raised
from renhai.spec.cutover.journal.domains import Domains
from renhai.spec.cutover.journal.entry import JournalWriter
from renhai.spec.cutover.journal.recorded import FOLDER, entry_of, in_order, name_of, read_recorded
from results.snapshot.segments import packed_name, part_of, parts

NAME = "journal.ndjson"
BUFFER = 1 << 16
OFTEN = 250_000  # transactions after which it is told how many there are


class _Out:
    """The file to which a journal is written; each of its finished parts is compressed. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._file = FileInParts(path, raised, part_of)
        self._lines: list[bytes] = []
        self._waiting = 0

    def write(self, line: bytes) -> None:
        self._lines.append(line)
        self._waiting += len(line)
        if self._waiting > BUFFER:
            self.flush()

    def flush(self) -> None:
        before, data = self._file.count, b"".join(self._lines)
        self._lines.clear()
        self._waiting = 0
        self._file.write(data)
        if self._file.count > before:
            with contextlib.suppress(OSError):  # a part that is not compressed is read as well
                part = part_of(self._file.path, self._file.count)
                compress(part, packed_name(part))

    def close(self) -> None:
        self._file.close()


def join(
    run: Path, run_id: str, source: str, day: str, workers: int, tell: Callable[[str], object] = str
) -> tuple[int, list[str]]:
    """Writes journal.ndjson and takes its parts away; how many transactions it has, and what is missing. With
    something missing it has no end, so that no replay of it can pass. Memory does not grow with it; on the
    disk it stands twice meanwhile, compressed. Raises OSError."""
    (run / NAME).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix=".journal-", dir=run) as folder:
        files = [read_recorded(run / FOLDER / name_of(one), run_id, Path(folder)) for one in range(workers)]
        wrong = [f"{one.path.name} {one.wrong}" for one in files if one.wrong]
        out = _Out(run / NAME)
        try:
            writer, domains = JournalWriter(out, source, day, run=run_id), Domains()
            for number, (ns, line) in enumerate(in_order(files), 1):
                writer.write(entry_of(line, number, ns, domains))
                if number % OFTEN == 0:
                    tell(f"{NAME}: {number:,} transactions up to now")
            if not wrong:
                writer.end()
            out.flush()
        finally:
            out.close()
    if not wrong:
        for one in files:
            for part in parts(one.path):
                part.unlink()
        (run / FOLDER).rmdir()
    return writer.count, wrong
