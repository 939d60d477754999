"""The books of one operation: number and fen by tax kind, acknowledged and held, and which of them agree."""

from __future__ import annotations

from results.checks.audit.intents import Write
from results.checks.audit.model import AuditResult, Record
from results.checks.values import fen, text


class Books:
    """Enters writes and records into an account. summed: the amount that is added up, "" for none; tax: the
    field of the tax kind."""

    def __init__(self, account: AuditResult, summed: str, tax: str) -> None:
        self._account, self._summed, self._tax = account, summed, tax

    def enter(self, write: Write | None, record: Record | None) -> int:
        """Enters both; by how many fen more is held. What nobody knows is not entered."""
        name, tax = self._summed, self._tax
        if write is not None and write.fate == "info":
            unknown = write.values.get(name) is None
        else:
            unknown = write is not None and name not in write.values
        if not name or unknown:
            return 0
        sides = write.values if write else None, record.values if record else None
        amounts = [fen(one.get(name), type(one.get(name)) is int) or 0 if one else 0 for one in sides]
        kinds = [text(one.get(tax)) if tax and one is not None else "" for one in sides]
        alike = None not in sides and amounts[0] == amounts[1] and kinds[0] == kinds[1]
        for place, one in enumerate(sides):
            if one is not None:
                row = self._account.sums[kinds[place]]
                row[2 * place] += 1
                row[2 * place + 1] += amounts[place]
                if not alike:
                    self._account.apart.add(kinds[place])
        return amounts[1] - amounts[0]


def agreeing(account: AuditResult) -> tuple[int, int]:
    """How many of an account's books agree, and of how many; one book where nothing is added up.

    A book agrees where each write has its record, with its amount, and each record its write: a loss and a
    second record of one amount make the same sum, and no book that agrees. While something was not read back,
    none that seems to is counted.
    """
    counts = account.counts
    if account.sums:
        books, apart = len(account.sums), len(account.apart)
    else:
        books = int(bool(counts["found"] or counts["lost"] or counts["unexpected"]))
        apart = int(any(counts[name] for name in ("lost", "duplicated", "unexpected")))
    if counts["unverified"]:
        books = apart
    return books - apart, books
