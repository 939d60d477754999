"""Sheet 5 since August 2021: the worked example of the surcharges, by the generators and by the reference."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from generators.documents.vat.surcharges import levied, surcharge_sheet, surcharges
from generators.eras.era import era
from renhai.reference.eras.grades import chosen
from renhai.reference.forms.surcharge_sheet import check_surcharge_sheet
from renhai.reference.rules.codes import Rejection

END = date(2024, 4, 30)
VAT = 97_442_18
RULES, NONE = chosen((), strict=False), chosen(("surcharges=off",), strict=False)


def sheet(halved: bool = True, vat: int = VAT, sales_a_month: int = 500_000_00) -> dict[str, Any]:
    found = levied(era(END), vat, 7, halved=halved, sales_a_month=sales_a_month)
    main = dict(
        zip(("bqybtsecjs", "bqybtsejyfj", "bqybtsedfjyfj"), (one.due / 100 for one in found), strict=True)
    )
    return {"zb": [main, {}, {}, {}], "fb5": surcharge_sheet(found, vat, halved)}


def refused(document: dict[str, Any], end: date = END, due: int = VAT) -> str:
    with pytest.raises(Rejection) as found:
        check_surcharge_sheet(document, end, due, RULES)
    return found.value.code.code


def column(document: dict[str, Any], field: str) -> list[float]:
    return [row[field] for row in document["fb5"]["rows"]]


def test_the_worked_example_in_full_and_in_half() -> None:
    whole, half = sheet(halved=False), sheet()
    assert column(whole, "bqynse") == [6820.95, 2923.27, 1948.84, 11693.06]
    assert column(whole, "bqybtse") == [6820.95, 2923.27, 1948.84, 11693.06]
    assert column(half, "jzse") == [3410.48, 1461.64, 974.42, 5846.54]  # half up
    assert column(half, "bqybtse") == [3410.47, 1461.63, 974.42, 5846.52]  # the difference, not halved again
    for document in (whole, half):
        check_surcharge_sheet(document, END, VAT, RULES)


def test_a_refund_has_no_surcharges_and_small_sales_no_education_surcharges() -> None:
    nothing = sheet(vat=-500_00)
    assert column(nothing, "bqybtse") == [0, 0, 0, 0]
    check_surcharge_sheet(nothing, END, -500_00, RULES)
    small = sheet(halved=False, sales_a_month=100_000_00)
    assert column(small, "jmse") == [0, 2923.27, 1948.84, 4872.11]
    assert column(small, "bqybtse") == [6820.95, 0, 0, 6820.95]
    check_surcharge_sheet(small, END, VAT, RULES)


@pytest.mark.parametrize("vat", [-1, 0, 1, 7, 49, 50, 99, 1234567, VAT])
@pytest.mark.parametrize("halved", [True, False])
@pytest.mark.parametrize("sales", [0, 100_000_00, 100_000_01])
def test_small_returns_have_the_last_column_of_it(vat: int, halved: bool, sales: int) -> None:
    whole = levied(era(END), vat, 5, halved=halved, sales_a_month=sales)
    alone = surcharges(era(END), vat, 5, halved=halved, sales_a_month=sales)
    assert alone == tuple(one.due for one in whole)


def test_it_is_there_from_august_2021_on_unless_that_is_switched_off() -> None:
    assert refused({"zb": []}) == "SB241"
    assert refused(sheet(), date(2021, 7, 31)) == "SB017"
    check_surcharge_sheet({"zb": []}, date(2021, 7, 31), VAT, RULES)
    check_surcharge_sheet({"zb": []}, END, VAT, NONE)


@pytest.mark.parametrize(
    ("row", "changes", "code"),
    [
        (0, {"zzsse": 97442.19}, "SB242"),
        (0, {"sl": 6}, "SB243"),
        (1, {"sl": 5}, "SB243"),
        (0, {"bqynse": 6820.96}, "SB244"),
        (0, {"jzse": 3410.47, "bqybtse": 3410.48}, "SB245"),  # rounded down
        (0, {"jzbl": 40}, "SB245"),
        (2, {"bqybtse": 974.41}, "SB246"),
        (3, {"bqybtse": 5846.53}, "SB247"),
        (1, {"jmse": -1, "bqybtse": 1462.63}, "SB249"),
        (1, {"jmse": 2923.28}, "SB249"),
        (3, {"ewbhxh": "5"}, "SB241"),
    ],
)
def test_each_of_its_rules(row: int, changes: dict[str, Any], code: str) -> None:
    document = deepcopy(sheet())
    document["fb5"]["rows"][row] |= changes
    assert refused(document) == code


def test_rows_39_to_41_are_its_last_column() -> None:
    document = sheet()
    document["zb"][0]["bqybtsejyfj"] = 1461.64  # halved again
    assert refused(document) == "SB248"
    assert refused(sheet(), due=VAT + 1) == "SB242"
