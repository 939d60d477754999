"""Words shared by the tests of the client."""

from __future__ import annotations

from collections.abc import Callable

import gevent
from gevent.event import Event

from renhai.load.http.client import Client, Result

MakeClient = Callable[..., Client]


def ask_each(client: Client, *paths: bytes) -> list[Result]:
    """One request a path, all at once, by callbacks; the results in the order of the paths."""
    results: dict[bytes, Result] = {}
    all_done = Event()

    def arrived(path: bytes) -> Callable[[Result], None]:
        def done(result: Result) -> None:
            results[path] = result
            if len(results) == len(paths):
                all_done.set()

        return done

    for path in paths:
        client.start(b"GET", path, b"", b"", arrived(path))
    assert all_done.wait(10)
    return [results[path] for path in paths]


def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until the condition holds, for 10 s at most."""
    with gevent.Timeout(10):
        while not condition():
            gevent.sleep(0.005)
