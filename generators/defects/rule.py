"""What the defects of all kinds of documents have in common."""

from collections.abc import Callable
from typing import Any, NamedTuple

Document = dict[str, Any]
Change = Callable[[Document], None]

YUAN = 100  # fen; what amounts are wrong by, where nothing greater is needed


class NotPossible(ValueError):
    """A document that has nothing to break a rule with."""


class Rule(NamedTuple):
    """A rule that documents of one kind keep. `change` breaks it in place, or raises NotPossible."""

    name: str
    kind: str  # as generators.defects.kind_of names them
    what: str  # the rule, in one line
    change: Change


def fen(amount: float) -> int:
    """Return yuan as fen."""
    return round(amount * 100)


def need(condition: object, what: str) -> None:
    """Raise NotPossible unless the document has `what` the defect needs."""
    if not condition:
        raise NotPossible(f"the document has no {what}")


def put(**fields: object) -> Change:
    """Return a change that sets fields of the document."""

    def change(document: Document) -> None:
        document.update(fields)

    return change


def other_digit(text: str, position: int = -1) -> str:
    """Return `text` with another digit (any digit, for a letter) at this position."""
    digit = str((int(text[position]) + 1) % 10) if text[position].isdigit() else "0"
    position %= len(text)
    return text[:position] + digit + text[position + 1 :]
