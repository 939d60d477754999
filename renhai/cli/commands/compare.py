"""`renhai runs`, `compare`, `trend` and `baseline`: parse, call one function, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renhai.cli.console import Patient, show, show_run
from renhai.cli.grouped import KeptOptions, LoadOptions, grouped
from renhai.cli.options import (
    AnywayOption,
    NoiseBandOption,
    SpareOption,
    ToleranceOption,
)
from renhai.core.errors import UsageError
from renhai.core.language import say, say_lines
from results.errors import SnapshotError

OutOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write page, JSON, junit.xml and summary.md there.")
]
baselines = typer.Typer(
    help="The runs that later ones are compared with.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def register(app: typer.Typer) -> None:
    """Add all four."""
    app.command()(runs)
    app.command()(compare)
    app.command()(trend)
    app.add_typer(baselines, name="baseline")


def runs(
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A directory of runs; else results/runs.")
    ] = None,
    newest: Annotated[int, typer.Option(min=1, metavar="N", help="Print so many; the page has all.")] = 20,
    part: Annotated[
        str, typer.Option("--scenario", metavar="TEXT", help="Print only scenarios whose name holds it.")
    ] = "",
) -> None:
    """List the runs there are, and write index.html beside them: a page to find and open each.

    Verdicts are those of the day of the run, and the seal of each run.json is checked; `renhai report RUN`
    judges one again from its evidence. A run that never ended is listed as unfinished.

    \b
    renhai runs
    renhai runs build/runs --newest 100 --scenario smoke
    """
    from renhai.run.single import complain
    from results.report.html.runs import write_runs_page
    from results.report.terminal.runs import render_runs
    from results.snapshot.listing import list_runs

    place = directory or Path.cwd() / "results" / "runs"
    rows = list_runs(place)
    show(render_runs([row for row in rows if part in row.scenario], newest))
    try:
        print(f"{say('page')}{say(': ')}{write_runs_page(place, rows)}")
    except SnapshotError as error:
        complain(str(error))  # what cannot be written to can be read all the same


def compare(
    baseline: Annotated[list[Path], typer.Argument(metavar="BASELINE...", help="Runs of the one side.")],
    candidate: Annotated[
        list[Path],
        typer.Option("--with", metavar="CANDIDATE", help="A run of the other side; repeatable."),
    ],
    out: OutOption = None,
    noise_band: NoiseBandOption = None,
    tolerance: ToleranceOption = None,
    anyway: AnywayOption = False,
) -> None:
    """Is the candidate worse than the baseline?

    Exits 0 when it is not, 1 when it is, 4 when it cannot be decided.
    A side is one run, several, or a directory of runs; the more, the surer.

    \b
    renhai compare results/baselines/smoke --with results/runs/20150911T080000Z-smoke-1a2b3c
    renhai compare old1 old2 old3 --with new1 --with new2 --with new3
    renhai compare build/old --with build/new --out build/compared
    """
    from renhai.run.multiple import comparison
    from results.report.terminal.comparison import render_comparison

    settings = comparison.settings_of(baseline, _given(noise_band, tolerance))
    found, page = comparison.compare_paths(baseline, candidate, settings, anyway, out)
    show(render_comparison(found))
    if page:
        print(f"{say('comparison')}{say(': ')}{page}")
    raise typer.Exit(found.exit_code)


def trend(
    directory: Annotated[
        list[Path], typer.Argument(metavar="DIR | accept DIR BUILD", help="A directory of runs.")
    ],
    out: OutOption = None,
    noise_band: NoiseBandOption = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why the change since BUILD is wanted; with accept.")
    ] = "",
) -> None:
    """When did a series of runs change, and with which build?

    Exits 1 while something is worse than before a change of it, 4 with too few runs to tell. What changed
    with one build is one finding. accept notes that it was wanted, in DIR/trend-accepted.json.

    \b
    renhai trend results/runs
    renhai trend results/history --out build/trend
    renhai trend accept results/history nightly-7 --reason "dearer checks, agreed"
    """
    from results.compare.trend import TrendSettings
    from results.compare.trend import trend as trend_of
    from results.report.files.comparison import write_trend_files
    from results.report.terminal.comparison import render_trend

    settings = TrendSettings.model_validate(_given(noise_band))
    if str(directory[0]) == "accept" and len(directory) > 1:
        from renhai.run.multiple import baseline as keeping

        print(say(keeping.accept_step(directory[1:], settings, reason)))
        return
    if len(directory) > 1 or reason:
        raise UsageError("renhai trend DIR, or renhai trend accept DIR BUILD --reason TEXT")
    found = trend_of(directory[0], settings)
    page = write_trend_files(out, found) if out else None
    show(render_trend(found))
    if page:
        print(f"{say('trend')}{say(': ')}{page}")
    raise typer.Exit(found.exit_code)


@baselines.command("update")
@grouped
def update(
    what: Annotated[
        str, typer.Argument(metavar="SCENARIO|RUN", help="To run now, or a run or directory of runs.")
    ],
    to: Annotated[Path, typer.Option(metavar="DIR", help="The baseline, as results/baselines/smoke.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept with the baseline.")],
    load: LoadOptions,
    kept: KeptOptions,
    repeat: Annotated[int, typer.Option(min=1, metavar="N", help="How many runs of a scenario.")] = 12,
    spare: SpareOption = 0,
    noise_band: NoiseBandOption = None,
    tolerance: ToleranceOption = None,
) -> None:
    """Replace the runs of a baseline, and record why.

    Who, when and which build are recorded beside the reason; earlier reasons stay. The noise band and the
    tolerance are kept with the baseline: `renhai run --baseline` compares by them.

    \b
    renhai baseline update smoke --to results/baselines/smoke --reason "first release"
    renhai baseline update build/runs --to results/baselines/smoke --reason "new index" --tolerance 5%
    """
    from renhai.cli.watching import view_for
    from renhai.run.multiple import baseline as keeping

    request = load.request(what, out=kept.out, label=kept.label)
    change = keeping.Change(to, reason, _given(noise_band, tolerance), kept.label)
    view = view_for(Patient(stderr=True))
    if not keeping.is_kept(Path(what)):
        request = kept.among_others(request, view.note)
    change.apply(keeping.runs_for(request, repeat, spare, change, view, show_run))
    print(say_lines("\n".join(keeping.told(to))))


def _given(noise_band: float | None, tolerance: float | None = None) -> dict[str, float]:
    given = {"noise_band": noise_band, "tolerance": tolerance}
    return {name: value for name, value in given.items() if value is not None}
