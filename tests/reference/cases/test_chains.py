"""Chains that go through several domains: what was done in one is used, posted or refused in the next."""

from __future__ import annotations

import pytest

from generators.taxpayers.population import Population
from renhai.spec.journey_catalog import journeys
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from tests.reference.cases.applying import TODAY, acts, application, through
from tests.reference.cases.driving import Hall
from tests.reference.cases.planted import Bookkeeping, audited
from tests.reference.cases.refusals.more_rows import (
    AGAINST,
    AGREED,
    BACK,
    BY_NUMBER,
    NO_LONGER,
    ORDER,
    OVERPAID,
    OWING,
    PREFERRED,
    PREPAY,
    SET_OFF,
    V2,
)
from tests.reference.cases.refusals.rows import FILED, FINE, LATE, PAID, SLIP, SOLD, V1
from tests.reference.documents import djxh, general, registration
from tests.reference.office import Office


def prepared(*before: tuple[str, dict[str, object]]) -> Office:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    for name, document in before:
        if "." in name:
            office.ok(name, document)
        else:
            through(office, name, document)
    return office


def due(office: Office) -> dict[str, float]:
    """What is due by voucher."""
    items = office.ok("collection.unpaid", {"djxh": djxh(1), "jkrq": "2015-02-10"})["items"]
    return {item["pzxh"]: item["ybtse"] for item in items}


def test_a_bank_slip_from_print_to_the_confirmation_that_it_was_paid() -> None:
    office = prepared(FILED, SLIP)
    assert due(office) == {V1: 850.0}
    through(office, "confirm_bank_slip", {"pzxh": V1, "qsje": 850.0, "yhhb": "102", "jkrq": "2015-10-12"})
    assert due(office) == {}
    assert office.ok("collection.state", {"djxh": djxh(1), "pzxh": V1}) == {"paid": True, "amount": 850.0}


def test_what_was_overpaid_is_posted_against_the_debt_and_nothing_is_left_to_pay_out() -> None:
    office = prepared(*OVERPAID, OWING, AGAINST)
    assert due(office) == {V2: 850.0}
    through(office, *SET_OFF)
    assert due(office) == {V2: 800.0}  # 850 less the 50 that were overpaid
    form = {"pzxh": V1, "je": 50.0, "thrq": "2015-10-12"}
    assert office.refused("case.accept", application("print_refund_form", form)) == "80070016"


def test_what_a_debt_does_not_need_of_a_set_off_is_paid_out_and_confirmed_by_the_treasury() -> None:
    office = prepared(*OVERPAID, OWING, AGAINST)
    office.ok("collection.pay", payment(V2, 820.0))
    through(office, "set_off_refund", {**SET_OFF[1], "qsje": 30.0})
    assert due(office) == {}
    left = {"pzxh": V1, "je": 20.0}
    wrong = {"pzxh": V1, "je": 50.0, "thrq": "2015-10-12"}
    assert office.refused("case.accept", application("print_refund_form", wrong)) == "80070016"
    through(office, "print_refund_form", {**left, "thrq": "2015-10-12"})
    through(office, "confirm_refund", {**left, "gkrq": "2015-10-13"})


def payment(voucher: str, amount: float) -> dict[str, object]:
    return {**PAID[1], "jkrq": "2015-04-10", "items": [{"pzxh": voucher, "kkje": amount}]}


def test_a_payment_that_is_void_is_due_again_and_can_be_paid_again() -> None:
    office = prepared(FILED, PAID)
    said = office.ok(*BACK)
    assert (said["kkje"], due(office)) == (-850.0, {V1: 850.0})
    office.ok(*PAID)
    assert due(office) == {}
    day = office.ok("accounting.day", {"swjgDm": acts(1)["swjgDm"]})
    assert [day[name]["fs"] for name in ("issued", "in_transit", "arrived", "void")] == [2, 1, 0, 1]


