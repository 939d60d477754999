"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from renhai.core import units


def quantity(read: Callable[[str], float], least: float | None = None) -> Callable[[str], float]:
    """A parser of `--option 30s`: above 0, or from `least` on."""

    def parse(text: str) -> float:
        try:
            value = read(text)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r}; {error}") from None
        if least is None and value <= 0:
            raise typer.BadParameter(f"{text!r}; must be > 0")
        if least is not None and value < least:
            raise typer.BadParameter(f"{text!r}; must be >= {least:g}")
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
SeedOption = Annotated[
    int | None, typer.Option(min=0, metavar="S", help="Other data of the same kind, for an empty target.")
]
ProcessesOption = Annotated[int, typer.Option(min=1, metavar="N", help="Load processes on this machine.")]
CoreRateOption = Annotated[
    float | None,
    typer.Option(
        parser=quantity(units.per_second), metavar="R", help="What a core of your load machines makes."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change any value, such as load.stages[0].ramp=5s; repeatable."
    ),
]
LocustArgsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[-- ARG...]", help="Arguments of the scenario's own locustfile.", show_default=False
    ),
]
MetricsOption = Annotated[
    str | None,
    typer.Option(
        "--metrics", metavar="[HOST:]PORT", help="Serve metrics for Prometheus while it runs; 127.0.0.1."
    ),
]
RunsOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Where runs go; else ./results/runs.")]

OthersOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Other taxpayers than earlier runs below DIR had, at a target that keeps its data.",
    ),
]


def times(text: str) -> int | Literal["auto"]:
    """`5` or `auto`."""
    if text == "auto":
        return "auto"
    try:
        count = int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}; write a number of runs, or auto") from None
    if count < 1:
        raise typer.BadParameter(f"{text!r}; must be >= 1")
    return count


RepeatOption = Annotated[
    Any,
    typer.Option(
        parser=times,
        metavar="N|auto",
        help="Run N times; the worst decides. auto, of comparisons: 5, 8 or 12, until it is decided.",
    ),
]
LaunchesOption = Annotated[
    Any, typer.Option(parser=times, metavar="N|auto", help="Launches; auto: 5, 8 or 12, until it is decided.")
]
BaselineOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Compare with the runs kept there.")]
AgainstOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|URL",
        help="Compare with the old build, up there: both take turns (beside --baseline, if that is old).",
    ),
]
OldestOption = Annotated[
    float | None,
    typer.Option(
        "--max-age",
        parser=quantity(units.seconds),
        metavar="AGE",
        help="A baseline older than this is run again, if --against says where; 7d.",
    ),
]
SpareOption = Annotated[
    int, typer.Option(min=0, metavar="N", help="Make up to N invalid runs again, and say so.")
]
LabelOption = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="The build, as reports name it; else $RENHAI_LABEL or the commit."),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The key to join with; else $RENHAI_JOIN_KEY, else a new one."),
]
AnywayOption = Annotated[bool, typer.Option("--anyway", help="Compare runs of different kinds, and say so.")]
NoiseBandOption = Annotated[
    float | None,
    typer.Option(parser=quantity(units.share, 0.0), metavar="SHARE", help="No change below it counts; 2%."),
]
ToleranceOption = Annotated[
    float | None,
    typer.Option(parser=quantity(units.share), metavar="SHARE", help="What a pass has to exclude; 10%."),
]
PictureOption = Annotated[
    bool, typer.Option("--png", help="The head of the report as report.png, for a message; needs Chromium.")
]
