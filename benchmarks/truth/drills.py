"""A drill beside the truth: `python -m benchmarks drills [--times N]`.

A server of one queue that takes 1 ms for each stands still (SIGSTOP) for 5 s, again and again, under 210
arrivals a second. Its own log says when it answered whom, in their order: who came n-th after the freeze
began came n / 210 s after it. The last of them who waited longer than the limit gives the true RTO, which
renhai must meet within 0.1 s, by buckets of 100 ms of 20 arrivals at least. Exits 1 when one is not met.

The server is slower than a load process reads, so that nobody's answer waits there to be read; its log has
the moment after the answer was handed to the kernel. Server and load have a core each.
"""

from __future__ import annotations

import argparse
import json
import select
import signal
import socket
import subprocess
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from time import monotonic_ns, sleep
from typing import NamedTuple

from benchmarks.rig import HOME, PYTHON, cores, environment, finish, pinned, report, running, scratch, table

TIMES, RATE, FREEZE_S, LIMIT_S, APART_S, FIRST_S = 20, 210, 5.0, 1.0, 10, 2
SERVICE_S, NEAR_S = 0.001, 0.1
BACKLOG_S = 2.5  # after a freeze, in which somebody may still have to wait for those before
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
TARGET = """name: still
environment: test
url: URL
success: any
connections: {shared: 4000, idle: 60s}
drills: [freeze]
services: {server: {pid_file: server.pid}}
operations: {item.ask: {path: /, body: null}}
"""
SCENARIO = """# Is the RTO of a freeze what freeze, limit and backlog say?
name: frozen
target: ./still.yaml
data: {seed: 1, taxpayers: 1}
load:
  arrivals: {rate: RATE/s, process: constant, journeys: {item.once: 1}, max_in_flight: 5000}
  stages: [{hold: LASTs}]
journeys: {item.once: [{send: item.ask}]}
thresholds: {"*": [error_rate < 1%]}
drill:
  steady: {good: [p95 < 1s, error_rate < 1%], bucket: 100ms, at_least: 20, in_a_row: 5}
  method:
METHOD
  thresholds: [rto < 10s]
"""


class Freeze(NamedTuple):
    """Seconds: how long it lasted, until nobody was late any more, and what renhai says."""

    lasted: float
    truth: float
    told: float | None

    @property
    def off(self) -> float:
        return float("inf") if self.told is None else self.told - self.truth


def serve(folder: Path) -> None:
    """Answers one after the other, as they came; leaves the time of each answer when it is told to end."""
    over: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: over.append(number))
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)
    ready = select.epoll()
    ready.register(listener, select.EPOLLIN)
    there: dict[int, socket.socket] = {}
    times = array("q")
    print(listener.getsockname()[1], flush=True)
    while not over:
        for number, _ in ready.poll(0.2):
            if number == listener.fileno():
                _accept(listener, ready, there)
            else:
                _answer(there, number, times)
    (folder / "answers.bin").write_bytes(times.tobytes())


def _accept(listener: socket.socket, ready: select.epoll, there: dict[int, socket.socket]) -> None:
    while True:
        try:
            one, _ = listener.accept()
        except BlockingIOError:
            return
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        there[one.fileno()] = one
        ready.register(one, select.EPOLLIN)


def _answer(there: dict[int, socket.socket], number: int, times: array[int]) -> None:
    try:
        data = there[number].recv(65536)
        for _ in range(data.count(b"\r\n\r\n")):
            sleep(SERVICE_S)
            there[number].sendall(ANSWER)
            times.append(monotonic_ns())
    except OSError:
        data = b""
    if not data:
        there.pop(number).close()


def drilled(times: int, folder: Path) -> list[Freeze]:
    """One run with so many freezes."""
    last = FIRST_S + times * APART_S
    act = f"do: freeze, service: server, for: {FREEZE_S:g}s"
    at = [f"    - {{at: {FIRST_S + n * APART_S}s, {act}}}" for n in range(times)]
    text = SCENARIO.replace("RATE", str(RATE)).replace("LAST", str(last)).replace("METHOD", "\n".join(at))
    (folder / "frozen.yaml").write_text(text, encoding="utf-8")
    place = cores()
    line = pinned(place.target, [PYTHON, "-m", "benchmarks.truth.drills", "--serve", str(folder)])
    with running(line, stdout=subprocess.PIPE, cwd=HOME, env=environment()) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        (folder / "server.pid").write_text(str(server.pid))
        (folder / "still.yaml").write_text(
            TARGET.replace("URL", f"http://127.0.0.1:{port}"), encoding="utf-8"
        )
        run = [PYTHON, "-m", "renhai", "run", "frozen.yaml", "--out", str(folder / "runs")]
        run = pinned(place.generator, run)
        code, told = finish(run, last + 120, folder, environment())
        server.terminate()
        server.wait(30)
    found = sorted((folder / "runs").glob("*/run.json"))
    if not found:
        raise SystemExit(f"the run ended with {code}: {told[-2000:]}")
    document = json.loads(found[0].read_text(encoding="utf-8"))
    answers = array("q")
    answers.frombytes((folder / "answers.bin").read_bytes())
    return _freezes(found[0].parent, document, answers)


def _freezes(run: Path, document: dict[str, object], answers: array[int]) -> list[Freeze]:
    rows = [json.loads(line) for line in (run / "drill.jsonl").read_text(encoding="utf-8").splitlines()]
    began = {row["number"]: row["began_ns"] for row in rows if row["event"] == "done"}
    ended = {row["number"]: row["began_ns"] for row in rows if row["event"] == "undone"}
    drill = document["drill"]
    assert isinstance(drill, dict)
    told = [one["rto_s"] for one in drill["episodes"]]
    found = []
    for number in sorted(began):
        lasted = (ended[number] - began[number]) / 1e9
        after = [moment for moment in answers if moment >= ended[number]]
        truth = _truth(began[number], after[: round(RATE * (lasted + BACKLOG_S))])
        found.append(Freeze(lasted, truth, told[number] if number < len(told) else None))
    return found


def _truth(began_ns: int, answered: Sequence[int]) -> float:
    """Seconds from the freeze until the first of them came after the last who waited beyond the limit."""
    late = [n for n, moment in enumerate(answered) if (moment - began_ns) / 1e9 - n / RATE >= LIMIT_S]
    return (max(late, default=-1) + 1) / RATE


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when every RTO is within 0.1 s of the truth."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks drills", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help="freezes")
    parser.add_argument("--draft", action="store_true", help="print, and leave the page as it is")
    asked = parser.parse_args(arguments)
    with scratch("drills") as folder:
        found = drilled(asked.times, folder)
    rows = [
        [n + 1, f"{one.lasted:.3f}", f"{one.truth:.3f}", "–" if one.told is None else f"{one.told:.3f}",
         f"{one.off:+.3f}"]
        for n, one in enumerate(found)
    ]  # fmt: skip
    heads = ["freeze", "lasted s", "RTO by truth s", "RTO told s", "off s"]
    near = sum(abs(one.off) <= NEAR_S for one in found)
    print(f"{near} of {asked.times} within {NEAR_S} s", flush=True)
    report(
        "drills", "A drill beside the truth", [table(heads, rows)], {"freezes": found}, keep=not asked.draft
    )
    return int(near < asked.times)


if __name__ == "__main__":
    serve(Path(sys.argv[2]))
