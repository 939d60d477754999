"""The reference systems of a programme: up while stages run, each with one database through all of a
rehearsal, however often it is ended and gone on with, and one address as long as nobody else takes it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.machine.ports import why_taken
from renhai.core.process.child_process import Child
from renhai.core.process.embedded_target import KEEP_ALIVE_S, ready_url
from results.snapshot.files import replace_whole

LOG, DATABASE = "system.log", "system.db"
BEGUN = "begun.txt"  # once it has answered: the data set that it was loaded with, or nothing
DATASET = "--dataset"


@contextlib.contextmanager
def running(systems: Mapping[str, Sequence[str]], ports: Mapping[str, int], folder: Path) -> Iterator[None]:
    """Within, each of them answers on its port of loopback. Raises InvalidRun where one does not come up,
    UsageError for one that is to begin with another data set than it did.

    A data set is loaded once: later the system goes on from what it has.
    """
    begun: dict[str, Child] = {}
    places = {name: folder / "systems" / name for name in systems}
    with contextlib.ExitStack() as stack:
        for name, options in systems.items():
            places[name].mkdir(parents=True, exist_ok=True, mode=0o700)
            begun[name] = _started(
                name, _to_begin_with(name, options, places[name]), ports[name], places[name]
            )
            stack.callback(begun[name].stop, 10.0)
        for name, child in begun.items():  # they come up side by side
            ready_url(name, child, places[name] / LOG)
            _note(places[name] / BEGUN, _dataset(systems[name])[0])
        yield


def is_free(port: int) -> bool:
    """Whether a system could listen on it."""
    return not why_taken("127.0.0.1", port)


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _to_begin_with(name: str, options: Sequence[str], place: Path) -> Sequence[str]:
    """The options without a data set that is loaded already. One whose loading was broken off is loaded
    anew; what it had then is put aside."""
    dataset, rest = _dataset(options)
    try:
        known = (place / BEGUN).read_text(encoding="utf-8")
    except FileNotFoundError:
        database = place / DATABASE
        if dataset and database.exists():
            for end in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    (place / f"{DATABASE}{end}").replace(place / f"unfinished-{DATABASE}{end}")
        return options
    if known != dataset:
        why = (
            f"began with {known or 'no data set'}, and its data stays with the rehearsal; give another --out"
        )
        raise UsageError(Problem(f"systems.{name}", f"{DATASET} {dataset}".strip(), why))
    return rest


def _note(path: Path, dataset: str) -> None:
    try:
        if not path.exists():
            replace_whole(path, dataset)
    except OSError as error:
        raise InvalidRun(f"{path} cannot be written: {error.strerror}; free the disk") from None


def _dataset(options: Sequence[str]) -> tuple[str, list[str]]:
    """(the data set that the options name, "" for none; the other options)."""
    found, rest, words = "", list[str](), iter(options)
    for word in words:
        option, equals, value = word.partition("=")
        if option == DATASET:
            found = value if equals else next(words, "")
        else:
            rest.append(word)
    return found, rest


def _started(name: str, options: Sequence[str], port: int, place: Path) -> Child:
    line = ["-P", "-m", "renhai.reference", *options, "--port", str(port)]
    line += ["--database", f"sqlite:///{place.resolve() / DATABASE}", "--keep-alive", str(KEEP_ALIVE_S)]
    line += ["--exit-with-parent", str(os.getpid())]
    try:
        return Child(line, cwd=place, log=place / LOG, on_death=signal.SIGTERM)
    except OSError as error:
        raise InvalidRun(f"the system {name} cannot be started: {error.strerror}") from None
