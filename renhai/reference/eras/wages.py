"""Income tax on wages by date: the allowance of a month, the bands, and since when sums since January count.

Sources: 个人所得税法 (2018) for the allowance of 5,000 yuan and the bands of a year, in force for wages since
October 2018 (by the month) and January 2019 (by sums since January). The allowance and the bands before, and
what special additional deductions may be, are unconfirmed: the switch `wages` turns off what rests on them.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from renhai.reference.eras.since import Since

ALLOWANCE = Since(3500, {"2018-10-01": 5000})
"""Yuan a month."""
CUMULATIVE = date(2019, 1, 1)
CONFIRMED = date(2018, 10, 1)
ADDITIONAL = Since(0, {"2019-01-01": 5_900, "2022-01-01": 6_900, "2023-01-01": 10_900})
"""Most special additional deductions a month, yuan: two children (since 2022 and an infant), elderly parents,
rent, studies. An estimate: a family may have more children."""

Bands = tuple[tuple[int, int, int], ...]
"""(taxable up to, percent, quick deduction), yuan."""
_MONTH: Since[Bands] = Since(
    (
        (1_500, 3, 0), (4_500, 10, 105), (9_000, 20, 555), (35_000, 25, 1_005), (55_000, 30, 2_755),
        (80_000, 35, 5_505), (10**13, 45, 13_505),
    ),
    {
        "2018-10-01": (
            (3_000, 3, 0), (12_000, 10, 210), (25_000, 20, 1_410), (35_000, 25, 2_660), (55_000, 30, 4_410),
            (80_000, 35, 7_160), (10**13, 45, 15_160),
        ),
        "2019-01-01": (
            (36_000, 3, 0), (144_000, 10, 2_520), (300_000, 20, 16_920), (420_000, 25, 31_920),
            (660_000, 30, 52_920), (960_000, 35, 85_920), (10**13, 45, 181_920),
        ),
    },
)  # fmt: skip


class Tax(NamedTuple):
    """Percent, quick deduction and tax of what is taxable; amounts in fen, the tax half up."""

    percent: int
    quick: int
    tax: int


def tax_on(on: date, taxable: int) -> Tax:
    """The tax on `taxable` fen, 0 or more: of the month that ends `on`, or of the year to its end."""
    for limit, percent, quick in _MONTH.on(on):
        if taxable <= 100 * limit:
            return Tax(percent, 100 * quick, (taxable * percent + 50) // 100 - 100 * quick)
    raise ValueError(f"{taxable} fen is more than the last band has")


def cumulative(on: date) -> bool:
    """Whether what is withheld goes by the sums since January."""
    return on >= CUMULATIVE
