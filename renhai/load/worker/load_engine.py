"""What a load worker needs of whatever sends for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, TypeVar

from renhai.load.engine.scheduler import Scheduler
from renhai.load.http.types import Census
from renhai.load.measure.intents import IntentLog
from renhai.load.measure.recorder import Recorder
from renhai.load.measure.time_in_state import TimeInState
from renhai.safety.rate_limit import TokenBucket
from results.verdict.reasons import Reason


class LoadEngine(Protocol):
    """What a worker asks of whatever sends: a JourneyEngine, or the users of a Locust file of the user's own.

    stopping: nothing new is sent. closing: nothing new is begun. sessions: what is under way.
    """

    scheduler: Scheduler
    recorder: Recorder
    thinking: TimeInState
    complaints: dict[Reason, int]
    bucket: TokenBucket | None
    intents: IntentLog | None
    closing: bool
    stopping: bool
    stateful: bool

    @property
    def census(self) -> Census | None: ...

    @property
    def sessions(self) -> Collection[object]: ...

    def complain(self, reason: Reason) -> None: ...

    def cut_all(self) -> int: ...


EngineT = TypeVar("EngineT", bound=LoadEngine)
