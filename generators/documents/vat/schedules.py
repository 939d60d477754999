"""Sheets 1 (sales by rate and invoice) and 2 (input tax) of the general VAT form. Shapes: see `forms`."""

from typing import Any

from generators.books.purchases import Bought, Slips
from generators.books.sales import SalesRow
from generators.eras.era import Era

Row = dict[str, Any]


def sales_sheet(rows: list[SalesRow]) -> Row:
    """Return sheet 1."""
    return {"rows": [sales_row(row) for row in rows]}


def sales_row(row: SalesRow) -> Row:
    """Return a row in yuan; amounts come in fen. Nothing is deducted from sales (column 12)."""
    label, _, special, special_tax, other, other_tax, none, none_tax, inspected, inspected_tax = row
    amount = special + other + none + inspected
    tax = special_tax + other_tax + none_tax + inspected_tax
    gross, amount_in_yuan, tax_in_yuan = (amount + tax) / 100, amount / 100, tax / 100
    return {
        "ewbhxh": label,
        "kjskzzszyfpXse": special / 100,
        "kjskzzszyfpXxynse": special_tax / 100,
        "kjqtfpXse": other / 100,
        "kjqtfpXxynse": other_tax / 100,
        "wkjfpXse": none / 100,
        "wkjfpXxynse": none_tax / 100,
        "nsjctzdxse": inspected / 100 if inspected else 0.0,
        "nsjctzXxynse": inspected_tax / 100 if inspected else 0.0,
        "xse": amount_in_yuan,
        "hjXxynse": tax_in_yuan,
        "jshj": gross,
        "ysfwkcxmbqsjkcje": 0.0,
        "kchHsmsxse": gross,
        "kchXxynse": tax_in_yuan,
    }


def input_sheet(now: Era, b: Bought, transferred: int, simple: bool) -> Row:
    """Return sheet 2 of an era for what was bought and the input tax transferred out (fen).

    Outside the tutoring period invoices are deducted in the month in which they are verified: row 26 is 0.
    """
    special, customs, farm, other = b
    count, amount, tax = special
    bought_for, deducted = amount / 100, tax / 100
    rows: list[Row] = [
        {"ewbhxh": "1", "fs": count, "je": bought_for, "se": deducted},
        {"ewbhxh": "2", "fs": count, "je": bought_for, "se": deducted},
    ]
    last: Row = {"ewbhxh": "35", "fs": count, "je": bought_for, "se": deducted}
    others = customs.tax + farm.tax + other.tax
    if others:
        slips, bought = customs[0] + farm[0] + other[0], customs.amount + farm.amount + other.amount
        count, amount, tax = count + slips, amount + bought, tax + others
        rows.append({"ewbhxh": "4", "fs": slips, "je": bought / 100, "se": others / 100})
        if customs.tax:
            rows.append(input_row("5", customs))
        if farm.tax:
            rows.append(input_row("6", farm))
        if other.tax:
            rows.append(input_row(now.row_other_vouchers, other))
    rows.append({"ewbhxh": "12", "fs": count, "je": amount / 100, "se": tax / 100})
    if transferred:
        out = transferred / 100
        rows.append({"ewbhxh": "13", "fs": 0, "je": 0.0, "se": out})
        rows.append({"ewbhxh": "17" if simple else "14", "fs": 0, "je": 0.0, "se": out})
    rows.append(last)
    return {"rows": rows}


def input_row(label: str, found: Slips) -> Row:
    """Return a row of sheet 2; amount and tax in yuan."""
    count, amount, tax = found
    return {"ewbhxh": label, "fs": count, "je": amount / 100, "se": tax / 100}
