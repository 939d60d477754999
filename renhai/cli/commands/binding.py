"""`renhai binding ...`: parse, call one function, print, exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Target files: try one out, or draft one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.command(
    "check",
    help="""Send one request for each operation: what was sent, what came, how it was judged.

        With --scenario its journeys are walked as in a run, until each of their steps was sent.

        Exits 0 when every answer was ok, 1 when not, 3 when nothing answers, 4 when nothing was wrong and a
        step was never sent.

        \b
        renhai binding check ./city.yaml --target http://127.0.0.1:8400
        renhai binding check golden_tax_esb
        renhai binding check ./shop.yaml --fields '{"isbn": "4711"}' --data accounts=accounts.csv
        renhai binding check ./shop.yaml --scenario ./shop_scenario.yaml
        """,
)
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A target file, or a shipped target's name.")],
    target: Annotated[str | None, typer.Option(metavar="URL", help="Else the file's own url.")] = None,
    fields: Annotated[
        str, typer.Option(metavar="JSON", help="Fields for operations that are no tax business.")
    ] = "{}",
    data: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="Rows for ${DATA:NAME.column}: the first is taken."),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(metavar="SCENARIO", help="Walk the journeys of this one, with its data.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, metavar="S", help="Another taxpayer.")] = None,
) -> None:
    """Send one request for each operation, and judge what comes."""
    from renhai.cli.console import printable

    if scenario is not None:
        from renhai.run.scenario_trial import check_scenario

        given = bool(data) or fields != "{}"
        say = lambda text: print(printable(text), flush=True)  # noqa: E731
        raise typer.Exit(check_scenario(file, scenario, target, seed, say, given))
    from renhai.checks.binding_trial import check_all

    raise typer.Exit(check_all(file, target, fields, seed, lambda text: print(printable(text)), data or []))


@app.command(
    "new",
    help="""Draft a target file; what it cannot know is marked FILL IN, what it cannot say LOST.

        \b
        renhai binding new --from-openapi openapi.json --out city.yaml
        renhai binding new --from-har recording.har
        """,
)
def new(
    from_openapi: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An OpenAPI 3 or Swagger 2 document.")
    ] = None,
    from_har: Annotated[Path | None, typer.Option(metavar="FILE", help="A recording of a browser.")] = None,
    from_wsdl: Annotated[Path | None, typer.Option(metavar="FILE", help="A WSDL 1.1 file.")] = None,
    from_postman: Annotated[Path | None, typer.Option(metavar="FILE", help="A Postman collection.")] = None,
    origin: Annotated[
        str | None, typer.Option(metavar="URL", help="Of a recording: whose requests; else those asked most.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Else standard output. A scenario is written beside it."),
    ] = None,
) -> None:
    """Draft a target file."""
    from renhai.binding.drafting.drafts import new_draft

    sources = {"openapi": from_openapi, "har": from_har, "wsdl": from_wsdl, "postman": from_postman}
    for line in new_draft(sources, origin, out):
        print(line.text, end="" if line.ends else "\n", file=sys.stdout if line.result else sys.stderr)
