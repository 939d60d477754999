"""Stock Locust on the work of peers/work.py. BENCH_FILE: send the lines of a prepared file instead."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from locust import FastHttpUser, HttpUser, constant

from benchmarks.peers.work import PATH, SUCCESS, fields

LINES = Path(os.environ["BENCH_FILE"]).read_bytes().splitlines() if os.environ.get("BENCH_FILE") else []
HEADERS = {"Content-Type": "application/json"}
STREAMS = itertools.count(1)


def submit(user):
    """One request of the closed model, without a pause."""
    serial = next(user.serials)
    if LINES:
        # Streams start far apart, so that the users do not go through the file in step.
        body = {"data": LINES[(user.stream * 977 + serial) % len(LINES)], "headers": HEADERS}
    else:
        body = {"json": fields(user.stream, serial)}
    with user.client.post(PATH, catch_response=True, **body) as response:
        if response.json()["rtn_msg"]["Code"] != SUCCESS:
            response.failure("business code")


class Work:
    tasks = [submit]
    wait_time = constant(0)

    def on_start(self):
        self.stream, self.serials = next(STREAMS), itertools.count(1)


class Http(Work, HttpUser):
    """requests underneath."""


class FastHttp(Work, FastHttpUser):
    """geventhttpclient underneath."""
