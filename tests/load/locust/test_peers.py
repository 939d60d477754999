"""Who may speak: a peer without the run's key gets nothing, one that holds it and lies ends its own part."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from zmq.utils import z85

from renhai import __version__
from renhai.core.join_key import new_key
from renhai.core.machine.ports import free_port
from tests.load.locust.locust_run import (
    KEY,
    LocustProcess,
    Target,
    at_port,
    begin,
    closed,
    make_plan,
    post,
    target,
    until,
)
from tests.load.worker.test_message_schema import report
from tests.side_by_side import Runs, side_by_side, wanted

Check = Callable[[Target, Path], None]
LOCUST = version("locust")  # as `import locust` says it, which would patch the process that imports it
PATIENCE_MS = 20_000
SHORT_MS = 2_000
SIDE_BY_SIDE = 3


@dataclass
class Peer:
    """A worker made of nothing but messages. key: "" speaks in the clear; `proof`: another key to prove."""

    port: int
    key: str = KEY
    proof: str = ""
    name: str = "rogue"
    socket: Any = field(init=False)

    def __post_init__(self) -> None:
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.identity = self.name.encode()
        if self.key:
            secret = z85.encode(bytes.fromhex(self.proof or self.key))
            self.socket.curve_secretkey, self.socket.curve_publickey = secret, zmq.curve_public(secret)
            self.socket.curve_serverkey = zmq.curve_public(z85.encode(bytes.fromhex(self.key)))
        self.socket.connect(f"tcp://127.0.0.1:{self.port}")

    def close(self) -> None:
        self.socket.close()

    def send(self, kind: str, data: Any = None, name: str = "") -> None:
        self.socket.send(msgpack.dumps((kind, data, name or self.name)))

    def hear(self, kind: str = "", patience_ms: int = PATIENCE_MS) -> Any:
        """The data of the next message, of that kind; None where none came in time."""
        deadline = time.monotonic() + patience_ms / 1000
        while self.socket.poll(max(0, 1000 * (deadline - time.monotonic()))):
            found = msgpack.loads(self.socket.recv(), strict_map_key=False)
            if not kind or found[0] == kind:
                return found[1] if found[1] is not None else {}
        return None

    def join(self) -> None:
        """As a worker does, until the master has opened the load."""
        asked = None
        for _ in range(PATIENCE_MS // 500):
            self.send("client_ready", LOCUST)  # again and again: it has no heart that beats
            if (asked := self.hear("spawn", 500)) is not None:
                break
        assert asked is not None, "the master did not take it on"
        counts = asked["user_classes_count"]
        self.send("spawning")
        self.send("spawning_complete", {"user_classes_count": counts, "user_count": sum(counts.values())})
        self.send("renhai_hello", {"ns": 1, "renhai": __version__})
        self.send("renhai_ready", {"offset_ns": 0})
        assert self.hear("renhai_open") is not None


def led(tax: Target, folder: Path, expect: int) -> tuple[LocustProcess, int]:
    """A master that waits for so many workers."""
    port = free_port()
    load = closed({"desk": 2}, (3, 2, 2))
    plan = make_plan(folder, tax.url, load, posts={"desk": post(0.1, registration__register=1)})
    line = ["--master", "--expect-workers", str(expect), *at_port(port)[0]]
    process = begin(plan, *line)
    until(lambda: listens(port))
    return process, port


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def worker(folder: Path, port: int, **variables: str) -> LocustProcess:
    return LocustProcess(folder, ["--worker", "-f", "-", *at_port(port)[1]], folder, **variables)


STRANGERS = {
    "without a key": {"key": ""},
    "with another key": {"key": new_key()},
    "that knows the public half alone": {"proof": new_key()},
}


def strangers_get_nothing(tax: Target, tmp_path: Path) -> None:
    """Neither the plan, nor a place in the run; who holds the key runs it to its end beside them."""
    master, port = led(tax, tmp_path, 1)
    try:
        for number, kind in enumerate(STRANGERS.values()):
            with closing(Peer(port, name=f"stranger{number}", **kind)) as stranger:
                stranger.send("locustfile", {"version": LOCUST})
                stranger.send("client_ready", LOCUST)
                assert stranger.hear(patience_ms=SHORT_MS) is None, kind
        with closing(Peer(port, name="asks")) as ours:
            ours.send("locustfile", {"version": LOCUST, "renhai": __version__})
            plan = ours.hear("locustfile")
            assert plan is not None and "load.py" in str(plan)[:300]
        other = worker(tmp_path, port)
        left, joined = master.wait(), other.wait()
    finally:
        master.kill()
    assert (left.measured["ended"], joined.code) == ("completed", 0)
    assert left.measured["unhealthy"] == []
    assert left.agrees_with_itself()
    assert "without the key of this run was turned away" in left.stderr


def a_worker_with_another_key_says_so(tax: Target, tmp_path: Path) -> None:
    master, port = led(tax, tmp_path, 1)
    try:
        left = worker(tmp_path, port, RENHAI_JOIN_KEY=new_key()).wait()
        bare = worker(tmp_path, port, RENHAI_JOIN_KEY="").wait()
    finally:
        master.kill()
        master.wait()
    assert left.code == 3
    assert left.stderr.splitlines()[-1].startswith("the master has another key: give the one of this run")
    assert bare.code == 2
    assert "RENHAI_JOIN_KEY does not hold a key" in bare.stderr
    assert "Traceback" not in left.stderr + bare.stderr


def hist(bucket: int, count: int) -> tuple[bytes, bytes]:
    return struct.pack("<i", bucket), struct.pack("<q", count)


def shelf(latency: tuple[bytes, bytes], n: int = 20) -> dict[str, Any]:
    entry = {"started": n, "ok": n, "rejected": 0, "errors": 0, "latency": latency, "service": hist(100, n)}
    return report(operations={"shelf.get": entry}, answers=n)


LIES: dict[str, Callable[[Peer], None]] = {  # every second one stands for the next, too: see SHARE
    "a bucket beyond the last": lambda p: p.send("renhai_report", shelf(hist(2**31 - 1, 20))),
    "a second that has not come": lambda p: p.send("renhai_report", report(second=10_000)),
    "in another's name": lambda p: p.send("renhai_report", report(), name="somebody"),
    "a second beyond all": lambda p: p.send("renhai_report", report(second=10**8)),
    "what no worker says": lambda p: p.send("spawn", {}),
    "a bucket below the first": lambda p: p.send("renhai_report", shelf(hist(-5, 20))),
    "no message": lambda p: p.socket.send(b"\xc1 no msgpack"),
    "journeys cut short": lambda p: p.send("renhai_report", report(journeys={"two.steps": [1]})),
    "an empty message": lambda p: p.socket.send(b""),
    "no report at all": lambda p: p.send("renhai_report", {}),
    "two parts": lambda p: p.socket.send_multipart([b"a", b"b"]),
    "a heartbeat of nothing": lambda p: p.send("heartbeat"),
}


def a_lie_of_the_only_worker(lie: str, tax: Target, tmp_path: Path) -> None:
    master, port = led(tax, tmp_path, 1)
    try:
        with closing(Peer(port)) as rogue:
            rogue.join()
            LIES[lie](rogue)
            left = master.wait()
    finally:
        master.kill()
    assert left.measured["ended"] == "interrupted"
    assert any("rogue sent what cannot be used" in reason for reason in left.measured["unhealthy"])
    assert left.measured["operations"] == {}
    assert "Traceback" not in left.stderr


def a_lie_beside_an_honest_worker(tax: Target, tmp_path: Path) -> None:
    """Nothing of the lie is merged, what the other one did is whole, and the run is not healthy."""
    master, port = led(tax, tmp_path, 2)
    honest = worker(tmp_path, port)
    try:
        with closing(Peer(port)) as rogue:
            rogue.join()
            rogue.send("renhai_report", report(sequence=1))
            rogue.send("renhai_report", {**shelf(hist(-5, 20)), "sequence": 2})
            left, joined = master.wait(), honest.wait()
    finally:
        master.kill()
        honest.kill()
    measured = left.measured
    assert (measured["ended"], joined.code) == ("completed", 0)
    assert any("rogue sent what cannot be used" in reason for reason in measured["unhealthy"])
    assert measured["generator"]["workers_lost"] == 1
    assert "shelf.get" not in measured["operations"]
    assert measured["operations"]["registration.query"]["ok"] > 0
    assert measured["operations"]["a.b"]["ok"] == 2  # what it said while it was believed
    assert left.agrees_with_itself()


def a_worker_of_another_version(first: str, data: dict[str, Any], tax: Target, tmp_path: Path) -> None:
    """It is told so, gets no plan, and the run ends: it would wait for this worker for ever."""
    master, port = led(tax, tmp_path, 1)
    try:
        with closing(Peer(port, name="10.0.0.7_download_locustfile_1a")) as older:
            older.send(first, data)
            answer = older.hear("locustfile")
            left = master.wait()
    finally:
        master.kill()
    theirs = data.get("renhai", "older than 0.2.0")
    both = f"renhai {theirs}, the master {__version__}"
    assert both in answer["error"] and "locustfiles" not in answer
    (reason,) = left.measured["unhealthy"]
    assert reason.startswith(f"worker 10.0.0.7 has {both}: it was refused; use one version")
    assert left.measured["operations"] == {}


CHECKS: dict[str, Check] = {
    "an older worker asks": partial(
        a_worker_of_another_version, "locustfile", {"version": LOCUST, "renhai": "0.1.9"}
    ),
    "an older worker comes": partial(a_worker_of_another_version, "renhai_hello", {"ns": 1}),
    "strangers": strangers_get_nothing,
    "another key": a_worker_with_another_key_says_so,
    "beside an honest one": a_lie_beside_an_honest_worker,
}
# A share of its rows runs in `make test`, all with --all: what is made of a lie is one thing for all; which
# reports are lies is held in process (tests/load/worker/test_message_schema.py).
SHARE = {"test_lie": 2}


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[None]]:
    here = wanted(request, "lie")
    lies = {lie: partial(a_lie_of_the_only_worker, lie) for lie in LIES if lie in here}

    def go(tax: Target, check: Check) -> None:
        check(tax, tmp_path_factory.mktemp("run"))

    with target(tmp_path_factory.mktemp("target")) as tax:
        acts = {name: partial(go, tax, check) for name, check in (CHECKS | lies).items()}
        with side_by_side(acts, SIDE_BY_SIDE) as runs:
            yield runs


@pytest.mark.parametrize("check", CHECKS)
def test_peer(check: str, under_way: Runs[None]) -> None:
    under_way.result(check)


@pytest.mark.parametrize("lie", LIES)
def test_lie(lie: str, under_way: Runs[None]) -> None:
    under_way.result(lie)
