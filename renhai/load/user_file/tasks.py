"""Tasks of a user's own Locust file: how often each was done, and every exception that it did not catch.

Stock Locust logs such an exception, goes on, and exits 1 in the end. Here it is an error of a row named
after the task: `Visitor.pay`, `Visitor.Basket.pay` for a TaskSet's, `Visitor.on_start`.
"""

from __future__ import annotations

import math
import threading
import traceback
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from gevent import Greenlet, GreenletExit
from gevent.hub import Hub
from locust import User
from locust.user.task import DefaultTaskSet, TaskSet

from renhai.load.measure.recorder import JourneyCounts, Recorder
from renhai.load.user_file.requests import FLOW
from results.snapshot.names import text_of

RUNNING = "_renhai_task"  # of a TaskSet: the task that it is in, or failed in
TOLD = "_renhai_told"  # of an exception that was counted
NO_TASK = "wait_time"  # what raised between two tasks: choosing one, or the pause
LONGEST_REASON = 200
KEPT = 600  # characters of a traceback, from its end


class Tasks:
    """Counts into the recorder's journeys and operations. `running`: the task that each user is in."""

    def __init__(self) -> None:
        self.running: dict[User, str] = {}
        self.began: WeakSet[User] = WeakSet()  # who has done a first task, or is in it
        self.ended: set[str] = set()  # tasks that came to their end, in whatever way
        self._recorder = Recorder()
        self._fold: Callable[[str], str] = str

    def begin(self, recorder: Recorder, fold: Callable[[str], str]) -> None:
        """From now on into this recorder; `fold` bounds the names of operations."""
        self._recorder, self._fold = recorder, fold

    def of(self, name: str) -> JourneyCounts:
        return self._recorder.journey(name)

    def of_user(self, user: User) -> str:
        """The task that he is in."""
        return self.running.get(user) or f"{type(user).__name__}.on_start"

    def endless(self, user: User) -> str:
        """The task that he is in, where nobody in this process came to the end of one of its name; or ""."""
        name = self.running.get(user, "")
        return "" if not name or name in self.ended else name

    def failed(self, name: str, error: BaseException) -> None:
        """An exception that nobody caught; the same one is counted once."""
        if getattr(error, TOLD, False):
            return
        try:
            setattr(error, TOLD, True)
        except Exception:
            pass  # an exception with slots: it cannot come twice from the places that tell of it
        reason = f"{type(error).__name__}: {text_of(error)}"[:LONGEST_REASON]
        self._recorder.exception(self._fold(name), reason, _end_of(error))

    def on_user_error(self, user_instance: Any, exception: BaseException, **_: Any) -> None:
        """Locust's event: of a TaskSet, or of a user whose on_start raised."""
        if isinstance(user_instance, TaskSet):
            name = getattr(user_instance, RUNNING, "") or named(user_instance, NO_TASK)
        else:
            name = f"{type(user_instance).__name__}.on_start"
        self.failed(name, exception)


def named(taskset: TaskSet, task: Any) -> str:
    """`Visitor.pay`, or `Visitor.Basket.pay` where a TaskSet of the user has it."""
    own = task if isinstance(task, str) else getattr(task, "__name__", type(task).__name__)
    inside = [] if isinstance(taskset, DefaultTaskSet) else [type(taskset).__name__]
    return ".".join([type(taskset.user).__name__, *inside, own])


def watch(tasks: Tasks) -> None:
    """Wrap what does a task, and what runs a user, for the whole process."""
    TaskSet.execute_next_task = _counted(TaskSet.execute_next_task, tasks)
    TaskSet._sleep = _ending(TaskSet._sleep)
    TaskSet.__init__ = _with_on_stop_told(TaskSet.__init__, tasks)
    User.run = _told(User.run, tasks)


def watch_background(tasks: Tasks) -> None:
    """Exceptions that end a greenlet or a thread which the file began itself; Python prints them, no more."""
    Hub.handle_error = _of_greenlets(Hub.handle_error, tasks)
    threading.excepthook = _of_threads(threading.excepthook, tasks)


def _of_greenlets(original: Callable[..., Any], tasks: Tasks) -> Callable[..., Any]:
    def handle_error(self: Any, context: Any, kind: Any, error: Any, trace: Any) -> Any:
        if isinstance(context, Greenlet) and isinstance(error, Exception) and not isinstance(error, FLOW):
            tasks.failed(f"greenlet.{_begun_as(error)}", error)
        return original(self, context, kind, error, trace)

    return handle_error


def _of_threads(original: Callable[[Any], Any], tasks: Tasks) -> Callable[[Any], Any]:
    def excepthook(arguments: Any) -> None:
        if isinstance(arguments.exc_value, Exception):
            tasks.failed(f"thread.{_begun_as(arguments.exc_value)}", arguments.exc_value)
        original(arguments)

    return excepthook


def _begun_as(error: BaseException) -> str:
    """The function that ran in the background, as far as the traceback tells."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame.name for frame in frames if not frame.filename.endswith(("threading.py", "greenlet.py"))]
    return theirs[0] if theirs else "run"


def _counted(original: Callable[[Any], Any], tasks: Tasks) -> Callable[[Any], Any]:
    def execute_next_task(self: Any) -> None:
        task = self._task_queue[0]
        name = named(self, task)
        before = tasks.running.get(self.user, "")
        setattr(self, RUNNING, name)
        tasks.running[self.user] = name
        tasks.began.add(self.user)
        counts = tasks.of(name)
        counts.started += 1
        try:
            original(self)
            counts.completed += 1
        except FLOW:
            counts.completed += 1
            setattr(self, RUNNING, "")
            raise
        except GreenletExit:  # killed
            counts.cut += 1
            raise
        except Exception:
            counts.failed += 1
            raise
        except BaseException as error:  # Locust lets it end the user, and tells nobody
            counts.failed += 1
            tasks.failed(name, error)
            raise
        finally:
            tasks.running[self.user] = before
            tasks.ended.add(name)
        setattr(self, RUNNING, "")

    return execute_next_task


def _with_on_stop_told(original: Callable[..., None], tasks: Tasks) -> Callable[..., None]:
    """What a TaskSet's own on_stop raises stands in Locust's log alone, which a file may switch off."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        on_stop = self.on_stop

        def told() -> None:
            try:
                on_stop()
            except (*FLOW, GreenletExit):
                raise
            except Exception as error:
                tasks.failed(named(self, "on_stop"), error)
                raise

        self.on_stop = told

    return init


def _ending(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A pause that never ends leaves a user who is alive and does nothing more."""

    def sleep(self: Any, seconds: Any) -> None:
        if isinstance(seconds, (int, float)) and not math.isfinite(seconds):
            raise ValueError(f"{NO_TASK} is {seconds}, which never ends")
        original(self, seconds)

    return sleep


def _told(original: Callable[[Any], Any], tasks: Tasks) -> Callable[[Any], Any]:
    def run(self: Any) -> None:
        try:
            original(self)
        except (*FLOW, GreenletExit):
            raise
        except Exception as error:  # that of on_start was told already
            tasks.failed(f"{type(self).__name__}.{_where(error)}", error)
            raise
        finally:
            tasks.running.pop(self, None)

    return run


def _where(error: BaseException) -> str:
    """What of the user's own raised between its tasks: `on_stop`, `wait_time`, or its run as a whole."""
    inside = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    return next((name for name in ("on_stop", NO_TASK) if name in inside or name in text_of(error)), "run")


def _end_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-KEPT:]
