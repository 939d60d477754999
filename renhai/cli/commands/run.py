"""`renhai stop` and `renhai cleanup`: parse, call one function, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run.")]


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command()(stop)
    app.command()(cleanup)


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

    print(f"stopped: {stopping.stop(run, out)}")


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
    print("\n".join(cleaning.told(found, place, remove)))
    if found.refused:
        raise typer.Exit(FAIL)
