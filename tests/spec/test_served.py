"""What is remembered of a served taxpayer: all of it, in a few bytes."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer
from renhai.spec.journeys.cases import Case, Exhausted, Partition, TaxpayerPool
from renhai.spec.journeys.served import NUMBERS, PERIODS, RANGES, Line, Served, read

PEOPLE = Population(7, "gt3_2015")
FLAGS = st.booleans()


@given(
    st.builds(
        Served,
        number=st.integers(0, NUMBERS - 1),
        newcomer=FLAGS,
        registered=FLAGS,
        paid=FLAGS,
        returns=FLAGS,
        more=FLAGS,
        period=st.integers(0, PERIODS - 1),
        range_index=st.integers(0, RANGES - 1),
    )
)
def test_a_word_says_all_of_it(known: Served) -> None:
    assert known.fits()
    assert 0 <= known.word() < 1 << 64
    assert read(known.word()) == known


@given(st.lists(st.one_of(st.integers(0, 2**64 - 1), st.none())))
def test_a_line_is_first_in_first_out(steps: list[int | None]) -> None:
    """None takes the first one out."""
    line, model = Line(), deque[int]()
    for step in steps:
        if step is not None:
            line.append(step)
            model.append(step)
        elif model:
            assert line.popleft() == model.popleft()
        assert len(line) == len(model)


KINDS = st.tuples(st.integers(0, 2**35 - 1), st.integers(0, 2**29 - 1), st.integers(1, 2**17))


@given(st.lists(st.tuples(st.lists(KINDS, min_size=1, max_size=3), st.integers(0, 1500)), max_size=4))
@settings(max_examples=30)
def test_a_long_line_keeps_its_order_and_every_word(
    parts: list[tuple[list[tuple[int, int, int]], int]],
) -> None:
    """1,000 come who differ in kind and in how far their numbers lie apart, then some leave, and so on."""
    line, model = Line(), deque[int]()
    for kinds, leave in parts:
        for i in range(1000):
            kind, first, step = kinds[i % len(kinds)]
            word = kind << 29 | (first + i * step) % 2**29
            line.append(word)
            model.append(word)
        assert len(line) == len(model)
        for _ in range(min(leave, len(model))):
            assert line.popleft() == model.popleft()
    assert [line.popleft() for _ in range(len(line))] == [*model]
    assert not line


def test_more_kinds_than_a_byte_can_name() -> None:
    words = [kind << 29 | kind for kind in range(600)]
    line = Line()
    for word in words:
        line.append(word)
    assert [line.popleft() for _ in words] == words


def test_nobody_waits_in_an_empty_line() -> None:
    with pytest.raises(IndexError):
        Line().popleft()


def served(pool: TaxpayerPool, **done: object) -> Case:
    with pool.case() as case:
        for name, value in done.items():
            setattr(case, name, value)
    return case


def of(case: Case) -> tuple[object, ...]:
    names = ("registered", "period", "range_index", "issued", "filed", "paid", "returns")
    return (case.taxpayer, *(getattr(case, name) for name in names))


@pytest.mark.parametrize(
    "done",
    [
        {"registered": True, "period": 3, "range_index": 7},
        {"registered": True, "paid": True, "period": PERIODS - 1},
        {"filed": "10014301810000000001", "period": 1},
        {"filed": "a voucher of another system", "issued": ["whatever"], "registered": True},
        {"period": PERIODS, "paid": True, "filed": None},
        {"range_index": RANGES, "returns": True},
        {"period": 10**9, "range_index": 10**9, "filed": "x"},
    ],
)
def test_who_comes_again_is_as_he_left(done: dict[str, object]) -> None:
    pool = TaxpayerPool(PEOPLE, Partition(1))
    left = of(served(pool, **done))
    for _ in range(3):
        case = pool.case(owing=True, paid=True, returning=True)
        assert of(case) == left
        pool.give_back(case)


def test_a_voucher_that_was_paid_is_forgotten() -> None:
    pool = TaxpayerPool(PEOPLE, Partition(1))
    served(pool, filed="100", period=PERIODS)
    case = pool.case(owing=True)
    case.filed, case.period = None, 2
    pool.give_back(case)
    again = pool.case()
    assert (again.filed, again.period) == (None, 2)


def test_newcomers_and_the_others_are_kept_apart() -> None:
    pool = TaxpayerPool(PEOPLE, Partition(2))
    pool.known(Population(8, "gt3_2015"), 2)
    first = served(pool, filed="old")
    with pool.case(fresh=True) as new:
        new.filed = "new"
    assert [pool.case(owing=True).taxpayer for _ in range(2)] == [first.taxpayer, new.taxpayer]


def test_who_is_passed_over_stays_new_for_the_others() -> None:
    """Of ten, those who are asked for come first; the rest are new to whoever asks for anybody, each once."""
    pool = TaxpayerPool(PEOPLE, Partition(10))
    everybody = [PEOPLE.taxpayer(i) for i in range(10)]
    companies = [t for t in everybody if not t.individual]
    assert 0 < len(companies) < 10

    def company(t: Taxpayer) -> bool:
        return not t.individual

    found = []
    for t in companies:
        case = pool.case(of=company)
        assert (case.taxpayer, pool.drawn, case.period) == (t, "new", 0)
        case.period = 1
        found.append(case)
    with pytest.raises(Exhausted):
        pool.case(of=company)
    others = [pool.case() for _ in range(10 - len(companies))]
    assert [case.taxpayer for case in others] == [t for t in everybody if t.individual]
    for case in (*others, *found):
        pool.give_back(case)
    again = [pool.case(of=company) for _ in companies]
    assert {case.taxpayer for case in again} == {*companies} and pool.drawn == "again"
    assert {case.period for case in again} == {1}
    with pytest.raises(Exhausted):
        pool.case(of=company)
    assert {pool.case().taxpayer for _ in others} == {t for t in everybody if t.individual}
