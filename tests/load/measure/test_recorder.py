"""What one process notes of its requests, and how a report is taken."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.binding.codec import Reply
from renhai.load.measure.histogram import unpack
from renhai.load.measure.recorder import (
    EXCERPT,
    MAX_FAILURE_KINDS,
    PostCounts,
    Recorder,
    Starts,
    excerpt,
    packed,
)


def test_a_report_holds_what_happened_since_the_last_one() -> None:
    recorder = Recorder()
    book = recorder.book("a.b")
    book.started, book.ok, book.errors = 3, 1, 1
    book.latency.extend([2_000_000, 4_000_000])
    book.service.append(1_000_000)  # the other was never sent
    recorder.journey("j").started += 1
    recorder.due = 7
    first, second = (packed(recorder.take(), lambda: None) for _ in range(2))
    entry = first["operations"]["a.b"]
    assert {key: entry[key] for key in ("started", "ok", "rejected", "errors")} == {
        "started": 3,
        "ok": 1,
        "rejected": 0,
        "errors": 1,
    }
    assert [sum(unpack(entry[kind])[1]) for kind in ("latency", "service")] == [2, 1]
    assert (first["journeys"], first["due"]) == ({"j": [1, 0, 0, 0]}, 7)
    assert (second["operations"], second["journeys"], second["due"]) == ({}, {"j": [0, 0, 0, 0]}, 0)


def fail(recorder: Recorder, reason: str) -> None:
    recorder.fail("a.b", Reply("rejected", {}, "SB021", reason), "POST /a", "200 {}")


def test_the_first_failure_of_a_kind_is_kept_and_the_rest_are_counted() -> None:
    recorder = Recorder()
    fail(recorder, "djxh 10114301030000000001 is not registered")
    fail(recorder, "djxh 10114301030000000002 is not registered")  # the same kind: only a number differs
    [first] = recorder.take()["failures"]
    assert (first["count"], first["reason"]) == (2, "SB021 djxh 10114301030000000001 is not registered")
    assert (first["request"], first["response"]) == ("POST /a", "200 {}")
    fail(recorder, "djxh 10114301030000000003 is not registered")
    [again] = recorder.take()["failures"]
    assert again == {"operation": "a.b", "outcome": "rejected", "reason": first["reason"], "count": 1}
    assert recorder.take()["failures"] == []


def test_kinds_of_failure_are_bounded() -> None:
    recorder = Recorder()
    for number in range(MAX_FAILURE_KINDS + 50):
        fail(recorder, "x" * number)
    assert len(recorder.take()["failures"]) == MAX_FAILURE_KINDS


def test_excerpts_are_short_and_hold_no_secrets() -> None:
    text = '{"user":"a","Password": "p w","access_token":"t","nested":{"apiKey":"k"}}' + "x" * 2 * EXCERPT
    found = excerpt(text)
    assert len(found) == EXCERPT
    assert found.startswith('{"user":"a","Password": "***","access_token":"***","nested":{"apiKey":"***"}}')


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=20),
    st.integers(2 * 10**6, 3 * 10**6),
)
def test_busy_time_is_the_sum_of_all_waits_ended_and_under_way(
    waits: list[tuple[int, int]], now: int
) -> None:
    recorder = Recorder()
    book = recorder.book("a.b")
    spent = 0
    for number, (intended, latency) in enumerate(waits):
        if number % 3:
            book.latency.append(latency)
            spent += latency
        else:
            recorder.waiting += 1
            recorder.waiting_since += intended
            spent += now - intended
    recorder.take()
    assert recorder.busy_ns(now) == spent


def test_a_drilled_run_keeps_each_request_by_its_intended_start_in_microseconds() -> None:
    """Due 2.5 s after the run began and ended 1.5 ms later; what is left of a microsecond does not count."""
    recorder = Recorder(starts=Starts(5_000_000_000))
    book, post = recorder.book("a.b"), PostCounts(name="hall/window")
    wrong = recorder.ended(book, post, 7_500_000_999, 7_501_501_998, "ok")
    recorder.ended(book, None, 7_500_001_000, 7_500_000_000, "ok")  # answered before it was due
    recorder.disbelieve(wrong)
    recorder.ended(None, post, 7_600_000_000, 7_700_000_000, "ok")  # of no operation, so of no row
    assert recorder.take()["starts"] == [
        (2_500_000, 1_500, "error", "a.b", "hall/window"),
        (2_500_001, 0, "ok", "a.b", ""),
    ]
    assert recorder.take()["starts"] == []


def test_without_a_drill_no_request_is_kept() -> None:
    recorder = Recorder()
    recorder.disbelieve(recorder.ended(recorder.book("a.b"), None, 1_000, 2_000, "ok"))
    assert recorder.take()["starts"] == []
