"""`renhai drill`: parse, call one function, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renhai.core.errors import FAIL, PASS
from renhai.core.language import say

app = typer.Typer(
    help="Drills: how a system fails and comes back while people work (drill: in a scenario).",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def group() -> None:
    """A group of commands, be it of one."""


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
