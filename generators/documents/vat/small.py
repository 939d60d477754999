"""The VAT declaration of a small-scale taxpayer, in the form of its period: of 2014, of 2016 or of 2021.

Periods do not depend on each other: small-scale taxpayers have no credit to carry forward.
"""

from typing import Any

from generators.books.small import SmallSales, era_of, small_sales
from generators.calendar import Period, period
from generators.documents.registration import district
from generators.documents.vat.form_fields import (
    SMALL_2014_FIELDS,
    SMALL_2016_FIELDS,
    SURCHARGE_FIELDS,
    VOUCHER_SMALL,
)
from generators.documents.vat.heading import heading
from generators.documents.vat.surcharges import IN_RETURN, surcharges
from generators.eras.era import Era
from generators.taxpayers.taxpayer import Taxpayer


def vat_small(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the declaration of the k-th period (see calendar.period). Shape: see `forms`."""
    return small_return(t, k, period(t.profile, "small", k))


def small_return(t: Taxpayer, k: int, when: Period) -> dict[str, Any]:
    """The same for the month or quarter `when`, which is the k-th."""
    document = heading(t, k, VOUCHER_SMALL, when)
    fields = SMALL_2014_FIELDS if era_of(when).small_form == "2014" else SMALL_2016_FIELDS
    rows = rows_of(t, when)
    document["xgm"] = dict(zip(fields, [fen / 100 for fen in rows], strict=True))
    now = era_of(when)
    if now.surcharges_at == IN_RETURN:
        document["xgm"] |= dict(zip(SURCHARGE_FIELDS, _surcharges(t, when, now, rows), strict=True))
    return document


def _surcharges(t: Taxpayer, when: Period, now: Era, rows: tuple[int, ...]) -> list[float]:
    """Rows 23 to 25 in yuan, on what row 22 asks for."""
    sales = rows[0] + rows[3] + rows[6] + rows[8] + rows[12]
    found = surcharges(
        now,
        rows[21],
        district(t).city_rate,
        halved="small" in now.halved_for,
        sales_a_month=sales // when.months,
    )
    return [fen / 100 for fen in found]


def rows_of(t: Taxpayer, when: Period) -> tuple[int, ...]:
    """Return the rows of the form of a period, in fen."""
    now, sold = era_of(when), small_sales(t, when)
    return form_2014(sold) if now.small_form == "2014" else form_2016(sold, t.individual, now)


def prepaid_and_due(t: Taxpayer, when: Period) -> tuple[int, int]:
    """Return what was prepaid for a period and what is due, in fen: the last row but one, and the last."""
    prepaid, due = rows_of(t, when)[-2:]
    return prepaid, due


def form_2014(s: SmallSales) -> tuple[int, ...]:
    """Return the 14 rows in fen. Sales up to the ceiling stand in row 6, without tax, but for those on VAT
    special invoices, which the bureau issues against prepayment."""
    taxed, exempt = (s.special, s.sales - s.special) if s.exempt else (s.sales, 0)
    tax = (3 * (taxed + s.assets) + 50) // 100
    reduction = s.assets // 100  # used fixed assets: 2 % instead of 3 %
    payable, prepaid = tax - reduction, (3 * s.special + 50) // 100
    return (
        taxed, s.special, 0 if s.exempt else s.ordinary, s.assets, s.assets if s.assets_invoiced else 0,
        exempt, s.ordinary if s.exempt else 0, s.export, 0,
        tax, reduction, payable, prepaid, payable - prepaid,
    )  # fmt: skip


def form_2016(s: SmallSales, individual: bool, now: Era) -> tuple[int, ...]:
    """Return the 22 rows in fen.

    Up to the ceiling only what VAT special invoices were issued for is taxed; the rest stands in row 10, for
    individuals in row 11. In 2022 all sales without a special invoice were exempt, above the ceiling in row
    12, where own farm produce always stands.
    """
    by_bureau = 0 if now.small_own_special else s.special
    if s.farm:
        return small_rows(now, s.rate, exempt_other=s.sales, export=s.export)
    if s.exempt:
        own = {"exempt_individual" if individual else "exempt_small": s.sales - s.special}
        return small_rows(
            now, s.rate, taxed=s.special, special=s.special, export=s.export, by_bureau=by_bureau, **own
        )
    if not s.rate:
        return small_rows(
            now, s.rate, taxed=s.special, special=s.special, assets=s.assets,
            exempt_other=s.sales - s.special, export=s.export,
        )  # fmt: skip
    return small_rows(
        now, s.rate, taxed=s.sales, special=s.special, ordinary=s.ordinary, leased=s.leased, assets=s.assets,
        export=s.export, by_bureau=by_bureau,
    )  # fmt: skip


def small_rows(
    now: Era,
    charged: int,
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

    charged: percent where the levy is 3, 0 for none; `taxed` at the levy of 3 %, of which
    `special` and `ordinary` invoices; `leased` at 5 %; `assets`: used ones, 3 % less one; three kinds of
    exempt sales (rows 10, 11, 12); `by_bureau`: sales whose special invoices the bureau issued, against
    prepayment. Exempt tax is that of the levy, never of the reduced rate.
    """
    relief = now.levy - (charged or now.levy)  # in 2022 special invoices were of 3 %
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
