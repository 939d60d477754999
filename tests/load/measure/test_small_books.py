"""The small books of the load process: time in a state, probes, and what a report carries of
them."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from renhai.binding.codec import Reply
from renhai.load.measure import process_probe
from renhai.load.measure.collector import GRACE_S, MAX_FAILURES, Collector, Second
from renhai.load.measure.histogram import HistogramSum, pack, to_microseconds, unpack
from renhai.load.measure.intents import REASON
from renhai.load.measure.post_stats import MOST, PostTotals, folded, merge
from renhai.load.measure.process_probe import PERIOD_NS, Probe
from renhai.load.measure.recorder import EXCERPT, MAX_FAILURE_KINDS, JourneyCounts, Recorder, packed
from renhai.load.measure.status_line import MAX_NAMES, OTHER, StatusLine
from renhai.load.measure.stop_rules import FEW_SILENCES, LOST_AFTER_S, NEVER_ANSWERED_AFTER_S, Contact
from renhai.load.measure.time_in_state import TimeInState
from renhai.plan.model import OperatorGroup
from tests.load.measure.test_collector import ms, report

SECOND = 1_000_000_000


def test_the_bounds_of_what_is_kept() -> None:
    """Each is in a document, or a promise on the size of a file."""
    assert (GRACE_S, MAX_FAILURES, MAX_FAILURE_KINDS, EXCERPT) == (3, 200, 200, 600)
    assert REASON == 200
    assert (MAX_NAMES, MOST, PERIOD_NS) == (500, 4, 10_000_000)
    assert (LOST_AFTER_S, NEVER_ANSWERED_AFTER_S, FEW_SILENCES) == (10.0, 5.0, 3)


def test_time_in_a_state_is_exact_at_any_moment() -> None:
    """One sits from 10 to 40, another from 20 on: at 50 that is 30 + 30, at 60 it is 30 + 40."""
    state = TimeInState()
    state.enter(10)
    state.enter(20)
    assert (state.count, state.total(30)) == (2, 30)
    state.leave(10, 40)
    assert (state.count, state.total(50), state.total(60)) == (1, 60, 70)
    state.leave(20, 70)
    assert (state.count, state.total(100), state.total(1000)) == (0, 80, 80)


class HandClock:
    """Keeps what it was asked to call and when; the test says when that happens."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, Callable[..., object]]] = []

    def at(self, due_ns: int, action: Callable[..., object], *arguments: Any) -> None:
        self.asked.append((due_ns, action))

    def call(self) -> None:
        self.asked.pop(0)[1]()


def test_a_probe_asks_every_ten_milliseconds_and_a_stall_counts_for_each_of_its_periods() -> None:
    clock = HandClock()
    probe = Probe(clock)
    first = clock.asked[0][0]
    while time.monotonic_ns() < first + 3 * PERIOD_NS:
        pass
    clock.call()
    assert len(clock.asked) == 1
    late = clock.asked[0][0] - first
    assert late >= 4 * PERIOD_NS
    assert late % PERIOD_NS == 0
    taken = probe.take()
    values = counts_of(taken["lag"])
    assert sum(values.values()) == late // PERIOD_NS
    assert taken["lag_ms"] >= 30
    assert max(values) >= 30_000
    assert min(values) < 10_240
    assert taken["wall_s"] >= 0.04
    assert taken["cpu_percent"] > 0
    again = probe.take()
    assert (again["lag_ms"], counts_of(again["lag"])) == (0.0, {})
    assert again["wall_s"] < taken["wall_s"]
    beside: list[int] = []
    probe.beside = partial(beside.append, 1)
    probe.stop()
    clock.call()
    assert (clock.asked, beside) == ([], [1])


