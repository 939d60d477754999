"""Each domain refuses, by name, what its rules forbid; and it is that rule that refuses.

A row: the item, what is done before, the form, the refusal. For rules that stand in YAML the same application
is taken once the rule is taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from renhai.reference.cases import operations as case_operations
from renhai.reference.cases.loading import load
from renhai.reference.cases.model import Domain
from tests.reference.cases.applying import ITEMS, TODAY, Form, application, through
from tests.reference.documents import djxh, individual, registration, small
from tests.reference.office import Office

ACCOUNTING = {"kjzdzzDm": "101", "bbbsqDm": "11", "yxqq": "2014-03-07"}
PREFERENCE = {
    "ssjmxzhzDm": "0001012301", "zsxmDm": "10101", "jmlxDm": "1",
    "jmqxq": "2015-01-01", "jmqxz": "2099-12-31",
}  # fmt: skip
PAPER = {
    "wcjyhdssglzmbh": "A1", "htje": 100.0, "htdfnsrmc": "甲", "wcjydxzqh": "430200",
    "zmyxqq": "2015-09-01", "zmyxqz": "2015-12-01",
}  # fmt: skip
QUOTA = {"jymj": 10, "cyrs": 2, "yfpkje": 2000.0, "gsyhdse": 60.0, "zxqq": "2015-01-01", "zxqz": "2099-12-31"}
EXPORT = {"sbny": "201509", "ckxse": 1000.0, "tsl": 0.13, "ytse": 130.0, "plbh": "1"}
ASSESSMENT = {"fxdj": "1", "skssqq": "2014-01-01", "skssqz": "2014-12-31", "zbmc": "税负", "jlDm": "03"}
SOURCE = {"ayly": "report", "jbh": "J1"}
INSPECTION = {"jbh": "J1", "jcqq": "2014-01-01", "jcqz": "2014-12-31", "cbse": 0.0}
STOP = {"skssqq": "2015-01-01", "tgrq": "2015-11-01"}
CHANGE = {"bgxmDm": "scjydz", "bgqz": "长沙市天心区1号", "bghz": "长沙市天心区2号", "bgrq": "2015-09-01"}
KIND = {"zsxmDm": "10120", "zspmDm": "101200100", "nsqxDm": "06", "rdyxqq": "2015-01-01"}
LIMIT = {"fpzlDm": "1130", "mczggpsl": 25, "myzggpsl": 50, "dffpzgkpxe": 100000.0}


@dataclass(frozen=True)
class Row:
    """One refusal: `before` was done already; `code` is what the application `form` of `item` gets."""

    item: str
    form: Form
    code: str
    before: tuple[tuple[str, Form], ...] = ()

    def __str__(self) -> str:
        return f"{self.item} {self.code}"


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
    Row("report_voucher_loss", {"pzzlDm": "000001011", "hm": "0000000001", "yy": "火灾"}, "80090010",
        (("report_voucher_loss", {"pzzlDm": "000001011", "hm": "0000000001", "yy": "火灾"}),)),
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
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_a_rule_forbids_is_refused_by_its_code(row: Row) -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    for item, form in row.before:
        through(office, item, form)
    assert office.refused("case.accept", application(row.item, row.form)) == row.code


def without(code: str) -> dict[str, Domain]:
    """The domains without the tie or bound of this code."""
    return {
        number: domain._replace(
            items={
                name: item._replace(
                    ties=tuple(tie for tie in item.ties if tie.code.code != code),
                    bounds=tuple(bound for bound in item.bounds if bound.code.code != code),
                )
                for name, item in domain.items.items()
            }
        )
        for number, domain in load().items()
    }


IN_YAML = {rule.code.code: item.name for item in ITEMS.values() for rule in (*item.ties, *item.bounds)}


@pytest.mark.parametrize("row", [row for row in ROWS if row.code in IN_YAML], ids=str)
def test_without_its_rule_the_same_application_is_not_refused_by_it(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_operations, "load", lambda folders: without(row.code))
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    for item, form in row.before:
        through(office, item, form)
    assert office.call("case.accept", application(row.item, row.form)).code != row.code


def test_every_domain_refuses_two_things_by_name_at_the_least() -> None:
    codes: dict[str, set[str]] = {}
    for row in ROWS:
        codes.setdefault(ITEMS[row.item].domain, set()).add(row.code)
    few = {number: found for number, found in codes.items() if len(found) < 2}
    assert set(few) == {"09"}  # whose other rules are those of numbered stock: test_vouchers.py
    assert set(load()) - set(codes) == {"06"}  # which is all about money: test_money.py


def test_households_and_companies_are_told_apart() -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    office.ok("registration.save", individual(2) | {"djxh": djxh(2)})
    assert office.refused("case.accept", application("determine_quota", QUOTA)) == "80000005"
    through(office, "determine_quota", QUOTA, 2)
    assert office.refused("case.accept", application("determine_quota", QUOTA, 2)) == "80040006"


def test_a_household_suspends_and_resumes_and_files_nothing_in_between() -> None:
    office = Office(today=TODAY)
    office.ok(
        "registration.save",
        small(2, "08") | {"djzclxDm": "411", "nsrsbh": individual(2)["nsrsbh"], "shxydm": ""},
    )
    suspended = {"tyqxq": "2015-10-01", "tyqxz": "2015-12-31"}
    assert office.refused("case.accept", application("suspend_business", suspended, 2)) == "80010002"
    through(office, "determine_quota", QUOTA, 2)
    through(office, "suspend_business", suspended, 2)
    assert office.ok("registration.status", {"djxh": djxh(2)})["nsrztDm"] == "04"
    assert office.refused("case.accept", application("file_accounting", ACCOUNTING, 2)) == "80000004"
    through(office, "resume_business", {"fyrq": "2015-11-01"}, 2)
    assert office.ok("registration.status", {"djxh": djxh(2)})["nsrztDm"] == "03"


def test_an_invoice_limit_rests_on_its_licence() -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    through(office, "license_special_invoice", {"zgkpxe": "1000000"})
    through(office, "approve_invoice_kinds", {**LIMIT, "dffpzgkpxe": 1000000.0})


def test_what_assessment_hands_over_is_a_source_and_cannot_be_fed_back() -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    through(office, "assess_taxpayer", ASSESSMENT)
    through(office, "register_source", {**SOURCE, "ayly": "assessment"})
    through(office, "inspect_taxpayer", INSPECTION)
    kinds = [row["kind"] for row in office.ok("case.rows", {"djxh": djxh(1)})["rows"] if row["zfbz1"] == "N"]
    assert kinds == ["assessment", "suspect", "inspection"]
