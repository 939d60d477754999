"""Was the plan carried out? Counts made by hand, each of which a person can recompute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from results.snapshot.facts import Facts
from results.snapshot.run import Walk
from results.stats.binomial import at_least, at_most
from results.verdict.validity.planned import FALSE_ALARM, Planned, Proof, prove
from tests.share import examples

FILE = {
    "reg.query": {"new": 1},
    "reg.save": {"new": 1},
    "decl.submit": {"each": 1},
    "pay.unpaid": {"each": 1},
    "pay.pay": {"least": 0.2},
}


def plan(**more: Any) -> Planned:
    return Planned.model_validate(
        {"journeys": {"file": FILE}, "mixes": {"": {"file": 1}}, "taxpayers": 500, **more}
    )


def walk(n: int, **sent: int | list[int]) -> Walk:
    counts = {
        name.replace("_", "."): value if isinstance(value, list) else [value, 0, 0, 0]
        for name, value in sent.items()
    }
    return Walk(transactions=n, sent=counts)


def whole(n: int, **changes: int | list[int]) -> Walk:
    usual: dict[str, Any] = {
        "reg_query": n,
        "reg_save": n,
        "decl_submit": n,
        "pay_unpaid": n,
        "pay_pay": 2 * n // 5,
    }
    return walk(n, **{**usual, **changes})


def proof(kinds: dict[str, Walk], planned: Planned | None = None, **facts: Facts) -> Proof:
    total = sum(one.transactions for one in kinds.values())
    names = [name for name in FILE if any(sum(one.sent.get(name, [])) for one in kinds.values())]
    operations = {name: Facts(started=9, ok=9) for name in names}
    operations |= {name.replace("_", "."): one for name, one in facts.items()}
    journeys = {"file": {"started": total, "completed": total, "failed": 0, "cut": 0}}
    return prove(planned or plan(), {"file": kinds}, operations, journeys, {})


def told(found: Proof) -> list[tuple[str, str]]:
    return [(item.operation, item.what) for item in found.broken]


def test_a_run_that_did_what_the_plan_has_shows_all_of_it() -> None:
    found = proof({"new": whole(100)})
    assert found.broken == []
    assert {name: row.state for name, row in found.rows.items()} == dict.fromkeys(FILE, "shown")
    assert (found.rows["reg.save"].expected, found.rows["reg.save"].shown) == (100, 100)
    assert (found.rows["pay.pay"].expected, found.rows["pay.pay"].shown) == (20, 40)


def test_a_second_run_on_a_kept_target_does_not_register_and_is_named() -> None:
    """As smoke twice: 3 of 206 were registered."""
    found = proof({"new": whole(206, reg_save=3)})
    assert told(found) == [("reg.save", "fewer")]
    assert (found.broken[0].seen, found.broken[0].of, found.broken[0].knows) == (203, 206, True)


def test_an_operation_that_was_never_sent() -> None:
    found = proof({"new": whole(50, reg_save=0)})
    assert told(found) == [("reg.save", "unsent")]
    assert (found.broken[0].seen, found.broken[0].of, found.broken[0].share) == (0, 50, 1.0)


def test_an_operation_that_a_share_should_send_and_nobody_sent() -> None:
    (paid,) = proof({"new": whole(100, pay_pay=0)}).broken
    assert (paid.operation, paid.what, paid.of, paid.share) == ("pay.pay", "unsent", 100, 0.2)


def test_taxpayers_that_ran_out_are_told_by_those_who_came_again() -> None:
    """As 200 taxpayers in 1,280 journeys."""
    again = whole(1080, reg_query=0, reg_save=0)
    found = proof({"new": whole(200), "again": again})
    assert told(found) == [("reg.query", "fewer"), ("reg.save", "fewer")]
    assert found.broken[0].again == 1080 == found.again


def test_taxpayers_who_come_back_by_design_need_not_register_again() -> None:
    found = proof({"new": whole(60), "back": whole(400, reg_query=0, reg_save=0)})
    assert found.broken == []
    assert found.rows["reg.save"].expected == 60


@pytest.mark.parametrize(
    ("missing", "broken"), [(0, False), (1, False), (10, False), (20, False), (40, True), (500, True)]
)
def test_one_in_a_hundred_may_be_left_out(missing: int, broken: bool) -> None:
    found = proof({"new": whole(1000, decl_submit=1000 - missing)})
    assert bool(found.broken) is broken


def test_what_is_sent_twice_as_often_as_planned_is_told() -> None:
    found = proof({"new": whole(100, pay_unpaid=[50, 50, 0, 0])})
    assert told(found) == [("pay.unpaid", "more")]


def test_a_payment_that_is_asked_for_too_seldom() -> None:
    """A target that says of everybody that nothing is due: 0.8^100 = 2e-10."""
    assert told(proof({"new": whole(100, pay_pay=0)}, pay_pay=Facts())) == [("pay.pay", "unsent")]
    assert told(proof({"new": whole(1000, pay_pay=100)})) == [("pay.pay", "fewer")]
    assert told(proof({"new": whole(1000, pay_pay=180)})) == []


def test_fewer_than_ten_expected_are_told_and_not_judged() -> None:
    found = proof({"new": whole(9, reg_save=0)})
    assert found.broken == []
    assert found.rows["reg.save"].state == "too few to judge"
    assert told(proof({"new": whole(12, reg_save=0)})) == [("reg.save", "unsent")]


def test_what_is_optional_is_not_judged_and_said_so() -> None:
    kinds = {"new": whole(200, reg_save=0, reg_query=200)}
    found = proof(kinds, plan(optional=["reg.s*"]))
    assert found.broken == []
    assert found.rows["reg.save"].state == "optional"


def test_an_operation_without_any_success_is_the_targets_failure() -> None:
    refused = Facts(started=3, rejected=2, errors=1)
    found = proof({"new": whole(100)}, reg_save=refused)
    assert told(found) == [("reg.save", "refused")]
    assert told(proof({"new": whole(100)}, reg_save=Facts(started=12, unfinished=12))) == [
        ("reg.save", "unanswered")
    ]
    assert told(proof({"new": whole(100)}, reg_save=Facts(started=3, unfinished=3))) == []


def test_what_no_transaction_reached_because_all_failed_before() -> None:
    operations = {"reg.query": Facts(started=40, ok=40), "reg.save": Facts(started=40, rejected=40)}
    journeys = {"file": {"started": 40, "completed": 0, "failed": 40, "cut": 0}}
    found = prove(plan(), {}, operations, journeys, {})
    assert dict(told(found)) == {
        "reg.save": "refused", "decl.submit": "unreached", "pay.unpaid": "unreached",
    }  # fmt: skip


def test_a_mix_that_left_the_plan() -> None:
    mixed = plan(journeys={"a": {}, "b": {}}, mixes={"": {"a": 9, "b": 1}})

    def broken(a: int, b: int) -> list[str]:
        return [
            item.journey
            for item in prove(mixed, {}, {}, {"a": {"started": a}, "b": {"started": b}}, {}).broken
        ]

    assert broken(900, 100) == []
    assert broken(930, 70) == []
    assert broken(990, 10) == ["a", "b"]
    assert broken(50, 0) == []  # 5 expected: too few to judge


def test_mixes_of_posts_are_held_to_what_each_post_began() -> None:
    mixed = plan(journeys={"a": {}, "b": {}}, mixes={"u/p": {"a": 1}, "u/q": {"a": 1, "b": 1}})
    counts = {"a": {"started": 1500}, "b": {"started": 500}}
    assert prove(mixed, {}, {}, counts, {"u/p": 1000, "u/q": 1000}).broken == []
    assert prove(mixed, {}, {}, counts, {"u/p": 0, "u/q": 2000}).broken != []


def test_an_honest_run_is_hardly_ever_told_to_have_left_its_plan() -> None:
    """1,500 honest runs, payments and mixes by chance, one in 150 registered before: none is refused."""
    chance = np.random.default_rng(20150911)
    mixed = plan(journeys={"file": FILE, "other": {"x.y": {"each": 1}}}, mixes={"": {"file": 9, "other": 1}})
    wrong = 0
    for _ in range(1_500):
        n = int(chance.integers(1, 3000))
        first = int(chance.binomial(n, 0.9))
        kinds = {
            "new": whole(
                first,
                reg_save=first - int(chance.binomial(first, 1 / 150)),
                pay_pay=int(chance.binomial(first, 0.35)),
            )
        }
        walks = {"file": kinds, "other": {"new": walk(n - first, x_y=n - first)}}
        ended = {"file": first, "other": n - first}
        journeys = {name: {"started": count, "completed": count} for name, count in ended.items()}
        operations = {name: Facts(started=1, ok=1) for name in [*FILE, "x.y"]}
        wrong += bool(prove(mixed, walks, operations, journeys, {}).broken)
    assert wrong == 0
    assert FALSE_ALARM == 1e-6


@settings(deadline=None, max_examples=examples(300))
@given(n=st.integers(1, 5000), share=st.floats(0, 1), p=st.floats(1e-4, 1 - 1e-4))
def test_tails_are_those_of_scipy(n: int, share: float, p: float) -> None:
    k = round(share * n)
    assert at_least(k, n, p) == pytest.approx(float(stats.binom.sf(k - 1, n, p)), rel=1e-6, abs=1e-12)
    assert at_most(k, n, p) == pytest.approx(float(stats.binom.cdf(k, n, p)), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("first", "broken"), [(505_000, False), (495_000, False), (508_000, True), (492_000, True)]
)
def test_a_mix_may_be_off_by_one_in_a_hundred_either_way(first: int, broken: bool) -> None:
    planned = Planned.model_validate({"journeys": {"a": {}, "b": {}}, "mixes": {"": {"a": 1, "b": 1}}})
    journeys = {"a": {"started": first}, "b": {"started": 1_000_000 - first}}
    found = prove(planned, {}, {}, journeys, {})
    assert bool(found.broken) is broken  # 5,000 are tolerated; 8,000 lie 6 deviations beyond


def test_what_neither_of_two_journeys_shows_both_together_do() -> None:
    """5 of 9 transactions each lack the step: 9 are too few to be judged, 10 of 18 are not."""
    steps = {"decl.submit": {"each": 1}}
    planned = Planned.model_validate(
        {"journeys": {"file": steps, "fix": steps}, "mixes": {"": {"file": 1, "fix": 1}}, "taxpayers": 500}
    )
    walks = {name: {"new": walk(9, decl_submit=4)} for name in ("file", "fix")}
    counts = {name: {"started": 9, "completed": 9, "failed": 0, "cut": 0} for name in walks}
    (found,) = prove(planned, walks, {"decl.submit": Facts(started=8, ok=8)}, counts, {}).broken
    assert (found.operation, found.journey, found.what, found.seen, found.of) == (
        "decl.submit",
        "",
        "fewer",
        10,
        18,
    )


def test_a_share_that_is_too_small_is_no_sign_of_taxpayers_who_are_known() -> None:
    """20 of 100 are to pay at least, and one did."""
    (paid,) = proof({"new": whole(100, pay_pay=1)}).broken
    assert (paid.operation, paid.what, paid.knows) == ("pay.pay", "fewer", False)
