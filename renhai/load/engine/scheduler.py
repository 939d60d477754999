"""What is due when, to a few microseconds: one queue of callbacks on the process's event loop; and what is
done together in one turn of that loop.

libev's own timers are whole milliseconds late, since epoll waits in milliseconds; such lateness would count
in every latency. A timerfd is exact, wakes the loop like a socket, and is served before any socket.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from struct import Struct
from time import monotonic_ns
from typing import Any

from gevent import get_hub

CLOCK_MONOTONIC = 1
TFD_NONBLOCK_CLOEXEC = 0o2004000
TFD_TIMER_ABSTIME = 1
READ = 1

Action = Callable[..., object]


# struct itimerspec: the interval, then the time of the first expiry, each in seconds and nanoseconds
ITIMERSPEC = Struct("llll")


class TimerFd:
    """One wake-up at an absolute CLOCK_MONOTONIC time (timerfd_create(2)). Raises OSError where missing."""

    def __init__(self, wake: Action) -> None:
        if not sys.platform.startswith("linux"):
            raise OSError("timerfd is Linux only")
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._spec = ctypes.create_string_buffer(ITIMERSPEC.size)
        # Armed for almost every request: arguments converted once, and the lock kept, are three times faster.
        self._settime = ctypes.PyDLL(None).timerfd_settime
        flags, spec = ctypes.c_int(TFD_TIMER_ABSTIME), ctypes.byref(self._spec)
        self._arguments = ctypes.c_int(self._fd), flags, spec, None
        loop = get_hub().loop
        self._watcher = loop.io(self._fd, READ)
        self._watcher.priority = loop.MAXPRI
        self._watcher.start(wake)

    def arm(self, due_ns: int) -> None:
        """Wake at `due_ns`; 0 means never. Arming anew also clears an expiry, so nothing is ever read."""
        ITIMERSPEC.pack_into(self._spec, 0, 0, 0, due_ns // 1_000_000_000, due_ns % 1_000_000_000)
        self._settime(*self._arguments)

    def close(self) -> None:
        self._watcher.stop()
        self._watcher.close()
        os.close(self._fd)


class LoopTimer:
    """The same from the loop's own millisecond timer: wakes a little early, then turns the loop until due."""

    EARLY_NS = 1_500_000

    def __init__(self, wake: Action) -> None:
        self._wake = wake
        self._timer: Any = None

    def arm(self, due_ns: int) -> None:
        self.close()
        if due_ns:
            left = max(0, due_ns - monotonic_ns() - self.EARLY_NS)
            self._timer = get_hub().loop.timer(left / 1e9)
            self._timer.start(self._wake, update=True)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None


class Scheduler:
    """Calls `action(*arguments)` from the loop at its time, in order of time, then of entry.

    Actions must not block. One that raises is reported to gevent's hub and harms no other.
    """

    # A loop that runs behind does this much at a turn and then serves its sockets. Answers that are not read
    # keep their connections busy, new requests open new ones at many times the cost, and it falls further.
    TURN_NS = 500_000
    # At high rates, what comes due within so short a time is done in one go: a wake-up of the process, and of
    # an idle target by each single send, costs more than the work itself. Such waiting counts as lateness.
    GRAIN_NS = 250_000

    def __init__(self, timer: Callable[[Action], TimerFd | LoopTimer] | None = None) -> None:
        self._queue: list[tuple[int, int, Action, tuple[Any, ...]]] = []
        self._order = count()
        self._armed = 0
        self._woken = 0
        self.turn_end_ns = 0  # an action that has more to do may go on until then
        self._timer = timer(self._wake) if timer else _best_timer(self._wake)

    def at(self, due_ns: int, action: Action, *arguments: Any) -> None:
        """Enter an action for a CLOCK_MONOTONIC time; one in the past is due at once, from the loop."""
        heappush(self._queue, (due_ns, next(self._order), action, arguments))
        if due_ns < self._armed or not self._armed:
            self._arm(due_ns)

    def close(self) -> None:
        self._queue.clear()
        self._timer.close()

    def _arm(self, due_ns: int) -> None:
        if due_ns:
            due_ns = max(due_ns, self._woken + self.GRAIN_NS)
        if due_ns != self._armed:
            self._armed = due_ns
            self._timer.arm(due_ns)

    def _wake(self) -> None:
        queue = self._queue
        self._armed = 1  # an action that enters another must not arm: it is done once, below
        self._woken = now = monotonic_ns()
        self.turn_end_ns = end = now + self.TURN_NS
        try:
            while queue and queue[0][0] <= now < end:
                _, _, action, arguments = heappop(queue)
                try:
                    action(*arguments)
                except Exception:
                    get_hub().handle_error(action, *sys.exc_info())
                now = monotonic_ns()
        finally:  # whatever happens: a scheduler that is not armed never wakes again
            self._arm(queue[0][0] if queue else 0)


