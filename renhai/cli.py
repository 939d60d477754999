"""Every command: parse, call one function, print, exit code.

Exit codes: 0 pass, 1 fail, 2 usage, 3 invalid, 4 inconclusive.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from renhai import binding_commands, run_commands, units
from renhai.problems import INVALID, PASS, USAGE, UsageError
from results.errors import SnapshotError

WEB_PORT = 8089  # as Locust itself
PIPE_WIDTH = 120  # where there is no terminal to ask, such as in a CI log

app = typer.Typer(
    name="renhai",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""Load a tax system with real business, and say whether it held (人海).

    \b
    renhai run smoke                                    a first run, against a target of our own
    renhai run smoke --target http://127.0.0.1:8400     against one that already runs
    renhai check declaration_open                       what a scenario would ask, on paper
    renhai doctor                                       is this machine fit for it?

    \b
    Exit codes: 0 pass, 1 fail, 2 wrong usage or file, 3 the measurement is invalid,
    4 inconclusive (compare only).
    """,
)
app.add_typer(binding_commands.app, name="binding")
run_commands.register(app)


def run_cli(arguments: list[str]) -> int:
    """Run one command; every mistake becomes a line on standard error and an exit code."""
    try:
        app(args=arguments, prog_name="renhai")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else USAGE if end.code else PASS
    except UsageError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return error.code
    except SnapshotError as error:
        print(error, file=sys.stderr)
        return USAGE
    except Exception as error:
        if os.environ.get("RENHAI_DEBUG"):
            raise
        name = type(error).__name__
        print(f"renhai: internal error: {name}: {error} (RENHAI_DEBUG=1 shows where)", file=sys.stderr)
        return INVALID
    return PASS


def _quantity(read: Callable[[str], float]) -> Callable[[str], float]:
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
        parser=_quantity(units.seconds), metavar="D", help="Stretch the stages to 30s, 5m, ... in all."
    ),
]
UsersOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Operators in all, shared out as written.")
]
RateOption = Annotated[
    float | None,
    typer.Option(
        parser=_quantity(units.per_second), metavar="R", help="Arrivals, such as 200/s; scales all stages."
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


@app.command()
def run(
    scenario: ScenarioArgument,
    target: TargetOption = None,
    duration: DurationOption = None,
    users: UsersOption = None,
    rate: RateOption = None,
    processes: ProcessesOption = 1,
    repeat: Annotated[int, typer.Option(min=1, metavar="N", help="Run N times; the worst decides.")] = 1,
    seed: SeedOption = None,
    assignments: SetOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where runs go; else ./results/runs.")
    ] = None,
    web: Annotated[bool, typer.Option("--web", help="Locust's page on http://127.0.0.1:8089.")] = False,
    expect: Annotated[
        int, typer.Option(min=0, metavar="N", help="Wait for N workers of `renhai worker`.")
    ] = 0,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where those workers join.")] = 5557,
) -> None:
    """Load the target and say whether it held.

    Exits 0 when it held, 1 when not, 3 when the measurement cannot be trusted.

    \b
    renhai run smoke
    renhai run smoke --target http://127.0.0.1:8400 --duration 1m
    renhai run declaration_open --rate 500/s --processes 2
    renhai run ./mine.yaml --set data.seed=7 --set 'thresholds.run=[throughput >= 5/s]'
    renhai run smoke --repeat 5 --out build/runs
    """
    from renhai import runner
    from renhai.live import view_for
    from renhai.plan import Options

    request = runner.Request(
        scenario=scenario,
        assignments=tuple(assignments or ()),
        target=target,
        options=Options(users, rate, duration, seed, processes),
        out=out,
        web_port=WEB_PORT if web else None,
        join=expect,
        port=port,
    )
    code = PASS
    for outcome in runner.repeat(request, repeat, view_for(Console(stderr=True))):
        _show_run(outcome.directory)
        code = max(code, outcome.code)
    raise typer.Exit(code)


@app.command()
def check(
    scenario: ScenarioArgument,
    target: TargetOption = None,
    duration: DurationOption = None,
    users: UsersOption = None,
    rate: RateOption = None,
    processes: ProcessesOption = 1,
    seed: SeedOption = None,
    assignments: SetOption = None,
) -> None:
    """Validate a scenario and size it on paper; no load is sent.

    \b
    renhai check smoke
    renhai check ./mine.yaml --users 4000 --duration 30m
    """
    from renhai import runner, sizing
    from renhai.plan import Options
    from renhai.screen import render_check

    options = Options(users, rate, duration, seed, processes)
    prepared = runner.prepare(runner.Request(scenario, tuple(assignments or ()), target, options))
    size = sizing.size(prepared.scenario, prepared.loaded.journeys)
    _print(render_check(prepared, size, sizing.warnings(size, prepared.scenario, processes)))


@app.command()
def compare(
    baseline: Annotated[list[Path], typer.Argument(metavar="BASELINE...", help="Runs of the one side.")],
    candidate: Annotated[
        list[Path], typer.Option("--with", metavar="CANDIDATE", help="A run of the other side; repeatable.")
    ],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Compare runs of different kinds, and say so.")
    ] = False,
) -> None:
    """Is the candidate worse than the baseline?

    Exits 0 when it is not, 1 when it is, 4 when it cannot be decided.
    A side is one run, several, or a directory of runs; the more, the surer.

    \b
    renhai compare results/baselines/smoke --with results/runs/20150911T080000Z-smoke-1a2b3c
    renhai compare old1 old2 old3 --with new1 --with new2 --with new3
    """
    from results.comparison import compare as compare_sides

    verdict = compare_sides(baseline, candidate, anyway=anyway)
    _print(verdict.render())
    raise typer.Exit(verdict.exit_code)


