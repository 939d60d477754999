"""Corporate income tax by date: the layouts of its quarterly prepayment, and what small low-profit
enterprises pay.

Sources: formulas of filing software for the layouts (2012 to 2015, 2016, 2018, 2021, 2025), whose first days
are unconfirmed. Small enterprises: 财税〔2015〕99号, 〔2017〕43号, 〔2018〕77号, 〔2019〕13号 and the notices
12/2021, 13/2022 and 12/2023. The limits before 2015 and the upper slice of 2022 are unconfirmed: the switch
`small-profit` turns off what rests on them.
"""

from __future__ import annotations

from datetime import date

from renhai.reference.eras.since import Since

LAYOUT = Since(
    "2012", {"2016-01-01": "2016", "2018-07-01": "2018", "2021-04-01": "2021", "2025-10-01": "2025"}
)
VOUCHERS = {"2012": "BDA0610756", "2016": "BDA0610756", "2018": "BDA0611033", "2021": "BDA0611033",
            "2025": "BDA0611033"}  # fmt: skip
PERCENT = 25

Slices = tuple[tuple[int, float], ...]
"""(income up to, in yuan; percent of the part of income between the slice before and this)."""
_SLICES: Since[Slices] = Since(
    ((60_000, 10),),
    {
        "2014-01-01": ((100_000, 10),),
        "2015-01-01": ((200_000, 10),),
        "2015-10-01": ((300_000, 10),),
        "2017-01-01": ((500_000, 10),),
        "2018-01-01": ((1_000_000, 10),),
        "2019-01-01": ((1_000_000, 5), (3_000_000, 10)),
        "2021-01-01": ((1_000_000, 2.5), (3_000_000, 10)),
        "2022-01-01": ((1_000_000, 2.5), (3_000_000, 5)),
        "2023-01-01": ((3_000_000, 5),),
        "2028-01-01": (),
    },
)
_WHOLE = Since((300_000, 20), {"2015-10-01": None})
"""Beyond the slices: the whole income at this percent, up to so many yuan."""
_SHARED = (date(2015, 10, 1), date(2015, 12, 31), 200_000)
"""In this quarter, income above so many yuan is halved only for the months since October 2015."""
STAFF = Since((100, 80), {"2019-01-01": (300, 300)})
ASSETS = Since((30_000_000, 10_000_000), {"2019-01-01": (50_000_000, 50_000_000)})
"""Most persons, and most yuan: of industry, of others."""
INDUSTRY = range(6, 47)
"""Divisions of GB/T 4754 that are industry: mining, manufacturing, energy and water."""


def small_tax(on: date, income: int, registered: date) -> tuple[int, int] | None:
    """The tax in fen that the relief leaves of an income in fen, as (least, most) by one fen of rounding.

    on: the last day of the quarter. registered: whose months count in the last quarter of 2015. None: the
    income is beyond the limit of small enterprises.
    """
    if income <= 0:
        return 0, 0
    slices, whole = _SLICES.on(on), _WHOLE.on(on)
    first, last, halved = _SHARED
    if first <= on <= last and halved * 100 < income <= slices[-1][0] * 100:
        begun = registered.month if registered.year == on.year else 1
        months = 13 - begun
        early = max(0, first.month - begun)
        return _about(income * (20 * early + 10 * (months - early)), 100 * months)
    taxed = lower = 0
    for limit, percent in slices:
        upper = min(income, limit * 100)
        taxed += (upper - lower) * round(percent * 10)
        if income <= limit * 100:
            return _about(taxed, 1000)
        lower = upper
    if whole is not None and income <= whole[0] * 100:
        return _about(income * whole[1], 100)
    return None


def _about(numerator: int, denominator: int) -> tuple[int, int]:
    return numerator // denominator, -(-numerator // denominator)
