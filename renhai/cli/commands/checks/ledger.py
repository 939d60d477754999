"""`renhai ledger`: parse, call one function, print, exit code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS, Problem, UsageError
from renhai.core.language import language, say
from renhai.core.private_files import spared
from results.checks.ledger.model import Ledger, LedgerProblem

DEFAULT = Path("results/ledger.json")
CODES = {"pass": PASS, "fail": FAIL, "inconclusive": INCONCLUSIVE}

app = typer.Typer(
    help="The problem ledger: distinct faults that audits found, with their states.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
LedgerOption = Annotated[
    Path, typer.Option("--ledger", metavar="FILE", show_default=False, help="Else results/ledger.json.")
]


@app.command("show")
def show_ledger(
    state: Annotated[
        str | None, typer.Option(metavar="S", help="Only those: waiting, answered, solved or other.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the whole ledger as a page, such as ledger.html."),
    ] = None,
    ledger: LedgerOption = DEFAULT,
) -> None:
    """Show every problem, and how the ledger stands.

    Exits 1 while a problem is open (all but solved), 4 when something is not proven: no whole audit, one that
    could not read everything back, or a solved problem that no audit has looked for since.

    \b
    renhai ledger show
    renhai ledger show --state waiting
    renhai ledger show --page ledger.html
    """
    from results.checks.ledger.model import read_ledger
    from results.checks.ledger.table import state_of

    wanted = state_of(state, "--state") if state else None
    known = read_ledger(ledger)
    if page:
        spared("--page", page, ledger)
        from results.checks.ledger.standing import standing
        from results.report.html.checks.ledger import write_ledger_page

        write_ledger_page(page, known, standing(known))
        print(f"{say('page')}{say(': ')}{page}")
    _show(known, wanted)


@app.command("merge")
def merge(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|LEDGER...", help="Directories of runs, replays, verifications; ledgers."),
    ],
    ledger: LedgerOption = DEFAULT,
) -> None:
    """Enter what audits, replays and verifications found, or what another ledger knows; exits as show does.

    States are kept; a solved problem that is found again is reopened. Merging twice changes nothing.

    \b
    renhai ledger merge results/runs/20150911T080000Z-smoke-1a2b3c
    renhai ledger merge ningxiang.json furong.json --ledger city.json
    """
    from results.checks.ledger.model import read_ledger, write_ledger

    with _held(ledger):
        known = read_ledger(ledger, may_be_new=True)
        before = len(known.problems)
        for source in sources:
            _merge(known, source)
        write_ledger(ledger, known)
    print(say(f"{len(known.problems) - before} new problems in {ledger}"))
    _show(known, None)


@app.command("set")
def set_state(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or how they begin.")],
    state: Annotated[
        str | None, typer.Option(metavar="S", help="One of waiting, answered, solved, other.")
    ] = None,
    owner: Annotated[str | None, typer.Option(metavar="WHO", help="Who looks after it.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="What there is to say.")] = None,
    ledger: LedgerOption = DEFAULT,
) -> None:
    """Say what became of problems.

    \b
    renhai ledger set v1-3f2a91bc07 --state waiting --owner 张三
    renhai ledger set v1-3f2a91bc07 --state solved --note 已关闭缓存
    """
    from renhai.checks.audit.rows import now
    from results.checks.ledger.model import STATE_WORDS, read_ledger, write_ledger
    from results.checks.ledger.table import state_of

    if state is None and owner is None and note is None:
        raise UsageError("renhai ledger set: nothing to set; give --state, --owner or --note")
    with _held(ledger):
        known = read_ledger(ledger)
        chosen = [_problem(known, word) for word in ids]
        for one in chosen:
            new = state_of(state, "--state") if state else one.state
            one.say(now(), new, one.owner if owner is None else owner, one.note if note is None else note)
        write_ledger(ledger, known)
    for one in chosen:
        print(f"{one.id}: {STATE_WORDS[one.state][int(language() == 'zh')]} {one.owner}".rstrip())


@app.command("export")
def export_table(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file.")],
    ledger: LedgerOption = DEFAULT,
) -> None:
    """Write the ledger as a table, for people to fill in state, owner and note.

    \b
    renhai ledger export problems.xlsx
    renhai ledger export problems.csv
    """
    from results.checks.ledger.model import read_ledger
    from results.checks.ledger.table import export

    spared("FILE", out, ledger)
    known = read_ledger(ledger)
    _hold_edits(known, out)
    export(known, out, int(language() == "zh"))
    print(say(f"{out}: {len(known.problems)} problems; fill in state, owner and note, then import it"))


@app.command("import")
def import_table(
    table: Annotated[Path, typer.Argument(metavar="FILE", help="The table, CSV (UTF-8 or GBK) or XLSX.")],
    ledger: LedgerOption = DEFAULT,
) -> None:
    """Take state, owner and note from an edited table: all rows, or none when one is wrong.

    A row that was changed in the ledger since the table was exported is refused.

    \b
    renhai ledger import problems.xlsx
    """
    from renhai.checks.audit.rows import now
    from results.checks.ledger.model import read_ledger, write_ledger
    from results.checks.ledger.table import apply, read_edits

    edits = read_edits(table)
    with _held(ledger):
        known = read_ledger(ledger)
        changed = apply(known, edits, now(), str(table))
        write_ledger(ledger, known)
    left = len(known.problems) - len(edits)
    print(say(f"{ledger}: {changed} changed, {len(edits) - changed} as they were, {left} not in {table}"))


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Nobody else writes within. Raises UsageError."""
    from results.checks.ledger.model import held

    try:
        with held(path):
            yield
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; choose --ledger FILE") from None


