"""Options that several commands take together, written once: a dataclass with a field for each."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import wraps
from inspect import Parameter
from typing import TYPE_CHECKING, Any, get_type_hints

from renhai.cli.options import (
    DurationOption,
    LabelOption,
    OthersOption,
    ProcessesOption,
    RateOption,
    RunsOption,
    SeedOption,
    SetOption,
    TargetOption,
    UsersOption,
)

if TYPE_CHECKING:
    from renhai.run.single import RunRequest


@dataclass(frozen=True)
class LoadOptions:
    """What may be changed of a scenario for once: its target, its size, any value."""

    target: TargetOption = None
    duration: DurationOption = None
    users: UsersOption = None
    rate: RateOption = None
    processes: ProcessesOption = 1
    seed: SeedOption = None
    assignments: SetOption = None

    def request(self, scenario: str, locust_args: list[str] | None = None, **more: Any) -> RunRequest:
        """The run that is asked for. more: other fields of RunRequest."""
        from renhai.plan.build import Options  # what a command that runs nothing need not wait for
        from renhai.run.single import RunRequest

        options = Options(
            self.users, self.rate, self.duration, self.seed, self.processes, tuple(locust_args or ())
        )
        return RunRequest(scenario, tuple(self.assignments or ()), self.target, options, **more)


@dataclass(frozen=True)
class KeptOptions:
    """Where a run is kept, of which build it is, and which earlier ones its target remembers."""

    out: RunsOption = None
    label: LabelOption = None
    others_than: OthersOption = None

    def among_others(self, request: RunRequest, say: Callable[[str], object]) -> RunRequest:
        """The same run, of taxpayers whom no earlier one had. Raises UsageError."""
        if self.others_than is None:
            return request
        from renhai.run.other_taxpayers import others, told
        from renhai.run.single import prepare

        more = others(prepare(request), request.assignments, self.others_than, self.out)
        for sentence in told(more):
            say(sentence)
        return replace(request, assignments=(*request.assignments, *more))


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command as Typer is to see it: each parameter that is a dataclass as one option for each field."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type] = {}
    shown: list[Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        kind = hints[parameter.name]
        if is_dataclass(kind):
            groups[parameter.name] = kind  # type: ignore[assignment]
            shown += _options_of(kind)
        else:
            shown.append(parameter.replace(annotation=kind, kind=Parameter.KEYWORD_ONLY))

    @wraps(command)
    def call(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        command(**given)

    call.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return call


def _options_of(kind: Any) -> list[Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
        for field in fields(kind)
    ]
