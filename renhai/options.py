"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from renhai import units


def quantity(read: Callable[[str], float]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = read(text)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r}; {error}") from None
        if value <= 0:
            raise typer.BadParameter(f"{text!r}; must be > 0")
        return value

    return parse


ScenarioArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A shipped scenario, or a .yaml file.")
]
TargetOption = Annotated[
    str | None, typer.Option(metavar="NAME|URL", help="Another target: its name, file or URL.")
]
DurationOption = Annotated[
    float | None,
    typer.Option(
        parser=quantity(units.seconds), metavar="D", help="Stretch the stages to 30s, 5m, ... in all."
    ),
]
UsersOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Operators in all, shared out as written.")
]
RateOption = Annotated[
    float | None,
    typer.Option(
        parser=quantity(units.per_second), metavar="R", help="Arrivals, such as 200/s; scales all stages."
    ),
]
SeedOption = Annotated[int | None, typer.Option(min=0, metavar="S", help="Other taxpayers of the same kind.")]
ProcessesOption = Annotated[int, typer.Option(min=1, metavar="N", help="Load processes on this machine.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change any value, such as load.stages[0].ramp=5s; repeatable."
    ),
]
MetricsOption = Annotated[
    str | None,
    typer.Option(
        "--metrics", metavar="[HOST:]PORT", help="Serve metrics for Prometheus while it runs; 127.0.0.1."
    ),
]
