"""What stands in a data set, in words: kinds of invoices, returns, levies, payments; heads of columns."""

from __future__ import annotations

from collections.abc import Sequence

SCALES = {"general": ("general taxpayers", "一般纳税人"), "small": ("small-scale taxpayers", "小规模纳税人")}
SUBJECTS = {"1110": ("enterprises", "单位纳税人"), "1120": ("individual businesses", "个体经营")}
INVOICES = {
    "000001100300": ("special, on paper", "增值税专用发票"),
    "000002100300": ("ordinary, on paper", "增值税普通发票"),
    "31": ("special, digital", "数电票（增值税专用发票）"),
    "32": ("ordinary, digital", "数电票（普通发票）"),
}
LEVIES = {
    "10101": ("VAT", "增值税"),
    "10104": ("corporate income tax", "企业所得税"),
    "10106": ("income tax withheld from wages", "个人所得税（代扣代缴）"),
    "10111": ("stamp tax", "印花税"),
    "10210": ("pension insurance", "企业职工基本养老保险费"),
}
RETURNS = {
    "BDA0610606": ("VAT, general taxpayers", "增值税（一般纳税人）"),
    "BDA0610611": ("VAT, small-scale taxpayers", "增值税（小规模纳税人）"),
    "BDA0610756": ("corporate income tax, by the quarter", "企业所得税季度预缴"),
    "BDA0611033": ("corporate income tax, by the quarter", "企业所得税季度预缴"),
    "BDA0610135": ("income tax withheld from wages", "个人所得税扣缴"),
    "BDA0610794": ("stamp tax", "印花税"),
    "BDA0611159": ("stamp tax, among property and conduct taxes", "财产和行为税（印花税）"),
    "BDA0611046": ("social insurance", "社会保险费"),
    "ZLA0610219": ("statements of small enterprises", "小企业财务报表"),
}
PAYMENTS = {"tax": ("tax", "税款"), "prepaid": ("prepaid", "预缴"), "refund": ("refund", "退税")}
NAMES = {
    "scale": SCALES,
    "subject": SUBJECTS,
    "invoice": INVOICES,
    "levy": LEVIES,
    "return": RETURNS,
    "payment": PAYMENTS,
}
HEADS = {
    "taxpayers": ("taxpayers", "户数"),
    "general": ("of them general", "其中一般纳税人"),
    "invoices": ("invoices", "发票份数"),
    "red": ("of them red", "其中红字"),
    "amount": ("amount (yuan)", "金额（元）"),
    "tax": ("tax on them (yuan)", "税额（元）"),
    "deductions": ("deducted invoices", "抵扣份数"),
    "deducted": ("tax deducted (yuan)", "抵扣税额（元）"),
    "returns": ("returns", "申报份数"),
    "declared": ("declared (yuan)", "申报应补（退）税额（元）"),
    "dues": ("amounts due", "应缴笔数"),
    "due": ("due (yuan)", "应缴（元）"),
    "payments": ("payments", "缴款笔数"),
    "paid": ("paid (yuan)", "已缴（元）"),
    "refunded": ("refunded (yuan)", "退税（元）"),
    "set_off": ("set off (yuan)", "抵缴（元）"),
    "late": ("of them with a late fee", "其中加收滞纳金"),
    "fees": ("late fees (yuan)", "滞纳金（元）"),
    "months": ("months", "月数"),
}
COUNTS = frozenset(
    "taxpayers general invoices red deductions returns dues payments late months".split()  # noqa: SIM905
)


def era_name(rates: Sequence[int], business_tax: bool) -> tuple[str, str]:
    """`VAT 17%, 13%, 11%, 6%, beside business tax`. rates: whole per cents, the highest first."""
    shown = [f"{rate}%" for rate in rates]
    more = (", beside business tax", "，营业税并存") if business_tax else ("", "")
    return f"VAT {', '.join(shown)}{more[0]}", f"增值税 {'、'.join(shown)}{more[1]}"
