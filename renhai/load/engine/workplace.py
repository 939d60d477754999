"""Where operators and arrivals work, as far as they know it; renhai.load.worker.worker is one."""

from __future__ import annotations

from typing import Any, Protocol

from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.measure.time_in_state import TimeInState


class Workplace(Protocol):
    """engine: sends for those who work here. seated, thinking: operators in either state."""

    engine: JourneyEngine
    seated: TimeInState
    thinking: TimeInState

    def hire(self, user: Any) -> None: ...

    def dismiss(self, user: Any) -> None: ...

    def has_room(self) -> bool: ...
