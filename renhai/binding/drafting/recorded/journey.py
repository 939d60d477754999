"""The journey that a recording shows: its operations in their order, and how long the person thought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from statistics import median
from typing import Any

from renhai.binding.drafting.draft import Step
from renhai.binding.drafting.recorded.exchange import Exchange
from renhai.binding.drafting.recorded.operations import Drafting
from renhai.binding.drafting.recorded.signing_in import log_in, sign_in

SHORTEST_THOUGHT = 0.2  # seconds; what is shorter a page did by itself
LONGEST_THOUGHT = 600.0  # seconds; longer ones were a break
LONGEST_ROW = 5  # requests of one operation in a row that stand in the journey one by one
MOST_OTHERS = 3  # further sets of fields of a longer row that are shown


def fill(drafting: Drafting, name: str) -> None:
    """All of a draft: how to sign in, the operations, and their journey under `name`."""
    sign_in(drafting)
    drafting.run()
    _add_journey(drafting, name, log_in(drafting))


def _add_journey(drafting: Drafting, name: str, signed_in: set[int]) -> None:
    """One step for each request, those alike in a row together; auth does what signs in."""
    rows: list[list[Step]] = []
    thoughts: list[float] = []
    for number, exchange in enumerate(drafting.exchanges):
        operation = drafting.group_of[number].name
        think = _thought(exchange, drafting.exchanges[number + 1 :])
        if think:
            thoughts.append(think)
        if number in signed_in:
            continue
        step = Step(operation, drafting.fields[number], think=think)
        if rows and rows[-1][0].operation == operation:
            rows[-1].append(step)
        else:
            rows.append([step])
    steps = [step for row in rows for step in _shortened(row)]
    if steps:
        drafting.draft.journeys[name] = steps
        drafting.draft.think = round(median(thoughts), 1) if thoughts else 0.0


def _shortened(row: list[Step]) -> list[Step]:
    """A row of one operation: as it was, those alike one step; a long one is one step that is repeated."""
    steps = [_repeated(list(alike)) for _, alike in groupby(row, key=lambda step: (step.fields, step.think))]
    if len(steps) <= LONGEST_ROW:
        return steps
    whole = _repeated(row)
    others: list[dict[str, Any]] = []
    for step in row:
        if step.fields not in (whole.fields, *others) and len(others) < MOST_OTHERS:
            others.append(step.fields)
    return [replace(whole, others=others)]


def _repeated(row: list[Step]) -> Step:
    thoughts = [step.think for step in row if step.think]
    return replace(row[0], times=len(row), think=round(median(thoughts), 1) if thoughts else 0.0)


def _thought(exchange: Exchange, later: Sequence[Exchange]) -> float:
    """Seconds from the end of an answer to the next request, 0.0 when the page asked by itself."""
    following = later[0] if later else None
    if following is None or exchange.started is None or following.started is None:
        return 0.0
    gap = following.started - exchange.started - exchange.took
    return round(gap, 1) if SHORTEST_THOUGHT <= gap <= LONGEST_THOUGHT else 0.0
