"""Cases by their receipts: every figure here can be counted by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from results.checks.audit.intents import Intents, Write
from results.flow.history import Flow, flow_of
from results.flow.reading import read_flow
from results.flow.rules import judge_rules, parse_case_rule
from results.flow.summary import ENOUGH, document
from results.snapshot.run import GeneratorSummary, Measured

EPOCH = 1000.0


class Told:
    """Receipts written by hand; times in seconds of the run."""

    def __init__(self) -> None:
        self.writes: list[Write] = []

    def add(self, at: float, operation: str, lcslid: str | None, fate: Any = "ok", **values: Any) -> Told:
        ms, number = int((EPOCH + at) * 1000), len(self.writes) + 1
        known = {"lcslid": lcslid, **values} if lcslid else dict(values)
        self.writes.append(Write((0, number, 0), operation, fate, ms, ms if fate == "ok" else 0, known))
        return self

    def accept(
        self, at: float, lcslid: str, post: str = "head", held: bool = False, item: str = "move"
    ) -> Told:
        return self.add(at, "case.accept", lcslid, item=item, gwDm=post, held=held)

    def take(self, at: float, lcslid: str, post: str = "head", **values: Any) -> Told:
        return self.add(at, "case.take", lcslid, found=True, gwDm=post, **values)

    def on(self, at: float, operation: str, lcslid: str, held: bool) -> Told:
        return self.add(at, operation, lcslid, gwDm="desk", held=held, blzt="pending")

    def close(self, at: float, lcslid: str) -> Told:
        return self.add(at, "case.close", lcslid, blzt="closed", gwDm="", held=False)

    def flow(self, seconds: float = 100.0) -> Flow:
        found = Intents()
        for write in self.writes:
            found.writes.setdefault(write.operation, []).append(write)
        return flow_of(found, EPOCH, seconds)


def test_a_case_from_acceptance_to_close_and_its_waits() -> None:
    told = Told().accept(10, "a").take(15, "a").on(16, "case.approve", "a", False)
    told.take(36, "a", "desk").on(37, "case.notice", "a", True).close(40, "a")
    found = document(told.flow(), 1.0)
    assert found["items"]["move"]["close_s"] == {"p50": 30.0, "p95": 30.0, "max": 30.0, "mean": 30.0}
    assert found["lists"]["head"]["wait_s"]["max"] == 5.0
    assert found["lists"]["desk"]["wait_s"]["max"] == 20.0
    assert found["lists"]["head"]["length"] == {"mean": 0.05, "max": 1, "last": 0}
    assert found["lists"]["desk"]["length"]["mean"] == 0.2
    assert (found["open_in_all"], found["open"]) == (0, [])


def test_what_is_not_closed_is_named_and_counted_nowhere_as_closed() -> None:
    told = Told().accept(10, "a").accept(20, "b").take(25, "b").accept(30, "c").close(31, "c")
    found = document(told.flow(), 1.0)
    row = found["items"]["move"]
    assert (row["accepted"], row["closed"], row["open"]) == (3, 1, 2)
    assert row["close_s"]["max"] == 1.0
    assert (found["open"], found["open_in_all"]) == (["a", "b"], 2)
    assert (found["lists"]["head"]["never_taken"], found["lists"]["head"]["taken"]) == (1, 1)


def test_refused_withdrawn_returned_and_unknown_are_each_their_own() -> None:
    told = Told()
    for place, name in enumerate("abcde"):
        told.accept(place, name)
    told.add(10, "case.refuse", "a").add(11, "case.withdraw", "b").add(12, "case.complete", "c")
    told.add(13, "case.approve", "d", "info")
    row = document(told.flow(), 1.0)["items"]["move"]
    each = {"refused": 1, "withdrawn": 1, "returned": 1, "unknown": 1, "open": 1, "closed": 0}
    assert {name: row[name] for name in each} == each


def test_who_is_sent_back_and_hands_in_again_waits_twice() -> None:
    told = Told().accept(0, "a").take(2, "a").add(3, "case.complete", "a")
    told.add(50, "case.supply", "a", gwDm="head").take(57, "a")
    found = document(told.flow(), 1.0)["lists"]["head"]
    assert (found["entered"], found["taken"], found["wait_s"]["p50"], found["wait_s"]["max"]) == (
        2,
        2,
        2.0,
        7.0,
    )


def test_a_refused_step_changes_nothing() -> None:
    told = (
        Told()
        .accept(0, "a")
        .take(
            1,
            "a",
        )
        .add(2, "case.close", "a", "fail", blzt="closed")
    )
    assert document(told.flow(), 1.0)["items"]["move"]["closed"] == 0


def test_an_answer_that_came_before_its_cause_waits_zero_not_less() -> None:
    """The answer to the approval travelled longer than the next officer's taking."""
    told = Told().take(4.9, "a").accept(5.0, "a")
    assert document(told.flow(), 1.0)["lists"]["head"]["wait_s"]["max"] == 0.0


