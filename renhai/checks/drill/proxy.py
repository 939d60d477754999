"""A TCP proxy of our own before the target: it passes bytes as they are until a fault is put on."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Sequence

from renhai.checks.drill.faults import Connection, Fault, passed

PIECE = 1 << 16
TRIES = 20
CONNECT_S = 10.0


class Proxy:
    """Listens at `address` and passes on to one of `targets`, in turn, at the same port.

    It stands at the port of the target itself, at another address of loopback, so that url, Host and the
    name in a certificate stay as they are.
    """

    def __init__(self, targets: Sequence[str], port: int, seed: int = 0) -> None:
        self._targets, self.port = list(targets), port
        self._luck = random.Random(seed)
        self._turn = 0
        self.faults: list[Fault] = []
        self.connections: set[Connection] = set()
        self.address = ""
        self._server: asyncio.Server | None = None

    async def open(self, listener: socket.socket) -> None:
        self._server = await asyncio.start_server(self._serve, sock=listener, backlog=4096)

    def put_on(self, fault: Fault) -> None:
        """From now on, for the connections that there are and that come."""
        self.faults.append(fault)
        if fault.kind in ("reset", "half_closed"):
            for one in list(self.connections):
                if one.hit([fault]):
                    one.reset() if fault.kind == "reset" else one.half_close()

    def take_off(self, fault: Fault) -> None:
        fault.over.set()
        if fault in self.faults:
            self.faults.remove(fault)

    def clear(self) -> None:
        for fault in list(self.faults):
            self.take_off(fault)

    async def close(self) -> None:
        self.clear()
        if self._server is not None:
            self._server.close()
        for one in list(self.connections):
            for task in one.tasks:
                task.cancel()
            one.client.transport.abort()
            if one.server is not None:
                one.server.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        one = Connection(self._luck.random(), writer)
        self.connections.add(one)
        try:
            await self._join(one, reader)
        finally:
            self.connections.discard(one)
            writer.transport.abort() if one.server is None else writer.close()
            if one.server is not None:
                one.server.close()

    async def _join(self, one: Connection, reader: asyncio.StreamReader) -> None:
        for fault in one.hit(self.faults):
            if fault.kind == "reset":
                one.reset()
                return
            if fault.kind == "cut":
                await fault.over.wait()
        target, self._turn = self._targets[self._turn % len(self._targets)], self._turn + 1
        try:
            way = asyncio.open_connection(target, self.port)
            answers, server = await asyncio.wait_for(way, CONNECT_S)
            one.server = server
        except (OSError, TimeoutError):
            one.reset()  # nobody listens there: a client of the target itself would be refused
            return
        if any(fault.kind == "half_closed" for fault in one.hit(self.faults)):
            one.half_close()
        one.tasks = [
            asyncio.ensure_future(self._pump(one, reader, server, False)),
            asyncio.ensure_future(self._pump(one, answers, one.client, True)),
        ]
        await asyncio.wait(one.tasks)

    async def _pump(
        self, one: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bool
    ) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            while data := await reader.read(PIECE):
                async for piece in passed(one, self.faults, data, answer):
                    if not (answer and self._closed_to(one)):
                        writer.write(piece)
                        await writer.drain()
            for fault in one.hit(self.faults):
                if fault.kind == "cut":
                    await fault.over.wait()
            writer.write_eof()
            return
        one.reset()

    def _closed_to(self, one: Connection) -> bool:
        return any(fault.kind == "half_closed" for fault in one.hit(self.faults))


def listen_before(port: int, seed: int) -> socket.socket:
    """A listener at the target's port, at an address of loopback that nobody has. Raises OSError."""
    luck = random.Random(seed)
    for number in range(TRIES):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(
                (f"127.{luck.randrange(200, 250)}.{luck.randrange(256)}.{luck.randrange(1, 255)}", port)
            )
            return listener
        except OSError:
            listener.close()
            if number == TRIES - 1:
                raise
    raise OSError("unreachable")
