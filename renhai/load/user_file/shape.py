"""How many users there are at each moment: as the plan's stages say, or the file's own LoadTestShape."""

from __future__ import annotations

from time import monotonic_ns
from typing import Any

import gevent
from locust import LoadTestShape

from renhai.plan.model import UserFileLoad
from renhai.plan.schedule import users_at
from results.verdict.reasons.user_file import ShapeRaised, ShapeTooLarge

Tick = tuple[Any, ...]


class _PlannedShape(LoadTestShape):  # type: ignore[misc]
    """What Locust asks each second how many users there are to be; see `shape_of`, which sets these.

    run: of the load process. theirs: the file's own shape.
    """

    run: Any
    load: UserFileLoad
    theirs: type[LoadTestShape] | None

    def __init__(self) -> None:
        super().__init__()
        self._own = self.theirs() if self.theirs else None
        self._begun = False

    def tick(self) -> Tick | None:
        controller, seconds = self.run.controller, self.load.seconds
        controller.begin()
        if controller.ending or controller.over.is_set():
            return None
        self._wait_for_start(controller.t0_ns)
        elapsed = min((monotonic_ns() - controller.t0_ns) / 1e9, seconds - 1e-6)
        asked = self._planned(elapsed) if self._own is None else self._drawn(controller)
        if asked is not None:
            controller.health.presence.ask(elapsed, asked[0], seconds)
        return asked

    def _wait_for_start(self, t0_ns: int) -> None:
        gevent.sleep(max(0.0, (t0_ns - monotonic_ns()) / 1e9))
        if self._own is not None and not self._begun:
            self._own.runner = self.runner
            self._own.reset_time()
        self._begun = True

    def _planned(self, elapsed: float) -> Tick:
        users = max(1, round(users_at(self.load.stages, elapsed)))
        return users, float(users)

    def _drawn(self, controller: Any) -> Tick | None:
        """What the file's own shape says; a shape that fails or asks for too many ends the run."""
        name, most = type(self._own).__name__, self.load.peak_users
        try:
            asked = self._own.tick()  # type: ignore[union-attr]
            if asked is None:
                self._end(controller, "completed")
                return None
            users, rate = int(asked[0]), float(asked[1])
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            controller.complain(ShapeRaised(shape=name, error=said))
            self._end(controller, "interrupted")
            return None
        if users > most:
            controller.complain(ShapeTooLarge(shape=name, users=users, most=most))
            self._end(controller, "interrupted")
            return None
        return users, max(rate, 1e-3), *asked[2:]

    def _end(self, controller: Any, how: str) -> None:
        """Locust stops the run as soon as its shape says nothing; by then it has to be over."""
        gevent.spawn(controller.end, how)
        controller.over.wait()


def shape_of(run: Any, load: UserFileLoad, theirs: type[LoadTestShape] | None) -> type[LoadTestShape]:
    """The shape that Locust asks; it is silent once the run's controller has begun to end the run.

    theirs: the file's own. It drives the load within what the scenario allows: at most `load.users` at once,
    and not longer than the stages; when it ends, the run does.
    """
    return type("PlanShape", (_PlannedShape,), {"run": run, "load": load, "theirs": theirs})
