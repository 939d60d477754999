"""Values of two answers: which are one, which are one problem, and which only look so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from results.checks.dual_track.compare import (
    DEEP,
    LONG,
    NO_CODE,
    NOISE,
    SECRET,
    TOO_DEEP,
    Ignore,
    Rules,
    Said,
    differences,
    fields_of,
)
from tests.results.checks.test_dual_track import RULES, told


@pytest.mark.parametrize(
    ("old", "new", "pair"),
    [
        (1234.57, 1234.5678, "amount→no amount"),
        (12.5, 12.496, "amount→no amount"),
        (7, 7.004, "amount→no amount"),
        ("12.50", "１２.５０", "amount→no amount"),
        ("1000.00", "1E+3", "amount→no amount"),
        ("1000.00", "1_000.00", "amount→no amount"),
        (12.5, "", "amount→empty"),
        (1234567.89, "", "amount→empty"),
        ("", "12.50", "empty→amount"),
        (12.496, 12.497, "no amount→another"),
    ],
)
def test_what_is_no_amount_is_one_problem_whatever_each_taxpayer_pays(old: Any, new: Any, pair: str) -> None:
    assert told({"ybtse": old}, {"ybtse": new}) == [("ybtse", "value", pair)]


@pytest.mark.parametrize(
    ("old", "new"),
    [(0, -0.0), ("0.00", "-0.00"), ("1,234.50", "1234.50"), (" 12.50", "12.5"), ("+1.00", "1")],
)
def test_amounts_are_one_to_the_fen_however_they_are_written(old: Any, new: Any) -> None:
    assert told({"ybtse": old}, {"ybtse": new}) == []


def test_nothing_is_not_zero() -> None:
    assert told({"ybtse": 0}, {}) == [("ybtse", "missing", "there→absent")]
    assert told({"ybtse": 0}, {"ybtse": None}) == [("ybtse", "missing", "there→absent")]
    assert told({"ybtse": 0}, {"ybtse": ""}) == [("ybtse", "value", "amount→empty")]


def test_half_a_fen_that_two_systems_round_otherwise_is_one_problem() -> None:
    """2.5 to 3 and 3.5 to 4 here, half to even there: whoever pays, off by 0.01."""
    pairs = [told({"ybtse": one}, {"ybtse": other}) for one, other in ((0.03, 0.02), (1000.05, 1000.04))]
    assert pairs == [[("ybtse", "amount", "amount→off by 0.01")]] * 2


def test_stars_are_a_secret_only_under_a_secret_s_name() -> None:
    """A system that masks names answers otherwise than one that does not."""
    rules = RULES._replace(secret=lambda name: name == "yzm")
    assert told({"nsrmc": "张三"}, {"nsrmc": "***"}, rules) == [("nsrmc", "value", "张三→***")]
    said = Said("ok", "", {"yzm": "***"}), Said("ok", "", {"yzm": "***"})
    assert [one.reason for one in differences("a.b", *said, rules)] == [SECRET]
    assert told({"yzm": "***"}, {"yzm": ""}, rules) == [("yzm", "value", "there→empty")]
    assert told({"rows": [{"yzm": ""}]}, {"rows": [{"yzm": "***"}]}, rules) == [
        ("rows[].yzm", "value", "empty→there")
    ]


def test_a_row_that_is_missing_in_front_is_one_problem_and_does_not_move_the_rest() -> None:
    rows = [{"zt": str(number), "n": number} for number in range(5)]
    assert told({"kinds": rows}, {"kinds": rows[1:]}) == [("kinds[]", "missing", "there→absent")]
    assert told({"kinds": rows[2:]}, {"kinds": rows}) == [("kinds[]", "extra", "absent→there")] * 2
    changed = [rows[1], {"zt": "2", "n": "2"}, *rows[3:]]
    assert told({"kinds": rows}, {"kinds": changed}) == [
        ("kinds[]", "missing", "there→absent"),
        ("kinds[].n", "type", "number→text"),
    ]
    assert told({"kinds": rows[:2]}, {"kinds": []}) == [("kinds[]", "missing", "there→absent")] * 2


def test_refusals_without_a_code_are_not_called_the_same() -> None:
    no = Said("rejected", "", None)
    (one,) = differences("a.b", no, no, Rules())
    assert (one.kind, one.reason) == ("status", NO_CODE)
    (other,) = differences("a.b", no, Said("rejected", "GD201", None), Rules())
    assert (other.pair, other.reason) == ("→GD201", "")


def test_a_number_that_lost_its_last_digits_is_not_called_the_same() -> None:
    """Two vouchers of 20 digits: a reader of 64 bits takes both for 40214301210000000000."""
    one, other = (
        json.loads(f'{{"pzhm": {number}.0}}') for number in (40214301210000000003, 40214301210000000004)
    )
    assert one == other
    (found,) = differences("a.b", Said("ok", "", one), Said("ok", "", other), Rules())
    assert found.reason == LONG
    assert told({"n": 2.0**53 - 1}, {"n": 2.0**53 - 1}) == []
    assert told({"n": 10**18}, {"n": 10**18}) == [], "whole numbers are kept to the last digit"
    assert told({"n": 4e19}, {"n": 4.1e19}) == [("n", "value", "number→another number")]


def test_a_star_lets_a_list_be_another_and_not_be_refused() -> None:
    """`case.todo: *` of the shipped rules: the list is of the moment, and it has to be there."""

    def reasons(*rules: Ignore) -> list[tuple[str, str]]:
        known = Rules(ignore=rules, slower=(2.0, 0.1))
        old, new = Said("ok", "", {"n": 1}, 1_000), Said("ok", "", {"n": 2}, 900_000)
        found = [*differences("case.todo", old, new, known)]
        found += differences("case.todo", old, Said("rejected", "GY004", None), known)
        found += differences(
            "case.todo", new._replace(outcome="rejected", code="A"), Said("rejected", "B", None), known
        )
        return [(one.field, one.reason) for one in found]

    star = Ignore("case.*", "*", "", "moment")
    assert reasons(star) == [("n", "moment"), ("time", ""), ("outcome", ""), ("code", "")]
    assert reasons(star._replace(field="o*")) == [("n", ""), ("time", ""), ("outcome", ""), ("code", "")]
    named = [star._replace(field="outcome"), star._replace(kind="timing")]
    assert reasons(*named) == [("n", ""), ("time", "moment"), ("outcome", "moment"), ("code", "")]
    assert reasons(star._replace(kind="status"))[2:] == [("outcome", "moment"), ("code", "moment")]


def noisy(old: Any, new: Any, *learned: tuple[str, str]) -> list[bool]:
    """Of each difference, whether it is noise; learned: field and kind."""
    rules = RULES._replace(noise=frozenset(("a.b", *one) for one in learned))
    return [
        one.reason == NOISE for one in differences("a.b", Said("ok", "", old), Said("ok", "", new), rules)
    ]


def test_noise_hides_a_value_and_not_its_absence_or_what_is_no_day() -> None:
    known = ("slsj", "value")
    assert noisy({"slsj": "2015-09-11 08:30"}, {"slsj": "2015-09-11 08:31"}, known) == [True]
    assert noisy({"slsj": "a1"}, {"slsj": "b2"}, known) == [True]
    assert noisy({"slsj": "2015-09-11 08:30"}, {"slsj": ""}, known) == [False]
    assert noisy({"slsj": ""}, {"slsj": "2015-09-11 08:30"}, known) == [False]
    assert noisy({"slsj": "2015-09-11 08:30"}, {"slsj": "soon"}, known) == [False]
    assert noisy({"slsj": "soon"}, {"slsj": "2015-09-11 08:30"}, known) == [False]
    assert noisy({"slsj": "a1"}, {}, known) == [False]


def test_an_order_that_is_another_each_time_hides_no_value_there() -> None:
    old, rows = {"codes": ["a", "b"]}, ("codes[]", "order")
    assert noisy(old, {"codes": ["b", "a"]}, rows) == [True]
    assert noisy(old, {"codes": ["a", "c"]}, rows) == [False]
    assert noisy(old, {"codes": ["b", "a"]}, ("codes[]", "value")) == [False]


def test_what_was_too_deep_to_be_kept_is_not_called_the_same() -> None:
    both = Said("ok", "", {"a": TOO_DEEP})
    assert [one.reason for one in differences("a.b", both, both, RULES)] == [DEEP]
    assert told({"a": TOO_DEEP}, {"a": "b"}) == [("a", "value", "text→another b")]


def test_fields_are_called_as_their_differences_are() -> None:
    old = {
        "a": 1,
        "none": None,
        "list": [{"b": "x", "c": {"d": ""}}, {"b": "y"}],
        "codes": ["1"],
        "empty": [],
    }
    leaves = ["a", "codes[]", "list[].b", "list[].c.d"]
    assert sorted(set(fields_of(old))) == sorted(
        [*leaves, "", "codes", "empty", "list", "list[]", "list[].c"]
    )
    new = {"a": 2, "list": [{"b": "z", "c": {"d": "e"}}, {"b": "w"}], "codes": ["2"], "empty": []}
    assert sorted({name for name, _, _ in told(old, new)}) == leaves
    assert [name for name, _, _ in told({"list": []}, {})] == ["list"]
