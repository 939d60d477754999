"""Administration of the target: health, counts, audit lists, faults. Never counted, never delayed by
faults."""

from __future__ import annotations

import os
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson

from renhai.reference.faults.plan import Faults
from renhai.reference.faults.spec import FaultError
from renhai.reference.http.counts import Counts
from renhai.reference.http.gate import Gate
from renhai.reference.http.wire import Answer, Gone, Receive, Scope, TooLarge, plain, problem, read_body
from renhai.reference.storage.audit import lists, page
from renhai.reference.storage.jobs import Storage


class BadRequest(ValueError):
    """An administration request that cannot be carried out; the message says why."""


class Admin:
    """Answers everything under /admin/."""

    def __init__(self, storage: Storage, counts: Counts, faults: Faults, gate: Gate) -> None:
        self._storage, self._counts, self._faults, self._gate = storage, counts, faults, gate
        self._started = datetime.now(UTC).isoformat()

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """The answer to one administration request."""
        try:
            return await self._route(scope["method"], scope["path"][len("/admin/") :], scope, receive)
        except (BadRequest, FaultError, orjson.JSONDecodeError) as error:
            return problem(400, str(error))
        except (TooLarge, Gone):
            return problem(413, "the body is larger than 1 MiB")

    async def _route(self, method: str, name: str, scope: Scope, receive: Receive) -> Answer:
        if name == "faults":
            refusal = self._gate.refusal(scope)
            return refusal or await self._change_faults(method, _options(scope), scope, receive)
        if method not in ("GET", "HEAD"):
            return problem(405, "this is a GET request")
        if name == "health":
            return plain(self._health())
        if name == "counts":
            return plain({"operations": self._counts.report()})
        listed = name.removeprefix("list/")
        if name.startswith("list/") and listed in lists():
            return plain(await self._list(listed, _options(scope)))
        return problem(404, f"nothing is served at /admin/{name[:100]}; lists are {', '.join(lists())}")

    def _health(self) -> dict[str, Any]:
        told = {
            "ok": True,
            "started": self._started,
            "now": datetime.fromtimestamp(time.time(), UTC).isoformat(),
        }
        return {**told, "pid": os.getpid(), "rss_mb": round(_resident_mb(), 1)}

    async def _list(self, name: str, options: dict[str, str]) -> dict[str, Any]:
        after, limit = _whole(options, "after", 0, 2**62), _whole(options, "limit", 1000, 10_000)
        return await self._storage.read(page(name, after, limit, options.get("document") == "1"))

    async def _change_faults(
        self, method: str, options: dict[str, str], scope: Scope, receive: Receive
    ) -> Answer:
        if method == "POST":
            self._plant(orjson.loads(await read_body(scope, receive)))
        elif method == "DELETE":
            self._faults.clear(_whole(options, "id", 0, 2**31) if "id" in options else None)
        elif method not in ("GET", "HEAD"):
            return problem(405, "faults take GET, POST and DELETE")
        return plain(self._faults.report())

    def _plant(self, body: object) -> None:
        """{"faults": [spec, ...], "replace": bool, "first_stall": unix time}; or {"fault": spec}."""
        if not isinstance(body, dict):
            raise BadRequest('write {"faults": ["latency=20ms", ...]}')
        specs = body.get("faults", [body["fault"]] if "fault" in body else None)
        if not isinstance(specs, list) or not all(isinstance(spec, str) for spec in specs):
            raise BadRequest(f'faults is {specs!r:.60}; write {{"faults": ["latency=20ms", ...]}}')
        first_stall = body.get("first_stall")
        if first_stall is not None and type(first_stall) not in (int, float):
            raise BadRequest("first_stall must be a unix time in seconds")
        if body.get("replace"):
            self._faults.replace(specs, first_stall)
        else:
            self._faults.plant(specs, first_stall)


def _resident_mb() -> float:
    """Resident memory of this process in MiB; its peak where the system does not tell the present."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 1024**2


def _options(scope: Scope) -> dict[str, str]:
    """The query string; of a repeated option the last one counts."""
    found = parse_qs(scope["query_string"].decode("latin-1"))
    return {key: values[-1] for key, values in found.items()}


def _whole(options: dict[str, str], name: str, default: int, most: int) -> int:
    text = options.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most):
        raise BadRequest(f"{name} is {text[:40]!r}; must be a whole number from 0 to {most}")
    return int(text)
