"""The reference systems of a programme: up while stages run, each with one database through all of a
rehearsal, however often it is ended and gone on with, and one address as long as nobody else takes it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from renhai.core.errors import InvalidRun
from renhai.core.machine.ports import why_taken
from renhai.core.process.child_process import Child
from renhai.core.process.embedded_target import KEEP_ALIVE_S, ready_url

LOG = "system.log"


@contextlib.contextmanager
def running(systems: Mapping[str, Sequence[str]], ports: Mapping[str, int], folder: Path) -> Iterator[None]:
    """Within, each of them answers on its port of loopback. Raises InvalidRun where one does not come up."""
    begun: dict[str, Child] = {}
    places = {name: folder / "systems" / name for name in systems}
    with contextlib.ExitStack() as stack:
        for name, options in systems.items():
            places[name].mkdir(parents=True, exist_ok=True, mode=0o700)
            begun[name] = _started(name, options, ports[name], places[name])
            stack.callback(begun[name].stop, 10.0)
        for name, child in begun.items():  # they come up side by side
            ready_url(name, child, places[name] / LOG)
        yield


def is_free(port: int) -> bool:
    """Whether a system could listen on it."""
    return not why_taken("127.0.0.1", port)


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _started(name: str, options: Sequence[str], port: int, place: Path) -> Child:
    line = ["-P", "-m", "renhai.reference", *options, "--port", str(port)]
    line += ["--database", f"sqlite:///{place.resolve() / 'system.db'}", "--keep-alive", str(KEEP_ALIVE_S)]
    line += ["--exit-with-parent", str(os.getpid())]
    try:
        return Child(line, cwd=place, log=place / LOG, on_death=signal.SIGTERM)
    except OSError as error:
        raise InvalidRun(f"the system {name} cannot be started: {error.strerror}") from None
