"""One action of a drill, done and taken back. What undoes it is in the journal before it is done.

That a command ended well says nothing of what it did. An action is shown by something that is no part of
it: the process of `pid_file` is gone, stands still or is another one; `state` says something else than
before; the kernel took the file that fills the disk; a connection had what happens on the way.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from renhai.checks.drill import filling
from renhai.checks.drill import journal as journals
from renhai.checks.drill.faults import Fault
from renhai.checks.drill.journal import Journal
from renhai.checks.drill.processes import CannotAct, Disturbed, Known, is_same, is_stopped, send, tree
from renhai.checks.drill.proxy import Proxy

GONE_S = 5.0  # until a process that was killed or told to stop is gone, or stands
Back = Callable[[], Awaitable[None]]
Began = Callable[[], None]  # tells when it began to work on the target
STANDS_S = 0.5  # in which a process that a command stopped comes to stand
APART_S = 1.1  # by which a state is read twice before the drill: a clock in it would change by itself


class Done(NamedTuple):
    """An action that is on. shown: by something that is no part of it; else its command alone says so."""

    back: Back
    shown: bool


async def _came(there: Callable[[], bool], within_s: float | None = None) -> bool:
    """Whether it came to be so within that time, else within GONE_S."""
    until = time.monotonic() + (GONE_S if within_s is None else within_s)
    while not there():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.01)
    return True


async def _said(command: Sequence[str]) -> str:
    """What a `state` says. Raises CannotAct."""
    return (await asyncio.to_thread(journals.run, command)).strip()


async def _changed(command: Sequence[str], before: str) -> None:
    """Returns once a `state` says something else than before; raises CannotAct after GONE_S."""
    until = time.monotonic() + GONE_S
    while await _said(command) == before:
        if time.monotonic() > until:
            raise CannotAct(f"its command ended well, and {command[0]} says the same as before")
        await asyncio.sleep(0.1)


def _first(pid_file: str | None) -> Known | None:
    """The process of a file, None where it does not run."""
    with contextlib.suppress(CannotAct):
        return next(iter(tree(pid_file)), None) if pid_file else None
    return None


class Acting:
    """services: of the target file, as plain values. proxy: None where nothing happens on the way.
    directory: of the run."""

    def __init__(
        self, journal: Journal, services: Mapping[str, Any], proxy: Proxy | None, directory: Path
    ) -> None:
        self._journal, self._services, self._proxy = journal, services, proxy
        self._directory = directory

    async def prepare(self, method: Sequence[Mapping[str, Any]]) -> None:
        """Before the load begins. Raises CannotAct for a `state` that changes by itself."""
        names = sorted({one["service"] for one in method if one["service"] is not None})
        asked = {name: command for name in names if (command := self._services[name].get("state"))}
        before = {name: await _said(command) for name, command in asked.items()}
        if asked:
            await asyncio.sleep(APART_S)
        for name, command in asked.items():
            if await _said(command) != before[name]:
                raise CannotAct(f"the state of {name} says something else each time, and could show nothing")

    async def do(self, action: Mapping[str, Any], began: Began) -> Done:
        """Does it. Raises CannotAct, OSError (of the journal)."""
        if action["service"] is None:
            return self._on_the_way(action, began)
        service = self._services[action["service"]]
        acts = {
            "freeze": self._freeze, "kill": self._kill, "restart": self._restart, "fill": self._fill
        }  # fmt: skip
        command = service.get("state") if service.get(action["do"]) else None
        before = await _said(command) if command else ""
        done = await acts[action["do"]](service, began)
        if command:
            await _changed(command, before)
        return done._replace(shown=done.shown or bool(command))

    def _on_the_way(self, action: Mapping[str, Any], began: Began) -> Done:
        proxy = self._proxy
        if proxy is None:
            raise CannotAct("there is no proxy before the target")
        fault = Fault(
            action["do"],
            action["share"],
            action["delay_s"] or 0.0,
            action["speed"] or 0.0,
            action["size"] or 0,
        )
        began()
        proxy.put_on(fault)

        async def back() -> None:
            proxy.take_off(fault)
            if not fault.reached:
                raise Disturbed("no connection had it: none was there, or none was of the share")

        return Done(back, shown=True)

    async def _freeze(self, service: Mapping[str, Any], began: Began) -> Done:
        if service["freeze"]:
            first = _first(service["pid_file"])
            number = self._journal.intend("run", command=service["thaw"])
            began()
            await asyncio.to_thread(journals.run, service["freeze"])
            # another way to freeze, as by a group of processes, is not seen in it
            stands = first and await _came(lambda: is_same(first) and is_stopped(first), STANDS_S)
            held = first if stands else None
            return Done(self._ran(number, service["thaw"], held), held is not None)
        known = tree(service["pid_file"])
        number = self._journal.intend("thaw", processes=known)
        began()
        send(known, signal.SIGSTOP)
        if not await _came(lambda: all(map(is_stopped, known))):
            raise CannotAct(f"process {known[0].pid} was told to stop, and goes on")

        async def back() -> None:
            held = all(map(is_stopped, known))
            send(known, signal.SIGCONT)
            self._journal.undone(number)
            if not held:
                raise Disturbed(f"process {known[0].pid} was let go on by somebody else before")

        return Done(back, shown=True)

    async def _kill(self, service: Mapping[str, Any], began: Began) -> Done:
        entry = {"undo": "run", "command": service["start"], "unless": service["pid_file"]}
        known = tree(service["pid_file"]) if service["pid_file"] else []
        number = self._journal.intend(**entry)
        began()
        if service["kill"]:
            await asyncio.to_thread(journals.run, service["kill"])
            known = known[:1]  # what it leaves of the others is its own affair
        else:
            send(known, signal.SIGKILL)
        if not await _came(lambda: not any(map(is_same, known))):
            raise CannotAct(f"process {known[0].pid} was killed, and still runs")

        async def back() -> None:
            await asyncio.to_thread(journals.undo, entry)
            self._journal.undone(number)

        return Done(back, shown=bool(known))

    async def _restart(self, service: Mapping[str, Any], began: Began) -> Done:
        number = 0
        if service["start"] and service["pid_file"]:  # ended, and then not begun again
            number = self._journal.intend("run", command=service["start"], unless=service["pid_file"])
        known = _first(service["pid_file"])
        began()
        await asyncio.to_thread(journals.run, service["restart"])
        if known and not await _came(lambda: not is_same(known)):
            raise CannotAct(
                f"{service['restart'][0]} ended well, and process {known.pid} is the one of before"
            )
        if number:
            self._journal.undone(number)

        async def back() -> None:
            return None

        return Done(back, shown=known is not None)

    async def _fill(self, service: Mapping[str, Any], began: Began) -> Done:
        path = filling.place(service["folder"], self._directory)
        number = self._journal.intend("remove", path=str(path))
        began()
        await asyncio.to_thread(filling.fill, path)

        async def back() -> None:
            held = path.exists()
            await asyncio.to_thread(filling.remove, path)
            self._journal.undone(number)
            if not held:
                raise Disturbed(f"{path} was removed by somebody else before")

        return Done(back, shown=True)

    def _ran(self, number: int, command: list[str], stopped: Known | None) -> Back:
        """stopped: the process that stands still until then."""

        async def back() -> None:
            held = stopped is None or is_stopped(stopped)
            await asyncio.to_thread(journals.run, command)
            self._journal.undone(number)
            if stopped is not None and not held:
                raise Disturbed(f"process {stopped.pid} was let go on by somebody else before")

        return back

    async def step(self, step: Mapping[str, Any]) -> None:
        """One step of the rollback. Raises CannotAct."""
        service = self._services[step["service"]]
        command = service[step["do"]]
        if command:
            await asyncio.to_thread(journals.run, command)
        else:
            send(tree(service["pid_file"]), signal.SIGCONT)
