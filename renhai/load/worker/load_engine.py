"""What a load worker needs of whatever sends for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol, TypeVar

from renhai.load.engine.scheduler import Scheduler
from renhai.load.http.types import Census
from renhai.load.measure.intents import IntentLog
from renhai.load.measure.recorder import Recorder
from renhai.load.measure.time_in_state import TimeInState
from renhai.safety.rate_limit import TokenBucket
from results.verdict.reasons import Reason
from results.verdict.reasons.machine import AheadDamaged


class LoadEngine(Protocol):
    """What a worker asks of whatever sends: a JourneyEngine, or the users of a Locust file of the user's own.

    stopping: nothing new is sent. closing: nothing new is begun. sessions: what is under way. busy:
    requests are, or are about to be sent, which cut_unsent gives up.
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

    @property
    def busy(self) -> bool: ...

    def complain(self, reason: Reason) -> None: ...

    def cut_unsent(self) -> None: ...

    def cut_all(self) -> int: ...


EngineT = TypeVar("EngineT", bound=LoadEngine)


def taken_ahead(engine: LoadEngine) -> dict[str, Any]:
    """What a report says of declarations that were made ahead; nothing where there are none. One that is not
    what it was made as was not sent, and is complained of."""
    ahead = getattr(getattr(engine, "pool", None), "ahead", None)
    if ahead is None:
        return {}
    counts = ahead.take()
    if counts["damaged"]:
        engine.complain(AheadDamaged())
    return {"ahead": counts}
