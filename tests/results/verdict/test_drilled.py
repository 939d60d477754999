"""A drill and the verdict: a bound that is broken fails, what is not proven never passes."""

from __future__ import annotations

from typing import Any

import pytest

from results.verdict.checks.drill import drilled
from results.verdict.run_summary import Judgement

KNOWN = {"state": "known", "why": "", "rpo_s": 0.0, "before": {"count": 0, "fen": 0},
         "during": {"count": 0, "fen": 0}, "after": {"count": 0, "fen": 0}}  # fmt: skip
RTO_5S = {"name": "rto", "op": "<", "value": 5.0, "text": "rto < 5s"}
RPO_0 = {"name": "rpo", "op": "=", "value": 0.0, "text": "rpo = 0"}
LOST_AFTER_0 = {"name": "lost_after", "op": "=", "value": 0.0, "text": "lost_after = 0"}


def wanted(*bounds: dict[str, Any], unnoticed_is_fine: bool = False) -> dict[str, Any]:
    return {"bounds": list(bounds or [RTO_5S]), "unnoticed_is_fine": unnoticed_is_fine}


def found(
    rto: float | None = 4.0, state: str = "recovered", watched: float = 9.0, **more: Any
) -> dict[str, Any]:
    episode = {"state": state, "rto_s": rto, "watched_s": watched, "injections_s": [3.0], "few_s": 0.0}
    whole = rto if state != "unnoticed" else 0.0
    action = {"do": "kill", "service": "app", "at_s": 3.0, "shown": True}
    whole_found = {
        "episodes": [episode],
        "actions": [action],
        "rto_s": whole,
        "losses": KNOWN,
        "problems": [],
    }
    return {**whole_found, **more}


def verdict(
    asked: dict[str, Any], seen: dict[str, Any] | None, before: str = "pass"
) -> tuple[str, list[str]]:
    judgement = drilled(Judgement(before, [], [], []), asked, seen)  # type: ignore[arg-type]
    return judgement.verdict, [reason.code for reason in judgement.why]


def test_an_rto_within_its_bound_passes_and_one_beyond_fails() -> None:
    assert verdict(wanted(), found(4.0)) == ("pass", [])
    assert verdict(wanted(), found(5.0)) == ("fail", ["drill.missed"])


def test_without_a_recovery_there_is_no_pass() -> None:
    assert verdict(wanted(), found(None, "not_recovered", 4.0)) == ("inconclusive", ["drill.not_recovered"])
    beyond = verdict(
        wanted(), found(None, "not_recovered", 5.0)
    )  # it has lasted longer than the bound already
    assert beyond == ("fail", ["drill.missed", "drill.not_recovered"])


@pytest.mark.parametrize("state", ["unsteady", "unknown", "unnoticed"])
def test_what_has_shown_nothing_does_not_pass(state: str) -> None:
    assert verdict(wanted(), found(None, state)) == (
        "inconclusive",
        [{"unsteady": "drill.unsteady", "unknown": "drill.too_few", "unnoticed": "drill.unnoticed"}[state]],
    )


def test_unnoticed_may_be_fine_where_the_scenario_says_so() -> None:
    assert verdict(wanted(unnoticed_is_fine=True), found(None, "unnoticed")) == ("pass", [])


def test_what_only_its_own_command_vouches_for_is_not_proven_though_nobody_need_notice() -> None:
    fine = wanted(unnoticed_is_fine=True)
    for action in ({"shown": False}, {}):  # one that an older renhai left says nothing of it
        seen = found(None, "unnoticed", actions=[{"do": "kill", "service": "app", "at_s": 3.0, **action}])
        assert verdict(fine, seen) == ("inconclusive", ["drill.not_shown"])
    beyond = found(6.0, actions=[{"do": "kill", "service": "app", "at_s": 3.0, "shown": False}])
    assert verdict(wanted(), beyond) == ("fail", ["drill.missed", "drill.not_shown"])


def test_what_was_not_done_is_not_proven_whatever_the_figures() -> None:
    seen = found(1.0, problems=["method[0] (kill) was not done"])
    assert verdict(wanted(), seen) == ("inconclusive", ["drill.not_done"])


@pytest.mark.parametrize("state", ["recovered", "unnoticed"])
def test_a_post_that_stays_out_is_no_recovery_of_it(state: str) -> None:
    seen = found(4.0 if state == "recovered" else None, state)
    seen["episodes"][0]["still_out"] = ["14301030000/desk"]
    assert verdict(wanted(unnoticed_is_fine=True), seen) == ("inconclusive", ["drill.still_out"])


def lost(state: str = "known", rpo: float | None = 0.0, **counts: int) -> dict[str, Any]:
    return {
        **KNOWN,
        "state": state,
        "rpo_s": rpo,
        **{name: {"count": n, "fen": 0} for name, n in counts.items()},
    }


def test_rpo_0_is_broken_by_any_loss_up_to_the_recovery() -> None:
    assert verdict(wanted(RPO_0), found(losses=lost()))[0] == "pass"
    assert verdict(wanted(RPO_0), found(losses=lost(rpo=2.0, before=1)))[0] == "fail"
    assert verdict(wanted(RPO_0), found(losses=lost(during=1)))[0] == "fail"
    assert verdict(wanted(RPO_0), found(losses=lost(after=1)))[0] == "pass"  # which is lost_after
    assert verdict(wanted(LOST_AFTER_0), found(losses=lost(after=1)))[0] == "fail"


def test_what_was_not_read_back_is_never_zero() -> None:
    assert verdict(wanted(RPO_0), found(losses=lost("none", None))) == (
        "inconclusive",
        ["drill.loss_unknown"],
    )
    assert verdict(wanted(RPO_0), found(losses=lost("partly", None))) == (
        "inconclusive",
        ["drill.loss_unknown"],
    )
    assert verdict(wanted(RPO_0), found(losses=lost("partly", 2.0, before=1)))[0] == "fail"


def test_a_drill_makes_nothing_better() -> None:
    assert verdict(wanted(), found(1.0), "fail")[0] == "fail"
    assert verdict(wanted(), found(9.0), "invalid")[0] == "invalid"
    assert verdict(wanted(), found(9.0), "inconclusive")[0] == "fail"


@pytest.mark.parametrize("asked", [None, {}])
def test_nothing_changes_where_no_drill_is_wanted(asked: dict[str, Any] | None) -> None:
    before = Judgement("pass", [], [], [])
    assert drilled(before, asked, found(9.0)) == before


def test_a_bound_that_is_missed_says_what_was_found() -> None:
    def said(asked: dict[str, Any], seen: dict[str, Any]) -> list[str]:
        judgement = drilled(Judgement("pass", [], [], []), asked, seen)
        return [reason.record()["params"]["found"] for reason in judgement.why]

    assert said(wanted(), found(7.5)) == ["7.5 s"]
    assert said(wanted(), found(200.0)) == ["3 min 20 s"]
    assert said(wanted(LOST_AFTER_0), found(losses=lost(after=1234))) == ["1,234"]
