"""A signal that asks a command for its end, where no run is under way that could end in good order."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from renhai.core.process import long_queries
from renhai.core.process.interrupts import ENDING


class Ended(BaseException):
    """No KeyboardInterrupt: the command line's library would end with 1, which is our word for a failure."""


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within, a signal that asks for the end raises Ended, unless a run has its own way.

    A library may take that for an error of its own (DuckDB: "Query interrupted"), which is Ended again here.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[Ended] = []
    long_queries.asked.clear()

    def end(number: int, frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        long_queries.asked.set()
        asked.append(Ended(f"ended by {name}; nothing was under way that could be judged"))
        raise asked[-1]

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield
    except Exception as error:
        if asked:
            raise asked[0] from error
        raise
    finally:
        long_queries.asked.clear()
        for number, handler in before.items():
            signal.signal(number, handler)