class LoopTurn:
    """What the journeys of an engine do at the end of a turn of the loop: all answers that were read by then
    are judged, their journeys go on, and what they ask for is sent, once the intents of all are written.

    Each kind of work is done for all of them before the next kind: a request passes through more code than
    the nearest cache of a core holds, and one by one each would fetch it anew. And no answer waits to be
    read, and so is timed late, because of what the one before it led to.

    judge: of a JourneyRun and its Result; None where the journey does not go on yet.
    """

    MOST = 16  # answers, or requests, that wait: so many are dealt with before the end of the turn

    def __init__(self, engine: Any, judge: Callable[[Any, Any], Any]) -> None:
        self._engine, self._judge = engine, judge
        self._later = engine.client.loop.run_callback
        self._armed = False
        self._answered: list[tuple[Any, Any]] = []
        self._asked: list[Any] = []

    def answered(self, run: Any, result: Any) -> None:
        """A JourneyRun has its answer."""
        waiting = self._answered
        waiting.append((run, result))
        if len(waiting) >= self.MOST:
            self.settle()
        elif not self._armed:
            self._arm()

    def ask(self, run: Any) -> None:
        """A JourneyRun has a request to send."""
        waiting = self._asked
        waiting.append(run)
        if len(waiting) >= self.MOST:
            self._send()
        elif not self._armed:
            self._arm()

    def __len__(self) -> int:
        """Answers and requests that wait."""
        return len(self._answered) + len(self._asked)

    def unsent(self) -> list[Any]:
        """JourneyRuns whose requests wait."""
        return [run for run in self._asked if not run.over]

    def settle(self) -> None:
        """Judge what was answered, and let its journeys go on."""
        waiting, self._answered = self._answered, []
        judge, told = self._judge, []
        for run, result in waiting:
            try:
                if not run.over and (reply := judge(run, result)) is not None:
                    told.append((run, result, reply))
            except BaseException:
                get_hub().handle_error(run, *sys.exc_info())
        if self._engine.intents is not None:
            try:
                self._engine.intents.answered(told)
            except BaseException:
                get_hub().handle_error(self._engine.intents, *sys.exc_info())
        for run, result, reply in told:
            try:
                run.go_on(reply, result)
            except BaseException:
                get_hub().handle_error(run, *sys.exc_info())

    def _arm(self) -> None:
        self._armed = True
        self._later(self._end)

    def _end(self) -> None:
        self._armed = False
        if self._answered:
            self.settle()
        if self._asked:
            self._send()

    def _send(self) -> None:
        runs, self._asked = self.unsent(), []
        if self._engine.intents is not None:
            self._engine.intents.intend(runs, monotonic_ns())
        for run in runs:
            if not run.over:  # its intent could not be written
                run.send()


def _best_timer(wake: Action) -> TimerFd | LoopTimer:
    try:
        return TimerFd(wake)
    except (OSError, AttributeError):
        return LoopTimer(wake)
