"""What the state of a taxpayer forbids: registrations, invoices and red ones, each by its own code."""

from __future__ import annotations

import pytest

from tests.reference.documents import (
    general,
    invoice,
    invoice_range,
    kind,
    line,
    payment,
    registration,
    uscc,
)
from tests.reference.state.standing import NUMBERS, Document, bought, registered


class TestStates:
    @pytest.mark.parametrize(("state", "taken"), [("03", True), ("04", False), ("05", True), ("06", True),
                                                  ("07", False), ("08", False)])  # fmt: skip
    def test_who_may_file(self, office, state, taken):
        number = registered(office, registration, nsrztDm=state)
        document = general(number, 0)
        asked = {key: document[key] for key in ("djxh", "skssqq", "skssqz", "yzpzzlDm", "sbsxDm1")}
        if not taken:
            assert office.refused("declaration.precheck", asked) == "DJ021"
            assert office.refused("declaration.submit", document) == "DJ021"
        else:
            assert ("ts" in office.ok("declaration.submit", document)) == (state in ("05", "06"))
        assert office.ok("registration.status", {"djxh": document["djxh"]})["nsrztDm"] == state

    @pytest.mark.parametrize("state", ["07", "08"])
    def test_who_is_cancelled_does_nothing(self, office, state):
        number = registered(office, registration, nsrztDm=state)
        assert office.refused("invoice.buy", invoice_range(number)) == "DJ021"
        assert office.refused("invoice.issue", invoice(number)) == "DJ021"
        assert office.refused("collection.pay", payment(number, ("1" * 20, 1))) == "DJ021"


class TestRegistrations:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"djrq": "2099-01-01"}, "DJ020"),
            ({"djrq": "2026-11-30"}, "DJ020"),
            ({"hyDm": "0000"}, "DJ007"),
            ({"hyDm": "9810"}, "DJ007"),
            ({"djrq": "1955-01-01"}, "DJ022"),
            ({"kinds": [kind(), kind("10101", "101010200", 0.03)]}, "DJ023"),
        ],
    )
    def test_what_is_refused(self, office, changes, code):
        assert office.refused("registration.save", registration(next(NUMBERS)) | changes) == code

    def test_today_is_taken(self, office):
        office.ok("registration.save", registration(next(NUMBERS)) | {"djrq": "2026-11-29", "kinds": []})


class TestInvoices:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"kprq": "2099-12-31"}, "FP028"),
            ({"kprq": "2026-11-30"}, "FP028"),
            ({"kprq": "1990-01-01"}, "FP029"),
            ({"kprq": "2014-03-06"}, "FP029"),
            ({"kprq": "2019-03-31", "lines": [line(tax=16, slv=0.16)], "hjse": 16, "jshj": 116}, "FP022"),
            ({"lines": [line(tax=12, slv=0.12)], "hjse": 12, "jshj": 112}, "FP021"),
            ({"kprq": "2019-04-01"}, "FP021"),
            ({"lines": [line(spbm="9999999999999999999")]}, "FP022"),
            ({"ghf": {"mc": "x", "nsrsbh": "abc"}}, "FP011"),
            ({"ghf": {"mc": "", "nsrsbh": ""}}, "FP011"),
        ],
    )
    def test_what_is_refused(self, office, general_payer, changes, code):
        bought(office, general_payer)
        assert office.refused("invoice.issue", invoice(general_payer) | {"qr": None} | changes) == code

    def test_a_rate_of_another_day(self, office, general_payer):
        bought(office, general_payer)
        coded = line(spbm="1080401010000000000")
        document = invoice(general_payer, lines=[coded]) | {"qr": None}
        assert office.refused("invoice.issue", document | {"kprq": "2024-01-05"}) == "FP021"
        other = line(spbm="1080101020000000000")
        document = invoice(general_payer, lines=[other]) | {"qr": None}
        assert office.refused("invoice.issue", document | {"kprq": "2024-01-05"}) == "FP021"
        office.ok("invoice.issue", document | {"kprq": "2018-04-30"})

    def test_a_code_has_its_own_rate(self, office, general_payer):
        bought(office, general_payer)
        rice = line(tax=13, slv=0.13, spbm="1010101010000000000")
        document = invoice(general_payer, lines=[rice]) | {"qr": None, "kprq": "2024-01-05"}
        assert office.refused("invoice.issue", document) == "FP036"
        exempt = line(tax=0, slv=0, spbm="1010101010000000000")
        office.ok(
            "invoice.issue", invoice(general_payer, lines=[exempt]) | {"qr": None, "kprq": "2024-01-05"}
        )

    def test_small_scale_taxpayers_issue_at_the_levy(self, office, small_payer):
        bought(office, small_payer)
        assert office.refused("invoice.issue", invoice(small_payer)) == "FP021"
        office.ok("invoice.issue", invoice(small_payer, lines=[line(tax=3, slv=0.03)]))

    def test_a_special_invoice_names_its_buyer(self, office, general_payer):
        special = {"fpzlDm": "000001100300"}
        bought(office, general_payer, **special)
        document = invoice(general_payer) | special
        assert office.refused("invoice.issue", document) == "FP011"
        office.ok("invoice.issue", document | {"ghf": {"mc": "买方", "nsrsbh": uscc(7)}})

    @pytest.mark.parametrize(
        ("buyer", "code"),
        [
            ({"mc": "丙", "nsrsbh": uscc(9)}, "FP033"),
            ({"mc": "丙", "nsrsbh": ""}, "FP033"),
            ({"mc": "买方改名", "nsrsbh": uscc(7)}, ""),
            ({"mc": "买方", "nsrsbh": uscc(9)}, ""),  # with the id that he has since
        ],
    )
    def test_a_red_invoice_goes_to_whom_the_blue_one_went(self, office, general_payer, buyer, code):
        bought(office, general_payer)
        blue = invoice(general_payer) | {"qr": None, "ghf": {"mc": "买方", "nsrsbh": uscc(7)}}
        office.ok("invoice.issue", blue)
        back = invoice(general_payer, 2, [line(-100, -17, sl=-1, dj=100)]) | {"qr": None, "ghf": buyer}
        back |= {"yfpDm": blue["fpDm"], "yfphm": blue["fphm"]}
        if code:
            assert office.refused("invoice.issue", back) == code
        else:
            office.ok("invoice.issue", back)

    def test_fully_digital_invoices_begin_in_december_2021(self, office, general_payer):
        digital = {"fpzlDm": "32", "fpDm": "", "fpqshm": "2" * 20, "fpzzhm": "2" * 20, "fs": 1}
        bought(office, general_payer, **digital)
        document = invoice(general_payer, lines=[line(tax=13, slv=0.13, spbm="1080401010000000000")])
        document |= {"fpzlDm": "32", "fpDm": "", "fphm": "2" * 20, "qr": None}
        assert office.refused("invoice.issue", document | {"kprq": "2021-11-30"}) == "FP034"
        office.ok("invoice.issue", document | {"kprq": "2021-12-01"})


