"""What a tax officer would not take, though well formed: each on a taxpayer of its own, by its own code."""

from __future__ import annotations

import itertools
from copy import deepcopy
from typing import Any

import pytest

from tests.reference.documents import (
    after,
    general,
    invoice,
    invoice_range,
    kind,
    line,
    month,
    paid_before,
    payment,
    registration,
    rows,
    small,
    small_2014,
    small_2016,
    surcharged,
    uscc,
    with_surcharges,
)
from tests.reference.office import Office

Document = dict[str, Any]
NUMBERS = itertools.count(20_000)


@pytest.fixture(scope="module")
def office() -> Office:
    return Office(today="2026-11-29")


@pytest.fixture
def general_payer(office: Office) -> int:
    return registered(office, registration)


@pytest.fixture
def small_payer(office: Office) -> int:
    return registered(office, small)


def registered(office: Office, made: Any, **changes: Any) -> int:
    number = next(NUMBERS)
    office.ok("registration.save", made(number) | changes)
    return number


def k(year: int, month_: int) -> int:
    """The months since January 2015."""
    return 12 * (year - 2015) + month_ - 1


def at(number: int, period: int, rate: int, row: str, **changes: Any) -> Document:
    """A return of one row of sheet 1: 10,000 yuan of sales at a rate."""
    tax = 100 * rate
    column = rows(r1=10_000, r11=tax, r19=tax, r24=tax, r32=tax, r34=tax)
    to_date = {field: amount * (period % 12 + 1) for field, amount in column.items()}
    document = general(number, period)
    document["zb"] = [{"ewblxh": i + 1, **each} for i, each in enumerate((column, to_date, rows(), rows()))]
    sold = {"ewbhxh": row, "wkjfpXse": 10_000, "wkjfpXxynse": tax, "xse": 10_000, "hjXxynse": tax}
    return with_surcharges(document) | {"fb1": {"rows": [sold]}, "fb2": {"rows": []}} | changes


class TestRatesAndRows:
    @pytest.mark.parametrize(
        ("year", "month_", "rate", "row"),
        [
            (2015, 9, 17, "1"),
            (2015, 9, 13, "3"),
            (2015, 9, 11, "4"),
            (2017, 7, 11, "4a"),
            (2018, 4, 17, "2"),
            (2018, 5, 16, "1"),
            (2018, 5, 10, "4b"),
            (2019, 4, 13, "1"),
            (2024, 1, 9, "3"),
            (2024, 1, 6, "5"),
        ],
    )
    def test_the_rates_of_the_period_are_taken(self, office, general_payer, year, month_, rate, row):
        office.ok("declaration.submit", at(general_payer, k(year, month_), rate, row))

    @pytest.mark.parametrize(
        ("year", "month_", "rate", "row"),
        [
            (2024, 1, 17, "1"),
            (2024, 2, 11, "4"),
            (2015, 9, 16, "1"),
            (2018, 5, 17, "1"),
            (2018, 5, 13, "3"),
            (2019, 3, 13, "1"),
            (2019, 4, 16, "1"),
            (2019, 4, 10, "4"),
        ],
    )
    def test_those_of_another_are_not(self, office, general_payer, year, month_, rate, row):
        document = at(general_payer, k(year, month_), rate, row)
        assert office.refused("declaration.submit", document) == "SB206"

    @pytest.mark.parametrize(("year", "row"), [(2024, "77"), (2024, "4a"), (2015, "4b"), (2024, "")])
    def test_rows_that_the_form_does_not_have(self, office, general_payer, year, row):
        document = at(general_payer, k(year, 3), 13, row)
        assert office.refused("declaration.submit", document) == "SB208"

    def test_an_unknown_row_that_is_all_zero_is_no_row_either(self, office, general_payer):
        document = general(general_payer, k(2015, 9))
        document["fb1"]["rows"].append({"ewbhxh": "20"})
        assert office.refused("declaration.submit", document) == "SB208"
        document = general(general_payer, k(2015, 9))
        document["fb2"]["rows"].append({"ewbhxh": "8a", "fs": 0, "je": 0, "se": 0})
        assert office.refused("declaration.submit", document) == "SB208"


