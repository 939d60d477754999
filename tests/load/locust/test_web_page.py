"""Our table on Locust's page: exact over all workers, and Locust's own numbers beside it."""

from __future__ import annotations

from array import array
from typing import Any

from locust.stats import RequestStats

from renhai.load.locust.stats_feed import feed
from renhai.load.locust.web_page import ExactTable, columns
from renhai.load.measure.collector import Second
from renhai.load.measure.histogram import pack


def report(milliseconds: list[int]) -> dict[str, Any]:
    packed = pack(array("q", [value * 1_000_000 for value in milliseconds]))
    ended = len(milliseconds)
    entry = {"started": ended, "ok": ended, "rejected": 0, "errors": 0, "latency": packed}
    zeros = ("due", "dropped", "answers", "silences", "users", "cpu_percent", "lag_ms")
    times = ("seated_ns", "busy_ns", "thinking_ns")
    return {"operations": {"a.b": entry}, "groups": {}, "failures": [], **dict.fromkeys((*zeros, *times), 0)}


def test_all_workers_and_seconds_are_in_the_table() -> None:
    stats = RequestStats()
    table = ExactTable(stats)
    for number in range(2):
        second = Second(number)
        for slot, values in enumerate(([151] * 45, [3] * 5)):  # 90 of 151 ms, 10 of 3 ms
            second.add(slot, report(values))
            feed(stats, report(values), lambda: None)
        table.take(second)
    row, whole = table.rows()
    assert whole == {**row, "name": "Aggregated"}
    assert row["requests"] == 100
    # the counter of 151,000 us is 128 us wide and ends at 151,039; Locust rounds to 10 ms
    assert (row["p50"], row["p99"], row["max"]) == (151.039, 151.039, 151.039)
    assert (row["p50_locust"], row["p99_locust"]) == (150, 150)
    assert {column["key"] for column in columns()} == set(row)


def test_a_table_before_the_first_answer() -> None:
    assert ExactTable(RequestStats()).rows()[0]["requests"] == 0
