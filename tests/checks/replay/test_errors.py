"""A new system that answers by an error has answered; what broke off or came too late has not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renhai.checks.replay.gather import transactions
from renhai.checks.replay.whole import compared, prepare
from renhai.spec.cutover.journal.track_file import COMPLETE, Answer
from tests.checks.replay.test_gather import RULES, asked, became, journal, record, track_of


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
        Answer("error", "200", "the answer is not JSON", {}, 0, 1),  # a path of ours may be the wrong one
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
