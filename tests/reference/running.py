"""A real target process for tests, and a plain HTTP client for it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests import forked


class Reply(NamedTuple):
    """What came back: HTTP status, business code ("000" is success), reason, data."""

    status: int
    code: str
    reason: str
    data: dict[str, Any]

    @property
    def ok(self) -> bool:
        return self.status == 200 and self.code == "000"


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int, token: str = "") -> None:
        self._token = token
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def raw(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """With the target's token, unless other headers are given."""
        if headers is None:
            headers = {"content-type": "application/json", "authorization": f"Bearer {self._token}"}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def call(self, operation: str, document: object) -> Reply:
        status, body = self.raw("POST", "/api/" + operation.replace(".", "/"), json.dumps(document).encode())
        answer = json.loads(body)
        if status != 200:
            return Reply(status, "", str(answer.get("error")), {})
        message = answer["rtn_msg"]
        assert (answer["rtn_code"] == "0") == (message["Code"] == "000")
        return Reply(status, message["Code"], message["Reason"], answer["data"])

    def ok(self, operation: str, document: object) -> dict[str, Any]:
        reply = self.call(operation, document)
        assert reply.ok, f"{operation}: {reply}"
        return reply.data

    def refused(self, operation: str, document: object) -> str:
        """The code of a business rejection."""
        reply = self.call(operation, document)
        assert reply.status == 200 and not reply.ok, f"{operation}: {reply}"
        assert reply.reason
        return reply.code

    def get(self, path: str) -> Any:
        status, body = self.raw("GET", "/admin/" + path)
        assert status == 200, body
        return json.loads(body)

    def counts(self, operation: str) -> dict[str, int]:
        counts: dict[str, int] = self.get("counts")["operations"][operation]
        return counts

    def listed(self, name: str) -> list[dict[str, Any]]:
        """Every row of an audit list, page by page."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self.get(f"list/{name}?after={after}&limit=500&document=1")
            found, after = found + page["rows"], page["next"]
        return found

    def plant(self, *specs: str, **options: object) -> dict[str, Any]:
        status, body = self.raw("POST", "/admin/faults", json.dumps({"faults": specs, **options}).encode())
        assert status == 200, body
        report: dict[str, Any] = json.loads(body)
        return report

    def close(self) -> None:
        self._connection.close()


class Target:
    """A running target process."""

    def __init__(self, process: subprocess.Popen[str] | forked.Forked, ready: dict[str, Any]) -> None:
        self.process, self.pid, self.database = process, int(ready["pid"]), str(ready["database"])
        self.token = str(ready["token"])
        self.port = int(ready["url"].rpartition(":")[2])
        self._clients: list[Client] = []

    def client(self) -> Client:
        self._clients.append(Client(self.port, self.token))
        return self._clients[-1]

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(20)

    def release(self) -> None:
        for client in self._clients:
            client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=10)


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "renhai.reference", "--port", "0", *options]


@contextlib.contextmanager
def target(*options: str, largest_file: int | None = None) -> Iterator[Target]:
    """Start a target on a free port; killed at the end of the block.

    `largest_file`: bytes beyond which writing to a file fails, as on a full disk.
    """
    process: subprocess.Popen[str] | forked.Forked
    if largest_file is not None:
        line = ["prlimit", f"--fsize={largest_file}", *command(*options)]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    else:
        pipes = {"output": subprocess.PIPE, "errors": subprocess.PIPE}
        line = ["--port", "0", *options]
        process = forked.started(forked.TARGET, *line, folder=Path.cwd(), environment=os.environ, **pipes)
    assert process.stdout is not None and process.stderr is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(f"the target did not start: {process.communicate(timeout=10)[1]}")
    running = Target(process, json.loads(line))
    try:
        yield running
    finally:
        running.release()