class TestPeriods:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"sbrq1": "2024-04-01"}, "SB004"),  # in the period
            ({"sbrq1": "2024-04-30"}, "SB004"),  # on its last day
            ({"sbrq1": "2099-12-31"}, "SB004"),
            ({"sbrq1": "2026-11-30"}, "SB004"),  # tomorrow
            ({"skssqq": "2090-01-01", "skssqz": "2090-01-31", "sbrq1": "2090-02-05"}, "SB012"),
            ({"skssqq": "2026-12-01", "skssqz": "2026-12-31", "sbrq1": "2026-11-29"}, "SB012"),
            ({"skssqq": "2026-11-01", "skssqz": "2026-11-30", "sbrq1": "2026-11-29"}, "SB012"),
            ({"skssqq": "1950-01-01", "skssqz": "1950-01-31", "sbrq1": "1950-02-05"}, "SB014"),
            ({"skssqq": "2014-02-01", "skssqz": "2014-02-28", "sbrq1": "2014-03-05"}, "SB014"),
            ({"skssqq": "2024-04-01", "skssqz": "2024-06-30", "sbrq1": "2024-07-05"}, "SB015"),
        ],
    )
    def test_periods_that_exist_and_are_over(self, office, general_payer, changes, code):
        document = at(general_payer, k(2024, 4), 6, "5") | changes
        if code == "SB014":  # the forms of those years have no sheet 5
            del document["fb5"]
        assert office.refused("declaration.submit", document) == code
        if code != "SB004":
            asked = {key: document[key] for key in ("djxh", "skssqq", "skssqz", "yzpzzlDm", "sbsxDm1")}
            assert office.refused("declaration.precheck", asked) == code

    def test_the_day_after_the_period_and_today_are_taken(self, office, general_payer):
        office.ok("declaration.submit", at(general_payer, k(2024, 4), 6, "5") | {"sbrq1": "2024-05-01"})
        number = registered(office, registration)
        office.ok("declaration.submit", at(number, k(2024, 4), 6, "5") | {"sbrq1": "2026-11-29"})

    def test_the_month_of_registration_is_filed_and_begins_the_year_to_date(self, office):
        number = registered(
            office, registration, djrq="2015-03-31", kinds=[kind() | {"rdyxqq": "2015-03-31"}]
        )
        assert office.refused("declaration.submit", general(number, k(2015, 2))) == "SB014"
        march = general(number, k(2015, 3))
        assert office.refused("declaration.submit", march) == "SB231"
        march["zb"][1] = {**march["zb"][0], "ewblxh": 2}
        office.ok("declaration.submit", march)

    def test_periods_before_2012_are_of_rates_that_nobody_knows_here(self, office):
        number = registered(office, registration, djrq="1994-01-01", kinds=[], fddbrsfzjlxDm="101")
        document = general(number, 0)
        document |= {"skssqq": "2011-12-01", "skssqz": "2011-12-31", "sbrq1": "2012-01-05"}
        assert office.refused("declaration.submit", document) == "SB013"

    def test_a_kind_that_has_ended(self, office):
        number = registered(office, registration, kinds=[kind() | {"rdyxqz": "2015-06-30"}])
        office.ok("declaration.submit", general(number, k(2015, 6)))
        assert office.refused("declaration.submit", general(number, k(2015, 7))) == "SB014"


