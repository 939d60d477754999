"""The one ledger of a rehearsal: what every stage's evidence found goes into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from results.checks.ledger.merge import DOCUMENTS, LATER, documents_of, merge_document
from results.checks.ledger.model import Ledger, read_ledger, write_ledger
from results.errors import SnapshotError


@dataclass
class Problems:
    """path: of the ledger, made with the first problem."""

    path: Path

    def merged(self, documents: Iterable[Path], tell: Callable[[str], None]) -> int | None:
        """How many are open once these are in it; None where that cannot be known, which is told."""
        try:
            known = read_ledger(self.path, may_be_new=True)
            for path in documents:
                for one in _with_problems(path):
                    merge_document(known, one)
            if known.audits or known.problems:
                write_ledger(self.path, known)
        except SnapshotError as error:
            tell(f"  {error}")
            return None
        return opened(known)


def opened(ledger: Ledger) -> int:
    """Problems that nobody has called solved."""
    return sum(one.state != "solved" for one in ledger.problems)


def _with_problems(document: Path) -> Iterator[Path]:
    if document.parent.name in LATER or document.name in DOCUMENTS:
        yield document
    elif document.name == "run.json":
        yield from documents_of(document.parent)
