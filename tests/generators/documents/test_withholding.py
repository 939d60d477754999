"""Income tax withheld from wages: worked figures, equations in every era; payroll, return, payment agree."""

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.books.ledger.payroll import Place, base_of, insured, of_month, of_year, payroll, withholding
from generators.books.ledger.results import result, staff, wage
from generators.books.ledger.wage_tax import table, taxed
from generators.books.ledger.withheld import withheld_paid
from generators.documents.returns.withholding import (
    VOUCHER_WITHHOLDING,
    month,
    withheld_first_year,
    withheld_payment,
    withholding_return,
    withholds,
)
from generators.eras.era import era
from generators.identifiers import check_resident_id
from generators.taxpayers.employees import Employee, employee, place_of, room
from generators.taxpayers.population import PROFILES, Population
from tests.generators.poison import poisoned
from tests.share import examples

populations = {profile: Population(20150911, profile) for profile in PROFILES}
SOMEBODY = Employee("某人", "430103198001010018", 0)


def employers(profile: str, start: int, count: int):
    return [t for t in populations[profile].taxpayers(start, count) if withholds(t)]


def on(year: int, m: int = 12):
    return era(date(year, m, 28))


def placed(pay: int, pension: int = 0, additional: int = 0) -> Place:
    """One month of somebody; yuan."""
    return Place(SOMEBODY, "2010-01-01", 100 * pay, 0, 100 * pension, 0, 0, 0, 100 * additional)


def test_the_worked_year_of_20000_pay_and_2000_insurance() -> None:
    """390, 390, 600, then 1,300 a month, and 2,500 in December: 14,280 in the year."""
    place = placed(20_000, 2_000)
    rows = [of_year(on(2024), 500_000, [place] * m, place) for m in range(1, 13)]
    assert [row.due for row in rows] == [39_000, 39_000, 60_000, *[130_000] * 8, 250_000]
    assert sum(row.due for row in rows) == 1_428_000 == taxed(on(2024), 15_600_000).tax


@pytest.mark.parametrize(
    ("now", "quick"),
    [
        (on(2015), [0, 105, 555, 1_005, 2_755, 5_505, 13_505]),
        (on(2018, 9), [0, 105, 555, 1_005, 2_755, 5_505, 13_505]),
        (on(2018, 10), [0, 210, 1_410, 2_660, 4_410, 7_160, 15_160]),
        (on(2019), [0, 2_520, 16_920, 31_920, 52_920, 85_920, 181_920]),
        (on(2026), [0, 2_520, 16_920, 31_920, 52_920, 85_920, 181_920]),
    ],
)
def test_quick_deductions_follow_from_the_bands(now, quick: list[int]) -> None:
    """A quick deduction makes both bands agree where they meet."""
    bands = table(now.wages_bands, now.wages_top)
    assert [band[2] for band in bands] == [100 * yuan for yuan in quick]
    assert [band[1] for band in bands] == [3, 10, 20, 25, 30, 35, 45]
    for (limit, percent, less), (_, more_percent, more) in pairwise(bands):
        assert limit * percent - 100 * less == limit * more_percent - 100 * more
        assert taxed(now, limit).percent == percent and taxed(now, limit + 100).percent == more_percent


@pytest.mark.parametrize(
    ("now", "pay", "insurance", "due"),
    [
        (on(2015), 3_500, 0, 0),
        (on(2015), 5_000, 0, 4_500),  # 1,500 at 3 %
        (on(2015), 8_000, 0, 34_500),  # 4,500 at 10 %, less 105
        (on(2015), 20_000, 2_000, 262_000),  # 14,500 at 25 %, less 1,005
        (on(2018, 10), 20_000, 2_000, 119_000),  # 13,000 at 20 %, less 1,410
        (on(2015), 100_000, 0, 2_992_000),  # 96,500 at 45 %, less 13,505
    ],
)
def test_a_month_by_itself_until_2018(now, pay: int, insurance: int, due: int) -> None:
    assert of_month(now, 100 * now.wages_free, placed(pay, insurance)).due == due


