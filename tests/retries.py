"""Which tests may be tried again: those that started a process, which the machine may have stalled.

A retry of anything else would hide a race. Python's audit events tell of every process, whoever starts it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

STARTING = frozenset({"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty"})
MOST_RETRIES = 3  # in a whole suite: more are a defect, wherever it is

_started = 0
_before = 0
_forbidden = False


def note_process() -> None:
    """A process was started for the test that is being run (or one begun in advance is used)."""
    global _started
    _started += 1


def forbid_processes(forbidden: bool) -> None:
    """From here on a test that would start a process is skipped instead (--unit)."""
    global _forbidden
    _forbidden = forbidden


@contextmanager
def processes_allowed() -> Iterator[None]:
    """What is started in here belongs to no test."""
    global _forbidden
    before, _forbidden = _forbidden, False
    try:
        yield
    finally:
        _forbidden = before


def _on_audit(event: str, arguments: object) -> None:
    if event not in STARTING:
        return
    if _forbidden:
        pytest.skip("starts a process (left out by --unit)")
    note_process()


def begin_test() -> None:
    """What is started from here on is started by this test."""
    global _before
    _before = _started


def started_a_process() -> bool:
    """Whether the present test did."""
    return _started > _before


sys.addaudithook(_on_audit)
