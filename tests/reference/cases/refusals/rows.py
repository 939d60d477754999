"""What each domain forbids: the item or operation, what is done before, the form, the refusal."""

from __future__ import annotations

from dataclasses import dataclass

from tests.reference.cases.applying import ITEMS, Form, acts, application
from tests.reference.documents import (
    AUTHORITY,
    djxh,
    general,
    invoice,
    invoice_range,
    payment,
)

ACCOUNTING = {"kjzdzzDm": "101", "bbbsqDm": "11", "yxqq": "2014-03-07"}
PREFERENCE = {
    "ssjmxzhzDm": "0001012301", "zsxmDm": "10101", "jmlxDm": "1",
    "jmqxq": "2015-01-01", "jmqxz": "2099-12-31",
}  # fmt: skip
PAPER = {
    "wcjyhdssglzmbh": "A1", "htje": 100.0, "htdfnsrmc": "甲", "wcjydxzqh": "430200",
    "zmyxqq": "2015-09-01", "zmyxqz": "2015-12-01",
}  # fmt: skip
QUOTA = {
    "nd": "2015", "jymj": 10, "cyrs": 2, "yfpkje": 2000.0, "gsyhdse": 60.0, "zxqq": "2015-01-01",
    "zxqz": "2099-12-31",
}  # fmt: skip
EXPORT = {"sbny": "201509", "ckxse": 1000.0, "tsl": 0.13, "ytse": 130.0, "plbh": "1"}
ASSESSMENT = {"fxdj": "1", "skssqq": "2014-01-01", "skssqz": "2014-12-31", "zbmc": "税负", "jlDm": "03"}
SOURCE = {"ayly": "report", "jbh": "J1"}
INSPECTION = {"jbh": "J1", "jcqq": "2014-01-01", "jcqz": "2014-12-31", "cbse": 0.0}
STOP = {"skssqq": "2015-01-01", "tgrq": "2015-11-01"}
CHANGE = {"bgxmDm": "scjydz", "bgqz": "长沙市天心区1号", "bghz": "长沙市天心区2号", "bgrq": "2015-09-01"}
KIND = {"zsxmDm": "10120", "zspmDm": "101200100", "nsqxDm": "06", "rdyxqq": "2015-01-01"}
LIMIT = {"fpzlDm": "1130", "mczggpsl": 25, "myzggpsl": 50, "dffpzgkpxe": 100000.0}

DEFERRED = {"skssqq": "2015-09-01", "yqrq": "2015-11-30", "yy": "财务人员变动"}
CLEAR = {**ASSESSMENT, "jlDm": "01"}

V1 = f"100{AUTHORITY[:7]}{1:010}"
"""The voucher of the first return."""
Done = tuple[str, Form]
FILED: Done = ("declaration.submit", {**general(1), "sbrq1": "2015-02-03"})
LATE: Done = ("declaration.submit", {**general(1), "sbrq1": "2015-04-30"})
PAID: Done = ("collection.pay", {**payment(1, (V1, 850.0)), "jkrq": "2015-02-10"})
SOLD: Done = ("invoice.buy", invoice_range(1))
LOST = {"fpDm": "4300151130", "fphm": "00001001", "dsrq": "2015-09-01"}
CANCELLED: Done = ("cancel_registration", {"zxyyDm": "01", "zxrq": "2015-10-20"})
ISSUED: Done = ("issue_out_of_area", PAPER)
ARRIVED: Done = ("report_out_of_area", {"wcjyhdssglzmbh": "A1", "byrq": "2015-09-02"})
PREPAID: Done = (
    "prepay_out_of_area",
    {"wcjyhdssglzmbh": "A1", "xssr": 100.0, "yjl": "2", "yjse": 2.0, "yjrq": "2015-10-09"},
)  # fmt: skip
EXTENDED: Done = ("extend_out_of_area", {"wcjyhdssglzmbh": "A1", "zmyxqz": "2016-03-01"})
WRITTEN_OFF: Done = (
    "write_off_out_of_area", {"wcjyhdssglzmbh": "A1", "sjhtje": 100.0, "yyjskje": 2.0, "ybyjskje": 2.0},
)  # fmt: skip
RIGHT = {"pzxh": V1, "yybtse": 850.0, "gzhybtse": 800.0, "gzyy": "多计"}
CORRECTED: Done = ("correct_return", RIGHT)
REFUNDED: Done = ("refund_overpaid", {"pzxh": V1, "je": 50.0, "clfsDm": "01", "yhzh": "1"})
DEFERRAL: Done = ("defer_payment", {"pzxh": V1, "yqje": 850.0, "yqqx": 3})
SLIP: Done = ("print_bank_slip", {"pzxh": V1, "qsje": 850.0, "yhhb": "102"})
CASHED: Done = (
    "collect_cash", {"pzxh": V1, "qsje": 800.0, "pzzlDm": "000001031", "hm": "0000000099"},
)  # fmt: skip
FORM: Done = ("print_refund_form", {"pzxh": V1, "je": 50.0, "thrq": "2015-10-12"})
IN_TREASURY: Done = ("confirm_refund", {"pzxh": V1, "je": 50.0, "gkrq": "2015-10-13"})
GIVEN_BACK = {"fpDm": "4300151130", "fpqshm": "00001001", "fs": 25}
RED = {"fpDm": "4300151130", "fphm": "00001001", "je": 100.0, "se": 17.0}
CERTIFICATE = f"400{AUTHORITY[:7]}{1:010}"
CERTIFIED: tuple[Done, ...] = (
    FILED,
    PAID,
    (
        "certificate.issue",
        {
            "djxh": djxh(1), "skssqq": "2015-01-01", "skssqz": "2015-12-31", "zmzlDm": "01", "je": 850.0,
            "lrrDm": acts(1)["lrrDm"],
        },
    ),
)  # fmt: skip
VOID: Done = ("void_certificate", {"serial": CERTIFICATE, "zfyy": "错位"})


