"""`renhai drill`: parse, call one function, print, exit code."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS, Problem, UsageError
from renhai.core.language import say

app = typer.Typer(
    help="Drills: how a system fails and comes back while people work (drill: in a scenario).",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.command()
def undo(
    run: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="The directory of a run; else all that have ended.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the runs are; else results/runs.")
    ] = None,
) -> None:
    """Take back what a drill left behind when it was killed: processes go on, services are started.

    Each run takes back by itself, after Ctrl-C too; this is for when the machine or all of it was killed.
    Doing it twice changes nothing. Exits 1 when something could not be taken back.

    \b
    renhai drill undo
    renhai drill undo results/runs/20150911T080000Z-freeze-1a2b3c
    """
    from renhai.run.drill.undoing import undo_drills

    found = undo_drills(run, out)
    for one in found:
        for text in one.done:
            print(f"{one.directory}: {say(text)}")
        for text in one.failed:
            print(f"{one.directory}: {say(f'not taken back: {text}')}")
    if not any(one.done or one.failed for one in found):
        print(say("there is nothing to take back"))
    raise typer.Exit(FAIL if any(one.failed for one in found) else PASS)


@app.command()
def papers(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run that was drilled.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The CSV to write.")] = Path("paper.csv"),
    last_day: Annotated[
        str | None, typer.Option(metavar="DAY", help="The last day for filing, such as 2015-10-22.")
    ] = None,
    day: Annotated[
        str | None, typer.Option(metavar="DAY", help="The day that the drill stands for; else the clock's.")
    ] = None,
    extend: Annotated[
        int, typer.Option(metavar="N", min=1, max=30, help="Working days by which an outage moves it.")
    ] = 1,
) -> None:
    """Write the list of those who could not work meanwhile, as the hall has it on paper.

    A row for each case, with its real time; `paper:` of a drain holds it to what was entered afterwards. With
    --last-day, each row says until when: an outage that covers some of that day moves it to the N-th working
    day after the recovery. The run must have kept a journal (`journal: true`). Exits 4 when there may be
    more.

    \b
    renhai drill papers results/runs/20150911T080000Z-freeze-1a2b3c --out paper.csv
    renhai drill papers results/runs/20150911T080000Z-freeze-1a2b3c --day 2015-10-22 --last-day 2015-10-22
    """
    from renhai.checks.drill.papers import Extension, papers_of, write_papers

    last, played = (_day(text, option) for text, option in ((last_day, "--last-day"), (day, "--day")))
    if played and not last:
        raise UsageError(Problem("--day", "", "is given without --last-day; give both"))
    found = papers_of(run, Extension(last, extend, played) if last else None)
    write_papers(found, out)
    print(say(f"{len(found.cases):,} cases went to paper: {out}"))
    for why in found.doubts:
        print(f"  ? {say(why)}")
    raise typer.Exit(INCONCLUSIVE if found.doubts else PASS)


def _day(text: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(Problem(option, text or "", "must be a day, such as 2015-10-08")) from None
