"""VAT by date: rates of the forms' rows and of invoices, exemption limits, relief, and which form is whose.

Sources: the amendments of 2017-07, 2018-05 and 2019-04 and the VAT Law of 2026 for the rates; notices
57/2014, 13/2019 and 10/2026 for the limits. Dates of the forms, of the limits of 2021 and 2023, and of the
relief between 2020 and 2025 are common knowledge and unconfirmed: renhai.reference.eras.grades switches what
rests on them.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from renhai.reference.eras.since import Since

Rates = dict[str, tuple[int, ...]]
"""Row of sheet 1 to the percents it may carry; a row with none is closed: it exists and stays empty."""


def _rows(standard: int, third: int | None, middle: int, *, split: bool) -> Rates:
    """Rows 1 to 5. standard: 1 and 2. third: row 3, None where it is closed. split: 4a goods, 4b services."""
    rows: Rates = {
        "1": (standard,),
        "2": (standard,),
        "3": (third,) if third else (),
        "4": (middle,),
        "5": (6,),
    }
    return rows | ({"4a": (middle,), "4b": (middle,)} if split else {})


_SIMPLE: Rates = {
    "8": (6,), "9": (5,), "9a": (5,), "9b": (5,), "10": (4,), "11": (3,), "12": (3,),
    "13a": (1, 2, 3, 5), "13b": (1, 2, 3, 5), "13c": (1, 2, 3, 5),
}  # fmt: skip
_SIMPLE_ROWS: Since[Rates] = Since(
    _SIMPLE,
    {
        "2019-04-01": {row: rates for row, rates in _SIMPLE.items() if row != "9"},
        "2026-01-01": {row: () if row in ("9a", "9b") else r for row, r in _SIMPLE.items() if row != "9"},
    },
)
"""By the labels of 2019 row 9 is 9a and 9b; the VAT Law has one levy, 3 % (art. 11)."""
FIVE_PERCENT = Since(True, {"2026-01-01": False})
"""Whether property is levied at 5 %."""
_UNTAXED = ("6", "7", "14", "15", "16", "17", "18", "19")

_STATUTORY: Since[Rates] = Since(
    _rows(17, 13, 11, split=False),
    {
        "2017-07-01": _rows(17, 13, 11, split=True),
        "2018-05-01": _rows(16, None, 10, split=True),
        "2019-04-01": _rows(13, 9, 9, split=False),
    },
)
STATUTORY_ROWS = ("1", "2", "3", "4", "4a", "4b", "5")
SIMPLE_ROWS = tuple(_SIMPLE)


@lru_cache(maxsize=1024)
def sheet_rates(day: date) -> Rates:
    """Percent that each taxed row of sheet 1 carries in the period that ends on `day`."""
    return _STATUTORY.on(day) | _SIMPLE_ROWS.on(day)


@lru_cache(maxsize=1024)
def sales_rows(day: date) -> frozenset[str]:
    """The rows that sheet 1 has."""
    return frozenset((*sheet_rates(day), *_UNTAXED))


_INPUT_ROWS = frozenset(str(row) for row in range(1, 37))
_INPUT: Since[frozenset[str]] = Since(
    _INPUT_ROWS,
    {
        "2017-07-01": _INPUT_ROWS - {"8"} | {"8a", "8b"},
        "2021-08-01": _INPUT_ROWS - {"8"} | {"8a", "8b", "23a", "23b"},
    },
)


def input_rows(day: date) -> frozenset[str]:
    """The rows that sheet 2 has."""
    return _INPUT.on(day)


INSTALMENTS = Since(False, {"2016-05-01": True, "2019-04-01": False})
"""Whether row 12 of sheet 2 is 1 + 4 - 9 + 10 + 11 (real estate by instalments) and not 1 + 4 + 11."""


_STATUTORY_INVOICE: Since[tuple[int, ...]] = Since(
    (17, 13, 11, 6),
    {"2017-07-01": (17, 11, 6), "2018-05-01": (16, 10, 6), "2019-04-01": (13, 9, 6)},
)
_LEVY: Since[tuple[float, ...]] = Since(
    (6, 4, 3), {"2014-07-01": (3,), "2016-05-01": (5, 3, 1.5), "2026-01-01": (3,)}
)
RELIEF = Since(3, {"2020-03-01": 1, "2022-04-01": 3, "2023-01-01": 1, "2028-01-01": 3})
"""Percent that small-scale taxpayers pay on sales at 3 %. From April to December 2022 such sales were
exempt."""


@lru_cache(maxsize=4096)
def invoice_rates(day: date, scale: str) -> frozenset[float]:
    """Percents that a line of an invoice may carry. scale: `general`, `small`, or "" where it is not
    known."""
    levy = {0, *_LEVY.on(day), RELIEF.on(day)}
    return frozenset(levy if scale == "small" else levy | {*_STATUTORY_INVOICE.on(day)})


CEILINGS = Since(
    20_000,
    {
        "2014-10-01": 30_000,
        "2019-01-01": 100_000,
        "2021-04-01": 150_000,
        "2023-01-01": 100_000,
    },
)
"""Exempt sales of a small-scale taxpayer in yuan a month; a quarter has three times as much."""

SMALL_FORM = Since(2014, {"2016-05-01": 2016, "2021-08-01": 2021})
"""Of small-scale taxpayers: 14 rows, 22 rows since business tax ended, 25 with surcharges since August
2021."""
GENERAL_FORM = Since(2013, {"2016-05-01": 2016, "2019-04-01": 2019, "2021-08-01": 2021})
"""Of general taxpayers: 38 rows; 41 and the surcharges' sheet since August 2021."""

DIGITAL_SINCE = date(2021, 12, 1)
"""First fully digital invoices: 20 digits and no code."""
GOODS_CODES_SINCE = date(2018, 1, 1)
"""From then on every line has a goods and services code."""


class Span(NamedTuple):
    """First and last day for which a thing is known."""

    first: date
    last: date


KNOWN = Span(date(2012, 1, 1), date(2027, 12, 31))
"""Periods whose rates these tables have."""