YEARS = st.integers(2019, 2027)
YUAN = st.integers(0, 300_000)


@given(YEARS, YUAN, st.integers(0, 3_000), st.integers(0, 5_000), st.integers(1, 12))
@settings(max_examples=examples(150), deadline=None)
def test_a_year_of_one_pay_is_the_tax_of_the_year(
    year: int, pay: int, pension: int, extra: int, months: int
) -> None:
    """For who was employed for some months: withheld in all is what the table asks for their sum."""
    place = placed(pay, pension, extra)
    rows = [of_year(on(year), 500_000, [place] * m, place) for m in range(1, months + 1)]
    taxable = max(0, months * 100 * (pay - 5_000 - pension - extra))
    assert sum(row.due for row in rows) == taxed(on(year), taxable).tax
    assert [row.before for row in rows] == [sum(row.due for row in rows[:m]) for m in range(months)]


@given(YEARS, st.lists(YUAN, min_size=12, max_size=12))
@settings(max_examples=examples(150), deadline=None)
def test_nothing_is_given_back_within_a_year(year: int, pays: list[int]) -> None:
    """Withheld to date is the most that was due at the end of any month so far."""
    places = [placed(pay, 300, 1_000) for pay in pays]
    rows = [of_year(on(year), 500_000, places[:m], places[m - 1]) for m in range(1, 13)]
    assert min(row.due for row in rows) >= 0
    for m in range(1, 13):
        assert sum(row.due for row in rows[:m]) == max(row.tax for row in rows[:m])


@given(st.integers(2012, 2018), st.integers(1, 12), YUAN)
@settings(max_examples=examples(80), deadline=None)
def test_the_tax_of_a_month_is_the_sum_of_its_bands(year: int, m: int, taxable: int) -> None:
    now, lower, expected = on(year, m), 0, 0
    for limit, percent in (*now.wages_bands, (10**9, now.wages_top)):
        expected += max(0, min(taxable, limit) - lower) * percent
        lower = limit
    assert taxed(now, 100 * taxable).tax == expected


@pytest.mark.parametrize("profile", PROFILES)
def test_payroll_return_and_results_agree(profile: str) -> None:
    """Pay of the months is the payroll of the results to date; of the return the sum of its rows."""
    for t in employers(profile, 0, 60):
        to_date = 0
        for k in range(12):
            when = month(profile, k)
            places = payroll(t, when.year, when.month)
            document = withholding_return(t, k)
            assert len(places) == staff(t, when.year) == document["kjhj"]["rs"] == len(document["kjmx"])
            pay = sum(place.pay for place in places)
            assert pay == staff(t, when.year) * wage(t) == round(100 * document["kjhj"]["sre"])
            to_date += pay
            assert to_date == result(t, when.year, when.month).payroll
            due = [round(100 * row["ybtse"]) for row in document["kjmx"]]
            paid = withheld_paid(t, k, when)
            assert sum(due) == round(100 * document["kjhj"]["ybtse"]) == paid.due
            assert sum(one.amount for one in paid.paid) == paid.due
            assert document["yzpzzlDm"] == VOUCHER_WITHHOLDING


def test_people_stay_come_and_leave() -> None:
    """Between two months few change. Who stays has the same first day; who comes, even again, has a day of
    this month, or of January where the staff grew."""
    stayed = came = 0
    for t in employers("current", 0, 80):
        before: dict[str, str] = {}
        for k in range(30):
            when = month("current", k)
            here = {}
            for place in payroll(t, when.year, when.month):
                here[place.employee.resident_id] = place.since
                assert t.registered_on <= place.since <= when.end
                assert int(place.since[:4]) - int(place.employee.born[:4]) >= 16
            assert len(here) == staff(t, when.year)
            if k:
                assert all(before[who] == since for who, since in here.items() if who in before)
                new = {who: since for who, since in here.items() if who not in before}
                new.pop(t.accountant_id, None)  # the accountant keeps his first day, also when he comes again
                assert all(since >= when.start for since in new.values())
                stayed, came = stayed + len(set(here) & set(before)), came + len(set(here) - set(before))
            before = here
    assert 0.01 < came / (came + stayed) < 0.06


