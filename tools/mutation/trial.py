"""One mutant, one process: the tests that it has to survive, each within its time; the first failure kills
it."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SURVIVED, KILLED, TIMEOUT, ELSEWHERE = "survived", "killed", "timeout", "elsewhere"
LEAST_CPU_S = 5.0  # of one test: a loop that does not end is stopped, and a busy machine kills none
TIMES_CPU = 10.0  # what a test may take of the CPU, in what it takes without a mutant
LEAST_WALL_S = 240.0  # of all tests of a mutant: one that waits for ever
MEMORY_BYTES = 6 << 30
OPTIONS = [
    "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:rerunfailures", "-o", "timeout=0",
    "--tb=native", "-W", "ignore",
]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """`by`: the test that noticed. `cpu_s`: of the process, its imports among them."""

    how: str
    by: str = ""
    cpu_s: float = 0.0


def pytest_options(*more: str) -> list[str]:
    """As `make unit` runs tests: without those that start a process."""
    return [*OPTIONS, *more]


class Loop:
    """A plugin: in place of pytest's loop over the tests, what is given."""

    def __init__(self, loop: Callable[[pytest.Session], None]) -> None:
        self.loop = loop

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.loop(session)
        return True


def run_tests(session: pytest.Session, tests: Sequence[str], seconds: dict[str, float], answer: int) -> None:
    """Runs tests in this order; at the first failure tells `answer` (a descriptor) and leaves the process."""
    if session.testsfailed:
        _leave(answer, "import")
    by_name = {item.nodeid: item for item in session.items}
    items = [by_name[name] for name in tests if name in by_name]
    for item, following in zip(items, [*items[1:], None], strict=True):
        most = max(LEAST_CPU_S, TIMES_CPU * seconds[item.nodeid])
        signal.setitimer(signal.ITIMER_PROF, most)  # nobody handles its signal: it ends the process
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if session.testsfailed:
            _leave(answer, item.nodeid)
    os._exit(0)


def _leave(answer: int, test: str) -> None:
    os.write(answer, test.encode())
    os._exit(1)


def apart(task: Callable[[int], Any], wall_s: float) -> Outcome:
    """Runs a task in a process of its own, which leaves by `run_tests`; what became of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        silence()
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        try:
            task(writing)
        except BaseException:
            _leave(writing, "import")
        os._exit(1)
    os.close(writing)
    outcome = _awaited(child, reading, wall_s)
    os.close(reading)
    return outcome


def silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)


def _awaited(child: int, reading: int, wall_s: float) -> Outcome:
    waited, pause = 0.0, 0.002  # the pauses are added up: a machine that stood still has not waited
    while waited < wall_s:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            cpu_s = used.ru_utime + used.ru_stime
            code = os.waitstatus_to_exitcode(status)
            if code == 0:
                return Outcome(SURVIVED, "", cpu_s)
            if code in (-signal.SIGPROF, -signal.SIGKILL):
                return Outcome(TIMEOUT, "", cpu_s)
            by = os.read(reading, 4000).decode() if code == 1 else f"signal {-code}"
            return Outcome(ELSEWHERE if by == ELSEWHERE else KILLED, by, cpu_s)
        time.sleep(pause)
        waited += pause
        pause = min(0.05, pause * 1.3)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Outcome(TIMEOUT, "", wall_s)


def import_libraries(names: Sequence[str], home: Path) -> None:
    """What tests import of others, so that no mutant's process has to; nothing of this project."""
    os.chdir(home)
    sys.path.insert(0, str(home))
    os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"  # as in tests/load/conftest.py
    for name in names:
        __import__(name)
    del os.environ["LOCUST_SKIP_MONKEY_PATCH"]
