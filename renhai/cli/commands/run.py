"""`renhai report`, `stop` and `cleanup`: parse, call one function, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renhai.cli.options import PictureOption
from renhai.core.language import say, say_lines

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run.")]


def register(app: typer.Typer) -> None:
    """Add `stop` and `cleanup`; `report` stands higher in --help."""
    app.command()(stop)
    app.command()(cleanup)


def report(run: RunArgument, png: PictureOption = False) -> None:
    """Show what a past run found, and draw its report.html anew.

    Its evidence is judged again; what was altered, truncated or deleted is refused. A run, a search or a duel
    whose runner was killed is finished, as invalid.

    \b
    renhai report results/runs/20150911T080000Z-smoke-1a2b3c
    renhai report results/runs/20150911T080000Z-smoke-1a2b3c --png
    """
    from renhai.cli.console import flush, show_run
    from renhai.cli.head_image import picture
    from renhai.run.late import finish_late
    from renhai.run.single import complain
    from results.errors import SnapshotError
    from results.report import write_report
    from results.verdict.judged import load_judged

    for directory, found in finish_late(run) or [(run, load_judged(run))]:
        show_run(directory, found, page=False)
        try:
            print(f"{say('report')}{say(': ')}{write_report(directory, found)}")
        except SnapshotError as error:
            complain(str(error))  # a snapshot that cannot be written to is shown all the same
        if png:
            print(f"{say('picture')}{say(': ')}{picture(directory)}")
    flush()


def stop(
    run: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="Its directory; else the only one under way.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Look here, not in results/runs.")] = None,
) -> None:
    """End a run from another terminal, at once.

    What was measured is kept; the verdict is invalid, as with Ctrl-C where it runs.

    \b
    renhai stop
    renhai stop results/runs/20150911T080000Z-smoke-1a2b3c
    """
    from renhai.run import stop as stopping

    print(f"{say('stopped')}{say(': ')}{stopping.stop(run, out)}")


def cleanup(
    run: RunArgument,
    remove: Annotated[bool, typer.Option("--remove", help="Do it; without this nothing is sent.")] = False,
    target: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Another target file, for its undo: rules.")
    ] = None,
) -> None:
    """List what a run wrote at its target, and take back what the target file can undo.

    Exits 1 when the target refused to take something back.

    \b
    renhai cleanup results/runs/20150911T080000Z-smoke-1a2b3c
    renhai cleanup results/runs/20150911T080000Z-smoke-1a2b3c --remove
    """
    from renhai.checks import cleanup as cleaning
    from renhai.core.errors import FAIL

    place = cleaning.place_of(run, target)
    found = cleaning.survey(run, place.undo)
    if remove and found.left:
        place.remove(run, found)
    print(say_lines("\n".join(cleaning.told(found, place, remove))))
    if found.refused:
        raise typer.Exit(FAIL)
