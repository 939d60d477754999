"""Threshold rules: `p95 < 3s`, `error_rate < 0.1%`, `throughput >= 7/s`, `mean <= 200ms`.

What is compared, exactly (integers and fractions, no rounding before the comparison):

- p50 … p999, max, mean: latency from the intended start, in ms, over all finished requests of the subject.
  Errors are counted as if they had been the fastest, so a quick failure never improves a latency. Percentiles
  are nearest-rank values of the HdrHistogram, each at the highest value its counter stands for; the mean is
  the time of all finished requests over those that were answered.
- error_rate, rejection_rate: errors or rejected over requests started.
- errors, rejections: their number; no unit (`errors <= 3`).
- throughput: successful requests per second of the run; those that were answered after the load had ended,
  while requests under way were waited for, are none of its seconds'.

A subject with a slash is a unit's post (`14301020000/invoice-desk`, `*/*`), whose transactions are judged:
latencies are those of whole transactions that ended by themselves, error_rate is the share of them that
failed, and two more metrics say how much came about:

- completion: transactions completed over those that ended by themselves.
- signed_in: operators who could begin to work over the seats of the plan.

Unfinished requests (begun, no outcome when the run ended) could have become anything. So a rule is judged for
the best and the worst they could have been: passed when it holds for both, failed when it holds for neither,
and otherwise not judged, which makes the verdict invalid. A pass is never a guess.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from results.metrics import (
    COMPARE,
    COUNT,
    EXAMPLES,
    METRICS,
    MS,
    PERCENT,
    QUANTILES,
    RANGE,
    TIGHTER,
    UNITS,
    unit_of,
)

DESK = "/"  # stands in the name of a unit's post and in no operation
_RULE = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(<=|>=|==|!=|=|<|>)\s*(-?\d+(?:\.\d+)?)\s*(\S*)\s*")

Bound = Fraction | float  # a Fraction, or math.inf


class RuleError(ValueError):
    """A rule that cannot be read: what is wrong with it and what to write instead."""

    def __init__(self, text: str, why: str, remedy: str) -> None:
        self.text, self.why, self.remedy = text, why, remedy
        super().__init__(f"rule {text!r}: {why}; {remedy}")


class Rule(NamedTuple):
    """`value` is the limit in `unit` (ms, %, /s or none); `exact` the same as a fraction."""

    metric: str
    op: str
    value: float
    unit: str
    text: str
    exact: Fraction

    def holds(self, measured: Bound) -> bool:
        return COMPARE[self.op](measured, self.exact)


def parse_rule(text: str) -> Rule:
    """`p95 < 3s` -> Rule. Raises RuleError that says what to write instead."""
    match = _RULE.fullmatch(text)
    if not match:
        raise RuleError(text, "is not `metric operator limit`", "write it like `p95 < 3s`")
    metric, op, number, suffix = match.groups()
    if metric not in METRICS:
        raise RuleError(text, f"there is no metric {metric!r}", _suggest(metric))
    if op not in COMPARE:
        raise RuleError(text, f"there is no operator {op!r}", f"use one of {' '.join(COMPARE)}")
    unit = unit_of(metric)
    exact = Fraction(number) * _factor(text, unit, suffix, Fraction(number) == 0)
    if exact < 0:
        raise RuleError(text, "a limit below zero", "give a limit of zero or more")
    return Rule(metric, op, float(exact), unit, " ".join(text.split()), exact)


def parse_gate(text: str) -> Rule:
    """A rule that guards a run. Raises RuleError too where it would let pass what is slow or broken."""
    rule = parse_rule(text)
    wanted = ">" if METRICS[rule.metric].more_is_better else "<"
    if not rule.op.startswith(wanted):
        said = "slow enough" if rule.unit == MS else "bad enough"
        mended = re.sub("[<>]", wanted, rule.text)
        raise RuleError(text, f"it would pass a run that is {said}", f"write `{mended}`")
    if rule.exact == 0 and rule.op == "<":
        raise RuleError(text, "nothing is below zero", f"write `{rule.metric} <= 0`")
    if rule.unit == PERCENT and rule.exact > 100:
        raise RuleError(text, "a share is at most 100%", "give a share from 0% to 100%")
    return rule


def parse_threshold(text: str) -> Rule:
    """A gate of a scenario. Raises RuleError too for one that cannot fail, or cannot hold, whatever happens.

    Snapshots are judged by `parse_gate`, so that those of earlier scenarios stay readable.
    """
    rule = parse_gate(text)
    if _always(rule):
        raise RuleError(text, "it cannot fail", f"give a limit that can be missed, like {TIGHTER[rule.unit]}")
    if _never(rule):
        raise RuleError(text, "it cannot hold", f"give a limit that can be kept, like {TIGHTER[rule.unit]}")
    return rule


def parse_condition(text: str) -> Rule:
    """What ends a run early. Raises RuleError too for what is always so, or never."""
    rule = parse_rule(text)
    if rule.unit == COUNT:
        raise RuleError(text, "a condition is of a second, and a count of a run", "write error_rate > 20%")
    if _always(rule) or _never(rule):
        how = "always" if _always(rule) else "never"
        raise RuleError(text, f"it is {how} so", "give a limit between, like error_rate > 20%")
    return rule


def _always(rule: Rule) -> bool:
    """Whether no value that can be measured breaks it."""
    low, high = RANGE[rule.unit]
    return {
        "<": rule.exact > high or (rule.exact == high and rule.unit == MS),  # longer counts as an hour
        "<=": rule.exact >= high,
        ">": rule.exact < low,
        ">=": rule.exact <= low,
    }[rule.op]


def _never(rule: Rule) -> bool:
    """Whether no value that can be measured keeps it."""
    low, high = RANGE[rule.unit]
    return {
        "<": rule.exact <= low,
        "<=": rule.exact < low,
        ">": rule.exact >= high,
        ">=": rule.exact > high,
    }[rule.op]


def parse_gates(thresholds: Mapping[str, Iterable[str]]) -> list[tuple[str, Rule]]:
    """(glob, rule) in the order given. Raises RuleError."""
    return [(glob, parse_gate(text)) for glob, texts in thresholds.items() for text in texts]


def _suggest(metric: str) -> str:
    if re.fullmatch(r"[pP]\d+(\.\d+)?", metric):
        exact = metric.lower().replace(".", "")
        return f"did you mean {exact}?" if exact in METRICS else f"use one of {' '.join(QUANTILES)}"
    near = difflib.get_close_matches(metric.lower(), METRICS, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {' '.join(METRICS)}"


def _factor(text: str, unit: str, suffix: str, zero: bool) -> Fraction:
    if zero and not suffix:
        return Fraction(1)
    if suffix not in UNITS[unit]:
        why = f"a limit in {suffix!r} does not fit this metric" if suffix else "the limit has no unit"
        raise RuleError(text, why, f"write it like {EXAMPLES[unit]}")
    return UNITS[unit][suffix]
