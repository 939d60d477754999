"""`binding check --scenario`: conditions that read what no answer has. Ways to say "fine" and be wrong."""

from __future__ import annotations

from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS
from tests.run import test_scenario_trial as trial

shelf, key, forks = trial.shelf, trial.key, trial._forks  # fixtures

NEVER_THERE = "{} ({}): {} was never there, looked at {}"
EMPTY = "so the comparison proves nothing; is the name right? where it may be missing, ask {} alone"


@pytest.mark.parametrize(
    ("journeys", "place", "condition", "path"),
    [
        # always holds, whatever the target answers
        (
            "    - {if: 'reply.statee != \"open\"', then: [item.drop]}\n",
            "a.a[1]", 'reply.statee != "open"', "reply.statee",
        ),
        (
            "    - {if: reply.nexxt == null, then: [item.drop]}\n",
            "a.a[1]", "reply.nexxt == null", "reply.nexxt",
        ),
        # never holds, and what is behind else is sent
        (
            "    - {if: 'reply.next.is == 2', then: [think: 1h], else: [item.drop]}\n",
            "a.a[1]", "reply.next.is == 2", "reply.next.is",
        ),
        # ends a loop at its first look, and there is nothing else in it that were missed
        (
            "    - {while: reply.nexxt != null, at_most: 3, steps: [think: 1h]}\n    - item.drop\n",
            "a.a[1]", "reply.nexxt != null", "reply.nexxt",
        ),
        # of a loop and of a list
        ("    - {if: loop.count != 2, then: [item.drop]}\n", "a.a[1]", "loop.count != 2", "loop.count"),
        (
            "    - {if: reply.times.0 != 2, then: [item.drop]}\n",
            "a.a[1]", "reply.times.0 != 2", "reply.times.0",
        ),
        # inside of another one, and told by its own place though the same text stands twice
        (
            "    - if: reply.next == 2\n      then:\n        - {if: reply.x != 2, then: [item.drop]}\n",
            "a.a[1].then[0]", "reply.x != 2", "reply.x",
        ),
    ],
)  # fmt: skip
def test_a_comparison_of_what_no_answer_had_proves_nothing(
    journeys: str, place: str, condition: str, path: str, tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    found = trial.Checked(tmp_path, shelf, f"  a.a:\n{trial.PAGE}{journeys}")
    assert found.code == INCONCLUSIVE, found.said
    said = NEVER_THERE.format(condition, place, path, "200 times, ") + EMPTY.format(path)
    assert f"walk.yaml:{7 if place == 'a.a[1]' else 9}: {said}" in found.said, found.said
    assert "not proven: 1 place, named above" in found.said
    assert "2 of 2 steps ok" in found.said and any(asked == "/drop" for _, asked, _ in found.asked)


@pytest.mark.parametrize(
    ("condition", "walks"),
    [
        ("reply.next == null", 1),  # there, be it null, at the first look
        ("reply.code == 0", 1),
        ("reply.rare != 7", 3),  # there at the third of three answers
        ("loop == 0", 1),
    ],
)
def test_a_comparison_of_what_one_answer_had_is_proven(
    condition: str, walks: int, tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    last = "    - {send: item.list, fields: {page: 3}}\n"
    found = trial.Checked(tmp_path, shelf, f"  a.a:\n{last}    - {{if: {condition}, then: [item.drop]}}\n")
    assert found.code == PASS, found.said
    assert "never there" not in found.said
    assert sum(path.startswith("/list") for _, path, _ in found.asked) == walks


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            "{if: not reply.x, then: [item.drop]}",
            "not reply.x (a.a[1]): reply.x was never there, looked at 1 time",
        ),
        (
            "{if: reply.x, then: [think: 1h], else: [item.drop]}",
            "reply.x (a.a[1]): reply.x was never there, looked at 1 time",
        ),
        (
            "{while: not reply.x, at_most: 2, steps: [item.drop]}",
            "not reply.x (a.a[1]): reply.x was never there, looked at 2 times",
        ),
    ],
)
def test_who_asks_whether_something_is_there_is_told_that_it_never_was(
    step: str, said: str, tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    found = trial.Checked(tmp_path, shelf, f"  a.a:\n{trial.PAGE}    - {step}\n")
    assert found.code == PASS, found.said
    assert f"walk.yaml:7: {said}\n" in found.said, found.said
    assert "not proven" not in found.said and "proves nothing" not in found.said


def test_what_is_broken_in_every_walk_is_told_once_with_their_number(
    tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    """A list has no order, which breaks each walk; after three of them no more are made."""
    found = trial.Checked(
        tmp_path, shelf, f"  a.a:\n{trial.PAGE}    - {{if: reply.code < 1, then: [item.drop]}}\n"
        "  b.b:\n    - {send: item.add, fields: {name: x}}\n    - {if: reply.id < 1, then: [item.drop]}\n",
    )  # fmt: skip
    assert found.code == FAIL
    broken = [line for line in found.said.splitlines() if "is broken" in line]
    assert broken == [
        "  journey b.b is broken: ValueError: reply.id is no number, so it has no order; correct it; "
        "locust.log has the whole story (in 3 walks)"
    ]
    assert "journey b.b: completed in 0 of 3 walks" in found.said


def test_what_is_wrong_outranks_a_comparison_that_proves_nothing(
    tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    wrong = "    - {if: reply.x != 2, then: [{send: item.add, fields: {name: ''}}]}\n"
    found = trial.Checked(tmp_path, shelf, f"  a.a:\n{trial.PAGE}{wrong}")
    assert found.code == FAIL and "reply.x != 2 (a.a[1]): reply.x was never there" in found.said, found.said
