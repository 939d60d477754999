"""The small-scale VAT return in both layouts, every rule broken one at a time."""

from __future__ import annotations

import pytest

from renhai.reference.eras.grades import Rules
from renhai.reference.forms.period import period_of
from renhai.reference.forms.vat_small import check_small, check_whose
from renhai.reference.rules.codes import Rejection
from tests.reference.documents import small_2014, small_2016, surcharged


def judge(document):
    return check_small(document, period_of(document), 1000, Rules())


def refusal(document) -> str:
    with pytest.raises(Rejection) as refused:
        judge(document)
    return refused.value.code.code


def test_both_layouts_are_accepted():
    assert judge(small_2014(1, sales=10_000)).due == 30_000
    assert judge(small_2016(1, sales=400_000)).due == 1_200_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"swjgdkdzzszyfpbhsxse": 6_000, "skqjkjdptfpbhsxse": 4_000.01}, "SB301"),
        ({"skqjkjdptfpbhsxse1": 1}, "SB304"),
        ({"skqjkjdptfpxse": 1}, "SB306"),
        ({"skqjkjdptfpxse1": 1}, "SB308"),
        ({"bqynse": 310.01, "ynsehj": 310.01, "bqybtse": 310.01}, "SB310"),
        ({"bqynsejze": 300.01, "ynsehj": -0.01, "bqybtse": -0.01}, "SB311"),
        ({"ynsehj": 300.01, "bqybtse": 300.01}, "SB312"),
        ({"bqyjse1": 0.01}, "SB314"),
    ],
)
def test_the_layout_of_2014(changes, code):
    document = small_2014(1)
    document["xgm"] |= changes
    assert refusal(document) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"r2": 200_000, "r3": 200_000.01}, "SB401"),
        ({"r8": 1}, "SB407"),
        ({"r12": 1}, "SB409"),
        ({"r9": 100, "r10": 100, "r17": 3, "r18": 3}, "SB410"),  # 400,100 in a quarter exceed 300,000
        ({"r14": 1}, "SB413"),
        ({"r15": 12_010.01, "r20": 12_010.01, "r22": 12_010.01}, "SB415"),
        ({"r16": 12_000.01, "r20": -0.01, "r22": -0.01}, "SB416"),
        ({"r17": 1}, "SB417"),
        ({"r17": 10.01, "r18": 10.01}, "SB418"),
        ({"r20": 12_000.01, "r22": 12_000.01}, "SB420"),
        ({"r22": 0}, "SB422"),
    ],
)
def test_the_layout_since_2016(changes, code):
    document = small_2016(1)
    document["xgm"] |= changes
    assert refusal(document) == code


@pytest.mark.parametrize(
    ("rows", "due"),
    [
        ({"r1": 320_000, "r3": 200_000, "r15": 9_600, "r16": 6_400, "r20": 3_200, "r22": 3_200}, 3_200),
        ({"r9": 280_000, "r10": 280_000, "r17": 8_400, "r18": 8_400}, 0),
        ({"r1": 50_000, "r2": 50_000, "r9": 230_000, "r10": 230_000, "r15": 1_500, "r16": 1_000,
          "r17": 6_900, "r18": 6_900, "r20": 500, "r22": 500}, 500),
    ],
)  # fmt: skip
def test_the_worked_examples_of_a_quarter(rows, due):
    document = small_2016(1, sales=0)
    document["xgm"] |= {**rows, **surcharged(due)}
    assert judge(document).due == 100 * due


def exempt(sales: int, year: int, row: str = "r10") -> dict[str, object]:
    document = small_2016(1, year=year, sales=0)
    tax = sales * 3 / 100
    document["xgm"] |= {"r9": sales, row: sales, "r17": tax, "r18": tax if row == "r10" else 0}
    if row == "r11":
        document["xgm"] |= {"r17": 0}
    return document


@pytest.mark.parametrize(
    ("year", "ceiling"), [(2018, 90_000), (2019, 300_000), (2022, 450_000), (2023, 300_000)]
)
def test_the_exemption_ceiling_of_a_quarter_by_year(year, ceiling):
    assert judge(exempt(ceiling, year)).enterprise_exempt == ceiling * 100
    assert refusal(exempt(ceiling + 1, year)) == "SB410"


def test_enterprises_and_individuals_have_their_own_exempt_row():
    enterprise, individual = judge(exempt(1000, 2024)), judge(exempt(1000, 2024, "r11"))
    check_whose(enterprise, "173")
    check_whose(individual, "411")
    for form, kind in ((enterprise, "411"), (individual, "173")):
        with pytest.raises(Rejection) as refused:
            check_whose(form, kind)
        assert refused.value.code.code == "SB411"


def test_tax_at_five_percent_is_known():
    document = small_2016(1, sales=0)
    document["xgm"] |= {"r4": 400_000, "r15": 20_000, "r20": 20_000, "r22": 20_000} | surcharged(20_000)
    assert judge(document).due == 2_000_000


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [("2024-01-01", "2024-01-31", 1), ("2024-02-01", "2024-02-29", 1), ("2024-10-01", "2024-12-31", 3)],
)
def test_whole_months_and_quarters_are_periods(start, end, months):
    assert period_of({"skssqq": start, "skssqz": end}).months == months


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-01-02", "2024-01-31"),
        ("2024-02-01", "2024-02-28"),
        ("2024-01-01", "2024-02-29"),
        ("2024-02-01", "2024-04-30"),
        ("2024-03-01", "2024-01-31"),
        ("2024-01-01", "2024-12-31"),
        ("9999-12-01", "9999-12-31"),
    ],
)
def test_anything_else_is_none(start, end):
    with pytest.raises(Rejection) as refused:
        period_of({"skssqq": start, "skssqz": end})
    assert refused.value.code.code == "SB002"