def test_what_a_probe_tells_of_its_process_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 250 ms: one call 35 ms late, 50 ms of CPU, 25 ms ready to run and not let."""
    now = {"monotonic_ns": 7_000_000_000, "process_time_ns": 3_000_000, "_run_queue_ns": 1_000_000}
    for name in now:
        monkeypatch.setattr(process_probe, name, lambda name=name: now[name])
    clock = HandClock()
    probe = Probe(clock)
    now["monotonic_ns"] += 45_000_000  # it was due after 10
    clock.call()
    now["monotonic_ns"] += 205_000_000
    now["process_time_ns"] += 50_000_000
    now["_run_queue_ns"] += 25_000_000
    taken = probe.take()
    told = {name: value for name, value in taken.items() if name != "lag"}
    assert told == {"lag_ms": 35.0, "wall_s": 0.25, "cpu_percent": 20.0, "steal_percent": 10.0}
    assert sum(counts_of(taken["lag"]).values()) == 4  # 35, 25, 15 and 5 ms


def counts_of(told: Any) -> dict[int, int]:
    """µs at the end of each bucket, and how often."""
    whole = HistogramSum()
    whole.add(told)
    values, counts = whole.histogram.values()
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def test_microseconds_are_rounded_half_up() -> None:
    assert to_microseconds(array("q", [0, 499, 500, 1499, 1500, -700])).tolist() == [0, 0, 1, 1, 2, 0]
    index, counts = unpack(pack(array("q", [1000, 1000, 3000])))
    assert (index.tolist(), counts.tolist()) == ([1, 3], [2, 1])


def test_an_exception_of_a_users_file_is_an_error_that_took_no_time() -> None:
    recorder = Recorder()
    recorder.exception("task", "ValueError: no", "file.py:3")
    recorder.exception("task", "ValueError: no", "file.py:3")
    told = recorder.take()
    entry = told["operations"]["task"]
    assert (entry["started"], entry["ok"], entry["errors"], list(entry["latency"])) == (2, 0, 2, [0, 0])
    assert told["exceptions"] == {"task": 2}
    assert [(one["reason"], one["count"], one["response"]) for one in told["failures"]] == [
        ("ValueError: no", 2, "file.py:3")
    ]
    assert recorder.take()["exceptions"] == {}
    assert recorder.take()["operations"] == {}


def test_a_report_begins_anew_but_for_what_is_a_sum() -> None:
    recorder = Recorder()
    recorder.answers, recorder.silences, recorder.due, recorder.dropped = 1, 2, 3, 4
    recorder.unasked, recorder.lost_reused, recorder.redirects = 5, 6, 7
    recorder.late.append(9)
    recorder.walked("file", "new", ["a", "b", "a"])
    recorder.book("a").latency.append(1000)
    first = recorder.take()
    names = ("answers", "silences", "due", "dropped", "unasked", "lost_reused", "redirects")
    assert [first[name] for name in names] == [1, 2, 3, 4, 5, 6, 7]
    assert list(first["late"]) == [9]
    assert first["walks"] == {("file", "new", "a", "b", "a"): 1}
    second = recorder.take()
    assert [second[name] for name in names] == [0] * 7
    assert (list(second["late"]), second["walks"]) == ([], {})
    assert (recorder.waited_ns, recorder.busy_ns(50)) == (1000, 1000)
    recorder.waiting, recorder.waiting_since = 2, 30
    assert recorder.busy_ns(50) == 1000 + 2 * 50 - 30


def test_a_report_is_packed_with_a_pause_after_each_operation() -> None:
    recorder, pauses = Recorder(), []
    for name in ("a", "b"):
        book = recorder.book(name)
        book.started += 1
        book.latency.append(2_000_000)
        book.service.append(1_000_000)
    told = packed(recorder.take(), lambda: pauses.append(1))
    assert counts_of(told["operations"]["a"]["latency"]) == {2000: 1}
    assert counts_of(told["operations"]["b"]["service"]) == {1000: 1}
    assert (len(pauses), told["walks"]) == (2, {})


def test_a_failure_tells_its_text_once_and_its_count_each_time() -> None:
    recorder = Recorder()
    for number in (1, 2):
        recorder.fail("a", Reply("error", {}, "500", f"no row {number}"), "ask", "answer")
    first = recorder.take()["failures"]
    assert [(one["count"], one["request"], one["response"]) for one in first] == [(2, "ask", "answer")]
    assert recorder.take()["failures"] == []
    recorder.fail("a", Reply("error", {}, "500", "no row 3"), "ask", "answer")
    assert recorder.take()["failures"] == [
        {"operation": "a", "outcome": "error", "reason": "500 no row 1", "count": 1}
    ]


def test_journeys_are_counted_in_one_order() -> None:
    one = JourneyCounts(4, 3, 2, 1)
    assert (one.take(), one.take()) == ([4, 3, 2, 1], [0, 0, 0, 0])
    recorder = Recorder()
    assert recorder.journey("x") is recorder.journey("x")
    assert recorder.group("x") is recorder.group("x")
    assert recorder.book("x") is recorder.book("x")


def test_walks_count_four_and_more_as_one() -> None:
    paths: Any = {("file", "new", *("a",) * n): 1 for n in range(1, 7)}
    walks = folded(paths)
    assert walks == {"file": {"new": {"transactions": 6, "sent": {"a": [1, 1, 1, 3]}}}}
    merge(walks, {"file": {"new": {"transactions": 2, "sent": {"a": [1, 0, 0, 1], "b": [2, 0, 0, 0]}}}})
    assert walks["file"]["new"] == {"transactions": 8, "sent": {"a": [2, 1, 1, 4], "b": [2, 0, 0, 0]}}


# The collector


def second_of(**changes: Any) -> Second:
    one = Second(7)
    one.add(0, report(7, ok=3, errors=2, cpu_percent=40.0, lag_ms=2.5, seated_ns=SECOND, busy_ns=2 * SECOND,
                      thinking_ns=3 * SECOND, due=9, dropped=1, answers=4, silences=1, users=5))  # fmt: skip
    one.add(1, report(7, ok=1, cpu_percent=20.0, lag_ms=4.125, seated_ns=SECOND, users=6, **changes))
    return one


def test_a_second_adds_up_what_workers_did_and_keeps_their_worst() -> None:
    one = second_of()
    assert (one.count("ok"), one.count("errors"), one.count("started"), one.ended) == (4, 2, 6, 6)
    assert (one.due, one.dropped, one.answers, one.silences) == (10, 1, 5, 1)
    assert (one.cpu_percent, one.lag_ms) == (40.0, 4.125)
    assert (one.seated_s, one.busy_s, one.thinking_s) == (2.0, 2.0, 3.0)
    assert (one.users, one.slots) == ({0: 5, 1: 6}, {0, 1})
    assert one.rows() == [
        (7, "a.b", 6, 4, 0, 2, "", "", "", "", ""),
        (7, "run", 6, 4, 0, 2, 11, 10, 1, 40.0, 4.12),
    ]


def test_a_partial_report_says_nothing_of_cpu_and_users() -> None:
    one = Second(7)
    one.add(0, report(7, ok=1, partial=True, cpu_percent=99.0, users=3, lag_ms=8.0))
    assert (one.cpu_percent, one.users, one.lag_ms, one.count("ok")) == (0.0, {}, 8.0, 1)
    whole = second_of(partial=True)
    assert (whole.users, whole.cpu_percent) == ({0: 5}, 40.0)


def test_a_new_second_and_a_new_collector_begin_with_nothing() -> None:
    bare = Second(0)
    assert (bare.ended, bare.due, bare.dropped, bare.answers, bare.silences) == (0, 0, 0, 0, 0)
    assert (bare.cpu_percent, bare.lag_ms, bare.seated_s, bare.busy_s, bare.thinking_s) == (0.0,) * 5
    made = Collector(1, lambda second: None)
    made.merge(0, report(0, ok=2))
    made.finish()
    assert (made.due, made.dropped, made.redirects, made.unasked, made.lost_reused) == (2, 0, 0, 0, 0)
    assert (made.answered, dict(made.exceptions), made.next_second) == (True, {}, 1)
    silent = Collector(1, lambda second: None)
    assert (silent.answered, silent.next_second) == (False, 0)
    silent.merge(0, report(0, errors=2))
    assert not silent.answered


def test_a_collector_sums_what_reports_bring() -> None:
    made = Collector(1, lambda second: None)
    more = {"redirects": 2, "exceptions": {"t": 3}, "unasked": 4, "lost_reused": 5}
    made.merge(0, report(0, ok=2, dropped=1, **more))
    made.merge(0, report(1, ok=1, **more))
    made.merge(0, report(2, answers=0))
    made.finish()
    assert (made.redirects, made.unasked, made.lost_reused, made.exceptions["t"]) == (4, 8, 10, 6)
    assert (made.due, made.dropped, made.answered) == (3, 1, True)
    assert made.journeys["j"] == {"started": 3, "completed": 3, "failed": 0, "cut": 0}


def test_kinds_of_failure_are_bounded_over_all_workers_and_counts_go_on() -> None:
    made = Collector(1, lambda second: None)

    def failed(kind: int, count: int) -> dict[str, Any]:
        return {"operation": "a", "outcome": "error", "reason": str(kind), "count": count, "response": "r"}

    made.merge(0, report(4, failures=[failed(kind, 2) for kind in range(MAX_FAILURES + 1)]))
    made.merge(1, report(5, failures=[failed(0, 3), failed(MAX_FAILURES, 3)]))
    assert len(made.failures) == MAX_FAILURES
    assert made.failures["a", "error", "0"] == {
        "operation": "a", "outcome": "error", "reason": "0", "count": 5, "second": 4, "request": "",
        "response": "r",
    }  # fmt: skip


@pytest.mark.parametrize(("now", "complete"), [(1, 0), (3, 0), (4, 1), (5, 2)])
def test_a_silent_worker_holds_a_second_back_for_three(now: int, complete: int) -> None:
    made = Collector(1, lambda second: None)
    made.merge(0, report(9, ok=1))
    made.advance(now, {0, 1})
    assert made.next_second == complete


def test_an_interval_is_full_after_its_seconds() -> None:
    made = Collector(3, lambda second: None)
    for number in range(3):
        assert not made.interval_is_full
        made.merge(0, report(number, ok=1))
        made.advance(number + 1, {0})
    assert made.interval_is_full


# Posts and status lines


def group(post: str, count: int, **more: Any) -> OperatorGroup:
    return OperatorGroup.model_construct(unit="u", post=post, count=count, unit_name="", post_name="", **more)


def post(times_ms: list[float], counts: list[int], **more: int) -> dict[str, Any]:
    told = {"errors": 1, "rejected": 2, "signed_in": 3, "waited_ns": SECOND, "seated_ns": 2 * SECOND}
    return {"counts": counts, "times": ms(*times_ms), **told, **more}


def test_a_status_line_tells_operations_and_busy_posts_of_one_second() -> None:
    one = second_of()
    one.posts["u/counter"] = [post([10, 20], [3, 2, 0, 0]), post([], [1, 0, 1, 0])]
    one.posts["u/idle"] = [post([], [0, 0, 0, 0], errors=0, rejected=0, signed_in=0)]
    told = StatusLine().of(one)
    assert told["operations"]["a.b"][:4] == [6, 4, 0, 2]
    assert told["posts"]["u/counter"][:5] == [4, 2, 1, 0, 6]
    assert "u/idle" not in told["posts"]


def test_names_beyond_five_hundred_are_one() -> None:
    line = StatusLine()
    one = Second(0)
    for number in range(MAX_NAMES + 2):
        one.operations[f"o{number:03}"].update({"started": 1, "ok": 1, "rejected": 0, "errors": 0})
    told = line.of(one)["operations"]
    assert len(told) == MAX_NAMES + 1
    assert told[OTHER][:2] == [2, 2]
    assert told["o499"][:2] == [1, 1]


def test_rows_of_posts_add_up_groups_and_reports() -> None:
    rows = PostTotals([])
    rows.add("nobody", post([1], [1, 1, 0, 0]))
    assert rows.rows() == []
    assert list(rows.times()) == []


# Is the target still there?


def silence(number: int, silences: int = 5, answers: int = 0) -> Second:
    one = Second(number)
    one.silences, one.answers = silences, answers
    return one


def lost_at(contact: Contact, seconds: list[Second]) -> int | None:
    for one in seconds:
        contact.look(one)
        if contact.ended:
            return one.number
    return None


def test_a_target_is_lost_after_its_patience_from_the_first_silence_on() -> None:
    assert lost_at(Contact(10.0), [silence(n) for n in range(20)]) == 4
    assert lost_at(Contact(3.0), [silence(n) for n in range(20)]) == 2
    answered = [silence(0, 0, 1), *(silence(n) for n in range(1, 20))]
    assert lost_at(Contact(10.0), answered) == 10
    broken = [silence(0, 0, 1), *(silence(n, 5, 1 if n == 8 else 0) for n in range(1, 30))]
    assert lost_at(Contact(10.0), broken) == 18


def test_quiet_seconds_are_no_silence_but_do_not_end_one() -> None:
    seconds = [silence(0, 0, 1), silence(1), *(silence(n, 0) for n in range(2, 15)), silence(15)]
    assert lost_at(Contact(10.0), seconds) == 15
    assert lost_at(Contact(10.0), [silence(n, 0) for n in range(30)]) is None


def test_a_handful_of_silences_proves_nothing() -> None:
    one_each = [silence(n, 1) for n in range(0, 40)]
    assert lost_at(Contact(1.0), one_each) == 2
