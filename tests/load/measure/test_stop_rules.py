"""When a run is broken off: the abort rule, and a target that is gone."""

from __future__ import annotations

from array import array
from collections import Counter

import pytest

from renhai.load.measure.collector import Second
from renhai.load.measure.histogram import pack
from renhai.load.measure.stop_rules import Contact, Watch, measure
from renhai.plan.model import AbortRule


def second(
    number: int, ok: int = 0, rejected: int = 0, errors: int = 0, silent: int = 0, ms: float = 10
) -> Second:
    """One second; `errors` were answered (HTTP 500, say), `silent` had no answer at all."""
    made = Second(number, answers=ok + rejected + errors, silences=silent)
    made.operations["a.b"] = Counter(ok=ok, rejected=rejected, errors=errors + silent)
    made.latency.add(pack(array("q", [int(ms * 1e6)] * (ok + rejected + errors + silent))))
    return made


RULE = AbortRule(when="error_rate > 20%", metric="error_rate", op=">", value=20.0, unit="%", for_s=3)


def watched(rule: AbortRule | None, *seconds: Second) -> str:
    watch = Watch(rule)
    for one in seconds:
        watch.look(one)
    return watch.ended


def test_a_condition_must_hold_without_a_break() -> None:
    bad, good = {"ok": 70, "errors": 30}, {"ok": 90, "errors": 10}
    assert watched(RULE, *(second(n, **bad) for n in range(3))) == "aborted"
    assert watched(RULE, *(second(n, **bad) for n in range(2))) == ""
    assert watched(RULE, second(0, **bad), second(1, **bad), second(2, **good), second(3, **bad)) == ""


def test_a_second_in_which_nothing_ended_decides_nothing() -> None:
    assert (
        watched(RULE, second(0, errors=9), second(1), second(2, errors=9), second(3, errors=9)) == "aborted"
    )


def test_without_a_rule_nothing_is_aborted() -> None:
    assert watched(None, *(second(n, errors=100) for n in range(100))) == ""


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("error_rate", 25.0),
        ("rejection_rate", 25.0),
        ("throughput", 2.0),
        ("p50", 10.007),
        ("p999", 10.007),
        ("max", 10.007),
        ("mean", pytest.approx(4 * 10.007 / 3)),  # the time of all that ended over those answered
    ],
)
def test_metrics_of_one_second(metric: str, value: float) -> None:
    assert measure(second(0, ok=2, rejected=1, errors=1), metric) == value


def contact(*seconds: Second, lost_after: float = 10) -> tuple[str, int]:
    """How it ended, and after how many seconds."""
    made = Contact(lost_after)
    for count, one in enumerate(seconds, start=1):
        made.look(one)
        if made.ended:
            return made.ended, count
    return "", len(seconds)


def test_a_target_that_stops_answering_is_lost_after_ten_seconds() -> None:
    assert contact(second(0, ok=5), *(second(n, silent=5) for n in range(1, 30))) == ("target_lost", 11)


def test_a_target_that_never_answered_is_given_up_after_five() -> None:
    assert contact(*(second(n, silent=5) for n in range(30))) == ("target_lost", 5)


def test_an_answer_of_any_kind_is_contact() -> None:
    lines = [second(n, silent=5) if n % 9 else second(n, errors=1) for n in range(60)]
    assert contact(*lines)[0] == ""


def test_slow_answers_are_no_silence() -> None:
    assert contact(*(second(n) for n in range(60)))[0] == ""


def test_a_single_transport_error_proves_nothing() -> None:
    assert contact(second(0, silent=1), *(second(n) for n in range(1, 60)))[0] == ""
