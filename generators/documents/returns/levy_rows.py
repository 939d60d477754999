"""Rows of a levy: a base times a rate, less a relief. What stamp tax and social insurance have in common.

A row::

    {"zspmDm", "jsje": base in yuan, "sysl": rate, as 0.0003, "bqynse": levied, "phjmse": relieved,
     "bqyjse1": paid before, "bqybtse": to be paid}
"""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Levied(NamedTuple):
    """One row in fen. ppm: the rate in millionths."""

    item: str
    base: int
    ppm: int
    tax: int
    relief: int

    @property
    def due(self) -> int:
        """What is to be paid."""
        return self.tax - self.relief


def levied(item: str, base: int, ppm: int, *, halved: bool = False) -> Levied:
    """Return the row of a base in fen; tax and the half that is relieved are rounded half up."""
    tax = (base * ppm + 500_000) // 1_000_000
    return Levied(item, base, ppm, tax, (tax + 1) // 2 if halved else 0)


def rows(found: Iterable[Levied]) -> dict[str, Any]:
    """Return the rows as they are sent, and their sum: {"rows": [...], "bqybtsehj": yuan}."""
    found = tuple(found)
    listed = [
        {
            "zspmDm": one.item,
            "jsje": one.base / 100,
            "sysl": one.ppm / 1_000_000,
            "bqynse": one.tax / 100,
            "phjmse": one.relief / 100,
            "bqyjse1": 0.0,
            "bqybtse": one.due / 100,
        }
        for one in found
    ]
    return {"rows": listed, "bqybtsehj": sum(one.due for one in found) / 100}