def agency(name: str, number: str) -> tuple[Done, ...]:
    """Application, tax (3 % of 1.50 yuan, half up), issue and print of one invoice."""
    return (
        ("apply_agency_invoice", {"sqxh": name, "gprxm": "甲", "spmc": "劳务", "je": 1.50}),
        ("pay_agency_tax", {"sqxh": name, "se": 0.05, "jkfs": "cash"}),
        ("issue_agency_invoice", {"sqxh": name, "fpDm": "143001510001", "fphm": number}),
        ("print_agency_invoice", {"sqxh": name}),
    )


AGENCY = agency("1", "00000001")
SECOND = agency("2", "00000001")[:2]
REMINDED: Done = ("remind_debtor", {"pzxh": V1, "qsje": 850.0, "xjrq": "2015-12-31"})
FINE: Done = (
    "simple_penalty",
    {
        "ajbh": "1", "wszg": "长国税简罚〔2015〕1号", "wfxwDm": "0301", "skssqq": "2015-01-01", "cfje": 50.0,
        "sprq": "2015-05-01", "clrq": "2015-05-02", "cfrq": "2015-05-03",
    },
)  # fmt: skip
FED_BACK: Done = ("feed_back_assessment", {"skssqq": "2014-01-01", "bsje": 0.0})
KEEPER, USER = 1, 2
CASH = "000001031"


def vouchers(first: int, last: int, person: int, **other: object) -> Form:
    fields = {"pzzlDm": CASH, "qshm": f"{first:010}", "zzhm": f"{last:010}", "fs": last - first + 1}
    return {**fields, **acts(person), **other}


def voucher(number: int) -> Form:
    return {"pzzlDm": CASH, "hm": f"{number:010}", **acts(USER)}


STOCK: tuple[Done, ...] = (
    ("voucher.receive", vouchers(1, 10, KEEPER)),
    ("voucher.hand_out", vouchers(1, 3, KEEPER, lyrDm=acts(USER)["lrrDm"])),
)
BURNED: Done = ("report_voucher_loss", {"pzzlDm": CASH, "hm": "0000000001", "yy": "火灾"})


@dataclass(frozen=True)
class Row:
    """One refusal: `before` (operations and cases) was done already; `code` is what the application `form` of
    `item` gets, or the document `form` of an operation, whose rule is of domain `of`."""

    item: str
    form: Form
    code: str
    before: tuple[tuple[str, Form], ...] = ()
    of: str = ""

    def __str__(self) -> str:
        return f"{self.item} {self.code}"

    @property
    def domain(self) -> str:
        """Whose rule it is."""
        return self.of or ITEMS[self.item].domain

    @property
    def asked(self) -> tuple[str, Form]:
        """The operation and the document that are refused."""
        if self.item in ITEMS:
            return "case.accept", application(self.item, self.form)
        return self.item, self.form


