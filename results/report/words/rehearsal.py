"""The words of a rehearsal, in English and Chinese, and how sure one may be of its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from results.checks.rehearsal import Gate, Overview
from results.report.reasons import Told

ANSWERS = {
    "pass": ("GO", "可以上线"),
    "fail": ("NO-GO", "不能上线"),
    "inconclusive": ("NOT PROVEN", "尚不能断定"),
}
MEANINGS = {
    "pass": Told("Every gate is open.", "各关口均已通过。"),
    "fail": Told("At least one gate was tried and did not open.", "至少有一个关口经检验未通过。"),
    "inconclusive": Told(
        "Nothing that was tried failed, but not everything is proven.",
        "已检验的均未失败，但尚有未经证明的关口。",
    ),
}
STATES = {
    "passed": ("PASSED", "通过"),
    "failed": ("FAILED", "未通过"),
    "not_proven": ("NOT PROVEN", "未证明"),
    "skipped": ("SKIPPED", "跳过"),
    "not_run": ("NOT RUN", "未进行"),
}
VERDICT_OF = {"passed": "pass", "failed": "fail"}  # of a state, for the colours of the page


def confidence(about: Mapping[str, Any], stands: Overview) -> Iterator[Told]:
    """What a careful reader would ask, said before he asks it."""
    gates = stands.gates
    passed = sum(one.state == "passed" for one in gates)
    yield Told(f"{passed} of {len(gates)} gates are proven.", f"{len(gates)} 个关口中 {passed} 个已证明。")
    again = [one for one in gates if one.state == "passed" and one.failed_before]
    if again:
        yield Told(
            f"Passed only after tries that did not: {names(again, 0)}.",
            f"多次尝试后才通过：{names(again, 1)}。",
        )
    once = [one for one in gates if one.state == "passed" and len(one.attempts) == 1]
    if once:
        yield Told(f"{len(once)} of them rest on a single try.", f"其中 {len(once)} 个仅凭一次结果。")
    days = sorted(one.newest.ended[:10] for one in gates if one.state == "passed" and one.newest)
    if days and days[0] != days[-1]:
        yield Told(f"The evidence is of {days[0]} to {days[-1]}.", f"证据的日期为 {days[0]} 至 {days[-1]}。")
    own = [one for one in gates if one.newest and one.newest.embedded]
    if own:
        yield Told(
            f"Loaded renhai's own reference system, which says nothing about yours: {names(own, 0)}.",
            f"以下压测对象为 renhai 自带的参考系统，不能说明被测系统的情况：{names(own, 1)}。",
        )
    builds = sorted({build for one in gates if one.newest for build in one.newest.builds})
    if len(builds) > 1 or (builds == [""] and not about["build"]):
        told = [
            ", ".join(build or nameless for build in builds) for nameless in ("one without a name", "未注明")
        ]
        yield Told(f"Builds that were loaded: {told[0]}.", f"被测版本：{told[1]}。")
    if stands.dropped:
        gone = ", ".join(stands.dropped)
        yield Told(
            f"Stages that were tried, and are no longer in the programme: {gone}.",
            f"以下阶段曾进行过，现已不在日程中：{gone}。",
        )
    if about["calendar"] == "replayed":
        yield Told("The planned days are history, and only shown.", "计划日期为历史日期，仅供对照。")


def names(gates: list[Gate], language: int) -> str:
    """Their titles in a row."""
    return (", ", "、")[language].join((one.stage.title_en, one.stage.title)[language] for one in gates)
