"""The VAT declaration of a general taxpayer: main form and sheets 1 and 2, from the books of the month."""

from typing import Any

from generators.books.flows import Flows
from generators.books.market import accounts_of
from generators.books.periods import number, period_of
from generators.books.purchases import bought
from generators.books.sales import sales_rows
from generators.books.small import era_of
from generators.calendar import Period, period
from generators.documents.registration import district
from generators.documents.vat.form_fields import MAIN_SURCHARGES, VOUCHER_GENERAL
from generators.documents.vat.heading import heading
from generators.documents.vat.main_form import no_project, project
from generators.documents.vat.schedules import input_sheet, sales_sheet
from generators.documents.vat.surcharges import IN_RETURN, halved_general, levied, surcharge_sheet
from generators.taxpayers.taxpayer import Taxpayer

MONTHS = 12
CITY, EDUCATION, LOCAL = MAIN_SURCHARGES
USUAL_MONTH = 32  # units of sales of a month on the average, see generators.books.flows


def vat_general(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the declaration of the k-th period (see calendar.period), a month. Shape: see `forms`.

    Row 13 is row 20 of the month before, row 25 is row 32 of the month before; both are 0 in the first month
    of a taxpayer's books.
    """
    scale, when = period_of(t, k)
    return general_return(t, k, when if scale == "general" else period(t.profile, "general", k))


def general_return(t: Taxpayer, k: int, when: Period) -> dict[str, Any]:
    """The same for the month `when`, which is the k-th."""
    document = heading(t, k, VOUCHER_GENERAL, when)
    of_all = number(when)
    year, m = of_all // 12, of_all % 12 + 1
    now, a = era_of(when), accounts_of(t, year)
    general = project(a.general, year, m)
    refund = project(a.refund, year, m, 3, a.habits.refunded) if a.refund else no_project(3)
    document["zb"] = [general.month, general.year, refund.month, refund.year]
    flows = general.flows
    document["fb1"] = sales_sheet(sales_rows(a, now, m, flows, refund.flows))
    inputs = bought(t, a, now, of_all, general.bought + refund.bought)
    document["fb2"] = input_sheet(now, inputs, flows.transferred, flows.simple > 0)
    if now.surcharges_at == IN_RETURN:
        sales = _taxed_sales(flows) + (_taxed_sales(refund.flows) if a.refund else 0)
        halved = halved_general(now, t.individual, t.employees, MONTHS * USUAL_MONTH * a.general.unit)
        vat = general.due + refund.due
        found = levied(now, vat, district(t).city_rate, halved=halved, sales_a_month=sales)
        month, (city, education, local) = general.month, found
        month[CITY], month[EDUCATION], month[LOCAL] = city.due / 100, education.due / 100, local.due / 100
        document["fb5"] = surcharge_sheet(found, vat, halved)
    return document


def _taxed_sales(f: Flows) -> int:
    """Rows 1 and 5 of the main form, in fen."""
    sales, _, second_sales, _, _, inspected, _, simple, _, _, _, _, _ = f
    return sales + second_sales + inspected + simple