def test_who_waited_for_whom_and_how_long_until_the_answer_was_fetched() -> None:
    told = Told().accept(10, "a").take(15, "a").on(16, "case.approve", "a", False).take(36, "a", "desk")
    told.accept(20, "b").add(30, "export.feedback", "a").add(50, "export.feedback", "a")
    found = document(told.flow(), 1.0)
    assert [
        (pair["from"], pair["to"], pair["sent"], pair["never_taken"], pair["waited_s"])
        for pair in found["between"]
    ] == [("", "head", 2, 1, 85.0), ("head", "desk", 1, 0, 20.0)]  # b waits from 20 to the end at 100
    assert found["items"]["move"]["answer_s"]["max"] == 20.0  # from 10 to the first feedback at 30


def test_a_task_that_two_people_have_an_id_of_two_and_a_case_ended_twice_are_told() -> None:
    assert Told().accept(1, "a").take(2, "a").close(3, "a").flow().doubled == []
    assert Told().accept(1, "a").take(2, "a").take(3, "a").flow().doubled == ["a"]
    assert Told().accept(1, "a").accept(2, "a").flow().doubled == ["a"]
    assert Told().accept(1, "a").take(2, "a").close(3, "a").close(4, "a").flow().doubled == ["a"]
    lost = Told().accept(1, "a").take(2, "a").add(3, "case.approve", "a", "info").take(4, "a", "desk")
    assert lost.flow().doubled == [], "whether it was listed again is not known"
    back = (
        Told()
        .accept(1, "a")
        .take(2, "a")
        .add(3, "case.complete", "a")
        .add(4, "case.supply", "a", gwDm="head")
    )
    assert back.take(5, "a").flow().doubled == []


def test_tasks_of_other_runs_and_acceptances_of_unknown_fate_are_counted_apart() -> None:
    told = Told().take(1, "z").add(2, "case.accept", None, "info").accept(3, "a")
    found = document(told.flow(), 1.0)
    assert (found["foreign"], found["unknown"], found["items"]["move"]["accepted"]) == (1, 1, 1)


def test_littles_law_holds_in_a_list_in_balance_and_not_in_one_that_grows() -> None:
    steady, growing = Told(), Told()
    for n in range(50):
        steady.accept(2 * n, f"s{n}").take(2 * n + 1, f"s{n}")
        growing.accept(2 * n, f"g{n}")
        if n < ENOUGH:
            growing.take(2 * n + 1, f"g{n}")
    even = document(steady.flow(), 1.0)["lists"]["head"]["little"]
    assert even == {"length": 0.5, "rate_per_s": 0.5, "wait_s": 1.0, "error": 0.0}
    uneven = document(growing.flow(), 1.0)["lists"]["head"]["little"]
    # 30 waited 1 s; those of 60, 62 ... 98 wait 40, 38 ... 2 s to the end: L = (30 + 420) / 100
    assert (uneven["length"], uneven["wait_s"]) == (4.5, 1.0)
    assert uneven["error"] == pytest.approx(1 - 0.3 / 4.5, abs=1e-4)