def test_overdue_order_late_filing_and_the_fine_that_follows_it() -> None:
    office = prepared()
    span = {"djxh": djxh(1), "skssqq": "2015-01-01", "skssqz": "2015-12-31"}
    overdue = office.ok("declaration.overdue", span)["items"]
    assert [item["skssqq"][5:7] for item in overdue] == ["01", "02", "03", "04", "05", "06", "07", "08"]
    assert overdue[0]["jzrq"] == "2015-02-15"
    through(office, *ORDER)
    assert office.refused("case.accept", application(*FINE)) == "80120007"  # not filed yet: no fine
    assert office.ok(*LATE)["fk"]["je"] == 50.0
    assert office.ok("declaration.overdue", span)["items"] == overdue[1:]
    through(office, *FINE)


def test_a_return_that_was_deferred_is_late_only_after_the_day_it_was_deferred_to() -> None:
    deferred = {"skssqq": "2015-01-01", "yqrq": "2015-04-30", "yy": "财务人员变动"}
    assert "fk" not in prepared(("license_deferred_filing", deferred)).ok(*LATE)
    assert "fk" in prepared(("license_deferred_filing", {**deferred, "yqrq": "2015-04-29"})).ok(*LATE)
    assert "fk" in prepared(("license_deferred_filing", {**deferred, "skssqq": "2015-02-01"})).ok(*LATE)


def test_a_preference_is_used_in_the_return_of_its_period_and_no_longer_once_it_is_cancelled() -> None:
    span = {"jmqxq": "2015-02-01", "jmqxz": "2015-12-31"}
    filed = ("file_preference", {"ssjmxzhzDm": "0001012301", "zsxmDm": "10101", "jmlxDm": "1", **span})
    line = {"jmxx": [{"ssjmxzhzDm": "0001012301", "jmse": 0.0}]}
    office = prepared(filed)
    before = {**FILED[1], **line}
    assert office.refused("declaration.submit", before) == "80030005", "January is before it begins"
    march = {**general(1, 2), "sbrq1": "2015-04-03", **line}
    office.ok("declaration.submit", march)
    office.ok("declaration.void", {**march, "pzxh": V1})
    through(office, "cancel_preference", {"ssjmxzhzDm": "0001012301", "qxyyDm": "0102"})
    assert office.refused("declaration.submit", march) == "80030005"


def test_a_change_asks_for_new_papers() -> None:
    completed = ("complete_registration", {"zczb": 1000.0, "cyrs": 1, "jyfw": "销售"})
    papers = ("print_registration", {"swdjzjzl": "1", "swdjzjhm": "1", "fzrq": "2015-09-01"})
    office = prepared(completed, papers)
    assert office.refused("case.accept", application(*papers)) == "80010007"
    old = registration(1)["scjydz"]
    change = {"bgxmDm": "scjydz", "bgqz": old, "bghz": "长沙市天心区2号", "bgrq": "2015-09-02"}
    through(office, "change_registration", change)
    through(office, papers[0], {**papers[1], "swdjzjhm": "2"})


def test_an_agreement_pays_while_it_is_in_force_and_not_before_nor_after() -> None:
    office = prepared(FILED, AGREED)
    by_it = {**PAID[1], "sfxyh": BY_NUMBER["sfxyh"], "items": [{"pzxh": V1, "kkje": 50.0}]}
    assert office.refused("collection.pay", by_it) == "ZS008"
    office.ok("collection.agreement_verify", BY_NUMBER)
    office.ok("collection.pay", by_it)
    office.ok("collection.agreement_revoke", BY_NUMBER)
    assert office.refused("collection.pay", by_it) == "ZS008"
    assert due(office) == {V1: 800.0}


def test_what_the_first_call_computes_is_carried_into_the_second_and_saved_once() -> None:
    office = prepared()
    init = office.ok("declaration.prepay_init", PREPAY)
    assert init["yjse"] == 20.0  # 2 % of 1,000
    assert office.refused("declaration.prepay_save", {**PREPAY, **init, "yjse": 19.0}) == "80060011"
    assert office.refused("declaration.prepay_save", {**PREPAY, **init, "xssr": 999.0}) == "80060011"
    office.ok("declaration.prepay_save", {**PREPAY, **init})
    assert office.refused("declaration.prepay_save", {**PREPAY, **init}) == "80060012"


