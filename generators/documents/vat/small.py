"""The VAT declaration of a small-scale taxpayer, in the form of its period: of 2014, of 2016 or of 2021.

Periods do not depend on each other: small-scale taxpayers have no credit to carry forward.
"""

from typing import Any

from generators.calendar import period
from generators.documents.goods import trade
from generators.documents.vat.form_fields import SMALL_2014_FIELDS, SMALL_2016_FIELDS, VOUCHER_SMALL
from generators.documents.vat.heading import heading
from generators.eras.era import Era, era
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

LEAST = 8  # a month's sales are LEAST .. LEAST + 15 units
DRAWS_FROM = {"2014": 12 * 2015, "2016": 12 * 2024, "2021": 12 * 2024}  # month whose draws have number 1


def vat_small(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the declaration of the k-th period (see calendar.period). Shape: see `forms`."""
    document = heading(t, k, VOUCHER_SMALL, "small")
    when = period(t.profile, "small", k)
    now, farm = era(when.last), trade(when.last, t.industry).exempt
    month = 12 * when.year + when.month - 1
    number = (month - DRAWS_FROM[now.small_form]) // when.months + 1  # whatever profile asks: the same draws
    bits, drawn = splitmix64(t.key), splitmix64(t.key + number * GOLDEN)
    if now.small_form == "2014":
        document["xgm"] = _in_yuan(SMALL_2014_FIELDS, form_2014(bits, drawn, now))
    else:
        document["xgm"] = _in_yuan(
            SMALL_2016_FIELDS, form_2016(bits, drawn, t.individual, farm, now, when.months)
        )
    return document


def _in_yuan(fields: tuple[str, ...], rows: tuple[int, ...]) -> dict[str, float]:
    return dict(zip(fields, [fen / 100 for fen in rows], strict=True))


def form_2014(bits: int, drawn: int, now: Era) -> tuple[int, ...]:
    """Return the 14 rows in fen. Sales up to the ceiling stand in row 6, without tax."""
    unit = 64 + (bits & 63) << 9 + (bits >> 6 & 3)
    sales = unit * (LEAST + (drawn & 15)) + (drawn >> 4 & 1023)
    invoiced = 128 + (bits >> 8 & 127)  # in 1/256
    export = unit * 4 if bits >> 15 & 63 == 0 else 0
    if sales <= now.small_exempt_month * 100:
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


def form_2016(bits: int, drawn: int, individual: bool, farm: bool, now: Era, months: int) -> tuple[int, ...]:
    """Return the 22 rows in fen. `farm`: sells own produce, without tax.

    Up to the ceiling only what VAT special invoices were issued for is taxed; the rest stands in row 10, for
    individuals in row 11. In 2022 all sales without a special invoice were exempt, above the ceiling in row
    12.
    """
    unit = 64 + (bits & 63) << 10 + (bits >> 6 & 3) + (bits >> 8 & 1)
    weight = 3 * LEAST + (drawn & 15) + (drawn >> 4 & 15) + (drawn >> 8 & 15)
    sales = unit * weight + (drawn >> 12 & 1023)
    special = sales * (16 + (drawn >> 22 & 63)) >> 8 if bits >> 9 & 3 == 0 else 0
    assets = _asset(drawn)
    leased = 10_000 * (10 + (drawn >> 41 & 63)) if bits >> 11 & 31 == 0 and 5 in now.levy_others else 0
    export = unit * 4 if bits >> 16 & 63 == 0 else 0
    by_bureau = 0 if now.small_own_special else special
    if farm:
        return small_rows(now, exempt_other=sales, export=export)
    if sales + export <= now.small_exempt_month * 100 * months:
        rest = sales - special
        own = {"exempt_individual": rest} if individual else {"exempt_small": rest}
        return small_rows(now, taxed=special, special=special, export=export, by_bureau=by_bureau, **own)
    if not now.small_charged:
        return small_rows(
            now, taxed=special, special=special, assets=assets, exempt_other=sales - special, export=export
        )
    ordinary = (sales - special) * (128 + (bits >> 22 & 127)) >> 8
    return small_rows(
        now, taxed=sales, special=special, ordinary=ordinary, leased=leased, assets=assets, export=export,
        by_bureau=by_bureau,
    )  # fmt: skip


def small_rows(
    now: Era,
    *,
    taxed: int = 0,
    special: int = 0,
    ordinary: int = 0,
    leased: int = 0,
    assets: int = 0,
    exempt_small: int = 0,
    exempt_individual: int = 0,
    exempt_other: int = 0,
    export: int = 0,
    by_bureau: int = 0,
) -> tuple[int, ...]:
    """Return rows 1 .. 22 of the form of 2016 and 2021 in fen, all from sales without tax.

    `taxed` at the levy of 3 %, of which `special` and `ordinary` invoices; `leased` at 5 %; `assets`: used
    ones, 3 % less one; three kinds of exempt sales (rows 10, 11, 12); `by_bureau`: sales whose special
    invoices the bureau issued, against prepayment. Exempt tax is that of the levy, never of the reduced rate.
    """
    relief = now.levy - (now.small_charged or now.levy)  # in 2022 special invoices were of 3 %
    r15 = (now.levy * (taxed + assets) + 5 * leased + 50) // 100
    r16 = (relief * taxed + assets + 50) // 100
    r18, r19 = (now.levy * exempt_small + 50) // 100, (now.levy * exempt_individual + 50) // 100
    r17 = r18 + r19 + (now.levy * exempt_other + 50) // 100
    r20 = r15 - r16
    r21 = min(((now.levy - relief) * by_bureau + 50) // 100, r20)
    exempt = exempt_small + exempt_individual + exempt_other
    return (
        taxed, special, ordinary, leased, 0, leased, assets, assets, exempt, exempt_small, exempt_individual,
        exempt_other, export, 0, r15, r16, r17, r18, r19, r20, r21, r20 - r21,
    )  # fmt: skip


def _asset(drawn: int) -> int:
    """Return the price of a used fixed asset, whole hundreds of yuan; one is sold once in 32 periods."""
    return 10_000 * (1 + (drawn >> 28 & 255)) if drawn >> 36 & 31 == 0 else 0
