"""`renhai drain`: parse, call one function, print, exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS, UsageError
from renhai.core.language import language, say

CODES = {"pass": PASS, "fail": FAIL, "inconclusive": INCONCLUSIVE}
MOST_UNREAD = 5  # looks in a row that --wait goes on after though a list could not be read
SHOWN = 20  # rows of a kind on the screen; all are in drain.json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(drain)


def drain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A drain file.")],
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where the target stands.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Look again until nothing is open, or the date.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where drain.json and drain.html go; else ./results/drains/NAME."),
    ] = None,
) -> None:
    """What is still open before a switch, what was taken after its stop, and whether the stock is all there.

    Exits 0 when nothing is open, nothing was stored after its stop and every number is accounted for, 1 when
    not, 4 when something could not be read or counted.

    \b
    renhai drain drain.yaml --url http://127.0.0.1:8400
    renhai drain drain.yaml --url http://127.0.0.1:8400 --wait
    """
    import time
    from datetime import UTC, datetime

    from renhai.checks.drain.whole import Draining
    from renhai.cli.console import tell
    from results.report.html.checks.drain import write_drain
    from results.snapshot.files import replace_whole

    draining = Draining(file, url)
    asker = draining.client()
    unread = 0  # looks in a row in which a list could not be read: what is open there nobody knows
    while True:
        found = draining.look(asker, datetime.now(UTC))
        unread = unread + 1 if {one.name for one in draining.drain.open} - {*found["looked_at"]} else 0
        if not wait or found["due"] or not (found["total"] or 0 < unread < MOST_UNREAD):
            break
        pause = draining.drain.every
        if found["total"]:
            print(say(f"{found['total']:,} are open; looking again in {pause:g} s"), flush=True)
        else:
            print(say(f"a list could not be read; looking again in {pause:g} s"), flush=True)
        time.sleep(pause)
    tell(told(found))
    folder = out or Path("results/drains") / draining.drain.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_whole(
            folder / "drain.json", json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n"
        )
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}; choose --out DIR") from None
    write_drain(folder, found)
    print(f"{say('drain')}{say(': ')}{folder / 'drain.json'}")
    raise typer.Exit(CODES[found["verdict"]])


def told(found: dict[str, Any]) -> list[str]:
    """The account, line by line."""
    from results.report.words.drain import ENTERED, STOCK, VERDICTS

    def both(words: tuple[str, str]) -> str:
        return words[1] if language() == "zh" else " ".join(words)

    lines = [both(VERDICTS[found["verdict"]])]
    lines.append("  " + say(f"{found['total']:,} are open; nothing may be at {found['until']}"))
    for row in found["open"][:SHOWN]:
        who = " ".join(filter(None, (row["item"], row["post"], row["unit"], row["owner"])))
        lines.append(f"    {row['count']:,} × {row['name']} {who}".rstrip())
    if len(found["open"]) > SHOWN:
        lines.append("    " + say(f"and {len(found['open']) - SHOWN} more, in drain.json"))
    for one in found["late"]:
        lines.append(
            "  "
            + say(
                f"{one['name']}: {one['writes']:,} stored after the stop at {one['stop']}, last {one['last']}"
            )
        )
    for one in found["unbooked"][:SHOWN]:
        who = f"{one['called']} {one['taxpayer']}".strip()
        lines.append("  " + say(f"{one['name']}: {who} was served and not booked, first {one['first']}"))
    if len(found["unbooked"]) > SHOWN:
        lines.append("    " + say(f"and {len(found['unbooked']) - SHOWN} more, in drain.json"))
    for one in found["paper"][:SHOWN]:
        who = " ".join(one["paper"].values())
        lines.append(f"  {one['name']}: {both(ENTERED[one['kind']])}: {who} ({one['cases']:,})")
    if len(found["paper"]) > SHOWN:
        lines.append("    " + say(f"and {len(found['paper']) - SHOWN} more, in drain.json"))
    stock = found["stock"]
    if stock:
        lines.append("  " + say(f"stock: {stock['numbers']['old']:,} numbers in the old books"))
        for row in stock["differences"][:SHOWN]:
            span = f"{row['first']:0{row['width']}d}-{row['last']:0{row['width']}d}"
            where = f"{say(', ')}{say(row['where'])}" if row["where"] else ""
            what = f"{both(STOCK[row['problem']])}{where}"
            lines.append(
                f"    {what}: {row['kind']} {row['code']} {span} ({row['count']:,}) {row['holder']}".rstrip()
            )
        if len(stock["differences"]) > SHOWN:
            lines.append("    " + say(f"and {len(stock['differences']) - SHOWN} more, in drain.json"))
    return lines + [f"  ? {say(why)}" for why in found["problems"]]
