"""What a run is held to beyond its thresholds: a capacity, no drift, a volume in time.

A goal that is missed fails the run; one that could not be judged is told and decides nothing, except that a
search which ended at the generator's limit is not a measurement of the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from results.verdict.catch_up import account
from results.verdict.evidence import Evidence, Reason
from results.verdict.run_summary import Judgement

NAMES_ZH = {"p50": "延迟中位数", "p95": "延迟 p95", "error_rate": "错误率", "memory": "被测系统内存"}


class Goals(NamedTuple):
    """`values`: further keys of run.json."""

    values: dict[str, Any]
    failures: list[Reason]
    doubts: list[Reason]


def assess(directory: Path, evidence: Evidence, extra: Mapping[str, Any]) -> Goals:
    """`extra`: the manifest's further keys; `goals` as in the plan, `capacity` as results.search gives it."""
    values: dict[str, Any] = {}
    failures: list[Reason] = []
    doubts: list[Reason] = []
    wanted = extra.get("goals") or {}
    if "drift" in wanted:
        from results.verdict.drift import find_drift  # brings scipy, which most runs can do without

        values["drift"] = find_drift(directory, evidence, wanted["drift"])
        failures += [_drifts(row) for row in values["drift"] if row["state"] == "drifts"]
    if "catch_up" in wanted:
        done = sum(int(counts.get("completed", 0)) for counts in evidence.measured.journeys.values())
        values["catch_up"] = found = account(done, evidence.measured.duration_s, wanted["catch_up"])
        failures += [] if found["in_time"] else [_late(found)]
    if "capacity" in extra:
        failures += _capacity(extra["capacity"])
        doubts += [*_generator(extra["capacity"]), *_not_tried(extra["capacity"])]
    return Goals(values, failures, doubts)


def applied(judgement: Judgement, goals: Goals) -> Judgement:
    """The judgement with what the goals add: invalid outranks fail, fail outranks pass."""
    if not goals.failures and not goals.doubts:
        return judgement
    verdict = judgement.verdict
    if goals.doubts and verdict != "invalid":
        verdict = "invalid"
    elif goals.failures and verdict == "pass":
        verdict = "fail"
    added = goals.doubts + goals.failures
    return Judgement(
        verdict,
        judgement.reasons + [reason.en for reason in added],
        judgement.thresholds,
        judgement.reasons_zh + [reason.zh for reason in added],
    )


def _drifts(row: Mapping[str, Any]) -> Reason:
    points = row["unit"] == "share"
    growth, low, most = (
        f"{100 * row[key]:{sign}.3f} points" if points else f"{row[key]:{sign}.1%}"
        for key, sign in (("growth", "+"), ("low", "+"), ("limit", ""))
    )
    name = row["quantity"]
    return Reason(
        f"{name} drifts: {growth} in the run (at least {low}, 99% sure), must be <= {most}",
        f"{NAMES_ZH.get(name, name)}漂移：全程 {growth}，应不超过 {most}",
    )


def _late(found: Mapping[str, Any]) -> Reason:
    when, when_zh = (f"at {found['finish']}", found["finish"]) if found["finish"] else ("never", "无法完成")
    return Reason(
        f"{found['volume']:g} transactions would be done {when}, must be by {found['until']}",
        f"{found['volume']:g} 笔业务预计完成时间 {when_zh}，应在 {found['until']} 前",
    )


def _capacity(found: Mapping[str, Any]) -> list[Reason]:
    if found["ended"] == "none":
        least = found["high"]
        return [Reason(f"not even {least:.4g}/s was held", f"{least:.4g}/s 亦未达标")]
    wanted = found.get("at_least")
    if wanted and found["capacity"] < wanted and found["ended"] != "ceiling":
        return [
            Reason(
                f"the capacity is {found['capacity']:.4g}/s, must be >= {wanted:.4g}/s",
                f"容量为 {found['capacity']:.4g}/s，应不低于 {wanted:.4g}/s",
            )
        ]
    return []


def _not_tried(found: Mapping[str, Any]) -> list[Reason]:
    """Nothing broke, but the target file's ceiling ended the search below the wanted capacity."""
    wanted = found.get("at_least")
    tried = max((step["rate"] for step in found["steps"]), default=0.0)
    if found["ended"] != "ceiling" or not wanted or tried >= wanted:
        return []
    return [
        Reason(
            f"no step went beyond {tried:.4g}/s, the ceiling: whether {wanted:.4g}/s is held is not known",
            f"未测试 {tried:.4g}/s 以上的到达率（已达上限），{wanted:.4g}/s 是否达标未知",
        )
    ]


def _generator(found: Mapping[str, Any]) -> list[Reason]:
    if found["ended"] == "interrupted":
        return [Reason("the search was interrupted", "容量搜索被人为中断")]
    if found["ended"] != "generator":
        return []
    rate = found["steps"][-1]["rate"]
    return [
        Reason(
            f"the load generator gave out at {rate:.4g}/s, before the target: {found['steps'][-1]['why']}",
            f"负载机先于被测系统在 {rate:.4g}/s 达到极限",
        )
    ]
