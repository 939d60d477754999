"""Payments, and returns held against the invoices: each refused by its own code."""

from __future__ import annotations

import pytest

from tests.reference.documents import (
    general,
    invoice,
    invoice_range,
    line,
    paid_before,
    payment,
    registration,
    uscc,
)
from tests.reference.office import Office
from tests.reference.state.standing import NUMBERS, bought, registered, settle


class TestPayments:
    @pytest.fixture
    def owed(self, office, general_payer):
        return general_payer, office.ok("declaration.submit", general(general_payer, 8))["pzxh"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"sfxyh": "999999999999999"}, "ZS008"),
            ({"lrrDm": "00000000000"}, "ZS009"),
            ({"lrrDm": "14301040001"}, "ZS009"),
            ({"lrrDm": "14301030000"}, "ZS009"),
            ({"zgswjgDm": "14301040000", "lrrDm": "14301040001"}, "ZS010"),
            ({"jkrq": "2026-11-30"}, "ZS011"),
            ({"jkrq": "2015-09-30"}, "ZS011"),
            ({"jkrq": "2015-11-16"}, "ZS012"),
        ],
    )
    def test_what_is_refused(self, office, owed, changes, code):
        number, pzxh = owed
        assert office.refused("collection.pay", payment(number, (pzxh, 850)) | changes) == code

    def test_in_time_without_and_late_with_a_fee(self, office, owed):
        """850.00 a year before it was due, and 25 days after: 10.63 (10.625 half up)."""
        number, pzxh = owed
        djxh = registration(number)["djxh"]
        fee_by_day = {"2015-10-22": 0.0, "2015-10-23": 0.43, "2015-11-16": 10.63}
        for on, fee in fee_by_day.items():
            assert office.ok("collection.unpaid", {"djxh": djxh, "jkrq": on})["items"][0]["znj"] == fee
        late = payment(number, (pzxh, 850)) | {"jkrq": "2015-11-16"}
        late["items"][0]["znj"] = 10.62
        assert office.refused("collection.pay", late) == "ZS012"
        late["items"][0]["znj"] = 10.63
        office.ok("collection.pay", late)

    @pytest.mark.parametrize("on", ["2015-10-12", "2015-10-13"])
    def test_nobody_pays_before_he_filed(self, office, general_payer, on):
        """Filed on the 14th: a payment of an earlier day is none."""
        document = general(general_payer, 8) | {"sbrq1": "2015-10-14"}
        pzxh = office.ok("declaration.submit", document)["pzxh"]
        early = payment(general_payer, (pzxh, 850)) | {"jkrq": on}
        assert office.refused("collection.pay", early) == "ZS013"
        office.ok("collection.pay", early | {"jkrq": "2015-10-14"})

    def test_a_late_payment_is_not_dated_back(self):
        """On a day that is set, 25 days late: only that day is taken, with its fee. Off, any day is."""
        back_on = {"jkrq": "2015-10-22"}
        for rule in ("pay-day=on", "pay-day=off"):
            today = Office(rule, today="2015-11-16")
            number = registered(today, registration)
            pzxh = today.ok("declaration.submit", general(number, 8))["pzxh"]
            paid = payment(number, (pzxh, 850))
            if rule == "pay-day=off":
                today.ok("collection.pay", paid | back_on)
                continue
            assert today.refused("collection.pay", paid | back_on) == "ZS014"
            assert today.ok("collection.unpaid", {"djxh": paid["djxh"]})["items"][0]["znj"] == 10.63
            assert today.refused("collection.pay", paid) == "ZS012"
            paid["items"][0]["znj"] = 10.63
            today.ok("collection.pay", paid)

    def test_no_fee_where_nobody_says_when(self, office):
        untimed = Office()
        number = registered(untimed, registration)
        pzxh = untimed.ok("declaration.submit", general(number, 8))["pzxh"]
        wrong = payment(number, (pzxh, 850))
        wrong["items"][0]["znj"] = 1
        assert untimed.refused("collection.pay", wrong) == "ZS012"
        untimed.ok("collection.pay", payment(number, (pzxh, 850)))


