"""Intents without a load: what stands in the place of a journey under way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from renhai.load.measure.intents import IntentLog


class Sending:
    """As much of a journey under way as its intent needs; `why`: what broke it."""

    def __init__(self, log: IntentLog, operation: str, fields: dict[str, Any]) -> None:
        keep = log.kept.get(operation)
        self.kept = keep(fields) if keep is not None else None
        self.book = SimpleNamespace(name=operation)
        self.intent, self.why = 0, ""

    def broken(self, error: Exception) -> None:
        self.why = str(error)


def intended(log: IntentLog, operation: str, fields: dict[str, Any], now_ns: int) -> int:
    """The number of a write's intent, which is written alone."""
    run = Sending(log, operation, fields)
    log.intend([run], now_ns)
    return run.intent
