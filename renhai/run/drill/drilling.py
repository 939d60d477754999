"""A drill beside the load of one run: begun before it, ended with it, and undone where its process dies."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urlsplit

from renhai.checks.drill import journal
from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.process.child_process import Child, last_words
from renhai.core.process.embedded_target import EmbeddedTarget
from renhai.core.process.interrupts import Interrupts
from renhai.plan.model import ScenarioPlan
from renhai.plan.parts.drill import DrillGoal
from renhai.run.monitor.views import View
from renhai.run.process import directory as rundir
from renhai.spec.drill.checks import ITSELF, METHOD, drill_problems
from renhai.spec.drill.model import TCP
from renhai.spec.loader import LoadedScenario

PLAN, LOG = "drill-plan.json", "drill.log"
READY_S = 60.0
UNDO_S = 2 * journal.COMMAND_S  # beyond it the drill's process is ended, and the runner undoes by itself


class Prepared(Protocol):
    """The part of renhai.run.single.PreparedRun that is needed here."""

    @property
    def loaded(self) -> LoadedScenario: ...
    @property
    def scenario(self) -> ScenarioPlan: ...


def check_drill(
    loaded: LoadedScenario, scenario: ScenarioPlan, requests_per_s: float, *, embedded: bool, remote: bool
) -> None:
    """Raises UsageError for a drill that cannot be done, that the target file does not allow, or that could
    show nothing. remote: load processes on other machines."""
    finite = requests_per_s if requests_per_s < math.inf else 0.0
    found = drill_problems(loaded, scenario.load.seconds, finite, embedded)
    goal = scenario.goals.drill
    on_the_way = goal is not None and any(one.do in TCP for one in goal.method)
    if on_the_way and (remote or loaded.binding.proxy):
        why = "has what happens on the way to the target, by a proxy on this machine; "
        why += "run it without --expect" if remote else "the target file has a proxy of its own"
        found.append(Problem(loaded.file.where(METHOD), "drill.method", why))
    if found:
        raise UsageError(found)


class Drilling:
    """Nothing happens where the scenario has no drill. addresses: those that the load is to connect to."""

    def __init__(
        self,
        prepared: Prepared,
        target: EmbeddedTarget | None,
        url: str,
        addresses: list[str],
        directory: Path,
        interrupts: Interrupts,
        view: View,
    ) -> None:
        goal = prepared.scenario.goals.drill
        self._goal, self._directory, self._view = goal, directory, view
        self._interrupts = interrupts
        self.addresses = addresses
        self._child: Child | None = None
        self._ended = goal is None
        if goal is not None:
            self._document = _document(goal, prepared.loaded, target, url, addresses)

    @property
    def wanted(self) -> bool:
        """Whether the scenario has a drill."""
        return self._goal is not None

    def __enter__(self) -> Drilling:
        if self._goal is None:
            return self
        path = self._directory / PLAN
        rundir.write(path, json.dumps(self._document, ensure_ascii=False, indent=1))
        log = self._directory / LOG
        line = ["-P", "-m", "renhai.checks.drill.driver", str(path)]
        try:
            self._child = Child(line, cwd=self._directory, log=log, on_death=15)
        except OSError as error:
            raise InvalidRun(f"the drill's process cannot be started: {error.strerror}") from None
        try:
            address = self._ready(self._child, log)
        except BaseException:
            self._child.kill()
            raise
        if address:
            self.addresses = [address]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.end()
        finally:
            if self._child is not None:
                self._child.kill()

    def end(self) -> None:
        """Take back everything that is on; returns when that is done. Doing it twice changes nothing."""
        if self._ended or self._child is None:
            return
        self._ended = True
        self._child.ask(15)
        until = time.monotonic() + UNDO_S
        while self._child.code is None and time.monotonic() < until:
            line = self._child.line(0.2)
            if line and "over" in line:
                return
        if any("over" in line for line in self._child.rest()) if self._child.code is not None else False:
            return
        self._child.kill()
        done, failed = journal.undo_all(self._directory)
        for text in done:
            self._view.note(f"the drill's process is gone; {text}")
        for text in failed:
            self._view.note(f"not taken back: {text}; see renhai drill undo {self._directory}")

    def _ready(self, child: Child, log: Path) -> str:
        until = time.monotonic() + READY_S
        while child.code is None and time.monotonic() < until and not self._interrupts.count:
            line = child.line(0.2)
            if line and line.startswith("{"):
                return str(json.loads(line)["address"])
        if self._interrupts.count:
            raise InvalidRun("interrupted before any load was sent")
        raise InvalidRun(f"the drill cannot begin: {last_words(log) or 'its process said nothing'}")


def _placed(service: dict[str, Any], folder: Path) -> dict[str, Any]:
    """With paths that are relative to the target file made whole; a name without a slash is looked up."""
    for key, value in service.items():
        if key in ("pid_file", "folder") and value:
            service[key] = str(folder / value)
        elif value and "/" in value[0]:
            service[key] = [str(folder / value[0]), *value[1:]]
    return service


def _document(
    goal: DrillGoal, loaded: LoadedScenario, target: EmbeddedTarget | None, url: str, addresses: list[str]
) -> dict[str, Any]:
    """What renhai.checks.drill.driver is told."""
    folder = loaded.binding_path.resolve().parent
    services = {name: _placed(one.model_dump(), folder) for name, one in loaded.binding.services.items()}
    if target is not None:
        services.setdefault(ITSELF, target.service)
    document = {"services": services, **goal.model_dump(include={"method", "rollback"})}
    if any(one.do in TCP for one in goal.method):
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        document["proxy"] = {"targets": addresses, "port": port, "seed": 1}
    return document
