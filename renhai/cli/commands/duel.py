"""`renhai duel`: parse, call one function, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renhai.cli.options import (
    DurationOption,
    LaunchesOption,
    OthersOption,
    RateOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    UsersOption,
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(duel)


def duel(
    scenario: ScenarioArgument,
    a: Annotated[str, typer.Option("--a", metavar="NAME|URL", help="The baseline: the build you know.")],
    b: Annotated[str, typer.Option("--b", metavar="NAME|URL", help="The candidate: is it worse?")],
    duration: DurationOption = None,
    users: UsersOption = None,
    rate: RateOption = None,
    repeat: LaunchesOption = "auto",
    seed: SeedOption = None,
    assignments: SetOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where duels go; else ./results/runs.")
    ] = None,
    others_than: OthersOption = None,
) -> None:
    """Is b worse than a? Both under the same load at the same time.

    What the machine does, it does to both, so that small differences of fast targets show. Both are launched
    until it is decided: 5 times, then up to 8, then up to 12. The rate or the
    operators are given to each side. Targets of our own are started anew for each launch.

    \b
    renhai duel declaration_open --a http://127.0.0.1:8400 --b http://127.0.0.1:8401
    renhai duel declaration_open --a reference --b reference     two of our own: what does noise look like?
    renhai duel smoke --a old.yaml --b new.yaml --duration 1m    two target files

    \b
    Exits 0 when b is not worse, 1 when it is, 3 when the measurement cannot be trusted,
    4 when it cannot be decided (the rows say about how many launches would).
    """
    from renhai.cli.console import Patient, flush, show
    from renhai.cli.watching import view_for
    from renhai.core.language import language, say
    from renhai.plan.build import Options
    from renhai.run.auditing import found_on_sides
    from renhai.run.multiple import duel as duels
    from results.report.terminal.comparison import render_comparison

    request = duels.DuelRequest(
        scenario, a, b,
        assignments=tuple(assignments or ()),
        options=Options(users, rate, duration, seed),
        repeat=repeat,
        out=out,
    )  # fmt: skip
    view = view_for(Patient(stderr=True))
    outcome = duels.duel(duels.among_others(request, others_than, view), view)
    if outcome.comparison is not None:
        show(render_comparison(outcome.comparison))
        print(f"{say('comparison')}{say(': ')}{outcome.directory / 'comparison.html'}")
    for side, found in found_on_sides(one.runs for one in outcome.launches):
        print(f"{say('FAIL 未通过')} {side}{say(': ')}{found.zh if language() == 'zh' else found.en}")
    for reason in outcome.invalid:
        print(f"{say('INVALID 无效')} {say(reason)}")
    print(f"{say('snapshots')}{say(': ')}{outcome.directory}")
    flush()
    raise typer.Exit(outcome.code)
