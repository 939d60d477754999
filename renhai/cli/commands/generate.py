"""`renhai generate`: parse, call one function, print, exit code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from renhai.cli.spoken import Group

RECORDS = "records"  # the command behind `renhai generate KIND`


class Kinds(Group):
    """A group whose words are its commands, or else kinds of records."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`renhai generate taxpayer --count 5` asks for records, too."""
        return super().parse_args(ctx, self.whole(ctx, args))

    def whole(self, ctx: Any, args: list[str]) -> list[str]:
        """The words with the command that may be left out."""
        helped = set(args) & set(self.get_help_option_names(ctx))
        known = args and args[0] in self.commands
        words = any(not arg.startswith("-") for arg in args)
        return args if known or not args or (helped and not words) else [RECORDS, *args]


app = typer.Typer(
    cls=Kinds,
    help="Write synthetic records, or a whole system's data, to files.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.command(RECORDS)
def generate(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="taxpayer, declaration, uscc, ...; another word lists all.")
    ],
    count: Annotated[int, typer.Option(min=0, metavar="N", help="How many.")],
    seed: Annotated[
        int, typer.Option(min=0, metavar="S", help="The same seed makes the same records.")
    ] = 20150911,
    profile: Annotated[str, typer.Option(metavar="P", help="gt3_2015 or current.")] = "current",
    form: Annotated[str, typer.Option("--format", help="jsonl, csv or parquet.")] = "jsonl",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Else standard output.")] = None,
) -> None:
    """Write synthetic records to a file or a pipe; `records` may be left out.

    \b
    renhai generate taxpayer --count 5
    renhai generate declaration --count 1000000 --format parquet --out declarations.parquet
    """
    from renhai.cli.export.writer import generate as write_records

    write_records(kind, count, seed=seed, profile=profile, form=form, out=out)


@app.command("dataset")
def dataset(
    taxpayers: Annotated[int, typer.Option(min=1, metavar="N", help="How many there are, at least.")],
    since: Annotated[str, typer.Option("--from", metavar="MONTH", help="First month, as in 2015-01.")],
    until: Annotated[str, typer.Option("--to", metavar="MONTH", help="Last month, as in 2015-09.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new directory for the tables.")],
    seed: Annotated[
        int, typer.Option(min=0, metavar="S", help="The same seed makes the same records.")
    ] = 20150911,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            metavar="DAY",
            show_default=False,
            help="data.date of the scenarios that it is for; else the last day for filing of the last month.",
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv, parquet, or sql for PostgreSQL.")] = "csv",
    processes: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many make it at once; the tables are the same.")
    ] = 2,
) -> None:
    """Write what a tax system holds on a day: taxpayers, invoices, returns and payments that agree.

    All that was done from the first to the last month: invoices issued, returns filed, payments made.
    index.html is a page of figures: who, what and how much, by month, era and district. manifest.json has
    rows and digests of the tables; it is there when all of them are whole.

    \b
    renhai generate dataset --taxpayers 10000 --from 2015-01 --to 2015-09 --out october
    renhai generate dataset --taxpayers 500 --from 2016-01 --to 2016-08 --format parquet --out reform
    """
    from renhai.cli.export.dataset import Asked, generate_dataset

    on = day.date() if day else None
    print(generate_dataset(Asked(taxpayers, since, until, out, seed, on, form, processes)))


@app.command("batch")
def batch(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="banks, pos, staff, posts, invoices, taxpayers, arrears, overpayments; or all.",
        ),
    ],
    count: Annotated[int, typer.Option(min=1, metavar="N", help="Rows of a batch; fewer banks, posts.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new directory for both sides.")],
    seed: Annotated[
        int, typer.Option(min=0, metavar="S", help="The same seed makes the same records.")
    ] = 20150911,
    defects: Annotated[
        int, typer.Option(min=0, max=1000, metavar="N", help="Planted in each batch, of each kind.")
    ] = 0,
    encoding: Annotated[
        str, typer.Option(metavar="E", help="Of the old side: gb18030 or utf-8.")
    ] = "gb18030",
) -> None:
    """Write a batch of a migration in old and new form, with the rules by which they are compared.

    What the rows refer to is written, too. labels.csv says what was planted where, and as what
    `renhai verify` must find it: wrong check digits, dangling references, cut and damaged names, wrong dates,
    shifted amounts; rows that are doubled, missing or extra.

    \b
    renhai generate batch all --count 300 --defects 2 --out trial
    renhai generate batch taxpayers --count 1000 --out clean
    """
    from renhai.cli.export.batch import generate_batch

    for line in generate_batch(kind, count, out, seed, defects, encoding):
        print(line)
