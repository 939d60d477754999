"""A poisoned world: `with poisoned():` whoever asks the clock or the global random generator fails."""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType
from typing import Any

import pytest

GLOBAL: random.Random = random._inst  # type: ignore[attr-defined]  # the generator behind random.random()
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "monotonic", "perf_counter", "localtime", "urandom"}


class Poisoned(AssertionError):
    """The clock or the global random generator was asked."""


def _watch(frame: FrameType, event: str, arg: Any) -> None:
    """Catches what patching cannot: built-in methods such as date.today, and copies made at import."""
    if event == "c_call":
        owner = getattr(arg, "__self__", None)
        module = getattr(arg, "__module__", None)
        dates = isinstance(owner, type) and issubclass(owner, date)
        if (arg.__name__ in CLOCKS and (dates or module in ("time", "posix"))) or owner is GLOBAL:
            raise Poisoned(f"{arg!r} called")
    elif event == "call" and frame.f_locals.get("self") is GLOBAL:
        raise Poisoned(f"random.{frame.f_code.co_name} called")


def _refuse(name: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise Poisoned(f"{name} called")

    return refuse


@contextmanager
def poisoned() -> Iterator[None]:
    """Inside, `random.*`, `time.*` and the clocks of datetime raise Poisoned, whoever holds a copy of them.

    A context manager, no fixture: pytest itself asks the clock around a test.
    """
    names = [n for n in dir(random) if getattr(getattr(random, n), "__self__", None) is GLOBAL]
    before = sys.getprofile()
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(random, name, _refuse(f"random.{name}"))
        for name in ("time", "time_ns", "localtime", "gmtime"):
            patch.setattr(time, name, _refuse(f"time.{name}"))
        gc.disable()  # hypothesis times collections, by the clock
        sys.setprofile(_watch)
        try:
            yield
        finally:
            sys.setprofile(before)
            gc.enable()