def test_the_targets_own_count_stands_beside_that_of_the_receipts() -> None:
    told = Told().accept(0, "a").accept(1, "b").take(2, "a", length=2).take(3, "b", length=5)
    assert document(told.flow(), 1.0)["lists"]["head"]["told"] == {
        "target": 3.5,
        "receipts": 1.5,
        "takings": 2,
    }


# Rules


def judged(told: Told, subject: str, rule: str, pace: float = 1.0, seconds: float = 100.0) -> Any:
    (row,) = judge_rules({subject: [rule]}, told.flow(seconds), pace)
    return row


def test_a_rule_is_judged_on_those_that_are_old_enough() -> None:
    told = Told().accept(0, "a").close(8, "a").accept(50, "b").close(70, "b").accept(95, "c")
    row = judged(told, "case.move", "close max < 30s")
    assert (row.passed, row.value_s, row.judged, row.young) == (True, 20.0, 2, 1)
    assert judged(told, "case.move", "close max < 20s").passed is False
    assert judged(told, "case.move", "close max <= 20s").passed is True
    assert judged(told, "case.move", "close p50 < 9s").passed is True  # of 8 and 20 the nearest rank is 8


def test_what_was_not_closed_breaks_its_rule_however_fast_the_others_were() -> None:
    told = Told().accept(0, "a").close(1, "a").accept(2, "b")
    row = judged(told, "case.move", "close max < 30s")
    assert (row.passed, row.value_s) == (False, float("inf"))


def test_a_run_shorter_than_its_limit_decides_nothing() -> None:
    told = Told().accept(0, "a").close(1, "a")
    row = judged(told, "case.move", "close p95 < 30m")
    assert (row.passed, row.young) == (None, 1)
    assert judged(told, "case.other", "close p95 < 3s").passed is None
    assert judge_rules({"case.move": ["close p95 < 3s"]}, None, 1.0)[0].passed is None


def test_limits_are_the_bureaus_time() -> None:
    told = Told().accept(0, "a").close(20, "a")  # at sixty times the pace: twenty minutes
    assert judged(told, "case.move", "close p95 < 30m", pace=60.0).value_s == 1200.0
    assert judged(told, "case.move", "close p95 < 15m", pace=60.0).passed is False


def test_waiting_in_a_list_is_judged_the_same_way() -> None:
    told = Told().accept(0, "a").take(4, "a").accept(1, "b").accept(2, "c").add(3, "case.withdraw", "c")
    assert judged(told, "list.head", "wait p50 < 5s").passed is True
    assert judged(told, "list.*", "wait max < 5s").passed is False  # b was never taken; c left by itself


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("close p95 > 3s", "write it like `close p95 < 30m`"),
        ("close p95 < 3", "write it like"),
        ("close p42 < 3s", "has p42; take max or one of p50, p90, p95, p99, p999"),
        ("wait max < 0s", "has a limit that nothing can keep"),
    ],
)
def test_a_rule_that_cannot_be_read_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("`", ".")):
        parse_case_rule(text)


def test_a_run_without_cases_has_no_flow_and_receipts_that_miss_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "receipts"
    folder.mkdir()
    head = ["renhai-intents", 2, "r", 0, {"registration.save": ["djxh"]}, False]
    (folder / "worker-0.jsonl").write_text(json.dumps(head) + "\n")
    two = Measured(epoch=EPOCH, duration_s=10.0, generator=GeneratorSummary(processes=2))
    assert read_flow(tmp_path, two) is None
    head[4] = {"case.accept": ["lcslid", "item", "gwDm", "held"]}
    (folder / "worker-0.jsonl").write_text(json.dumps(head) + "\n")
    assert read_flow(tmp_path, two) is None, "none was accepted"
    found = read_flow(tmp_path, two.model_copy(update={"operations": {"case.accept": {"started": 1}}}))
    assert found is not None
    assert [hole.partition(":")[0] for hole in found.holes] == ["worker-1.jsonl"]
