"""A worker: a process with the libraries loaded, and beside it one that has collected the tests as well.

A change in the body of a function is put into a copy of the second, where tests run at once. A change of what
stands at the top of a module, in a class or in a default needs its module imported anew: a copy of the first.
"""

from __future__ import annotations

import ast
import dataclasses
import gc
import importlib
import json
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.mutation.covering import Covering
from tools.mutation.operators import mutated
from tools.mutation.planting import Functions, Planted
from tools.mutation.trial import (
    ELSEWHERE,
    KILLED,
    LEAST_WALL_S,
    SURVIVED,
    Loop,
    Outcome,
    apart,
    pytest_options,
    run_tests,
    silence,
)

WALL_TIMES = 20.0  # what all tests of a mutant may take, in the CPU time that they take without


@dataclass(frozen=True)
class Change:
    """One mutation of a file by its number, or one text in place of another; `warm`: in a function's body."""

    file: str
    number: int = -1
    code: str = ""
    other: str = ""
    warm: bool = False

    def tree(self, home: Path) -> ast.Module:
        source = (home / self.file).read_text(encoding="utf-8")
        if self.number >= 0:
            return mutated(source, self.number)
        return ast.parse(source.replace(self.code, self.other))


class Worker:
    """`try_one` says what becomes of a change. Close it at the end."""

    def __init__(self, home: Path, covering: Covering, pool: Sequence[str]) -> None:
        self.home, self.covering, self.pool = home, covering, list(pool)
        self._honest: dict[str, bool] = {}
        ours, theirs = socket.socketpair()
        self._server = os.fork()
        if self._server == 0:
            ours.close()
            silence()
            pytest.main(pytest_options(*self.pool), plugins=[Loop(_Server(theirs, home, covering).loop)])
            os._exit(0)
        theirs.close()
        self._stream = ours.makefile("rw", encoding="utf-8")
        ours.close()

    def close(self) -> None:
        self._stream.close()
        os.waitpid(self._server, 0)

    def try_one(self, change: Change, tests: Sequence[str]) -> Outcome:
        """A test that fails alone and without the change as well proves nothing, and is left out."""
        left, spent = list(tests), 0.0
        while left:
            outcome = self._ask(change, left) if change.warm else Outcome(ELSEWHERE)
            if outcome.how == ELSEWHERE:
                outcome = self._import_anew(change, left)
            spent += outcome.cpu_s
            if outcome.how != KILLED or outcome.by not in left or self._is_honest(outcome.by):
                return dataclasses.replace(outcome, cpu_s=spent)
            left.remove(outcome.by)
        return Outcome(SURVIVED, "", spent)

    def _is_honest(self, test: str) -> bool:
        if test not in self._honest:
            self._honest[test] = self._ask(None, [test]).how == SURVIVED
        return self._honest[test]

    def _ask(self, change: Change | None, tests: Sequence[str]) -> Outcome:
        asked = {"change": dataclasses.asdict(change) if change else None, "tests": list(tests)}
        self._stream.write(json.dumps(asked) + "\n")
        self._stream.flush()
        answer = self._stream.readline()
        if not answer:
            raise RuntimeError("the process that has collected the tests is gone")
        return Outcome(**json.loads(answer))

    def _import_anew(self, change: Change, tests: Sequence[str]) -> Outcome:
        def task(answer: int) -> None:
            sys.meta_path.insert(0, Planted(self.home, change.file, change.tree(self.home)))
            seconds = self.covering.seconds
            files = sorted({test.partition("::")[0] for test in tests})
            loop = Loop(lambda session: run_tests(session, tests, seconds, answer))
            pytest.main(pytest_options("--unit", *files), plugins=[loop])

        return apart(task, _wall_s(self.covering, tests))


class _Server:
    """Inside pytest, with all tests collected: answers one request a line."""

    def __init__(self, connection: socket.socket, home: Path, covering: Covering) -> None:
        self.stream = connection.makefile("rw", encoding="utf-8")
        self.home, self.covering = home, covering

    def loop(self, session: pytest.Session) -> None:
        if session.testsfailed:
            os._exit(2)
        functions = Functions(self.home, self.covering.files)
        gc.collect()
        gc.freeze()
        for line in self.stream:
            asked = json.loads(line)
            outcome = self._tried(session, functions, asked["change"], asked["tests"])
            self.stream.write(json.dumps(dataclasses.asdict(outcome)) + "\n")
            self.stream.flush()
        os._exit(0)

    def _tried(self, session: pytest.Session, functions: Functions, said: Any, tests: list[str]) -> Outcome:
        def task(answer: int) -> None:
            if said is not None:
                change = Change(**said)
                try:
                    planted = functions.plant(change.file, change.tree(self.home))
                except ValueError:  # a closure with other variables
                    planted = 0
                if not planted:
                    os.write(answer, ELSEWHERE.encode())
                    os._exit(1)
            forbid_processes()
            run_tests(session, tests, self.covering.seconds, answer)

        return apart(task, _wall_s(self.covering, tests))


def forbid_processes() -> None:
    """As --unit does, which would forbid the forks of this tool as well."""
    importlib.import_module("tests.retries").forbid_processes(True)


def _wall_s(covering: Covering, tests: Sequence[str]) -> float:
    return LEAST_WALL_S + WALL_TIMES * sum(covering.seconds[test] for test in tests)
