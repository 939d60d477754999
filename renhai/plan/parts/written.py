"""Journeys that stand in the scenario, as the plan carries them to the load processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from renhai.binding.text.templates import TOKEN
from renhai.plan.parts.frozen import Frozen
from renhai.plan.parts.think import Think, plan_think
from renhai.spec.journeys.written import steps as spec
from renhai.spec.journeys.written.conditions import parse


class WrittenStep(Frozen):
    """One request: see renhai.spec.journeys.written.steps.Step."""

    kind: Literal["send"] = "send"
    send: str
    document: str | None = None
    fields: dict[str, Any] = {}


class WrittenPause(Frozen):
    kind: Literal["think"] = "think"
    think: Think


class WrittenLoop(Frozen):
    """The steps `times` times; with a condition at most so often, while it holds."""

    kind: Literal["loop"] = "loop"
    times: int
    condition: str = ""
    steps: tuple[AnyWritten, ...]


class WrittenIf(Frozen):
    kind: Literal["if"] = "if"
    condition: str
    then: tuple[AnyWritten, ...]
    otherwise: tuple[AnyWritten, ...] = ()


class WrittenBranch(Frozen):
    weight: float
    steps: tuple[AnyWritten, ...]


class WrittenChoice(Frozen):
    kind: Literal["choose"] = "choose"
    branches: tuple[WrittenBranch, ...]


AnyWritten = Annotated[
    WrittenStep | WrittenPause | WrittenLoop | WrittenIf | WrittenChoice, Field(discriminator="kind")
]
for _model in (WrittenLoop, WrittenIf, WrittenBranch, WrittenChoice):
    _model.model_rebuild()


def written(steps: Iterable[Any]) -> tuple[Any, ...]:
    """The steps of a scenario for the plan."""
    return tuple(map(_written, steps))


def _written(step: Any) -> Any:
    if isinstance(step, spec.Think):
        return WrittenPause(think=plan_think(step.think))
    if isinstance(step, spec.Repeat):
        return WrittenLoop(times=step.repeat, steps=written(step.steps))
    if isinstance(step, spec.While):
        return WrittenLoop(times=step.at_most, condition=step.while_, steps=written(step.steps))
    if isinstance(step, spec.If):
        return WrittenIf(condition=step.if_, then=written(step.then), otherwise=written(step.otherwise))
    if isinstance(step, spec.Choose):
        branches = tuple(WrittenBranch(weight=one.weight, steps=written(one.steps)) for one in step.choose)
        return WrittenChoice(branches=branches)
    return WrittenStep(**step.model_dump())


def operations(steps: Iterable[Any]) -> Iterator[str]:
    """What the steps may send."""
    for step in steps:
        if isinstance(step, WrittenStep):
            yield step.send
        elif isinstance(step, WrittenLoop):
            yield from operations(step.steps)
        elif isinstance(step, WrittenIf):
            yield from operations((*step.then, *step.otherwise))
        elif isinstance(step, WrittenChoice):
            for branch in step.branches:
                yield from operations(branch.steps)


def roots(steps: Iterable[Any]) -> set[str]:
    """The first words of what the steps read: taxpayer, reply, loop, and names of data."""
    found: set[str] = set()
    for step in steps:
        if isinstance(step, WrittenStep):
            found |= {inner.split(".")[0] for inner in _inner(step.fields)}
            found |= {"taxpayer"} if step.document else set()
        elif isinstance(step, WrittenLoop):
            found |= roots(step.steps) | _read_by(step.condition)
        elif isinstance(step, WrittenIf):
            found |= roots((*step.then, *step.otherwise)) | _read_by(step.condition)
        elif isinstance(step, WrittenChoice):
            found |= {name for branch in step.branches for name in roots(branch.steps)}
    return found


def _read_by(condition: str) -> set[str]:
    return {parse(condition)[0].split(".")[0]} if condition else set()


def _inner(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield from TOKEN.findall(node)
    elif isinstance(node, dict | list | tuple):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _inner(item)