class TestWhoseForm:
    def test_a_general_taxpayer_does_not_file_the_small_form(self, office, general_payer):
        document = small_2014(general_payer, 8)
        assert office.refused("declaration.submit", document) == "SB016"

    def test_nor_a_small_one_the_general_form(self, office, small_payer):
        assert office.refused("declaration.submit", general(small_payer, 8)) == "SB016"

    def test_one_form_a_period(self, office):
        number = registered(office, registration, kinds=[])
        office.ok("declaration.submit", general(number, 8))
        assert office.refused("declaration.submit", small_2014(number, 8)) == "SB005"

    def test_a_change_of_scale_changes_the_form(self, office):
        was = kind("10101", "101010200", 0.03) | {"rdyxqz": "2015-06-30"}
        number = registered(office, registration, kinds=[was, kind() | {"rdyxqq": "2015-07-01"}])
        office.ok("declaration.submit", small_2014(number, 5))
        assert office.refused("declaration.submit", small_2014(number, 6)) == "SB016"
        july = general(number, 6)
        july["zb"][1] = {**july["zb"][0], "ewblxh": 2}
        office.ok("declaration.submit", july)

    def test_a_small_taxpayer_of_months_files_no_quarter(self, office, small_payer):
        assert office.refused("declaration.submit", small_2016(small_payer)) == "SB015"

    @pytest.mark.parametrize(
        ("made", "code"),
        [
            (lambda n: small_2014(n, k(2024, 3)), "SB017"),
            (lambda n: small_2014(n, k(2016, 5)), "SB017"),
            (lambda n: small_2014(n, k(2016, 4)), ""),
            (lambda n: as_of_2016(n, 2016, 4), "SB017"),
            (lambda n: as_of_2016(n, 2016, 5), ""),
            (lambda n: as_of_2016(n, 2015, 1), "SB017"),
            (lambda n: as_of_2016(n, 2021, 7, r23=0, r24=0, r25=0), "SB017"),
            (lambda n: as_of_2016(n, 2021, 8, r23=420, r24=180, r25=120), ""),
            (lambda n: as_of_2016(n, 2021, 8, r23=-7, r24=3, r25=2), "SB423"),
            (lambda n: as_of_2016(n, 2021, 8, r23=120, r24=360, r25=240), ""),
            (lambda n: as_of_2016(n, 2021, 8, r24=0, r25=0), ""),
            (lambda n: as_of_2016(n, 2021, 8, r23=0), "SB424"),
            (lambda n: as_of_2016(n, 2021, 8, r23=720), "SB424"),
            (lambda n: as_of_2016(n, 2021, 8, r24=90), "SB424"),
        ],
    )
    def test_the_form_of_the_period(self, office, small_payer, made, code):
        document = made(small_payer)
        if code:
            assert office.refused("declaration.submit", document) == code
        else:
            office.ok("declaration.submit", document)

    @pytest.mark.parametrize(
        ("year", "month_", "reduced", "code"),
        [(2018, 3, 8_000, "SB419"), (2020, 3, 8_000, ""), (2020, 2, 8_000, "SB419"), (2024, 3, 8_000, ""),
         (2024, 3, 12_000, "SB419"), (2022, 4, 8_000, "SB419"), (2018, 3, 10, "")],
    )  # fmt: skip
    def test_relief_of_the_period_and_no_more(self, office, small_payer, year, month_, reduced, code):
        document = as_of_2016(
            small_payer, year, month_, r16=reduced, r20=12_000 - reduced, r22=12_000 - reduced
        )
        if code:
            assert office.refused("declaration.submit", document) == code
        else:
            office.ok("declaration.submit", document)

    def test_the_old_form_reduces_by_1_percent_of_used_assets_alone(self, office, small_payer):
        document = small_2014(small_payer, 8)
        document["xgm"] |= {"bqynsejze": 300, "ynsehj": 0, "bqybtse": 0}
        assert office.refused("declaration.submit", document) == "SB313"


def as_of_2016(number: int, year: int, month_: int, **amounts: float) -> Document:
    """A month of the form of 2016: sales of 400,000 at 3 %."""
    document = small_2016(number)
    start, end = month(k(year, month_))
    if start < "2021-08":
        document["xgm"] = {field: document["xgm"][field] for field in document["xgm"] if int(field[1:]) < 23}
    document |= {"skssqq": start, "skssqz": end, "sbrq1": month(k(year, month_) + 1)[0]}
    document["xgm"] |= amounts
    if start >= "2021-08":
        document["xgm"] |= surcharged(document["xgm"]["r22"]) | amounts
    return document


def settle(office: Office, number: int, document: Document) -> None:
    """File it and pay what is due on its first day, without a late fee."""
    voucher = office.ok("declaration.submit", document)
    on_time = payment(number, (voucher["pzxh"], voucher["ybtse"])) | {"jkrq": document["sbrq1"]}
    office.ok("collection.pay", on_time)


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


def bought(office: Office, number: int, **changes: Any) -> None:
    office.ok("invoice.buy", invoice_range(number) | changes)


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

    def test_no_fee_where_nobody_says_when(self, office):
        untimed = Office()
        number = registered(untimed, registration)
        pzxh = untimed.ok("declaration.submit", general(number, 8))["pzxh"]
        wrong = payment(number, (pzxh, 850))
        wrong["items"][0]["znj"] = 1
        assert untimed.refused("collection.pay", wrong) == "ZS012"
        untimed.ok("collection.pay", payment(number, (pzxh, 850)))


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