def _hold_edits(known: Ledger, table: Path) -> None:
    """Raises UsageError where a table in the place of the new one holds what people wrote into it, and the
    ledger does not have: it would be lost. A file that is no such table may be written over."""
    from copy import deepcopy

    from results.checks.ledger.table import apply, read_edits
    from results.errors import SnapshotError

    if not table.is_file():
        return
    try:
        edits = read_edits(table)
    except SnapshotError:
        return
    by_id = known.by_id  # of what was changed in the ledger since, nothing can be told
    mine = [one for one in edits if one.id in by_id and one.revision == str(by_id[one.id].revision)]
    try:
        lacking = apply(deepcopy(known), mine, "", str(table))
    except SnapshotError:
        lacking = len(mine)
    if lacking:
        why = f"holds edits that the ledger lacks ({lacking} rows); import it first, or write another file"
        raise UsageError(Problem(str(table), "", why))


def _merge(known: Ledger, source: Path) -> None:
    from results.checks.ledger.merge import documents_of, merge_document, merge_drill, merge_ledger
    from results.checks.ledger.model import read_ledger
    from results.snapshot.run import load_run

    if source.is_file():
        merge_ledger(known, read_ledger(source))
        return
    if not source.is_dir():
        raise UsageError(f"{source} is neither the directory of a run nor a ledger")
    drill = None
    if (source / "run.json").exists():
        run = load_run(source)  # whose seal holds audit.json
        drill = (run.model_extra or {}).get("drill")
        if drill:
            merge_drill(known, run.run_id, run.started, drill)
    files = documents_of(source)
    if not files and not drill:
        raise UsageError(f"{source} has no audit; renhai audit {source} makes one")
    for file in files:
        merge_document(known, file)


def _problem(known: Ledger, word: str) -> LedgerProblem:
    """By its id, or the beginning of one."""
    found = [one for one in known.problems if one.id == word] or [
        one for one in known.problems if len(word) > 3 and one.id.startswith(word)
    ]
    if len(found) != 1:
        why = "is the beginning of more than one id" if found else "is no id of the ledger"
        raise UsageError(f"{word} {why}; renhai ledger show lists them")
    return found[0]


def _show(known: Ledger, wanted: str | None) -> None:
    """Prints it and exits as it stands, whatever part of it is shown."""
    from renhai.cli.console import flush, show
    from results.checks.ledger.standing import standing
    from results.report.terminal.ledger import ledger_view

    stands = standing(known)
    for part in ledger_view(known, stands, wanted, int(language() == "zh")):
        show(part)
    flush()
    raise typer.Exit(CODES[stands.verdict])
