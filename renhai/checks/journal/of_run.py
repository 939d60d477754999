"""The journal of a run: what its load processes left, in the order of time, as one file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from renhai.core.private_files import owner_only
from renhai.spec.journal.domains import Domains
from renhai.spec.journal.entry import JournalWriter
from renhai.spec.journal.recorded import FOLDER, entry_of, name_of, read_recorded

NAME = "journal.ndjson"


def join(run: Path, run_id: str, source: str, day: str, workers: int) -> tuple[int, list[str]]:
    """Writes journal.ndjson and takes its parts away; how many transactions it has, and what is missing. With
    something missing it has no end, so that no replay of it can pass. Raises OSError."""
    files = [read_recorded(run / FOLDER / name_of(worker), run_id) for worker in range(workers)]
    wrong = [f"{one.path.name} {one.wrong}" for one in files if one.wrong]
    order = sorted(
        (ns, place, offset, size) for place, one in enumerate(files) for ns, offset, size in one.at
    )
    with ExitStack() as stack, open(run / NAME, "wb", opener=owner_only) as out:
        parts = {place: stack.enter_context(one.path.open("rb")) for place, one in enumerate(files) if one.at}
        writer, domains = JournalWriter(out, source, day, run=run_id), Domains()
        for number, (ns, place, offset, size) in enumerate(order, 1):
            parts[place].seek(offset)
            writer.write(entry_of(parts[place].read(size), number, ns, domains))
        if not wrong:
            writer.end()
    if not wrong:
        for one in files:
            one.path.unlink()
        (run / FOLDER).rmdir()
    return len(order), wrong
