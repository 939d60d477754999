"""Sheets 1 (sales by rate and invoice) and 2 (input tax) of the general VAT form. Shapes: see `forms`."""

from typing import Any, NamedTuple

from generators.documents.goods import SIMPLE_RATE, Trade
from generators.documents.vat.books import Flows
from generators.documents.vat.form_fields import SHEET1_FIELDS
from generators.eras.era import Era

UNTAXED = {"ewbhxh": "", **dict.fromkeys(SHEET1_FIELDS, 0.0)}
CUSTOMS_SHARE = 5  # 1/16 of the input tax of an importer
FARM_SHARE = 2
INPUT_RATE = 10  # percent: tax to amount of a mix of purchases
INVOICE_AMOUNT = 1 << 17  # fen, least average amount of a purchase invoice

Row = dict[str, Any]


class Habits(NamedTuple):
    """What a taxpayer's sheets are like."""

    special: int  # share of the sales with VAT special invoices, in 1/256
    other: int  # share of the rest with other invoices, in 1/256
    imports: bool
    farm_produce: bool  # buys it
    size: int  # 0 .. 255: size of the average purchase invoice

    @property
    def refunded(self) -> int:
        """Share of the tax paid that is refunded at once, in 1/256."""
        return 128 + (self.size & 63)


def sales_sheet(now: Era, sold: Trade, h: Habits, general: Flows, refund: Flows) -> Row:
    """Return sheet 1: the general project's sales, and those with an immediate refund among rows 1 .. 5."""
    totals = {sold.main: (general.sales, general.tax)}
    if general.second_sales:
        totals[sold.second] = (general.second_sales, general.second_tax)
    if refund.sales:
        sales, tax = totals.get(1, (0, 0))
        totals[1] = (sales + refund.sales, tax + refund.tax)
    inspected = {sold.main: (general.inspected, general.inspected_tax)}
    rates, labels = now.rates, now.labels
    rows = [
        sales_row(labels[row], sales, tax, rates[row], h, *inspected.get(row, (0, 0)))
        for row, (sales, tax) in totals.items()
    ]
    if refund.sales:
        rows.append(sales_row("6", refund.sales, refund.tax, rates[1], h))
    goods = not sold.services
    if general.simple:
        rows.append(sales_row("11" if goods else "12", general.simple, general.simple_tax, SIMPLE_RATE, h))
    if general.export:
        rows.append(untaxed_row("16" if goods else "17", general.export, h))
    if general.exempt:
        rows.append(untaxed_row("18" if goods else "19", general.exempt, h))
    return {"rows": rows}


def sales_row(
    label: str, sales: int, tax: int, rate: int, h: Habits, inspected: int = 0, inspected_tax: int = 0
) -> Row:
    """Return a taxed row in yuan; amounts come in fen. Special invoices' tax takes what rounding leaves."""
    special = sales * h.special >> 8
    other = (sales - special) * h.other >> 8
    none = sales - special - other
    other_tax, none_tax = (other * rate + 50) // 100, (none * rate + 50) // 100
    amount, whole_tax = sales + inspected, tax + inspected_tax
    gross = amount + whole_tax
    return {
        "ewbhxh": label,
        "kjskzzszyfpXse": special / 100,
        "kjskzzszyfpXxynse": (tax - other_tax - none_tax) / 100,
        "kjqtfpXse": other / 100,
        "kjqtfpXxynse": other_tax / 100,
        "wkjfpXse": none / 100,
        "wkjfpXxynse": none_tax / 100,
        "nsjctzdxse": inspected / 100,
        "nsjctzXxynse": inspected_tax / 100,
        "xse": amount / 100,
        "hjXxynse": whole_tax / 100,
        "jshj": gross / 100,
        "ysfwkcxmbqsjkcje": 0.0,
        "kchHsmsxse": gross / 100,
        "kchXxynse": whole_tax / 100,
    }


def untaxed_row(label: str, sales: int, h: Habits) -> Row:
    """Return a row of exports or exempt sales in yuan: no special invoices, no tax."""
    other = sales * h.other >> 8
    amount = sales / 100
    filled = {"kjqtfpXse": other / 100, "wkjfpXse": (sales - other) / 100, "xse": amount, "jshj": amount}
    return {**UNTAXED, "ewbhxh": label, **filled, "kchHsmsxse": amount}


def input_sheet(now: Era, h: Habits, tax: int, transferred: int, simple: bool) -> Row:
    """Return sheet 2 for the input tax and the input tax transferred out, both in fen.

    Outside the tutoring period invoices are deducted in the month in which they are verified: row 26 is 0.
    """
    customs = tax * CUSTOMS_SHARE >> 4 if h.imports else 0
    farm = tax * FARM_SHARE >> 4 if h.farm_produce else 0
    verified = purchases(tax - customs - farm, h)
    rows = [input_row("1", verified), input_row("2", verified)]
    others = (
        [("5", purchases(customs, h, now.standard)), ("6", purchases(farm, h, now.farm_deduction))]
        if customs or farm
        else []
    )
    whole = verified
    if others:
        fourth = tuple(map(sum, zip(*(cells for _, cells in others), strict=True)))
        rows.append(input_row("4", fourth))
        rows += [input_row(label, cells) for label, cells in others if cells[2]]
        whole = tuple(map(sum, zip(verified, fourth, strict=True)))
    rows.append(input_row("12", whole))
    if transferred:
        out = (0, 0, transferred)
        rows += [input_row("13", out), input_row("17" if simple else "14", out)]
    rows.append(input_row("35", verified))
    return {"rows": rows}


def purchases(tax: int, h: Habits, rate: int = INPUT_RATE) -> tuple[int, ...]:
    """Return count, amount and tax (fen) of the invoices of `tax`; rounded up, lest a rate be passed."""
    amount = -(-tax * 100 // rate)
    return (1 + amount // (INVOICE_AMOUNT + (h.size << 14)) if amount else 0, amount, tax)


def input_row(label: str, cells: tuple[int, ...]) -> Row:
    """Return a row of sheet 2; amount and tax in yuan."""
    count, amount, tax = cells
    return {"ewbhxh": label, "fs": count, "je": amount / 100, "se": tax / 100}
