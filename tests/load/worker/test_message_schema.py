"""Messages between master and workers: what ours send is taken whole, anything else is refused whole."""

from __future__ import annotations

import re
import struct
from array import array
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai import __version__
from renhai.load.measure.histogram import pack
from renhai.load.measure.recorder import Recorder
from renhai.load.worker.message_schema import SCHEMAS, BadMessage, OtherVersion, Peers, checked
from results.snapshot.histograms import SIZE
from results.verdict.reasons.generator import ReportsMissing
from tests.share import examples

EMPTY = (b"", b"")


def packed(*buckets: tuple[int, int]) -> tuple[bytes, bytes]:
    return b"".join(struct.pack("<i", i) for i, _ in buckets), b"".join(
        struct.pack("<q", n) for _, n in buckets
    )


SLOW = ReportsMissing(reports=3).record()


def nested(deep: int) -> dict[str, Any]:
    inner = {"code": "nobody.knows", "params": {}}
    for _ in range(deep):
        inner = {"code": "guard.worker_refused", "params": {"worker": "w", "why": inner}}
    return inner


def report(**changes: Any) -> dict[str, Any]:
    """A report of one second as a load process sends it."""
    times = pack(array("q", [1_000_000, 2_000_000]))
    operation = {"started": 2, "ok": 2, "rejected": 0, "errors": 0, "latency": times, "service": times}
    group = {
        "counts": [1, 1, 0, 0], "errors": 0, "rejected": 0, "signed_in": 1, "times": EMPTY,
        "waited_ns": 5, "seated_ns": 7,
    }  # fmt: skip
    return {
        "second": 0, "sequence": 1, "operations": {"a.b": operation}, "journeys": {"a.c": [1, 1, 0, 0]},
        "groups": {"1/x": group},
        "walks": {"a.c": {"new": {"transactions": 1, "sent": {"a.b": [0, 1, 0, 0]}}}},
        "failures": [{"operation": "a.b", "outcome": "error", "reason": "HTTP 500", "count": 1}],
        "complaints": [SLOW], "receipts": b"", "late": EMPTY, "lag": EMPTY, "lag_ms": 0.1, "wall_s": 1.0,
        "cpu_percent": 3.5, "steal_percent": None, "due": 0, "dropped": 0, "answers": 2, "silences": 0,
        "users": 1, "seated_ns": 1, "thinking_ns": 1, "busy_ns": 1, **changes,
    }  # fmt: skip


def sent(message: Any) -> Any:
    """As it arrives: msgpack knows no tuples."""
    return msgpack.loads(msgpack.dumps(message), strict_map_key=False)


def test_a_report_of_ours_is_taken() -> None:
    checked("renhai_report", sent(report()), "master")
    counts = {"taken": 3, "computed": 1, "damaged": 0}
    checked("renhai_report", sent(report(ahead=counts)), "master")
    checked("renhai_report", sent(report(last=True, partial=True, unfinished=3, halt=True)), "master")


def with_operation(**changes: Any) -> dict[str, Any]:
    whole = report()
    whole["operations"]["a.b"] |= changes
    return whole