def test_resident_ids_are_right_and_of_nobody_else() -> None:
    """Of the first taxpayers of each band no two small employers share a person, and no employee is an owner
    or an accountant."""
    bosses, ids = set(), Counter()
    for band in (0, 40_000_000, 50_000_000):
        for t in Population(3, "2024-06-03").taxpayers(band, 400):
            bosses |= {t.legal_person_id, t.accountant_id}
            numbers = range(2, 32)
            mine = [employee(t, number).resident_id for number in numbers]
            assert len(set(mine)) == len(mine)
            ids.update(mine)
            assert all(map(check_resident_id, mine))
    assert max(ids.values()) == 1 and not bosses & set(ids)
    size = room().size
    assert len({place_of(7, number, size) for number in range(2, 6_000)}) == 5_998
    assert max(place_of(99_999_999, number, size) for number in range(2, 6_000)) < size


def test_what_employees_pay_is_of_a_base_within_limits() -> None:
    """2024: mean 6,500, so the base is 3,900 to 19,500; 8, 2, 0.5 and 8 % of it."""
    now = on(2024)
    assert [base_of(now, usual) for usual in (100_000, 804_567, 10**7)] == [390_000, 804_000, 1_950_000]
    assert insured(now, 390_000) == (31_200, 7_800, 1_950, 31_200)
    assert insured(now, 804_000) == (64_320, 16_080, 4_020, 64_320)
    assert insured(now, 1_950_000) == (156_000, 39_000, 9_750, 156_000)


def test_a_year_of_the_books_is_the_tax_of_the_year() -> None:
    """Of who was there all year, where no month's tax to date was less than the month's before."""
    found = 0
    for t in employers("current", 0, 100):
        for row in withholding(t, 2024, 12):
            if row.allowance_to_date == 6_000_000 and row.before <= row.tax:
                assert row.before + row.due == taxed(on(2024), row.taxable).tax
                found += row.tax > 0
    assert found > 20


def test_payments_are_those_of_the_books() -> None:
    """One month in sixteen is paid late, with its fee; on a day, who pays later has not paid yet."""
    late = paid = 0
    for t in employers("gt3_2015", 0, 150):
        for k in range(4):
            how, document = withheld_paid(t, k, month("gt3_2015", k)), withheld_payment(t, k, "1")
            if not how.due:
                assert document is None
                continue
            assert document is not None
            one = how.paid[0]
            assert document["jkrq"] == str(one.on)
            assert document["items"][0]["kkje"] == how.due / 100
            days = max(0, (one.on - how.deadline).days)
            assert (
                round(100 * document["items"][0].get("znj", 0)) == (how.due * days * 5 * 2 + 10_000) // 20_000
            )
            late, paid = late + (days > 0), paid + 1
    assert 0.03 < late / paid < 0.1
    day = Population(20150911, "2015-10-22")
    shown = [withheld_payment(t, 0, "1") for t in day.taxpayers(0, 300) if withholds(t)]
    assert {document["jkrq"] for document in shown if document} == {"2015-10-22"}
    assert 0 < sum(document is None for document in shown) < 40


def test_individuals_withhold_nothing() -> None:
    t = next(t for t in populations["current"].taxpayers(0, 50) if t.individual)
    assert not withholds(t) and list(withheld_first_year(t)) == []
    assert len(list(withheld_first_year(employers("current", 0, 20)[0]))) == 12


def test_a_return_needs_neither_chance_nor_clock_nor_order() -> None:
    people = employers("current", 0, 20)
    expected = {(t.index, k): withholding_return(t, k) for t in people for k in (7, 0)}
    with poisoned():
        again = Population(20150911, "current")
        for t in reversed(people):
            for k in (0, 7):
                assert withholding_return(again.taxpayer(t.index), k) == expected[t.index, k]
