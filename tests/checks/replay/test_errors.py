"""A new system that answers by an error has answered; what broke off or came too late has not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renhai.checks.replay.gather import transactions
from renhai.checks.replay.whole import compared, prepare
from renhai.spec.cutover.journal.track_file import COMPLETE, Answer
from results.checks.dual_track.document import Collected, document
from tests.checks.replay.test_gather import OK, RULES, asked, became, journal, record, track_of


def failed(status: int) -> Answer:
    return Answer("error", str(status), f"HTTP {status}", {}, 0, 1)


@pytest.mark.parametrize("status", [400, 403, 404, 500, 501])
def test_a_new_system_that_answers_by_an_error_has_answered(tmp_path: Path, status: int) -> None:
    for recorded, pair in (
        ({}, f"ok→error HTTP {status}"),
        ({"outcome": "rejected", "code": "GD1", "answer": None}, f"rejected GD1→error HTTP {status}"),
    ):
        (one,) = transactions(
            journal(tmp_path, recorded), RULES, {"new": record(answers={"1": failed(status)})}
        )
        assert one.outcome == "mismatched"
        assert [(diff.field, diff.kind, diff.pair) for diff in one.differences] == [
            ("outcome", "status", pair)
        ]


@pytest.mark.parametrize(
    "answer",
    [
        *map(
            failed, (401, 407, 408, 429, 502, 503, 504)
        ),  # nobody signed in, no answer behind it, come later
        Answer("error", "", "read timeout", {}, 0, 1),
        Answer("error", "", "connection reset", {}, 0, 1),
        Answer("error", "", "HTTP 302 to /login: not followed", {}, 0, 1),
        Answer("error", "200", "the answer is not JSON", {}, 0, 1),  # and no other: our path may be wrong
    ],
)
def test_what_broke_off_or_says_nothing_of_the_business_is_no_answer(tmp_path: Path, answer: Answer) -> None:
    found = became(journal(tmp_path, {}), new=record(answers={"1": answer}))
    assert found == [("not_answered", f"new: {answer.reason}")]


@pytest.mark.parametrize("more", [{"outcome": "error", "answer": None}, {"outcome": "", "answer": None}])
def test_an_error_that_nothing_can_be_held_against_is_no_answer_either(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    found = became(journal(tmp_path, more), new=record(answers={"1": failed(500)}))
    assert found == [("not_answered", "new: HTTP 500")]
    both = {side: record(answers={"1": failed(500)}) for side in ("old", "new")}
    assert became(journal(tmp_path, {}), **both) == [("not_answered", "new: HTTP 500")]


@pytest.mark.parametrize(
    ("answer", "verdict", "silent"),
    [(failed(500), "fail", []), (failed(503), "invalid", ["new"])],
)
def test_a_system_all_of_whose_answers_are_errors_is_not_called_silent(
    tmp_path: Path, answer: Answer, verdict: str, silent: list[str]
) -> None:
    journal(tmp_path, {})
    found = prepare(asked(tmp_path))
    writer = track_of(found)
    writer.intent("1")
    writer.write(["answer", "1", *answer])
    writer.write(["end", COMPLETE])
    result = compared(found)
    assert (result["verdict"], result["silent"]) == (verdict, silent)


NO_JSON = Answer("error", "200", "the answer is not JSON", {}, 0, 1)
STRANGER = Answer("error", "200", "the answer belongs to another request: djxh is not the djxh", {}, 0, 1)


@pytest.mark.parametrize("answer", [NO_JSON, STRANGER])
def test_what_cannot_be_read_is_an_outcome_where_others_of_the_operation_could_be(
    tmp_path: Path, answer: Answer
) -> None:
    """A page of an error by HTTP 200, or the answer to somebody else."""
    file = journal(tmp_path, {}, {}, {"operation": "registration.query"})
    (_, one, other) = transactions(file, RULES, {"new": record(answers={"1": OK, "2": answer, "3": answer})})
    assert (one.outcome, other.outcome) == ("mismatched", "not_answered")
    assert [(diff.field, diff.kind, diff.pair) for diff in one.differences] == [
        ("outcome", "status", "ok→error unreadable")
    ]
    assert one.new["data"] == {"reason": answer.reason}
    assert other.why == f"new: {answer.reason}"


@pytest.mark.parametrize(
    "answer",
    [
        NO_JSON._replace(code="", reason="the request sent no djxh, which the answer must repeat"),
        NO_JSON._replace(code="", reason="body too large"),
        NO_JSON._replace(code="302"),
    ],
)
def test_what_is_our_own_doing_is_no_outcome_of_the_system(tmp_path: Path, answer: Answer) -> None:
    found = became(journal(tmp_path, {}, {}), new=record(answers={"1": OK, "2": answer}))
    assert found[1] == ("not_answered", f"new: {answer.reason}")


def test_an_old_system_s_unreadable_answer_is_nothing_to_hold_another_against(tmp_path: Path) -> None:
    file = journal(tmp_path, {}, {})
    both = {"old": record(answers={"1": OK, "2": NO_JSON}), "new": record(answers={"1": OK, "2": NO_JSON})}
    assert became(file, **both)[1] == ("not_answered", f"new: {NO_JSON.reason}")
    both["new"].answers["2"] = OK
    assert became(file, **both)[1] == ("not_answered", f"old: {NO_JSON.reason}")


REFUSED = Answer("rejected", "DJ001", "", {}, 0, 1)


@pytest.mark.parametrize(
    ("recorded", "became"),
    [
        ({}, "not_compared"),  # it was accepted
        ({"outcome": "rejected", "code": "DJ001", "answer": None}, "matched"),
        ({"outcome": "", "answer": None}, "matched"),
    ],
)
def test_two_systems_that_know_nobody_do_not_agree(
    tmp_path: Path, recorded: dict[str, Any], became: str
) -> None:
    both = {side: record(answers={"1": REFUSED}) for side in ("old", "new")}
    (one,) = transactions(journal(tmp_path, recorded), RULES, both)
    assert one.outcome == became
    assert one.refused == {"ok": "", "rejected": "recorded", "": "unsaid"}[recorded.get("outcome", "ok")]
    if became == "not_compared":
        assert one.why == "journal: both refused what was accepted when it was recorded"
    both["new"].answers["1"] = REFUSED._replace(code="DJ002")
    (one,) = transactions(journal(tmp_path, recorded), RULES, both)
    assert one.outcome == "mismatched", "another refusal is a finding all the same"


def test_an_operation_that_nobody_accepted_once_is_not_proven(tmp_path: Path) -> None:
    """Where the journal does not say what was answered: an access log, say."""
    unsaid = {"outcome": "", "answer": None}
    file = journal(tmp_path, unsaid, unsaid, {**unsaid, "operation": "registration.query"})
    answers = {"1": REFUSED, "2": OK, "3": REFUSED}
    for first, told in (
        (OK, ["registration.query: both refused all 1, and the journal does not say that they were"]),
        (REFUSED, []),
    ):
        both = {side: record(answers={**answers, "1": first}) for side in ("old", "new")}
        if first is REFUSED:
            both = {side: record(answers={**answers, "3": OK}) for side in ("old", "new")}
        found = Collected()
        for one in transactions(file, RULES, both):
            found.add(one)
        result = document({}, found, [])
        assert result["problems"] == told
        assert result["verdict"] == ("inconclusive" if told else "pass")
