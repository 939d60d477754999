"""`renhai generate dataset`: all tables of a tax system as on a day, in a directory.

The directory appears when everything is in it: it is filled under another name, the manifest comes last, and
then it is renamed. The figures of its page are counted while the rows are made.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from generators.calendar import period_in
from generators.dataset.schema import TABLES
from generators.dataset.span import Circle, Span, circles
from generators.deadlines.deadline import NoPlan, due_date
from generators.taxpayers.register import FIRST, LAST, MOST, NEWCOMERS, STANDING
from renhai import __version__
from renhai.cli.export.dataset_page import page_of
from renhai.cli.export.dataset_tables import FORMS, Part, TableFiles, finish, part_of
from renhai.core.errors import Problem, UsageError, choice
from renhai.core.language import say
from renhai.core.private_files import FULL
from renhai.core.process.pools import ended_at_once
from results.report.html.dataset import PAGE, render_dataset
from results.snapshot.files import replace_whole

COMMAND = "generate dataset"
MANIFEST = "manifest.json"
FORMAT = 1
CHUNK = 4  # circles that a process makes at once
SAMPLED = 2  # circles of each band from which the numbers of rows are estimated
FIRST_MONTH = "2012-02"
LINES = 10  # of progress where there is no terminal


class Asked(NamedTuple):
    """The command line. `since`, `until`: months, yyyy-mm; `day`: None for the last day for filing."""

    taxpayers: int
    since: str
    until: str
    out: Path
    seed: int
    day: date | None = None
    form: str = "csv"
    processes: int = 1


class Size(NamedTuple):
    """Of a table: rows, bytes of CSV."""

    rows: int
    bytes: int


def generate_dataset(asked: Asked) -> str:
    """Write the data set and return a line that says what it is.

    Equal arguments write equal tables, with any number of processes. Raises UsageError for options that
    cannot be, and for a directory that is there already or cannot be written.
    """
    span = _span(asked)
    found = circles(span, asked.taxpayers)
    people = sum(len(circle.members) for circle in found)
    samples = list(_samples(span, found))
    _announce(_sizes(samples), asked, people)
    made = [one.part for one in samples] if all(one.whole for one in samples) else []
    del samples
    part = asked.out.parent / f".{asked.out.name}.{os.getpid()}.part"
    try:
        part.mkdir(parents=True)
        with TableFiles(part) as files:
            _fill(span, found, asked.processes, files, made)
        written = finish(files, part, asked.form)
        manifest = {
            "format": FORMAT,
            "made_by": f"renhai {__version__}",
            "seed": asked.seed,
            "from": asked.since,
            "to": asked.until,
            "date": str(span.day),
            "asked": asked.taxpayers,
            "taxpayers": people,
            "form": asked.form,
            "tables": written,
        }
        replace_whole(part / PAGE, render_dataset(page_of(asked.out.name, manifest, files.figures, span)))
        with (part / MANIFEST).open("w", encoding="utf-8") as file:
            json.dump(manifest, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if asked.out.exists():
            asked.out.rmdir()
        part.rename(asked.out)
    except OSError as error:
        raise UsageError(
            Problem(COMMAND, "--out", f"{asked.out}: cannot be written: {error.strerror}; {_remedy(error)}")
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    rows = sum(int(table["rows"]) for table in written.values())
    return say(f"{asked.out}: {people:,} taxpayers, {rows:,} rows in {len(written)} tables; as on {span.day}")


def _remedy(error: OSError) -> str:
    """Nothing of it is left, whatever was written."""
    if error.errno in FULL:
        return "nothing is left of it; free the disk, or give another directory"
    return "give another directory"


def _span(asked: Asked) -> Span:
    problems = list(_mistakes(asked))
    if problems:
        raise UsageError(problems)
    first, last = _month(asked.since), _month(asked.until)
    return Span(asked.seed, first, last, asked.day or _usual_day(last))


def _mistakes(asked: Asked) -> Iterator[Problem]:
    if asked.form not in FORMS:
        yield Problem(COMMAND, "--format", f"is {asked.form!r}{choice(asked.form, FORMS)}")
    if not 1 <= asked.taxpayers <= MOST:
        yield Problem(COMMAND, "--taxpayers", f"is {asked.taxpayers}; must be 1 to {MOST}")
    months = {"--from": asked.since, "--to": asked.until}
    wrong = [name for name, month in months.items() if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", month)]
    for name in wrong:
        yield Problem(COMMAND, name, f"is {months[name]!r}; must be a month such as 2015-09")
    if asked.out.exists() and (not asked.out.is_dir() or any(asked.out.iterdir())):
        yield Problem(COMMAND, "--out", f"{asked.out}: is there already; give a new directory")
    if wrong:
        return
    if not FIRST_MONTH <= asked.since <= asked.until:
        yield Problem(
            COMMAND,
            "--from",
            f"is {asked.since}; must be {FIRST_MONTH} or later, and not after --to {asked.until}",
        )
        return
    last = _month(asked.until)
    day = asked.day or _usual_day(last)
    least, most = (
        date.fromisoformat(period_in(last, "general").end),
        date.fromisoformat(period_in(last + 1, "general").end),
    )
    if not max(least, FIRST) <= day <= min(most, LAST):
        name = "--date" if asked.day else "--to"
        yield Problem(
            COMMAND,
            name,
            f"gives the day {day}; must lie from the last day of --to to the end of the month after it, "
            f"and from {FIRST} to {LAST}",
        )


def _month(text: str) -> int:
    return 12 * int(text[:4]) + int(text[5:]) - 1


def _usual_day(last: int) -> date:
    """The last day for filing what was due for the last month."""
    year, month = divmod(last + 1, 12)
    try:
        return due_date(year, month + 1)
    except NoPlan:
        return date(year, month + 1, 15)


def estimated(span: Span, found: Sequence[Circle]) -> dict[str, Size]:
    """How many rows and bytes of CSV each table will have, from some circles of each band: exact for few."""
    return _sizes(_samples(span, found))


class _Sample(NamedTuple):
    """Some circles of a band, made. scale: how many times as many the band has; 1.0 for all of them."""

    part: Part
    scale: float

    @property
    def whole(self) -> bool:
        return self.scale == 1.0


def _samples(span: Span, found: Sequence[Circle]) -> Iterator[_Sample]:
    """Of each band, in their order."""
    for of_band in _bands(found):
        step = max(1, len(of_band) // SAMPLED)
        sample = of_band[::step][:SAMPLED] if len(of_band) > SAMPLED else of_band
        yield _Sample(part_of(span, sample), len(of_band) / len(sample))


def _sizes(samples: Iterable[_Sample]) -> dict[str, Size]:
    sizes = dict.fromkeys(TABLES, Size(0, 0))
    for part, scale in samples:
        for name, (rows, data) in part.tables.items():
            old = sizes[name]
            sizes[name] = Size(old.rows + round(rows * scale), old.bytes + round(len(data) * scale))
    return sizes


def _bands(found: Sequence[Circle]) -> Iterator[Sequence[Circle]]:
    for start, end in ((0, STANDING), (STANDING, NEWCOMERS), (NEWCOMERS, 10**9)):
        of_band = [circle for circle in found if start <= circle.members[0] < end]
        if of_band:
            yield of_band


def _announce(sizes: dict[str, Size], asked: Asked, people: int) -> None:
    """What will be written, before it is."""
    more = people - asked.taxpayers
    beside = say(f"{people:,} taxpayers: {asked.taxpayers:,}, and {more:,} more with whom they trade")
    print(beside, file=sys.stderr)
    for name, size in sizes.items():
        if size.rows:
            print("  " + say(f"{name}: about {size.rows:,} rows"), file=sys.stderr)
    mib = sum(size.bytes for size in sizes.values()) / 2**20
    print(say(f"about {mib:,.0f} MiB as CSV"), file=sys.stderr, flush=True)


def _fill(
    span: Span, found: Sequence[Circle], processes: int, files: TableFiles, made: Sequence[Part]
) -> None:
    """made: all parts, where there are so few that they were made to be counted; else none."""
    if made:
        with _progress(len(made)) as tick:
            for number, part in enumerate(made, start=1):
                files.add(part)
                tick(number)
        return
    chunks = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)]
    with _progress(len(chunks)) as tick, _made(span, chunks, processes) as parts:
        for number, part in enumerate(parts, start=1):
            files.add(part)
            tick(number)


@contextmanager
def _made(span: Span, chunks: Sequence[Sequence[Circle]], processes: int) -> Iterator[Iterator[Part]]:
    """The parts in order, made by so many processes."""
    if processes == 1 or len(chunks) == 1:
        yield (part_of(span, chunk) for chunk in chunks)
        return
    try:
        with ended_at_once(
            ProcessPoolExecutor(min(processes, len(chunks)), mp_context=get_context("spawn"))
        ) as pool:
            yield pool.map(part_of, [span] * len(chunks), chunks)
    except BrokenProcessPool as error:
        raise UsageError(
            f"{COMMAND}: a process that makes the rows has ended; give fewer --processes"
        ) from error


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error while that is a terminal, else some lines; yields what moves it."""
    if sys.stderr.isatty():
        from renhai.cli.export.writer import progress

        with progress(total, "dataset") as tick:
            yield tick
        return
    step = max(1, total // LINES)

    def line(done: int) -> None:
        if done % step == 0 or done == total:
            print(say(f"{100 * done // total} % done"), file=sys.stderr, flush=True)

    yield line
