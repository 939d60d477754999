"""The process of a drill: `python -m renhai.checks.drill.driver PLAN` in the run's directory.

It stands beside the load, so that neither holds the other up. PLAN is a file with `method`, `rollback`,
`services`, and where something happens on the way `proxy`: {targets, port, seed}. On standard output: a line
with `address` (of the proxy, else "") once it is ready, and `over` once everything is taken back. It acts at
its times from the load's begin, which measured.json tells. SIGTERM, or its parent's end, ends the drill: what
is on is taken back at once, the rollback is done, and bytes are passed on until it is ended or its parent is
gone. What happened stands in drill.jsonl.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from renhai.checks.drill import journal as journals
from renhai.checks.drill.acting import Acting
from renhai.checks.drill.journal import Journal
from renhai.checks.drill.processes import CannotAct, Disturbed
from renhai.checks.drill.proxy import Proxy, listen_before
from renhai.core.private_files import append_whole

LOG = "drill.jsonl"
POLL_S = 0.02
STEP_S = 0.05  # by which the clock of the day must have moved against the one that only runs


class Driver:
    """One drill. parent: the process whose end ends it."""

    def __init__(self, plan: Mapping[str, Any], directory: Path, parent: int) -> None:
        self._plan, self._directory, self._parent = plan, directory, parent
        self._stop = asyncio.Event()
        self._proxy: Proxy | None = None
        self._acting: Acting
        self._untold: list[bytes] = []  # lines for which there was no room: none follows that comes before

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        await self._open_proxy()
        self._acting = Acting(Journal(self._directory), self._plan["services"], self._proxy, self._directory)
        await self._acting.prepare(self._plan["method"])
        self._log("ready")
        say({"address": self._proxy.address if self._proxy else ""})
        watch = asyncio.create_task(self._watch_parent())
        t0_ns = await self._t0()
        if t0_ns:
            acts = [self._act(n, one, t0_ns) for n, one in enumerate(self._plan["method"])]
            await asyncio.gather(*acts)
        await self._stop.wait()
        await self._roll_back()
        self._log("over")
        say({"over": True})
        await watch
        if self._proxy is not None:
            await self._proxy.close()

    async def _open_proxy(self) -> None:
        said = self._plan.get("proxy")
        if said:
            listener = listen_before(said["port"], said["seed"])
            self._proxy = Proxy(said["targets"], said["port"], said["seed"])
            self._proxy.address = listener.getsockname()[0]
            await self._proxy.open(listener)

    async def _watch_parent(self) -> None:
        ahead = time.time() - time.monotonic()
        while os.getppid() == self._parent:
            await asyncio.sleep(0.1)
            now = time.time() - time.monotonic()
            if abs(now - ahead) > STEP_S:  # each, as one that is set back again would not be seen
                ahead = now
                self._log("clock")
        self._stop.set()

    async def _t0(self) -> int:
        """When the load began, CLOCK_MONOTONIC in ns; 0 where the drill is over before."""
        path = self._directory / "measured.json"
        while not self._stop.is_set():
            with contextlib.suppress(OSError, ValueError):
                t0_ns = int(json.loads(path.read_text(encoding="utf-8")).get("t0_ns") or 0)
                if t0_ns:
                    return t0_ns
            await self._wait(time.monotonic_ns() + int(POLL_S * 1e9))
        return 0

    async def _wait(self, until_ns: int) -> bool:
        """Whether the drill goes on until then."""
        left = (until_ns - time.monotonic_ns()) / 1e9
        if left > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), left)
        return not self._stop.is_set()

    async def _act(self, number: int, action: Mapping[str, Any], t0_ns: int) -> None:
        if not await self._wait(t0_ns + int(action["at_s"] * 1e9)):
            return
        told: dict[str, Any] = {}
        try:
            done = await self._acting.do(action, lambda: told.update(began_ns=time.monotonic_ns()))
        except (CannotAct, OSError, KeyError) as error:
            self._log("failed", number=number, why=f"method[{number}] ({action['do']}): {error}")
            self._stop.set()
            return
        began_ns = told["began_ns"]
        what = {"do": action["do"], "service": action["service"], "shown": done.shown}
        self._log("done", number=number, **what, began_ns=began_ns)
        if action["for_s"] is None:
            await self._stop.wait()
        else:
            await self._wait(began_ns + int(action["for_s"] * 1e9))
        try:
            at_ns = time.monotonic_ns()
            try:
                await done.back()
            except Disturbed as disturbed:
                self._log("failed", number=number, why=f"method[{number}] ({action['do']}): {disturbed}")
            self._log("undone", number=number, ok=True, began_ns=at_ns)
        except (CannotAct, OSError, KeyError) as error:
            self._log("not_undone", number=number, why=f"method[{number}] could not be taken back: {error}")

    async def _roll_back(self) -> None:
        """What is still open (an action that failed half-way), and the steps of the scenario."""
        if self._proxy is not None:
            self._proxy.clear()
        _, failed = await asyncio.to_thread(journals.undo_all, self._directory)
        for why in failed:
            self._log("not_undone", why=f"the rollback: {why}")
        for number, step in enumerate(self._plan["rollback"]):
            try:
                await self._acting.step(step)
            except (CannotAct, OSError, KeyError) as error:
                self._log("not_undone", why=f"rollback[{number}] ({step['do']}): {error}")

    def _log(self, event: str, **values: Any) -> None:
        began = values.get("began_ns")
        mono_ns, wall_ms = time.monotonic_ns(), time.time() * 1000
        wall_ms -= (mono_ns - began) / 1e6 if began else 0.0
        row = {"event": event, **values, "wall_ms": wall_ms, "mono_ns": began or mono_ns}
        self._untold.append(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        with contextlib.suppress(OSError):  # a full disk; what is to be taken back is taken back all the same
            append_whole(self._directory / LOG, b"".join(self._untold))
            self._untold.clear()


def say(document: Mapping[str, Any]) -> None:
    """One line for the runner; nobody listening is no reason to stop."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(json.dumps(document) + "\n")
        sys.stdout.flush()


def main() -> None:
    parent = os.getppid()
    path = Path(sys.argv[1])
    try:
        asyncio.run(Driver(json.loads(path.read_text(encoding="utf-8")), path.parent, parent).run())
    except CannotAct as error:  # nothing was done yet
        sys.exit(str(error))


if __name__ == "__main__":
    main()
