"""Locust's own statistics stay small, and their sums exact, however many names and errors there are."""

from __future__ import annotations

from locust.env import Environment

from renhai.load.user_file.locust_stats import MOST_ERRORS, keep_small
from results.snapshot.names import FOLDED, MOST_NAMES, Names


def test_names_and_errors_are_bounded() -> None:
    environment = Environment(events=None)
    environment.create_local_runner()
    assert keep_small(environment.events, environment.stats, Names().fold)
    for number in range(5000):
        environment.events.request.fire(
            request_type="GET",
            name=f"/filing/{number}",
            response_time=3.0,
            response_length=1,
            exception=ValueError(f"no voucher for {number}") if number % 2 else None,
            context={},
        )
    stats = environment.stats
    assert len(stats.entries) == MOST_NAMES + 1
    assert stats.entries[FOLDED, ""].num_requests == 4000
    assert (stats.total.num_requests, stats.total.num_failures) == (5000, 2500)
    assert MOST_ERRORS <= len(stats.errors) <= MOST_ERRORS + MOST_NAMES + 1
    assert sum(error.occurrences for error in stats.errors.values()) == 2500
