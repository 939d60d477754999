"""How many durable submits, and how many queries, does the reference target answer a second on one core?

    taskset is applied here: the target is pinned to one core, this client to another.
    python -m benchmarks target_durable [--connections 128] [--seconds 5] [--database URL]

Declarations of general taxpayers (38 rows in four columns, two sheets) are made before the clock starts.
Every answer is checked for rtn_code 0, and the target's own audit list must hold exactly what it
acknowledged. Goal: 2,000 submits a second. How long the disk takes for a write of its own stands beside: who
waits for it shows in CPU of the target far below 100 %, and more go together the more connections there are.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import psutil

from generators.documents.registration import registration
from generators.documents.vat.declaration import declaration
from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer
from renhai.safety.pinned_session import PinnedSession

GOAL = 2000
SUCCESS = b'"rtn_code":"0"'
PAID = ("fcyjse", "bqjnsqynse", "bqjnqjse")  # rows 28, 30 and 31 of the main form


class Rate(NamedTuple):
    """Answers a second, and the share of one core that the target used for them."""

    per_second: float
    target_cpu: float
    answered: int


class Connection:
    """One kept-alive connection with one request in flight at a time."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests, self._buffer = requests, b""

    def send(self) -> bool:
        """Send the next request; False when there is none left."""
        request = next(self._requests, None)
        if request is None:
            return False
        self.socket.sendall(request)
        return True

    def answer(self) -> bytes | None:
        """The body, once it is complete."""
        received = self.socket.recv(65536)
        if not received:
            raise SystemExit("the target closed a connection")
        self._buffer += received
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return None
        self._buffer = b""
        return body


def request(path: str, document: object) -> bytes:
    """A complete HTTP request."""
    body = json.dumps(document, ensure_ascii=False).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: target\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def drive(port: int, work: list[Iterator[bytes]], seconds: float, target: psutil.Process) -> Rate:
    """Keep one request in flight on each connection until time or work is over."""
    poll = select.epoll()
    connections = {}
    for requests in work:
        connection = Connection(port, requests)
        connections[connection.socket.fileno()] = connection
        poll.register(connection.socket.fileno(), select.EPOLLIN)
    cpu, start = sum(target.cpu_times()[:2]), time.perf_counter()
    busy, answered, end = 0, 0, start + seconds
    for connection in connections.values():
        busy += connection.send()
    while busy:
        for number, _ in poll.poll(10):
            body = connections[number].answer()
            if body is None:
                continue
            if SUCCESS not in body:
                raise SystemExit(f"the target answered {body.decode()[:300]}")
            answered += 1
            busy -= not (time.perf_counter() < end and connections[number].send())
    elapsed = time.perf_counter() - start
    used = sum(target.cpu_times()[:2]) - cpu
    for connection in connections.values():
        connection.socket.close()
    poll.close()
    return Rate(answered / elapsed, used / elapsed, answered)


def spread(requests: list[bytes], connections: int) -> list[Iterator[bytes]]:
    """Deal requests out to connections, one after another."""
    return [islice(iter(requests), start, None, connections) for start in range(connections)]


def first_returns(count: int) -> Iterator[tuple[Taxpayer, dict[str, Any]]]:
    """General taxpayers with the first return of their books, those who paid nothing before it: the target
    holds what a return says was paid against what it was paid."""
    people = Population(20150911, "gt3_2015")
    made = ((t, declaration(t, 0)) for t in map(people.taxpayer, range(50 * count)) if t.scale == "general")
    return islice(((t, document) for t, document in made if _unpaid(document)), count)


def _unpaid(document: dict[str, Any]) -> bool:
    columns = document.get("zb", ())  # a small-scale taxpayer's form has none
    return bool(columns) and not any(column[field] for column in columns for field in PAID)


def submits(connections: int, count: int) -> tuple[list[bytes], list[Iterator[bytes]], list[bytes]]:
    """Registrations; declarations dealt out to the connections; status queries."""
    prepared = list(first_returns(count))
    registrations = [request("/api/registration/save", registration(t)) for t, _ in prepared]
    bodies = [request("/api/declaration/submit", document) for _, document in prepared]
    keys = ("djxh", "skssqq", "skssqz", "yzpzzlDm")
    queries = [
        request("/api/declaration/status", {key: document[key] for key in keys}) for _, document in prepared
    ]
    return registrations, spread(bodies, connections), queries


def stored(url: str) -> int:
    """Declarations in the target's audit list."""
    count, after = 0, 0
    with PinnedSession(url, "127.0.0.1") as session:
        while after is not None:
            path = f"/admin/list/declarations?limit=10000&after={after}"
            page = session.get_json(path, timeout=30, most_bytes=1 << 28)
            count, after = count + len(page["rows"]), page["next"]
    return count


def disk_ms(writes: int = 100) -> float:
    """The median of what appending 24 KB to a file and having it on the disk takes, where databases are."""
    taken = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(writes):
            os.write(file.fileno(), bytes(24_576))
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit 1 when the goal was missed."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks target_durable", description=__doc__.partition("\n")[0]
    )
    options.add_argument("--connections", type=int, default=128)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--prepare", type=int, default=16_000, help="declarations to make beforehand")
    options.add_argument("--database", default="")
    chosen = options.parse_args(arguments)
    cores = sorted(os.sched_getaffinity(0))
    registrations, work, queries = submits(chosen.connections, chosen.prepare)
    os.sched_setaffinity(0, {cores[-1]})
    command = ["taskset", "-c", str(cores[0]), sys.executable, "-m", "renhai.reference", "--port", "0"]
    command += ["--database", chosen.database] if chosen.database else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline()) if process.stdout else {}
            print(f"{'disk':16} {disk_ms():8.2f} ms  for 24 KB")
            prepared = (registrations, work, queries)
            rate = report(ready["url"], psutil.Process(ready["pid"]), prepared, chosen)
        finally:
            process.terminate()
    print(f"goal: {GOAL:,} durable submits a second: {'reached' if rate >= GOAL else 'MISSED'}")
    return int(rate < GOAL)


def report(
    url: str,
    target: psutil.Process,
    prepared: tuple[list[bytes], list[Iterator[bytes]], list[bytes]],
    chosen: argparse.Namespace,
) -> float:
    """Register, submit, query; one line each. Returns durable submits a second."""
    registrations, work, queries = prepared
    port, durable = int(url.rpartition(":")[2]), 0.0
    phases = (
        ("registrations", spread(registrations, chosen.connections)),
        ("durable submits", work),
        ("status queries", spread(queries * 4, chosen.connections)),
    )
    for name, requests in phases:
        rate = drive(port, requests, chosen.seconds if name != "registrations" else 600, target)
        shown = f"{rate.per_second:8,.0f}/s  target CPU {rate.target_cpu:4.0%}  {rate.answered} answered"
        print(f"{name:16} {shown}")
        if name == "durable submits":
            durable = rate.per_second
            if stored(url) != rate.answered:
                raise SystemExit(f"{rate.answered} were acknowledged, {stored(url)} are stored")
    return durable


if __name__ == "__main__":
    raise SystemExit(main())
