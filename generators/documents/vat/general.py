"""The VAT declaration of a general taxpayer: main form, sheets 1 and 2."""

from typing import Any

from generators.calendar import FIRST_YEAR
from generators.documents.goods import RATES, Trade, trade
from generators.documents.vat.books import Books, books
from generators.documents.vat.form_fields import VOUCHER_GENERAL
from generators.documents.vat.heading import heading
from generators.documents.vat.main_form import no_project, project
from generators.documents.vat.schedules import Habits, input_sheet, sales_sheet
from generators.taxpayers.permutation import splitmix64
from generators.taxpayers.taxpayer import Taxpayer

RELIEF = {"gt3_2015": 33_000, "current": 28_000}  # fen a year, for the tax-control device


def vat_general(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the declaration of the k-th month (k >= 0). Shape: see `forms`.

    Row 13 is row 20 of month k-1, row 25 is row 32 of month k-1; both are 0 for k = 0.
    """
    document = heading(t, k, VOUCHER_GENERAL)
    sold = trade(t.profile, t.industry)
    habits, general_books, refund_books = accounts(t, sold)
    year, month = FIRST_YEAR[t.profile] + k // 12, k % 12 + 1
    general = project(general_books, year, month)
    refund = project(refund_books, year, month, 3, habits.refunded) if refund_books else no_project(3)
    document["zb"] = [general.month, general.year, refund.month, refund.year]
    document["fb1"] = sales_sheet(RATES[t.profile], sold, habits, general.flows, refund.flows)
    bought = general.bought + refund.bought
    document["fb2"] = input_sheet(habits, bought, general.flows.transferred, general.flows.simple > 0)
    return document


def accounts(t: Taxpayer, sold: Trade) -> tuple[Habits, Books, Books | None]:
    """Return a taxpayer's habits, the books of the general project, and of the immediate refund if any."""
    bits = splitmix64(t.key)
    size = 17 + (bits & 3) + (bits >> 2 & 3) + (bits >> 4 & 3)  # 0.4 to 500 million yuan of sales a year
    unit = 64 + (bits >> 6 & 63) << size - 6
    goods = sold.main in (1, 3)
    general = books(
        t.key,
        FIRST_YEAR[t.profile],
        unit,
        (sold.rate, sold.second_rate),
        16 + (bits >> 12 & 31) if sold.second else 0,
        goods=(goods, sold.second in (1, 3)),
        inspections=True,
        repair=goods and bits >> 17 & 7 == 0,
        simple=unit >> 4 if bits >> 20 & 7 == 0 else 0,
        exempt=unit << 1 if sold.exempt else unit >> 3 if bits >> 23 & 15 == 0 else 0,
        export=unit >> 2 if goods and bits >> 27 & 15 == 0 else 0,
        relief=RELIEF[t.profile],
        prepaid=2 + (bits >> 31 & 3) if bits >> 33 & 7 == 0 else 0,
    )
    refund = None
    if sold.refund and bits >> 36 & 1:
        refund = books(splitmix64(bits), general.first_year, unit >> 2, (RATES[t.profile][1], 0))
    special = (32 if sold.retail else 128) + (bits >> 37 & 63)
    habits = Habits(special, 128 + (bits >> 43 & 127), bits >> 50 & 7 == 0, bits >> 53 & 7 == 0, bits >> 56)
    return habits, general, refund
