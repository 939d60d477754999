"""City construction tax and education surcharges on the VAT of a return that has them: since August 2021.

Sources: the surcharges' sheet (5 = VAT x rate, 13 = 5 - relief); 财税〔2019〕13号 and 公告2023年12号
for the half, 财税〔2016〕12号 for sales without the education surcharges.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from generators.books.flows import new
from generators.eras.era import Era

IN_RETURN = "return"
LOW_PROFIT_SALES = 30_000_000_00
"""Fen a year: a tenth of it as profit is the 3 million yuan of taxable income of a low-profit enterprise."""


class Surcharges(NamedTuple):
    """City construction tax, education surcharge, local education surcharge, in fen."""

    city: int
    education: int
    local: int


NO_SURCHARGES = Surcharges(0, 0, 0)


class Levied(NamedTuple):
    """One surcharge: percent, on the VAT; not levied at all; relieved of a half; to be paid. In fen."""

    rate: int
    amount: int
    free: int
    relief: int
    due: int


def levied(
    now: Era, vat: int, city_rate: float, *, halved: bool, sales_a_month: int
) -> tuple[Levied, Levied, Levied]:
    """Return the three surcharges on `vat` fen that are to be paid, see `surcharges`."""
    free = sales_a_month <= 100 * now.education_exempt_month
    return (
        _levied(round(city_rate), vat, False, halved),
        _levied(now.education, vat, free, halved),
        _levied(now.local_education, vat, free, halved),
    )


def _levied(rate: int, vat: int, free: bool, halved: bool) -> Levied:
    if vat <= 0:
        return new(Levied, (rate, 0, 0, 0, 0))
    amount = (vat * rate + 50) // 100
    if free:
        return new(Levied, (rate, amount, amount, 0, 0))
    relief = amount + 1 >> 1 if halved else 0
    return new(Levied, (rate, amount, 0, relief, amount - relief))


def surcharges(now: Era, vat: int, city_rate: float, *, halved: bool, sales_a_month: int) -> Surcharges:
    """Return what is levied on `vat` fen that are to be paid; nothing on a refund.

    city_rate: percent, 7, 5 or 1. halved: the payer has the relief of a half. sales_a_month: fen, up to a
    limit of which the two education surcharges are not levied. The half that is relieved is rounded half up,
    and what is left is the difference.
    """
    if vat <= 0:
        return NO_SURCHARGES
    free = sales_a_month <= 100 * now.education_exempt_month
    rates = (round(city_rate), 0 if free else now.education, 0 if free else now.local_education)
    amounts = [(vat * rate + 50) // 100 for rate in rates]
    return Surcharges(*(amount - (amount + 1) // 2 if halved else amount for amount in amounts))


def halved_general(now: Era, individual: bool, employees: int, sales_a_year: int) -> bool:
    """Whether a general taxpayer pays half: an individual business, or an enterprise of low profit.

    Who has a low profit is estimated by staff and sales (fen), as profits of a year are not known in its
    months. Unconfirmed.
    """
    if individual:
        return "individual" in now.halved_for
    if sales_a_year > LOW_PROFIT_SALES or "low_profit" not in now.halved_for:
        return False
    return employees <= max(now.cit_small_staff)


def surcharge_sheet(found: tuple[Levied, Levied, Levied], vat: int, halved: bool) -> dict[str, Any]:
    """Return sheet 5 since August 2021, amounts in yuan. Shape: see `form_fields`."""
    if vat <= 0:
        return {"rows": [row.copy() for row in _nothing_levied(found, halved)]}
    city, education, local = found
    base, share = vat / 100, 50.0 if halved else 0.0
    (_, a, f, r, d), (_, a2, f2, r2, d2), (_, a3, f3, r3, d3) = found
    whole = 0, a + a2 + a3, f + f2 + f3, r + r2 + r3, d + d2 + d3
    return {"rows": [
        _row("1", base, share, city), _row("2", base, share, education), _row("3", base, share, local),
        _row("4", 0.0, 0.0, whole),
    ]}  # fmt: skip


@lru_cache(maxsize=64)
def _nothing_levied(found: tuple[Levied, Levied, Levied], halved: bool) -> tuple[dict[str, Any], ...]:
    """The rows where nothing is to be paid: they differ by rates and relief alone."""
    rows = [_row(label, 0.0, 50.0 if halved else 0.0, one) for label, one in zip("123", found, strict=True)]
    return *rows, _row("4", 0.0, 0.0, (0, 0, 0, 0, 0))


def _row(label: str, base: float, share: float, one: tuple[int, int, int, int, int]) -> dict[str, Any]:
    rate, amount, free, relief, due = one
    return {
        "ewbhxh": label, "zzsse": base, "zzsmdse": 0.0, "ldtse": 0.0, "sl": rate + 0.0,
        "bqynse": amount / 100, "jmse": free / 100 if free else 0.0, "jzbl": share,
        "jzse": relief / 100 if relief else 0.0,
        "dmse": 0.0, "bqyjse": 0.0, "bqybtse": due / 100,
    }  # fmt: skip
