"""An equation that came to no record that it is about proves nothing, unless the run wrote none of them."""

from __future__ import annotations

from typing import Any

import pytest

from results.checks.audit.balances import check
from results.checks.audit.document import document
from results.checks.audit.intents import Write
from results.checks.audit.model import AuditResult, Reading, Record, Settled
from results.checks.audit.unproven import Wrote

DUE = {"name": "due", "sum": {"d": "tax"}, "equals": {"p": "paid"}, "by": ["no"], "where": {"voided": 0}}
ENDED = {"name": "ended", "each": "l", "has": "r", "by": ["no"], "where": {"state": "closed"}}
RULES: dict[str, dict[str, Any]] = {
    "d": {"list": "d.list", "by": ["no"]},
    "void": {"changes": "d", "by": ["no"], "expect": {"voided": 1}},
    "p": {"list": "p.list", "by": ["serial"]},
    "accept": {"list": "c.list", "send": {"from": "hall"}, "by": ["no"]},
    "close": {"list": "c.steps", "by": ["serial"]},
    "l": {"list": "c.list", "by": ["no"], "reads_only": True},
    "r": {"list": "r.list", "by": ["no"], "reads_only": True},
}
NONE = "no record of d says voided: 0; made_by: says what makes such records"
EMPTY = "no record of d was read, and d was acknowledged; made_by: says what makes them"


def wrote(**serials: str) -> Wrote:
    """Acknowledged writes by operation, a letter each; `void` and `d` are known by it."""
    writes = {
        name: [Write((0, n, 0), name, "ok", 1, 2, {"no": letter}) for n, letter in enumerate(letters)]
        for name, letters in serials.items()
    }
    return Wrote(RULES, writes, {name: len(rows) for name, rows in writes.items()})


def filed(**voided: Any) -> dict[str, Reading]:
    """What was read of filings, by their serials, all paid."""
    rows = [Record({"no": no, "tax": 100, "voided": flag}) for no, flag in voided.items()]
    return {"d": Reading(rows), "p": Reading([Record({"no": one.values["no"], "paid": 100}) for one in rows])}


def cases(**states: str) -> dict[str, Reading]:
    return {
        "l": Reading([Record({"no": no, "state": state}) for no, state in states.items()]),
        "r": Reading(),
    }


def why(balance: dict[str, Any], readings: dict[str, Reading], run: Wrote) -> str:
    (found,) = check([balance], readings, run)
    assert found.broken == 0
    return found.unchecked


@pytest.mark.parametrize(
    ("readings", "run", "told"),
    [
        (filed(a=False, b=False), wrote(d="ab"), NONE),
        (filed(a=1, b=1), wrote(d="ab"), NONE),
        (filed(a=1, b=1), wrote(d="ab", void="a"), NONE),
        (filed(a=1, b=1), wrote(d="ab", void="ab"), ""),  # the run voided all it had filed
        (filed(a=1, b=1), wrote(p="x"), ""),  # it filed nothing
        (filed(a=1, b=0), wrote(d="ab", void="a"), ""),
        (filed(old=0, a=1), wrote(d="a"), "no record of d that the run wrote says voided: 0"),
        (filed(old=0, a=1), wrote(d="a", void="a"), ""),
        (filed(), wrote(d="a"), EMPTY),
        (filed(), wrote(), ""),
    ],
)  # fmt: skip
def test_of_an_operation_that_wrote(readings: dict[str, Reading], run: Wrote, told: str) -> None:
    assert why(DUE, readings, run) == told


@pytest.mark.parametrize(
    ("made_by", "readings", "run", "told"),
    [
        (None, cases(a="open"), wrote(accept="a"), "no record of l says state: closed"),  # read from one list
        (None, cases(a="open"), wrote(close="x"), ""),  # other operations fill that list, and wrote nothing
        (None, cases(), wrote(accept="a"), "no record of l was read, and accept was acknowledged"),
        ([], cases(), wrote(accept="a"), ""),  # the target file says that there may be none
        (["close"], cases(a="open"), wrote(accept="a"), ""),
        (["close"], cases(a="open"), wrote(accept="a", close="x"), "no record of l says state: closed"),
        (["close"], cases(), wrote(close="x"), "no record of l was read, and close was acknowledged"),
    ],
)
def test_of_a_list_that_is_only_read(
    made_by: list[str] | None, readings: dict[str, Reading], run: Wrote, told: str
) -> None:
    found = why({**ENDED, "made_by": made_by}, readings, run)
    assert found.partition(";")[0] == told


def test_where_nothing_says_who_fills_a_list_what_it_has_may_be_of_anything_written() -> None:
    once = {"name": "once", "each": "r", "once": True, "by": ["no"], "where": {"state": "valid"}}
    held = {"r": Reading([Record({"no": "a", "state": "VALID"})])}
    assert why(once, held, wrote(accept="a")).startswith("no record of r says state: valid")
    assert why(once, held, wrote()) == ""  # nothing was written at all


def test_a_list_without_a_record_that_nothing_is_said_to_fill_proves_nothing() -> None:
    """A target whose list is always empty would pass by it."""
    once = {"name": "once", "each": "r", "once": True, "by": ["no"]}
    told = "no record of r was read, and nothing says what makes them; made_by: says it, or []"
    assert why(once, {"r": Reading()}, wrote(accept="a")) == told
    assert why({**once, "made_by": []}, {"r": Reading()}, wrote(accept="a")) == ""
    assert why({**once, "made_by": ["close"]}, {"r": Reading()}, wrote(accept="a")) == ""
    assert why(once, {"r": Reading()}, wrote()) == ""


def test_lists_that_are_asked_for_different_records_do_not_fill_one_another() -> None:
    rules = {
        "used": {"list": "u.list", "send": {"zt": "used"}, "by": ["no"]},
        "void": {"list": "u.list", "send": {"zt": "void"}, "by": ["no"]},
    }
    once = {"name": "once", "each": "used", "once": True, "by": ["no"]}
    assert why(once, {"used": Reading()}, Wrote(rules, {}, {"void": 1})) == ""
    assert why(once, {"used": Reading()}, Wrote(rules, {}, {"used": 1})) != ""


def test_a_broken_equation_is_told_as_broken_and_an_unproven_one_leaves_the_audit_undecided() -> None:
    readings = filed(a=0)
    readings["p"].records[0].values["paid"] = 99  # type: ignore[index]
    (found,) = check([DUE], readings, wrote(d="a"))
    assert (found.broken, found.unchecked) == (1, "")
    account = AuditResult("d")
    account.counts.update(acknowledged=1, stable=1)
    for voided, state in ((0, "audited"), (1, "incomplete")):
        equations = check([DUE], filed(a=voided), wrote(d="a"))
        assert document("r", [account], equations, [], "", 0.0, "target")["state"] == state


def test_what_was_settled_before_counts_as_written() -> None:
    held = filed(a=1)
    held["d"] = Reading(
        settled=Settled("d", 1), stream=lambda: iter([Record({"no": "a", "tax": 1, "voided": 1})])
    )
    run = Wrote(RULES, {"d": []}, {"d": 1})
    assert why(DUE, held, run).startswith("no record of d says voided: 0")
