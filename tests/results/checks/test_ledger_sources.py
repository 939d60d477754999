"""What a ledger takes from an audit and from a verification of data, and what it says is missing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from results.checks.ledger.merge import merge_verification
from results.checks.ledger.model import Ledger, Sighting
from results.checks.migration.document import BAD, GOOD, document, judged
from results.checks.migration.faults import migration_faults
from results.errors import SnapshotError
from tests.results.checks.audits import WELL, audit, ledger_of


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
