"""Locust's own statistics, which its page and listeners of `quitting` read, kept within bounds.

They have an entry for every name and for every text of an error: a file that puts numbers into either would
fill the memory. Sums stay exact; names beyond the bound share one entry, as in the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from results.snapshot.names import FOLDED, clean

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
    def on_request(request_type: Any, name: Any, exception: Any = None, **rest: Any) -> None:
        if fold(clean(request_type, name)) == FOLDED:
            request_type, name = "", FOLDED
        if exception and len(stats.errors) >= MOST_ERRORS:
            exception = MORE_ERRORS
        handler(request_type=request_type, name=name, exception=exception, **rest)

    return on_request