class TestReconciliation:
    @pytest.fixture
    def comparing(self):
        return Office("reconcile=on", today="2026-11-29")

    def issued(self, office: Office, amount: float, kind_: str = "000002100300") -> int:
        number = registered(office, registration)
        bought(office, number, fpzlDm=kind_)
        tax = round(amount * 0.17, 2)
        document = invoice(number, lines=[line(amount, tax, sl=None, dj=None)]) | {
            "fpzlDm": kind_,
            "qr": None,
        }
        office.ok("invoice.issue", document | {"ghf": {"mc": "买方", "nsrsbh": uscc(7)}})
        return number

    @pytest.mark.parametrize(("amount", "taken"), [(9_000, True), (10_001, True), (10_001.01, False)])
    def test_invoices_are_no_more_than_the_return(self, comparing, amount, taken):
        number = self.issued(comparing, amount)
        reply = comparing.call("declaration.submit", general(number, 8))
        assert reply.ok == taken
        if not taken:
            assert reply.code == "SB018" and reply.data == {"sbjg": "6"}

    def test_special_invoices_no_more_than_special_sales(self, comparing):
        number = self.issued(comparing, 9_000, "000001100300")
        document = general(number, 8)
        sold = document["fb1"]["rows"][0]
        sold |= {"kjskzzszyfpXse": 0, "kjskzzszyfpXxynse": 0, "wkjfpXse": 10_000, "wkjfpXxynse": 1_700}
        assert comparing.refused("declaration.submit", document) == "SB018"
        comparing.ok("declaration.submit", general(number, 8))

    def test_another_month_is_another_return(self, comparing):
        number = self.issued(comparing, 90_000)
        comparing.ok("declaration.submit", general(number, 7))

    def test_arrears_from_before_the_first_return_are_not_known_here(self, office, general_payer):
        first = general(general_payer, 0)
        for column in first["zb"][:2]:
            column |= {"qcwjse": 300, "bqyjse": 100, "bqjnqjse": 100, "qmwjse": 1050, "qmwjseQjse": 200}
        settle(office, general_payer, first)
        february = paid_before(general(general_payer, 1), 850)
        for column, arrears in zip(february["zb"], (301, 401), strict=False):
            column |= {"qcwjse": 1050, "bqyjse": 850 + arrears, "bqjnqjse": arrears, "qmwjse": 1050 - arrears}
            column["qmwjseQjse"] = max(0, 1050 - 850 - arrears)
        assert office.refused("declaration.submit", february) == "SB019"
        for column, arrears in zip(february["zb"], (200, 300), strict=False):
            column |= {
                "bqyjse": 850 + arrears,
                "bqjnqjse": arrears,
                "qmwjse": 1050 - arrears,
                "qmwjseQjse": 0,
            }
        office.ok("declaration.submit", february)

    @pytest.mark.parametrize(("more", "taken"), [(0, True), (80, True), (90, False)])
    def test_a_little_too_much_may_have_been_paid(self, office, general_payer, more, taken):
        settle(office, general_payer, general(general_payer, 0))
        february = general(general_payer, 1)
        for column in february["zb"][:2]:
            column |= {"qcwjse": 850, "bqyjse": 850 + more, "bqjnsqynse": 850 + more}
            column["qmwjse"] -= more
        assert office.call("declaration.submit", february).ok == taken

    def test_rows_30_and_31_are_what_was_paid(self):
        office = Office("payments=on")
        number = registered(office, registration)
        pzxh = office.ok("declaration.submit", general(number, 0))["pzxh"]
        february = paid_before(general(number, 1), 850)
        assert office.refused("declaration.submit", february) == "SB019"
        office.ok("collection.pay", payment(number, (pzxh, 849.99)))
        assert office.refused("declaration.submit", february) == "SB019"
        office.ok("collection.pay", payment(number, (pzxh, 0.01)))
        office.ok("declaration.submit", february)


def test_what_only_strict_refuses():
    strict, usual = Office(today="2026-11-29", strict=True), Office(today="2026-11-29")
    number = next(NUMBERS)
    for office in (strict, usual):
        office.ok("registration.save", registration(number))
    foreign = invoice_range(number, code="9999151130")
    assert strict.refused("invoice.buy", foreign) == "FP035"
    usual.ok("invoice.buy", foreign)
    assert strict.refused("invoice.buy", invoice_range(number, code="044001500111")) == "FP035"
    for code in ("4300151130", "043001500111", "143011500111"):
        strict.ok("invoice.buy", invoice_range(number, code=code))
