"""A request of Locust's clients is under way from its send to Locust's event, however it ends."""

from __future__ import annotations

import pytest

from renhai.load.user_file.locust_stats import nanoseconds
from renhai.load.user_file.worker import unanswered


@pytest.mark.parametrize(
    ("given", "want"),
    [
        (3.0, 3_000_000),
        (0, 0),
        ("2.5", 2_500_000),
        (1e12, 3_600_000_000_000),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (-1, None),
        ("soon", None),
    ],
)
def test_milliseconds_of_an_event(given: object, want: int | None) -> None:
    assert nanoseconds(given) == want


def test_who_answered() -> None:
    class Said(Exception):
        class response:
            status_code = 500

    assert not unanswered(Said())
    assert not unanswered(KeyError("receipt"))
    assert not unanswered(AssertionError())
    assert unanswered(ConnectionRefusedError())
    assert unanswered(TimeoutError())
