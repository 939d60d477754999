"""The reference systems of a programme: up while stages run, each with one address and one database
through all of a rehearsal, however often it is ended and gone on with."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from renhai.core.errors import InvalidRun
from renhai.core.process.child_process import Child, last_words

READY_S = 60.0
KEEP_ALIVE_S = 600


@contextlib.contextmanager
def running(systems: Mapping[str, Sequence[str]], ports: Mapping[str, int], folder: Path) -> Iterator[None]:
    """Within, each of them answers on its port of loopback. Raises InvalidRun where one does not come up."""
    with contextlib.ExitStack() as stack:
        for name, options in systems.items():
            place = folder / "systems" / name
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            child = _started(name, options, ports[name], place)
            stack.callback(child.stop, 10.0)
            _wait(name, child, place)
        yield


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _started(name: str, options: Sequence[str], port: int, place: Path) -> Child:
    line = ["-P", "-m", "renhai.reference", *options, "--port", str(port)]
    line += ["--database", f"sqlite:///{place.resolve() / 'system.db'}", "--keep-alive", str(KEEP_ALIVE_S)]
    line += ["--exit-with-parent", str(os.getpid())]
    try:
        return Child(line, cwd=place, log=place / "system.log", on_death=signal.SIGTERM)
    except OSError as error:
        raise InvalidRun(f"the system {name} cannot be started: {error.strerror}") from None


def _wait(name: str, child: Child, place: Path) -> None:
    begun = time.monotonic()
    while child.code is None and time.monotonic() - begun < READY_S:
        line = child.line(0.2)
        if line and line.startswith("{"):
            json.loads(line)
            return
    said = last_words(place / "system.log") or "it said nothing"
    raise InvalidRun(f"the system {name} did not come up: {said}")
