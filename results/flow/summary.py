"""The flow of cases in numbers: `cases` of run.json. Seconds are of the run; times `pace`, of the bureau."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from results.flow.history import Flow, Wait

POINTS = 120  # of the course of a list's length
MOST_NAMED = 20  # open cases that are named
ENOUGH = 30  # takings from which on the law of a list is judged
SHOWN = {"p50": 0.5, "p95": 0.95, "max": 1.0}
STATES = ("closed", "refused", "withdrawn", "returned", "unknown", "open")


def document(flow: Flow, pace: float) -> dict[str, Any]:
    """{"pace", "items": {ITEM: …}, "lists": {POST: …}, "between": [who waited for whom], "open": [lcslid, …],
    and what cannot be told}."""
    open_ = [case.lcslid for case in flow.cases.values() if not case.how]
    return {
        "pace": pace,
        "items": {item: _item(flow, item) for item in sorted({c.item for c in flow.cases.values()})},
        "lists": {post: _list(flow, post) for post in flow.posts},
        "between": _between(flow),
        "open": open_[:MOST_NAMED],
        "open_in_all": len(open_),
        "foreign": flow.foreign,
        "unknown": flow.unknown,
        "holes": flow.holes,
    }


def _item(flow: Flow, item: str) -> dict[str, Any]:
    cases = [case for case in flow.cases.values() if case.item == item]
    states = Counter(case.state for case in cases)
    closed = [case.ended - case.accepted for case in cases if case.how == "closed" and case.ended is not None]
    answered = [case.answered - case.accepted for case in cases if case.answered is not None]
    times = {"close_s": _times(closed), "answer_s": _times(answered)}
    return {"accepted": len(cases), **{name: states[name] for name in STATES}, **times}


def _between(flow: Flow) -> list[dict[str, Any]]:
    """Who waited for whom: by the post that did the step before ("" the applicant) and the one that took it
    up; those who waited longest in all first. What nobody took up waited to the end of the run."""
    pairs: dict[tuple[str, str], list[Wait]] = defaultdict(list)
    for post in flow.posts:
        for wait in flow.waits(post):
            pairs[wait.sent, post].append(wait)
    spent = {
        pair: sum(max(0.0, _left_at(wait, flow.seconds) - wait.since) for wait in waits)
        for pair, waits in pairs.items()
    }
    return [
        {
            "from": pair[0],
            "to": pair[1],
            "sent": len(pairs[pair]),
            "never_taken": sum(wait.until is None and wait.ended is None for wait in pairs[pair]),
            "wait_s": _times([wait.until - wait.since for wait in pairs[pair] if wait.until is not None]),
            "waited_s": round(spent[pair], 3),
        }
        for pair in sorted(pairs, key=lambda pair: (-spent[pair], pair))
    ]


def _list(flow: Flow, post: str) -> dict[str, Any]:
    waits = flow.waits(post)
    done = [wait.until - wait.since for wait in waits if wait.until is not None]
    left = sum(wait.until is None and wait.ended is None for wait in waits)
    course = _course(waits, flow.seconds)
    told = flow.told.get(post, [])
    return {
        "entered": len(waits),
        "taken": len(done),
        "never_taken": left,
        "wait_s": _times(done),
        "length": {"mean": _mean_length(waits, flow.seconds), "max": max(course, default=0), "last": left},
        "little": _little(waits, done, flow.seconds),
        "told": _told(told),
        "course": course,
    }


def _times(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    ranked = sorted(values)
    named = {
        name: ranked[rank(q, len(ranked)) - 1] for name, q in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))
    }
    return {name: round(value, 3) for name, value in {**named, "mean": sum(ranked) / len(ranked)}.items()}


def rank(q: float, n: int) -> int:
    """The nearest rank of a quantile among n values, from 1 (Hyndman & Fan 1996, definition 1)."""
    return max(1, math.ceil(q * n - 1e-9))


def _left_at(wait: Wait, seconds: float) -> float:
    left = wait.until if wait.until is not None else wait.ended
    return min(seconds, left if left is not None else seconds)


def _mean_length(waits: Sequence[Wait], seconds: float) -> float:
    """The time average of the list's length."""
    spent = sum(max(0.0, _left_at(wait, seconds) - min(wait.since, seconds)) for wait in waits)
    return round(spent / seconds, 4) if seconds > 0 else 0.0


def _little(waits: Sequence[Wait], done: Sequence[float], seconds: float) -> dict[str, float] | None:
    """Little's law, L = lambda W: the mean length against what leaves a second times how long that waited.

    In a list that grows the tasks that were taken are the lucky ones, and the law does not hold; error is the
    difference as a share of L. None where fewer than ENOUGH were taken.
    """
    if len(done) < ENOUGH or seconds <= 0:
        return None
    length, rate, wait = _mean_length(waits, seconds), len(done) / seconds, sum(done) / len(done)
    error = abs(length - rate * wait) / length if length > 0 else 0.0
    return {
        "length": length,
        "rate_per_s": round(rate, 4),
        "wait_s": round(wait, 4),
        "error": round(error, 4),
    }


def _told(told: Sequence[tuple[int, float]]) -> dict[str, float] | None:
    """Mean length as the target told it at each taking, and by the receipts."""
    if not told:
        return None
    said, counted = sum(one for one, _ in told) / len(told), sum(one for _, one in told) / len(told)
    return {"target": round(said, 4), "receipts": round(counted, 4), "takings": len(told)}


def _course(waits: Sequence[Wait], seconds: float) -> list[int]:
    """The length of the list at POINTS moments from the beginning to the end of the run."""
    points = [seconds * place / (POINTS - 1) for place in range(POINTS)] if seconds > 0 else []
    return [sum(wait.since <= at and _open_at(wait, at) for wait in waits) for at in points]


def _open_at(wait: Wait, at: float) -> bool:
    left = wait.until if wait.until is not None else wait.ended
    return left is None or left > at
