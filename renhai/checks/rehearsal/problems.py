"""The one ledger of a rehearsal: what every stage's evidence found goes into it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from renhai.core.language import say
from results.checks.ledger.merge import DOCUMENTS, LATER, documents_of, merge_document
from results.checks.ledger.model import Ledger, held, read_ledger, write_ledger
from results.errors import SnapshotError


@dataclass
class Problems:
    """path: of the ledger, made with the first problem."""

    path: Path

    def open_now(self, entered: Collection[str] = ()) -> int | None:
        """How many are open in it as it is; None where it cannot be read, or lost one of these entries."""
        try:
            known = read_ledger(self.path, may_be_new=True)
        except SnapshotError:
            return None
        return None if set(entered) - _entries(known) else opened(known)

    def ids(self) -> set[str]:
        """Of all that it has, open or not; none where it cannot be read."""
        try:
            return set(read_ledger(self.path, may_be_new=True).by_id)
        except SnapshotError:
            return set()

    def entries(self) -> set[str]:
        """Those, and what was merged into it, by run and time: one that lacks some is an older copy."""
        try:
            return _entries(read_ledger(self.path, may_be_new=True))
        except SnapshotError:
            return set()

    def merged(
        self,
        documents: Iterable[Path],
        tell: Callable[[str], None],
        at_least: int = 0,
        entered: Collection[str] = (),
    ) -> int | None:
        """How many are open once these are in it; None where that cannot be known, which is told.

        at_least: so many problems it had before; entered: entries that this rehearsal put into it. One that
        lacks some is not the ledger of this rehearsal.
        """
        try:
            with held(self.path):  # people may say meanwhile what became of a problem
                return self._merged(documents, tell, at_least, entered)
        except SnapshotError as error:
            tell(f"  {error}")
        except OSError as error:
            tell(f"  {say(f'{self.path} cannot be written: {error.strerror}')}")
        return None

    def _merged(
        self,
        documents: Iterable[Path],
        tell: Callable[[str], None],
        at_least: int,
        entered: Collection[str],
    ) -> int | None:
        """Raises SnapshotError."""
        known = read_ledger(self.path, may_be_new=True)
        if len(known.problems) < at_least:
            tell(f"  {say(f'{self.path} had {at_least} problems, and has {len(known.problems)}')}")
            return None
        lost = sorted(set(entered) - _entries(known))
        if lost:
            tell(f"  {say(f'{self.path} lost {lost[0]}, which a stage had entered')}")
            return None
        for path in documents:
            for one in _with_problems(path):
                merge_document(known, one)
        if known.audits or known.problems:
            write_ledger(self.path, known)
        return opened(known)


def _entries(known: Ledger) -> set[str]:
    return {*known.by_id, *(f"{one.run_id} {one.at}" for one in known.audits)}


def opened(ledger: Ledger) -> int:
    """Problems that nobody has called solved."""
    return sum(one.state != "solved" for one in ledger.problems)


def _with_problems(document: Path) -> Iterator[Path]:
    if document.parent.name in LATER or document.name in DOCUMENTS:
        yield document
    elif document.name == "run.json":
        yield from documents_of(document.parent)
