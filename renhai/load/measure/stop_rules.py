"""Reasons to end a run before its time: the scenario's abort rule, and a target that is gone."""

from __future__ import annotations

from renhai.load.measure.collector import Second
from renhai.plan.model import AbortRule
from results.metrics import COMPARE
from results.snapshot.facts import Facts
from results.verdict import evaluate

LOST_AFTER_S = 10.0  # nothing but transport errors for this long: the target is gone
NEVER_ANSWERED_AFTER_S = 5.0
FEW_SILENCES = 3  # transport errors below this number prove nothing


class Watch:
    """The scenario's abort rule: ended is "aborted" once the condition held for `for_s` seconds on end."""

    def __init__(self, rule: AbortRule | None) -> None:
        self._rule = rule
        self._held = 0
        self.ended = ""

    def look(self, second: Second) -> None:
        if self._rule is None:
            return
        value = measure(second, self._rule.metric)
        if value is None:  # nothing ended in this second: it says nothing either way
            return
        holds = COMPARE[self._rule.op](value, self._rule.value)
        self._held = self._held + 1 if holds else 0
        if self._held >= max(1, self._rule.for_s):
            self.ended = "aborted"


def measure(second: Second, metric: str) -> float | None:
    """A metric of results.metrics over one second of all operations, by the formula of the verdict."""
    if metric != "throughput" and not second.ended:
        return None
    ok, rejected, errors = (second.count(name) for name in ("ok", "rejected", "errors"))
    if metric == "throughput":
        return float(ok)
    facts = Facts(second.ended, ok, rejected, errors, latency=second.latency.histogram)
    return float(evaluate.measure(metric, facts, 1.0)[0])


class Contact:
    """Is the target still there? ended is "target_lost" after a while of nothing but transport errors."""

    def __init__(self, lost_after_s: float) -> None:
        self._lost_after = lost_after_s
        self._answered = False
        self._silences = 0
        self._since = 0
        self.ended = ""

    def look(self, second: Second) -> None:
        if second.answers:
            self._answered = True
            self._silences = 0
            return
        if second.silences and not self._silences:
            self._since = second.number
        self._silences += second.silences
        patience = self._lost_after if self._answered else min(self._lost_after, NEVER_ANSWERED_AFTER_S)
        silent = second.number + 1 - self._since
        if second.silences and self._silences >= FEW_SILENCES and silent >= patience:
            self.ended = "target_lost"
