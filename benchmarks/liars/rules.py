"""Scenario and target files that could not fail, or that leave out what went wrong.

Each row changes the two files below: by a text that takes another one's place, or by lines put at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.liars.case import FOUND_OUT, PASS, REFUSAL, Attempt, Case, renhai_run
from benchmarks.liars.target import SCENARIO, TARGET
from benchmarks.liars.wire import Asked, Play, Step, answer, good

CODE = "{where: {code: 0}, data: data}"
BOUNDED = ("lost", "duplicated", "altered", "unexpected", "balance")
GATES = "[error_rate < 1%, rejection_rate < 1%, p95 < 900ms]"
REFUSES = {"code": 9}


def fine(asked: Asked) -> list[Step]:
    return [answer(good(asked))]


def broken(asked: Asked) -> list[Step]:
    return [answer({"code": 1}, status="500 Internal Server Error")]


def on_put(otherwise: Play) -> Play:
    """One of the two operations goes wrong."""
    return lambda asked: otherwise(asked) if asked.path == "/put" else fine(asked)


def every(n: int, otherwise: Play) -> Play:
    return lambda asked: otherwise(asked) if asked.n % n == 0 else fine(asked)


def refuses(asked: Asked) -> list[Step]:
    return [answer(REFUSES)]


def slow(asked: Asked) -> list[Step]:
    return [0.6, answer(good(asked))]


PLAYS: dict[str, Play] = {
    "a plain target": fine,
    "one operation fails": on_put(broken),
    "one operation refuses": on_put(refuses),
    "every third fails": every(3, broken),
    "every third is refused": every(3, refuses),
    "every third of one operation fails": on_put(every(3, broken)),
    "half a second late": slow,
}


class Row(NamedTuple):
    """`changes`: (text, what takes its place) in the target file or the scenario, whichever has it."""

    name: str
    changes: Sequence[tuple[str, str]]
    ends: tuple[str, ...] = REFUSAL
    play: str = "a plain target"


def gates(text: str) -> tuple[tuple[str, str], ...]:
    """Other thresholds."""
    return ((f'"*": {GATES}', text),)


def rule(text: str) -> tuple[tuple[str, str], ...]:
    """Another rule of success."""
    return ((CODE, text),)


CANNOT_FAIL = (
    Row("a threshold that always holds: throughput", gates("run: [throughput >= 0/s]")),
    Row("a threshold that always holds: errors", gates('"*": [error_rate <= 100%]')),
    Row("a threshold that always holds: errors, 101 %", gates('"*": [error_rate < 101%]')),
    Row("a threshold that always holds: refusals", gates('"*": [rejection_rate <= 100%]')),
    Row("a threshold beyond the time that a request may take", gates('"*": [p95 < 2s]')),
    Row("a threshold that only total failure breaks", gates('"*": [error_rate < 100%]')),
    Row("a threshold that only total failure breaks: counts", gates('"*": [errors <= 1000000]')),
    Row("a threshold that only total failure breaks: a rate", gates("run: [throughput >= 0.0001/s]")),
    Row("every operation is optional, one by one", gates(f'"*": {GATES}\noptional: [shelf.get, shelf.put]')),
    Row("a threshold the wrong way round", gates('"*": [error_rate >= 0%]')),
    Row("a threshold on what is never sent", gates('"shelf.burn": [error_rate < 1%]')),
    Row("a threshold that the plan cannot reach", gates("run: [throughput >= 4000/s]")),
    Row("no threshold at all", ((f'thresholds:\n  "*": {GATES}\n', "thresholds: {}\n"),)),
    Row("thresholds twice, the second empty of sense", gates(
        f'"*": {GATES}\nthresholds: {{run: [throughput >= 1/s]}}')),
    Row("a misspelt key", (("thresholds:", "treshold:"),)),
    Row("every operation is optional", gates(f'"*": {GATES}\noptional: ["*"]')),
    Row("a drift that no run can have", gates(f'"*": {GATES}\ndrift: {{error_rate: 100%}}')),
    Row("an audit that bounds nothing", gates(
        f'"*": {GATES}\naudit: {{{", ".join(f"{one}: null" for one in BOUNDED)}}}')),
    Row("an audit that may lose all that is written", gates(f'"*": {GATES}\naudit: {{lost: 119}}')),
    Row("papers that may all be wrong", gates(f'"*": {GATES}\npapers: {{wrong: 119}}')),
)  # fmt: skip

LOOSENED = (
    Row("no rule of success", rule("{}")),
    Row("a rule that asks for nothing", rule("{where: {}}")),
    Row("a text that every answer has", rule('{format: text, contains: [""]}')),
    Row("a text of which every JSON is made", rule('{contains: ["{"]}')),
    Row("any, and a rule beside it", rule("{success: any, where: {code: 0}}")),
    Row("200 and 500 are success", rule("{status: [200, 500]}")),
    Row("what is read may be missing", rule("{data: {n: {path: data.n, default: 0}}}")),
    Row("an echo of what was not sent", rule("{where: {code: 0}, echo: {djxh: data.djxh}}")),
    Row("a path of another format", rule("{where: {data/code: 0}}")),
    Row("a number in XML", rule("{format: xml, where: {code: 0}}")),
    Row("success and refusal by the same status", rule("{rejected_status: [200], where: {code: 0}}")),
    Row("an answer to HEAD that is to be judged", (("method: GET", "method: HEAD"),)),
    Row("no rule for one of two operations", (("body: {a: 1}}", "body: {a: 1}, success: {where: {}}}"),)),
)  # fmt: skip

UNGRANTED = (
    Row("a production system", (("environment: test", "environment: production"),)),
    Row("no environment", (("environment: test\n", ""),)),
    Row("a host that nobody listed", (("127.0.0.1", "198.51.100.7"),)),
    Row("a network that is too wide", (("success:", "hosts: [10.0.0.0/8]\nsuccess:"),)),
    Row("all of IPv4, written as IPv6", (("success:", 'hosts: ["::ffff:0:0/96"]\nsuccess:'),)),
    Row("all of IPv6", (("success:", 'hosts: ["::/0"]\nsuccess:'),)),
    Row("more than the ceiling allows", (("success:", "ceiling: {rate: 5/s}\nsuccess:"),)),
)

ERRORS_ONLY = '"*": [p95 < 900ms]'
ABORT = "abort: {when: error_rate > 20%, for: 1s}\nthresholds:"
LEFT_OUT = (
    Row("a third are errors, and no rule is on errors", gates(ERRORS_ONLY), FOUND_OUT, "every third fails"),
    Row("one operation fails, and no rule is on it", gates(f'"shelf.get": {GATES}'), FOUND_OUT,
        "one operation fails"),
    Row("one operation fails, and it is optional", gates(f'"*": {GATES}\noptional: [shelf.put]'),
        FOUND_OUT, "one operation fails"),
    Row("one operation is refused, and no rule is on it", gates(f'"shelf.get": {GATES}'), FOUND_OUT,
        "one operation refuses"),
    Row("one operation is refused, and the rule is on errors", gates('"*": [error_rate < 1%]'), FOUND_OUT,
        "one operation refuses"),
    Row("errors of one operation hide in the average of all", gates(
        "run: [error_rate < 30%, rejection_rate < 1%]"), FOUND_OUT, "one operation fails"),
    Row("more arrivals than may be in flight", (("journeys: {two.steps: 1}}", "journeys: {two.steps: 1}, "
        "max_in_flight: 5}"),), FOUND_OUT, "half a second late"),
    Row("the run ends itself at too many errors", (("thresholds:", ABORT),), FOUND_OUT,
        "one operation fails"),
    Row("a rule that looks at the fast half", gates('"*": [p50 < 900ms]\n  run: [p95 < 300ms]'), FOUND_OUT,
        "half a second late"),
)  # fmt: skip

ALLOWED = (
    Row("errors within what the threshold allows", gates('"*": [error_rate < 60%, p95 < 900ms]'), PASS,
        "every third of one operation fails"),
    Row("refusals within what the threshold allows", gates(
        '"*": [error_rate < 1%, rejection_rate < 80%]'), PASS, "every third is refused"),
    Row("slow, within what the threshold allows", (), PASS, "half a second late"),
    Row("two load processes", (), PASS),
)  # fmt: skip

KINDS = {
    "cannot fail": CANNOT_FAIL,
    "loosened success": LOOSENED,
    "ungranted": UNGRANTED,
    "left out": LEFT_OUT,
    "within its rules": ALLOWED,
}
OPTIONS = {"two load processes": ("--processes", "2")}


def rule_cases(ports: dict[str, int]) -> list[Case]:
    """A run of each row, against the server of its play."""

    def case(kind: str, row: Row) -> Case:
        def attempt(folder: Path) -> Attempt:
            scenario = write(row, ports[row.play], folder)
            return renhai_run(scenario, folder, *OPTIONS.get(row.name, ()))

        return Case(f"yaml: {row.name}", kind, attempt, row.ends)

    return [case(kind, row) for kind, rows in KINDS.items() for row in rows]


def write(row: Row, port: int, folder: Path) -> Path:
    """Target file and scenario, changed; raises ValueError for a change that changes nothing."""
    target, scenario = TARGET.format(port=port, rule=CODE), SCENARIO
    for text, instead in row.changes:
        if text not in target + scenario:
            raise ValueError(f"{row.name}: {text} stands in neither file")
        target, scenario = target.replace(text, instead), scenario.replace(text, instead)
    (folder / "target.yaml").write_text(target, encoding="utf-8")
    (folder / "scenario.yaml").write_text(scenario, encoding="utf-8")
    return folder / "scenario.yaml"
