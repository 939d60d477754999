"""Workers and masters that lie, or die: `renhai run --expect N`, and who joins it.

The rows of tests/load/locust/test_peers.py (a peer that holds the key of the run, and sends what no worker
sends), those without the key, those that claim what was not done, and real workers that end or freeze.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.liars.case import FOUND_OUT, PASS, PATIENCE_S, Attempt, Case, attempted
from benchmarks.liars.rules import CODE
from benchmarks.liars.target import SCENARIO, TARGET
from benchmarks.rig import PYTHON, environment, running
from renhai.core.join_key import VARIABLE, new_key
from renhai.core.machine.ports import free_port
from tests.load.locust.locust_run import KEY
from tests.load.locust.test_peers import LIES, LOCUST, Peer, hist, listens
from tests.load.worker.test_message_schema import report

BOTH = ("shelf.get", "shelf.put")
WAITED_S = 4.0  # for a run that waits for somebody else, before it is told to end
STEP_S = 0.2


class Led:
    """A run that waits for workers, and those who come."""

    def __init__(self, folder: Path, port_of_target: int, expect: int) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "target.yaml").write_text(TARGET.format(port=port_of_target, rule=CODE), encoding="utf-8")
        (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
        self._expect = expect
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Led:
        argv = [
            "run",
            "scenario.yaml",
            "--out",
            "out",
            "--expect",
            str(self._expect),
            "--port",
            str(self.port),
        ]
        self.run = self._start("run.txt", argv, KEY)
        until(lambda: listens(self.port) or self.run.poll() is not None)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, log: str, argv: list[str], key: str) -> subprocess.Popen[str]:
        output = self._stack.enter_context((self.folder / log).open("w", encoding="utf-8"))
        options = {"env": environment(**{VARIABLE: key}), "cwd": self.folder, "stderr": subprocess.STDOUT}
        started = running([PYTHON, "-m", "renhai", *argv], stdout=output, **options)
        return self._stack.enter_context(started)

    def worker(self, number: int = 0, key: str = KEY) -> subprocess.Popen[str]:
        """A real one."""
        return self._start(f"worker{number}.txt", ["worker", "--join", f"127.0.0.1:{self.port}"], key)

    def ended(self, patience: float = PATIENCE_S) -> Attempt:
        """How the run ended; one that waits on is told to (Ctrl-C), and killed when it does not."""
        code = -9
        for seconds, then in ((patience, signal.SIGINT), (PATIENCE_S, signal.SIGKILL)):
            try:
                code = self.run.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                self.run.send_signal(then)
        printed = (self.folder / "run.txt").read_text(encoding="utf-8")
        attempt = attempted(code, printed, self.folder / "out")
        logs = [path.read_text(encoding="utf-8") for path in self.folder.rglob("locust.log")]
        return attempt._replace(told=(*attempt.told, *(f"said: {text}" for text in (printed, *logs))))

    @property
    def measured(self) -> bool:
        """Whether requests have been counted, as far as the run's files tell."""
        for path in self.folder.rglob("measured.json"):
            with contextlib.suppress(OSError, ValueError):
                return bool(json.loads(path.read_text(encoding="utf-8"))["operations"])
        return False


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for it, at most so long."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(STEP_S)


Act = Callable[[Led], Attempt]


def stranger(**how: Any) -> Act:
    """Joins without the key of the run, and claims a pass; nobody else comes."""

    def act(led: Led) -> Attempt:
        with closing(Peer(led.port, name="stranger", **how)) as peer:
            peer.send("client_ready", "2.0")
            for second in range(3):
                peer.send("renhai_report", claimed(second, "shelf.get", "shelf.put"))
            return led.ended(WAITED_S)

    return act


def lies(lie: Callable[[Peer], None]) -> Act:
    """Holds the key, joins as a worker does, and says this."""

    def act(led: Led) -> Attempt:
        with closing(Peer(led.port)) as peer:
            peer.join()
            lie(peer)
            return led.ended()

    return act


def claimed(second: int, *operations: str, n: int = 20, journeys: int = 20, **more: Any) -> dict[str, Any]:
    """A report of a second in which so many went well, of which none was sent."""
    times = hist(100, n)
    entry = {"started": n, "ok": n, "rejected": 0, "errors": 0, "latency": times, "service": times}
    counts = {
        "operations": dict.fromkeys(operations, entry), "answers": n * len(operations), "due": journeys,
        "journeys": {"two.steps": [journeys, journeys, 0, 0]}, "walks": {}, "groups": {}, "failures": [],
        "complaints": [], "users": 0, "seated_ns": 0, "thinking_ns": 0, "busy_ns": 0,
    }  # fmt: skip
    return report(**{**counts, "second": second, "sequence": second + 1, **more})


def more_ok_than_begun() -> dict[str, Any]:
    """Every request of it was a success, and another one."""
    found = claimed(0, *BOTH)
    found["operations"] = {name: {**entry, "started": 19} for name, entry in found["operations"].items()}
    return found


def claims(*operations: str, **how: Any) -> Callable[[Peer], None]:
    """Claims so for three seconds, and that this was all."""

    def lie(peer: Peer) -> None:
        begun = time.monotonic()
        for second in range(3):
            time.sleep(max(0.0, begun + second + 1 - time.monotonic()))
            peer.send("renhai_report", claimed(second, *operations, **how))
            peer.send("heartbeat", HEARTBEAT)
        peer.hear("renhai_close", 4000)
        last = claimed(3, n=0, journeys=0, last=True, partial=True)
        peer.send("renhai_report", {**last, "operations": {}})

    return lie


