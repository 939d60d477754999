"""Rules on cases: `close p95 < 30m` of `case.ITEM`, `wait p95 < 5m` of `list.POST`. Times are the bureau's.

A case that was accepted less than the limit before the end could still have been closed in time, and one
that was not closed has no time. So a rule is judged on those that are old enough: accepted (or listed) at
least the limit before the end. Of them, what was not closed took longer than any limit. Refused and withdrawn
cases are no closed ones and are left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from results.flow.history import Flow
from results.flow.summary import rank
from results.metrics import COMPARE, QUANTILES, SECONDS

CLOSE, WAIT = "close", "wait"
SUBJECTS = {CLOSE: "case.", WAIT: "list."}
_RULE = re.compile(r"\s*(close|wait)\s+(\w+)\s*(<=|<)\s*(\d+(?:\.\d+)?)(s|m|h|d)\s*")


@dataclass(frozen=True)
class CaseRule:
    """of: close or wait. metric: a percentile or max. limit_s: in seconds of the bureau."""

    of: str
    metric: str
    op: str
    limit_s: float
    text: str

    @property
    def quantile(self) -> float:
        return float(QUANTILES[self.metric]) if self.metric in QUANTILES else 1.0

    def holds(self, seconds: float) -> bool:
        return COMPARE[self.op](seconds, self.limit_s)


@dataclass(frozen=True)
class CaseRow:
    """A rule judged on one item or list. value_s: None where nothing is old enough, infinite where what
    decides was not closed. judged: how many were old enough; young: how many were not."""

    subject: str
    rule: CaseRule
    value_s: float | None
    passed: bool | None
    judged: int
    young: int


def is_case_rule(text: object) -> bool:
    """Whether a threshold is one of cases, by its first word."""
    return isinstance(text, str) and text.split(" ")[0] in (CLOSE, WAIT)


def parse_case_rule(text: str) -> CaseRule:
    """`close p95 < 30m`. Raises ValueError that says what to write instead."""
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError("is no rule on cases; write it like `close p95 < 30m` or `wait max < 2h`")
    of, metric, op, number, suffix = match.groups()
    if metric not in QUANTILES and metric != "max":
        raise ValueError(f"has {metric}; take max or one of {', '.join(QUANTILES)}")
    limit = float(number) * float(SECONDS[suffix])
    if limit <= 0:
        raise ValueError("has a limit that nothing can keep; give one above 0, like 30m")
    return CaseRule(of, metric, op, limit, " ".join(text.split()))


def judge_rules(rules: Mapping[str, Iterable[str]], flow: Flow | None, pace: float) -> list[CaseRow]:
    """A row for each rule and each item or list that its subject matches; one that says nothing matched."""
    rows: list[CaseRow] = []
    for glob, texts in rules.items():
        for rule in (parse_case_rule(text) for text in texts):
            subjects = _subjects(flow, rule, pace) if flow is not None else {}
            matched = {name: found for name, found in subjects.items() if fnmatchcase(name, glob)}
            rows += [_row(name, rule, old, young) for name, (old, young) in sorted(matched.items())]
            if not matched:
                rows.append(CaseRow(glob, rule, None, None, 0, 0))
    return rows


def _subjects(flow: Flow, rule: CaseRule, pace: float) -> dict[str, tuple[list[float], int]]:
    """By subject: times in seconds of the bureau of those that are old enough, and how many are not."""
    oldest = flow.seconds - rule.limit_s / pace
    found: dict[str, tuple[list[float], int]] = {}
    for name, began, took in _spans(flow, rule.of):
        old, young = found.get(name, ([], 0))
        if began <= oldest:
            old = [*old, took * pace]
        else:
            young += 1
        found[name] = old, young
    return found


def _spans(flow: Flow, of: str) -> Iterable[tuple[str, float, float]]:
    """(subject, begin, duration) of each case or stay in a list, infinite where it has no end."""
    if of == CLOSE:
        for case in flow.cases.values():
            if case.how in ("", "closed"):
                took = case.ended - case.accepted if case.ended is not None else math.inf
                yield f"{SUBJECTS[CLOSE]}{case.item}", case.accepted, took
        return
    for post in flow.posts:
        for wait in flow.waits(post):
            if wait.until is not None or wait.ended is None:
                yield f"{SUBJECTS[WAIT]}{post}", wait.since, (wait.until or math.inf) - wait.since


def _row(subject: str, rule: CaseRule, old: list[float], young: int) -> CaseRow:
    if not old:
        return CaseRow(subject, rule, None, None, 0, young)
    value = sorted(old)[rank(rule.quantile, len(old)) - 1]
    return CaseRow(subject, rule, value, rule.holds(value), len(old), young)
