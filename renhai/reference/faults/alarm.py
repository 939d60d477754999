"""Waking many waiters at absolute times of the monotonic clock, more finely than a loop's millisecond timers.

A Linux timerfd fires within tens of microseconds and is watched by the loop like a socket. Where there is
none, the loop's own timers do, late by up to a millisecond or two.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import heapq
import itertools
import os
import time

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Timer(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class Alarm:
    """One timer for all waiters of a loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._released = False
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._open()

    def _open(self) -> int:
        """The timer's descriptor, or -1 where the system has no timerfd."""
        try:
            fd = int(self._libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
        except AttributeError:
            return -1
        if fd >= 0:
            self._loop.add_reader(fd, self._fired)
        return fd

    def until(self, deadline: float) -> asyncio.Future[None]:
        """Resolves at `deadline` (seconds of time.monotonic), at once when that has passed."""
        future: asyncio.Future[None] = self._loop.create_future()
        if self._released:
            future.set_result(None)
            return future
        heapq.heappush(self._waiting, (deadline, next(self._order), future))
        if self._waiting[0][2] is future:
            self._arm(deadline)
        return future

    def release(self) -> None:
        """Wake everyone now, and from now on let nobody wait: the target is closing."""
        self._released = True
        waiting, self._waiting = self._waiting, []
        for _, _, future in waiting:
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Stop watching and close the timer."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _arm(self, deadline: float) -> None:
        if self._fd < 0:
            self._loop.call_later(max(0.0, deadline - time.monotonic()), self._wake)
            return
        # A value of zero would disarm the timer; one nanosecond of the clock's start is long past and
        # fires at once.
        nanoseconds = max(1, int(deadline * 1e9))
        timer = _Timer(_Timespec(0, 0), _Timespec(*divmod(nanoseconds, 10**9)))
        self._libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, ctypes.byref(timer), None)

    def _fired(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._fd, 8)
        self._wake()

    def _wake(self) -> None:
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(None)
        if self._waiting:
            self._arm(self._waiting[0][0])
