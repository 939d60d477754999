"""What each domain forbids, continued: completion, preferences in a return, work outside the area, overdue
returns, slips, set-off, enforcement, void payments, stocktakes, licences."""

from __future__ import annotations

from tests.reference.cases.applying import TODAY, acts
from tests.reference.cases.refusals.rows import (
    ARRIVED,
    CERTIFIED,
    CORRECTED,
    EXTENDED,
    FILED,
    FORM,
    GIVEN_BACK,
    ISSUED,
    KEEPER,
    PAID,
    PREFERENCE,
    PREPAID,
    REFUNDED,
    REMINDED,
    SLIP,
    SOLD,
    STOCK,
    USER,
    V1,
    WRITTEN_OFF,
    Done,
    Row,
    vouchers,
)
from tests.reference.documents import AUTHORITY, djxh, general

V2 = f"100{AUTHORITY[:7]}{2:010}"
COMPLETED: Done = ("complete_registration", {"zczb": 100000.0, "cyrs": 3, "jyfw": "销售"})
PRINTED: Done = ("print_registration", {"swdjzjzl": "1", "swdjzjhm": "1", "fzrq": "2015-09-01"})
RETURNED = {**GIVEN_BACK, "tpyy": "01"}
PREFERRED: Done = ("file_preference", PREFERENCE)
NO_LONGER: Done = ("cancel_preference", {"ssjmxzhzDm": "0001012301", "qxyyDm": "0102"})


def relieved(amount: float) -> dict[str, object]:
    """The return of January, which has no reduction, with a line of a preference."""
    return {**FILED[1], "jmxx": [{"ssjmxzhzDm": "0001012301", "jmse": amount}]}


ORDER: Done = ("order_filing", {"skssqq": "2015-01-01", "skssqz": "2015-01-31", "xgrq": "2015-11-30"})
ORDERED: Done = ("order_payment", REMINDED[1])
FORCED: Done = ("enforce_payment", {"pzxh": V1, "qsje": 850.0, "zxcs": "01"})
TAKEN: Done = ("confirm_bank_slip", {"pzxh": V1, "qsje": 850.0, "yhhb": "102", "jkrq": "2015-10-12"})
OWING: Done = ("declaration.submit", {**general(1, 2), "sbrq1": "2015-04-03"})
OVERPAID = (FILED, PAID, CORRECTED)
AGAINST: Done = ("refund_overpaid", {**REFUNDED[1], "clfsDm": "02"})
SET_OFF: Done = ("set_off_refund", {"pzxh": V1, "dkpzxh": V2, "qsje": 50.0})
PAYMENT = f"300{AUTHORITY[:7]}{1:010}"
BACK: Done = ("accounting.void", {**acts(1), "skxlh": PAYMENT, "pzxh": V1, "zfyy": "重复扣款"})
BANKED: Done = (
    "accounting.arrive", {**acts(1), "qsxh": 0, "zzxh": 1, "fs": 1, "je": 850.0, "gkrq": TODAY},
)  # fmt: skip
PREPAY = {"djxh": djxh(1), "skssqq": "2015-09-01", "skssqz": "2015-09-30", "xssr": 1000.0, "yzl": "2"}
BY_NUMBER = {"djxh": djxh(1), "sfxyh": "900000000000001", **acts(1)}
AGREED: Done = (
    "collection.agreement_save", {**BY_NUMBER, "khyhhh": "102551000012", "jkzh": "62220012", "jkzhmc": "甲"},
)  # fmt: skip
VERIFIED: Done = ("collection.agreement_verify", BY_NUMBER)
CHECKER = 3
LICENCES: tuple[Done, ...] = (
    ("license_printing", {"fpzlDm": "1130", "yzsl": 100}),
    ("license_prepayment", {"nd": "2015", "yjfs": "1"}),
    ("license_consolidation", {"nd": "2015", "hzjgmc": "甲"}),
)


def counted(blanks: int, person: int = CHECKER, last: int = 10) -> dict[str, object]:
    """The stocktake of numbers 1 to `last`."""
    return vouchers(1, last, person, pdfs=blanks)


