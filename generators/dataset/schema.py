"""The tables of a data set: columns in order, primary keys, and which column is a key of which table.

Kinds: text; day (yyyy-mm-dd); month (yyyy-mm); money in yuan; number (counts); real (quantities, prices).
"""

from __future__ import annotations

from typing import NamedTuple

from generators.documents.returns.cit_form import LAYOUTS, SMALL_RELIEF
from generators.documents.returns.statements import BALANCE_ROWS, PROFIT_ROWS
from generators.documents.vat.form_fields import (
    MAIN_FIELDS,
    SHEET1_FIELDS,
    SMALL_2014_FIELDS,
    SMALL_2016_FIELDS,
)

DATES = ("djrq", "kyslrq")
NUMBERS = ("cyrs", "zczb", "tzze", "zrrtzbl", "wztzbl", "gytzbl")
REGISTRATION = (  # as generators.documents.registration has them
    "djxh nsrsbh shxydm ssdabh nsrmc kzztdjlxDm djzclxDm nsrztDm hyDm zzjgDm fddbrxm fddbrsfzjlxDm "
    "fddbrsfzjhm scjydz scjydzxzqhszDm zcdz zcdzxzqhszDm jdxzDm dwlsgxDm djjgDm djrq kyslrq zgswjDm "
    "zgswskfjDm ssglyDm sjgsdq yxbz gdslxDm zcdyzbm zcdlxdh scjydlxdh jyfw hsfsDm cyrs kjzdzzDm zczb "
    "tzze zrrtzbl wztzbl gytzbl zfjglxDm zzsqylxDm gszch cwfzrxm cwfzrsfzjzlDm cwfzrsfzjhm cwfzrgddh "
    "cwfzryddh bsrxm bsrsfzjzlDm bsrsfzjhm bsrgddh bsryddh fddbryddh yhhbDm yhzh khyhhh khyhmc zhmc "
    "sfxyh bz"
).split()


class Table(NamedTuple):
    """`key`: columns of the primary key; `refers`: column -> (table, its column) that its values are in."""

    columns: dict[str, str]
    key: tuple[str, ...]
    refers: dict[str, tuple[str, str]]


def _table(columns: str | dict[str, str], key: str, **refers: str) -> Table:
    if isinstance(columns, str):
        words = (word.partition(":") for word in columns.split())
        columns = {name: kind or "text" for name, _, kind in words}
    pairs = {column: tuple(of.split(".")) for column, of in refers.items()}
    return Table(columns, tuple(key.split()), {column: (of[0], of[1]) for column, of in pairs.items()})


def _registration() -> dict[str, str]:
    kinds = {**dict.fromkeys(DATES, "day"), **dict.fromkeys(NUMBERS, "number")}
    own = {name: kinds.get(name, "text") for name in REGISTRATION}
    return own | {"ynsrsbh": "text", "nsrlx": "text", "ybnsrq": "text"}


def _cit(name: str) -> dict[str, str]:
    """The rows of a layout of the prepayment of income tax (the rate is no amount), and who is small."""
    layout = LAYOUTS[name]
    rows = {f"r{row}": "money" for row in range(layout.first, layout.last + 1)} | {f"r{layout.rate}": "real"}
    part = {SMALL_RELIEF: "money"} if layout.more else {}
    return {"pzxh": "text"} | rows | part | {"xxwl": "text", "cyrs": "number", "zcze": "money"}


def _form(fields: tuple[str, ...], line: str = "", money: str = "money") -> dict[str, str]:
    return {"pzxh": "text", **({line: "text"} if line else {}), **dict.fromkeys(fields, money)}


def _rows(last: int) -> tuple[str, ...]:
    return tuple(f"r{row}" for row in range(1, last + 1))


