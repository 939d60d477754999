"""Gates: what opens one, and the ways in which one might be thought open and is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from results.checks.rehearsal import Attempt, PlannedStage, Skip, Why, standing

DATA = PlannedStage("data", "数据", "Data", "张三", "2015-08-20", "2015-09-05", (), asks="d1")
LOAD = PlannedStage("load", "压测", "Load", "李四", "2015-09-10", "2015-09-18", ("data",), asks="l1")


def tried(place: int, asks: str, code: int | None = 0, **more: object) -> Attempt:
    """An attempt whose first and last event stand at `place` and the one after it."""
    return replace(Attempt(1, "2026-01-01T08:00:00Z", (place, place + 1), asks, code=code), **more)  # type: ignore[arg-type]


GOOD = {"data": [tried(0, "d1")], "load": [tried(2, "l1")]}


def states(attempts: dict[str, list[Attempt]], **more: object) -> tuple[str, list[str]]:
    """(the answer, the state of each gate)."""
    found = standing([DATA, LOAD], attempts, {}, **more)  # type: ignore[arg-type]
    return found.answer, [one.state for one in found.gates]


def test_all_gates_open_is_go() -> None:
    assert states(GOOD) == ("pass", ["passed", "passed"])


def test_no_stage_at_all_is_not_proven() -> None:
    assert standing([], {}, {}).answer == "inconclusive"


@pytest.mark.parametrize(
    ("load", "why"),
    [
        ([], "it was never run"),
        ([tried(2, "l1", None)], "it broke off, and nobody knows how it would have ended"),
        ([tried(2, "l1", None, interrupted=True)], "it was interrupted"),
        ([tried(2, "l1", None, unprepared="renhai generate ended with 2")],
         "its preparation failed: renhai generate ended with 2"),
        ([tried(2, "l1", 2)], "its command was refused"),
        ([tried(2, "l1", 3)], "its measurement is invalid"),
        ([tried(2, "l1", 4)], "its command could not decide"),
        ([tried(2, "l1", -9)], "its command ended with -9"),
        ([tried(2, "l0")], "what it asks was changed since it ran"),
        ([tried(2, "l1", doubts=("its evidence is gone: load/01/x/run.json",))],
         "its evidence is gone: load/01/x/run.json"),
        ([tried(2, "l1"), tried(4, "l1", None)], "it broke off, and nobody knows how it would have ended"),
    ],
)  # fmt: skip
def test_not_proven_is_not_go(load: list[Attempt], why: str) -> None:
    found = standing([DATA, LOAD], {**GOOD, "load": load}, {})
    assert found.answer == "inconclusive"
    assert [one.said(0) for one in found.gate("load").why] == [why]
    assert found.gate("load").state == ("not_proven" if load else "not_run")


def test_the_newest_attempt_counts() -> None:
    passed, failed = tried(2, "l1"), tried(4, "l1", 1)
    assert states({**GOOD, "load": [passed, failed]}) == ("fail", ["passed", "failed"])
    again = replace(tried(6, "l1"), number=3)
    found = standing([DATA, LOAD], {**GOOD, "load": [passed, failed, again]}, {})
    assert (found.answer, found.gate("load").failed_before) == ("pass", 1)


def test_a_stage_that_was_repeated_shuts_those_after_it() -> None:
    found = standing([DATA, LOAD], {**GOOD, "data": [tried(0, "d1"), tried(4, "d1")]}, {})
    assert found.gate("data").state == "passed"
    assert found.gate("load").why == (Why("it ran before {} was repeated", DATA),)
    assert found.answer == "inconclusive"


def test_an_answer_does_not_outlive_what_it_stands_on() -> None:
    found = standing([DATA, LOAD], {**GOOD, "data": [tried(0, "d1", 1)]}, {})
    assert [one.state for one in found.gates] == ["failed", "not_proven"]
    assert found.gate("load").why == (Why("it stands on {}, whose gate is not open", DATA),)


def test_who_skips_lets_others_begin_and_proves_nothing() -> None:
    skip = {"data": Skip("张三", "no disk", "2026-01-01T07:00:00Z", 0)}
    found = standing([DATA, LOAD], {"load": [tried(2, "l1")]}, skip)
    assert found.may_begin("load") == []
    assert [one.state for one in found.gates] == ["skipped", "passed"]
    assert found.answer == "inconclusive"


def test_a_failure_that_is_skipped_stays_one() -> None:
    skip = {"data": Skip("张三", "later", "2026-01-01T09:00:00Z", 3)}
    found = standing([DATA, LOAD], {"data": [tried(0, "d1", 1)]}, skip)
    assert (found.answer, found.gate("data").state, found.may_begin("load")) == ("fail", "failed", [])


def test_a_stage_that_was_tried_after_all_is_not_skipped() -> None:
    skip = {"data": Skip("张三", "later", "2026-01-01T07:00:00Z", 0)}
    found = standing([DATA, LOAD], {"data": [tried(1, "d1", 3)]}, skip)
    assert found.gate("data").state == "not_proven"
    assert found.may_begin("load") == ["data"]


@pytest.mark.parametrize(
    ("opened", "state"), [(0, "passed"), (3, "passed"), (4, "failed"), (None, "not_proven")]
)
def test_open_problems_shut_a_gate(opened: int | None, state: str) -> None:
    stage = replace(LOAD, problems=3)
    found = standing([DATA, stage], {**GOOD, "load": [tried(2, "l1", open_problems=opened)]}, {})
    assert found.gate("load").state == state


@pytest.mark.parametrize(
    ("builds", "state"),
    [(("2.4",), "passed"), (("2.3",), "not_proven"), (("",), "not_proven"), ((), "passed")],
)
def test_loads_of_another_build_prove_nothing_of_this_one(builds: tuple[str, ...], state: str) -> None:
    stage = replace(LOAD, build="2.4")
    found = standing([DATA, stage], {**GOOD, "load": [tried(2, "l1", builds=builds)]}, {})
    assert found.gate("load").state == state


def test_a_failed_stage_that_was_taken_out_of_the_programme_is_told() -> None:
    found = standing([DATA], {**GOOD, "load": [tried(2, "l1", 1)]}, {})
    assert (found.answer, found.dropped) == ("inconclusive", ("load",))


def test_late_is_what_is_not_through_after_its_last_day() -> None:
    found = standing([DATA, LOAD], {"data": GOOD["data"]}, {}, "2015-09-19")
    assert [one.late for one in found.gates] == [False, True]
    assert [one.late for one in standing([DATA, LOAD], {}, {}, "2015-09-18").gates] == [True, False]
    assert not any(one.late for one in standing([DATA, LOAD], {}, {}).gates)


@pytest.mark.parametrize(
    ("ended", "now", "state"),
    [
        ("2026-01-01T08:00:00Z", "2026-01-31T08:00:00Z", "passed"),
        ("2026-01-01T08:00:00Z", "2026-01-31T08:00:01Z", "not_proven"),
        ("2026-02-01T08:00:00Z", "2026-01-31T08:00:00Z", "not_proven"),  # from days that have not come
        ("", "2026-01-31T08:00:00Z", "not_proven"),
        ("2026-01-01T08:00:00Z", "", "not_proven"),
        ("2026-01-01T08:00:00", "2026-01-31T08:00:00Z", "not_proven"),  # of no zone
    ],
)
def test_evidence_that_is_too_old_shuts_its_gate(ended: str, now: str, state: str) -> None:
    """30 days are 2,592,000 s."""
    stage = replace(DATA, max_age_s=2_592_000.0)
    found = standing([stage], {"data": [tried(0, "d1", ended=ended)]}, {}, now=now)
    assert (found.gate("data").state, len(found.gate("data").why)) == (state, state != "passed")
    assert standing([DATA], {"data": [tried(0, "d1", ended=ended)]}, {}, now=now).answer == "pass"
    failed = standing([stage], {"data": [tried(0, "d1", 1, ended=ended)]}, {}, now=now)
    assert failed.answer == "fail"  # a failure does not grow old


def test_runs_that_were_made_long_before_they_were_looked_at_are_as_old_as_they_are() -> None:
    """Looked at yesterday, made 31 days ago; 30 are allowed."""
    stage = replace(DATA, max_age_s=2_592_000.0)
    looked = tried(0, "d1", ended="2026-01-31T08:00:00Z", measured="2026-01-01T08:00:00Z")
    found = standing([stage], {"data": [looked]}, {}, now="2026-02-01T08:00:00Z")
    assert [one.said(0) for one in found.gate("data").why] == [
        "its evidence is 744 h 00 min old, and its gate allows 720 h 00 min"
    ]
    young = replace(looked, measured="2026-01-02T08:00:00Z")
    assert standing([stage], {"data": [young]}, {}, now="2026-02-01T08:00:00Z").answer == "pass"


@pytest.mark.parametrize(("opened", "answer"), [(0, "pass"), (1, "fail"), (None, "inconclusive")])
def test_the_programmes_last_stage_is_held_to_the_ledger_as_it_is_now(
    opened: int | None, answer: str
) -> None:
    """Whichever ended after it: here one that it does not wait for was repeated."""
    last = replace(LOAD, after=(), problems=0)
    tries = {"data": [tried(4, "d1")], "load": [tried(2, "l1", open_problems=0)]}
    assert standing([DATA, last], tries, {}, open_now=opened).answer == answer
