"""The steps of written journeys, each by its place, so that it shows which of them were sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from renhai.load.engine.written import Placed, place_of
from renhai.plan.parts.think import Fixed
from renhai.plan.parts.written import WrittenChoice, WrittenIf, WrittenLoop, WrittenPause, WrittenStep


class Guard(NamedTuple):
    """What stands between a step and the beginning of its journey: a condition that must hold, or must not.

    condition None: a draw.
    """

    condition: Placed | None
    held: bool = True


Guarded = tuple[Placed, tuple[Guard, ...]]


def placed(steps: Iterable[Any], here: str) -> tuple[Any, ...]:
    """The steps as they are, but that each operation knows its place and nobody pauses."""
    return tuple(_placed(step, f"{here}[{number}]") for number, step in enumerate(steps))


def _placed(step: Any, here: str) -> Any:
    if isinstance(step, WrittenStep):
        return step.model_copy(update={"send": Placed.at(step.send, here)})
    if isinstance(step, WrittenPause):
        return step.model_copy(update={"think": Fixed(seconds=0.0)})
    if isinstance(step, WrittenLoop):
        held = Placed.at(step.condition, here)
        return step.model_copy(update={"condition": held, "steps": placed(step.steps, f"{here}.steps")})
    if isinstance(step, WrittenIf):
        then, otherwise = placed(step.then, f"{here}.then"), placed(step.otherwise, f"{here}.else")
        held = Placed.at(step.condition, here)
        return step.model_copy(update={"condition": held, "then": then, "otherwise": otherwise})
    assert isinstance(step, WrittenChoice)
    branches = tuple(
        one.model_copy(update={"steps": placed(one.steps, f"{here}.choose[{number}].steps")})
        for number, one in enumerate(step.branches)
    )
    return step.model_copy(update={"branches": branches})


def places(
    steps: Iterable[Any], before: tuple[Guard, ...] = ()
) -> Iterator[tuple[Placed, tuple[Guard, ...]]]:
    """Every operation of such steps in their order, with what stands before it, the outermost first."""
    for step in steps:
        if isinstance(step, WrittenStep):
            assert isinstance(step.send, Placed)
            yield step.send, before
        elif isinstance(step, WrittenLoop):
            assert isinstance(step.condition, Placed)
            yield from places(step.steps, (*before, Guard(step.condition)) if step.condition else before)
        elif isinstance(step, WrittenIf):
            assert isinstance(step.condition, Placed)
            yield from places(step.then, (*before, Guard(step.condition)))
            yield from places(step.otherwise, (*before, Guard(step.condition, held=False)))
        elif isinstance(step, WrittenChoice):
            for branch in step.branches:
                yield from places(branch.steps, (*before, Guard(None)))


def steered(steps: Iterable[Any], left: Collection[str]) -> tuple[Any, ...]:
    """The steps with every draw among the branches in which something of `left`, by its place, is still to be
    sent: a run may draw each of them, be it seldom."""
    return tuple(_steered(step, left) for step in steps)


def _steered(step: Any, left: Collection[str]) -> Any:
    if isinstance(step, WrittenLoop):
        return step.model_copy(update={"steps": steered(step.steps, left)})
    if isinstance(step, WrittenIf):
        then, otherwise = steered(step.then, left), steered(step.otherwise, left)
        return step.model_copy(update={"then": then, "otherwise": otherwise})
    if isinstance(step, WrittenChoice):
        all_ = [one.model_copy(update={"steps": steered(one.steps, left)}) for one in step.branches]
        wanted = [one for one in all_ if any(place_of(name) in left for name, _ in places(one.steps))]
        return step.model_copy(update={"branches": tuple(wanted or all_)})
    return step
