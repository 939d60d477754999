"""The reference target as a child process of one run: on a free port, its database gone when it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from renhai.core.errors import USAGE, InvalidRun, UsageError
from renhai.core.process import spawn
from renhai.core.process.child_process import Child, last_words
from renhai.core.process.interrupts import Interrupts

READY_S = 60.0
REFUSED = "renhai target: "  # how it begins what it says of its own options
KEEP_ALIVE_S = 600  # no operator thinks that long, so no kept connection closes under a request


def ready_url(name: str, child: Child, log: Path, interrupts: Interrupts | None = None) -> str:
    """The address in the ready line of a reference system that was started.

    Raises InvalidRun when it ends before, is not ready within READY_S seconds, or somebody interrupts;
    UsageError where it refuses a file that it was given.
    """
    begun = time.monotonic()
    while child.code is None and time.monotonic() - begun < READY_S:
        if interrupts is not None and interrupts.count:
            raise InvalidRun("interrupted before any load was sent")
        line = child.line(0.2)
        if line and line.startswith("{"):
            return str(json.loads(line)["url"])
    said = last_words(log)
    if child.code == USAGE and said.startswith(REFUSED):
        raise UsageError(said.removeprefix(REFUSED))
    late = f"was not ready after {READY_S:.0f} s"
    state = late if child.code is None else f"ended with code {child.code}"
    raise InvalidRun(f"the reference system ({name}) {state}: {said or 'it said nothing'}")


class EmbeddedTarget:
    """Starts `python -m renhai.reference`, waits for its ready line, and ends it on leaving `with`.

    faults: to plant, their randomness by `seed`. day: what it takes for today, "" for today. database: a
    SQLite file that stays; system: gt3 or ctais; more: further options; fill: writes
    the data set that it begins with into a folder. Raises InvalidRun when it does not
    come up.
    """

    def __init__(
        self,
        interrupts: Interrupts,
        faults: tuple[str, ...] = (),
        seed: int = 1,
        day: str = "",
        database: Path | None = None,
        system: str = "gt3",
        more: tuple[str, ...] = (),
        fill: Callable[[Path], Path] | None = None,
    ) -> None:
        self._day, self._database, self._fill = day, database, fill
        self._more = ("--system", system, *more)
        self._interrupts = interrupts
        self._faults = faults
        self._seed = seed
        self._folder = Path(tempfile.mkdtemp(prefix="renhai-target-"))
        self._child: Child | None = None
        self._line: list[str] = []
        self.url = ""

    def __enter__(self) -> EmbeddedTarget:
        log = self._folder / "target.log"
        line = ["-P", "-m", "renhai.reference", "--exit-with-parent", str(os.getpid())]
        database = self._database or self._folder / "target.db"
        line += ["--database", f"sqlite:///{database}", "--keep-alive", str(KEEP_ALIVE_S)]
        line += ["--seed", str(self._seed), *self._more]
        line += ["--date", self._day] if self._day else []
        for fault in self._faults:
            line += ["--fault", fault]
        self._line = line
        try:
            begin = ["--dataset", str(self._fill(self._folder / "dataset"))] if self._fill else []
            line = [*line, *begin, "--port", "0"]  # begun anew it has its database
            self._child = Child(line, cwd=self._folder, log=log, on_death=signal.SIGTERM)
            self.url = ready_url("embedded", self._child, log, self._interrupts)
            self._pid_file.write_text(str(self._child.pid), encoding="ascii")
        except OSError as error:
            self.__exit__()
            raise InvalidRun(f"the embedded target cannot be started: {error.strerror}") from None
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            running = self._child.code is None
            self._child.stop(timeout=10)
            if not running:  # a drill has killed it, and started another one
                spawn.end(self._pid_file, but_not=self._child.pid)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def service(self) -> dict[str, Any]:
        """What a drill may do to it, as a service of a target file has it; on its port, with its data."""
        line = [sys.executable, *self._line, "--port", str(urlsplit(self.url).port)]
        begin = [sys.executable, "-P", "-m", "renhai.core.process.spawn"]
        places = [str(self._pid_file), str(self._folder / "target.log")]
        commands = {"start": [*begin, *places, *line], "restart": [*begin, *places, "--again", *line]}
        none: dict[str, Any] = dict.fromkeys(("freeze", "thaw", "kill", "folder"))
        return {"pid_file": str(self._pid_file), **none, **commands}

    @property
    def _pid_file(self) -> Path:
        return self._folder / "target.pid"