HEARTBEAT = {"state": "running", "current_cpu_usage": 1.0, "current_memory_usage": 1}


def another_version(led: Led) -> Attempt:
    """Asks for the run's file, as a worker does that joins."""
    with closing(Peer(led.port, name="10.0.0.7_download_locustfile_1a")) as peer:
        peer.send("locustfile", {"version": LOCUST, "renhai": "0.1.9"})
        peer.hear("locustfile", 4000)
        return led.ended()


def killed_while_it_joins(led: Led) -> Attempt:
    worker = led.worker()
    time.sleep(1.0)
    worker.kill()
    return led.ended(WAITED_S)


def at_work(number: int) -> Callable[[int], Act]:
    """Of so many real workers, the last one gets a signal in the middle of the load."""

    def with_signal(what: int) -> Act:
        def act(led: Led) -> Attempt:
            workers = [led.worker(one) for one in range(number)]
            until(lambda: led.measured or led.run.poll() is not None)
            time.sleep(0.5)
            workers[-1].send_signal(what)
            return led.ended()

        return act

    return with_signal


def with_another_key(led: Led) -> Attempt:
    """The worker, which must not obey that master; the run itself is ended."""
    worker = led.worker(key=new_key())
    code = worker.wait(PATIENCE_S)
    led.ended(0.1)
    said = (led.folder / "worker0.txt").read_text(encoding="utf-8").strip().splitlines()
    return Attempt(
        code, {0: "pass", 3: "invalid"}.get(code, ""), (), (said or [""])[-1][:300], (f"said: {said}",)
    )


def real(number: int, guest: bool = False) -> Act:
    """So many real workers; `guest`: somebody without the key knocks meanwhile."""

    def act(led: Led) -> Attempt:
        with contextlib.ExitStack() as stack:
            if guest:
                peer = stack.enter_context(closing(Peer(led.port, key="", name="guest")))
                peer.send("client_ready", "2.0")
            for one in range(number):
                led.worker(one)
            return led.ended()

    return act


ROWS: dict[str, tuple[str, int, Act, tuple[str, ...]]] = {
    "claims a pass without a key": ("no key", 1, stranger(key=""), FOUND_OUT),
    "claims a pass with another key": ("no key", 1, stranger(key=new_key()), FOUND_OUT),
    "knows the public half of the key": ("no key", 1, stranger(proof=new_key()), FOUND_OUT),
    "a worker asked by a master with another key": ("no key", 1, with_another_key, FOUND_OUT),
    **{f"sends {lie}": ("bad message", 1, lies(act), FOUND_OUT) for lie, act in LIES.items()},
    "sends keys that nobody knows": ("bad message", 1, lies(
        lambda peer: peer.send("renhai_report", report(everything="fine", verdict="pass"))), FOUND_OUT),
    "sends counts that are texts": ("bad message", 1, lies(
        lambda peer: peer.send("renhai_report", report(due="20"))), FOUND_OUT),
    "sends more ok than it began": ("bad message", 1, lies(
        lambda peer: peer.send("renhai_report", more_ok_than_begun())), FOUND_OUT),
    "of another version": ("bad message", 1, another_version, FOUND_OUT),
    "claims one of two operations": ("claim", 1, lies(claims("shelf.get")), FOUND_OUT),
    "claims what is not in the plan": ("claim", 1, lies(claims("shelf.burn")), FOUND_OUT),
    "claims more arrivals than there are": ("claim", 1, lies(claims(*BOTH, due=10**15)), FOUND_OUT),
    "claims half of the arrivals": ("claim", 1, lies(claims(*BOTH, n=5, journeys=5)), FOUND_OUT),
    "claims journeys without requests": ("claim", 1, lies(claims()), FOUND_OUT),
    "joins, and says no more": ("silence", 1, lies(lambda peer: None), FOUND_OUT),
    "is killed while it joins": ("dies", 1, killed_while_it_joins, FOUND_OUT),
    "is killed at work": ("dies", 1, at_work(1)(signal.SIGKILL), FOUND_OUT),
    "one of two is killed at work": ("dies", 2, at_work(2)(signal.SIGKILL), FOUND_OUT),
    "is told to end at work": ("dies", 1, at_work(1)(signal.SIGTERM), FOUND_OUT),
    "one of two freezes at work": ("dies", 2, at_work(2)(signal.SIGSTOP), FOUND_OUT),
    "one real worker": ("worker", 1, real(1), PASS),
    "two real workers": ("worker", 2, real(2), PASS),
    "a real worker, and a stranger at the door": ("worker", 1, real(1, guest=True), PASS),
}  # fmt: skip


def peer_cases(ports: dict[str, int]) -> Iterator[Case]:
    """A run with each of them."""
    for name, (kind, expect, act, ends) in ROWS.items():

        def attempt(folder: Path, expect: int = expect, act: Act = act) -> Attempt:
            with Led(folder, ports["a plain target"], expect) as led:
                return act(led)

        yield Case(f"peer: {name}", f"peer: {kind}", attempt, ends)
