"""Who is drawn where the target knows the taxpayers of a run already."""

from __future__ import annotations

import pytest

from generators.taxpayers.population import Population
from generators.taxpayers.register import newcomers_a_day
from renhai.load.worker.build import newcomers
from renhai.plan.model import Taxpayers
from renhai.spec.journeys.cases import Exhausted, Partition, TaxpayerPool


def pool_of(data: Taxpayers, slot: int = 0, slots: int = 1, late: int = 0) -> TaxpayerPool:
    people = Population(data.seed, data.profile)
    pool = TaxpayerPool(people, Partition(data.taxpayers, slot, slots, late))
    pool.known(*newcomers(people, data))
    return pool


def of_a_name(taxpayers: int = 6) -> Taxpayers:
    return Taxpayers(seed=7, profile="gt3_2015", taxpayers=taxpayers, registered=True)


def test_the_taxpayers_of_a_run_are_known_and_newcomers_are_not() -> None:
    pool = pool_of(of_a_name())
    served = [pool.case() for _ in range(3)]
    new = [pool.case(fresh=True) for _ in range(2)]
    assert [(case.taxpayer.index, case.registered) for case in served] == [(0, True), (1, True), (2, True)]
    assert [(case.taxpayer.index, case.registered) for case in new] == [(6, False), (7, False)]
    assert pool.drawn == "new"


def test_workers_share_newcomers_too() -> None:
    pools = [pool_of(of_a_name(), slot, 3) for slot in range(3)]
    drawn = [pool.case(fresh=True).taxpayer.index for _ in range(2) for pool in pools]
    assert drawn == [6, 7, 8, 9, 10, 11]


def test_newcomers_run_out() -> None:
    pool = pool_of(of_a_name(2))
    for _ in range(2):
        pool.case(fresh=True)
    with pytest.raises(Exhausted, match="2"):
        pool.case(fresh=True)


def test_a_worker_that_joins_late_has_nobody() -> None:
    """Whom it would serve the target was never told of."""
    pool = pool_of(of_a_name(), late=1)
    for fresh in (False, True):
        with pytest.raises(Exhausted):
            pool.case(fresh=fresh)


def test_newcomers_of_a_day_register_on_it() -> None:
    data = Taxpayers(seed=7, profile="2015-10-22", taxpayers=10**6, registered=True)
    further, count = newcomers(Population(7, data.profile), data)
    assert count == newcomers_a_day()
    assert {further.taxpayer(n).registered_on for n in (0, 1, count - 1)} == {"2015-10-22"}


def test_newcomers_end_with_the_population() -> None:
    data = Taxpayers(seed=7, profile="gt3_2015", taxpayers=100, first=10**8 - 130, registered=True)
    further, count = newcomers(Population(7, data.profile), data)
    assert (count, further.taxpayer(count - 1).index) == (30, 10**8 - 1)


def test_a_day_whose_newcomers_have_all_come_has_none() -> None:
    data = Taxpayers(seed=7, profile="2015-10-22", taxpayers=100, registered=True, first_newcomer=20_000)
    assert newcomers(Population(7, data.profile), data)[1] == 0
    data = data.model_copy(update={"first_newcomer": (first := newcomers_a_day() - 10)})
    found, count = newcomers(Population(7, data.profile), data)
    assert (count, found.taxpayer(0).index) == (10, Population(7, data.profile).newcomer(first).index)
