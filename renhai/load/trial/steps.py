"""The steps of written journeys, each by its place, so that it shows which of them were sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from renhai.plan.parts.think import Fixed
from renhai.plan.parts.written import WrittenChoice, WrittenIf, WrittenLoop, WrittenPause, WrittenStep


class Placed(str):
    """An operation's name that knows the place of its step: `shop.buy[2].then[0]`."""

    __slots__ = ("place",)
    place: str

    @classmethod
    def at(cls, operation: str, place: str) -> Placed:
        """The name at that place."""
        found = cls(operation)
        found.place = place
        return found


def place_of(operation: str) -> str:
    """The place of an operation that was sent; "" for one that no written step sent."""
    return operation.place if isinstance(operation, Placed) else ""


def placed(steps: Iterable[Any], here: str) -> tuple[Any, ...]:
    """The steps as they are, but that each operation knows its place and nobody pauses."""
    return tuple(_placed(step, f"{here}[{number}]") for number, step in enumerate(steps))


def _placed(step: Any, here: str) -> Any:
    if isinstance(step, WrittenStep):
        return step.model_copy(update={"send": Placed.at(step.send, here)})
    if isinstance(step, WrittenPause):
        return step.model_copy(update={"think": Fixed(seconds=0.0)})
    if isinstance(step, WrittenLoop):
        return step.model_copy(update={"steps": placed(step.steps, f"{here}.steps")})
    if isinstance(step, WrittenIf):
        then, otherwise = placed(step.then, f"{here}.then"), placed(step.otherwise, f"{here}.else")
        return step.model_copy(update={"then": then, "otherwise": otherwise})
    assert isinstance(step, WrittenChoice)
    branches = tuple(
        one.model_copy(update={"steps": placed(one.steps, f"{here}.choose[{number}].steps")})
        for number, one in enumerate(step.branches)
    )
    return step.model_copy(update={"branches": branches})


def places(steps: Iterable[Any]) -> Iterator[Placed]:
    """Every operation of such steps, in their order."""
    for step in steps:
        if isinstance(step, WrittenStep):
            assert isinstance(step.send, Placed)
            yield step.send
        elif isinstance(step, WrittenLoop):
            yield from places(step.steps)
        elif isinstance(step, WrittenIf):
            yield from places((*step.then, *step.otherwise))
        elif isinstance(step, WrittenChoice):
            for branch in step.branches:
                yield from places(branch.steps)
