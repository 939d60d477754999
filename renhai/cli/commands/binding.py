"""`renhai binding ...`: parse, call one function, print, exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from renhai.cli.help_texts import said

app = typer.Typer(
    help=said("binding"),
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.command("check", help=said("binding.check"))
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help=said("binding.check.file"))],
    target: Annotated[str | None, typer.Option(metavar="URL", help=said("binding.check.target"))] = None,
    fields: Annotated[str, typer.Option(metavar="JSON", help=said("binding.check.fields"))] = "{}",
    seed: Annotated[int | None, typer.Option(min=0, metavar="S", help=said("binding.check.seed"))] = None,
) -> None:
    """Send one request for each operation, and judge what comes."""
    from renhai.checks.binding_trial import check_all

    raise typer.Exit(check_all(file, target, fields, seed, print))


@app.command("new", help=said("binding.new"))
def new(
    from_openapi: Annotated[
        Path | None, typer.Option(metavar="FILE", help=said("binding.new.openapi"))
    ] = None,
    from_har: Annotated[Path | None, typer.Option(metavar="FILE", help=said("binding.new.har"))] = None,
    from_wsdl: Annotated[Path | None, typer.Option(metavar="FILE", help=said("binding.new.wsdl"))] = None,
    from_postman: Annotated[
        Path | None, typer.Option(metavar="FILE", help=said("binding.new.postman"))
    ] = None,
    origin: Annotated[str | None, typer.Option(metavar="URL", help=said("binding.new.origin"))] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=said("binding.new.out"))] = None,
) -> None:
    """Draft a target file."""
    from renhai.binding.drafting.drafts import new_draft

    sources = {"openapi": from_openapi, "har": from_har, "wsdl": from_wsdl, "postman": from_postman}
    for line in new_draft(sources, origin, out):
        print(line.text, end="" if line.ends else "\n", file=sys.stdout if line.result else sys.stderr)
