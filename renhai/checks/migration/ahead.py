"""The first pass of DuckDB, made while a thread of its own still reads every byte of both sides.

The thread counts, digests and decodes on one processor, DuckDB hashes on the others. What the thread finds is
told first: the hashes are used only where every byte was read and nothing is to be said against the columns.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import duckdb

from renhai.checks.migration import comparing
from renhai.checks.migration.comparing import Hashed
from renhai.checks.migration.layout import lay_out
from renhai.checks.migration.reading import relation
from renhai.checks.migration.scanning import Scanned
from renhai.checks.migration.sides import Source, open_heads, read_whole
from renhai.core.errors import UsageError
from renhai.core.process.long_queries import go_on
from renhai.spec.cutover.migration.columns import SIDES, Side, Text
from renhai.spec.cutover.migration.rules import Batch

Read = dict[Side, list[Scanned]]
Tasks = dict[Side, Future[list[Scanned]]]


def read_and_hash(
    link: duckdb.DuckDBPyConnection, batch: Batch, defaults: Text, sources: dict[Side, Source]
) -> tuple[Read, Hashed | None]:
    """(every byte of both sides read; the hashes of their rows, where they could be made meanwhile).

    Raises UsageError where a file cannot be read, of the old side first.
    """
    if any(source.parquet for source in sources.values()):  # read by the connection, which is of one thread
        return {side: read_whole(sources[side], link) for side in SIDES}, None
    thread = ThreadPoolExecutor(1)
    try:
        # First the sides of which DuckDB waits for a copy.
        order = sorted(SIDES, key=lambda side: not sources[side].wide)
        tasks = {side: thread.submit(read_whole, sources[side]) for side in order}
        hashed = _hashed(link, batch, defaults, sources, tasks)
        return {side: tasks[side].result() for side in SIDES}, hashed
    finally:
        thread.shutdown(cancel_futures=True)


def _hashed(
    link: duckdb.DuckDBPyConnection, batch: Batch, defaults: Text, sources: dict[Side, Source], tasks: Tasks
) -> Hashed | None:
    """None where anything is wrong: it is told by who reads every byte, or when the rows are hashed again."""
    try:
        heads = {side: open_heads(sources[side]) for side in SIDES}
        layout = lay_out(batch, defaults, heads["old"][0].names, heads["new"][0].names)
        if layout.problems:
            return None
        relations = {side: relation(side, sources[side].files, heads[side], layout.columns) for side in SIDES}
        for side in sorted(SIDES, key=lambda side: sources[side].wide):
            if sources[side].wide:
                tasks[side].result()
            if any(task.done() and task.exception() for task in tasks.values()):
                return None
            comparing.hash_rows(link, layout, side, relations[side])
    except (UsageError, OSError, duckdb.Error):
        go_on()
        return None
    return Hashed(layout, relations)
