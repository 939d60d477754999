"""`renhai rehearse`: parse, call one function, print, exit code."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS, UsageError
from renhai.core.language import say

if TYPE_CHECKING:
    from renhai.checks.rehearsal.whole import Rehearsal

CODES = {"pass": PASS, "fail": FAIL, "inconclusive": INCONCLUSIVE}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rehearse)


def _go_on(found: Rehearsal, only: list[str]) -> None:
    """Stage after stage; one whose gate stays shut holds back those that wait for it, and no other."""
    from results.report.terminal.rehearsal import told

    for name in found.todo(only):
        print(f"{say('stage')} {name}: {found.programme.stages[name].title}", flush=True)
        found.run(name)
        print(told(found.standing().gate(name)), flush=True)


def rehearse(
    context: typer.Context,
    programme: Annotated[Path, typer.Argument(metavar="PROGRAMME", help="Its stages and gates: YAML.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Its evidence; else ./results/rehearsals/NAME.")
    ] = None,
    stage: Annotated[
        list[str] | None, typer.Option(metavar="STAGE", help="Run this one, again if need be.")
    ] = None,
    skip: Annotated[
        str | None, typer.Option(metavar="STAGE", help="Go on without it; needs --by and --reason.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who decides to skip.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="And why.")] = "",
    status: Annotated[bool, typer.Option("--status", help="Run nothing: how does it stand?")] = False,
) -> None:
    """Go through a programme stage by stage: may we open on that day?

    Runs every stage whose gate is shut and whose entry condition holds, in order, and goes on where it
    stopped. Exits 0 when every gate is open (go), 1 when one failed (no-go), 4 when something is not proven.

    \b
    renhai rehearse golive.yaml --status
    renhai rehearse golive.yaml --stage human_sea
    renhai rehearse golive.yaml --skip print --by "李四" --reason "no printer in this room"
    """
    from renhai.checks.rehearsal.whole import Rehearsal
    from renhai.cli.programme.named_files import check_programme
    from results.errors import SnapshotError
    from results.report.html.rehearsal import write_rehearsal
    from results.report.terminal.rehearsal import lines

    found = Rehearsal.opened(programme, out, lambda text: print(text, flush=True))
    if not status:
        check_programme(context.find_root().command, found, stage or [], runs=not skip)

    def write() -> None:
        write_rehearsal(found.folder, found.about(), found.standing())

    found.changed = write
    if status:
        stands = found.standing()
        if found.events.all:  # a page may say what held once
            with contextlib.suppress(UsageError, SnapshotError, OSError), found.alone():
                write_rehearsal(found.folder, found.about(), stands := found.standing())
    else:
        with found.alone():
            try:
                if skip:
                    found.skip(skip, by, reason)
                else:
                    with found.with_systems():
                        _go_on(found, stage or [])
            finally:
                stands = found.standing()
                pages = write_rehearsal(found.folder, found.about(), stands)
    print("\n".join(lines(found.about(), stands)))
    for page in () if status else pages:
        print(f"{say('page')}{say(': ')}{page}")
    raise typer.Exit(CODES[stands.answer])
