"""From a run's files to its verdict: a run that left its plan does not pass, and run.json says by what."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import poisson

from results.report.files.run import finish
from results.snapshot.run import Run
from results.verdict.judged import load_judged
from results.verdict.validity.planned import Arrivals
from tests.results.recording import Recording, manifest

PLANNED = {
    "journeys": {"shop.buy": {"reg.save": {"new": 1}, "buy.order": {"each": 1}}},
    "mixes": {"": {"shop.buy": 1}},
    "taxpayers": 50,
}


def run(folder: Path, saved: int, planned: Any = PLANNED, outcome: str = "ok", **measured: Any) -> Run:
    """100 transactions, `saved` of which registered their taxpayer; the registrations ended so."""
    walk = {"transactions": 100, "sent": {"buy.order": [100, 0, 0, 0], "reg.save": [saved, 0, 0, 0]}}
    journeys = {"shop.buy": {"started": 100, "completed": 100, "failed": 0, "cut": 0}}
    recording = Recording(measured={"walks": {"shop.buy": {"new": walk}}, "journeys": journeys, **measured})
    recording.add("buy.order", [5000] * 100)
    if saved:
        recording.add("reg.save", [5000] * saved, outcome)
    rules = {"run": ["p95 < 1s"]}
    return finish(recording.write(folder), manifest(thresholds=rules, planned=planned))


def proof(run: Run) -> dict[str, str]:
    rows = (run.model_extra or {})["proof"]["operations"]
    return {name: row["state"] for name, row in rows.items()}


def test_what_was_carried_out_passes_and_is_shown(tmp_path: Path) -> None:
    found = run(tmp_path, 100)
    assert (found.verdict, found.reasons) == ("pass", [])
    assert proof(found) == {"reg.save": "shown", "buy.order": "shown"}
    assert load_judged(tmp_path).verdict == "pass"


def test_taxpayers_who_are_known_already_make_it_invalid(tmp_path: Path) -> None:
    found = run(tmp_path, 40)
    assert found.verdict == "invalid"
    assert found.reasons == [
        "reg.save: sent in 40 of 100 transactions of shop.buy whose taxpayers should be new: the target "
        "knows them already; give other taxpayers (--others-than DIR, or data.first), or an empty target; "
        "or, where that is meant, name it under optional: in the scenario"
    ]
    assert "data.first" in found.reasons_zh[0] and "optional:" in found.reasons_zh[0]
    assert proof(found)["reg.save"] == "fewer"
    assert load_judged(tmp_path).verdict == "invalid"


def test_a_step_that_was_left_out_too_often_makes_it_invalid_and_says_what_to_do(tmp_path: Path) -> None:
    """80 of 100 where each should have it; nobody came again, and who is known already explains nothing."""
    walk = {"transactions": 100, "sent": {"buy.order": [80, 0, 0, 0]}}
    journeys = {"shop.buy": {"started": 100, "completed": 100, "failed": 0, "cut": 0}}
    recording = Recording(measured={"walks": {"shop.buy": {"new": walk}}, "journeys": journeys})
    planned = {**PLANNED, "journeys": {"shop.buy": {"buy.order": {"each": 1}}}}
    left = recording.add("buy.order", [5000] * 80).write(tmp_path)
    found = finish(left, manifest(thresholds={"run": ["p95 < 1s"]}, planned=planned))
    assert (found.verdict, proof(found)) == ("invalid", {"buy.order": "fewer"})
    assert found.reasons == [
        "buy.order: sent as planned in 80 of 100 transactions of shop.buy, the plan has 100% or more; "
        "see what the answers before it say; the data may be used up (another data.first, more "
        "data.taxpayers); or, where that is meant, name it under optional: in the scenario"
    ]
    assert found.reasons_zh == [
        "buy.order：100 笔业务（shop.buy）中按计划发送的有 80 笔，应不低于 100%；"
        "请查看此前各步的应答；数据可能已用完（更换 data.first、增大 data.taxpayers）；"
        "如属预期，请在场景的 optional: 中列出该操作"
    ]
    assert load_judged(tmp_path).verdict == "invalid"


def test_never_sent_is_invalid_and_names_every_remedy(tmp_path: Path) -> None:
    found = run(tmp_path, 0)
    assert found.verdict == "invalid"
    for remedy in ("data.first", "data.taxpayers", "optional:"):
        assert remedy in found.reasons[0]


def test_never_successful_is_a_fail_whatever_the_thresholds_say(tmp_path: Path) -> None:
    found = run(tmp_path, 100, outcome="rejected")
    assert (found.verdict, proof(found)["reg.save"]) == ("fail", "refused")
    assert "reg.save: none of 100 succeeded" in found.reasons[0]


def test_what_is_optional_is_shown_and_not_judged(tmp_path: Path) -> None:
    found = run(tmp_path, 40, {**PLANNED, "optional": ["reg.*"]})
    assert (found.verdict, proof(found)["reg.save"]) == ("pass", "optional")


@pytest.mark.parametrize(("ended", "verdict"), [("aborted", "fail"), ("interrupted", "invalid")])
def test_a_run_that_was_broken_off_is_not_judged_by_its_plan(
    tmp_path: Path, ended: str, verdict: str
) -> None:
    found = run(tmp_path, 40, ended=ended)
    assert found.verdict == verdict
    assert not [record for record in found.reason_codes if record.code.startswith("plan.")]


@pytest.mark.parametrize(
    ("due", "process", "most", "verdict"),
    [
        (60, "constant", None, "pass"),
        (59, "constant", None, "pass"),  # 59.5 on paper
        (61, "constant", None, "invalid"),
        (58, "constant", None, "invalid"),
        (15, "constant", None, "invalid"),
        (0, "constant", None, "invalid"),
        (60, "poisson", None, "pass"),
        (18, "poisson", None, "pass"),  # 59.5 - 5 sqrt(59.5) - 4 is 16.9
        (16, "poisson", None, "invalid"),
        (103, "poisson", None, "invalid"),  # 59.5 + 42.6
        (20, "constant", 20, "pass"),
        (19, "constant", 20, "invalid"),
        (21, "constant", 20, "invalid"),
    ],
)
def test_as_many_arrivals_as_the_plan_has(
    tmp_path: Path, due: int, process: str, most: int | None, verdict: str
) -> None:
    planned = {**PLANNED, "arrivals": {"expected": 59.5, "process": process, "most": most}}
    found = run(tmp_path, 100, planned, load={"model": "open", "arrivals_due": due})
    assert found.verdict == verdict
    if verdict == "invalid":
        assert f"{due} arrivals were due by the load processes, 60 by the plan" in found.reasons[0]
    assert load_judged(tmp_path).verdict == verdict


def test_arrivals_of_a_run_that_was_broken_off_are_not_judged(tmp_path: Path) -> None:
    planned = {**PLANNED, "arrivals": {"expected": 59.5}}
    found = run(tmp_path, 100, planned, load={"model": "open", "arrivals_due": 15}, ended="aborted")
    assert all("by the plan" not in reason for reason in found.reasons)


def test_the_room_for_chance_is_one_in_a_million() -> None:
    for expected in (1.0, 5.0, 59.5, 1000.0, 200_000.0):
        low, high = Arrivals(expected=expected, process="poisson").bounds()
        beyond = poisson.cdf(math.ceil(low) - 1, expected) + poisson.sf(math.floor(high), expected)
        assert beyond < 1e-6