@app.command()
def trend(directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory of runs.")]) -> None:
    """When did a series of runs change?

    Exits 1 when the last change made it worse.

    \b
    renhai trend results/runs
    """
    from results.trend import trend as trend_of

    found = trend_of(directory)
    _print(found.render())
    raise typer.Exit(found.exit_code)


@app.command()
def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run.")]) -> None:
    """Show what a past run found, and draw its report.html anew.

    \b
    renhai report results/runs/20150911T080000Z-smoke-1a2b3c
    """
    from results.report import write_report

    path = write_report(run)
    _show_run(run)
    print(f"report: {path}")


@app.command()
def generate(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="taxpayer, declaration, uscc, ...; another word lists all.")
    ],
    count: Annotated[int, typer.Option(min=0, metavar="N", help="How many.")],
    seed: Annotated[
        int, typer.Option(min=0, metavar="S", help="The same seed makes the same records.")
    ] = 20150911,
    profile: Annotated[str, typer.Option(metavar="P", help="gt3_2015 or current.")] = "current",
    form: Annotated[str, typer.Option("--format", help="jsonl, csv or parquet.")] = "jsonl",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Else standard output.")] = None,
) -> None:
    """Write synthetic records to a file or a pipe.

    \b
    renhai generate taxpayer --count 5
    renhai generate declaration --count 1000000 --format parquet --out declarations.parquet
    """
    from renhai.generate import generate as write_records

    write_records(kind, count, seed=seed, profile=profile, form=form, out=out)


@app.command(
    add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def target(context: typer.Context) -> None:
    """Run the reference tax system.

    \b
    renhai target --port 8400
    renhai target --fault errors=2% --fault latency=20ms:declaration.*
    """
    from renhai.process import become

    become(["-m", "renhai.target", *context.args])


@app.command()
def worker(
    join: Annotated[str, typer.Option(metavar="HOST:PORT", help="The machine of `renhai run --expect N`.")],
    processes: ProcessesOption = 1,
) -> None:
    """Lend this machine to the run of another one.

    Scenario and data come from there.

    \b
    renhai run city --expect 2              on the first machine
    renhai worker --join 10.0.0.5:5557      on each other one
    """
    from renhai import engine, home
    from renhai.process import become

    host, port = engine.parse_address(join)
    os.chdir(home.find_home())  # Locust puts the current directory first on sys.path
    become(engine.worker_arguments(host, port, processes))


@app.command()
def doctor() -> None:
    """Is this machine fit to make load?

    Exits 1 when it is not; every finding has its remedy.
    """
    from renhai.doctor import examine, exit_code
    from renhai.screen import render_findings

    findings = examine()
    _print(render_findings(findings))
    raise typer.Exit(exit_code(findings))


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(metavar="scenario|target", help="Of which YAML files.")] = "scenario",
    write: Annotated[Path | None, typer.Option(metavar="DIR", help="Write both as files instead.")] = None,
) -> None:
    """Print the JSON Schema of the YAML files, for editors.

    \b
    renhai schema scenario > scenario.schema.json
    renhai schema --write scenarios/schema
    """
    from renhai import schema as schemas

    if write is not None:
        for path in schemas.write_schemas(write):
            print(path)
    elif kind in schemas.MODELS:
        print(schemas.schema_text(kind), end="")
    else:
        raise UsageError(f"{kind} is not a kind of YAML file; known: {', '.join(schemas.MODELS)}")


def _print(what: object) -> None:
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    Console(highlight=False, width=width).print(what)


def _show_run(directory: Path) -> None:
    from results.snapshot import load_run
    from results.terminal import render_summary

    _print(render_summary(load_run(directory)))
    print(f"snapshot: {directory}")
