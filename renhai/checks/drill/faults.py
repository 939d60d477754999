"""What may happen to bytes on their way, connection by connection, while a fault is on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

NO_LINGER = struct.pack("ii", 1, 0)  # a close sends RST, and drops what was not sent


@dataclass(eq=False)
class Fault:
    """kind: of renhai.spec.drill.model.TcpFault. share: of the connections, by the number that each has.
    reached: a connection had it."""

    kind: str
    share: float = 1.0
    delay_s: float = 0.0
    speed: float = 0.0
    size: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    reached: bool = False


@dataclass(eq=False)
class Connection:
    """One client's. luck: from 0 to 1, which says whether a share of them has it in it."""

    luck: float
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def hit(self, faults: list[Fault]) -> list[Fault]:
        """Those of the faults that this connection has."""
        found = [fault for fault in faults if self.luck < fault.share]
        for fault in found:
            fault.reached = True
        return found

    def reset(self) -> None:
        """Both sides see RST."""
        for writer in (self.client, self.server):
            if writer is not None:
                with contextlib.suppress(OSError, AttributeError):
                    raw = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                writer.transport.abort()

    def half_close(self) -> None:
        """The client sees the end of what is sent to it, and may go on sending."""
        with contextlib.suppress(OSError, RuntimeError):
            self.client.write_eof()


async def passed(
    connection: Connection, faults: list[Fault], data: bytes, answer: bool
) -> AsyncIterator[bytes]:
    """The bytes as they come out of the faults that are on now. answer: on the way to the client."""
    hit = connection.hit(faults)
    for fault in hit:
        if fault.kind == "cut":
            await fault.over.wait()  # nothing passes; the connection stays, as when a cable is pulled
        elif fault.kind == "latency" and answer:
            await _sleep(fault, fault.delay_s)
    pieces = [data]
    for fault in hit:
        if fault.kind == "sliced":
            pieces = [data[place : place + fault.size] for place in range(0, len(data), fault.size)]
    for number, piece in enumerate(pieces):
        for fault in hit:
            if fault.kind == "bandwidth":
                await _sleep(fault, len(piece) / fault.speed)
            elif fault.kind == "sliced" and number:
                await _sleep(fault, fault.delay_s)
        yield piece


async def _sleep(fault: Fault, seconds: float) -> None:
    """No longer than the fault is on."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(fault.over.wait(), seconds)