ROWS = (
    Row("file_accounting", ACCOUNTING, "80010001", (("file_accounting", ACCOUNTING),)),
    Row("resume_business", {"fyrq": "2015-10-01"}, "80491009"),
    Row("change_registration", {**CHANGE, "bgqz": "别处"}, "80010011"),
    Row("change_registration", CHANGE, "80010011", (("change_registration", CHANGE),)),
    Row("change_registration", {**CHANGE, "bghz": CHANGE["bgqz"]}, "80010012"),
    Row("approve_invoice_kinds", LIMIT, "80020001", (("approve_invoice_kinds", LIMIT),)),
    Row("approve_invoice_kinds", {**LIMIT, "myzggpsl": 24}, "80020002"),
    Row("approve_invoice_kinds", {**LIMIT, "dffpzgkpxe": 1000000.0}, "80020003"),
    Row("report_invoice_loss", {"fpDm": "4300152130", "fphm": "00000001", "dsrq": "2015-09-01"}, "80020005"),
    Row("file_preference", {**PREFERENCE, "zsxmDm": "10102"}, "80030001"),
    Row("file_preference", PREFERENCE, "80030002", (("file_preference", PREFERENCE),)),
    Row("file_preference", {**PREFERENCE, "jmqxz": "2014-12-31"}, "80030003"),
    Row("cancel_preference", {"ssjmxzhzDm": "0001012301", "qxyyDm": "0102"}, "80030004"),
    Row("determine_tax_kind", {**KIND, "zsxmDm": "10101", "zspmDm": "101010101"}, "80040001"),
    Row("determine_tax_kind", {**KIND, "zspmDm": "101990100"}, "80040008"),
    Row("determine_general", {"nsrzglxDm": "201"}, "80040002"),
    Row("determine_general", {"nsrzglxDm": "201"}, "80040003",
        (("file_accounting", ACCOUNTING), ("determine_general", {"nsrzglxDm": "201"}))),
    Row("file_simplified", {"jyzsDm": "0809", "yxqq": "2015-01-01"}, "80040004"),
    Row("issue_out_of_area", PAPER, "80050001", (("issue_out_of_area", PAPER),)),
    Row("report_out_of_area", {"wcjyhdssglzmbh": "A1", "byrq": "2015-09-02"}, "80050003"),
    Row("write_off_out_of_area", {"wcjyhdssglzmbh": "A1", "sjhtje": 1.0, "yyjskje": 0.0, "ybyjskje": 0.0},
        "80050005", (("issue_out_of_area", PAPER),)),
    Row("refund_overpaid", {"pzxh": djxh(9), "je": 1.0, "clfsDm": "01", "yhzh": "1"}, "80070001"),
    Row("remind_debtor", {"pzxh": djxh(9), "qsje": 1.0, "xjrq": "2015-12-31"}, "80070006"),
    Row("order_payment", {"pzxh": djxh(9), "qsje": 1.0, "xjrq": "2015-12-31"}, "80070009"),
    Row("refund_export", EXPORT, "80080001", (("refund_export", EXPORT),)),
    Row("refund_export", {**EXPORT, "ytse": 130.01}, "80080002"),
    Row("assess_taxpayer", ASSESSMENT, "80100001", (("assess_taxpayer", ASSESSMENT),)),
    Row("assess_taxpayer", {**ASSESSMENT, "skssqz": "2013-12-31"}, "80100002"),
    Row("feed_back_assessment", {"skssqq": "2014-01-01", "bsje": 0.0}, "80100003",
        (("assess_taxpayer", ASSESSMENT),)),
    Row("register_source", {**SOURCE, "ayly": "assessment"}, "80110002"),
    Row("register_source", SOURCE, "80110001", (("register_source", SOURCE),)),
    Row("inspect_taxpayer", INSPECTION, "80110003"),
    Row("inspect_taxpayer", INSPECTION, "80110003",
        (("register_source", SOURCE), ("inspect_taxpayer", INSPECTION))),
    Row("stop_invoices", STOP, "80120008"),
    Row("resume_invoices", {"jcrq": "2015-12-01"}, "80120010"),
    Row("license_special_invoice", {"zgkpxe": "1000000"}, "80130001",
        (("license_special_invoice", {"zgkpxe": "1000000"}),)),
    Row("license_deferred_filing", {"skssqq": "2015-09-01", "yqrq": "2015-08-01", "yy": "急"}, "80130003"),
    Row("license_deferred_filing", DEFERRED, "80130002", (("license_deferred_filing", DEFERRED),)),
    # 01, 02 and 12: what a decision forbids elsewhere
    Row("declaration.submit", FILED[1], "DJ021", (CANCELLED,), of="01"),
    Row("invoice.buy", invoice_range(1), "DJ021", (CANCELLED,), of="01"),
    Row("cancel_registration", CANCELLED[1], "80010013", (FILED,)),
    Row("cancel_registration", CANCELLED[1], "80010015", (SOLD,)),
    Row("invoice.issue", invoice(1), "80020007", (SOLD, ("report_invoice_loss", LOST)), of="02"),
    Row("report_invoice_loss", LOST, "80020006", (SOLD, ("invoice.issue", invoice(1)))),
    Row("report_invoice_loss", LOST, "80020004", (SOLD, ("report_invoice_loss", LOST))),
    Row("invoice.buy", invoice_range(1), "80120011", (LATE, FINE, ("stop_invoices", STOP)), of="12"),
    # 02: given back, cancelled, issued as agent from application to print
    Row("surrender_invoice_kind", {"fpzlDm": "1130"}, "80020008"),
    Row("surrender_invoices", {**GIVEN_BACK, "fs": 24}, "80020009", (SOLD,)),
    Row("surrender_invoices", GIVEN_BACK, "80020009", (SOLD, ("surrender_invoices", GIVEN_BACK))),
    Row("notify_red_invoice", {**RED, "je": 99.0}, "80020011", (SOLD, ("invoice.issue", invoice(1)))),
    Row("notify_red_invoice", RED, "80020010",
        (SOLD, ("invoice.issue", invoice(1)), ("notify_red_invoice", RED))),
    Row("apply_agency_invoice", AGENCY[0][1], "80020012", AGENCY[:1]),
    Row("apply_agency_invoice", {**AGENCY[0][1], "je": 1000000.01}, "80020013"),
    Row("pay_agency_tax", AGENCY[1][1], "80020014"),
    Row("pay_agency_tax", AGENCY[1][1], "80020015", AGENCY[:2]),
    Row("pay_agency_tax", {**AGENCY[1][1], "se": 0.02}, "80020016", AGENCY[:1]),
    Row("issue_agency_invoice", AGENCY[2][1], "80020017", AGENCY[:1]),
    Row("issue_agency_invoice", AGENCY[2][1], "80020018", AGENCY[:3]),
    Row("issue_agency_invoice", {**AGENCY[2][1], "sqxh": "2"}, "80020019", (*AGENCY[:3], *SECOND)),
    Row("print_agency_invoice", {"sqxh": "1"}, "80020020", AGENCY[:2]),
    Row("print_agency_invoice", {"sqxh": "1"}, "80020021", AGENCY),
    # 05
    Row("reprint_certificate", {"serial": CERTIFICATE, "dycs": 2}, "80050007"),
    Row("reprint_certificate", {"serial": CERTIFICATE, "dycs": 3}, "80050009", CERTIFIED),
    Row("reprint_certificate", {"serial": CERTIFICATE, "dycs": 2}, "80050008", (*CERTIFIED, VOID)),
    Row("void_certificate", VOID[1], "80050008", (*CERTIFIED, VOID)),
    Row("issue_out_of_area", {**PAPER, "zmyxqz": "2015-08-01"}, "80050002"),
    Row("report_out_of_area", ARRIVED[1], "80050004", (ISSUED, ARRIVED)),
    Row("issue_out_of_area", PAPER, "80050006", (ISSUED, ARRIVED, PREPAID, WRITTEN_OFF)),
    # 06 and 07: money
    Row("correct_return", RIGHT, "80060004", (FILED,)),
    Row("correct_return", {**RIGHT, "yybtse": 849.0}, "80060003", (FILED, PAID)),
    Row("correct_return", {**RIGHT, "gzhybtse": 850.0}, "80060005", (FILED, PAID)),
    Row("correct_return", RIGHT, "80060001", (FILED, PAID, CORRECTED)),
    Row("correct_return", RIGHT, "80060002", (FILED, PAID, CORRECTED, REFUNDED)),
    Row("refund_overpaid", REFUNDED[1], "80070001", (FILED, PAID, CORRECTED, REFUNDED)),
    Row("refund_overpaid", {**REFUNDED[1], "je": 50.01}, "80070003", (FILED, PAID, CORRECTED)),
    Row("refund_overpaid", {**REFUNDED[1], "clfsDm": "02"}, "80070004", (FILED, PAID, CORRECTED)),
    Row("defer_payment", {"pzxh": V1, "yqje": 850.0, "yqqx": 4}, "80070007", (FILED,)),
    Row("defer_payment", DEFERRAL[1], "80070005", (FILED, DEFERRAL)),
    Row("remind_debtor", {**REMINDED[1], "qsje": 850.01}, "80070006", (FILED,)),
    Row("remind_debtor", REMINDED[1], "80070008", (FILED, REMINDED)),
    Row("order_payment", REMINDED[1], "80070010", (FILED, REMINDED, ("order_payment", REMINDED[1]))),
    Row("print_bank_slip", SLIP[1], "80070011", (FILED, SLIP)),
    Row("release_bank_slip", {"pzxh": V1, "jsyy": "失败"}, "80070012", (FILED,)),
    Row("collection.pay", PAID[1], "80070019", (FILED, SLIP), of="07"),
    Row("collect_cash", CASHED[1], "80070013", (FILED, SLIP)),
    Row("collect_cash", {**CASHED[1], "qsje": 850.01}, "80070006", (FILED,)),
    Row("collect_cash", {**CASHED[1], "qsje": 1.0}, "80020019", (FILED, CASHED)),
    Row("print_refund_form", FORM[1], "80070014", (FILED, PAID, CORRECTED)),
    Row("print_refund_form", FORM[1], "80070015", (FILED, PAID, CORRECTED, REFUNDED, FORM)),
    Row("print_refund_form", {**FORM[1], "je": 50.01}, "80070016", (FILED, PAID, CORRECTED, REFUNDED)),
    Row("confirm_refund", IN_TREASURY[1], "80070017", (FILED, PAID, CORRECTED, REFUNDED)),
    Row("confirm_refund", IN_TREASURY[1], "80070018",
        (FILED, PAID, CORRECTED, REFUNDED, FORM, IN_TREASURY)),
    # 08
    Row("export.upload", application("answer_request", {"nr": "咨询"}), "80080003", of="08"),
    # 09: a number used twice, lost, or accounted for twice
    Row("voucher.use", voucher(1), "80090007", (*STOCK, ("voucher.use", voucher(1))), of="09"),
    Row("voucher.void", voucher(1), "80090007", (*STOCK, ("voucher.use", voucher(1))), of="09"),
    Row("voucher.use", voucher(1), "80090007", (*STOCK, BURNED), of="09"),
    Row("voucher.use", voucher(4), "80090006", STOCK, of="09"),
    Row("voucher.receive", STOCK[0][1], "80090003", STOCK, of="09"),
    Row("voucher.hand_out", STOCK[1][1], "80090004", STOCK, of="09"),
    Row("voucher.settle", vouchers(1, 3, USER), "80090008", STOCK, of="09"),
    Row("report_voucher_loss", BURNED[1], "80090011"),
    Row("report_voucher_loss", BURNED[1], "80090007", (*STOCK, ("voucher.use", voucher(1)))),
    Row("report_voucher_loss", BURNED[1], "80090010", (*STOCK, BURNED)),
    # 10 and 11
    Row("feed_back_assessment", FED_BACK[1], "80100004", (("assess_taxpayer", CLEAR), FED_BACK)),
    Row("inspect_taxpayer", {**INSPECTION, "jcqz": "2013-12-31"}, "80110005", (("register_source", SOURCE),)),
    # 12: a fine follows a late return that happened, once, and its dates are in order
    Row("simple_penalty", FINE[1], "80120007"),
    Row("simple_penalty", {**FINE[1], "cfje": 60.0}, "80120007", (LATE,)),
    Row("simple_penalty", {**FINE[1], "cfje": 1000.01}, "80120003", (LATE,)),
    Row("simple_penalty", {**FINE[1], "clrq": "2015-04-30"}, "80120004", (LATE,)),
    Row("simple_penalty", {**FINE[1], "cfrq": "2015-05-01"}, "80120005", (LATE,)),
    Row("simple_penalty", FINE[1], "80120001", (LATE, FINE)),
    Row("stop_invoices", STOP, "80120009", (LATE, FINE, ("stop_invoices", STOP))),
)  # fmt: skip
