"""Every command: parse, call one function, print, exit code.

Exit codes: 0 pass, 1 fail, 2 usage, 3 invalid, 4 inconclusive.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from renhai import __version__
from renhai.cli.commands import binding, compare, duel, generate, rehearse
from renhai.cli.commands import run as run_commands
from renhai.cli.commands.checks import audit, drain, drill, journal, ledger, papers, replay, verify
from renhai.cli.console import (
    Patient,
    flush,
    make_streams_lenient,
    output_lost,
    printable,
    show,
    show_run,
)
from renhai.cli.grouped import KeptOptions, LoadOptions, grouped
from renhai.cli.head_image import told_picture
from renhai.cli.options import (
    AgainstOption,
    AnywayOption,
    BaselineOption,
    CoreRateOption,
    KeyFileOption,
    LocustArgsArgument,
    MetricsOption,
    OldestOption,
    PictureOption,
    ProcessesOption,
    RepeatOption,
    ScenarioArgument,
    SpareOption,
)
from renhai.cli.signals import Ended, ended_by_signals
from renhai.cli.spoken import call, speaking, told_damage, told_problem
from renhai.core.errors import INVALID, PASS, USAGE, UsageError
from renhai.core.language import language, say
from renhai.core.machine.environment import DEBUG
from results.errors import SnapshotError

WEB_PORT = 8089  # as Locust itself
# Commands whose exit code is a verdict.
REMEDIES = {  # of what a command meets at a file and does not tell of itself
    errno.EACCES: "check its rights, and who runs this",
    errno.EPERM: "check its rights, and who runs this",
    errno.EROFS: "choose a place that can be written to",
    errno.ENOSPC: "free the disk, and run it again",
    errno.EDQUOT: "free the disk, and run it again",
    errno.EISDIR: "give a file",
    errno.ENOTDIR: "give a folder",
}
JUDGES = frozenset({"audit", "compare", "duel", "papers", "rehearse", "replay", "run", "trend", "verify"})
LONG_NAME = "is too long for a file's name; give one that exists"

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
    4 inconclusive (a comparison that cannot decide, an audit that could not read all).
    """,
)


def _debug(asked: bool) -> None:
    if asked:
        os.environ[DEBUG] = "1"


def _print_version(asked: bool) -> None:
    if asked:
        print(f"renhai {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show it, and exit.")
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            callback=_debug,
            is_eager=True,
            help="Before the command: Locust logs all, internal errors show where (as RENHAI_DEBUG=1).",
        ),
    ] = False,
) -> None:
    pass


def run_cli(arguments: list[str]) -> int:
    """Run one command; every mistake becomes a line on standard error and an exit code.

    Where standard output cannot take what a command prints, a verdict stands: it is in a file, too. Any other
    command has not done what it was asked for.
    """
    make_streams_lenient()
    code = _ended(arguments)
    command = next((word for word in arguments if not word.startswith("-")), "")
    judges = command in JUDGES and not {"-h", "--help"} & set(arguments)
    return USAGE if code == PASS and output_lost() and not judges else code


