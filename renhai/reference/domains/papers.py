"""Domains 02, 05 and 07: papers that are numbered, printed, voided and given back, and their ties."""

from __future__ import annotations

import time

from renhai.reference.cases.registry import Application, call, check
from renhai.reference.cases.tables import valid_rows
from renhai.reference.operations.certificate import ISSUED
from renhai.reference.operations.taxpayers import Registered, guard, serial_id
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, fen, yuan
from renhai.reference.storage.jobs import Change, Insert, View

NOT_IN_HAND = rule("80020009", "发票不在结存内", "what is surrendered is in hand, that many of it")
NOT_BLUE = rule("80020011", "蓝字发票不存在或金额不符", "a red notice is of an invoice on file, in full")
AGENCY_TAX = rule("80020016", "代开税款与申请金额不符", "the tax of an agency invoice is 3 % of its amount")
NUMBER_SPENT = rule("80020019", "票证号码已使用", "no blank is used twice")
NOT_OWN = rule("80050007", "完税证明不存在", "the certificate was issued to this taxpayer")
PRINTS = rule("80050009", "打印次数不符", "prints are counted: the next is one more than the last")
NOT_LATER = rule("80050010", "延期日期不晚于原有效期止", "an extension ends later than what it extends")
PREPAID_RATE = rule(
    "80050012",
    "预缴税款与销售收入不符",
    "what is prepaid is 2 or 3 % of sales, and they are no more than the contract",
)
NOT_PREPAID = rule(
    "80050013", "已预缴税款与记录不符", "what is written off was prepaid, and no less than is due"
)
NOT_AS_APPROVED = rule(
    "80070016", "退税金额与批准金额不符", "the form has the amount that was approved, less what was set off"
)
NOT_AS_PRINTED = rule("80070026", "到账金额或银行与凭证不符", "a bank confirms the slip as it was printed")
SLIP_OPEN = rule(
    "80070019", "该税款已开具银行端缴款凭证", "what a bank slip was printed for is not paid otherwise"
)

LEVY_PERCENT = 3
BLANK_SERIAL = "503"

_RANGE = "SELECT id, remaining FROM ranges WHERE djxh = ? AND fpDm = ? AND fpqshm = ? AND copy = 0"
_GIVE_BACK = "UPDATE ranges SET remaining = 0 WHERE id = ?"
_BLUE = "SELECT hjje, hjse FROM invoices WHERE fpDm = ? AND fphm = ? AND djxh = ? AND hjje > 0 AND copy = 0"
_SPENT = "SELECT zt FROM voucher_uses WHERE pzzlDm = ? AND hm = ? AND copy = 0"
_PAY = "UPDATE dues SET outstanding = outstanding - ? WHERE id = ?"


@check("range_in_hand")
def range_in_hand(view: View, case: Application) -> None:
    """A range that is surrendered was sold to the taxpayer, and so many numbers of it are left."""
    code, first, count = (case.form[name] for name in ("fpDm", "fpqshm", "fs"))
    row = view.one(_RANGE, case.taxpayer.djxh, code, first)
    if row is None or not 0 < count == row[1]:
        raise Rejection(NOT_IN_HAND, f"{code} {first}: {row[1] if row else 'none'} in hand, {count} named")


@call("range_surrendered")
def range_surrendered(view: View, case: Application) -> list[Insert | Change]:
    """Nothing of the range is in hand any more."""
    row = view.one(_RANGE, case.taxpayer.djxh, case.form["fpDm"], case.form["fpqshm"])
    return [Change(_GIVE_BACK, (row[0],))] if row else []


@check("blue_invoice")
def blue_invoice(view: View, case: Application) -> None:
    """A red notice names a blue invoice of this taxpayer, with its amounts."""
    code, number = case.form["fpDm"], case.form["fphm"]
    row = view.one(_BLUE, code, number, case.taxpayer.djxh)
    named = (fen(case.form["je"], "je"), fen(case.form["se"], "se"))
    if row is None or tuple(row) != named:
        raise Rejection(NOT_BLUE, f"{code} {number} of {yuan(named[0]):.2f} and {yuan(named[1]):.2f}")


