"""What audit.json tells of an audit: its figures, its losses, what agreed before, what could not be known."""

from __future__ import annotations

from typing import Any

import pytest

from results.checks.audit.balances import check
from results.checks.audit.classes import Audit
from results.checks.audit.intents import Write
from results.checks.audit.model import AuditResult, Reading, Record, Settled
from tests.results.checks.audits import RULE, WELL, audit, record, write

FIELDS = frozenset({"pzxh", "djxh", "period", "code", "tax", "form"})


def judged(writes: list[Write], records: list[Record], **reading: Any) -> AuditResult:
    return Audit("declaration.submit", RULE).judge(writes, Reading(records, **reading))


def test_the_figures_are_what_is_there_and_as_it_was_acknowledged() -> None:
    """Of ten one is gone and one of the nine that are there is another."""
    told = audit([record(1, code="12"), *WELL[2:]])
    assert told["figures"] == {"completeness": [9, 10], "correctness": [8, 9], "consistency": [0, 1]}


def test_only_what_is_gone_is_a_loss_with_the_time_of_its_acknowledgement_and_its_fen() -> None:
    told = audit([record(1, tax=1), *WELL[2:]])  # write 0, of 10,000 fen, is gone
    assert told["losses"] == [[1_442_000_000_001, 10_000]]
    assert told["findings"] == 2
    assert audit([record(0, tax=1), *WELL[1:]])["losses"] == []


def test_a_value_that_an_acknowledged_write_did_not_have_is_altered_and_of_unknown_fate_not() -> None:
    (found,) = judged([write(1, code=None)], [record(1)]).findings
    assert (found.kind, found.field, found.expected, found.found) == ("altered", "code", "", "11")
    unknown = write(1, code=None, pzxh=None)._replace(fate="info", ended_ms=0)
    account = judged([unknown], [record(1)])
    assert (account.findings, account.counts["recovered"], account.counts["altered"]) == ([], 1, 0)


def test_what_was_not_kept_of_a_write_is_not_held_against_what_is_stored() -> None:
    """A run under another target file did not keep all fields: those are not altered, nor does it pass."""
    whole, bare = write(1), write(2)
    del bare.values["code"]
    account = judged([whole, bare], [record(1), record(2)])
    assert (account.findings, account.counts["stable"], account.counts["unverified"]) == ([], 1, 1)
    assert account.problems == ["neither request nor answer of a write has its code"]


def test_twenty_reasons_of_what_could_not_be_read_are_told_and_all_are_counted() -> None:
    unread = {(0, n, 0): f"reason {n}" for n in range(21)}
    account = judged([write(n) for n in range(21)], [], unread=unread)
    assert account.problems == [f"reason {n}" for n in range(20)]
    assert account.counts["unverified"] == 21


def test_a_field_that_no_acknowledged_write_has_is_told_though_one_of_unknown_fate_has_it() -> None:
    unknown = write(2, code="11", pzxh=None)._replace(fate="info", ended_ms=0)
    account = judged([write(1, code=None), unknown], [record(1, code=None)])
    assert account.problems == ["neither request nor answer of declaration.submit has the field code"]
    whole = judged([write(1), unknown._replace(values={**unknown.values, "code": None})], [record(1)])
    assert whole.problems == []


@pytest.mark.parametrize(
    ("operation", "lacking", "problems"),
    [
        ("declaration.submit", "none", []),
        ("declaration.submit", "code",
         ["neither request nor answer of declaration.submit has the field code"]),
        ("invoice.buy", "code", []),
    ],
)  # fmt: skip
def test_what_agreed_before_is_counted_for_its_own_operation_alone(
    operation: str, lacking: str, problems: list[str]
) -> None:
    settled = Settled(operation, 3, {"A": (3, 306)}, written=FIELDS - {lacking}, held=FIELDS)
    account = judged([], [], settled=settled)
    own = operation == "declaration.submit"
    names = ("acknowledged", "found", "found_acknowledged", "stable")
    assert [account.counts[name] for name in names] == [3 * own] * 4
    assert dict(account.sums) == ({"A": [3, 306, 3, 306]} if own else {})
    assert account.problems == problems


def test_nothing_agreed_before_leaves_no_sums() -> None:
    account = judged([], [], settled=Settled("declaration.submit", 0, {"A": (0, 0)}))
    assert (dict(account.counts), dict(account.sums)) == ({}, {})


def test_a_row_that_cannot_be_added_shows_its_amount_and_one_without_a_key_none() -> None:
    due = {"name": "due", "sum": {"d": "owed"}, "equals": {"p": "paid"}, "by": ["no"]}
    paid = Reading([Record({"no": "1", "paid": 500})])
    rows: list[dict[str, Any]] = [
        {"no": "1", "owed": 500},
        {"no": "1", "owed": "much"},
        {"no": "", "owed": 70},
    ]
    (found,) = check([due], {"d": Reading([Record(row) for row in rows]), "p": paid})
    assert (found.checked, found.broken) == (3, 2)
    assert [(one.record["by"], one.expected, one.found) for one in found.findings] == [
        ("1", "an amount as owed", "much"),
        ("", "no of a record", ""),
    ]


def test_a_value_of_another_kind_is_another_value() -> None:
    (found,) = judged([write(1, code=True)], [record(1, code=1)]).findings
    assert (found.kind, found.field, found.found) == ("altered", "code", "1")


def test_a_record_of_a_refused_write_was_never_asked_for() -> None:
    account = judged([write(1)._replace(fate="fail")], [record(1)], fresh=True)
    assert (account.counts["unexpected"], account.counts["duplicated"]) == (1, 0)


def test_a_change_that_is_there_is_one_that_was_found() -> None:
    rule = {"by": ["pzxh"], "changes": "declaration.submit", "expect": {"voided": 1}}
    account = Audit("declaration.void", rule).judge([write(1), write(2)], Reading([record(1, voided=1)]))
    names = ("found", "found_acknowledged", "stable", "lost")
    assert [account.counts[name] for name in names] == [1, 1, 1, 1]
