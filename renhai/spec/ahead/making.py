"""One of the processes that make declarations ahead: `python -m renhai.spec.ahead.making TASK`.

TASK is a Task as JSON. What is made is appended to a file that its parent has made, by all of them in turn;
a line on standard output says how many declarations and taxpayers are done since the line before.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from generators.documents.vat.declaration import declaration
from generators.taxpayers.population import Population
from renhai.core.private_files import write_whole
from renhai.spec.ahead.stored import ENTRY, HEAD, NONE, Contents, Made, index_of, packed

AT_ONCE = 500  # declarations of a few taxpayers that are written together: some 2 MB
SAMPLED = 150  # taxpayers of whom two declarations each say how big the file will be


class Task(NamedTuple):
    """Part `part` of `parts` of what is to be made, and the file that it goes to."""

    file: str
    contents: tuple[Any, ...]
    part: int
    parts: int


class Size(NamedTuple):
    """How many declarations there will be, and how many bytes with their index, both by a sample."""

    declarations: int
    bytes: int


def people_of(contents: Contents) -> Callable[[int], Any]:
    """The taxpayer of a number, as a load process takes him."""
    return Population(contents.seed, contents.profile).counted


def expected(contents: Contents) -> Size:
    """The size of the file, by taxpayers from all over the range."""
    take = people_of(contents)
    step = max(1, contents.taxpayers // SAMPLED)
    numbers = range(0, contents.taxpayers, step)
    periods = sorted({0, contents.periods - 1})
    sizes = [
        sum(map(len, packed(declaration(t, k))))
        for t in (take(contents.first + number) for number in numbers)
        if contents.scale in (None, t.scale)
        for k in periods
    ]
    share = len(sizes) / (len(numbers) * len(periods))
    count = round(share * contents.entries)
    mean = sum(sizes) / len(sizes) if sizes else 0.0
    return Size(count, round(count * mean) + contents.begin)


def make(task: Task, told: Callable[[int, int], object]) -> None:
    """Make the part, and tell of (declarations, taxpayers) made each time that some were written. Raises
    OSError."""
    contents = Contents(*task.contents)
    take = people_of(contents)
    descriptor = os.open(task.file, os.O_RDWR | os.O_CLOEXEC)
    try:
        for first, count in chunks(contents, task.part, task.parts):
            made = [one for n in range(first, first + count) for one in _of(take, contents, n)]
            append(descriptor, made, first * contents.periods)
            told(sum(one is not NONE for one in made), count)
    finally:
        os.close(descriptor)


def chunks(contents: Contents, part: int, parts: int) -> Iterator[tuple[int, int]]:
    """(first number, how many) of the taxpayers that are written together."""
    size = max(1, AT_ONCE // contents.periods)
    for first in range(part * size, contents.taxpayers, parts * size):
        yield first, min(size, contents.taxpayers - first)


def _of(take: Callable[[int], Any], contents: Contents, number: int) -> list[Made]:
    t = take(contents.first + number)
    if contents.scale not in (None, t.scale):
        return [NONE] * contents.periods
    return [packed(declaration(t, k)) for k in range(contents.periods)]


def append(descriptor: int, made: list[Made], entry: int) -> None:
    """Write declarations to the end of the file, and their entries from number `entry` on to its index, while
    no other process does. Raises OSError."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        at = os.lseek(descriptor, 0, os.SEEK_END)
        write_whole(descriptor, b"".join(part for one in made for part in one))
        os.lseek(descriptor, HEAD + ENTRY.size * entry, os.SEEK_SET)
        write_whole(descriptor, index_of(made, entry, at))
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def main(text: str) -> int:
    """The exit code; what the disk refuses is told in a line of its own."""

    def told(declarations: int, taxpayers: int) -> None:
        print(json.dumps({"declarations": declarations, "taxpayers": taxpayers}), flush=True)

    try:
        make(Task(**json.loads(text)), told)
    except OSError as error:
        print(json.dumps({"error": error.strerror or str(error), "errno": error.errno}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
