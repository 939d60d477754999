"""The problem ledger as a page: how it stands, the states, and a row for each problem."""

from __future__ import annotations

from pathlib import Path

from results.checks.ledger.model import STATE_WORDS, Ledger, LedgerProblem
from results.checks.ledger.pair_words import KINDS, field_in_chinese
from results.checks.ledger.standing import LedgerVerdict
from results.checks.ledger.table import COLUMNS, row_of, told
from results.language.catalogue import in_chinese
from results.report.html.checks.replay import DOMAINS
from results.report.html.page import embedded, environment
from results.report.words.drain import ENTERED, STOCK
from results.report.words.migration import CLASSES
from results.snapshot.files import write_whole

SHOWN = (
    "id", "state", "domain", "operation", "kind", "field", "pair", "count", "yuan", "units", "first", "last",
    "owner", "note",
)  # fmt: skip
# The rest are called as in the table that people edit.
ENGLISH = {"pair": "difference", "yuan": "yuan more held"}
NUMBERS = ("count", "yuan", "units")
WORDS_OF_KINDS: dict[str, tuple[str, str]] = {
    **CLASSES,
    **STOCK,
    **ENTERED,
    "open": ("still open", "未办结"),
    "after_stop": ("stored after its stop", "停办后写入"),
    "not_booked": ("served and not booked", "未预约而办理"),
    "not_recovered": ("not recovered", "未恢复"),
    "lost_after_recovery": ("lost after the recovery", "恢复后丢失"),
    **{kind: (kind.replace("_", " "), chinese) for kind, chinese in KINDS.items()},
}


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
        rows=[(one, _shown(one, 0), _shown(one, 1)) for one in ledger.problems],
        zh=in_chinese,
        data=embedded({}),
    )  # fmt: skip


def _shown(one: LedgerProblem, spoken: int) -> dict[str, str]:
    """The cells with the words of domains and kinds; the table that people edit keeps their keys."""
    row = row_of(one, spoken)
    row["domain"] = DOMAINS.get(one.domain, (one.domain, one.domain))[spoken]
    row["field"] = field_in_chinese(one.field) if spoken else row["field"]
    row["kind"] = WORDS_OF_KINDS.get(one.kind, (one.kind, one.kind))[spoken]
    return row
