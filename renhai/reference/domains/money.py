"""Domains 06, 07 and 12: corrections, refunds, debts and penalties, tied to returns and payments on file."""

from __future__ import annotations

from datetime import date

from renhai.reference.cases.effects import keep
from renhai.reference.cases.model import OPEN_END
from renhai.reference.cases.registry import Application, call, check
from renhai.reference.cases.tables import valid_rows
from renhai.reference.domains.papers import left_of_refund, owed_voucher
from renhai.reference.eras.deadlines import days_late
from renhai.reference.operations.operation import FINE
from renhai.reference.operations.taxpayers import serial_id
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import fen, yuan
from renhai.reference.storage.jobs import Change, Insert, View

NOT_THIS_RETURN = rule(
    "80060003", "原申报凭证不存在或税额不符", "pzxh and yybtse are those of a return on file"
)
NOT_PAID = rule("80060004", "原申报税款未缴清", "a return that is corrected downwards was paid in full")
NOT_LESS = rule("80060005", "更正后税额不小于原税额", "gzhybtse is less than yybtse")
MORE_THAN_OVERPAID = rule("80070003", "退税金额大于多缴金额", "je is no more than what was overpaid")
DEBTS_FIRST = rule(
    "80070004", "有欠税应先抵缴", "who owes tax has it set off (clfsDm 02), who owes none is paid (01)"
)
NOT_SET_OFF = rule("80070024", "该退税未批准抵缴", "a refund that is set off was approved as one (clfsDm 02)")
MORE_THAN_LEFT = rule(
    "80070025", "抵缴金额大于可抵缴金额", "what is set off is no more than is left of the refund"
)
NOT_OVERDUE = rule(
    "80060008", "无逾期未申报记录", "the return that is ordered is past its deadline and not filed"
)
NO_DEBT = rule("80070006", "无该笔欠税或金额不符", "the voucher has something due, and no less than is named")
TOO_LONG = rule(
    "80070007", "延期超过三个月", "payment is deferred by one to three months (art. 31 of the Law)"
)
NOT_LATE = rule(
    "80120007", "无逾期申报事实或罚款金额不符", "the return of skssqq was late, and cfje is its fine"
)

MOST_MONTHS = 3
SET_OFF = "02"
"""clfsDm: 01 paid out, 02 set off against debts."""

_DUE = "SELECT djxh, pzxh, ybtse, outstanding FROM dues WHERE id = ? AND copy = 0"
_OWED = "SELECT pzxh FROM dues WHERE djxh = ? AND outstanding > 0 AND copy = 0 LIMIT 1"
_FILED = (
    "SELECT pzxh FROM declarations "
    "WHERE djxh = ? AND skssqq <= ? AND skssqz >= ? AND voided = 0 AND copy = 0 LIMIT 1"
)
_FINED = "SELECT ybtse FROM dues WHERE djxh = ? AND zsxmDm = ? AND skssqq = ? AND copy = 0"


@check("paid_return")
def paid_return(view: View, case: Application) -> None:
    """A correction downwards is of a return that was paid, and names what was due before."""
    number, old, new = case.form["pzxh"], *(fen(case.form[key], key) for key in ("yybtse", "gzhybtse"))
    row = view.one(_DUE, serial_id(number))
    if row is None or row[:2] != (case.taxpayer.djxh, number) or row[2] != old:
        raise Rejection(NOT_THIS_RETURN, f"pzxh {number} with {yuan(old):.2f} is not on file")
    if row[3]:
        raise Rejection(NOT_PAID, f"of pzxh {number}, {yuan(row[3]):.2f} is not paid")
    if new >= old:
        raise Rejection(NOT_LESS, f"gzhybtse {yuan(new):.2f} is not below {yuan(old):.2f}")


@call("overpaid")
def overpaid(view: View, case: Application) -> list[Insert | Change]:
    """What a corrected return was paid too much."""
    amount = fen(case.form["yybtse"], "yybtse") - fen(case.form["gzhybtse"], "gzhybtse")
    start = str(case.today)
    return [keep(view, case, "overpaid", case.form["pzxh"], "", start, OPEN_END, amount)]


