"""One answer against another: each kind of difference is found; what is ignored never counts as matched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.checks.dual_track.compare import Difference, Ignore, Rules, Said, differences
from results.checks.dual_track.document import CLASSES, Collected, Transaction, document
from results.checks.dual_track.noise import Noise

RULES = Rules(amounts=("ybtse", "*je"), rows={"items": "pzxh"}, own=("pzxh",), unknown="(its own)")


def told(old: Any, new: Any, rules: Rules = RULES) -> list[tuple[str, str, str]]:
    found = differences("declaration.submit", Said("ok", "", old), Said("ok", "", new), rules)
    return [(one.field, one.kind, one.pair) for one in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"ybtse": 100.0}, {"ybtse": 100.01}, ("ybtse", "amount", "amount→off by 0.01")),
        ({"ybtse": 100.0}, {"ybtse": 1000}, ("ybtse", "amount", "amount→10 times")),
        ({"ybtse": 100}, {"ybtse": "100.00"}, ("ybtse", "type", "number→text")),
        ({"filed": True}, {"filed": "true"}, ("filed", "type", "bool→text")),
        ({"nsrmc": "长沙贸易有限公司"}, {"nsrmc": "长沙贸易"}, ("nsrmc", "value", "text→cut off")),
        ({"zt": "03"}, {"zt": "05"}, ("zt", "value", "03→05")),
        ({"djrq": "2015-09-01"}, {"djrq": "2015-09-02"}, ("djrq", "value", "date→later")),
        ({"a": 1, "b": 2}, {"a": 1}, ("b", "missing", "there→absent")),
        ({"a": 1}, {"a": 1, "b": 0}, ("b", "extra", "absent→there")),
        ({"b": []}, {"b": {}}, ("b", "type", "rows→object")),
        ({"kinds": [1, 2]}, {"kinds": [2, 1]}, ("kinds[]", "order", "order→another")),
        ({"kinds": [1, 2]}, {"kinds": [1]}, ("kinds[]", "missing", "there→absent")),
        # rows that are spelled alike and are of another type are in the same order
        ({"kinds": [{"n": 5}]}, {"kinds": [{"n": "5"}]}, ("kinds[].n", "type", "number→text")),
        ({"kinds": [{"n": None}]}, {"kinds": [{"n": ""}]}, ("kinds[].n", "extra", "absent→there")),
        ({"pzxh": "12345678"}, {"pzxh": "(its own)"}, ("pzxh", "value", "recorded→another")),
    ],
)
def test_each_kind_of_difference_is_found_and_named(
    old: Any, new: Any, expected: tuple[str, str, str]
) -> None:
    assert told(old, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"ybtse": 100.0}, {"ybtse": 100}),
        ({"n": 5}, {"n": 5.0}),
        ({"a": None}, {}),
        ({"items": [{"pzxh": "1", "je": 2}]}, {"items": [{"pzxh": "1", "je": 2.0}]}),
    ],
)
def test_what_says_the_same_is_no_difference(old: Any, new: Any) -> None:
    assert told(old, new) == []


def test_rows_in_another_order_are_still_held_against_each_other() -> None:
    """By a rule that lets orders be, a number that became a text would pass."""
    loose = RULES._replace(ignore=(Ignore("*", "kinds[]", "order", "the order is free"),))
    old, new = {"kinds": [{"n": 5}, {"n": 6}]}, {"kinds": [{"n": 6}, {"n": "5"}]}
    found = differences("a.b", Said("ok", "", old), Said("ok", "", new), loose)
    assert [(one.field, one.kind, bool(one.reason)) for one in found] == [
        ("kinds[]", "order", True),
        ("kinds[].n", "type", False),
    ]


def test_rows_are_paired_by_their_key_and_never_by_luck() -> None:
    old = {"items": [{"pzxh": "1", "je": 2}, {"pzxh": "2", "je": 3}, {"pzxh": "3", "je": 4}]}
    new = {"items": [{"pzxh": "2", "je": 3}, {"pzxh": "1", "je": 2.01}, {"pzxh": "4", "je": 4}]}
    assert told(old, new) == [
        ("items[].je", "amount", "amount→off by 0.01"),
        ("items[]", "missing", "there→absent"),
        ("items[]", "extra", "absent→there"),
        ("items[]", "order", "order→another"),
    ]


def test_outcomes_and_codes_are_held_against_each_other() -> None:
    def of(old: Said, new: Said) -> list[tuple[str, str]]:
        return [(one.field, one.pair) for one in differences("a.b", old, new, RULES)]

    no, other = Said("rejected", "GD201", None), Said("rejected", "GD202", None)
    assert of(Said("ok", "", {"a": 1}), no) == [("outcome", "ok→rejected GD201")]
    assert of(no, Said("ok", "", {})) == [("outcome", "rejected GD201→ok")]
    assert of(no, other) == [("code", "GD201→GD202")]
    assert of(no, no) == []


def test_time_is_compared_only_by_a_rule() -> None:
    slow = Said("ok", "", {}, 100_000), Said("ok", "", {}, 1_200_000)
    assert differences("a.b", *slow, RULES) == []
    by_rule = RULES._replace(slower=(3.0, 1.0))
    assert [one.kind for one in differences("a.b", *slow, by_rule)] == ["timing"]
    assert differences("a.b", slow[0], Said("ok", "", {}, 900_000), by_rule) == []


def test_a_rule_ignores_what_it_names_and_nothing_else() -> None:
    rule = Ignore("declaration.*", "items[].zt", "value", "the old system has other words")
    rules = RULES._replace(ignore=(rule,))
    old, new = {"items": [{"zt": "1", "je": 1}]}, {"items": [{"zt": "2", "je": 2}]}
    found = differences("declaration.submit", Said("ok", "", old), Said("ok", "", new), rules)
    assert [(one.field, one.reason) for one in found] == [("items[].zt", rule.reason), ("items[].je", "")]
    assert all(
        not one.reason for one in differences("invoice.buy", Said("ok", "", old), Said("ok", "", new), rules)
    )


def test_ids_that_nobody_else_knows_are_ignored_with_that_reason_and_not_matched() -> None:
    (one,) = differences(
        "a.b", Said("ok", "", {"pzxh": "(its own)"}), Said("ok", "", {"pzxh": "(its own)"}), RULES
    )
    assert one.reason == "an id that only its own system knows"


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=3))
ANSWERS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


def bare(value: Any) -> Any:
    """Without what is null, which is the same as absent, and with bools told apart from numbers."""
    if isinstance(value, dict):
        return {name: bare(inner) for name, inner in value.items() if inner is not None}
    return [bare(inner) for inner in value] if isinstance(value, list) else (type(value).__name__, value)


@given(ANSWERS, ANSWERS)
def test_there_is_a_difference_exactly_where_the_answers_differ(old: Any, new: Any) -> None:
    said = {"x": old}, {"x": new}
    assert (told(*said) == []) == (bare(said[0]) == bare(said[1])) or _blanks(said)


def _blanks(said: Any) -> bool:
    """Blanks at the end of a text are no difference (results.checks.values)."""
    return any(part != part.rstrip() for part in _texts(said))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    rows = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for row in rows for text in _texts(row)]


def a(outcome: str, *diffs: Difference, unit: str = "u") -> Transaction:
    return Transaction(
        "1", unit, "declaration", "declaration.submit", "2015-09-11", "t", outcome, diffs, "why"
    )


def judged(
    *rows: Transaction, problems: tuple[str, ...] = (), silent: tuple[str, ...] = ()
) -> dict[str, Any]:
    collected = Collected()
    for row in rows:
        collected.add(row)
    return document(
        {"run_id": "r", "at": "2015-09-11T00:00:00+00:00", "name": "n"}, collected, problems, silent
    )


WRONG = Difference("ybtse", "amount", "1.00", "1.01", "amount→off by 0.01", 1)


@pytest.mark.parametrize(
    "outcome", [name for name in CLASSES if name not in ("matched", "ignored", "not_planned")]
)
def test_what_was_not_compared_or_differs_is_never_a_pass(outcome: str) -> None:
    diffs = (WRONG,) if outcome == "mismatched" else ()
    expected = "fail" if outcome == "mismatched" else "inconclusive"
    assert judged(a("matched"), a(outcome, *diffs))["verdict"] == expected


def test_a_pass_needs_something_that_matched_without_a_rule() -> None:
    assert judged()["verdict"] == "inconclusive"
    assert judged(a("not_planned"))["verdict"] == "inconclusive"
    assert judged(a("ignored", WRONG._replace(reason="known")))["verdict"] == "inconclusive"
    assert judged(a("matched"), a("not_planned"))["verdict"] == "pass"
    assert judged(a("matched"), problems=("torn",))["verdict"] == "inconclusive"
    assert judged(a("matched"), silent=("new",))["verdict"] == "invalid"
    assert judged(a("mismatched", WRONG), a("late"))["verdict"] == "fail"


def test_a_problem_counts_transactions_units_and_fen_once_each() -> None:
    twice = a("mismatched", WRONG, WRONG, unit="v")
    found = judged(a("mismatched", WRONG), twice)
    (fault,) = found["faults"]
    assert (fault["count"], fault["units"], fault["fen"]) == (2, {"u": 1, "v": 1}, 3)
    assert (found["occurred"], found["reentered"]) == (2, 2)


def test_a_difference_tells_the_value_of_either_side() -> None:
    old, new = Said("ok", "", {"zt": "03", "je": 1}), Said("ok", "", {"zt": "05", "je": 2.5})
    found = differences("a.b", old, new, RULES)
    assert [(one.field, one.old, one.new, one.fen) for one in found] == [
        ("zt", "03", "05", 0),
        ("je", "1.00", "2.50", 150),
    ]


def test_each_transaction_counts_once_for_its_operation() -> None:
    found = judged(a("matched"), a("late"), a("matched"), a("mismatched", WRONG))
    assert found["operations"] == {"declaration.submit": {"matched": 2, "late": 1, "mismatched": 1}}
    assert sum(found["operations"]["declaration.submit"].values()) == found["occurred"] == 4


def test_fifty_reasons_of_what_is_open_are_told_the_most_frequent_first() -> None:
    rows = [a("late")._replace(why=f"reason {n}") for n in range(51) for _ in range(52 - n)]
    found = judged(*rows)
    assert list(found["open_by"].items()) == [(f"late: reason {n}", 52 - n) for n in range(50)]
    assert found["counts"]["late"] == sum(range(2, 53))


def test_twins_teach_noise_but_not_of_what_tells_them_apart() -> None:
    noise = Noise(RULES)
    one = Said("ok", "", {"zt": "1", "djxh": "d1", "pzxh": "p1", "je": 1, "rows": [{"djxh": "d1"}]})
    other = Said("ok", "", {"zt": "2", "djxh": "d2", "pzxh": "p2", "je": 2, "rows": [{"djxh": "d2"}]})
    noise.twins("a.b", one, other, apart=("djxh",))
    noise.twins("a.b", one, one, apart=("djxh",))
    assert (dict(noise.fields), noise.asked) == ({("a.b", "zt", "value"): 1}, 2)
    assert noise.told() == [{"operation": "a.b", "field": "zt", "kind": "value", "count": 1, "asked": 2}]
