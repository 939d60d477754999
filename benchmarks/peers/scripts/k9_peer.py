"""k9-load's Python script tier on the work of peers/work.py. BENCH_FILE: send prepared lines instead."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import k9

from benchmarks.peers.work import PATH, SUCCESS, fields

LINES = Path(os.environ["BENCH_FILE"]).read_bytes().splitlines() if os.environ.get("BENCH_FILE") else []
HEADERS = {"Content-Type": "application/json"}
URL = os.environ["BENCH_URL"] + PATH
SERIALS = itertools.count(1)

options = {"vus": int(os.environ.get("BENCH_USERS", "50")), "duration": f"{os.environ['BENCH_SECONDS']}s"}


async def default():
    serial = next(SERIALS)
    if LINES:
        response = await k9.http.post(URL, data=LINES[serial % len(LINES)], headers=HEADERS)
    else:
        response = await k9.http.post(URL, json=fields(1, serial))
    k9.check(response, {"accepted": lambda r: r.json()["rtn_msg"]["Code"] == SUCCESS})
