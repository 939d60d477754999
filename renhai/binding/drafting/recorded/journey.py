"""The journey that a recording shows: its operations in their order, and how long the person thought."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from renhai.binding.drafting.draft import Step
from renhai.binding.drafting.recorded.exchange import Exchange
from renhai.binding.drafting.recorded.operations import Drafting
from renhai.binding.drafting.recorded.signing_in import log_in, sign_in

SHORTEST_THOUGHT = 0.2  # seconds; what is shorter a page did by itself
LONGEST_THOUGHT = 600.0  # seconds; longer ones were a break
MOST_OTHERS = 3  # further sets of fields of a step that are shown


def fill(drafting: Drafting, name: str) -> None:
    """All of a draft: how to sign in, the operations, and their journey under `name`."""
    sign_in(drafting)
    drafting.run()
    _add_journey(drafting, name, log_in(drafting))


def _add_journey(drafting: Drafting, name: str, signed_in: set[int]) -> None:
    """One step for each request, those alike in a row together; auth does what signs in."""
    steps: list[Step] = []
    thoughts: list[float] = []
    for number, exchange in enumerate(drafting.exchanges):
        operation = drafting.group_of[number].name
        think = _thought(exchange, drafting.exchanges[number + 1 :])
        if think:
            thoughts.append(think)
        if number in signed_in:
            continue
        _add(steps, Step(operation, drafting.fields[number], think=think))
    if steps:
        drafting.draft.journeys[name] = steps
        drafting.draft.think = round(median(thoughts), 1) if thoughts else 0.0


def _add(steps: list[Step], step: Step) -> None:
    last = steps[-1] if steps else None
    if last is None or last.operation != step.operation:
        steps.append(step)
        return
    last.times += 1
    last.think = last.think or step.think
    if step.fields not in (last.fields, *last.others) and len(last.others) < MOST_OTHERS:
        last.others.append(step.fields)


def _thought(exchange: Exchange, later: Sequence[Exchange]) -> float:
    """Seconds from the end of an answer to the next request, 0.0 when the page asked by itself."""
    following = later[0] if later else None
    if following is None or exchange.started is None or following.started is None:
        return 0.0
    gap = following.started - exchange.started - exchange.took
    return round(gap, 1) if SHORTEST_THOUGHT <= gap <= LONGEST_THOUGHT else 0.0