@check("agency_tax")
def agency_tax(view: View, case: Application) -> None:
    """The tax is 3 % of the amount that was applied for, half up."""
    rows = valid_rows(view, case.taxpayer.djxh, "agency_application", case.today, case.form["sqxh"])
    due = sum((row[5] * LEVY_PERCENT * 2 + 100) // 200 for row in rows)
    if (paid := fen(case.form["se"], "se")) != due:
        raise Rejection(AGENCY_TAX, f"se {yuan(paid):.2f}, due {yuan(due):.2f}")


def _blank(case: Application) -> tuple[str, str]:
    """Kind and number of the blank that is used."""
    form = case.form
    return (form["pzzlDm"], form["hm"]) if "hm" in form else (form["fpDm"], form["fphm"])


@check("blank_unused")
def blank_unused(view: View, case: Application) -> None:
    """A blank of the officer's stock is used for one paper."""
    kind, number = _blank(case)
    if (row := view.one(_SPENT, kind, number)) is not None:
        raise Rejection(NUMBER_SPENT, f"{kind} {number} is {row[0]}")


@call("blank_used")
def blank_used(view: View, case: Application) -> list[Insert | Change]:
    """The number is spent on this paper."""
    row_id = view.next_id("voucher_uses")
    serial = f"{BLANK_SERIAL}{case.authority[:7]}{row_id:010}"
    values = (*_blank(case), case.item.name, case.officer, case.authority, serial, time.time())
    return [Insert("voucher_uses", row_id, values)]


@call("debt_paid")
def debt_paid(view: View, case: Application) -> list[Insert | Change]:
    """So much less is due on the voucher."""
    return [Change(_PAY, (fen(case.form["qsje"], "qsje"), serial_id(owed_voucher(case))))]


def owed_voucher(case: Application) -> str:
    """The voucher whose debt a case is about: where one is set off against it, that one."""
    return str(case.form.get("dkpzxh") or case.form["pzxh"])


@check("slip_as_printed")
def slip_as_printed(view: View, case: Application) -> None:
    """The bank and the treasury confirm what was printed: the amount, at that bank."""
    rows = valid_rows(view, case.taxpayer.djxh, "bank_slip", case.today, case.form["pzxh"])
    printed = [(row[5], row[2]) for row in rows]
    named = (fen(case.form["qsje"], "qsje"), case.form["yhhb"])
    if named not in printed:
        raise Rejection(NOT_AS_PRINTED, f"qsje {yuan(named[0]):.2f} at {named[1]}")


@check("later_than_before")
def later_than_before(view: View, case: Application) -> None:
    """An extension ends after the day to which the certificate is valid now."""
    rows = valid_rows(view, case.taxpayer.djxh, "valid_until", case.today, case.form["wcjyhdssglzmbh"])
    if rows and case.form["zmyxqz"] <= rows[-1][2]:
        raise Rejection(NOT_LATER, f"zmyxqz {case.form['zmyxqz']}, valid to {rows[-1][2]}")


@check("prepaid_at_its_rate")
def prepaid_at_its_rate(view: View, case: Application) -> None:
    """Tax is prepaid at 2 or 3 % of the sales, half up, which are no more than the contract's."""
    contracts = valid_rows(view, case.taxpayer.djxh, "out_of_area", case.today, case.form["wcjyhdssglzmbh"])
    sales, most = fen(case.form["xssr"], "xssr"), sum(row[5] for row in contracts)
    due = (sales * int(case.form["yjl"]) * 2 + 100) // 200
    if sales > most or fen(case.form["yjse"], "yjse") != due:
        said = f"xssr {yuan(sales):.2f} of {yuan(most):.2f}, yjse {case.form['yjse']:.2f}"
        raise Rejection(PREPAID_RATE, f"{said}, due {yuan(due):.2f}")


@check("prepaid_as_said")
def prepaid_as_said(view: View, case: Application) -> None:
    """What is written off names what was prepaid, which is all that was to be."""
    rows = valid_rows(view, case.taxpayer.djxh, "prepaid", case.today, case.form["wcjyhdssglzmbh"])
    prepaid, due, said = (
        sum(row[5] for row in rows),
        *(fen(case.form[key], key) for key in ("yyjskje", "ybyjskje")),
    )
    if said != prepaid or said < due:
        raise Rejection(NOT_PREPAID, f"ybyjskje {yuan(said):.2f}, prepaid {yuan(prepaid):.2f}")


def left_of_refund(view: View, case: Application) -> tuple[str, int]:
    """The manner that was approved (01 paid out, 02 set off), and what of it is not set off yet, in fen."""
    djxh, voucher = case.taxpayer.djxh, case.form["pzxh"]
    approved = valid_rows(view, djxh, "refunded", case.today, voucher)
    used = valid_rows(view, djxh, "set_off", case.today, "", voucher)
    manner = str(approved[-1][2]) if approved else ""
    return manner, sum(row[5] for row in approved) - sum(row[5] for row in used)


@check("refund_as_approved")
def refund_as_approved(view: View, case: Application) -> None:
    """What the form and the treasury say is what was approved, less what was set off against debts."""
    approved, named = left_of_refund(view, case)[1], fen(case.form["je"], "je")
    if named != approved or not named:
        raise Rejection(NOT_AS_APPROVED, f"je {yuan(named):.2f}, approved {yuan(approved):.2f}")


@check("own_certificate")
def own_certificate(view: View, case: Application) -> None:
    """The certificate was issued to the taxpayer."""
    serial = case.form["serial"]
    row = view.one(ISSUED, serial_id(serial))
    if row is None or row[:2] != (case.taxpayer.djxh, serial):
        raise Rejection(NOT_OWN, f"{serial} is no certificate of djxh {case.taxpayer.djxh}")


@check("next_print")
def next_print(view: View, case: Application) -> None:
    """The n-th print follows the one before; the first came with the issue."""
    rows = valid_rows(view, case.taxpayer.djxh, "certificate_print", case.today, case.form["serial"])
    following = int(rows[-1][2]) + 1 if rows else 2
    if case.form["dycs"] != following:
        raise Rejection(PRINTS, f"dycs {case.form['dycs']}, the next is {following}")


@guard("collection.pay")
def no_slip_open(view: View, taxpayer: Registered, document: Document) -> None:
    """What a bank slip was printed for is paid at the bank, until the slip is released."""
    slips = valid_rows(view, taxpayer.djxh, "bank_slip", "")
    for item in document["items"] if slips else ():
        if any(row[1] == item["pzxh"] for row in slips):
            raise Rejection(SLIP_OPEN, f"pzxh {item['pzxh']} has a bank slip")
