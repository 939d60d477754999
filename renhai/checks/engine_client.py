"""The load engine's own client, in a process of its own: what asks beside a run sees what the run sees."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import finalize

from renhai.binding.answers.received import Received
from renhai.binding.codec import CompiledBinding, HttpRequest
from renhai.core.errors import InvalidRun
from renhai.core.process.child_process import child_environment


class Answered(NamedTuple):
    """`error`: "" when one whole answer came, and no more. `redirected`: see renhai/load/http/ask.py."""

    status: int
    head: bytes
    body: bytes
    error: str
    redirected: tuple[str, str]


class EngineClient:
    """One client to one target. It ends with this object, or with this process.

    sources: addresses of this machine to connect from; none: its usual one.
    """

    def __init__(
        self, url: str, addresses: Sequence[str], compiled: CompiledBinding, sources: Sequence[str] = ()
    ) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "renhai.load.http.ask"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=child_environment(),
        )
        self._ending = finalize(self, _end, self._child)
        self._say(
            {
                "url": url,
                "addresses": list(addresses),
                "timeouts": compiled.timeouts,
                "tls": compiled.tls,
                "proxy": compiled.proxy,
                "sources": list(sources),
                "longest": compiled.longest,
            }
        )

    def ask(self, request: HttpRequest, aftermath: bool = True) -> Answered:
        """Send a request and wait; with an aftermath, for bytes behind its answer. Raises InvalidRun when
        the client itself is gone."""
        parts = {name: bytes(getattr(request, name)) for name in ("method", "path", "headers", "body")}
        parts["aftermath"] = b"1" if aftermath else b""
        self._say({name: b64encode(value).decode() for name, value in parts.items()})
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise InvalidRun(f"the client ended with {self._child.wait()} before the target had answered")
        told: dict[str, Any] = json.loads(line)
        head, body = b64decode(told["head"]), b64decode(told["body"])
        if told["received"]:
            body = Received.of(*told["received"])
        return Answered(told["status"], head, body, told["error"], tuple(told["redirected"]))

    def close(self) -> None:
        """End the client."""
        self._ending()

    def _say(self, document: dict[str, Any]) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(document) + "\n")
            self._child.stdin.flush()
        except OSError as error:
            raise InvalidRun(f"the client has ended: {error.strerror}") from None


def _end(child: subprocess.Popen[str]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None and not pipe.closed:
            try:
                pipe.close()
            except OSError:
                pass
    try:
        child.wait(2)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
