"""Load processes that this one has started: one that ends before its time is seen at once."""

from __future__ import annotations

from collections.abc import Callable

import gevent
import psutil

LOOK_S = 0.2


def watch_children(count: int, ended: Callable[[], object], over: Callable[[], bool]) -> None:
    """Call `ended()` once fewer than `count` children live, unless it is `over()` by then; in a greenlet."""
    gevent.spawn(_watch, count, ended, over)


def _watch(count: int, ended: Callable[[], object], over: Callable[[], bool]) -> None:
    while not over():
        if _living() < count:
            ended()
            return
        gevent.sleep(LOOK_S)


def _living() -> int:
    number = 0
    for child in psutil.Process().children():
        try:
            number += child.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            continue
    return number
