"""A value by date: what holds from a first day on, until the next one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")


class Since(Generic[T]):
    """`{"2014-10-01": value, ...}` by first day; `before` holds earlier than all of them."""

    def __init__(self, before: T, steps: Mapping[str, T]) -> None:
        days = sorted(steps)
        self._days = [date.fromisoformat(day) for day in days]
        self._values = [before, *(steps[day] for day in days)]

    def on(self, day: date) -> T:
        """What holds on a day."""
        return self._values[bisect_right(self._days, day)]
