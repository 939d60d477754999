"""The problem ledger as a page: how it stands, the states, and a row for each problem."""

from __future__ import annotations

from pathlib import Path

from results.checks.ledger.model import STATE_WORDS, Ledger
from results.checks.ledger.standing import LedgerVerdict
from results.checks.ledger.table import COLUMNS, row_of, told
from results.language.catalogue import in_chinese
from results.report.html.page import embedded, environment
from results.snapshot.files import write_whole

SHOWN = (
    "id", "state", "domain", "operation", "kind", "field", "pair", "count", "yuan", "units", "first", "last",
    "owner", "note",
)  # fmt: skip
# The rest are called as in the table that people edit.
ENGLISH = {"pair": "difference", "yuan": "yuan more held"}
NUMBERS = ("count", "yuan", "units")


def write_ledger_page(path: Path, ledger: Ledger, stands: LedgerVerdict) -> None:
    """Writes the page, whole or not at all. Raises SnapshotError."""
    write_whole(path, render_ledger(ledger, stands))


def render_ledger(ledger: Ledger, stands: LedgerVerdict) -> str:
    """The page as text."""
    return environment().get_template("ledger.html.j2").render(
        stands=stands,
        runs=len({one.run_id for one in ledger.audits}),
        states=[(STATE_WORDS[state], number) for state, number in told(ledger).items()],
        columns=[(name, (ENGLISH.get(name, name), COLUMNS[name]), name in NUMBERS) for name in SHOWN],
        rows=[(one, row_of(one, 0), row_of(one, 1)) for one in ledger.problems],
        zh=in_chinese,
        data=embedded({}),
    )  # fmt: skip
