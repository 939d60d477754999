"""`renhai papers`: parse, call one function, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS
from renhai.core.language import language, say

MOST = 20  # problems that are printed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(papers)


def papers(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run.")],
    target: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Another target file, for its papers.")
    ] = None,
    given: Annotated[
        list[Path] | None, typer.Option("--papers", metavar="FILE", help="Index of a worker elsewhere.")
    ] = None,
) -> None:
    """Look at the papers that a run printed, and say what is not right on them.

    Exits 0 when every paper is right, 1 when one is empty, cut off, unreadable, another taxpayer's, wrong or
    out of place, 4 when something could not be checked, or nothing was printed.

    \b
    renhai papers results/runs/20150911T080000Z-papers-1a2b3c
    renhai papers results/runs/20150911T080000Z-papers-1a2b3c --target mine.yaml
    """
    import sys

    from renhai.checks.audit.rows import not_yet_there, now
    from renhai.checks.cleanup import place_of, plan_of
    from renhai.checks.papers.kept import FOLDER
    from renhai.checks.papers.whole import check_run
    from renhai.cli.console import tell
    from renhai.run.paper_check import write_papers

    place, plan = place_of(run, target, papers=True), plan_of(run)
    found = check_run(run, str(plan.get("run_id", "")), place.plain, now(), given or ())
    tell(told(found))
    path = not_yet_there(run / FOLDER)
    try:
        path.parent.mkdir(exist_ok=True)
        write_papers(path, found)
        print(f"{say('papers')}{say(': ')}{path}")
    except OSError as error:
        print(say(f"{path} cannot be written: {error.strerror}"), file=sys.stderr)
    raise typer.Exit(code_of(found))


def code_of(found: dict[str, Any]) -> int:
    """A finding is one, whatever else could not be checked; what was not all checked is never right."""
    from results.checks.papers.document import CLASSES

    if any(found["counts"][kind] for kind in CLASSES):
        return FAIL
    return PASS if found["state"] == "checked" else INCONCLUSIVE


def told(found: dict[str, Any]) -> list[str]:
    """The account, line by line."""
    from renhai.cli.console import judged
    from results.checks.ledger.pair_words import in_chinese_words
    from results.report.html.papers import KINDS, STATES

    zh = int(language() == "zh")
    lines = [judged(code_of(found), STATES[found["state"]][zh])]
    for operation, counts in found["operations"].items():
        shown = say(", ").join(f"{KINDS[name][zh]} {n:,}" for name, n in counts.items() if n)
        lines.append(f"  {operation}: {shown}")
    for one in found["faults"][:MOST]:
        field, pair = (in_chinese_words(one[key]) if zh else one[key] for key in ("field", "pair"))
        what = f"{one['operation']} {field}: {pair}"
        lines.append(f"  {one['id']} {KINDS[one['kind']][zh]} {one['count']:,}: {what}")
    more = len(found["faults"]) - MOST
    lines += ["  " + say(f"and {more:,} more problems; the file below has them")] if more > 0 else []
    return lines + [f"  ? {say(why)}" for why in found["problems"]]
