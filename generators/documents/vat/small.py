"""The VAT declaration of a small-scale taxpayer: the form of 2014 (gt3_2015) or of 2016 (current).

Periods do not depend on each other: small-scale taxpayers have no credit to carry forward.
"""

from typing import Any

from generators.calendar import FIRST_YEAR
from generators.documents.goods import RELIEF_UNTIL, trade
from generators.documents.vat.form_fields import SMALL_2014_FIELDS, SMALL_2016_FIELDS, VOUCHER_SMALL
from generators.documents.vat.heading import heading
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

MONTHLY_CEILING = 30_000_00  # fen; sales of a month up to this are exempt, since October 2014
QUARTERLY_CEILING = 300_000_00  # the same of a quarter, since 2023
LEAST = 8  # a month's sales are LEAST .. LEAST + 15 units


def vat_small(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the declaration of the k-th period (k >= 0). Shape: see `forms`."""
    document = heading(t, k, VOUCHER_SMALL)
    bits, drawn = splitmix64(t.key), splitmix64(t.key + (k + 1) * GOLDEN)
    if t.profile == "gt3_2015":
        document["xgm"] = _in_yuan(SMALL_2014_FIELDS, form_2014(bits, drawn))
    else:
        farm = trade(t.profile, t.industry).exempt
        relieved = FIRST_YEAR[t.profile] + k // 4 <= RELIEF_UNTIL
        document["xgm"] = _in_yuan(SMALL_2016_FIELDS, form_2016(bits, drawn, t.individual, farm, relieved))
    return document


def _in_yuan(fields: tuple[str, ...], rows: tuple[int, ...]) -> dict[str, float]:
    return dict(zip(fields, [fen / 100 for fen in rows], strict=True))


def form_2014(bits: int, drawn: int) -> tuple[int, ...]:
    """Return the 14 rows in fen. Sales up to the ceiling stand in row 6, without tax."""
    unit = 64 + (bits & 63) << 9 + (bits >> 6 & 3)
    sales = unit * (LEAST + (drawn & 15)) + (drawn >> 4 & 1023)
    invoiced = 128 + (bits >> 8 & 127)  # in 1/256
    export = unit * 4 if bits >> 15 & 63 == 0 else 0
    if sales <= MONTHLY_CEILING:
        return 0, 0, 0, 0, 0, sales, sales * invoiced >> 8, export, 0, 0, 0, 0, 0, 0
    by_bureau = sales * (16 + (drawn >> 14 & 63)) >> 8 if bits >> 21 & 3 == 0 else 0
    ordinary = (sales - by_bureau) * invoiced >> 8
    assets = _asset(drawn)
    tax = (3 * (sales + assets) + 50) // 100
    reduction = assets // 100  # used fixed assets: 2 % instead of 3 %
    payable, prepaid = tax - reduction, (3 * by_bureau + 50) // 100
    return (
        sales, by_bureau, ordinary, assets, assets if drawn >> 45 & 1 else 0, 0, 0, export, 0,
        tax, reduction, payable, prepaid, payable - prepaid,
    )  # fmt: skip


def form_2016(bits: int, drawn: int, individual: bool, farm: bool, relieved: bool) -> tuple[int, ...]:
    """Return the 22 rows in fen. `farm`: sells own produce, without tax; `relieved`: 1 % instead of 3 %.

    Up to the ceiling only what VAT special invoices were issued for is taxed; the rest stands in row 10, for
    individuals in row 11.
    """
    unit = 64 + (bits & 63) << 10 + (bits >> 6 & 3) + (bits >> 8 & 1)
    weight = 3 * LEAST + (drawn & 15) + (drawn >> 4 & 15) + (drawn >> 8 & 15)
    sales = unit * weight + (drawn >> 12 & 1023)
    special = sales * (16 + (drawn >> 22 & 63)) >> 8 if bits >> 9 & 3 == 0 else 0
    assets = _asset(drawn)
    leased = 10_000 * (10 + (drawn >> 41 & 63)) if bits >> 11 & 31 == 0 else 0  # 5 %
    export = unit * 4 if bits >> 16 & 63 == 0 else 0
    if farm:
        return _rows_2016((0, 0, 0, 0, 0, 0), (0, 0, sales), export, relieved)
    if sales + export <= QUARTERLY_CEILING:
        rest = sales - special
        free = (0, rest, 0) if individual else (rest, 0, 0)
        return _rows_2016((special, special, 0, 0, 0, 0), free, export, relieved)
    ordinary = (sales - special) * (128 + (bits >> 22 & 127)) >> 8
    return _rows_2016((sales, special, ordinary, leased, assets, special), (0, 0, 0), export, relieved)


def _rows_2016(
    taxed: tuple[int, ...], free: tuple[int, int, int], export: int, relieved: bool
) -> tuple[int, ...]:
    """Return all rows; `taxed`: rows 1, 2, 3, 4, 7 and the sales prepaid for, `free`: rows 10, 11, 12."""
    r1, r2, r3, r4, r7, by_bureau = taxed
    r10, r11, r12 = free
    r15 = (3 * r1 + 5 * r4 + 3 * r7 + 50) // 100
    r16 = ((2 * r1 if relieved else 0) + r7 + 50) // 100
    r18, r19 = (3 * r10 + 50) // 100, (3 * r11 + 50) // 100
    r20 = r15 - r16
    r21 = min(((1 if relieved else 3) * by_bureau + 50) // 100, r20)
    return (
        r1, r2, r3, r4, 0, r4, r7, r7, r10 + r11 + r12, r10, r11, r12, export, 0,
        r15, r16, r18 + r19 + (3 * r12 + 50) // 100, r18, r19, r20, r21, r20 - r21,
    )  # fmt: skip


def _asset(drawn: int) -> int:
    """Return the price of a used fixed asset, whole hundreds of yuan; one is sold once in 32 periods."""
    return 10_000 * (1 + (drawn >> 28 & 255)) if drawn >> 36 & 31 == 0 else 0
