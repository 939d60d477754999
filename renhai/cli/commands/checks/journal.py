"""`renhai journal`: parse, call one function, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renhai.core.language import say

MOST = 10  # kinds of records that are printed

app = typer.Typer(
    help="Journals: recorded transactions that can be replayed.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.command("make")
def make_journal(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="Whose bureau or operators work.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The journal, .ndjson.")],
    transactions: Annotated[int, typer.Option(metavar="N", min=1, help="How many.")] = 1000,
    day: Annotated[str, typer.Option(metavar="DATE", help="Of which day.")] = "2015-09-11",
    seed: Annotated[int | None, typer.Option(metavar="S", help="Else the scenario's data.seed.")] = None,
    twins: Annotated[
        int, typer.Option(metavar="N", min=0, help="So many taxpayers have a twin who is entered alike.")
    ] = 0,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the scenario.")
    ] = None,
) -> None:
    """Make the journal of a day: what a bureau's operators enter, as the reference system answers it.

    \b
    renhai journal make changsha/dual_track --transactions 300 --out day.ndjson
    """
    import sys

    from renhai.checks.journal.make import Wanted, make
    from renhai.core.private_files import spared

    spared("--out", out, Path(scenario))
    wanted = Wanted(scenario, out, transactions, day, seed, tuple(assignments or ()), twins)
    made = make(wanted, lambda text: print(say(text), file=sys.stderr))
    print(say(f"{out}: {made.transactions:,} transactions"))
    if made.rules:
        print(say("for the rules of a replay:"))
        print("\n".join(made.rules))


@app.command("import")
def import_records(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, HAR, an access log, or .gor.")],
    mapping: Annotated[Path, typer.Option(metavar="FILE", help="Which record is which operation: YAML.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The journal, .ndjson.")],
) -> None:
    """Make a journal of what was recorded elsewhere.

    \b
    renhai journal import day.csv --mapping mapping.yaml --out day.ndjson
    """
    from renhai.checks.journal.importing import import_journal
    from renhai.cli.console import tell
    from renhai.core.private_files import spared

    spared("--out", out, source, mapping)
    count, left = import_journal(source, mapping, out)
    print(say(f"{out}: {count:,} transactions"))
    if left:
        print(say(f"{sum(left.values()):,} records are none of the mapping's operations:"))
    tell(f"  {name} × {number:,}" for name, number in left.most_common(MOST))
    if len(left) > MOST:
        print("  " + say(f"and {len(left) - MOST:,} more"))
