"""`renhai generate KIND --count N`: stream synthetic records to a file or a pipe, in flat memory."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import IO

import orjson

from generators.kinds import ALIASES, KINDS, Record, records
from generators.taxpayers.population import PROFILES
from renhai.core.errors import Problem, UsageError, choice

FIRST = 2000  # records whose fields make the columns of a table
TICK = 500  # records between two movements of the progress bar
FLATTENED = {"zb"}  # lists of fixed length that become columns; other lists become JSON in one cell

Write = Callable[[Iterable[Record], IO[bytes]], None]


def generate(
    kind: str,
    count: int,
    *,
    seed: int,
    profile: str = "current",
    form: str = "jsonl",
    out: Path | None = None,
) -> int:
    """Write `count` records of a kind to `out`, or to standard output, and return how many were written.

    Equal arguments write equal bytes. A reader of the pipe that goes away ends it without an error. Raises
    UsageError for an unknown kind, profile or format, and for a file that cannot be written; a file is there
    in full or not at all.
    """
    kind = ALIASES.get(kind, kind)
    _check(kind, count, profile, form, out)
    made = _Counted(records(kind, count, seed, profile))
    with progress(count, kind) as tick, _opened(out) as stream:
        FORMATS[form](made.ticking(tick), stream)
    return made.count


def _check(kind: str, count: int, profile: str, form: str, out: Path | None) -> None:
    options = (("KIND", kind, KINDS), ("--profile", profile, PROFILES), ("--format", form, FORMATS))
    problems = [
        Problem("generate", name, f"is {value!r}{choice(str(value), known)}")
        for name, value, known in options
        if value not in known
    ]
    if count < 0:
        problems.append(Problem("generate", "--count", f"is {count}; must be 0 or more"))
    if form == "parquet" and out is None:
        problems.append(Problem("generate", "--format", "is 'parquet', which needs a file; add --out FILE"))
    if problems:
        raise UsageError(problems)


class _Counted:
    """Records on their way, counted."""

    def __init__(self, made: Iterator[Record]) -> None:
        self.made, self.count = made, 0

    def ticking(self, tick: Callable[[int], None]) -> Iterator[Record]:
        for record in self.made:
            yield record
            self.count += 1
            if self.count % TICK == 0:
                tick(self.count)


@contextmanager
def progress(count: int, kind: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error while that is a terminal; yields what moves it."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(kind), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(kind, total=count)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that is renamed to `out` when it is complete."""
    if out is None:
        with _pipe() as stream:
            yield stream
        return
    part = out.parent / f".{out.name}.{os.getpid()}.part"
    target = (
        part if out.is_file() or not out.exists() else out
    )  # a device or a named pipe is written as it is
    try:
        with target.open("wb") as stream:
            yield stream
        if target is part:
            part.replace(out)
    except OSError as error:
        raise UsageError(
            Problem("generate", "--out", f"{out}: cannot be written: {error.strerror}")
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def _pipe() -> Iterator[IO[bytes]]:
    """Standard output; a reader that has seen enough (`| head`) is no error."""
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # What is still buffered must not fail again when the interpreter closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise UsageError(f"generate: standard output cannot be written: {error.strerror}") from error


def _jsonl(made: Iterable[Record], stream: IO[bytes]) -> None:
    write, dumps, option = stream.write, orjson.dumps, orjson.OPT_APPEND_NEWLINE
    for record in made:
        write(dumps(record, option=option))


def _csv(made: Iterable[Record], stream: IO[bytes]) -> None:
    """UTF-8, a header of all columns of the first records, nested fields as `outer.inner`."""
    rows = map(flat, made)
    first = list(islice(rows, FIRST))
    columns = list(dict.fromkeys(name for row in first for name in row))
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        table = csv.DictWriter(text, columns, restval="", extrasaction="raise", lineterminator="\n")
        table.writeheader()
        table.writerows(chain(first, rows))
        text.flush()
    except ValueError as error:
        raise UsageError(f"generate: a record has more fields than the first {FIRST}: {error}") from error
    finally:
        with suppress(OSError):  # after an error of its own
            text.detach()


def flat(record: Record, front: str = "") -> Record:
    """Return a record without nesting: `{"a": {"b": 1}}` is `{"a.b": 1}`."""
    row: Record = {}
    for name, value in record.items():
        if isinstance(value, list) and name in FLATTENED:
            value = {str(number): item for number, item in enumerate(value, start=1)}
        if isinstance(value, dict):
            row |= flat(value, f"{front}{name}.")
        else:
            row[front + name] = orjson.dumps(value).decode() if isinstance(value, list) else value
    return row


def _parquet(made: Iterable[Record], stream: IO[bytes]) -> None:
    from renhai.cli.export.parquet import write_parquet

    write_parquet(made, stream)


FORMATS: dict[str, Write] = {"jsonl": _jsonl, "csv": _csv, "parquet": _parquet}
