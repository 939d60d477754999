"""What a ledger takes from an audit and from a verification of data, and what it says is missing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from results.checks.audit.balances import Equation
from results.checks.audit.document import document as document_of
from results.checks.audit.faults import Units
from results.checks.audit.model import Reading, Record
from results.checks.ledger.merge import merge_audit, merge_verification
from results.checks.ledger.model import Ledger, Sighting
from results.checks.ledger.standing import standing
from results.checks.migration.document import BAD, GOOD, document, judged
from results.checks.migration.faults import migration_faults
from results.errors import SnapshotError
from tests.results.checks.audits import LAST, LATER, LOST, WELL, audit, ledger_of, only

OFFICES_RULES = {"registration.save": {"by": ["djxh"], "unit": "office"}}
OFFICES = Units(OFFICES_RULES, {})


def batch(name: str = "arrears", **more: Any) -> dict[str, Any]:
    """Two rows that are the same on both sides."""
    counts = dict.fromkeys((*GOOD, *BAD), 0) | {"identical": 2}
    empty: dict[str, Any] = {"columns": [], "sums": [], "violations": [], "problems": [], "samples": []}
    both = {"old": 2, "new": 2}
    return {"name": name, "title": "", "counts": counts, "rows": both, "damaged": {}, **empty, **more}


def verified(*batches: dict[str, Any], problems: tuple[str, ...] = ()) -> dict[str, Any]:
    about = {"started": "2015-09-11T08:00:00+08:00"}
    return document("v", batches, problems, about)


def taken(found: dict[str, Any]) -> Any:
    ledger = Ledger()
    merge_verification(ledger, found, "verify.json")
    (one,) = ledger.audits
    return one


def test_a_verification_that_saw_all_is_an_audit_and_one_with_a_problem_is_not() -> None:
    whole = taken(verified(batch()))
    assert (whole.state, whole.covered, whole.missing) == ("audited", ["arrears"], "")
    assert (whole.whole, whole.acknowledged, whole.at) == (True, 2, "2015-09-11T00:00:00.000+00:00")
    partly = taken(verified(batch(), problems=("a file is torn",)))
    assert (partly.state, partly.covered, partly.missing) == ("incomplete", [], "a file is torn")
    assert not partly.whole


def test_a_failure_with_its_fault_is_an_audit_too() -> None:
    rule = {"kind": "invalid", "rule": "sum", "field": "qse", "old": 0, "new": 1}
    one = taken(verified(batch(violations=[rule])))
    assert (one.state, one.covered) == ("audited", ["arrears", "arrears.qse: invalid sum"])


def test_how_many_writes_are_open_is_what_could_not_be_read_and_what_nothing_reads() -> None:
    found = audit(WELL)
    counts = {**found["counts"], "unverified": 3, "never_read": 2}
    (one,) = ledger_of({**found, "state": "incomplete", "problems": [], "counts": counts}).audits
    assert (one.missing, one.covered, one.whole) == ("5 writes", [], False)


def test_a_sighting_of_none_is_one_and_less_is_not() -> None:
    assert Sighting(run_id="r", at="t", count=0).count == 0
    with pytest.raises(ValidationError):
        Sighting(run_id="r", at="t", count=-1)


@pytest.mark.parametrize("kind", ["invalid", "unbalanced", "dangling"])
def test_a_rule_that_is_broken_on_either_side_fails_a_batch(kind: str) -> None:
    rule = {"kind": kind, "rule": "r", "field": "f", "old": 2, "new": 1}
    found = judged(batch(violations=[rule]))
    assert (found["state"], found["faults"]) == ("fail", [{"class": kind, "rows": 3}])
    kept = judged(batch(violations=[{**rule, "old": 0, "new": 0}]))
    assert (kept["state"], kept["faults"]) == ("pass", [])


def test_a_side_whose_rows_nobody_counted_adds_none() -> None:
    unread = batch("taxpayer", counts={}, rows={"old": 5}, problems=["the new file is missing"])
    found = verified(batch(), unread)
    assert (found["rows"], found["verdict"]) == ({"old": 7, "new": 2}, "inconclusive")


def test_the_example_of_a_fault_is_of_its_own_column_or_of_the_whole_row() -> None:
    def sample(field: str, old: str, kind: str = "changed") -> dict[str, str]:
        return {"kind": kind, "key": "1", "field": field, "old": old, "new": "9"}

    column = {"name": "qse", "changed": 2, "unreadable_old": 0, "unreadable_new": 0}
    one = batch(columns=[column], counts={**batch()["counts"], "changed": 2, "identical": 0})
    one["samples"] = [sample("ynse", "1"), sample("qse", "7", "missing"), sample("qse", "2")]
    (row,) = migration_faults(verified(one))
    assert (row["field"], row["count"]) == ("qse", 2)
    assert row["example"] == {"key": "1", "field": "qse", "old": "2", "new": "9"}
    one["samples"] = [sample("ynse", "1"), sample("", "3")]
    assert migration_faults(verified(one))[0]["example"]["old"] == "3"
    one["samples"] = [sample("ynse", "1")]
    assert migration_faults(verified(one))[0]["example"] == {}


def test_a_failure_that_tells_no_fault_is_refused() -> None:
    found = {**verified(batch()), "verdict": "fail"}
    with pytest.raises(SnapshotError, match="says fail, and tells no fault"):
        taken(found)


SUBMIT = "declaration.submit"


def in_units(found: dict[str, Any], *units: str, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """Of an audit whose writes were of these units, and its one problem of those."""
    faults = [{**row, "units": dict.fromkeys(seen, 1)} for row in found["faults"]]
    return {**found, "units": {SUBMIT: list(units)}, "faults": faults}


@pytest.mark.parametrize(
    ("seen", "later", "verdict"),
    [
        (("A",), [["A"]], "pass"),
        (("A",), [["A", "B"]], "pass"),
        (("A",), [["B"]], "inconclusive"),  # another unit's run says nothing of A's problem
        (("A",), [[""]], "inconclusive"),  # nor does one of which nothing tells whose it was
        (("A",), [None], "inconclusive"),  # nor one of an older renhai
        (("A", "B"), [["A"]], "inconclusive"),
        (("A", "B"), [["A"], ["B"]], "pass"),
        (("",), [["B"]], "pass"),  # where it was is not known: any run that wrote so
        (("",), [None], "pass"),
        (("A", ""), [["B"]], "inconclusive"),
    ],
)
def test_a_problem_of_a_unit_is_gone_where_a_later_run_wrote_in_that_unit(
    seen: tuple[str, ...], later: list[list[str] | None], verdict: str
) -> None:
    ledger = ledger_of(in_units(audit(LOST), "A", "B", seen=seen))
    only(ledger).say(LATER, "solved", "", "")
    for number, units in enumerate(later):
        found = in_units(audit(WELL, f"next-{number}", LAST), *(units or ()))
        if units is None:
            del found["units"]
        merge_audit(ledger, found, "audit.json")
    assert standing(ledger).verdict == verdict


def test_the_units_that_no_audit_has_looked_in_are_told_where_one_has_looked_elsewhere() -> None:
    ledger = ledger_of(in_units(audit(LOST), "A", "B", seen=("A", "B", "C")))
    only(ledger).say(LATER, "solved", "", "")
    told = f"1 problems are called solved, and no audit has looked since: {only(ledger).id}"
    assert told in standing(ledger).why
    merge_audit(ledger, in_units(audit(WELL, "next", LAST), "B"), "audit.json")
    assert standing(ledger).why == [f"{told} (A, C)"]
    merge_audit(ledger, in_units(audit(WELL, "third", LAST), "A", "C"), "audit.json")
    assert standing(ledger) == ("pass", [])


def test_an_equation_that_held_in_one_unit_proves_nothing_of_another() -> None:
    def checked(broken: int, **more: Any) -> dict[str, Any]:
        one = Equation("due", checked=2, name_en="due")
        if broken:
            one.miss("collection.dues", "p1", "1.00", "2.00", {"office": "A"})
        told = document_of(
            "r", [], [one], [], more["at"], 0.1, "target", units=OFFICES, looked_in=more["units"]
        )
        return {**told, "state": "audited", "run_id": more["at"]}

    ledger = ledger_of(checked(1, at="2026-11-01T08:00:00.000+00:00", units={"due": ["A"]}))
    assert only(ledger).units == {"A": 1}
    only(ledger).say(LATER, "solved", "", "")
    for unit, verdict in (("B", "inconclusive"), ("A", "pass")):
        merge_audit(
            ledger, checked(0, at=LAST.replace("T08", f"T0{ord(unit) - 60}"), units={"due": [unit]}), "x"
        )
        assert standing(ledger).verdict == verdict


def test_units_are_told_of_writes_and_of_the_records_of_an_equation() -> None:
    readings = {
        "registration.save": Reading([Record({"djxh": f"d{n}", "office": "AB"[n % 2]}) for n in range(2)])
    }
    units = Units(OFFICES_RULES, readings)
    assert units.all_of([{"djxh": "d0"}, {"djxh": "d0"}]) == ["A"]
    assert units.all_of([{"djxh": "d1"}, {"djxh": "d0"}, {"djxh": "d9"}]) == ["", "A", "B"]
    assert units.all_of([]) == []
    assert Units({"a.b": {"by": ["djxh"]}}, readings).all_of([{"djxh": "d0"}]) == []  # no rule names a unit
