"""A drill on the page and in the terminal: its figures, its picture, and what is not known."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from renhai.spec.drill.model import TCP, ServiceAction
from results.checks.ledger.merge import merge_drill
from results.checks.ledger.model import Ledger
from results.report.html.page import environment
from results.report.terminal.drill import render_drill
from results.report.words.drill import DONE_ZH, WIDTH, drill_part, in_short, shown

STATES = ["good", "good", "out", "degraded", *["good"] * 4]
AT = "2015-09-28T08:00:00+00:00"


def drill(**changes: Any) -> dict[str, Any]:
    episode = {
        "state": "recovered", "rto_s": 2.0, "watched_s": 6.0, "noticed_s": 0.03, "out_s": 1.0,
        "degraded_s": 1.0, "few_s": 0.0, "backlog_s": 2.5, "relapses": 0, "later_bad": 0,
        "injections_s": [2.0],
        "work": {"14301030000/<hall>": [5, 40], "b/desk": [40, 40]},
        "buckets": [[float(n), n + 1.0, 20, 20, state] for n, state in enumerate(STATES)],
    }  # fmt: skip
    episode = {**episode, **changes.pop("episode", {})}
    zero = {"count": 0, "fen": 0}
    losses = {
        "state": "known",
        "why": "",
        "rpo_s": 1.5,
        "before": {"count": 2, "fen": 12345},
        "during": zero,
        "after": zero,
    }
    return {
        "rto_s": episode["rto_s"],
        "actions": [{"number": 0, "do": "kill", "service": "app", "at_s": 2.0, "back_s": 2.5, "shown": True}],
        "episodes": [episode],
        "losses": {**losses, **changes.pop("losses", {})}, "level": None, "problems": [], **changes,
    }  # fmt: skip


def page(found: dict[str, Any]) -> str:
    source = '{% from "drill.j2" import drilled with context %}{{ drilled(drill) }}'
    return environment().from_string(source).render(drill=drill_part(found))


def test_the_picture_marks_injection_and_recovery_where_they_were() -> None:
    part = drill_part(drill())
    assert part is not None
    (one,) = part["episodes"]
    assert (one["injections"], one["recovered"]) == ([WIDTH * 2 / 8], WIDTH * 4 / 8)
    assert [(x, width) for x, width, _ in one["spans"]] == [(0, 180), (180, 90), (270, 90), (360, 360)]
    assert sum(width for _, width, _ in one["spans"]) == WIDTH


def test_the_picture_begins_where_its_buckets_begin() -> None:
    """Buckets from 100 to 108 s, an injection at 102 s: a quarter of the way."""
    buckets = [[100.0 + n, 101.0 + n, 20, 20, state] for n, state in enumerate(STATES)]
    part = drill_part(drill(episode={"injections_s": [102.0, 106.0], "buckets": buckets}))
    assert part is not None
    (one,) = part["episodes"]
    assert (one["injections"], one["recovered"]) == ([WIDTH / 4, WIDTH * 3 / 4], WIDTH / 2)
    assert (one["begin"], one["end"], one["spans"][0][:2]) == ("100.0", "108.0", (0, 180))


@pytest.mark.parametrize(("back", "said"), [(2.5, "2.50 s"), (None, "–")])
def test_the_terminal_says_when_it_was_taken_back(
    monkeypatch: pytest.MonkeyPatch, back: float | None, said: str
) -> None:
    monkeypatch.setenv("RENHAI_LANG", "en")
    action = {"number": 0, "do": "kill", "service": "app", "at_s": 2.0, "back_s": back}
    assert str(render_drill(drill(actions=[action]))[1]) == f"  kill app 2.00 s → {said}"


def test_the_page_tells_figures_and_who_could_work_and_escapes_names() -> None:
    text = page(drill())
    for told in (
        "2.00 s",
        "0.03 s",
        "2.50 s",
        "1.50 s",
        "2 (123.45)",
        "14301030000/&lt;hall&gt;",
        "stroke-dasharray",
    ):
        assert told in text, told
    assert "<hall>" not in text


def test_the_legend_has_the_states_that_are_drawn_and_no_others() -> None:
    part = drill_part(drill())
    assert part is not None
    assert [en for en, _, _ in part["states"]] == [
        "good",
        "degraded: some were served",
        "out: nobody was served",
    ]
    buckets = [[0.0, 1.0, 20, 20, "good"], [1.0, 2.0, 1, 1, "few"]]
    part = drill_part(drill(episode={"buckets": buckets}))
    assert part is not None
    assert [en for en, _, _ in part["states"]] == ["good", "too few requests to say"]


def test_what_was_done_is_told_in_chinese() -> None:
    actions = [
        {"number": n, "do": do, "service": service, "at_s": 1.0, "back_s": None}
        for n, (do, service) in enumerate((("freeze", "target"), ("cut", None), ("another", "x")))
    ]
    part = drill_part(drill(actions=actions))
    assert part is not None
    assert [one["what"] for one in part["actions"]] == [
        ("freeze target", "冻结 target"), ("cut", "断网"), ("another x", "another x")
    ]  # fmt: skip


def test_every_action_of_a_scenario_has_its_chinese() -> None:
    assert set(DONE_ZH) == {*get_args(ServiceAction), *TCP}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, [("2.00 s", False), ("1.50 s", False), ("2", True)]),
        (
            {"losses": {"before": {"count": 0, "fen": 0}, "rpo_s": 0.0}},
            [("2.00 s", False), ("0.00 s", False), ("0", False)],
        ),
        ({"episode": {"rto_s": None}}, [("–", True), ("1.50 s", False), ("2", True)]),
        ({"losses": {"state": "partly"}}, [("2.00 s", False), ("≥ 1.50 s", False), ("≥ 2", True)]),
        ({"losses": {"state": "none", "rpo_s": None}}, [("2.00 s", False), ("–", False), ("–", False)]),
    ],
)
def test_the_head_tells_when_people_could_work_again_and_what_was_lost(
    changes: dict[str, Any], told: list[tuple[str, bool]]
) -> None:
    """Two writes were lost; what could not be read in full is at least so much, and nothing known is no 0."""
    assert [(fact.value, bad) for fact, bad in in_short(drill(**changes))] == told


def test_without_a_recovery_there_is_a_dash_and_no_mark() -> None:
    text = page(drill(episode={"rto_s": None, "state": "not_recovered", "backlog_s": None}))
    assert "stroke-dasharray" not in text
    assert re.search(r"RTO.*<dd>–</dd>", text)


@pytest.mark.parametrize(
    ("losses", "told"),
    [
        ({"state": "none", "rpo_s": None}, "–"),
        ({"state": "partly"}, "≥ 1.50 s"),
        ({"state": "partly", "rpo_s": None}, "–"),
    ],
)
def test_what_was_lost_and_is_not_known_is_never_0(losses: dict[str, Any], told: str) -> None:
    part = drill_part(drill(losses=losses))
    assert part is not None
    assert part["losses"][0].value == told


@pytest.mark.parametrize(("spoken", "word"), [("en", "people see it"), ("zh", "恢复时间（RTO")])
def test_the_terminal_says_it_in_one_language(
    monkeypatch: pytest.MonkeyPatch, spoken: str, word: str
) -> None:
    monkeypatch.setenv("RENHAI_LANG", spoken)
    text = "\n".join(str(line) for line in render_drill(drill()))
    assert word in text
    assert "14301030000/<hall>" in text
    assert ("people" in text) is (spoken == "en")


def test_the_ledger_has_what_a_drill_found_once() -> None:
    ledger = Ledger()
    bad = drill(
        episode={"rto_s": None, "state": "not_recovered"},
        losses={"after": {"count": 3, "fen": 900}},
    )
    for _ in range(2):
        merge_drill(ledger, "run-1", AT, bad)
    assert [(one.kind, one.operation, one.count, one.fen) for one in ledger.problems] == [
        ("not_recovered", "kill app", 1, 0),
        ("lost_after_recovery", "writes", 3, -900),
    ]
    assert not ledger.audits[0].whole
    well = Ledger()
    merge_drill(well, "run-2", AT, drill())
    assert (well.problems, well.audits[0].whole) == ([], True)


def test_a_minute_is_told_in_minutes_and_less_in_seconds() -> None:
    assert [shown(value) for value in (0.03, 59.994, 60.0)] == ["0.03 s", "59.99 s", "1 min 00 s"]
