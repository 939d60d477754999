"""Samples the memory that a target tells of itself while a run goes on, into target.csv (`second,rss_mb`).

Only for scenarios that limit the drift of memory, and only at the address that the guard allowed.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from renhai.safety.pinned_session import PinnedSession

HEALTH = "/admin/health"
TIMEOUT_S = 5.0
SAMPLES = 2000  # in a run, at most one a second
SHORTEST_S = 0.25


@contextlib.contextmanager
def sampled(session: PinnedSession, directory: Path, seconds: float) -> Iterator[None]:
    """Sample as long as the block lasts. A target that does not tell leaves a file without lines."""
    over = threading.Event()
    every = max(SHORTEST_S, min(1.0, seconds / 100), seconds / SAMPLES)
    thread = threading.Thread(
        target=_sample, args=(session, directory / "target.csv", every, over), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(TIMEOUT_S + 1)


def resident_mb(session: PinnedSession) -> float | None:
    """`rss_mb` of GET /admin/health, or None when the target does not tell."""
    try:
        document = session.get_json(HEALTH, TIMEOUT_S, most_bytes=1 << 16)
    except (OSError, ValueError):  # requests' own errors are OSErrors
        return None
    value = document.get("rss_mb") if isinstance(document, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _sample(session: PinnedSession, path: Path, every: float, over: threading.Event) -> None:
    begun = time.monotonic()
    try:
        with session, path.open("w", encoding="utf-8") as file:
            file.write("second,rss_mb\n")
            while True:
                value = resident_mb(session)
                if value is not None:
                    file.write(f"{time.monotonic() - begun:.2f},{value:.1f}\n")
                    file.flush()
                if over.wait(every):
                    return
    except OSError:
        return  # a full disk: the run itself will say so
