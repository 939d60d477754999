"""In the order of the journal for each taxpayer and each operator, whatever the answers take."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from renhai.load.replay.order import Order
from renhai.spec.cutover.journal.entry import Entry


def entry(number: int, taxpayer: str, operator: str) -> Entry:
    return Entry(str(number), taxpayer, "u", operator, "a", "a.b", {}, "2015-09-11T08:30:00+08:00")


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", ""])), max_size=30)


@given(ROWS, st.integers(1, 5), st.randoms(use_true_random=False))
def test_nobody_overtakes_and_everything_is_sent_once(rows: Any, together: int, random: Random) -> None:
    order = Order([entry(number, *row) for number, row in enumerate(rows, 1)])
    order.open()
    under_way: list[Any] = []
    done: list[Any] = []
    while order.left:
        while len(under_way) < together and (job := order.next(0)) is not None:
            under_way.append(job)
        one = under_way.pop(random.randrange(len(under_way)))
        for other in under_way:
            assert other.entry.taxpayer != one.entry.taxpayer, "one at a time for a taxpayer"
        done.append(one)
        order.done(one)
    assert sorted(job.number for job in done) == list(range(1, len(rows) + 1))
    for key in ("taxpayer", "operator"):
        for name in {getattr(job.entry, key) for job in done} - {""}:
            own = [job.number for job in done if getattr(job.entry, key) == name]
            assert own == sorted(own)


def test_what_a_unit_does_together_is_done_in_turn() -> None:
    """Other operations of the same unit, and the same ones of another unit, do not wait."""
    rows = [("u", "case.accept"), ("u", "case.take"), ("v", "case.take"), ("u", "a.b")]
    at = "2015-09-11T08:30:00+08:00"
    order = Order(
        [Entry(str(n), f"t{n}", unit, f"o{n}", "a", name, {}, at) for n, (unit, name) in enumerate(rows, 1)],
        ["case.*"],
    )
    order.open()
    first = [order.next(0) for _ in range(3)]
    assert [job.number for job in first if job] == [1, 3, 4]
    assert order.next(0) is None
    assert first[0] is not None
    order.done(first[0])
    second = order.next(0)
    assert second is not None
    assert second.number == 2