MORE_ROWS = (
    # 01
    Row("complete_registration", COMPLETED[1], "80010005", (COMPLETED,)),
    Row("print_registration", PRINTED[1], "80010006"),
    Row("print_registration", PRINTED[1], "80010007", (COMPLETED, PRINTED)),
    # 02
    Row("return_invoices", {**RETURNED, "fs": 24}, "80020009", (SOLD,)),
    Row("return_invoices", RETURNED, "80020009", (SOLD, ("return_invoices", RETURNED))),
    # 03: what a return names is on file for its period, and no longer once it was ended
    Row("declaration.submit", relieved(0.0), "80030005", of="03"),
    Row("declaration.submit", relieved(0.0), "80030005", (PREFERRED, NO_LONGER), of="03"),
    Row("declaration.submit", relieved(0.01), "80030006", (PREFERRED,), of="03"),
    # 05
    Row("extend_out_of_area", {**EXTENDED[1], "zmyxqz": "2015-12-01"}, "80050010", (ISSUED,)),
    Row("extend_out_of_area", EXTENDED[1], "80050010", (ISSUED, EXTENDED)),
    Row("extend_out_of_area", EXTENDED[1], "80050003"),
    Row("prepay_out_of_area", PREPAID[1], "80050005", (ISSUED,)),
    Row("prepay_out_of_area", PREPAID[1], "80050011", (ISSUED, ARRIVED, PREPAID)),
    Row("prepay_out_of_area", {**PREPAID[1], "yjl": "3"}, "80050012", (ISSUED, ARRIVED)),
    Row("prepay_out_of_area", {**PREPAID[1], "xssr": 100.01}, "80050012", (ISSUED, ARRIVED)),
    Row("write_off_out_of_area", WRITTEN_OFF[1], "80050013", (ISSUED, ARRIVED)),
    Row("write_off_out_of_area", {**WRITTEN_OFF[1], "yyjskje": 2.01}, "80050013", (ISSUED, ARRIVED, PREPAID)),
    # 06: an order is of a return that is overdue and not filed
    Row("order_filing", ORDER[1], "80060008", (FILED,)),
    Row("order_filing", {**ORDER[1], "skssqq": "2015-09-01", "skssqz": "2015-09-30"}, "80060008"),
    Row("order_filing", ORDER[1], "80060006", (ORDER,)),
    Row("order_filing", {**ORDER[1], "xgrq": "2015-01-30"}, "80060007"),
    Row("declaration.void", {**FILED[1], "pzxh": V1}, "SB009", (FILED, PAID), of="06"),
    Row("declaration.overdue", {"djxh": djxh(1), "skssqq": "2015-02-01", "skssqz": "2015-01-31"}, "80060009",
        of="06"),
    # 07
    Row("enforce_payment", FORCED[1], "80070022", (FILED, REMINDED)),
    Row("enforce_payment", FORCED[1], "80070023", (FILED, REMINDED, ORDERED, FORCED)),
    Row("confirm_bank_slip", TAKEN[1], "80070012", (FILED,)),
    Row("confirm_bank_slip", TAKEN[1], "80070012", (FILED, SLIP, TAKEN)),
    Row("confirm_bank_slip", {**TAKEN[1], "yhhb": "103"}, "80070026", (FILED, SLIP)),
    Row("confirm_bank_slip", {**TAKEN[1], "qsje": 849.0}, "80070026", (FILED, SLIP)),
    Row("set_off_refund", SET_OFF[1], "80070014", (*OVERPAID, OWING)),
    Row("set_off_refund", SET_OFF[1], "80070024", (*OVERPAID, REFUNDED, OWING)),
    Row("set_off_refund", {**SET_OFF[1], "qsje": 50.01}, "80070025", (*OVERPAID, OWING, AGAINST)),
    Row("set_off_refund", SET_OFF[1], "80070025", (*OVERPAID, OWING, AGAINST, SET_OFF)),
    Row("set_off_refund", {**SET_OFF[1], "dkpzxh": V1}, "80070006", (*OVERPAID, OWING, AGAINST)),
    Row("print_refund_form", FORM[1], "80070004", (*OVERPAID, OWING, AGAINST)),
    Row("accounting.void", BACK[1], "80070030", (FILED, PAID, BACK), of="07"),
    Row("accounting.void", BACK[1], "80070028", (FILED, PAID, BANKED), of="07"),
    Row("accounting.void", BACK[1], "80070029", OVERPAID, of="07"),
    Row("accounting.void", BACK[1], "80070029", CERTIFIED, of="07"),
    # 06 and 07: what the first call answered is saved once; an agreement goes its way
    Row("declaration.prepay_init", {**PREPAY, "yzl": "5"}, "80060010", of="06"),
    Row("declaration.prepay_save", {**PREPAY, "cshxh": "1" * 20, "yjse": 20.0}, "80060011", of="06"),
    Row("collection.agreement_save", AGREED[1], "80070031", (AGREED,), of="07"),
    Row("collection.agreement_verify", BY_NUMBER, "80070032", of="07"),
    Row("collection.agreement_void", BY_NUMBER, "80070032", (AGREED, VERIFIED), of="07"),
    Row("collection.agreement_revoke", BY_NUMBER, "80070032", (AGREED,), of="07"),
    # 09: who counts holds nothing, and a difference is explained
    Row("voucher.hand_out", vouchers(4, 5, KEEPER, lyrDm=acts(KEEPER)["lrrDm"]), "80090005", STOCK, of="09"),
    Row("voucher.stocktake", counted(10, last=11), "80090012", STOCK, of="09"),
    Row("voucher.stocktake", counted(10, KEEPER), "80090013", STOCK, of="09"),
    Row("voucher.stocktake", counted(10, USER), "80090013", STOCK, of="09"),
    Row("voucher.stocktake", counted(9), "80090014", STOCK, of="09"),
    # 13
    *(
        Row(item, form, code, ((item, form),))
        for (item, form), code in zip(LICENCES, ("80130006", "80130007", "80130008"), strict=True)
    ),
)  # fmt: skip
