"""A fork comes to the end that an interpreter of its own comes to: exit code, last words, threads and all."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests import forked
from tests.forked import Forked


def nothing() -> None:
    print("nothing, and not yet written", end="")


def number() -> int:
    return 259


def words() -> str:
    return "what went wrong"


def raises() -> None:
    raise LookupError("unforeseen")


def interrupted() -> None:
    raise KeyboardInterrupt


def leaves() -> None:
    sys.exit(4)


def nowhere() -> None:
    os.close(1)
    os.open("/dev/full", os.O_WRONLY)
    print("said to a disk that is full", end="")


def later() -> None:
    """A thread that is still at work, and what is to be done at the very end."""
    atexit.register(lambda: print("the very end"))

    def work() -> None:
        time.sleep(0.3)
        print("the thread")

    threading.Thread(target=work).start()


ENDS = (nothing, number, words, raises, interrupted, leaves, nowhere, later)


@pytest.mark.parametrize("name", [end.__name__ for end in ENDS])
def test_a_fork_ends_as_an_interpreter_does(name: str, tmp_path: Path) -> None:
    line = [sys.executable, "-c", f"import sys; from tests.test_forked import {name}; sys.exit({name}())"]
    environment = {**os.environ, "PYTHONPATH": str(forked.ROOT)}
    alone = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, env=environment)
    how = {"folder": tmp_path, "environment": environment, "main": f"tests.test_forked:{name}"}
    pipes = {"output": subprocess.PIPE, "errors": subprocess.PIPE}
    with Forked(forked.server("pytest"), [], **how, **pipes) as fork:
        out, errors = fork.communicate(60)
    assert (fork.returncode, out) == (alone.returncode, alone.stdout)
    assert last(errors) == last(alone.stderr)


def last(said: str) -> str:
    """The last line, but where an interpreter says in its own words that it could not write."""
    lines = said.splitlines() or [""]
    return "" if "No space left" in lines[-1] or lines[0].startswith("Exception ignored") else lines[-1]
