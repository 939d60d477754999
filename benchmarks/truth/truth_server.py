"""A small HTTP server that answers at exact moments: `python -m benchmarks.truth.truth_server --case stall`.

One epoll loop that polls instead of sleeping when a deadline is near, because epoll's own timeout counts in
whole milliseconds: give it a core of its own. Every POST is answered with the fixed answer of
benchmarks/peers/nginx.py at the moment that the law of laws.py sets, counted from the first POST. A
GET answers at once with the number of POSTs received. It prints one JSON line with its url, and on SIGTERM
saves what it saw to --record.
"""

from __future__ import annotations

import argparse
import heapq
import json
import resource
import select
import signal
import socket
import time
from array import array
from pathlib import Path

from benchmarks.peers.nginx import ANSWER
from benchmarks.truth.laws import CASES, Law

HEAD_END = b"\r\n\r\n"
NEAR = 0.002  # seconds: a deadline closer than this is waited for by polling
IDLE = 0.05
LIFETIME = 600.0  # seconds after which a forgotten server ends by itself


def response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


ACCEPTED = response(json.dumps(ANSWER, ensure_ascii=False, separators=(",", ":")).encode())


def body_length(head: bytes) -> int:
    """Content-Length of a request head, 0 where it has none."""
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    return int(lower[at + 17 : lower.find(b"\r\n", at + 17)]) if at >= 0 else 0


def take_request(buffer: bytearray) -> bytes | None:
    """Cut one whole request off the buffer and give its head; None while it is not whole yet."""
    end = buffer.find(HEAD_END)
    if end < 0:
        return None
    head = bytes(buffer[: end + 2])
    size = end + 4 + body_length(head)
    if len(buffer) < size:
        return None
    del buffer[:size]
    return head


class TruthServer:
    """`received` and `sent` are seconds on this machine's monotonic clock, one pair an answered POST.

    connections: how many carried a POST.
    """

    def __init__(self, law: Law | None, port: int = 0, shares: bool = False) -> None:
        self.law = law
        self.received, self.sent = array("d"), array("d")
        self.connections = self._arrived = 0
        self._unused: set[int] = set()  # descriptors of connections that carried none yet
        self._zero: float | None = None
        self._listener = socket.create_server(("127.0.0.1", port), backlog=16384, reuse_port=shares)
        self._listener.setblocking(False)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._epoll = select.epoll()
        self._epoll.register(self._listener.fileno(), select.EPOLLIN)
        self._sockets: dict[int, socket.socket] = {}
        self._buffers: dict[int, bytearray] = {}
        self._answers: list[tuple[float, int, socket.socket, float]] = []
        self.ended = False

    def run(self, lifetime: float = LIFETIME) -> None:
        stop = time.monotonic() + lifetime
        while not self.ended:
            now = time.monotonic()
            while self._answers and self._answers[0][0] <= now:
                self._answer()
            if now > stop:
                return
            for descriptor, _ in self._epoll.poll(self._patience(now), 256):
                if descriptor == self._listener.fileno():
                    self._accept()
                else:
                    self._read(descriptor)

    def _patience(self, now: float) -> float:
        if not self._answers:
            return IDLE
        left = self._answers[0][0] - now
        return 0.0 if left < NEAR else min(left - NEAR / 2, IDLE)

    def _accept(self) -> None:
        for _ in range(256):
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets[connection.fileno()] = connection
            self._buffers[connection.fileno()] = bytearray()
            self._unused.add(connection.fileno())
            self._epoll.register(connection.fileno(), select.EPOLLIN)

    def _read(self, descriptor: int) -> None:
        connection = self._sockets[descriptor]
        try:
            data = connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(descriptor)
            return
        buffer = self._buffers[descriptor]
        buffer += data
        while (head := take_request(buffer)) is not None:
            self._request(connection, head)

    def _request(self, connection: socket.socket, head: bytes) -> None:
        now = time.monotonic()
        if head.startswith(b"GET"):
            connection.send(response(str(self._arrived).encode()))
            return
        if self._zero is None:
            self._zero = now
        if connection.fileno() in self._unused:
            self._unused.discard(connection.fileno())
            self.connections += 1
        self._arrived += 1
        due = now if self.law is None else self._zero + self.law.due(now - self._zero)
        heapq.heappush(self._answers, (due, self._arrived, connection, now))
        if due <= now:
            self._answer()

    def _answer(self) -> None:
        _, _, connection, received = heapq.heappop(self._answers)
        try:
            connection.send(ACCEPTED)
        except OSError:
            return
        self.received.append(received)
        self.sent.append(time.monotonic())

    def _close(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)
        self._sockets.pop(descriptor).close()
        del self._buffers[descriptor]
        self._unused.discard(descriptor)

    def save(self, path: Path) -> None:
        """One JSON with two lists of seconds, in order of answering, and the number of connections."""
        seen = {"received": self.received.tolist(), "sent": self.sent.tolist()}
        path.write_text(json.dumps({**seen, "connections": self.connections}), encoding="utf-8")


def allow_many_connections() -> None:
    """As many open files as the machine permits: one connection an operator of some tools."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> None:
    allow_many_connections()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=[case.name for case in CASES], help="at once when left out")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--shares", action="store_true", help="the port with others, as the kernel deals")
    parser.add_argument("--record", type=Path, help="where to save receive and send times at the end")
    options = parser.parse_args()
    law = next((case.make() for case in CASES if case.name == options.case), None)
    server = TruthServer(law, options.port, options.shares)
    signal.signal(signal.SIGTERM, lambda *_: setattr(server, "ended", True))
    print(json.dumps({"url": server.url}), flush=True)
    server.run()
    if options.record:
        server.save(options.record)


if __name__ == "__main__":
    main()
