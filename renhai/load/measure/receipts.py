"""Receipts: acknowledged writes, by what they can be found, audited and undone again.

Keeping one costs one or two microseconds in the path of a request; a second's receipts become lines of JSON
in pieces, between which the load goes on. They travel with the reports, so that for each operation there are
exactly as many lines as the run counted ok, or acknowledged though its journey could not go on; the master
writes them: one append-only file a worker, `receipts/worker-N.jsonl`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

AT_ONCE = 100  # lines between two pauses, which take less than a millisecond
Fields = Mapping[str, Any]
Receipt = tuple[str, int, Sequence[str], list[Any]]  # operation, CLOCK_MONOTONIC ns, names, values


def lines(receipts: Sequence[Receipt], pause: Callable[[], object]) -> bytes:
    """`{"operation": "declaration.submit", "at": 1441958400.123, "djxh": ..., "pzxh": ...}`, one a line.

    at: when the answer was whole, seconds of the Unix epoch. A field that neither side had is left out.
    """
    if not receipts:
        return b""
    offset_ns = time.time_ns() - time.monotonic_ns()
    pieces = []
    for begin in range(0, len(receipts), AT_ONCE):
        for operation, done_ns, names, values in receipts[begin : begin + AT_ONCE]:
            told = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            at = round((done_ns + offset_ns) / 1e9, 3)
            pieces.append(orjson.dumps({"operation": operation, "at": at, **told}, default=str))
        pause()
    return b"\n".join(pieces) + b"\n"
