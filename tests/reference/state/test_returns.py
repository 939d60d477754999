"""Returns that a tax officer would not take, though well formed: rates, periods, whose form it is."""

from __future__ import annotations

import pytest

from tests.reference.documents import (
    general,
    kind,
    registration,
    small_2014,
    small_2016,
)
from tests.reference.state.standing import as_of_2016, at, k, registered


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
