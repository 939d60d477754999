"""Journeys driven by `binding check`: until all was seen, past what is missing or refused, and no further."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from renhai.binding.codec import Reply
from renhai.checks.journey_trial import (
    MOST_IN_VAIN,
    MOST_ROUNDS,
    MOST_STEPS,
    OFTENER,
    sample_fields,
    through_journeys,
)
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from renhai.spec.journeys.registry import Journey, Steps, Walk, parse_sends


class Numbers:
    def taxpayer(self, i: int) -> int:
        return i


class Asked(NamedTuple):
    operation: str
    reply: Reply


class Target:
    """Answers ok with `data`; what is in `refused` it refuses."""

    def __init__(self, refused: tuple[str, ...] = (), **data: Any) -> None:
        self.refused, self.data, self.asked = refused, data, list[str]()

    def ask(self, operation: str, fields: dict[str, Any]) -> Asked:
        self.asked.append(operation)
        ok = operation not in self.refused
        return Asked(operation, Reply("ok" if ok else "rejected", self.data if ok else {}, "", ""))


def journey(name: str, walk: Walk, *sends: str) -> Journey:
    return Journey(name, parse_sends(sends), walk=walk)


def row(*operations: str) -> Walk:
    def walk(pool: TaxpayerPool) -> Steps:
        with pool.case():
            for operation in operations:
                reply = yield operation, {}
                if not reply.ok:
                    return False
        return True

    return walk


def shown(target: Target, operations: str, *journeys: Journey) -> list[tuple[str, bool]]:
    pool = TaxpayerPool(Numbers(), Partition(1000))
    found = through_journeys(journeys, operations.split(), target.ask, pool)
    return [(asked.operation, asked.reply.ok) for asked in found]


AB = journey("x.ab", row("a", "b"), "a", "b")


def test_each_operation_is_shown_once_and_nothing_is_sent_in_vain() -> None:
    target = Target()
    again = journey("x.again", row("a", "b", "c"), "a", "b", "c")
    assert shown(target, "a b c", AB, again, AB) == [("a", True), ("b", True), ("c", True)]
    assert target.asked == ["a", "b", "a", "b", "c"]


def test_what_the_target_lacks_is_passed_over() -> None:
    target = Target()
    assert shown(target, "b", AB) == [("b", True)]
    assert target.asked == ["b"]
    assert shown(Target(), "z", AB) == []


def test_what_is_refused_is_shown_and_what_comes_after_it_too() -> None:
    assert shown(Target(refused=("a",)), "a b", AB) == [("a", False), ("b", True)]


def test_a_later_refusal_of_what_was_fine_before_is_shown_too() -> None:
    target = Target()

    def walk(pool: TaxpayerPool) -> Steps:
        yield "a", {}
        target.refused = ("a",)
        yield "a", {}
        yield "b", {}

    assert shown(target, "a b", journey("x.y", walk, "a", "a", "b")) == [
        ("a", True),
        ("a", False),
        ("b", True),
    ]


def test_a_branch_is_waited_for_and_given_up() -> None:
    turns = 0

    def walk(pool: TaxpayerPool) -> Steps:
        nonlocal turns
        turns += 1
        yield "a", {}
        if turns == 3:
            yield "b", {}

    branch = journey("x.y", walk, "a", "b maybe 30%", "c maybe 1%")
    assert shown(Target(), "a b c", branch) == [("a", True), ("b", True)]
    assert turns == 3 + MOST_IN_VAIN + MOST_ROUNDS * OFTENER


def test_a_journey_without_end_or_with_a_fault_does_not_stop_the_check() -> None:
    def endless(pool: TaxpayerPool) -> Steps:
        while True:
            yield "a", {}

    def faulty(pool: TaxpayerPool) -> Steps:
        reply = yield "a", {}
        yield "b", {"id": reply.data["id"]}

    target = Target()
    assert shown(target, "a c", journey("x.e", endless, "a", "c maybe 1%")) == [("a", True)]
    assert len(target.asked) == MOST_STEPS * (MOST_IN_VAIN + 1 + MOST_ROUNDS * OFTENER)
    assert shown(Target(), "a b", journey("x.f", faulty, "a", "b")) == [("a", True)]
    assert shown(Target(id=7), "a b", journey("x.f", faulty, "a", "b")) == [("a", True), ("b", True)]


@pytest.mark.parametrize(
    ("body", "given", "fields"),
    [
        ({"n": "${id}"}, {}, {"id": "1"}),
        ({"n": "${id}"}, {"id": 7}, {"id": 7}),
        ({"n": ["${a.b}", "${a.c}"]}, {}, {"a": {"b": "1", "c": "1"}}),
        ("document", {"x": 1}, {"x": 1}),
    ],
)
def test_fields_of_what_no_journey_knows(body: Any, given: dict[str, Any], fields: dict[str, Any]) -> None:
    operation = {"path": "/x", "query": None, "headers": {}, "body": body}
    assert sample_fields(operation, given) == fields


def test_what_somebody_else_must_do_first_comes_too() -> None:
    """An officer may refuse by a rare draw, and only a taxpayer who was refused comes to hand in again."""
    refused: set[int] = set()

    def apply(pool: TaxpayerPool) -> Steps:
        with pool.case(returning=pool.random.random() < 0.5) as case:
            case.returns = True
            yield "accept", {}
            number = case.taxpayer
            waiting.append(number)
            if number in refused:
                yield "supply", {}
        return True

    def work(pool: TaxpayerPool) -> Steps:
        yield "todo", {}
        if waiting and pool.random.random() < 0.02:
            refused.add(waiting.pop())
            yield "refuse", {}
        return True

    waiting: list[int] = []
    sends = ("accept", "supply maybe 1%"), ("todo", "refuse maybe 1%")
    found = shown(Target(), "accept supply todo refuse", *(
        journey(name, walk, *sent)
        for name, walk, sent in zip(("x.apply", "x.work"), (apply, work), sends, strict=True)
    ))  # fmt: skip
    assert {operation for operation, _ in found} == {"accept", "supply", "todo", "refuse"}