BAD = {
    "a second that no run has": report(second=10**8),
    "a second as text": report(second="0"),
    "a second that is no number": report(second=True),
    "a bucket below the first": with_operation(latency=packed((-5, 20))),
    "a bucket above the last": with_operation(latency=packed((SIZE, 20))),
    "the largest bucket there is": with_operation(service=packed((2**31 - 1, 1))),
    "a bucket twice": with_operation(latency=packed((4, 1), (4, 1))),
    "a count below one": with_operation(latency=packed((4, -1))),
    "a count that overflows": with_operation(latency=packed((4, 2**62))),
    "more buckets than counts": with_operation(latency=(struct.pack("<i", 1), b"")),
    "half a bucket": with_operation(latency=(b"\1", b"")),
    "buckets as text": with_operation(latency=("", "")),
    "no service times": with_operation(service=None),
    "fewer than none": with_operation(ok=-1),
    "half an answer": with_operation(ok=1.5),
    "journeys cut short": report(journeys={"a.c": [1]}),
    "journeys below none": report(journeys={"a.c": [1, -1, 0, 0]}),
    "a post without times": report(groups={"1/x": {"counts": [1, 1, 0, 0]}}),
    "a name without end": report(journeys={"x" * 10_000: [1, 1, 0, 0]}),
    "a name that is no text": report(journeys={5: [1, 1, 0, 0]}),
    "a failure of success": report(failures=[{"operation": "a", "outcome": "ok", "reason": "", "count": 1}]),
    "fewer declarations than none": report(ahead={"taken": -1, "computed": 0, "damaged": 0}),
    "declarations without a count": report(ahead={"taken": 1, "computed": 0}),
    "receipts as text": report(receipts="{}"),
    "a wall clock without end": report(wall_s=1e18),
    "no number": report(cpu_percent=float("nan")),
    "infinity": report(lag_ms=float("inf")),
    "a number as text": report(lag_ms="0.1"),
    "a sequence that undoes a loss": report(sequence=-10),
    "a reason that nobody knows": report(complaints=[{"code": "slow", "params": {}}]),
    "a reason with another parameter": report(complaints=[{**SLOW, "params": {"reports": "3"}}]),
    "a reason that occurred less than once": report(complaints=[{**SLOW, "times": 0}]),
    "a reason within a reason without end": report(complaints=[nested(400)]),
    "a list": [1, 2],
    "nothing": None,
    "a key that no report has": report(passed=True),
    "a key that no operation has": with_operation(skipped=1),
    "a key that no failure has": report(
        failures=[{"operation": "a", "outcome": "error", "reason": "", "count": 1, "forgiven": True}]
    ),
    **{f"no {key}": {k: v for k, v in report().items() if k != key} for key in report()},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_anything_else_is_refused(bad: Any) -> None:
    with pytest.raises(BadMessage, match="renhai_report"):
        checked("renhai_report", sent(bad), "master")


OPEN = {"t0_ns": 5, "epoch_ns": 6, "slot": 0, "slots": 1, "late": 0}


@pytest.mark.parametrize(
    ("side", "kind", "data"),
    [
        ("master", "client_ready", "2.44.1"),
        ("master", "client_ready", -1),
        ("master", "spawning", None),
        ("master", "heartbeat", {"state": "ready", "current_cpu_usage": 1, "current_memory_usage": 2}),
        ("master", "spawning_complete", {"user_classes_count": {"A": 2}, "user_count": 2}),
        ("master", "renhai_hello", {"ns": 1, "renhai": __version__}),
        ("master", "locustfile", {"version": "2.44.1", "renhai": __version__}),
        ("worker", "renhai_open", OPEN),
        ("worker", "renhai_close", {"patience_s": 3.0}),
    ],
)
def test_what_locust_and_we_say_is_taken(side: str, kind: str, data: Any) -> None:
    checked(kind, sent(data), side)


@pytest.mark.parametrize(
    ("side", "kind", "data"),
    [
        ("master", "client_ready", {"a": 1}),
        ("master", "client_ready", None),
        ("master", "spawning", {}),
        ("master", "heartbeat", {"state": "ready"}),
        ("master", "heartbeat", {"state": ["ready"], "current_cpu_usage": 1}),
        ("master", "spawning_complete", {"user_classes_count": {"A": -2}, "user_count": 2}),
        ("master", "renhai_hello", {}),
        (
            "master",
            "renhai_open",
            OPEN,
        ),  # only a master says that
        ("master", "update_user_class", {}),
        ("master", "anything", {}),
        ("worker", "renhai_open", {**OPEN, "slots": 0}),
        ("worker", "renhai_close", {"patience_s": float("nan")}),
        ("worker", "renhai_share", {"among": 0}),
        ("worker", "spawn", {"timestamp": 1.0}),
        ("master", "heartbeat", {"state": "ready", "current_cpu_usage": 1, "more": 1}),
        ("master", "renhai_hello", {"ns": 1, "renhai": __version__, "more": 1}),
        ("worker", "renhai_close", {"patience_s": 3.0, "at_once": True}),
    ],
)
def test_what_nobody_says_is_refused(side: str, kind: str, data: Any) -> None:
    with pytest.raises(BadMessage):
        checked(kind, sent(data), side)


@pytest.mark.parametrize("kind", ["locustfile", "renhai_hello"])
@pytest.mark.parametrize(("theirs", "said"), [("0.1.9", "0.1.9"), (None, "older than 0.2.0"), (7, "7")])
def test_first_words_of_another_version_are_refused_by_its_name(kind: str, theirs: Any, said: str) -> None:
    """Whatever else they hold, which only follows from it."""
    data = {"anything": 1} | ({} if theirs is None else {"renhai": theirs})
    with pytest.raises(OtherVersion, match=rf"^it runs renhai {re.escape(said)}, this one {__version__}$"):
        checked(kind, data, "master")


def test_what_a_recorder_gives_has_no_key_but_those_of_the_schema() -> None:
    assert set(Recorder().take()) < set(SCHEMAS["master"]["renhai_report"].model_fields)


def test_a_message_of_a_users_own_file_is_let_through_by_name() -> None:
    checked("their_own", {"x": [1]}, "master", {"their_own"})
    with pytest.raises(BadMessage, match="there is no message 'renhai_other'"):
        checked("renhai_other", {}, "master", {"their_own"})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=examples(200), deadline=None)
@given(st.sampled_from(sorted(report())), ANYTHING)
def test_a_field_of_any_kind_is_refused_or_harmless(field: str, value: Any) -> None:
    """Never another error than BadMessage: the greenlet that reads the messages must not die."""
    try:
        checked("renhai_report", sent(report(**{field: value})), "master")
    except BadMessage as error:
        assert field in str(error)


def test_a_peer_is_banned_once_and_told_to_who_comes_to_listen() -> None:
    peers, told = Peers(), []
    peers.ban("w1", "why")
    peers.listen(lambda peer, why: told.append((peer, why)))
    peers.ban("w1", "again")
    peers.ban("", "the master")
    assert told == [("w1", "why"), ("", "the master")]