@check("not_more_than_overpaid")
def not_more_than_overpaid(view: View, case: Application) -> None:
    """A refund is no more than the overpayment on file."""
    rows = valid_rows(view, case.taxpayer.djxh, "overpaid", case.today, case.form["pzxh"])
    most, wanted = sum(row[5] for row in rows), fen(case.form["je"], "je")
    if not 0 < wanted <= most:
        raise Rejection(MORE_THAN_OVERPAID, f"je {yuan(wanted):.2f}, overpaid {yuan(most):.2f}")


@check("debts_first")
def debts_first(view: View, case: Application) -> None:
    """A refund is set off against debts first (art. 79 of the Rules)."""
    row, manner = view.one(_OWED, case.taxpayer.djxh), case.form["clfsDm"]
    if (row is not None) != (manner == SET_OFF):
        raise Rejection(DEBTS_FIRST, f"clfsDm {manner}, debt {row[0] if row else 'none'}")


@check("set_off_before")
def set_off_before(view: View, case: Application) -> None:
    """Nothing is paid out while a debt is there that it can be set off against."""
    row = view.one(_OWED, case.taxpayer.djxh)
    if row is not None and left_of_refund(view, case)[0] == SET_OFF:
        raise Rejection(DEBTS_FIRST, f"debt {row[0]} is not set off")


@check("set_off_as_approved")
def set_off_as_approved(view: View, case: Application) -> None:
    """A refund that was approved to be set off, and no more of it than is left."""
    (manner, left), wanted = left_of_refund(view, case), fen(case.form["qsje"], "qsje")
    if manner != SET_OFF:
        raise Rejection(NOT_SET_OFF, f"pzxh {case.form['pzxh']} was approved with clfsDm {manner}")
    if wanted > left:
        raise Rejection(MORE_THAN_LEFT, f"qsje {yuan(wanted):.2f}, left {yuan(left):.2f}")


@check("overdue_unfiled")
def overdue_unfiled(view: View, case: Application) -> None:
    """The deadline of the period has passed, the taxpayer was there, and no return of it is on file."""
    start, end = case.form["skssqq"], case.form["skssqz"]
    filed = view.one(_FILED, case.taxpayer.djxh, end, start)
    late = days_late(date.fromisoformat(end), case.today) > 0
    if filed is not None or not late or end < case.taxpayer.registered_on:
        raise Rejection(NOT_OVERDUE, f"{start} to {end}: {'filed' if filed else 'not due'}")


@check("owes_voucher")
def owes_voucher(view: View, case: Application) -> None:
    """The voucher has something due, and no more than is due is named."""
    number, key = owed_voucher(case), "yqje" if "yqje" in case.form else "qsje"
    row, named = view.one(_DUE, serial_id(number)), fen(case.form[key], key)
    if row is None or row[:2] != (case.taxpayer.djxh, number) or not 0 < named <= row[3]:
        raise Rejection(NO_DEBT, f"pzxh {number} does not owe {key} {yuan(named):.2f}")


@check("at_most_three_months")
def at_most_three_months(view: View, case: Application) -> None:
    """Payment is deferred by three months at most."""
    if not 1 <= case.form["yqqx"] <= MOST_MONTHS:
        raise Rejection(TOO_LONG, f"yqqx {case.form['yqqx']} is not 1 to {MOST_MONTHS}")


@check("late_return")
def late_return(view: View, case: Application) -> None:
    """A fine follows a return that was late, and is the one that was set for it."""
    start, amount = case.form["skssqq"], fen(case.form["cfje"], "cfje")
    row = view.one(_FINED, case.taxpayer.djxh, FINE, start)
    if row is None or row[0] != amount:
        raise Rejection(NOT_LATE, f"skssqq {start}: {'no late return' if row is None else yuan(row[0])}")
