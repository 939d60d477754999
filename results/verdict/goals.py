"""What a run is held to beyond its thresholds: a capacity, no drift, a volume in time.

A goal that is missed fails the run; a drift that cannot be told leaves a pass undecided, as does a condition
of a written journey that compared what no answer had; a search which ended at the generator's limit is not a
measurement of the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from results.checks.drill.document import find_drill
from results.verdict.catch_up import account
from results.verdict.checks.audit import read_audit
from results.verdict.reasons import Reason, as_recorded
from results.verdict.reasons import goals as why
from results.verdict.reasons.plan import ComparesNothing
from results.verdict.run_summary import Judgement
from results.verdict.validity.carried_out import carried_out
from results.verdict.validity.evidence import Evidence


class Goals(NamedTuple):
    """`values`: further keys of run.json. `open`: what leaves a pass undecided."""

    values: dict[str, Any]
    failures: list[Reason]
    doubts: list[Reason]
    open: list[Reason] = []


def assess(directory: Path, evidence: Evidence, extra: Mapping[str, Any]) -> Goals:
    """`extra`: the manifest's further keys; `goals` as in the plan, `capacity` as results.search gives it."""
    values: dict[str, Any] = {}
    failures: list[Reason] = []
    doubts: list[Reason] = []
    undecided: list[Reason] = []
    wanted = extra.get("goals") or {}
    if "drift" in wanted:
        from results.verdict.drift import find_drift  # brings scipy, which most runs can do without

        values["drift"] = find_drift(directory, evidence, wanted["drift"])
        failures += [_drifts(row) for row in values["drift"] if row["state"] == "drifts"]
        undecided = [_untold(row) for row in values["drift"] if row["state"] == "cannot tell"]
    if "catch_up" in wanted:
        done = sum(int(counts.get("completed", 0)) for counts in evidence.measured.journeys.values())
        values["catch_up"] = found = account(done, evidence.measured.duration_s, wanted["catch_up"])
        failures += [] if found["in_time"] else [_late(found)]
    if "drill" in wanted:
        values["drill"] = find_drill(directory, evidence.measured, wanted["drill"], read_audit(directory))
    if "capacity" in extra:
        failures += _capacity(extra["capacity"])
        doubts += [*_generator(extra["capacity"]), *_not_tried(extra["capacity"])]
    if "planned" in extra:
        proof = carried_out(evidence, extra["planned"])
        values["proof"] = proof.document
        failures, doubts = failures + proof.failures, doubts + proof.doubts
    undecided += [
        ComparesNothing(condition=one.condition, place=one.place, path=one.path, looked=one.looked)
        for one in evidence.measured.conditions
        if one.looked and not one.there
    ]
    return Goals(values, failures, doubts, undecided)


def applied(judgement: Judgement, goals: Goals) -> Judgement:
    """The judgement with what the goals add: invalid outranks fail, fail outranks undecided, that pass."""
    if not (goals.failures or goals.doubts or goals.open):
        return judgement
    verdict = judgement.verdict
    if goals.doubts and verdict != "invalid":
        verdict = "invalid"
    elif goals.failures and verdict in ("pass", "inconclusive"):
        verdict = "fail"
    elif verdict == "pass":
        verdict = "inconclusive"
    return replace(judgement, verdict=verdict, why=judgement.why + goals.doubts + goals.failures + goals.open)


def _drifts(row: Mapping[str, Any]) -> Reason:
    quantity = why.Drifting[row["quantity"]]
    growth, least, limit = (float(row[key]) for key in ("growth", "low", "limit"))
    if row["unit"] == "share":
        return why.DriftsByPoints(
            quantity=quantity, growth=100 * growth, least=100 * least, limit=100 * limit
        )
    return why.Drifts(quantity=quantity, growth=growth, least=least, limit=limit)


def _untold(row: Mapping[str, Any]) -> Reason:
    quantity, limit = why.Drifting[row["quantity"]], float(row["limit"])
    if row.get("growth") is None:
        return why.DriftUnseen(quantity=quantity)
    low, high = (f"{100 * float(row[key]):+.1f}" for key in ("low", "high"))
    return why.DriftUntold(quantity=quantity, low=low, high=high, limit=f"{100 * limit:.1f}")


def _late(found: Mapping[str, Any]) -> Reason:
    volume, until = float(found["volume"]), str(found["until"])
    if not found["finish"]:
        return why.NeverDone(volume=volume, until=until)
    return why.TooLate(volume=volume, finish=str(found["finish"]), until=until)


def _capacity(found: Mapping[str, Any]) -> list[Reason]:
    if found["ended"] == "none":
        return [why.NotEvenLeast(rate=found["high"])]
    wanted = found.get("at_least")
    if wanted and found["capacity"] < wanted and found["ended"] not in ("ceiling", "plan"):
        return [why.CapacityTooLow(capacity=found["capacity"], wanted=wanted)]
    return []


def _not_tried(found: Mapping[str, Any]) -> list[Reason]:
    """Nothing broke, but the target file's ceiling ended the search below the wanted capacity."""
    wanted = found.get("at_least")
    tried = max((step["rate"] for step in found["steps"]), default=0.0)
    if found["ended"] != "ceiling" or not wanted or tried >= wanted:
        return []
    return [why.CapacityNotTried(tried=tried, wanted=wanted)]


def _generator(found: Mapping[str, Any]) -> list[Reason]:
    if found["ended"] == "interrupted":
        return [why.SearchInterrupted()]
    if found["ended"] not in ("generator", "plan"):
        return []
    last = found["steps"][-1]
    cause = as_recorded([last["why"]], [last["why_code"]] if last.get("why_code") else [])
    if found["ended"] == "plan":
        return [why.StepLeftPlan(rate=last["rate"]), *cause]
    return [why.GeneratorFirst(rate=last["rate"], why=cause[0])]
