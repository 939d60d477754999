"""Locust's own statistics stay small, and their sums exact, however many names and errors there are."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from locust.env import Environment

from renhai.load.user_file.locust_stats import MOST_ERRORS, is_failure, keep_small
from results.snapshot.names import FOLDED, MOST_NAMES, Names, clean, text_of


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


class Falsy(Exception):
    def __bool__(self) -> bool:
        return False


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class Undecided:
    def __bool__(self) -> bool:
        raise RuntimeError("neither")


ODD: dict[str, tuple[dict[str, Any], bool]] = {
    "an exception that is false": ({"exception": Falsy("no")}, True),
    "an exception whose text raises": ({"exception": Mute()}, True),
    "neither true nor false": ({"exception": Undecided()}, True),
    "a text": ({"exception": "it failed"}, True),
    "an empty text": ({"exception": ""}, False),  # as for Locust
    "no text for a name": ({"name": Mute()}, False),
    "bytes for a name": ({"name": b"\xff\0"}, False),
    "a list for a name": ({"name": ["a"], "request_type": {"b": 1}}, False),
    "no name": ({"name": None, "request_type": None}, False),
    "NaN": ({"response_time": float("nan")}, False),
    "a negative time": ({"response_time": -3.0}, False),
    "a text for a time": ({"response_time": "soon"}, False),
    "a complex time": ({"response_time": 1j}, False),
    "a text for a length": ({"response_length": "long"}, False),
    "no length": ({"response_length": None}, False),
}


@pytest.mark.parametrize("case", ODD)
def test_whatever_a_file_fires_is_counted_once_by_us_and_by_locust(case: str) -> None:
    given, failure = ODD[case]
    environment = Environment(events=None)
    environment.create_local_runner()
    raised: list[str] = []
    logging.getLogger().addFilter(watch := lambda record: bool(raised.append(record.getMessage())) or True)
    fired = {"request_type": "x", "name": "y", "response_time": 3.0, "response_length": 1, "exception": None}
    try:
        assert keep_small(environment.events, environment.stats, Names().fold)
        environment.events.request.fire(**{**fired, **given})
    finally:
        logging.getLogger().removeFilter(watch)
    total = environment.stats.total
    assert (total.num_requests, total.num_failures) == (1, int(failure))
    assert is_failure(given.get("exception")) == failure
    assert raised == []


@pytest.mark.parametrize("thing", [Mute(), Mute, b"\xff", None, ["x"]])
def test_everything_has_a_text(thing: object) -> None:
    assert isinstance(text_of(thing), str)
    assert len(clean(thing, thing)) > 0
