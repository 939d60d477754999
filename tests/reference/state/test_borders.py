"""On both sides of a change of the law: red invoices of what was, levies that ended, rows that a form lost,
years unknown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.documents import (
    general,
    invoice,
    kind,
    line,
    registration,
    rows,
    small,
    small_2016,
    with_surcharges,
)
from tests.reference.office import Office
from tests.reference.state.standing import at, bought, k, registered

Document = dict[str, Any]
STEEL, SOFTWARE = "1080401010000000000", "3040201990000000000"
RICE = "1030102010100000000"


def blue(
    number: int, day: str, rate: float, code: str = STEEL, name: str = "圆钢", amount: int = 1000
) -> Document:
    lines = [
        line(amount, amount * rate / 100, slv=rate / 100, spbm=code if day >= "2016-05-01" else "", spmc=name)
    ]
    return invoice(number, 1, lines) | {"kprq": day, "qr": None}


def red(number: int, of: Document, day: str, rate: float, name: str = "") -> Document:
    first = of["lines"][0]
    amount = first["je"]
    lines = [
        line(
            -amount,
            -amount * rate / 100,
            sl=-1,
            dj=amount,
            slv=rate / 100,
            spbm=first["spbm"],
            spmc=name or first["spmc"],
        )
    ]
    return invoice(number, 2, lines) | {"kprq": day, "qr": None, "yfpDm": of["fpDm"], "yfphm": of["fphm"]}


class TestRedInvoicesAcrossABorder:
    @pytest.mark.parametrize(
        ("issued", "rate", "code", "back", "new"),
        [
            ("2016-04-29", 17, STEEL, "2016-05-03", 13),
            ("2017-06-30", 13, RICE, "2017-07-03", 11),
            ("2018-04-30", 17, STEEL, "2018-05-01", 16),
            ("2018-04-30", 11, RICE, "2018-05-02", 10),
            ("2019-03-31", 16, STEEL, "2019-04-01", 13),
            ("2019-03-29", 10, RICE, "2019-04-30", 9),
            ("2018-04-27", 17, STEEL, "2024-06-03", 13),
            ("2025-12-31", 5, STEEL, "2026-01-05", 3),
        ],
    )
    def test_it_keeps_the_rate_of_its_original(self, office, general_payer, issued, rate, code, back, new):
        bought(office, general_payer)
        of = blue(general_payer, issued, rate, code)
        office.ok("invoice.issue", of)
        assert office.refused("invoice.issue", red(general_payer, of, back, new)) == "FP033"
        office.ok("invoice.issue", red(general_payer, of, back, rate))

    def test_what_is_new_keeps_no_old_rate(self, office, general_payer):
        bought(office, general_payer)
        assert office.refused("invoice.issue", blue(general_payer, "2019-04-01", 16)) in ("FP021", "FP036")
        assert office.refused("invoice.issue", blue(general_payer, "2018-05-01", 17)) == "FP021"

    def test_it_keeps_the_short_name_of_its_original(self, office, general_payer):
        """On 2025-07-14 信息技术服务 became 其他软件服务."""
        bought(office, general_payer)
        of = blue(general_payer, "2025-07-11", 6, SOFTWARE, "*信息技术服务*软件服务")
        office.ok("invoice.issue", of)
        other = red(general_payer, of, "2025-07-15", 6, "*其他软件服务*软件服务")
        assert office.refused("invoice.issue", other) == "FP033"
        office.ok("invoice.issue", red(general_payer, of, "2025-07-15", 6))


class TestTheReturnOfAMonthWithARedInvoiceOfAnOldRate:
    """A million yuan of sales at the new rate, less 100,000 of an old one: columns 1 to 4 are what was
    issued."""

    def sold(self, office: Office, number: int, day: str, old: float, back: str) -> None:
        bought(office, number)
        of = blue(number, day, old, STEEL, amount=100_000)
        office.ok("invoice.issue", of)
        office.ok("invoice.issue", red(number, of, back, old))

    @pytest.mark.parametrize(
        ("issued", "old", "year", "month_", "rate", "row"),
        [
            ("2018-04-27", 17, 2018, 5, 16, "1"),
            ("2018-04-27", 11, 2018, 5, 10, "4a"),
            ("2019-03-29", 16, 2019, 4, 13, "1"),
            ("2019-03-29", 10, 2019, 4, 9, "3"),
            ("2018-04-27", 17, 2024, 1, 13, "1"),
        ],
    )
    def test_is_taken(self, office, general_payer, issued, old, year, month_, rate, row):
        self.sold(office, general_payer, issued, old, f"{year}-{month_:02}-15")
        document = mixed(general_payer, k(year, month_), rate, row, old)
        office.ok("declaration.submit", document)

    @pytest.mark.parametrize(
        ("old", "tax", "code"),
        [
            (17, -17_009, ""),  # within the tolerance of 10 yuan
            (17, -17_011, "SB206"),
            (17, -15_000, "SB206"),
            (17, -19_000, "SB206"),
            (None, -17_000, "SB206"),  # no red invoice is on file
        ],
    )
    def test_but_no_other_tax_is(self, office, general_payer, old, tax, code):
        if old:
            self.sold(office, general_payer, "2018-04-27", old, "2018-05-15")
        document = mixed(general_payer, k(2018, 5), 16, "1", tax=tax)
        if code:
            assert office.refused("declaration.submit", document) == code
        else:
            office.ok("declaration.submit", document)

    def test_nor_that_of_a_red_invoice_of_another_month(self, office, general_payer):
        self.sold(office, general_payer, "2018-04-27", 17, "2018-06-15")
        assert office.refused("declaration.submit", mixed(general_payer, k(2018, 5), 16, "1", 17)) == "SB206"

    def test_nor_in_a_row_of_other_rates(self, office, general_payer):
        self.sold(office, general_payer, "2018-04-27", 17, "2018-05-15")
        assert office.refused("declaration.submit", mixed(general_payer, k(2018, 5), 10, "4a", 17)) == "SB206"
        assert office.refused("declaration.submit", mixed(general_payer, k(2018, 5), 6, "5", 17)) == "SB206"

    @pytest.mark.parametrize(("sales", "code"), [(-100_000, ""), (-100_100, "SB206"), (100_000, "SB206")])
    def test_a_closed_row_has_what_came_back_and_nothing_else(self, office, general_payer, sales, code):
        self.sold(office, general_payer, "2025-12-30", 5, "2026-01-15")
        document = levied(general_payer, k(2026, 1), {"11": (1_000_000, 3), "9b": (sales, 5)})
        if code:
            assert office.refused("declaration.submit", document) == code
        else:
            office.ok("declaration.submit", document)


def mixed(
    number: int, period: int, rate: int, row: str, old: float = 0, tax: float | None = None
) -> Document:
    """A million yuan without invoice at a rate, and 100,000 yuan taken back at another."""
    back = -1000 * old if tax is None else tax
    whole = 10_000 * rate + back
    column = rows(r1=900_000, r11=whole, r19=whole, r24=whole, r32=whole, r34=whole)
    to_date = {field: amount * (period % 12 + 1) for field, amount in column.items()}
    document = general(number, period)
    document["zb"] = [{"ewblxh": i + 1, **each} for i, each in enumerate((column, to_date, rows(), rows()))]
    sold = {
        "ewbhxh": row, "wkjfpXse": 1_000_000, "wkjfpXxynse": 10_000 * rate, "kjqtfpXse": -100_000,
        "kjqtfpXxynse": back, "xse": 900_000, "hjXxynse": whole,
    }  # fmt: skip
    return with_surcharges(document) | {"fb1": {"rows": [sold]}, "fb2": {"rows": []}}


class TestTheLevyOf2026:
    @pytest.mark.parametrize("rate", [5, 1.5])
    def test_an_invoice(self, office, general_payer, small_payer, rate):
        for number in (general_payer, small_payer):
            bought(office, number)
            assert office.refused("invoice.issue", blue(number, "2026-01-01", rate)) == "FP021"
            office.ok("invoice.issue", blue(number, "2025-12-31", rate))

    @pytest.mark.parametrize("rate", [3, 1, 0])
    def test_what_goes_on(self, office, small_payer, rate):
        bought(office, small_payer)
        office.ok("invoice.issue", blue(small_payer, "2026-01-01", rate))

    @pytest.mark.parametrize(("year", "quarter", "code"), [(2025, 4, ""), (2026, 1, "SB404")])
    def test_row_4_of_the_small_form(self, office, year, quarter, code):
        number = registered(office, lambda n: small(n, "08"))
        document = small_2016(number, year, quarter)
        form = document["xgm"]
        form |= {
            "r4": 100_000,
            "r15": form["r15"] + 5000,
            "r20": form["r20"] + 5000,
            "r22": form["r22"] + 5000,
        }
        form |= {"r23": round(form["r22"] * 0.07, 2), "r24": form["r22"] * 0.03, "r25": form["r22"] * 0.02}
        if code:
            assert office.refused("declaration.submit", document) == code
        else:
            office.ok("declaration.submit", document)

    @pytest.mark.parametrize(
        ("year", "month_", "row", "code"),
        [
            (2019, 3, "9", ""), (2019, 4, "9", "SB208"), (2024, 1, "9", "SB208"), (2019, 4, "9a", ""),
            (2025, 12, "9a", ""), (2025, 12, "9b", ""), (2026, 1, "9a", "SB206"), (2026, 1, "9b", "SB206"),
        ],
    )  # fmt: skip
    def test_rows_of_sheet_1(self, office, general_payer, year, month_, row, code):
        document = levied(general_payer, k(year, month_), {row: (10_000, 5)})
        if code:
            assert office.refused("declaration.submit", document) == code
        else:
            office.ok("declaration.submit", document)


def levied(number: int, period: int, sold: dict[str, tuple[int, int]]) -> Document:
    """A return of sales under the simple method, yuan and percent by row of sheet 1."""
    sales, tax = (
        sum(each[0] for each in sold.values()),
        sum(a * percent / 100 for a, percent in sold.values()),
    )
    column = rows(r5=sales, r21=tax, r24=tax, r32=tax, r34=tax)
    to_date = {field: amount * (period % 12 + 1) for field, amount in column.items()}
    document = general(number, period)
    document["zb"] = [{"ewblxh": i + 1, **each} for i, each in enumerate((column, to_date, rows(), rows()))]
    sheet = [
        {
            "ewbhxh": row,
            "wkjfpXse": a,
            "wkjfpXxynse": a * percent / 100,
            "xse": a,
            "hjXxynse": a * percent / 100,
        }
        for row, (a, percent) in sold.items()
    ]
    return with_surcharges(document) | {"fb1": {"rows": sheet}, "fb2": {"rows": []}}


class TestYearsWithoutANotice:
    """By the rule 2013-11 ends on the 15th; of 2027 no holiday plan is known."""

    @pytest.mark.parametrize(("filed", "fined"), [("2013-11-15", False), ("2013-11-18", True)])
    def test_a_late_return_of_2013_is_fined(self, filed, fined):
        office = Office(today="2013-12-20")
        number = registered(office, registration, djrq="2012-02-01", kinds=[])
        answer = office.ok("declaration.submit", general(number, k(2013, 10)) | {"sbrq1": filed})
        assert ("fk" in answer) == fined and "ts" not in answer

    @pytest.mark.parametrize(
        ("rule", "said"), [("late=on", {"ts": "申报期限未知，未判逾期"}), ("late=off", {})]
    )
    def test_a_return_of_2027_is_taken_with_a_word(self, rule, said):
        office = Office(rule, today="2027-03-20")
        number = registered(office, registration, kinds=[kind(rate=0.13)])
        answer = office.ok("declaration.submit", as_of_2027(number))
        assert {name: answer[name] for name in answer if name in ("ts", "fk")} == said

    def test_of_a_taxpayer_that_is_abnormal_both_words_are_said(self):
        office = Office(today="2027-03-20")
        number = registered(office, registration, nsrztDm="05", kinds=[kind(rate=0.13)])
        assert office.ok("declaration.submit", as_of_2027(number))["ts"] == "非正常户；申报期限未知，未判逾期"

    def test_the_last_month_whose_deadline_is_known(self):
        office = Office(today="2026-12-16")
        number = registered(office, registration, kinds=[kind(rate=0.13)])
        answer = office.ok("declaration.submit", at(number, k(2026, 11), 13, "1") | {"sbrq1": "2026-12-16"})
        assert "fk" in answer and "ts" not in answer


def as_of_2027(number: int) -> Document:
    """February's return, filed in March."""

    return at(number, k(2027, 2), 13, "1") | {"sbrq1": "2027-03-19"}
