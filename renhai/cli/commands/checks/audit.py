"""`renhai audit`: parse, call one function, print, exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS, UsageError
from renhai.core.language import language, say

FOLDER = "audits"  # of a run's directory: its own audit.json is evidence, and stays as it was judged
MOST = 10  # findings that are printed
MOST_IDLE = 3  # equations over no record that are named
BOUND = ("lost", "duplicated", "altered", "unexpected", "balance")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run.")],
    export: Annotated[
        list[str] | None,
        typer.Option(metavar="OP=FILE", help="Read an operation from a file, or URL#TABLE."),
    ] = None,
    receipts: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A file of receipts of a worker elsewhere.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Another target file, for its audit.")
    ] = None,
) -> None:
    """Read back what a run wrote, and say what became of each write.

    Exits 0 when all is there as it was acknowledged, 1 when something is lost, duplicated, altered or
    unexpected or an equation does not hold, 4 when something could not be read back or would not be seen, or
    nothing was written.

    \b
    renhai audit results/runs/20150911T080000Z-smoke-1a2b3c
    renhai audit results/runs/20150911T080000Z-smoke-1a2b3c --export declaration.submit=declarations.csv
    """
    import sys

    from renhai.checks.audit.rows import not_yet_there
    from renhai.checks.audit.whole import Sources, audit_run
    from renhai.cli.console import tell
    from renhai.core.process.long_queries import queries_end_by_signals
    from renhai.run.auditing import write_audit

    sources = Sources(exports(export or []), target, tuple(receipts or ()))
    with queries_end_by_signals():
        found = audit_run(run, sources, lambda text: print(say(text), file=sys.stderr))
    tell(told(found))
    path = not_yet_there(run / FOLDER)
    try:
        path.parent.mkdir(exist_ok=True)
        write_audit(path, found)
        print(f"{say('audit')}{say(': ')}{path}")
    except OSError as error:
        print(say(f"{path} cannot be written: {error.strerror}"), file=sys.stderr)
    raise typer.Exit(code_of(found))


def exports(given: Sequence[str]) -> dict[str, str]:
    """What --export says, by operation. Raises UsageError."""
    found = {}
    for text in given:
        operation, equals, source = text.partition("=")
        if not equals or not source:
            raise UsageError(
                f"--export {text} is not OPERATION=FILE, as in declaration.submit=declarations.csv"
            )
        if operation in found:
            raise UsageError(f"--export {operation} is given twice; put what both hold into one export")
        found[operation] = source
    return found


def code_of(found: dict[str, Any]) -> int:
    """A finding is one, whatever else could not be read; what was not all read is never fine."""
    if any(found["counts"][kind] for kind in BOUND):
        return FAIL
    return PASS if found["state"] == "audited" and not found["unseen"] else INCONCLUSIVE


def hidden(found: dict[str, Any]) -> list[str]:
    """What could be wrong and would not be seen."""
    from results.verdict.reasons.audit import Unseen

    reasons = (Unseen(operation=", ".join(names)) for names in found["unseen"].values())
    return [one.zh if language() == "zh" else one.en for one in reasons]


def told(found: dict[str, Any]) -> list[str]:
    """The account, line by line."""
    from renhai.cli.console import judged
    from results.checks.ledger.pair_words import in_chinese_words
    from results.report.looks import apart

    zh = language() == "zh"
    words = {
        "incomplete": "INCOMPLETE 核对不全",
        "audited": "AUDITED 已核对",
        "nothing": say("nothing was written"),
    }
    untold = say("the target file says of nothing how it is read back")
    lines = [judged(code_of(found), words.get(found["state"], f"NOT AUDITED 未核对: {untold}"))]
    for operation, counts in found["operations"].items():
        shown = say(", ").join(
            f"{say(name.replace('_', ' '))} {n:,}"
            for name, n in counts.items()
            if n and not name.startswith("found")
        )
        lines.append(f"  {operation}: {shown}")
    lines += [
        f"  {say(name)}{say(': ')}" + (f"{of:,} 笔中 {good:,} 笔" if zh else f"{good:,} of {of:,}")
        for name, (good, of) in found["figures"].items()
    ]
    for row in found["sums"]:
        if row["difference_fen"]:
            held = say(f"held {row['difference_fen'] / 100:+,.2f} yuan")
            lines.append(f"  {row['operation']} {row['tax']}".rstrip() + f": {held}")
    idle = [one for one in found["equations"] if not one["checked"] and not one["unchecked"]]
    few = len(idle) <= MOST_IDLE
    for one in found["equations"] if few else [one for one in found["equations"] if one not in idle]:
        state = one["unchecked"] or f"{one['broken']:,} of {one['checked']:,} do not hold"
        state = state if one["checked"] or one["unchecked"] else "there was nothing to check"
        name = one["name"] if zh else one.get("name_en") or one["name"]
        lines.append(f"  {name}{say(': ')}{say(state)}")
    lines += [] if few else ["  " + say(f"{len(idle)} equations: there was nothing to check")]
    for one in found["examples"][:MOST]:
        by = one["write"] or one["record"]
        parts = [one[key] for key in ("field", "expected", "found")]
        if zh and one["field"] == "row":  # else they are values, which are quoted
            parts = [in_chinese_words(text) for text in parts]
        parts[1:] = apart(*parts[1:])
        what = f"{one['operation']} {parts[0]}: {parts[1]} → {parts[2]}"
        lines.append(f"  {say(one['kind'])}: {what} (djxh {by.get('djxh', '–')})")
    more = found["findings"] - len(found["examples"][:MOST])
    lines += ["  " + say(f"and {more:,} more findings; the file below has every problem")] if more > 0 else []
    return lines + [f"  ? {say(why)}" for why in [*found["problems"], *hidden(found)]]
