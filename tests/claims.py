"""One suite in several processes (`--processes N`): each takes the next test file that no other has taken.

One process reads the tests, which costs a quarter of a minute, and forks. A file of tests is taken by who
first creates its name in a folder that all share. So the processes end at about the same time whatever a
file takes, and no file is left out: who ends in good order has seen each of them taken, and who does not,
exits non-zero. The first process waits for the others, tells what they said, and fails when one of them did.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

TOGETHER = ("tests/install",)  # the files of these folders share what takes long to make: one wheel
# What takes longest is taken first, so that no process is left with it at the end. Longest first, as the
# processes of a suite print it ("took").
LONG = (
    "tests/e2e/test_strangers.py",
    "tests/e2e/test_ahead.py",
    "tests/e2e/test_rehearsal_again.py",
    "tests/e2e/test_pressure.py",
    "tests/e2e/test_against.py",
    "tests/e2e/test_duel.py",
    "tests/e2e/test_ci.py",
    "tests/e2e/test_rows.py",
    "tests/e2e/test_bindings.py",
    "tests/e2e/test_planned.py",
    "tests/e2e/test_far_workers.py",
    "tests/e2e/test_drill.py",
    "tests/e2e/test_killed_late.py",
    "tests/e2e/test_any_stop.py",
    "tests/e2e/test_dual_track.py",
    "tests/e2e/test_drill_losses.py",
    "tests/e2e/test_run.py",
    "tests/install",
    "tests/load/locust/test_runs.py",
    "tests/load/engine/test_declarations.py",
    "tests/benchmarks/test_dataset_companies.py",
    "tests/benchmarks/test_same_work.py",
    "tests/benchmarks/test_liars.py",
    "tests/load/http/test_client_under_locust.py",
    "tests/load/locust/test_peers.py",
    "tests/cli/test_console.py",
    "tests/checks/audit/test_lines.py",
    "tests/cli/test_chinese.py",
    "tests/cli/test_dataset.py",
    "tests/benchmarks/test_dataset_checker.py",
    "tests/docs/test_paths.py",
    "tests/docs/test_snippets.py",
    "tests/cli/test_cli.py",
    "tests/cli/test_named_files.py",
    "tests/checks/migration/test_verify.py",
    "tests/cli/test_dataset_page.py",
    "tests/test_architecture.py",
    "tests/cli/test_generate.py",
    "tests/generators/test_batches.py",
    "tests/benchmarks/test_fuzz.py",
    "tests/e2e/test_clock_jump.py",
    "tests/e2e/test_any_end.py",
    "tests/e2e/test_human_sea.py",
    "tests/e2e/test_big_files.py",
    "tests/e2e/test_full_disk.py",
    "tests/e2e/test_two_hosts.py",
    "tests/e2e/test_killed_parts.py",
    "tests/e2e/test_full_disk_moments.py",
    "tests/e2e/test_rehearsal.py",
    "tests/e2e/test_own_locustfile.py",
)
WAITING = (2, 3)  # the processes that begin with what mostly waits (--first)
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
    """The folder in which the processes of one suite say what they take, and what they tried again.

    number: of this process, from 1; the first one began the others.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.number = 1
        self.took: Counter[str] = Counter()  # group to seconds
        self._folder = Path(tempfile.mkdtemp(prefix="renhai-claims-"))
        self._begun_by = 0
        self._others: dict[int, int] = {}  # number to process, of those that this one began

    def divide(self, config: pytest.Config) -> None:
        """Become several processes. What the others write goes to a file of their own."""
        sys.stdout.flush()
        sys.stderr.flush()
        gc.collect()
        gc.freeze()  # else the first collection of each would copy all that they share
        first = os.getpid()
        for number in range(2, self.processes + 1):
            if pid := os.fork():
                self._others[number] = pid
                continue
            self.number, self._begun_by, self._others = number, first, {}
            self._write_apart(config.pluginmanager.getplugin("capturemanager"))
            break

    def _write_apart(self, capture: Any) -> None:
        """pytest holds the standard output that it found and a file for what a test writes: both anew."""
        capture.stop_global_capturing()
        said = os.open(self._said(self.number), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for descriptor in (1, 2):
            os.dup2(said, descriptor)
        os.close(said)
        capture.start_global_capturing()
        capture.suspend_global_capture()

    def _said(self, number: int) -> Path:
        return self._folder / f"said-{number}"

    def _again(self, number: int) -> Path:
        return self._folder / f"again-{number}"

    def left_alone(self) -> bool:
        """Whether the process that began this one is gone, and nobody reads what it would say."""
        return bool(self._begun_by) and os.getppid() != self._begun_by

    def failed(self) -> bool:
        """Wait for those that this one began: whether one of them failed, or never came to its end."""
        codes = [os.waitpid(pid, 0)[1] for pid in self._others.values()]
        return any(codes) or not all(self._again(number).exists() for number in self._others)

    def close(self) -> str:
        """What the other processes said, for the first one to tell; the folder goes with it."""
        if self._begun_by:
            return ""
        files = [self._said(number) for number in self._others]
        told = "".join(file.read_text("utf-8", "replace") for file in files if file.exists())
        shutil.rmtree(self._folder, ignore_errors=True)
        return told

    def take(self, name: str) -> bool:
        """Whether nobody has taken it before; from now on it is taken."""
        try:
            os.close(os.open(self._folder / f"taken-{name.replace('/', '+')}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def note_retries(self, names: list[str]) -> None:
        """This process has tried these tests again."""
        self._again(self.number).write_text("".join(f"{name}\n" for name in names))

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
            if self.left_alone():
                raise session.Interrupted("the process that began this one is gone")
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True
