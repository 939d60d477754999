"""What a written journey sends, and how often: what results.verdict.validity.planned holds a run to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from renhai.core.yaml_lines import Where
from renhai.spec.journeys.registry import SentStep
from renhai.spec.journeys.written.steps import Choose, If, Repeat, Step, Think, While

UNSURE = 1e-9  # the least share of a step that the answers decide upon, where nobody says how often


class _Place(NamedTuple):
    """How often a step is come by: low to high times, in `share` of the journeys.

    known: by a draw, or because the scenario says so.
    """

    low: int = 1
    high: int = 1
    share: float = 1.0
    known: bool = True

    def times(self, low: int, high: int) -> _Place:
        return self._replace(low=self.low * low, high=self.high * high)

    def of(self, share: float | None) -> _Place:
        """In this part of the journeys; None: nobody knows, at most in all of them."""
        if share is None:
            return self._replace(known=False)
        return self._replace(share=self.share * share)

    def sent(self, operation: str) -> SentStep:
        """An operation that stands here."""
        least = None if self.known else UNSURE
        return SentStep(operation, low=self.low, high=self.high, share=self.share, least=least)


def declared(steps: Sequence[Any]) -> tuple[SentStep, ...]:
    """The steps that are sent, those of loops and branches included."""
    return tuple(_of(steps, _Place()))


def _of(steps: Iterable[Any], place: _Place) -> Iterator[SentStep]:
    for step in steps:
        if isinstance(step, Step):
            yield place.sent(step.send)
        elif isinstance(step, Repeat):
            yield from _of(step.steps, place.times(step.repeat, step.repeat))
        elif isinstance(step, While):
            yield from _of(step.steps, place.times(1, step.at_most).of(step.usually))
        elif isinstance(step, If):
            yield from _of(step.then, place.of(step.usually))
            yield from _of(step.otherwise, place.of(None if step.usually is None else 1 - step.usually))
        elif isinstance(step, Choose):
            total = sum(branch.weight for branch in step.choose)
            for branch in step.choose:
                yield from _of(branch.steps, place.of(branch.weight / total))


def paused(steps: Iterable[Any]) -> float:
    """The mean pauses of a journey in seconds; those that the answers decide upon, and nobody says how often,
    do not count: so it is the least.
    """
    return sum(_pause(step) for step in steps)


def _pause(step: Any) -> float:
    if isinstance(step, Think):
        return step.think.mean
    if isinstance(step, Repeat):
        return step.repeat * paused(step.steps)
    if isinstance(step, While):
        return (step.usually or 0.0) * paused(step.steps)
    if isinstance(step, If):
        yes, no = paused(step.then), paused(step.otherwise)
        return min(yes, no) if step.usually is None else step.usually * yes + (1 - step.usually) * no
    if isinstance(step, Choose):
        total = sum(branch.weight for branch in step.choose)
        return sum(branch.weight / total * paused(branch.steps) for branch in step.choose)
    return 0.0


def each_step(steps: Iterable[Any], here: Where) -> Iterator[tuple[Where, Any]]:
    """Every step with its place in the file, those inside others after them."""
    for number, step in enumerate(steps):
        place = (*here, number)
        yield place, step
        if isinstance(step, Repeat | While):
            yield from each_step(step.steps, (*place, "steps"))
        elif isinstance(step, If):
            yield from each_step(step.then, (*place, "then"))
            yield from each_step(step.otherwise, (*place, "else"))
        elif isinstance(step, Choose):
            for branch_number, branch in enumerate(step.choose):
                yield from each_step(branch.steps, (*place, "choose", branch_number, "steps"))