def _ended(arguments: list[str]) -> int:
    try:
        with ended_by_signals():
            return call(app, arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else USAGE if end.code else PASS
    except UsageError as error:
        for problem in error.problems:
            print(printable(told_problem(problem)), file=sys.stderr)
        return error.code
    except SnapshotError as error:
        print(printable(told_damage(error)), file=sys.stderr)
        return USAGE
    except Ended as ended:
        print(f"renhai: {say(str(ended))}", file=sys.stderr)
        return INVALID
    except OSError as error:
        if error.errno in REMEDIES:
            print(f"renhai: {printable(refused(error))}", file=sys.stderr)
            return USAGE
        if error.errno != errno.ENAMETOOLONG:
            return _internal(error)
        name = printable(str(error.filename))
        print(f"renhai: {name[:80]}…: {say(LONG_NAME)}", file=sys.stderr)
        return USAGE
    except Exception as error:
        return _internal(error)


def refused(error: OSError) -> str:
    """What the machine does not allow, in a line."""
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    return f"{what}; {say(REMEDIES[error.errno or 0])}"


def _internal(error: Exception) -> int:
    """A mistake of ours, in a line; where it is, under RENHAI_DEBUG=1."""
    if os.environ.get(DEBUG):
        raise error
    name = type(error).__name__
    print("renhai: " + say(f"internal error: {name}: {error} (RENHAI_DEBUG=1 shows where)"), file=sys.stderr)
    return INVALID


@app.command()
@grouped
def run(
    scenario: ScenarioArgument,
    load: LoadOptions,
    kept: KeptOptions,
    repeat: RepeatOption = None,
    spare: SpareOption = 0,
    baseline: BaselineOption = None,
    against: AgainstOption = None,
    max_age: OldestOption = None,
    anyway: AnywayOption = False,
    web: Annotated[bool, typer.Option("--web", help="Locust's page, at a printed address.")] = False,
    expect: Annotated[
        int, typer.Option(min=0, metavar="N", help="Wait for N workers of `renhai worker`.")
    ] = 0,
    bind: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Listen there for them; 0.0.0.0 for other machines.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="PORT", help="Where those workers join.")
    ] = 5557,
    key_file: KeyFileOption = None,
    metrics: MetricsOption = None,
    png: PictureOption = False,
    locust_args: LocustArgsArgument = None,
) -> None:
    """Load the target and say whether it held.

    Exits 0 when it held, 1 when not, 3 when the measurement cannot be trusted. With a baseline 0 also needs
    that nothing is worse than there; 4 when that cannot be decided, after 12 runs a side if need be.

    \b
    renhai run smoke
    renhai run smoke --target http://127.0.0.1:8400 --duration 1m
    renhai run declaration_open --rate 500/s --processes 2
    renhai run ./mine.yaml --set data.seed=7 --set 'thresholds.run=[throughput >= 5/s]'
    renhai run smoke --repeat 5 --out build/runs
    renhai run smoke --baseline results/baselines/smoke
    renhai run smoke --target http://127.0.0.1:8401 --against http://127.0.0.1:8400
    renhai run ./own.yaml -- Visitor --tags filing
    """
    from renhai.cli.watching import view_for, watching
    from renhai.run.multiple import repeat as repeating

    workers = {"join": expect, "bind": bind, "port": port, "key_file": key_file}
    page, told = WEB_PORT if web else None, view_for(Patient(stderr=True))
    request = load.request(scenario, locust_args, out=kept.out, label=kept.label, web_port=page, **workers)
    request = kept.among_others(request, told.note)
    asked = repeating.Asked(
        baseline, against, repeating.OLDEST_S if max_age is None else max_age, anyway, repeat, spare
    )
    series = repeating.Series.of(request, asked)
    with watching(metrics, told) as view:
        for outcome in series.runs(view):
            show_run(outcome.directory, outcome.run)
            if png:
                told_picture(outcome.directory)
            view.judged(outcome.run)
    code = series.conclude(show)
    flush()
    raise typer.Exit(code)


@app.command()
@grouped
def check(scenario: ScenarioArgument, load: LoadOptions, core_rate: CoreRateOption = None) -> None:
    """Validate a scenario and size it on paper; no load is sent.

    \b
    renhai check smoke
    renhai check ./mine.yaml --users 4000 --duration 30m
    renhai check capacity --core-rate 9000/s            your load machines, as you measured them
    """
    from renhai.cli.check_view import render_check
    from renhai.plan import sizing
    from renhai.run import single as runner
    from renhai.run.process.sockets import socket_warnings

    processes = load.processes
    prepared = runner.prepare(load.request(scenario))
    size = sizing.size(prepared.scenario, prepared.loaded.journeys)
    speed = sizing.speed_of(prepared.loaded, core_rate)
    warnings = [*sizing.warnings(size, processes, speed), *prepared.doubts]
    warnings += socket_warnings(prepared, processes)
    show(render_check(prepared, size, speed, warnings))


