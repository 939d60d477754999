"""The user's own Locust file under renhai: stock user classes, unchanged, measured by Locust's request event.

What the event says is all there is: a request counts when it has ended, and its time is Locust's own
`response_time`, from the send. There is no intended start, so a target that stands still holds the users back
and the percentiles are those of the requests that were sent. Reports, snapshot and verdict are the same.
"""

from __future__ import annotations

import inspect
import sys
import traceback
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic_ns
from typing import Any

import gevent
from locust import LoadTestShape, User

from renhai.binding.codec import Reply
from renhai.load.engine.scheduler import Scheduler
from renhai.load.measure.recorder import Recorder
from renhai.load.worker.controller import Failure
from renhai.load.worker.worker import LoadWorker, Report
from renhai.plan.model import Plan, UserStage
from renhai.plan.schedule import Opening, users_at
from renhai.safety.rate_limit import TokenBucket
from results.verdict.reasons import Reason
from results.verdict.reasons import generator as why

MODULE = "renhai_user_locustfile"
LEAVING_S = 5.0  # how long users may finish what they are doing when the load is over


def load_users(name: str, source: str) -> dict[str, type[User]]:
    """The user classes of a Locust file. Its folder comes first on sys.path, as under Locust itself.

    Raises Failure for a file that does not load, or holds no users.
    """
    folder = str(Path(name).parent)
    if Path(name).exists() and folder not in sys.path:
        sys.path.insert(0, folder)
    module = types.ModuleType(MODULE)
    module.__file__ = name
    sys.modules[MODULE] = module
    try:
        exec(compile(source, name, "exec"), module.__dict__)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        inside = [frame.lineno for frame in frames if frame.filename == name]
        line = inside[-1] if inside else None
        raise Failure(why.WrongLocustfile(line=line, error=f"{type(error).__name__}: {error}")) from None
    users = {
        key: kind
        for key, kind in vars(module).items()
        if inspect.isclass(kind) and issubclass(kind, User) and not kind.__dict__.get("abstract", False)
        and kind.__module__ in (MODULE, "builtins")
    }  # fmt: skip
    if not users:
        raise Failure(why.NoUserClass())
    return users


class ForeignEngine:
    """The part of a JourneyEngine that a load worker needs, with the requests of users that are not ours."""

    def __init__(self) -> None:
        self.scheduler = Scheduler()
        self.recorder = Recorder()
        self.stopping = False
        self.complaints: dict[Reason, int] = {}
        self.bucket: TokenBucket | None = None

    def complain(self, reason: Reason) -> None:
        self.complaints[reason] = self.complaints.get(reason, 0) + 1

    def cut_all(self) -> int:
        return 0


class UserFileWorker(LoadWorker):
    """Reports what Locust's users did; it neither hires nor seats them."""

    def __init__(self, environment: Any, plan: Plan, send: Callable[[Report], object]) -> None:
        super().__init__(ForeignEngine(), plan, lambda report, pause: send(report))  # type: ignore[arg-type]
        self._environment = environment
        environment.events.request.add_listener(self._on_request)

    def prepare(self) -> None:
        """Nothing to rehearse."""

    def _follow(self, plan: Plan, opening: Opening) -> None:
        self.share(opening.slots + opening.late)
        self._clock.at(opening.t0_ns, self._probe.take)

    def halt(self, reason: Reason) -> None:
        super().halt(reason)
        runner = self._environment.runner
        gevent.spawn(runner.stop_users, runner.user_classes_count)

    def close(self, patience_s: float) -> None:
        """Let users finish, then report for the last time."""
        if not self.closed:
            runner = self._environment.runner
            self._environment.stop_timeout = min(patience_s, LEAVING_S)
            with gevent.Timeout(LEAVING_S + 1, False):
                runner.stop_users(runner.user_classes_count)
        super().close(patience_s)

    def _on_request(
        self, request_type: str, name: str, response_time: float, exception: Any = None, **_: Any
    ) -> None:
        if self.closed or self.opening is None:
            return
        self._hold_to_ceiling()
        recorder = self.engine.recorder
        book = recorder.book(f"{request_type} {name}".strip())
        taken = int((response_time or 0.0) * 1e6)
        book.started += 1
        book.latency.append(taken)
        book.service.append(taken)
        if exception is None:
            book.ok += 1
            recorder.answers += 1
            return
        book.errors += 1
        answered = getattr(getattr(exception, "response", None), "status_code", 0)
        if answered or type(exception).__name__ == "CatchResponseError":
            recorder.answers += 1
        else:
            recorder.silences += 1
        said = f"{type(exception).__name__}: {exception}"[:200]
        recorder.fail(book.name, Reply("error", {}, "", said), "", "")

    def _hold_to_ceiling(self) -> None:
        """Their requests are not ours to hold back; what is more than the ceiling ends the run."""
        bucket, rate = self.engine.bucket, self.permit.ceiling.rate if self.permit else None
        if bucket is None or rate is None or not bucket.wait_ns(monotonic_ns()):
            return
        self.engine.bucket = None
        self.halt(why.LocustfileAboveCeiling(rate=rate))

    def _take(self) -> Report:
        report = super()._take()
        return {**report, "users": self._environment.runner.user_count}


def shape_of(run: Any, stages: Sequence[UserStage]) -> type[LoadTestShape]:
    """As many users as the plan's stages say, from the moment the run is opened."""

    class PlanShape(LoadTestShape):  # type: ignore[misc]
        def tick(self) -> tuple[int, float] | None:
            controller = run.controller
            controller.begin()
            if controller.over.is_set():
                return None
            elapsed = (monotonic_ns() - controller.t0_ns) / 1e9
            users = max(1, round(users_at(stages, max(elapsed, 0.0))))
            return users, float(users)

    return PlanShape