TAXPAYER = "taxpayers.djxh"
RETURN = "declarations.pzxh"
TABLES: dict[str, Table] = {
    "taxpayers": _table(_registration(), "djxh"),
    "taxpayer_ids": _table("djxh nsrsbh yxqq:day yxqz:day", "djxh yxqq", djxh=TAXPAYER),
    "tax_kinds": _table(
        "djxh zsxmDm zspmDm sbqxDm nsqxDm slhdwse:real rdyxqq:day rdyxqz:day",
        "djxh zspmDm rdyxqq",
        djxh=TAXPAYER,
    ),
    "ranges": _table("fpDm fpqshm fpzzhm fpzlDm djxh fs:number lgrq:day", "fpDm fpqshm", djxh=TAXPAYER),
    "invoices": _table(
        "fpDm fphm fpzlDm djxh fpqshm xfsbh xfmc gfdjxh gfsbh gfmc kprq:day hjje:money hjse:money jshj:money "
        "yfpDm yfphm",
        "fpDm fphm",
        djxh=TAXPAYER,
    ),
    "invoice_lines": _table(
        "fpDm fphm xh:number spbm spmc ggxh dw sl:real dj:real je:money slv:real se:money", "fpDm fphm xh"
    ),
    "verifications": _table(
        "fpDm fpqshm fpzzhm fpzlDm djxh fs:number kpje:money se:money yjrq:day",
        "fpDm fpqshm",
        djxh=TAXPAYER,
    ),
    "deductions": _table(
        "djxh ssyf:month fpDm fphm xfdjxh kprq:day je:money se:money",
        "fpDm fphm",
        djxh=TAXPAYER,
        xfdjxh=TAXPAYER,
    ),
    "declarations": _table(
        "pzxh djxh nsrsbh nsrmc yzpzzlDm skssqq:day skssqz:day sbsxDm1 sbrq1:day ybtse:money",
        "pzxh",
        djxh=TAXPAYER,
    ),
    "vat_main": _table(_form(MAIN_FIELDS, "ewblxh"), "pzxh ewblxh", pzxh=RETURN),
    "vat_sheet1": _table(_form(SHEET1_FIELDS, "ewbhxh"), "pzxh ewbhxh", pzxh=RETURN),
    "vat_sheet2": _table("pzxh ewbhxh fs:number je:money se:money", "pzxh ewbhxh", pzxh=RETURN),
    "vat_small_2014": _table(_form(SMALL_2014_FIELDS), "pzxh", pzxh=RETURN),
    "vat_small_2016": _table(_form(SMALL_2016_FIELDS), "pzxh", pzxh=RETURN),
    **{f"cit_{name}": _table(_cit(name), "pzxh", pzxh=RETURN) for name in LAYOUTS},
    "statements": _table("pzxh fplr:money", "pzxh", pzxh=RETURN),
    "profit_statement": _table(_form(_rows(PROFIT_ROWS), "ewblxh"), "pzxh ewblxh", pzxh=RETURN),
    "balance_sheet": _table(_form(_rows(BALANCE_ROWS), "ewblxh"), "pzxh ewblxh", pzxh=RETURN),
    "wages": _table(
        "pzxh xh:number xm sfzjlxDm sfzjhm rzrq:day sr:money jbylaobxf:money jbylbxf:money sybxf:money "
        "zfgjj:money jcfy:money ljsr:money ljjcfy:money ljzxkc:money ljzxfjkc:money ynssde:money sl:real "
        "sskcs:money ynse:money yjse:money ybtse:money",
        "pzxh xh",
        pzxh=RETURN,
    ),
    "stamp_tax": _table(
        "pzxh zspmDm jsje:money sysl:real bqynse:money phjmse:money bqyjse1:money bqybtse:money "
        "phjzbl:number",
        "pzxh zspmDm",
        pzxh=RETURN,
    ),
    "insurance": _table(
        "pzxh zspmDm jsje:money sysl:real bqynse:money bqybtse:money jfrs:number", "pzxh zspmDm", pzxh=RETURN
    ),
    "dues": _table(
        "pzxh djxh zsxmDm skssqq:day skssqz:day ybtse:money jkqx:day", "pzxh", djxh=TAXPAYER, pzxh=RETURN
    ),
    "payments": _table(
        "serial pzxh djxh zsxmDm skssqq:day skssqz:day jklx kkje:money dkje:money znj:money jkrq:day "
        "sfxyh lrrDm",
        "serial",
        djxh=TAXPAYER,
        pzxh=RETURN,
    ),
}
