"""Answers that acknowledge another value than was sent: what is then held as it was acknowledged is altered.

A target that stores ten times an amount and owns up to it, or that mixes up two taxpayers, says so in its
answer alone: records are as they were acknowledged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from results.checks.audit.intents import Write
from results.checks.audit.model import Record
from results.checks.values import fen, says_the_same, shown, text

FEW = 3  # writes that all differ: of more it is how the target writes that field
_SIGNS = re.compile(r"[\W_]")


class Contrary:
    """Of one operation. rows: its writes that were not settled; acknowledged: how many were, with those.

    What of a field differs in every write is how the target writes it, as another list of codes; of an amount
    nobody knows then which of both is right.
    """

    def __init__(self, rule: Mapping[str, Any], rows: Sequence[Write], acknowledged: int) -> None:
        self._amounts = frozenset(rule.get("amounts") or ())
        names = [*(rule.get("key") or ()), *(rule.get("compare") or ()), *self._amounts]
        names += [rule["tax"]] if rule.get("tax") else []
        self._names = [name for name in dict.fromkeys(names) if name not in (rule.get("by") or ())]
        counts = Counter(name for write in rows if write.asked for name in self._in(write))
        self._always = {name for name, n in counts.items() if n == acknowledged >= FEW}

    def _in(self, write: Write) -> Iterator[str]:
        for name in self._names if write.fate == "ok" else ():
            sent = write.asked.get(name)
            if sent is not None and not self._alike(name, sent, write.values.get(name)):
                yield name

    def of(self, write: Write, record: Record) -> Iterator[tuple[str, str, str]]:
        """Field, what was sent, and what the record holds."""
        for name in self._in(write) if write.asked else ():
            if name not in self._always:
                sent, held = write.asked[name], record.values.get(name)
                if name in self._amounts:
                    asked = fen(sent, type(sent) is int)
                    yield name, shown(asked, sent), shown(fen(held, type(held) is int), held)
                else:
                    yield name, text(sent), text(held)

    def doubt(self, operation: str) -> str:
        """Why nothing is known of an amount; "" where that is not so."""
        name = next(iter(sorted(self._always & self._amounts)), "")
        return f"each answer of {operation} says another {name} than was sent" if name else ""

    def _alike(self, name: str, sent: Any, said: Any) -> bool:
        if name in self._amounts:
            both = fen(sent, type(sent) is int), fen(said, type(said) is int)
            return both[0] == both[1] if None not in both else says_the_same(sent, said)
        return says_the_same(sent, said) or spelled_alike(text(sent), text(said))


def spelled_alike(one: str, other: str) -> bool:
    """As 007 and 7, 2015-09-01 and 20150901, or a moment in two zones."""
    for read in (_number, _moment):
        both = read(one), read(other)
        if None not in both:
            return both[0] == both[1]
    return _plain(one) == _plain(other)


def _number(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _plain(value: str) -> str:
    """Without signs, and of a day without its midnight."""
    plain = _SIGNS.sub("", value).casefold()
    return plain.removesuffix("t000000").removesuffix("000000") if plain[:8].isdigit() else plain
