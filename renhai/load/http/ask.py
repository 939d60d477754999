"""The client of the load engine for another process, which asks one request after another.

`python -m renhai.load.http.ask`: JSON lines in, JSON lines out, bytes in base64; ends with its input. The
first line is {url, addresses, timeouts, tls, proxy, sources, longest}, each further one {method, path,
headers, body, aftermath}; with an aftermath it is waited for bytes that come behind the answer.
Answered: {status, head, body, received, error, redirected}; `received`: length and SHA-256 of a body that
was not held; `redirected` is how a run judges an answer 3xx: the reason
for one that would be ok, and for one that would not.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, b64encode
from typing import Any

import gevent

from renhai.binding.answers.received import Received
from renhai.binding.codec import Reply
from renhai.load.http.client import Client, Limits, Result, Timeouts
from renhai.load.http.parser import UNASKED
from renhai.load.http.redirects import judged, origin_of
from renhai.load.http.tls import tls_of

Origin = tuple[str, str | None, int | None]
AFTERMATH_S = 0.05  # for bytes that come behind an answer


def main() -> int:
    """Serve until the input ends."""
    opening = json.loads(sys.stdin.readline())
    url = opening["url"]
    timeouts, proxy = Timeouts(**opening["timeouts"]), opening.get("proxy", "")
    sources, tls = opening.get("sources", ()), tls_of(opening["tls"])
    limits = Limits(download=opening["longest"])
    client = Client(url, opening["addresses"], timeouts, tls, limits, sources=sources, proxy=proxy)
    unasked: list[bytes] = []
    client.unasked = unasked.append
    for line in sys.stdin:
        asked = {name: b64decode(value) for name, value in json.loads(line).items()}
        result = client.request(asked["method"], asked["path"], asked["headers"], asked["body"])
        gevent.sleep(AFTERMATH_S if asked["aftermath"] else 0)
        told = _told(result, origin_of(url))
        if unasked and not told["error"]:
            told["error"] = f"{UNASKED} came on a kept connection, which was closed"
        unasked.clear()
        print(json.dumps(told), flush=True)
    client.close()
    return 0


def _told(result: Result, origin: Origin) -> dict[str, Any]:
    return {
        "status": result.status,
        "head": b64encode(result.head).decode(),
        "body": b64encode(result.body).decode(),
        "received": [result.body.length, result.body.sha256] if isinstance(result.body, Received) else None,
        "error": result.error,
        "redirected": [_redirected(result, origin, outcome) for outcome in ("ok", "error")],
    }


def _redirected(result: Result, origin: Origin, outcome: str) -> str:
    before = Reply(outcome, {}, "", "")
    after = judged(origin, result, before) if 300 <= result.status < 400 else before
    return "" if after is before else after.reason


if __name__ == "__main__":
    sys.exit(main())
