"""`renhai verify`: parse, call one function, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS
from renhai.core.language import say

CODES = {"pass": PASS, "fail": FAIL, "inconclusive": INCONCLUSIVE}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The old system's files: a folder, or a file.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The new system's files.")],
    rules: Annotated[Path, typer.Option(metavar="FILE", help="What is held against what: YAML.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where results go; else ./results/verifications.")
    ] = None,
) -> None:
    """Hold migrated data against the old system's, batch by batch, row by row.

    Exits 0 when every batch was compared and agrees, 1 when rows are missing, extra, changed, duplicated or
    unreadable or a sum differs, 4 when something was not compared.

    \b
    renhai verify old/ new/ --rules migration.yaml
    """
    import sys

    from renhai.checks.migration.output import Output
    from renhai.checks.migration.whole import prepare
    from renhai.checks.migration.whole import verify as compare
    from renhai.cli.console import tell
    from renhai.core.process.long_queries import queries_end_by_signals
    from results.errors import SnapshotError
    from results.report.terminal.migration import lines

    found = prepare(old, new, rules, lambda text: print(say(text), file=sys.stderr))
    output = Output(out or Path("results/verifications"), found)
    try:
        with queries_end_by_signals():
            compare(found, output.batch)
    finally:  # what was compared before Ctrl-C is kept, and the rest of it is not compared
        try:
            result = output.write()
        except (OSError, SnapshotError):  # a full disk: then it is told here at least
            tell(lines(found.result()))
            raise
    tell(lines(result))
    print(f"{say('verify')}{say(': ')}{output.folder}")
    raise typer.Exit(CODES[result["verdict"]])
