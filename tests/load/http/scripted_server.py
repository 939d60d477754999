"""A server that does exactly as it is told, in a process of its own, so that no gevent hub is between.

`ScriptedServer.open(steps)` returns a port whose every connection plays the steps:

    "request"            read one whole request (Content-Length bodies) and count it; end quietly at EOF
    {"send": text}       send latin-1 text            {"drip": text, "every": s}   byte by byte
    {"wait": s}          sleep                        "hang"                       until the client closes
    {"told": text}       send it once `tell` says so: however slow a machine is, not before
    "close" "reset" "half"   close, close with RST (SO_LINGER 0), close the sending side only
    "again"              start over

`ScriptedServer.seen(port)` tells {"connections", "requests", "texts"}, the latter being whole requests.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from typing import Any

Step = str | dict[str, Any]
OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENCE_S = 10.0
GOOD: list[Step] = ["request", {"send": OK}, "again"]


class ScriptedServer:
    """The side of the tests: a child process that is asked over its pipes."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def _ask(self, **question: Any) -> Any:
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(json.dumps(question) + "\n")
        return json.loads(self._child.stdout.readline())

    def open(self, steps: list[Step], host: str = "127.0.0.1", tls: dict[str, str] | None = None) -> int:
        return int(self._ask(do="open", steps=steps, host=host, tls=tls))

    def seen(self, port: int) -> dict[str, Any]:
        return dict(self._ask(do="seen", port=port))

    def tell(self, port: int) -> None:
        """Have the connection that waits for it send what it is to be told; it is on its way then."""
        assert self._ask(do="tell", port=port), "no connection of this port waited to be told"

    def seen_after(self, port: int, requests: int) -> dict[str, Any]:
        """`seen`, once at least so many requests have arrived (or a second has passed)."""
        deadline = time.monotonic() + 1
        while (seen := self.seen(port))["requests"] < requests and time.monotonic() < deadline:
            time.sleep(0.005)
        return seen

    def stop(self) -> None:
        assert self._child.stdin and self._child.stdout
        self._child.stdin.close()
        self._child.wait(5)
        self._child.stdout.close()


# The child process


class Port:
    def __init__(self, steps: list[Step], host: str, tls: dict[str, str] | None) -> None:
        self.steps = steps
        self.context = _server_context(tls) if tls else None
        self.connections = 0
        self.told, self.sent = threading.Semaphore(0), threading.Semaphore(0)
        self.texts: list[str] = []
        self.listener = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=256
        )
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def number(self) -> int:
        return int(self.listener.getsockname()[1])

    def _accept(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, ValueError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            self._play(connection)

    def _play(self, connection: socket.socket) -> None:
        steps = list(self.steps)
        while steps:
            step = steps.pop(0)
            if step == "again":
                steps = list(self.steps)
            elif step == "request":
                if not self._read_request(connection):
                    return
            elif isinstance(step, dict) and "told" in step:
                if not self.told.acquire(timeout=PATIENCE_S):
                    return
                connection.sendall(step["told"].encode("latin-1"))
                self.sent.release()
            elif not _act(connection, step):
                return

    def _read_request(self, connection: socket.socket) -> bool:
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0 or len(data) < end + 4 + _length(data[:end]):
            piece = connection.recv(65536)
            if not piece:
                return False
            data += piece
        self.texts.append(data.decode("latin-1"))
        return True


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _act(connection: socket.socket, step: Step) -> bool:
    """Play one step; False ends the connection."""
    if isinstance(step, dict):
        if "send" in step:
            connection.sendall(step["send"].encode("latin-1"))
        elif "drip" in step:
            for character in step["drip"]:
                connection.sendall(character.encode("latin-1"))
                time.sleep(step["every"])
        else:
            time.sleep(step["wait"])
        return True
    if step == "half":
        connection.shutdown(socket.SHUT_WR)
    elif step == "hang":
        while connection.recv(65536):
            pass
    elif step == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    return step != "close"


def _server_context(tls: dict[str, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls["certificate"], tls["key"])
    if "ca" in tls:
        context.load_verify_locations(tls["ca"])
        context.verify_mode = ssl.CERT_REQUIRED
    if "version" in tls:
        context.maximum_version = ssl.TLSVersion[tls["version"]]
    return context


def main() -> None:
    ports: dict[int, Port] = {}
    for line in sys.stdin:
        question = json.loads(line)
        if question["do"] == "open":
            port = Port(question["steps"], question["host"], question["tls"])
            ports[port.number] = port
            answer: Any = port.number
        elif question["do"] == "tell":
            port = ports[question["port"]]
            port.told.release()
            answer = port.sent.acquire(timeout=PATIENCE_S)
        else:
            port = ports[question["port"]]
            answer = {
                "connections": port.connections,
                "requests": len(port.texts),
                "texts": port.texts,
            }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
