"""Words shared by the tests of the client."""

from __future__ import annotations

from collections.abc import Callable

from gevent.event import Event

from renhai.load.client import Client, Result

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
