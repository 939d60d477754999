"""Sums since January, what was prepaid, and returns that come late: each refused by its own code."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.reference.documents import (
    after,
    general,
    paid_before,
    payment,
    rows,
)
from tests.reference.state.standing import Document, at, settle


class TestYearToDate:
    def test_it_is_the_sum_of_the_months(self, office, general_payer):
        january = general(general_payer, 0)
        settle(office, general_payer, january)
        february = paid_before(general(general_payer, 1), 850)
        wrong = deepcopy(february)
        wrong["zb"][1] = {**wrong["zb"][0], "ewblxh": 2}
        assert office.refused("declaration.submit", wrong) == "SB231"
        office.ok("declaration.submit", february)

    @pytest.mark.parametrize("column", [1, 3])
    def test_to_the_fen_in_both_columns(self, office, general_payer, column):
        january = general(general_payer, 0)
        january["zb"][column]["jzjtsjtse"] = 0.01
        assert office.refused("declaration.submit", january) == "SB231"

    def test_december_is_not_carried_into_january(self, office, general_payer):
        settle(office, general_payer, general(general_payer, 11))
        january = general(general_payer, 12)
        column = january["zb"][0]
        for each in january["zb"][:2]:
            each |= {"qcwjse": 850, "bqyjse": 850, "bqjnsqynse": 850}
        assert column["asysljsxse"] == 10_000
        office.ok("declaration.submit", january)

    def test_a_voided_month_does_not_count(self, office, general_payer):
        wrong = general(general_payer, 0, sales=20_000)
        pzxh = office.ok("declaration.submit", wrong)["pzxh"]
        asked = {key: wrong[key] for key in ("djxh", "skssqq", "skssqz", "yzpzzlDm")}
        office.ok("declaration.void", asked | {"pzxh": pzxh})
        right = general(general_payer, 0)
        settle(office, general_payer, right)
        office.ok("declaration.submit", paid_before(after(general(general_payer, 1), right), 850))


class TestPrepayments:
    def prepaid(self, number: int, arrears: float) -> Document:
        """60 of tax, 20 of it prepaid, nothing open from before."""
        column = rows(r1=1000, r11=60, r19=60, r24=60, r27=20, r28=20, r32=40, r33=arrears, r34=40)
        document = at(number, 0, 6, "5")
        document["zb"][:2] = [{"ewblxh": i + 1, **column} for i in (0, 1)]
        document["fb1"]["rows"][0] |= {"wkjfpXse": 1000, "wkjfpXxynse": 60, "xse": 1000, "hjXxynse": 60}
        return document

    def test_a_prepayment_is_no_negative_arrears(self, office, general_payer):
        assert office.refused("declaration.submit", self.prepaid(general_payer, -20)) == "SB133"
        assert office.refused("declaration.submit", self.prepaid(general_payer, 20)) == "SB133"
        office.ok("declaration.submit", self.prepaid(general_payer, 0))

    @pytest.mark.parametrize(
        "amounts",
        [
            {"r24": 1000, "r25": 700, "r28": 400, "r30": 700, "r27": 1100, "r32": 600, "r33": 0, "r34": 600},
            {"r24": 1000, "r25": 700, "r28": 0, "r30": 500, "r27": 500, "r32": 1200, "r33": 200, "r34": 1000},
            {"r24": 900, "r25": 1200, "r30": 1000, "r31": 200, "r27": 1200, "r32": 900, "r33": 0, "r34": 900},
        ],
    )
    def test_the_worked_examples_of_payments(self, office, general_payer, amounts):
        tax = amounts["r24"]
        column = rows(r1=tax * 100 // 6, r11=tax, r19=tax, **amounts)
        document = at(general_payer, 0, 6, "5")
        document["zb"][:2] = [{"ewblxh": i + 1, **column} for i in (0, 1)]
        sold = {
            "wkjfpXse": column["asysljsxse"],
            "wkjfpXxynse": tax,
            "xse": column["asysljsxse"],
            "hjXxynse": tax,
        }
        document["fb1"]["rows"][0] |= sold
        assert office.ok("declaration.submit", document)["ybtse"] == amounts["r34"]


class TestLateReturns:
    def test_a_late_return_is_fined_once(self, office, general_payer):
        document = general(general_payer, 8) | {"sbrq1": "2015-10-23"}
        answer = office.ok("declaration.submit", document)
        assert answer["fk"]["je"] == 50.0
        djxh = document["djxh"]
        owed = office.ok("collection.unpaid", {"djxh": djxh})["items"]
        assert [(item["zsxmDm"], item["ybtse"]) for item in owed] == [("10101", 850.0), ("39999", 50.0)]
        asked = {key: document[key] for key in ("djxh", "skssqq", "skssqz", "yzpzzlDm")}
        office.ok("declaration.void", asked | {"pzxh": answer["pzxh"]})
        assert "fk" not in office.ok("declaration.submit", document)
        fine = payment(general_payer, (answer["fk"]["pzxh"], 50)) | {"jkrq": "2015-12-31"}
        office.ok("collection.pay", fine)
        assert office.ok("collection.state", {"djxh": djxh, "pzxh": answer["fk"]["pzxh"]})["paid"]

    def test_in_time_it_is_not(self, office, general_payer):
        document = general(general_payer, 8) | {"sbrq1": "2015-10-22"}
        assert "fk" not in office.ok("declaration.submit", document)
