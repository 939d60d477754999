"""Desks hand out taxpayers: never two at once, never silently again, never one of another worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.load.engine.journeys import JOURNEYS, Steps, journey
from renhai.spec.journeys.cases import Exhausted, Partition, TaxpayerPool


class Numbers:
    """A population whose taxpayers are their own index."""

    def taxpayer(self, i: int) -> int:
        return i


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.integers(1, 7), st.integers(0, 2))
def test_workers_share_all_taxpayers_and_meet_at_none(taxpayers: int, slots: int, late: int) -> None:
    shares = [Partition(taxpayers, slot, slots) for slot in range(slots)]
    served = [share.index(n) for share in shares for n in range(share.size)]
    assert sorted(served) == list(range(taxpayers))
    latecomers = [Partition(taxpayers, 0, slots, late=number + 1) for number in range(late)]
    for share in latecomers:
        theirs = [share.index(n) for n in range(share.size)]
        assert not set(theirs) & set(served)
        served += theirs


def test_everybody_comes_once_before_anybody_comes_twice() -> None:
    pool = TaxpayerPool(Numbers(), Partition(3))
    seen = []
    for _ in range(7):
        with pool.case() as case:
            seen.append(case.taxpayer)
    assert seen == [0, 1, 2, 0, 1, 2, 0]


def test_a_taxpayer_keeps_what_was_done_for_them() -> None:
    pool = TaxpayerPool(Numbers(), Partition(1))
    with pool.case() as case:
        case.registered, case.period = True, 5
    with pool.case() as case:
        assert (case.registered, case.period) == (True, 5)


def test_nobody_is_at_two_desks_at_once() -> None:
    pool = TaxpayerPool(Numbers(), Partition(2))
    with pool.case() as one, pool.case() as two:
        assert one.taxpayer != two.taxpayer
        with pytest.raises(Exhausted, match=r"all 2 taxpayers .* at a desk at once; raise data\.taxpayers"):
            pool.case()


def test_a_new_taxpayer_is_never_one_who_was_served() -> None:
    pool = TaxpayerPool(Numbers(), Partition(1))
    with pool.case(fresh=True):
        pass
    with pytest.raises(Exhausted, match=r"registered already; raise data\.taxpayers"):
        pool.case(fresh=True)


def test_a_journey_that_is_given_up_gives_its_taxpayer_back() -> None:
    pool = TaxpayerPool(Numbers(), Partition(1))

    def steps() -> Steps:
        with pool.case():
            yield "a.b", {}
        return True

    walk = steps()
    next(walk)
    walk.close()
    assert pool.case().taxpayer == 0


@pytest.fixture
def registry() -> Iterator[None]:
    before = dict(JOURNEYS)
    yield
    JOURNEYS.clear()
    JOURNEYS.update(before)


@pytest.mark.usefixtures("registry")
def test_two_journeys_of_one_name_are_refused() -> None:
    def one(pool: TaxpayerPool) -> Steps:
        yield "a.b", {}

    def two(pool: TaxpayerPool) -> Steps:
        yield "a.c", {}

    journey("test.twice", sends=["a.b"])(one)
    journey("test.twice", sends=["a.b"])(one)  # the same file imported under two names
    with pytest.raises(ValueError, match=r"test\.twice is defined twice"):
        journey("test.twice", sends=["a.b"])(two)


def test_who_has_filed_and_not_paid_waits_for_who_asks_for_them() -> None:
    pool = TaxpayerPool(Numbers(), Partition(3))
    with pool.case(owing=True) as first:  # nobody owes yet
        first.filed = "voucher"
    assert pool.case().taxpayer == 1
    with pool.case(owing=True) as case:
        assert (case.taxpayer, case.filed) == (first.taxpayer, "voucher")
        case.filed = None
    assert [pool.case().taxpayer, pool.case().taxpayer] == [2, 0]


def test_who_owes_is_served_by_anybody_when_no_one_else_is_left() -> None:
    pool = TaxpayerPool(Numbers(), Partition(1))
    with pool.case() as case:
        case.filed = "voucher"
    again = pool.case()
    assert (again.taxpayer, again.filed) == (case.taxpayer, "voucher")


def test_who_has_paid_waits_for_who_asks_for_them() -> None:
    pool = TaxpayerPool(Numbers(), Partition(2))
    with pool.case(paid=True) as first:
        first.paid = True
    again = pool.case(paid=True)
    assert (again.taxpayer, again.paid) == (first.taxpayer, True)
