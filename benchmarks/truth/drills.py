"""A drill beside the truth: `python -m benchmarks drills [--times N]`.

A server that answers at once stands still (SIGSTOP) for 5 s, again and again, under 400 arrivals a second.
Its own log says when it answered whom of the backlog, in their order: who came n-th after the freeze began
came n / 400 s after it. The last of them who waited longer than the limit gives the true RTO, which renhai
must meet within 0.1 s, by buckets of 50 ms. Exits 1 when one is not met.

What renhai tells is the begin of a bucket, so it is up to 50 ms later than the truth, 25 ms in the mean. What
is off beyond that (`late s`) is how much later than the server wrote them the load process read the answers,
which all come at once; server and load have a core each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import signal
import socket
import subprocess
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from time import monotonic_ns
from typing import Any, NamedTuple

from benchmarks.rig import HOME, PYTHON, cores, environment, finish, pinned, report, running, scratch, table

TIMES, RATE, FREEZE_S, LIMIT_S, APART_S, FIRST_S = 20, 400, 5.0, 1.0, 9, 2
NEAR_S, BUCKET_S = 0.1, 0.05
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
  steady: {good: [p95 < 1s, error_rate < 1%], bucket: 50ms, at_least: 15, in_a_row: 5}
  method:
METHOD
  thresholds: [rto < 10s]
"""


class Freeze(NamedTuple):
    """Seconds: how long it lasted, how long the backlog took, what follows, and what renhai says."""

    lasted: float
    backlog: float
    truth: float
    told: float | None

    @property
    def off(self) -> float:
        return float("inf") if self.told is None else abs(self.told - self.truth)

    @property
    def late(self) -> float:
        """Beyond the begin of the next bucket."""
        return (self.told or 0.0) - math.ceil(round(self.truth / BUCKET_S, 6)) * BUCKET_S


class _Answers(asyncio.Protocol):
    times: array[int] = array("q")

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"\r\n\r\n")):
            self.times.append(monotonic_ns())
            self._transport.write(ANSWER)


def serve(folder: Path) -> None:
    """Answers at once, and leaves the time of each answer when it is told to end."""
    import uvloop

    async def run() -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, over.set)
        listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        server = await loop.create_server(_Answers, sock=listener, backlog=4096)
        print(listener.getsockname()[1], flush=True)
        await over.wait()
        server.close()
        (folder / "answers.bin").write_bytes(_Answers.times.tobytes())

    uvloop.run(run())


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
        waiting = [moment for moment in answers if moment >= ended[number]][: round(RATE * lasted)]
        backlog = (waiting[-1] - ended[number]) / 1e9
        truth = _truth(began[number], waiting)
        found.append(Freeze(lasted, backlog, truth, told[number] if number < len(told) else None))
    return found


def _truth(began_ns: int, waiting: Sequence[int]) -> float:
    """Seconds from the freeze until the last of them came who had to wait longer than the limit."""
    late = [n for n, moment in enumerate(waiting) if (moment - began_ns) / 1e9 - n / RATE >= LIMIT_S]
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
        [n + 1, *(f"{value:.3f}" for value in (one.lasted, one.backlog, one.truth)),
         "–" if one.told is None else f"{one.told:.2f}", f"{one.off:.3f}", f"{one.late:.2f}"]
        for n, one in enumerate(found)
    ]  # fmt: skip
    heads = ["freeze", "lasted s", "backlog s", "RTO by truth s", "RTO told s", "off s", "late s"]
    near = sum(one.off <= NEAR_S for one in found)
    print(f"{near} of {asked.times} within {NEAR_S} s", flush=True)
    report(
        "drills", "A drill beside the truth", [table(heads, rows)], {"freezes": found}, keep=not asked.draft
    )
    return int(near < asked.times)


if __name__ == "__main__":
    serve(Path(sys.argv[2]))
