"""Domains 01 to 04: what registration, tax kinds and invoices on file must say before a case is taken."""

from __future__ import annotations

import orjson

from renhai.reference.cases.registry import Application, check
from renhai.reference.cases.tables import FINISHED, valid_rows
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import fen
from renhai.reference.storage.jobs import View

OLD_VALUE = rule("80010011", "变更前内容与登记信息不符", "bgqz is what is on file for bgxmDm")
NO_CHANGE = rule("80010012", "变更前后内容相同", "bghz differs from bgqz")
UNPAID = rule("80010013", "有未缴税款", "nothing is unpaid")
UNDER_WAY = rule("80010014", "有未办结事项", "no other case of the taxpayer is open")
INVOICES = rule("80010015", "发票未缴销", "no invoice numbers are in hand")
LIMIT = rule("80020003", "开票限额未经许可", "a limit above 100,000 yuan has a licence of that amount")
NUMBER = rule("80020005", "发票不在结存号段内", "a lost invoice was sold to the taxpayer")
NUMBER_USED = rule("80020006", "发票已开具", "a lost invoice was not issued before")

NO_KIND = rule("80030001", "未认定该税种", "the tax kind of a preference is determined")
KNOWN_KIND = rule("80040001", "该税种已认定", "no tax kind is determined twice")
SUB_ITEM = rule("80040008", "征收品目代码不符", "zspmDm begins with zsxmDm")

LICENSED_ABOVE = 100_000_00
"""Fen. Which limit needs a licence was set by provinces; unconfirmed."""

_DOCUMENT = "SELECT document FROM taxpayers WHERE djxh = ? AND copy = 0"
_KINDS = "SELECT kinds FROM taxpayers WHERE djxh = ? AND copy = 0"
_OWED = "SELECT pzxh FROM dues WHERE djxh = ? AND outstanding > 0 AND copy = 0 LIMIT 1"
_OTHERS = (
    "SELECT lcslid FROM cases WHERE djxh = ? AND lcslid <> ? AND blzt NOT IN (?, ?, ?) AND copy = 0 LIMIT 1"
)
_IN_HAND = "SELECT fpqshm FROM ranges WHERE djxh = ? AND remaining > 0 AND copy = 0 LIMIT 1"
_SOLD = "SELECT serial FROM ranges WHERE djxh = ? AND fpDm = ? AND fpqshm <= ? AND fpzzhm >= ? AND copy = 0"
_ISSUED = "SELECT serial FROM invoices WHERE fpDm = ? AND fphm = ? AND copy = 0"


@check("old_value")
def old_value(view: View, case: Application) -> None:
    """A change names what is on file now, and something else as its new value."""
    field, old, new = (str(case.form[name]) for name in ("bgxmDm", "bgqz", "bghz"))
    changed = valid_rows(view, case.taxpayer.djxh, "changed_item", case.today, field)
    row = view.one(_DOCUMENT, case.taxpayer.djxh)
    known = changed[-1][2] if changed else str(orjson.loads(bytes(row[0])).get(field) or "") if row else ""
    if old != known:
        raise Rejection(OLD_VALUE, f"bgqz {old} of {field}, on file is {known}")
    if old == new:
        raise Rejection(NO_CHANGE, f"{field} is {old} before and after")


@check("nothing_unpaid")
def nothing_unpaid(view: View, case: Application) -> None:
    """Nothing is due from the taxpayer."""
    if (row := view.one(_OWED, case.taxpayer.djxh)) is not None:
        raise Rejection(UNPAID, f"voucher {row[0]} is not paid")


@check("nothing_under_way")
def nothing_under_way(view: View, case: Application) -> None:
    """No other case of the taxpayer is open."""
    if (row := view.one(_OTHERS, case.taxpayer.djxh, case.lcslid, *FINISHED)) is not None:
        raise Rejection(UNDER_WAY, f"case {row[0]} is open")


@check("no_invoices_in_hand")
def no_invoices_in_hand(view: View, case: Application) -> None:
    """All invoice numbers that were sold are used."""
    if (row := view.one(_IN_HAND, case.taxpayer.djxh)) is not None:
        raise Rejection(INVOICES, f"numbers from {row[0]} are in hand")


@check("limit_needs_licence")
def limit_needs_licence(view: View, case: Application) -> None:
    """A high limit of an invoice kind rests on a licence of that amount (domain 13)."""
    limit = fen(case.form["dffpzgkpxe"], "dffpzgkpxe")
    if limit <= LICENSED_ABOVE:
        return
    licence = str(limit // 100)
    if not valid_rows(view, case.taxpayer.djxh, "invoice_licence", case.today, licence):
        raise Rejection(LIMIT, f"dffpzgkpxe {licence} has no licence")


@check("unused_number")
def unused_number(view: View, case: Application) -> None:
    """A number that is lost was sold to this taxpayer and not issued."""
    code, number = case.form["fpDm"], case.form["fphm"]
    if view.one(_SOLD, case.taxpayer.djxh, code, number, number) is None:
        raise Rejection(NUMBER, f"{code} {number} was not sold to djxh {case.taxpayer.djxh}")
    if view.one(_ISSUED, code, number) is not None:
        raise Rejection(NUMBER_USED, f"{code} {number} was issued")


def _kinds(view: View, case: Application) -> set[str]:
    row = view.one(_KINDS, case.taxpayer.djxh)
    registered = orjson.loads(bytes(row[0])) if row else []
    later = valid_rows(view, case.taxpayer.djxh, "tax_kind", case.today)
    return {str(kind["zsxmDm"]) for kind in registered} | {row[1] for row in later}


@check("tax_kind_known")
def tax_kind_known(view: View, case: Application) -> None:
    """The tax that a preference is of was determined for the taxpayer."""
    if case.form["zsxmDm"] not in _kinds(view, case):
        raise Rejection(NO_KIND, f"zsxmDm {case.form['zsxmDm']} is not determined")


@check("tax_kind_new")
def tax_kind_new(view: View, case: Application) -> None:
    """A tax kind is determined once, and its sub-item is one of it."""
    item, sub_item = case.form["zsxmDm"], case.form["zspmDm"]
    if not sub_item.startswith(item):
        raise Rejection(SUB_ITEM, f"zspmDm {sub_item} is no sub-item of {item}")
    if item in _kinds(view, case):
        raise Rejection(KNOWN_KIND, f"zsxmDm {item} is determined")
