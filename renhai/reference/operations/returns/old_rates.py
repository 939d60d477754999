"""Rows of sheet 1 that are off the rates of their period: a red invoice counts in its own month, at the rate
of its original."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import orjson

from renhai.reference.eras import vat
from renhai.reference.forms.period import Period
from renhai.reference.forms.sheets import Off
from renhai.reference.storage.jobs import View

_STANDARD, _MIDDLE = ("1", "2"), ("3", "4", "4a", "4b")
_ROWS: dict[float, tuple[str, ...]] = {17: _STANDARD, 16: _STANDARD, 13: _MIDDLE, 11: _MIDDLE, 10: _MIDDLE}
"""Percent that was once, to the rows of what is sold at the rate that followed it."""
_FORMER = {"3": 13, "9a": 5, "9b": 5}
"""Percent of rows that are closed now."""
_RED = (
    "SELECT hjje, hjse, document FROM invoices WHERE djxh = ? AND kprq >= ? AND kprq <= ? AND hjje < 0 "
    "AND copy = 0"
)


def check_old_rates(view: View, djxh: str, period: Period, off: Sequence[Off], tolerance: int) -> None:
    """Red invoices of the period at rates that are no more explain the rows, each within `tolerance` fen.

    Raises Rejection: that of the first row which is not explained.
    """
    amounts, taxes = _red(view, djxh, period)
    for percent in {_FORMER.get(each.row, 0) for each in off if not each.rates}:
        closed = [each for each in off if not each.rates and _FORMER.get(each.row, 0) == percent]
        found = sum(each.sales for each in closed), sum(each.tax for each in closed)
        if found != (amounts.pop(percent, 0), taxes.pop(percent, 0)):
            raise closed[0].refusal
    for rows in (_STANDARD, _MIDDLE):
        mine = [each for each in off if each.rates and each.row in rows]
        if not mine:
            continue
        rate = mine[0].rates[0]
        old = [percent for percent in amounts if _ROWS.get(percent) is rows]
        expected = sum(100 * taxes[percent] - rate * amounts[percent] for percent in old)
        extra = sum(100 * each.tax - rate * each.sales for each in mine)
        if abs(extra - expected) > 100 * tolerance * len(mine):
            raise mine[0].refusal
    for each in off:
        if each.rates and each.row not in (*_STANDARD, *_MIDDLE):
            raise each.refusal


def _red(view: View, djxh: str, period: Period) -> tuple[Counter[float], Counter[float]]:
    """Amounts and taxes in fen of red invoices by percent, where it is no rate of the period."""
    levied = vat.sheet_rates(period.end)
    today = {rate for row in levied if not row.startswith("13") for rate in levied[row]}
    amounts, taxes = Counter[float](), Counter[float]()
    for amount, tax, document in view.all(_RED, djxh, str(period.start), str(period.end)):
        for line in orjson.loads(bytes(document)).get("lines", ()):
            percent = round(line["slv"] * 100, 4)
            if percent not in today:  # who came in bulk has one line, of which nothing but the rate is known
                amounts[percent] += round(line["je"] * 100) if "je" in line else int(amount)
                taxes[percent] += round(line["se"] * 100) if "se" in line else int(tax)
    return amounts, taxes
