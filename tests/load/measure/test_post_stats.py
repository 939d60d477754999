"""Unit by unit and post by post: what is counted there, and when its people sit."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from renhai.load.measure.histogram import IntervalLog, pack, unpack
from renhai.load.measure.post_stats import PostTotal, PostTotals
from renhai.load.measure.recorder import PostCounts, Recorder
from renhai.plan.model import OperatorGroup
from renhai.plan.schedule import shifts
from renhai.run.monitor.live_thresholds import LiveCounts
from results.report.files.run import finish
from results.report.heatmap import heat_map
from tests.results.recording import Recording, manifest

COUNTER = {"unit": "14301020000", "reported_as": "counter", "unit_name": "北"}
GROUPS = [
    OperatorGroup(post="counter:novice", count=2, **COUNTER),
    OperatorGroup(post="counter:trained", count=6, **COUNTER),
    OperatorGroup(unit="14301030000", post="counter", count=3),
]


def entry(started: int, completed: int, failed: int, times_ms: list[int], **more: int) -> dict[str, object]:
    times = pack(array("q", [value * 1_000_000 for value in times_ms]))
    zero = {"errors": 0, "rejected": 0, "signed_in": 0, "waited_ns": 0, "seated_ns": 0}
    cut = started - completed - failed
    return {"counts": [started, completed, failed, cut], "times": times, **zero, **more}


def test_proficiencies_of_a_post_and_all_processes_make_one_row() -> None:
    counts = PostTotals(GROUPS)
    counts.add("14301020000/counter", entry(3, 2, 0, [100, 200], signed_in=2, waited_ns=400_000_000))
    counts.add("14301020000/counter", entry(2, 1, 1, [300, 1000], signed_in=5, errors=1, rejected=2))
    first, second = counts.rows()
    assert (first["unit_name"], first["seats"], first["signed_in"]) == ("北", 8, 7)
    assert (first["attempted"], first["completed"], first["failed"], first["cut"]) == (5, 3, 1, 1)
    assert (first["error_screens"], first["errors"], first["rejected"]) == (3, 1, 2)
    # 4 values: the 2nd and the 4th, each at the top of its bucket of 3 significant digits
    assert first["p50_ms"] == pytest.approx(200, rel=0.001)
    assert first["p95_ms"] == first["max_ms"] == pytest.approx(1000, rel=0.001)
    assert first["waiting_s"] == 0.4
    assert (second["seats"], second["attempted"], second["p95_ms"]) == (3, 0, None)
    assert [(name, times.total) for name, times in counts.times()] == [("14301020000/counter", 4)]


def test_a_group_reports_what_is_new_and_its_seated_time() -> None:
    recorder = Recorder()
    tally = recorder.group("14301020000/counter")
    tally.started, tally.signed_in, tally.errors = 2, 1, 1
    tally.times.append(5_000_000)
    tally.seated.enter(0)
    tally.seated.leave(0, 7_000_000_000)
    first = recorder.take()["groups"]["14301020000/counter"]
    assert (first["counts"], first["signed_in"], first["errors"]) == ([2, 0, 0, 0], 1, 1)
    assert first["seated_ns"] == 7_000_000_000
    again = recorder.take()["groups"]["14301020000/counter"]
    assert (again["counts"], again["signed_in"], again["seated_ns"]) == ([0, 0, 0, 0], 0, 0)
    assert again["times"] == (b"", b"")
    assert isinstance(tally, PostCounts)


def test_operators_sit_down_one_after_another_and_leave_together() -> None:
    hours = [(10.0, 100.0, 4.0), (120.0, 200.0, 0.0)]
    # four operators, each with half of himself and those before him: 1/8, 3/8, 5/8, 7/8
    assert [shifts(hours, (n + 0.5) / 4)[0] for n in range(4)] == [
        (10.5, 100.0), (11.5, 100.0), (12.5, 100.0), (13.5, 100.0),
    ]  # fmt: skip
    assert shifts(hours, 0.875)[1] == (120.0, 200.0)


def test_a_posts_p95_is_one_number_wherever_it_stands(tmp_path: Path) -> None:
    """11 transactions, ten of 100 ms and one of 9 s: rank ceil(0.95 * 11) = 11, so p95 is the one of 9 s."""
    times = pack(array("q", [100_000_000] * 10 + [9_000_000_000]))
    posts = PostTotals([OperatorGroup(unit="14301030000", post="desk", count=1)])
    entry = {"errors": 0, "rejected": 0, "signed_in": 1, "waited_ns": 0, "seated_ns": 0, "times": times}
    posts.add("14301030000/desk", {**entry, "counts": [11, 11, 0, 0]})
    recording = Recording().add("a.query", range(1000, 1011))
    recording.measured = {"groups": posts.rows()}
    left = recording.write(tmp_path)
    with (left / "transactions.hlog").open("w") as file:
        log = IntervalLog(file, 0.0, "transactions")
        for name, sum_ in posts.times():
            log.line(name, 0.0, 10.0, sum_.counts)
    run = finish(left, manifest(thresholds={"*/*": ["p95 < 1s"]}))
    row = run.thresholds[0]
    live = LiveCounts(started=11, ok=11)
    live.add(0, unpack(times))
    shown = heat_map(run.groups)
    assert run.verdict == "fail"
    assert shown is not None
    assert {
        run.groups[0]["p95_ms"],
        row.value,
        live.latency.milliseconds("p95"),
        shown.cells["14301030000", "desk"].p95_ms,
    } == {9003.007}


def test_times_at_a_post_are_told_to_the_millisecond() -> None:
    total = PostTotal("u", "p", {}, waited_ns=1_234_567_890, seated_ns=9_876_543_210)
    assert (total.row()["waiting_s"], total.row()["seated_s"]) == (1.235, 9.877)
