"""The bare client on the work of benchmarks/peers/work.py: no journeys, no recorder, no verdict.

A ceiling for the product, never its figure.
`BENCH_USERS` exchanges are kept in flight from callbacks of gevent's loop. Prints one JSON line with its
counts.
"""

from __future__ import annotations

import itertools
import json
import os
from time import monotonic
from urllib.parse import urlsplit

import gevent
import orjson

from benchmarks.peers.work import PATH, SUCCESS, fields
from renhai.load.http.client import Client, Result

URL = os.environ["BENCH_URL"]
SECONDS = float(os.environ["BENCH_SECONDS"])
HEADERS = b"Content-Type: application/json\r\n"


def main() -> None:
    client = Client(URL, [urlsplit(URL).hostname or "127.0.0.1"])
    counts = {"accepted": 0, "refused": 0}
    serials = itertools.count(1)
    stop = monotonic() + SECONDS
    path = PATH.encode()
    pool = client.pool(range(int(os.environ["BENCH_USERS"])))

    def ask() -> None:
        client.start(b"POST", path, HEADERS, orjson.dumps(fields(1, next(serials))), done, pool)

    def done(result: Result) -> None:
        accepted = not result.error and orjson.loads(result.body)["rtn_msg"]["Code"] == SUCCESS
        counts["accepted" if accepted else "refused"] += 1
        if monotonic() < stop:
            ask()

    for _ in range(int(os.environ["BENCH_USERS"])):
        ask()
    while client.in_flight:
        gevent.sleep(0.05)
    print("BENCH " + json.dumps(counts))


if __name__ == "__main__":
    main()
