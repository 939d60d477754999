"""Long queries of DuckDB that a signal ends at once.

Python's own handler runs once the query's threads have come to their end, which may take minutes. The byte
of `signal.set_wakeup_fd` is written as the signal comes, whatever the main thread does; who waits for it
interrupts each query that is under way, again and again, as one that only just begins does not hear it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import Protocol, TypeVar

from renhai.core.process.interrupts import ENDING

AGAIN_S = 0.05  # between two interrupts


class Connection(Protocol):
    """Of DuckDB."""

    def interrupt(self) -> None: ...


C = TypeVar("C", bound=Connection)


class Stopped(Exception):
    """A signal asked for the end, and what its handler raised was swallowed, or raised in another thread."""


# Set by the handler of the signal, which may run amidst a query: what it raises a library may swallow.
asked = threading.Event()
_lock = threading.Lock()
_under_way: dict[int, Connection] = {}


def go_on() -> None:
    """For long loops in any thread. Raises Stopped where a signal has asked for the end."""
    if asked.is_set():
        raise Stopped


@contextlib.contextmanager
def endable(connection: C) -> Iterator[C]:
    """Within, the queries of a connection (or of a cursor, which is one) end where a signal asks for it."""
    with _lock:
        _under_way[id(connection)] = connection
    try:
        yield connection
    finally:
        with _lock:  # none is closed while it is interrupted
            _under_way.pop(id(connection), None)


@contextlib.contextmanager
def queries_end_by_signals() -> Iterator[None]:
    """Within, a signal that asks for the end ends the queries that are under way, too; in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    over = threading.Event()
    listener = threading.Thread(target=_listen, args=(reading, over), daemon=True)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    listener.start()
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        os.close(writing)  # the listener reads its end
        listener.join()
        os.close(reading)


def _listen(reading: int, over: threading.Event) -> None:
    while byte := os.read(reading, 1):
        while byte[0] in ENDING and not over.wait(AGAIN_S):
            with _lock:
                for connection in _under_way.values():
                    with contextlib.suppress(Exception):  # one that is closed
                        connection.interrupt()
