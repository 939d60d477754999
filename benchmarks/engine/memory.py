"""Resident memory of a run's load processes, sampled while it lasts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable

import psutil


class Memory(threading.Thread):
    """Samples the sum of RSS over `processes()` once a second; `peak` in bytes."""

    def __init__(self, processes: Callable[[], Iterable[psutil.Process]], interval: float = 1.0) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._processes, self._interval = processes, interval
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(self._interval):
            self.peak = max(self.peak, self._sum())

    def _sum(self) -> int:
        total = 0
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        return total

    def __enter__(self) -> Memory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()
