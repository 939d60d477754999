"""Declarations are made ahead of the load, by as many processes as will load: `data.ahead` of a scenario.

The file has no name any more once it is open, where the system lets others reach an open file (Linux): it is
gone with the runner, however that ends. Elsewhere it stands in the run's directory until the run is over.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.machine.environment import cores
from renhai.core.private_files import owner_only
from renhai.core.process.child_process import Child, last_words
from renhai.core.process.interrupts import Interrupts
from renhai.core.yaml_lines import show_path
from renhai.plan.model import AheadFile, Taxpayers
from renhai.run.monitor.views import View
from renhai.run.process import directory as rundir
from renhai.run.process.locust_process import Cluster
from renhai.spec.loader import LoadedScenario

if TYPE_CHECKING:
    from renhai.spec.ahead.stored import Contents

NAME, LOG = "ahead.declarations", "ahead.log"
MAKER = "renhai.spec.ahead.making"
SILENT_S = 120.0  # without a word from any process: some hundred declarations take less than a second
POLL_S = 0.05
NOTES = 10  # about how many lines tell how far it is
NOTE_S = 2.0  # between two of them, at least
ROOM = 1.25  # of what a sample says that the file will take
SPARE_BYTES = 64 << 20  # are left for what the run itself writes
MIB = 1 << 20


class Processes(tuple[Child, ...]):
    """Those that make declarations."""

    def kill(self) -> None:
        for child in self:
            child.kill()


@contextlib.contextmanager
def made_ahead(
    loaded: LoadedScenario,
    data: Taxpayers,
    directory: Path,
    workers: Cluster,
    interrupts: Interrupts,
    view: View,
) -> Iterator[AheadFile | None]:
    """The file of the run's declarations while the run lasts; None where the scenario asks for none.

    workers: the load processes, as many of which make them; those that join may be on other machines, which
    have no such file. Raises UsageError where the file has no room, InvalidRun where it cannot be made or
    somebody interrupts.
    """
    if data.ahead is None:
        yield None
        return
    from renhai.spec.ahead.making import expected  # which reads the generators, for this alone
    from renhai.spec.ahead.stored import contents_of, seal

    contents = contents_of(data, data.ahead)
    size = expected(contents)
    _require_room(loaded, directory, size.declarations, size.bytes)
    view.note(
        f"making {size.declarations:,} declarations ahead of the load, about {size.bytes // MIB + 1:,} MiB, "
        f"in {show_path(directory)}"
    )
    begun, mark = time.monotonic(), secrets.token_hex(16)
    with _file(directory) as (descriptor, place):
        try:
            os.ftruncate(descriptor, contents.begin)
            _make(contents, place, directory, workers.processes, interrupts, view)
            made = seal(descriptor, contents, mark)
        except OSError as error:
            raise rundir.unwritable(directory / NAME, error, "written") from None
        view.note(f"{made:,} declarations made ahead in {time.monotonic() - begun:.0f} s")
        yield AheadFile(file=str(place), mark=mark, made=made, required=not workers.join)


def _require_room(loaded: LoadedScenario, directory: Path, declarations: int, size: int) -> None:
    free = shutil.disk_usage(directory).free
    if free >= ROOM * size + SPARE_BYTES:
        return
    why = (
        f"asks for {declarations:,} declarations, about {size // MIB + 1:,} MiB, and {directory} has "
        f"{free // MIB:,} MiB free; lower ahead, free the disk, or choose another place with --out DIR"
    )
    raise UsageError(Problem(loaded.file.where(("data", "ahead")), "data.ahead", why))


@contextlib.contextmanager
def _file(directory: Path) -> Iterator[tuple[int, Path]]:
    """An open new file, and where other processes find it. Raises UsageError, InvalidRun."""
    path = directory / NAME
    try:
        descriptor = owner_only(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
    except OSError as error:
        raise rundir.unwritable(path, error, "created") from None
    try:
        place = Path(f"/proc/{os.getpid()}/fd/{descriptor}")
        if place.exists():
            path.unlink()
        yield descriptor, place if not path.exists() else path
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


def _make(
    contents: Contents, place: Path, directory: Path, processes: int, interrupts: Interrupts, view: View
) -> None:
    """Returns once all parts are made. Raises InvalidRun, OSError."""
    from renhai.spec.ahead.making import Task

    parts = max(1, min(processes, cores(), contents.taxpayers))
    log = directory / LOG
    children = Processes()
    try:
        for part in range(parts):
            task = json.dumps(Task(str(place), tuple(contents), part, parts)._asdict())
            line = ["-P", "-m", MAKER, task]
            child = Child(line, cwd=directory, log=log, on_death=signal.SIGKILL)
            children = Processes((*children, child))
        _watch(children, contents, interrupts, view, log)
    finally:
        children.kill()
        log.unlink(missing_ok=True)


def _watch(children: Processes, contents: Contents, interrupts: Interrupts, view: View, log: Path) -> None:
    progress = Progress(contents, view)
    heard = time.monotonic()
    while not all(child.code == 0 for child in children):
        if interrupts.count:
            raise InvalidRun("interrupted before any load was sent")
        for child in children:
            line = child.line(POLL_S)
            if line is not None:
                heard = time.monotonic()
                progress.take(_word(line))
            if child.code:
                for line in child.rest():
                    progress.take(_word(line))
                last = last_words(log) or f"code {child.code}"
                raise InvalidRun(f"a process that makes declarations ahead has ended: {last}")
        if time.monotonic() - heard > SILENT_S:
            raise InvalidRun(f"the declarations are not made ahead: nothing was heard for {SILENT_S:.0f} s")
    for child in children:
        for line in child.rest():
            progress.take(_word(line))
    progress.require_all()


def _word(line: str) -> dict[str, Any]:
    """What a process says; {} for anything else that is printed there."""
    try:
        word = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return word if isinstance(word, dict) else {}


class Progress:
    """How far all of them are; a note now and then."""

    def __init__(self, contents: Contents, view: View) -> None:
        self._contents, self._view = contents, view
        self._taxpayers = self._declarations = 0
        self._step = contents.taxpayers / NOTES
        self._next, self._told = self._step, time.monotonic()

    def take(self, word: dict[str, Any]) -> None:
        """Raises OSError with what the disk refused."""
        if "error" in word:
            raise OSError(word.get("errno"), word["error"])
        self._taxpayers += word.get("taxpayers", 0)
        self._declarations += word.get("declarations", 0)
        if self._taxpayers >= self._next and time.monotonic() - self._told >= NOTE_S:
            share = 100 * self._taxpayers // self._contents.taxpayers
            self._next, self._told = self._taxpayers + self._step, time.monotonic()
            self._view.note(f"making declarations ahead: {self._declarations:,}, {share} %")

    def require_all(self) -> None:
        """Raises InvalidRun where a process left some of its part out."""
        if self._taxpayers != self._contents.taxpayers:
            raise InvalidRun(
                f"declarations of {self._taxpayers:,} of {self._contents.taxpayers:,} taxpayers were made "
                "ahead, and their processes ended; report it"
            )
