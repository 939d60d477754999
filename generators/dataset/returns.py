"""What a taxpayer filed and paid of VAT within a span, as rows of the tables of returns."""

from __future__ import annotations

from typing import Any

from generators.books.market import accounts_of
from generators.books.periods import number
from generators.books.settling import settled
from generators.dataset.numbers import payment_row, voucher
from generators.dataset.span import Span, people, periods
from generators.documents.vat.declaration import due
from generators.documents.vat.form_fields import (
    MAIN_FIELDS,
    SHEET1_FIELDS,
    SMALL_2014_FIELDS,
    SMALL_2016_FIELDS,
)
from generators.documents.vat.general import general_return
from generators.documents.vat.small import small_return
from generators.taxpayers.taxpayer import Taxpayer

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
TABLES = (
    "declarations", "vat_main", "vat_sheet1", "vat_sheet2", "vat_small_2014", "vat_small_2016", "dues",
    "payments",
)  # fmt: skip
VAT = "10101"
HEADING = ("nsrsbh", "nsrmc", "yzpzzlDm", "skssqq", "skssqz", "sbsxDm1", "sbrq1")


def write(span: Span, t: Taxpayer, place: int, rows: Rows) -> None:
    """Write the returns and payments of a taxpayer, who is as on the span's day; `place`: in the set."""
    for scale, when in periods(t, span.first - 1, span.last):
        a = accounts_of(t, when.year) if scale == "general" else None
        k = number(when)
        filed = span.first <= k + 1 <= span.last
        pzxh = voucher(span, t, place, k) if filed else ""
        how = settled(t, k, when, a)
        if filed:
            view = people(span.seed, k + 1).taxpayer(t.index)
            _return(general_return(view, k, when) if a else small_return(view, k, when), pzxh, rows)
            if how.due > 0:
                rows["dues"].append((pzxh, t.djxh, VAT, *when, how.due / 100, str(how.deadline)))
        elif k >= span.last and not how.due:
            continue
        for part, paid in enumerate(how.paid):
            if span.holds(str(paid.on)) and (filed or paid.kind == "prepaid"):
                of = "" if paid.kind == "prepaid" else pzxh
                rows["payments"].append(payment_row(span, t, place, k, 0, paid, of, VAT, when, part))


def _return(document: dict[str, Any], pzxh: str, rows: Rows) -> None:
    rows["declarations"].append((pzxh, document["djxh"], *map(document.__getitem__, HEADING), due(document)))
    if "xgm" in document:
        form = document["xgm"]
        fields = SMALL_2014_FIELDS if "yzzzsbhsxse" in form else SMALL_2016_FIELDS
        table = "vat_small_2014" if fields is SMALL_2014_FIELDS else "vat_small_2016"
        rows[table].append((pzxh, *map(form.__getitem__, fields)))
        return
    for column in document["zb"]:
        rows["vat_main"].append((pzxh, str(column["ewblxh"]), *map(column.__getitem__, MAIN_FIELDS)))
    for row in document["fb1"]["rows"]:
        rows["vat_sheet1"].append((pzxh, row["ewbhxh"], *map(row.__getitem__, SHEET1_FIELDS)))
    for row in document["fb2"]["rows"]:
        rows["vat_sheet2"].append((pzxh, row["ewbhxh"], row["fs"], row["je"], row["se"]))
