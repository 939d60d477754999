"""One suite in several processes: each takes the next test file that no other has taken.

All collect all of it, in the same order, and share a folder (`--claims FOLDER`); a file of tests is taken by
who first creates its name there. So the processes end at about the same time whatever a file takes, and no
file is left out: who ends in good order has seen each of them taken, and who does not, exits non-zero.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

TOGETHER = ("tests/install",)  # the files of these folders share what takes long to make: one wheel
# What takes longest is taken first, so that no process is left with it at the end. Longest first, as the
# processes of a suite print it ("took").
LONG = (
    "tests/e2e/test_strangers.py",
    "tests/e2e/test_planned.py",
    "tests/e2e/test_bindings.py",
    "tests/e2e/test_ci.py",
    "tests/e2e/test_duel.py",
    "tests/e2e/test_pressure.py",
    "tests/e2e/test_run.py",
    "tests/e2e/test_against.py",
    "tests/e2e/test_two_hosts.py",
    "tests/e2e/test_own_locustfile.py",
    "tests/e2e/test_human_sea.py",
    "tests/install",
    "tests/benchmarks/test_same_work.py",
    "tests/load/locust/test_runs.py",
    "tests/load/locust/test_peers.py",
    "tests/benchmarks/test_fuzz.py",
    "tests/benchmarks/test_liars.py",
    "tests/cli/test_generate.py",
    "tests/load/engine/test_declarations.py",
    "tests/docs/test_snippets.py",
    "tests/cli/test_chinese.py",
)
TOLD = 8  # groups that a process names with their seconds


def group_of(item: pytest.Item) -> str:
    """What is taken as one: the file of a test, or its folder where that stands in TOGETHER."""
    file = item.nodeid.partition("::")[0]
    folder = file.rpartition("/")[0]
    return folder if folder in TOGETHER else file


def rank(item: pytest.Item) -> int:
    """Where the group of a test stands among those that take long; those that do not come after them."""
    group = group_of(item)
    return LONG.index(group) if group in LONG else len(LONG)


class Claims:
    """The folder in which the processes of one suite say what they take, and what they tried again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.took: Counter[str] = Counter()  # group to seconds

    def take(self, name: str) -> bool:
        """Whether nobody has taken it before; from now on it is taken."""
        try:
            os.close(os.open(self._folder / f"taken-{name.replace('/', '+')}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def note_retries(self, names: list[str]) -> None:
        """This process has tried these tests again."""
        (self._folder / f"again-{os.getpid()}").write_text("".join(f"{name}\n" for name in names))

    def retries(self) -> int:
        """How many tests were tried again by the processes that have come to their end."""
        return sum(len(file.read_text().splitlines()) for file in self._folder.glob("again-*"))

    def ours(self, items: list[pytest.Item]) -> Iterator[pytest.Item]:
        """The tests of each group that this process takes, at the moment when it comes to it."""
        for name, group in groupby(items, group_of):
            if self.take(name):
                yield from group

    def longest(self) -> list[str]:
        """What took this process longest, a line each."""
        return [f"took: {seconds:4.0f} s {group}" for group, seconds in self.took.most_common(TOLD)]

    def run(self, session: pytest.Session) -> bool:
        """pytest's own loop over the tests, over ours. One test ahead, so that fixtures know who is next."""
        mine = self.ours(session.items)
        item = next(mine, None)
        while item is not None:
            following = next(mine, None)
            begun = time.monotonic()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.took[group_of(item)] += time.monotonic() - begun
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True
