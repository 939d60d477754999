"""Locust's own statistics, which its page and listeners of `quitting` read, kept within bounds.

They have an entry for every name and for every text of an error: a file that puts numbers into either would
fill the memory. Sums stay exact; names beyond the bound share one entry, as in the snapshot.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from results.snapshot.histograms import HIGHEST_US
from results.snapshot.names import FOLDED, clean, text_of

MOST_ERRORS = 1000
LISTENER = "Runner.__init__.<locals>.on_request"  # Locust's own, by its qualified name
MORE_ERRORS = RuntimeError("(more errors)")


def keep_small(events: Any, stats: Any, fold: Callable[[str], str]) -> bool:
    """Put the bound before Locust's own listener; False where this Locust has none by that name."""
    handlers = events.request._handlers
    for place, handler in enumerate(handlers):
        if getattr(handler, "__qualname__", "") == LISTENER:
            handlers[place] = _bounded(handler, stats, fold)
            return True
    return False


def _bounded(handler: Callable[..., Any], stats: Any, fold: Callable[[str], str]) -> Callable[..., Any]:
    def on_request(
        request_type: Any = None,
        name: Any = None,
        response_time: Any = None,
        response_length: Any = None,
        exception: Any = None,
        **rest: Any,
    ) -> None:
        if fold(clean(request_type, name)) == FOLDED:
            request_type, name = "", FOLDED
        taken = nanoseconds(response_time)
        handler(
            request_type=_plain(request_type),
            name=_plain(name),
            response_time=None if taken is None else taken / 1e6,
            response_length=response_length if isinstance(response_length, int) else 0,
            exception=_as_locust_counts(exception, len(stats.errors)),
            **rest,
        )

    return on_request


def _plain(name: Any) -> str:
    return "" if name is None else text_of(name)


def _as_locust_counts(exception: Any, known: int) -> Any:
    """A failure that is true, and has a text; None for a success."""
    if not is_failure(exception):
        return None
    if known >= MOST_ERRORS:
        return MORE_ERRORS
    try:
        if exception and repr(exception):
            return exception
    except Exception:
        pass
    return RuntimeError(text_of(exception))


def is_failure(exception: Any) -> bool:
    """Whether an event's `exception` is one: what Locust takes for one, and exceptions that are false."""
    if exception is None or isinstance(exception, BaseException):
        return exception is not None
    try:
        return bool(exception)
    except Exception:
        return True


def nanoseconds(response_time: Any) -> int | None:
    """Locust's milliseconds; None for what is no time."""
    try:
        milliseconds = float(response_time)
    except (TypeError, ValueError):
        return None
    if not math.isfinite(milliseconds) or milliseconds < 0:
        return None
    return int(min(milliseconds * 1e6, HIGHEST_US * 1e3))
