"""Every class of an audit is planted and found, and what is well is found well."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.checks.audit.balances import check
from results.checks.audit.classes import Audit, never_read, spread
from results.checks.audit.document import document
from results.checks.audit.intents import Write
from results.checks.audit.model import AuditResult, Reading, Record
from tests.share import examples

RULE = {
    "by": ["pzxh"],
    "key": ["djxh", "period"],
    "compare": ["djxh", "name"],
    "amounts": ["tax"],
    "tax": "form",
}


def write(n: int, fate: str = "ok", **values: Any) -> Write:
    own = {"djxh": f"d{n}", "period": "2015-09", "name": "甲", "tax": 100 + n, "form": "A"}
    serial = {"pzxh": f"p{n}"} if fate == "ok" else {"pzxh": None}
    ended = 1010 + n if fate == "ok" else 0
    return Write((0, n, 0), "declaration.submit", fate, 1000 + n, ended, {**own, **serial, **values})  # type: ignore[arg-type]


def record(n: int, seen: int = 0, at_ms: int | None = None, **values: Any) -> Record:
    own = {"pzxh": f"p{n}", "djxh": f"d{n}", "period": "2015-09", "name": "甲", "tax": 100 + n, "form": "A"}
    return Record({**own, **values}, seen, at_ms)


def judged(writes: list[Write], records: list[Record], **reading: Any) -> AuditResult:
    return Audit("declaration.submit", RULE, 1000).judge(writes, Reading(records, **reading))


def counts(account: AuditResult) -> dict[str, int]:
    left_out = ("acknowledged", "unknown", "refused", "found", "found_acknowledged")
    return {name: n for name, n in account.counts.items() if n and name not in left_out}


CASES: dict[str, tuple[list[Write], list[Record], dict[str, Any], dict[str, int]]] = {
    "stable": ([write(1)], [record(1)], {}, {"stable": 1}),
    "seen late": ([write(1)], [record(1, seen=2)], {}, {"stale": 1}),
    "lost": ([write(1), write(2)], [record(2)], {}, {"stable": 1, "lost": 1}),
    "stored twice": ([write(1)], [record(1), record(1)], {}, {"stable": 1, "duplicated": 1}),
    "twice, another serial": ([write(1)], [record(1), record(1, pzxh="x")], {}, {"stable": 1, "duplicated": 1}),  # noqa: E501
    "three times": ([write(1)], [record(1)] * 3, {}, {"stable": 1, "duplicated": 2}),
    "another amount": ([write(1)], [record(1, tax=102)], {}, {"altered": 1}),
    "another name": ([write(1)], [record(1, name="乙")], {}, {"altered": 1}),
    "another taxpayer": ([write(1)], [record(1, djxh="d9")], {}, {"altered": 1}),
    "another serial": ([write(1)], [record(1, pzxh="x")], {}, {"altered": 1}),
    "altered and twice": ([write(1)], [record(1, tax=9), record(1, tax=9)], {}, {"altered": 1, "duplicated": 1}),  # noqa: E501
    "unknown and there": ([write(1, "info")], [record(1)], {}, {"recovered": 1}),
    "unknown and not there": ([write(1, "info")], [], {}, {"absent": 1}),
    "unknown, there twice": ([write(1, "info")], [record(1), record(1, pzxh="q")], {},
                             {"recovered": 1, "duplicated": 1}),
    "unknown, then sent again": ([write(1, "info"), write(2, djxh="d1")], [record(2, djxh="d1")], {},
                                 {"stable": 1, "absent": 1}),
    "refused and there": ([write(1, "fail")], [record(1)], {"fresh": True}, {"unexpected": 1}),
    "refused, as it was there": ([write(1, "fail")], [record(1)], {}, {"unverified": 1}),
    "refused and not there": ([write(1, "fail")], [], {}, {}),
    "never asked for": ([write(1)], [record(1), record(7)], {"fresh": True}, {"stable": 1, "unexpected": 1}),
    "of somebody else": ([write(1)], [record(1), record(7)], {}, {"stable": 1, "before": 1}),
    "stored before the run": ([write(1)], [record(1, at_ms=1005), record(7, at_ms=900)], {},
                              {"stable": 1, "before": 1}),
    "stored in the run": ([write(1)], [record(1, at_ms=1005), record(7, at_ms=1900)], {},
                          {"stable": 1, "unexpected": 1}),
    "one serial for two": ([write(1), write(2, pzxh="p1")], [record(1)], {}, {"stable": 1, "lost": 1}),
    "one answer for two of one taxpayer": ([write(1), write(2, pzxh="p1", djxh="d1", tax=101)], [record(1)], {},  # noqa: E501
                                           {"stable": 1, "lost": 1}),
    "could not be read": ([write(1)], [], {"unread": {(0, 1, 0): "timed out"}}, {"unverified": 1}),
    "the list broke off": ([write(1), write(2)], [record(1)], {"failed": "500"}, {"stable": 1, "unverified": 1}),  # noqa: E501
    "no serial, no key": ([write(1, pzxh=None, djxh=None)], [], {}, {"unverified": 1}),
    "no serial, found by its key": ([write(1, pzxh=None)], [record(1)], {}, {"stable": 1}),
    "padded, and another type": ([write(1, name=5)], [record(1, name="5  ")], {}, {"stable": 1}),
    "null against nothing": ([write(1, name=None), write(2)], [record(1, name=""), record(2)], {}, {"stable": 2}),  # noqa: E501
    "old record of the same key": ([write(1, "info"), write(2)], [record(1, at_ms=5), record(2, at_ms=1012)], {},  # noqa: E501
                                   {"absent": 1, "stable": 1, "before": 1}),
    "a clock an hour behind": (
        [write(1), write(2, "info"), write(3, "fail")],
        [record(1, at_ms=1011 - 3_600_000), record(2, at_ms=1002 - 3_600_000 + 9)], {},
        {"stable": 1, "recovered": 1}),
    "times of another zone, eight hours ahead": (
        [write(1)],
        [record(1, at_ms=1011 + 8 * 3_600_000), record(7, at_ms=900 + 8 * 3_600_000)], {},
        {"stable": 1, "before": 1}),
    "stored late, which is no zone": (
        [write(1)], [record(1, at_ms=1011 + 600_000), record(7, at_ms=1500)], {},
        {"stable": 1, "unexpected": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_class_is_told_from_the_others(name: str) -> None:
    writes, records, reading, expected = CASES[name]
    assert counts(judged(writes, records, **reading)) == expected


def test_a_finding_tells_the_field_and_both_values() -> None:
    found = judged([write(1)], [record(1, tax=202, name="乙")]).findings
    assert [(one.field, one.expected, one.found) for one in found] == [
        ("name", "甲", "乙"),
        ("tax", "1.01", "2.02"),
    ]
    assert (found[0].write["pzxh"], found[0].record["name"]) == ("p1", "乙")


def test_a_field_that_nobody_has_is_no_agreement() -> None:
    """A misspelt name in the target file would compare nothing, and all would look well."""
    rule = {**RULE, "compare": ["djxh", "nmae"]}
    account = Audit("a.b", rule).judge([write(1)], Reading([record(1)]))
    assert [why for why in account.problems if "nmae" in why]
    rule = {**RULE, "compare": ["djxh", "form2"]}
    sent = write(1, form2="x")
    account = Audit("a.b", rule).judge([sent], Reading([record(1)]))
    assert account.problems == ["what was read of a.b has no field form2"]


def test_sums_by_tax_kind_agree_to_the_fen() -> None:
    writes = [write(1), write(2, form="B"), write(3)]
    account = judged(writes, [record(1), record(2, form="B", tax=103)])
    assert dict(account.sums) == {"A": [2, 204, 1, 101], "B": [1, 102, 1, 103]}


def test_a_request_with_entries_is_a_record_for_each() -> None:
    sent = write(1, items=[{"pzxh": "v1", "kkje": 1.1}, {"pzxh": "v2", "kkje": 3}], serial="s")
    rows = spread([sent], "items", ["kkje"])
    assert [(row.values["pzxh"], row.values["kkje"], row.number) for row in rows] == [
        ("v1", 110, (0, 1, 0)), ("v2", 300, (0, 1, 1))]  # fmt: skip
    rule = {"by": ["serial", "pzxh"], "amounts": ["kkje"], "each": "items"}
    held = Record({"serial": "s", "pzxh": "v1", "kkje": 110})
    account = Audit("collection.pay", rule).judge([sent], Reading([held]))
    assert counts(account) == {"stable": 1, "lost": 1}
    hollow = Audit("collection.pay", rule).judge([write(1)], Reading([held]))
    assert (hollow.counts["unverified"], hollow.counts["unexpected"], len(hollow.problems)) == (2, 0, 2)


def test_a_change_is_there_when_the_record_says_so() -> None:
    rule = {"by": ["pzxh"], "changes": "declaration.submit", "expect": {"voided": 1}}
    writes = [write(n) for n in (1, 2, 3)] + [write(4, "info", pzxh="p4"), write(5, "fail", pzxh="p5")]
    held = [record(1, voided=1), record(2, voided=0), record(4, voided=0), record(5, voided=0)]
    account = Audit("declaration.void", rule).judge(writes, Reading(held))
    assert counts(account) == {"stable": 1, "lost": 2, "absent": 1}
    assert [(one.field, one.expected, one.found) for one in account.findings] == [
        ("voided", "1", "0"), ("voided", "1", "absent")]  # fmt: skip


def test_what_nothing_reads_is_not_fine() -> None:
    account = never_read("a.b", [write(1), write(2, "info"), write(3, "fail")])
    assert (account.counts["never_read"], account.acknowledged) == (2, 1)
    told = document("r", [account], [], [], "", 1.0, "target")
    assert told["state"] == "incomplete"
    skipped = document("r", [never_read("a.b", [write(1)], "no read")], [], [], "", 1.0, "target")
    assert (skipped["state"], skipped["counts"]["ignored"]) == ("audited", 1)


def test_equations_hold_or_are_broken_or_unchecked() -> None:
    declared = Reading([Record({"pzxh": "1", "ybtse": 500, "voided": 0, "djxh": "a"}),
                        Record({"pzxh": "2", "ybtse": 700, "voided": 0, "djxh": "b"}),
                        Record({"pzxh": "3", "ybtse": 900, "voided": 1, "djxh": "a"})])  # fmt: skip
    paid = Reading([Record({"pzxh": "1", "kkje": 300}), Record({"pzxh": "2", "kkje": 700})])
    dues = Reading([Record({"pzxh": "1", "rest": 200}), Record({"pzxh": "2", "rest": 1})])
    ranges = Reading([Record({"fpDm": "x", "first": "00000001", "last": "00000025"})])
    issued = Reading(
        [Record({"fpDm": "x", "fphm": number}) for number in ("00000001", "00000025", "00000026", "2")]
    )
    people = Reading([Record({"djxh": "a"})])
    balances = [
        {"name": "due", "sum": {"d": "ybtse"}, "equals": {"p": "kkje", "u": "rest"}, "by": ["pzxh"],
         "where": {"voided": 0}},
        {"name": "range", "each": "i", "within": "r", "number": "fphm", "range": ["first", "last"], "by": ["fpDm"]},  # noqa: E501
        {"name": "known", "each": "d", "has": "t", "by": ["djxh"]},
    ]  # fmt: skip
    readings = {"d": declared, "p": paid, "u": dues, "r": ranges, "i": issued, "t": people}
    found = check(balances, readings)
    assert [(one.checked, one.broken, one.unchecked) for one in found] == [(2, 1, ""), (4, 2, ""), (3, 1, "")]
    assert (found[0].findings[0].expected, found[0].findings[0].found) == ("7.00", "7.01")
    people.whole = False
    assert "write by write" in check(balances, readings)[2].unchecked
    del readings["u"]
    assert check(balances, readings)[0].unchecked == "u was not read"


DUE = {"name": "due", "sum": {"d": "ybtse"}, "equals": {"p": "kkje"}, "by": ["pzxh"], "where": {"voided": 0}}
OWED = {"pzxh": "1", "ybtse": 500, "voided": 0}
SOLD = {
    "name": "sold",
    "each": "i",
    "within": "r",
    "number": "no",
    "range": ["first", "last"],
    "by": ["code"],
}


@pytest.mark.parametrize(
    ("balance", "left", "right", "why"),
    [
        (DUE, {"pzxh": "1", "ybtse": 500}, {"pzxh": "1", "kkje": 500}, "d has no field voided"),
        (DUE, {"pzxh": "1", "voided": 0}, {"pzxh": "1", "kkje": 500}, "d has no field ybtse"),
        (DUE, {"ybtse": 500, "voided": 0}, {"pzxh": "1", "kkje": 500}, "d has no field pzxh"),
        (DUE, OWED, {"pzxh": "1", "paid": 500}, "p has no field kkje"),
        (DUE, OWED, {"no": "1", "kkje": 500}, "p has no field pzxh"),
        (SOLD, {"code": "x"}, {"code": "x", "first": "1", "last": "5"}, "i has no field no"),
        (SOLD, {"code": "x", "no": "3"}, {"code": "x", "first": "1"}, "r has no field last"),
    ],
)  # fmt: skip
def test_an_equation_without_its_fields_is_unchecked_and_does_not_hold_of_itself(
    balance: dict[str, Any], left: dict[str, Any], right: dict[str, Any], why: str
) -> None:
    names = ("d", "p") if balance is DUE else ("i", "r")
    readings = {name: Reading([Record(one)]) for name, one in zip(names, (left, right), strict=True)}
    (found,) = check([balance], readings)
    assert (found.unchecked, found.checked) == (f"what was read of {why}", 0)
    told = document("r", [judged([write(1)], [record(1)])], [found], [], "", 1.0, "target")
    assert told["state"] == "incomplete"


def test_no_two_records_that_say_so_have_all_their_fields_in_common() -> None:
    once = {"name": "once", "each": "r", "once": True, "by": ["djxh", "dm"], "where": {"void": "N"}}
    rows = [("1", "a", "N"), ("1", "b", "N"), ("2", "a", "N"), ("1", "a", "N"), ("2", "a", "Y")]
    rows.append(("3", "", "N"))  # an empty field is one, too
    held = Reading([Record({"djxh": djxh, "dm": dm, "void": void}) for djxh, dm, void in rows])
    (found,) = check([once], {"r": held})
    assert (found.checked, found.broken, found.unchecked) == (5, 1, "")
    assert [(one.record["by"], one.found) for one in found.findings] == [("1 a", "another")]
    nothing = Reading([Record({"djxh": "1", "void": "N"})])
    assert "no field dm" in check([once], {"r": nothing})[0].unchecked


def test_numbers_of_invoices_without_a_code_lie_in_the_ranges_without_one() -> None:
    ranges = Reading([Record({"code": "", "first": "21", "last": "45"})])
    issued = Reading([Record({"code": "", "no": no}) for no in ("21", "45", "46")])
    (found,) = check([SOLD], {"i": issued, "r": ranges})
    assert (found.checked, found.broken, found.unchecked) == (3, 1, "")
    nothing = Reading([Record({"code": None, "no": "21"})])
    assert "no field code" in check([SOLD], {"i": nothing, "r": ranges})[0].unchecked


@pytest.mark.parametrize(
    ("owed", "paid", "wanted"),
    [
        ({**OWED, "ybtse": "five"}, {"pzxh": "1", "kkje": 500}, ["an amount as ybtse"]),
        (OWED, {"pzxh": "1", "kkje": "0.001"}, ["an amount as kkje", "5.00"]),
        (OWED, {"pzxh": None, "kkje": 500}, ["pzxh of a record", "5.00"]),
    ],
)
def test_a_record_that_cannot_be_added_up_breaks_the_equation(
    owed: dict[str, Any], paid: dict[str, Any], wanted: list[str]
) -> None:
    well = {"pzxh": "2", "ybtse": 100, "voided": 0}
    left, right = (
        Reading([Record(owed), Record(well)]),
        Reading([Record(paid), Record({"pzxh": "2", "kkje": 100})]),
    )
    (found,) = check([DUE], {"d": left, "p": right})
    assert found.unchecked == ""
    assert sorted(one.expected for one in found.findings) == sorted(wanted)


def test_money_for_what_nobody_owes_breaks_the_equation() -> None:
    paid = Reading([Record({"pzxh": "1", "kkje": 500}), Record({"pzxh": "9", "kkje": 70})])
    (found,) = check([DUE], {"d": Reading([Record(OWED)]), "p": paid})
    assert (found.checked, found.broken) == (2, 1)
    assert (found.findings[0].expected, found.findings[0].found) == ("0.00", "0.70")
    voided = Reading([Record(OWED), Record({**OWED, "pzxh": "9", "voided": 1})])
    assert check([DUE], {"d": voided, "p": paid})[0].broken == 0, "of a voided one nothing is said"
    partly = Reading([Record(OWED)], whole=False)
    assert check([DUE], {"d": partly, "p": paid})[0].broken == 0, "the others may be there"


FAULTS = ("none", "lose", "alter", "twice", "late")
PLAN = st.lists(
    st.tuples(st.sampled_from(["ok", "info", "fail"]), st.sampled_from(FAULTS), st.booleans()), max_size=40
)


@settings(max_examples=examples(200), deadline=None)
@given(PLAN, st.randoms(use_true_random=False))
def test_what_is_planted_is_found_and_nothing_else(plan: list[tuple[str, str, bool]], order: Any) -> None:
    """A target that stores each write as told, with a fault or not; of unknown fate, or refused, as it
    likes. Every class is known beforehand, whatever order the target lists its records in."""
    writes, records, expected = [], [], Counter[str]()
    for n, (fate, fault, stored) in enumerate(plan, 1):
        writes.append(write(n, fate))
        there = stored if fate != "ok" else fault != "lose"
        if fate == "ok" and not there:
            expected["lost"] += 1
        if not there:
            expected["absent"] += fate == "info"
            continue
        seen, tax = (1 if fault == "late" else 0), 100 + n + (fault == "alter")
        copies = 2 if fault == "twice" else 1
        records += [record(n, seen=seen, tax=tax)] * copies
        if fate == "fail":
            expected["unexpected"] += copies
            continue
        expected["duplicated"] += copies - 1
        expected["altered"] += fault == "alter"
        if fate == "info":
            expected["recovered"] += 1
        elif fault != "alter":
            expected["stale" if fault == "late" else "stable"] += 1
    order.shuffle(records)
    account = judged(writes, records, fresh=True)
    assert counts(account) == {name: n for name, n in expected.items() if n}
    told = document("r", [account], [], [], "", 0.0, "target")
    assert sum(row["difference_fen"] for row in told["sums"]) == sum(
        int(one.values["tax"]) for one in records
    ) - sum(100 + n for n, (fate, fault, stored) in enumerate(plan, 1)
            if fate == "ok" or (fate == "info" and stored))  # fmt: skip


def test_a_record_without_a_time_is_not_said_to_be_older_where_the_rule_names_one() -> None:
    """As in an export that lacks the column, or writes it otherwise: else nothing would be unexpected."""
    writes, held = [write(1)], [record(1, at_ms=1005), record(7)]
    account = Audit("a.b", {**RULE, "since": "received"}, 1000).judge(writes, Reading(held))
    assert counts(account) == {"stable": 1, "unverified": 1}
    assert account.problems == ["a record that no write asked for has no time under received"]


def test_a_change_of_a_record_that_is_not_there_is_lost_whatever_it_should_say() -> None:
    rule = {"by": ["pzxh"], "changes": "declaration.submit"}
    account = Audit("declaration.void", rule).judge([write(1), write(2)], Reading([record(1)]))
    assert counts(account) == {"stable": 1, "lost": 1}
    assert [(one.field, one.expected, one.found) for one in account.findings] == [("row", "there", "absent")]


@pytest.mark.parametrize(
    ("ranges", "number", "inside"),
    [
        ([("001", "100"), ("040", "050")], "080", True),  # one lies within another
        ([("001", "100"), ("0010", "0019")], "050", True),  # of another length, which sorts between
        ([("001", "050"), ("051", "100")], "051", True),
        ([("100", "001")], "050", False),
        ([("001", "0100")], "050", False),
        ([("001", "100")], "0050", False),
        ([("", "")], "", False),
        ([("001", "100")], "101", False),
    ],
)
def test_a_number_lies_in_a_range_of_its_own_length(
    ranges: list[tuple[str, str]], number: str, inside: bool
) -> None:
    sold = Reading([Record({"code": "x", "first": first, "last": last}) for first, last in ranges])
    issued = Reading([Record({"code": "x", "no": number}), Record({"code": "y", "no": "7"})])
    sold.records.append(Record({"code": "y", "first": "1", "last": "9"}))
    (found,) = check([SOLD], {"i": issued, "r": sold})
    assert (found.unchecked, found.checked, found.broken) == ("", 2, 0 if inside else 1)