def test_what_is_not_cleared_stands_in_the_way_of_a_cancellation() -> None:
    whose = {"djxh": djxh(1)}
    assert prepared().ok("registration.clearance", whose) == {"jszx": True, "items": []}
    office = prepared(FILED, SOLD)
    lcslid = office.ok("case.accept", application("answer_request", {"nr": "咨询"}))["lcslid"]
    assert office.ok("registration.clearance", whose) == {
        "jszx": False,
        "items": [
            {"lx": "unpaid", "bh": V1},
            {"lx": "open", "bh": lcslid},
            {"lx": "invoices", "bh": SOLD[1]["fpqshm"]},
        ],
    }


def test_reliefs_on_file_are_those_that_hold() -> None:
    office = prepared(PREFERRED)
    (row,) = office.ok("preference.on_file", {"djxh": djxh(1)})["items"]
    assert row == {
        "ssjmxzhzDm": "0001012301", "zsxmDm": "10101", "jmqxq": "2015-01-01", "jmqxz": "2099-12-31",
    }  # fmt: skip
    through(office, *NO_LONGER)
    assert office.ok("preference.on_file", {"djxh": djxh(1)})["items"] == []


JOINED = {
    "collection.agree": ("collection.agree", "collection.agreement_revoke"),
    "declaration.prepay": ("declaration.prepay", "declaration.prepay_save"),
    "preference.declare": ("apply.preference", "declaration.submit"),
    "quota.batch": ("quota.batch", "case.accept"),
    "accounting.repay": ("accounting.repay", "accounting.void"),
    "voucher.day": ("voucher.day", "voucher.stocktake"),
    "export.poll": ("apply.export", "export.feedback"),
}


@pytest.mark.parametrize("name", JOINED)
def test_a_journey_that_joins_domains_does_its_work_and_is_audited_whole(name: str) -> None:
    before, sent = JOINED[name]
    hall = Bookkeeping(Office(), journeys(), taxpayers=30 if name == before else 6)
    for _ in range(4):
        assert hall.do(before), hall.refused
        hall.work_off(20)
        assert hall.do(name), hall.refused
    assert hall.refused == []
    assert hall.sent[sent] > 0
    found = audited(hall)
    assert (found.findings, found.broken) == (set(), set())


def test_a_set_off_comes_about_by_journeys_and_the_books_agree() -> None:
    hall = Bookkeeping(Office(), journeys())
    hall.pool = TaxpayerPool(Population(19, "gt3_2015"), Partition(1))  # who owes every month
    for name in ("declaration.file", "apply.collection", "declaration.declare", *("apply.set_off",) * 4):
        assert hall.do(name)
        hall.work_off(20)
    assert hall.refused == []
    kept = hall.office.ok("case.kept", {"kind": "set_off"})["rows"]
    assert [row["je"] for row in kept] == [216.76]  # one twentieth of 4,335.33
    found = audited(hall)
    assert (found.findings, found.broken) == (set(), set())
    doctored = hall.with_fault("UPDATE case_rows SET je = je + 1 WHERE kind = 'set_off'")
    assert "应征 = 已征 + 未征" in audited(doctored).broken


def test_households_get_their_quota_year_by_year_in_a_batch() -> None:
    hall = Hall(Office(), journeys(), taxpayers=5)
    for _ in range(3):
        assert hall.do("quota.batch"), hall.refused
        hall.work_off(20)
    assert hall.refused == []
    years: dict[str, list[str]] = {}
    for row in hall.office.ok("case.kept", {"kind": "quota"})["rows"]:
        years.setdefault(row["djxh"], []).append(row["dm"])
    assert years
    assert set(map(tuple, years.values())) == {("2015", "2016", "2017")}
    holds = [row["dm"] for row in hall.office.ok("case.kept", {"kind": "quota", "zfbz1": "N"})["rows"]]
    assert set(holds) == {"2017"}, "one quota holds, the last"
