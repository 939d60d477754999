"""Whom a case takes a declaration for that was made ahead of the load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generators.documents.vat.declaration import declaration
from generators.taxpayers.population import Population
from renhai.spec.ahead.making import people_of
from renhai.spec.ahead.stored import ENTRY, HEAD, Contents, Taken
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from tests.spec.test_ahead import SMALL, alike, made, read


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("ahead") / "small", SMALL)


class Further:
    """As renhai.load.worker.build has it."""

    def __init__(self, contents: Contents) -> None:
        self._take, self._first = people_of(contents), contents.first

    def taxpayer(self, i: int) -> Any:
        return self._take(self._first + i)


@pytest.fixture
def pool_of(file: Path) -> Callable[..., TaxpayerPool]:
    def pool(*share: int, **named: int) -> TaxpayerPool:
        found = TaxpayerPool(Further(SMALL), Partition(SMALL.taxpayers, *share, **named))
        found.ahead = Taken(read(file, SMALL))
        return found

    return pool


def counts(pool: TaxpayerPool) -> tuple[int, int, int]:
    assert pool.ahead is not None
    found = pool.ahead.take()
    return found["taken"], found["computed"], found["damaged"]


def test_each_case_of_each_process_has_its_own_taxpayers_declaration(
    pool_of: Callable[..., TaxpayerPool],
) -> None:
    """Two processes with interleaved shares, first > 0, all periods and one beyond, again and again."""
    take, seen = people_of(SMALL), set()
    for slot in range(2):
        pool = pool_of(slot, 2)
        for period in range(SMALL.periods + 1):
            for _ in range(6):
                with pool.case() as case:
                    assert case.period == period
                    assert alike(case.declaration(), declaration(case.taxpayer, period))
                    seen.add((case.taxpayer.index, period))
                    case.period += 1
        assert counts(pool) == (18, 6, 0)
        assert counts(pool) == (0, 0, 0)
    wanted = {take(SMALL.first + n).index for n in range(12)}
    assert seen == {(index, period) for index in wanted for period in range(4)}


def test_who_changes_what_he_was_given_changes_nothing_for_the_next(
    pool_of: Callable[..., TaxpayerPool],
) -> None:
    """A journey that corrects what it filed has the same declaration twice."""
    with pool_of().case() as case:
        wrong = case.declaration()
        wrong["nsrmc"] = "another"
        wrong.pop("djxh")
        for part in wrong.values():
            if isinstance(part, list | dict):
                part.clear()
        right = case.declaration()
    assert alike(right, declaration(case.taxpayer, 0))


def test_newcomers_and_late_workers_have_none_of_the_runs(pool_of: Callable[..., TaxpayerPool]) -> None:
    late = pool_of(0, 2, late=1)
    with late.case() as case:
        assert alike(case.declaration(), declaration(case.taxpayer, 0))
    assert counts(late) == (0, 1, 0)
    pool = pool_of()
    pool.known(Further(SMALL._replace(first=SMALL.first + SMALL.taxpayers)), 3)
    with pool.case(fresh=True) as newcomer:
        assert alike(newcomer.declaration(), declaration(newcomer.taxpayer, 0))
    assert counts(pool) == (0, 0, 0)  # nobody expected theirs to be there
    with pool.case() as known:
        assert alike(known.declaration(), declaration(known.taxpayer, 0))
    assert counts(pool) == (1, 0, 0)


def test_a_pool_of_other_people_is_sent_none_of_the_files(file: Path) -> None:
    """However it came about: whose declaration it is stands in it."""
    pool = TaxpayerPool(Further(SMALL._replace(first=99)), Partition(SMALL.taxpayers))
    pool.ahead = Taken(read(file, SMALL))
    with pool.case() as case:
        assert alike(case.declaration(), declaration(case.taxpayer, 0))
    assert counts(pool) == (0, 1, 1)


def test_a_damaged_one_is_computed_and_counted(file: Path, tmp_path: Path) -> None:
    data = bytearray(file.read_bytes())
    at, *_ = ENTRY.unpack_from(data, HEAD)
    data[at + 50] ^= 1
    (tmp_path / "copy").write_bytes(data)
    pool = TaxpayerPool(Further(SMALL), Partition(SMALL.taxpayers))
    pool.ahead = Taken(read(tmp_path / "copy", SMALL))
    with pool.case() as case:
        assert alike(case.declaration(), declaration(case.taxpayer, 0))
    assert counts(pool) == (0, 1, 1)


def test_without_a_file_here_all_are_computed() -> None:
    pool = TaxpayerPool(Further(SMALL), Partition(SMALL.taxpayers))
    with pool.case() as case:
        assert alike(case.declaration(), declaration(case.taxpayer, 0))
    pool.ahead = Taken(None)
    with pool.case() as case:
        assert alike(case.declaration(), declaration(case.taxpayer, 0))
    assert counts(pool) == (0, 1, 0)


def test_of_a_day_the_registers_taxpayers_have_the_one_that_is_due(tmp_path: Path) -> None:
    contents = Contents(7, "2015-10-22", 10, 20, 1, None)
    pool = TaxpayerPool(Further(contents), Partition(20, 1, 2))
    pool.ahead, pool.periods = Taken(read(made(tmp_path / "made", contents), contents)), 1
    people = Population(7, "2015-10-22")
    for n in range(1, 20, 2):
        with pool.case() as case:
            assert case.taxpayer == people.registered(10 + n)
            found = case.declaration()
            assert alike(found, declaration(people.registered(10 + n), 0))
            assert found["sbrq1"] == "2015-10-22"
    assert counts(pool) == (10, 0, 0)