class TestRedInvoices:
    def red(self, number: int, position: int, of: int | None, share: float = 1) -> Document:
        lines = [line(-100 * share, -17 * share, sl=-1, dj=100 * share)]
        document = invoice(number, position, lines)
        return (
            document
            if of is None
            else document | {"yfpDm": "4300151130", "yfphm": f"{number * 1000 + of:08}"}
        )

    @pytest.fixture
    def seller(self, office):
        number = next(NUMBERS)
        office.ok("registration.save", registration(number))
        bought(office, number)
        office.ok("invoice.issue", invoice(number, 1))
        return number

    def test_once_against_an_original(self, office, seller):
        office.ok("invoice.issue", self.red(seller, 2, 1))
        assert office.refused("invoice.issue", self.red(seller, 3, 1)) == "FP032"

    def test_of_nothing(self, office, seller):
        assert office.refused("invoice.issue", self.red(seller, 2, 9)) == "FP031"
        assert office.refused("invoice.issue", self.red(seller, 2, None)) == "FP030"

    def test_not_of_a_red_one_nor_of_a_later_one(self, office, seller):
        office.ok("invoice.issue", self.red(seller, 2, 1))
        assert office.refused("invoice.issue", self.red(seller, 3, 2)) == "FP031"
        office.ok("invoice.issue", invoice(seller, 4) | {"kprq": "2015-09-12", "qr": None})
        assert office.refused("invoice.issue", self.red(seller, 5, 4)) == "FP031"

    def test_not_of_somebody_elses(self, office, seller):
        other = next(NUMBERS)
        office.ok("registration.save", registration(other))
        bought(office, other)
        document = self.red(other, 1, None) | {"yfpDm": "4300151130", "yfphm": f"{seller * 1000 + 1:08}"}
        assert office.refused("invoice.issue", document) == "FP031"

    def test_no_more_than_it_and_at_its_rates(self, office, seller):
        assert office.refused("invoice.issue", self.red(seller, 2, 1, share=1.01)) == "FP033"
        other = self.red(seller, 2, None) | {"yfpDm": "4300151130", "yfphm": f"{seller * 1000 + 1:08}"}
        other |= {
            "lines": [line(-100, -13, sl=None, dj=None, slv=0.13)],
            "hjse": -13,
            "jshj": -113,
            "qr": None,
        }
        assert office.refused("invoice.issue", other) == "FP033"
        office.ok("invoice.issue", self.red(seller, 2, 1, share=0.5))

    def test_it_keeps_its_rate_when_that_has_gone(self, office, seller):
        office.ok("invoice.issue", self.red(seller, 2, 1) | {"kprq": "2017-12-31", "qr": None})
