"""Intents without a load: what stands in the place of a journey under way."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from renhai.binding.codec import Reply
from renhai.load.measure.intents import IntentLog


def intended(log: IntentLog, operation: str, fields: Mapping[str, Any], now_ns: int) -> int:
    """The number of a write's intent, which is written alone."""
    number = log.begin(operation, fields)
    log.intend((), now_ns)
    return number


def answered(
    log: IntentLog, number: int, operation: str, reply: Reply, sent: bool = True, done_ns: int = 0
) -> None:
    """A write has its answer, alone in its turn. sent: whether any of its bytes left."""
    run = SimpleNamespace(intent=number, book=SimpleNamespace(name=operation), hops=0)
    log.answered([(run, SimpleNamespace(done_ns=done_ns, sent_ns=int(sent)), reply)])
    assert run.intent == 0
