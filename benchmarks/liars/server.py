"""Every row of the answers, each on a port of its own: `python -m benchmarks.liars.server`.

Prints one line, {name: port}, and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from os import _exit

from benchmarks.liars.honest_answers import HONEST
from benchmarks.liars.lying_answers import LYING
from benchmarks.liars.rules import PLAYS
from benchmarks.liars.wire import CLOSE, RESET, Asked, Play

LONGEST_S = 3600.0
_ID = re.compile(rb"[?&]id=([^& ]*)")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Port:
    """One row's server."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._seen: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to its end."""
        number = 0
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if length := _LENGTH.search(head):
                    await reader.readexactly(int(length.group(1)))
                number += 1
                if not await self._answer(self._asked(head, number), writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            with contextlib.suppress(ConnectionError, OSError):
                writer.close()

    def _asked(self, head: bytes, number: int) -> Asked:
        line = head.partition(b"\r\n")[0]
        match = _ID.search(line)
        name = match.group(1).decode() if match else ""
        path = line.split(b" ")[1].partition(b"?")[0].decode("latin-1")
        asked = Asked(len(self._seen) + 1, number, name, tuple(self._seen[:1] + self._seen[-1:]), path)
        self._seen.append(name)
        return asked

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Play the steps; False when the connection is to end."""
        for step in self._play(asked):
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, float):
                await asyncio.sleep(step)
            elif step == RESET:
                plug = writer.transport.get_extra_info("socket")
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
            elif step == CLOSE:
                return False
        return True


async def main() -> None:
    """Serve all rows."""
    ports = {}
    served = [(row[0], row[3]) for row in (*LYING, *HONEST)]
    for name, play in (*served, *PLAYS.items()):
        server = await asyncio.start_server(Port(play).serve, "127.0.0.1", 0, backlog=512, limit=1 << 20)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports, ensure_ascii=False), flush=True)
    await asyncio.sleep(LONGEST_S)


def _end_with_input() -> None:
    sys.stdin.read()
    _exit(0)


@contextlib.contextmanager
def serving() -> Iterator[dict[str, int]]:
    """The ports by the names of the rows, while a server runs in a process of its own."""
    import subprocess
    from pathlib import Path

    home = Path(__file__).resolve().parents[2]
    argv = [sys.executable, "-m", "benchmarks.liars.server"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=home) as child:
        assert child.stdin and child.stdout
        try:
            yield dict(json.loads(child.stdout.readline()))
        finally:
            child.stdin.close()


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, daemon=True).start()
    asyncio.run(main())
