"""When companies pay income tax, stamp tax and insurance: in the shares of the table, on lawful days, with
the fee."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from generators.books.ledger.levies import CIT, INSURANCE, OF, STAMP, WAYS, levy_paid, shares, way
from generators.books.paying import HALF, LATE, SKIPPED, TWICE
from generators.books.settling import Settled
from generators.calendar import Period
from generators.eras.era import era
from generators.eras.table import changes
from generators.taxpayers.population import Population
from tests.generators.poison import poisoned

Q3 = Period("2015-07-01", "2015-09-30")  # the last day for it is the 22nd of October
FILED = "2015-10-20"
PEOPLE = list(Population(20150911, "2015-10-22").taxpayers(0, 4000))


def kind_of(how: Settled) -> str:
    """The way of a payment, told from its days alone."""
    months = [12 * p.on.year + p.on.month - (12 * 2015 + 10) for p in how.paid]
    late = any(p.on > how.deadline for p in how.paid)
    return {(0,): LATE if late else "", (0, 1): HALF, (1,): SKIPPED, (2,): TWICE}[tuple(months)]


@pytest.mark.parametrize("item", [CIT, STAMP, INSURANCE])
def test_as_many_pay_late_as_the_table_says(item: str) -> None:
    found = Counter(kind_of(levy_paid(t, item, Q3, FILED, 1_000_00)) for t in PEOPLE)
    for how, share in zip(WAYS, shares(era(Q3.last), item), strict=True):
        wanted = len(PEOPLE) * share / OF
        assert abs(found[how] - wanted) < 4 * wanted**0.5, (
            how,
            found[how],
            wanted,
        )  # four standard deviations


def test_on_any_day_the_shares_are_shares() -> None:
    for day in changes():
        for item in (CIT, STAMP, INSURANCE):
            found = shares(era(day), item)
            assert min(found) >= 0 and 0 < sum(found) < OF // 6


def test_the_places_of_a_thousand_are_shared_out() -> None:
    counts = Counter(way((30, 10, 15, 5), place) for place in range(OF))
    assert counts == {LATE: 30, HALF: 10, SKIPPED: 15, TWICE: 5, "": 940}


@pytest.mark.parametrize("due", [1, 2, 3, 12_345_67, 10**12])
def test_all_is_paid_on_lawful_days_with_the_fee_of_section_7(due: int) -> None:
    seen = set()
    for t in PEOPLE:
        how = levy_paid(t, CIT, Q3, FILED, due)
        assert how.deadline == date(2015, 10, 22) and how.due == due
        assert sum(p.amount for p in how.paid) == due
        for p in how.paid:
            days = max(0, (p.on - date(2015, 10, 22)).days)
            assert date(2015, 10, 20) <= p.on <= date(2015, 12, 28)
            assert (p.kind, p.set_off, p.days) == ("tax", 0, days)
            assert p.fee == int(p.amount * days / 2000 + 0.5)  # 0.05 % a day, half up
        if due > 2:
            seen.add(kind_of(how))
    assert seen == ({"", *WAYS} if due > 2 else set())


def test_a_late_payer_of_the_facts() -> None:
    """12,345.67 due on 2015-10-22: of 25 days the fee is 154.32."""
    found = [p for t in PEOPLE for p in levy_paid(t, CIT, Q3, FILED, 1_234_567).paid if p.days == 25]
    assert {(p.amount, p.on, p.fee) for p in found if p.amount == 1_234_567} == {
        (1_234_567, date(2015, 11, 16), 15_432)
    }


def test_nothing_is_paid_where_nothing_is_due() -> None:
    for due in (0, -5):
        assert levy_paid(PEOPLE[0], CIT, Q3, FILED, due) == Settled(0, date(2015, 10, 22), ())


def test_a_prepayment_is_paid_before_the_next_one_may_be_filed() -> None:
    """Of the first quarter by the end of June, of the third one by the end of the year."""
    for end, last in (("2018-03-31", "2018-06-30"), ("2018-09-30", "2018-12-31")):
        when = Period(f"2018-{int(end[5:7]) - 2:02d}-01", end)
        filed = f"2018-{int(end[5:7]) + 1:02d}-10"
        days = [p.on for t in PEOPLE for p in levy_paid(t, CIT, when, filed, 500_00).paid]
        assert str(max(days)) <= last and str(max(days))[:7] == last[:7]


def test_taxes_of_a_taxpayer_are_late_each_by_itself() -> None:
    late = {
        item: {t.index for t in PEOPLE if kind_of(levy_paid(t, item, Q3, FILED, 500_00))}
        for item in (CIT, STAMP, INSURANCE)
    }
    assert late[CIT] & late[STAMP] & late[INSURANCE] != late[CIT]
    assert len(late[CIT] ^ late[STAMP]) > 100


def test_it_asks_no_clock_and_no_order() -> None:
    with poisoned():
        one = [levy_paid(t, STAMP, Q3, FILED, 777) for t in PEOPLE[:50]]
        assert one == [levy_paid(t, STAMP, Q3, FILED, 777) for t in reversed(PEOPLE[:50])][::-1]