app.command()(run_commands.report)


@app.command(
    add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def target(context: typer.Context) -> None:
    """Run the reference tax system.

    \b
    renhai target --port 8400
    renhai target --fault errors=2% --fault latency=20ms:declaration.*
    """
    from renhai.core.process.child_process import become

    become(["-m", "renhai.reference", *context.args])


@app.command()
def worker(
    join: Annotated[str, typer.Option(metavar="HOST:PORT", help="The machine of `renhai run --expect N`.")],
    key_file: KeyFileOption = None,
    processes: ProcessesOption = 1,
) -> None:
    """Lend this machine to the run of another one.

    Scenario and data come from there; only who holds the key of that run is spoken with.

    \b
    renhai run city --expect 2 --bind 0.0.0.0                     on the first machine
    renhai worker --join 10.0.0.5:5557 --key-file join.key        on each other one
    """
    from renhai.core import home, join_key
    from renhai.core.process.child_process import become
    from renhai.run.process import locust_process

    host, port = locust_process.parse_address(join)
    key = join_key.given_key(key_file, os.environ)
    if not key:
        why = f"`renhai run --expect` names it when it begins: --key-file FILE, or {join_key.VARIABLE}"
        raise UsageError(f"a worker needs the key of the run that it joins; {why}")
    os.chdir(home.find_home())  # Locust puts the current directory first on sys.path
    become(locust_process.worker_arguments(host, port, processes), {join_key.VARIABLE: key})


@app.command()
def doctor() -> None:
    """Is this machine fit to make load?

    Exits 1 when it is not; every finding has its remedy.
    """
    from renhai.cli.check_view import render_findings
    from renhai.run.process.machine_check import examine, exit_code

    findings = examine()
    show(render_findings(findings))
    raise typer.Exit(exit_code(findings))


@app.command("list")
def list_what_there_is(
    kinds: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KIND]...", help="scenarios, targets, bureaux, journeys, posts, operations, domains."
        ),
    ] = None,
) -> None:
    """What there is to run, and what each answers or does.

    \b
    renhai list
    renhai list scenarios
    renhai list journeys operations
    """
    from renhai.cli.commands.list_view import listing
    from results.report.terminal.table import table

    for kind, rows in listing(kinds or []):
        made = table(f"\n{kind}", [("", "l"), ("", "l")])
        for name, about in rows:
            made.add_row(escape(name), escape(say(about)))
        show(made)


@app.command()
def schema(
    kind: Annotated[
        str, typer.Argument(metavar="scenario|target|bureau", help="Of which YAML files.")
    ] = "scenario",
    write: Annotated[Path | None, typer.Option(metavar="DIR", help="Write all as files instead.")] = None,
    page: Annotated[bool, typer.Option("--page", help="Every key as a Markdown page, for people.")] = False,
) -> None:
    """Print the JSON Schema of the YAML files, for editors; or every key with its meaning, for people.

    \b
    renhai schema scenario --page
    renhai schema scenario > scenario.schema.json
    renhai schema --write scenarios/schema
    """
    from renhai.cli.commands import reference_page
    from renhai.cli.commands import schema as schemas

    if write is not None:
        for path in schemas.write_schemas(write):
            print(path)
    elif kind in schemas.MODELS:
        print(reference_page.page(kind, language()) if page else schemas.schema_text(kind), end="")
    else:
        raise UsageError(f"{kind} is not a kind of YAML file; known: {', '.join(schemas.MODELS)}")


# In the order of --help: what most people want first.
run_commands.register(app)
audit.register(app)
verify.register(app)
drain.register(app)
papers.register(app)
replay.register(app)
rehearse.register(app)
compare.register(app)
duel.register(app)
app.add_typer(generate.app, name="generate")
app.add_typer(journal.app, name="journal")
app.add_typer(ledger.app, name="ledger")
app.add_typer(drill.app, name="drill")
app.add_typer(binding.app, name="binding")
speaking(app)
