"""`renhai replay`: parse, call one function, print, exit code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from renhai.core.errors import FAIL, INCONCLUSIVE, INVALID, PASS, UsageError
from renhai.core.language import language, say

CODES = {"pass": PASS, "fail": FAIL, "invalid": INVALID, "inconclusive": INCONCLUSIVE}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL", help="What was recorded.")],
    new: Annotated[str, typer.Option(metavar="TARGET", help="The new system: a target file, or its name.")],
    old: Annotated[
        str | None, typer.Option(metavar="TARGET", help="The old one; else the journal's own answers.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What differs by nature, what is ignored: YAML.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(metavar="N", min=0.001, help="Times the journal's pace, 1: its own.")
    ] = None,
    deadline: Annotated[
        str | None, typer.Option(metavar="TIME", help="Nothing is entered after it: 24:00, or ISO 8601.")
    ] = None,
    together: Annotated[
        int, typer.Option(metavar="N", min=1, max=10_000, help="Requests under way at once, at most.")
    ] = 16,
    old_url: Annotated[str | None, typer.Option(metavar="URL", help="Where the old system runs.")] = None,
    new_url: Annotated[str | None, typer.Option(metavar="URL", help="Where the new one runs.")] = None,
    plant: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Defects of an embedded new system, to be found.")
    ] = None,
    ledger: Annotated[
        Path, typer.Option(metavar="FILE", show_default=False, help="Else results/ledger.json.")
    ] = Path("results/ledger.json"),
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Else results/replays/....")] = None,
) -> None:
    """Enter the same business in two systems, and hold their answers against each other.

    Without --speed as fast as the systems answer. Begun again it goes on where it stopped, and sends nothing
    twice. Exits 0 when every transaction was compared and agrees, 1 when some differ, 3 when a system gave
    no answer at all, 4 when something was not compared.

    \b
    renhai replay day.ndjson --old ctais --new reference --rules rules.yaml
    renhai replay day.ndjson --new reference
    """
    import sys

    from renhai.checks.replay import whole
    from renhai.checks.replay.sides import Pace
    from renhai.core.process.interrupts import Interrupts
    from renhai.run.replaying import run_tracks

    def told(text: str) -> None:
        print(say(text), file=sys.stderr)

    def load(plans: list[Path], interrupts: Interrupts) -> list[str]:
        return run_tracks(plans, interrupts, told)

    pace = Pace(speed, moment(deadline) if deadline else None, together)
    asked = whole.Asked(journal, old, new, rules, pace, out, old_url, new_url, plant, ledger)
    found = whole.prepare(asked)
    result = whole.replay(found, load, told, _show)  # type: ignore[arg-type]
    print(f"{say('replay')}{say(': ')}{found.folder / whole.NAME}")
    raise typer.Exit(CODES[result["verdict"]])


def _show(result: dict[str, Any]) -> None:
    from renhai.cli.console import tell
    from results.report.terminal.replay import lines

    tell(lines(result, int(language() == "zh")))
    print(end="", flush=True)


def moment(text: str) -> int:
    """ms of the Unix epoch. hh:mm is of today; 24:00 its end. What names no zone is China's time, as days of
    journals are, whatever the zone of the machine. Raises UsageError."""
    from renhai.spec.cutover.journal.recorded import CHINA

    today = datetime.now(CHINA).replace(minute=0, second=0, microsecond=0)
    try:
        if text == "24:00":
            time = today.replace(hour=23, minute=59, second=59, microsecond=999_000)
        elif len(text) == 5:
            clock = datetime.strptime(text, "%H:%M")
            time = today.replace(hour=clock.hour, minute=clock.minute)
        else:
            time = datetime.fromisoformat(text)
            time = time if time.tzinfo else time.replace(tzinfo=CHINA)
    except ValueError:
        raise UsageError(
            f"--deadline {text} is no time; write 24:00, 18:30 or 2015-09-11T18:30+08:00"
        ) from None
    return int(time.timestamp() * 1000)
