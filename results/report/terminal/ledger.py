"""The problem ledger on a terminal: how it stands, states, and a row for each problem."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markup import escape

from results.checks.ledger.model import STATE_WORDS, Ledger
from results.checks.ledger.standing import LedgerVerdict
from results.checks.ledger.table import COLUMNS, row_of, told
from results.language.catalogue import say
from results.language.numbers import agreed
from results.report.terminal.table import table
from results.report.wording import VERDICTS

SHOWN = ("id", "state", "operation", "kind", "field", "pair", "count", "yuan", "last", "owner")
NUMBERS = ("count", "yuan")


def ledger_view(
    ledger: Ledger, stands: LedgerVerdict, wanted: str | None, spoken: int
) -> Iterator[RenderableType]:
    """wanted: only problems in that state; spoken: 0 English, 1 Chinese."""
    yield f"[bold]{VERDICTS[stands.verdict][0]} {VERDICTS[stands.verdict][1]}[/bold]"
    for line in stands.why:
        yield f"  {escape(say(line))}"
    states = ", ".join(f"{STATE_WORDS[state][spoken]} {count:,}" for state, count in told(ledger).items())
    runs = len({one.run_id for one in ledger.audits})
    head = (
        f"{len(ledger.problems):,} 个问题，{runs:,} 次运行"
        if spoken
        else agreed(f"{len(ledger.problems):,} problems of {runs:,} runs")
    )
    yield f"{head}: {states}"
    rows = [one for one in ledger.problems if wanted in (None, one.state)]
    if not rows:
        return
    made = table("", [(COLUMNS[name] if spoken else name, "r" if name in NUMBERS else "l") for name in SHOWN])
    for one in rows:
        cells = row_of(one, spoken)
        cells["state"] += f" (+{one.reopened})" if one.reopened else ""
        made.add_row(*(escape(cells[name]) for name in SHOWN))
    yield made
