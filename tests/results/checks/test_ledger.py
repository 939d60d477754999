"""The problem ledger: what makes a problem, that nothing closes it but people and a later audit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.checks.audit.balances import Equation
from results.checks.audit.classes import Audit
from results.checks.audit.document import document
from results.checks.audit.faults import Units, unexplained
from results.checks.audit.model import AuditResult, Reading, Record
from results.checks.ledger.merge import merge_audit, merge_ledger
from results.checks.ledger.model import Ledger
from results.checks.ledger.pair_words import in_chinese_words
from results.checks.ledger.standing import standing
from results.checks.signature import normalised, problem_id
from results.errors import SnapshotError
from tests.results.checks.audits import LAST, LATER, LOST, RULE, WELL, audit, ledger_of, only, record, write

# One problem, or two


PAIRS = [
    ("1,234.05", "12,340.50", "amount→10 times"),
    ("1,234.00", "12.34", "amount→1/100"),
    ("1,234.05", "1,234.06", "amount→off by 0.01"),
    ("1,234.05", "-1,234.05", "amount→other sign"),
    ("1,234.05", "0.00", "amount→0"),
    ("1,234.05", "", "amount→empty"),
    ("1,234.05", "9,999.99", "amount→more"),
    ("1,234.05", "7.31", "amount→less"),
    ("2015-09-01", "2015-10-01", "date→later"),
    ("2015-09-01", "2015-08-31", "date→earlier"),
    ("2015-09-01T08:00:00", "2015-09-02 07:00:00", "date→later"),
    ("2015-09-01T08:00:00", "2015-09-01T09:00:00", "date→another time"),
    ("2015-09-01T08:00:00", "2015-09-01", "date→cut off"),
    ("2015-09-01", "2015-09-01 00:00", "date→longer"),
    ("11", "12", "11→12"),
    ("110", "11", "110→11"),
    ("03", "", "03→empty"),
    ("正常", "注销", "正常→注销"),
    ("王小二", "王小", "text→cut off"),
    ("李四", "李\ufffd", "text→damaged characters"),
    ("王小二", "王小二个体工商户", "text→longer"),
    ("王小二", "", "text→empty"),
    ("there", "absent", "there→absent"),
    ("长沙市天心区某某商贸有限公司", "长沙市天心区某某", "text→cut off"),
    ("长沙市天心区某某商贸有限公司", "长沙市天心区某某商\ufffd有限公司", "text→damaged characters"),
    ("ABC Trading Ltd", "ＡＢＣ Trading Ltd", "text→other width"),
    ("ABC Trading Ltd", "ABC  Trading Ltd", "text→other blanks"),
    ("ABC Trading Ltd", "abc trading ltd", "text→other case"),
    ("10114301810000000001", "10114301810000000002", "number→another number"),
]


@pytest.mark.parametrize(("expected", "found", "pair"), PAIRS)
def test_the_pair_is_told_without_what_is_the_taxpayers_own(expected: str, found: str, pair: str) -> None:
    assert normalised(expected, found) == pair


def test_a_short_value_that_identifies_a_record_is_its_own() -> None:
    assert normalised("7", "8", own=True) == normalised("5", "9", own=True) == "number→another number"


def test_a_pair_is_told_in_chinese() -> None:
    assert in_chinese_words("amount→1000 times") == "金额→1000 倍"
    assert in_chinese_words("11→12") == "11→12"
    words = {word for one in PAIRS for word in one[2].split("→") if re.search("[a-z]", word)}
    assert len(words) > 15
    assert [word for word in words if re.search("[a-z]", in_chinese_words(word))] == []


def test_ids_are_kept_for_ever() -> None:
    """A ledger of people's answers goes by them: to change one needs a new version of the rules."""
    assert problem_id("audit", "collection.pay", "row", "lost", "there→absent") == "v1-61427ad07c"


def test_a_defect_is_one_problem_whomever_it_hits_and_another_defect_is_another() -> None:
    records = [
        record(n, tax=(10_000 + n) * (10 if n < 4 else 1), code="12" if n in (5, 6) else "11")
        for n in range(10)
    ]
    rows = audit(records[:9])["faults"]
    assert {(row["kind"], row["field"], row["pair"], row["count"]) for row in rows} == {
        ("altered", "tax", "amount→10 times", 4),
        ("altered", "code", "11→12", 2),
        ("lost", "row", "there→absent", 1),
    }
    assert {row["first"] for row in rows} == {"2015-09-11"}


def test_the_money_of_the_findings_is_the_money_of_the_sums() -> None:
    """Lost 100.09; 100.00 ten times over; 100.01 stored twice."""
    found = audit([record(0, tax=100_000), *WELL[1:9], WELL[1]])
    assert {row["kind"]: row["fen"] for row in found["faults"]} == {
        "lost": -10_009, "altered": 90_000, "duplicated": 10_001,
    }  # fmt: skip
    assert [row["difference_fen"] for row in found["sums"]] == [-10_009 + 90_000 + 10_001]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["lose", "twice", "more", "tax"])), max_size=12))
def test_sums_and_findings_agree_whatever_is_done_to_the_records(deeds: list[tuple[int, str]]) -> None:
    records = list(WELL)
    for n, deed in deeds:
        mine = [place for place, one in enumerate(records) if one.values["pzxh"] == f"p{n}"]
        if not mine:
            continue
        one = records[mine[0]]
        if deed == "lose":
            del records[mine[0]]
        elif deed == "twice":
            records.append(one)
        elif deed == "more":
            records[mine[0]] = Record({**one.values, "tax": one.values["tax"] + 1})
        else:
            records[mine[0]] = Record({**one.values, "form": "B"})
    found = audit(records)
    assert found["problems"] == []
    assert sum(row["difference_fen"] for row in found["sums"]) == sum(row["fen"] for row in found["faults"])
    assert bool(found["faults"]) == (sorted(map(str, records)) != sorted(map(str, WELL)))


def test_money_that_moved_to_another_tax_is_altered_though_the_total_agrees() -> None:
    found = audit([record(0, form="B"), *WELL[1:]])
    assert found["counts"]["altered"] == 1
    assert found["faults"][0]["pair"] == "A→B"


def test_sums_that_no_finding_explains_are_told() -> None:
    account = AuditResult("collection.pay")
    account.sums["增值税"] = [3, 300, 3, 299]
    assert unexplained([account]) == ["collection.pay: its sums differ by -1 fen, its findings by 0"]
    assert document("r", [account], [], [], LAST, 0.1, "target")["state"] == "incomplete"


def test_units_come_from_the_rule_that_names_them() -> None:
    rules = {"registration.save": {"by": ["djxh"], "unit": "office"}}
    readings = {
        "registration.save": Reading([Record({"djxh": f"d{n}", "office": str(n % 2)}) for n in range(10)])
    }
    account = Audit("declaration.submit", RULE).judge([write(n) for n in range(10)], Reading(WELL[3:]))
    rows = document("r", [account], [], [], LAST, 0.1, "target", units=Units(rules, readings))["faults"]
    assert rows[0]["units"] == {"0": 2, "1": 1}


# How it could say "fine" and be wrong


def test_a_ledger_of_one_whole_audit_without_findings_passes() -> None:
    assert standing(ledger_of(audit(WELL))) == ("pass", [])


def test_an_empty_ledger_is_not_fine() -> None:
    assert standing(Ledger()).verdict == "inconclusive"


def test_an_audit_of_nothing_proves_nothing() -> None:
    assert standing(ledger_of(audit([], writes=0))).verdict == "inconclusive"


def test_what_could_not_be_read_back_is_not_fine() -> None:
    stands = standing(ledger_of(audit([], failed="HTTP 500"), audit(WELL, "run-2")))
    assert stands.verdict == "inconclusive"
    assert stands.why[0] == "the audit of run-1 is not whole: declaration.submit: HTTP 500"


def test_a_missing_workers_file_is_not_fine() -> None:
    assert standing(ledger_of(audit(WELL, holes=("worker-1.jsonl: is missing",)))).verdict == "inconclusive"


def test_a_later_whole_audit_of_the_run_makes_good_one_that_was_not() -> None:
    assert standing(ledger_of(audit([], failed="HTTP 500"), audit(WELL, at=LATER))).verdict == "pass"


def test_a_later_audit_that_could_not_read_does_not_hide_behind_the_earlier_one() -> None:
    assert standing(ledger_of(audit(WELL), audit([], at=LATER, failed="HTTP 500"))).verdict == "inconclusive"


def test_an_open_problem_fails_whatever_else_could_not_be_read() -> None:
    assert standing(ledger_of(audit(LOST), audit([], "run-2", failed="HTTP 500"))).verdict == "fail"


@pytest.mark.parametrize("state", ["waiting", "answered", "other"])
def test_an_answer_alone_closes_nothing(state: Any) -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, state, "张三", "")
    assert standing(ledger).verdict == "fail"


def test_a_later_audit_of_the_same_run_does_not_take_a_problem_away() -> None:
    """The second copy of a payment may have been deleted by hand."""
    ledger = ledger_of(audit([*WELL, WELL[0]]), audit(WELL, at=LATER))
    assert (only(ledger).count, standing(ledger).verdict) == (1, "fail")


def test_called_solved_is_not_proven_until_an_audit_has_looked() -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, "solved", "", "")
    assert standing(ledger).verdict == "inconclusive"
    merge_audit(ledger, audit([], "run-2", LAST, writes=0), "a")
    assert standing(ledger).verdict == "inconclusive", "it wrote nothing"
    other = Audit("invoice.issue", RULE).judge([write(1)], Reading([record(1)]))
    merge_audit(ledger, document("run-3", [other], [], [], LAST, 0.1, "target"), "a")
    assert standing(ledger).verdict == "inconclusive", "it wrote something else"
    merge_audit(ledger, audit(WELL, "run-4", LAST), "a")
    assert standing(ledger).verdict == "pass"


def test_an_audit_from_before_it_was_solved_proves_nothing() -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LAST, "solved", "", "")
    merge_audit(ledger, audit(WELL, "run-2", LATER), "a")
    assert standing(ledger).verdict == "inconclusive"


def test_an_equation_that_was_not_checked_again_is_not_proven() -> None:
    broken, well = Equation("due = paid", 1), Equation("due = paid", 1)
    broken.miss("declaration.submit", "p1", "1.00", "0.00", {})
    account = Audit("declaration.submit", RULE).judge([write(1)], Reading([record(1)]))
    ledger = ledger_of(document("run-1", [account], [broken], [], "2026-11-01T08:00:00+00:00", 0.1, "target"))
    only(ledger).say(LATER, "solved", "", "")
    merge_audit(ledger, document("run-2", [account], [Equation("due = paid")], [], LAST, 0.1, "target"), "a")
    assert standing(ledger).verdict == "inconclusive"
    merge_audit(ledger, document("run-3", [account], [well], [], LAST, 0.1, "target"), "a")
    assert standing(ledger).verdict == "pass"


def test_a_solved_problem_that_returns_is_reopened() -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, "solved", "张三", "fixed")
    merge_audit(ledger, audit(LOST, "run-2", LAST), "a")
    one = only(ledger)
    assert (one.state, one.reopened, one.owner, one.count) == ("other", 1, "张三", 2)
    assert standing(ledger).verdict == "fail"
    assert [change.state for change in one.history] == ["solved", "other"]


def test_an_old_audit_that_comes_late_reopens_nothing() -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LAST, "solved", "", "")
    merge_audit(ledger, audit(LOST, "run-2", LATER), "a")
    assert (only(ledger).state, only(ledger).count) == ("solved", 2)


def test_merging_twice_counts_once() -> None:
    ledger = ledger_of(audit(LOST), audit(LOST), audit(LOST, at=LATER))
    assert only(ledger).count == 1


def test_times_of_another_zone_are_compared_as_times() -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, "solved", "", "")
    merge_audit(ledger, audit(LOST, "run-2", "2026-11-02T09:00:00+08:00"), "a")  # 01:00 UTC: before
    assert only(ledger).state == "solved"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 1}, "is of an older renhai"),
        ({"faults": []}, "tells 0 findings and counts 1"),
        ({"at": "2026-11-01T08:00:00"}, "has no zone"),
        ({"counts": {}}, "is damaged (KeyError"),
        ({"operations": None}, "is damaged (AttributeError"),
    ],
)
def test_an_audit_that_says_too_little_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SnapshotError, match=r"audit.json") as caught:
        ledger_of({**audit(LOST), **change})
    assert said in str(caught.value)


# Ledgers of several bureaus


def test_ledgers_are_merged_in_any_order() -> None:
    one, two = ledger_of(audit(LOST)), ledger_of(audit(LOST, "run-2", LATER), audit(WELL, "run-3", LAST))
    only(two).say(LATER, "waiting", "李四", "")
    ways = []
    for first, second in ((one, two), (two, one)):
        made = first.model_copy(deep=True)
        merge_ledger(made, second)
        again = made.model_copy(deep=True)
        merge_ledger(again, second)
        assert again == made
        ways.append((only(made).state, only(made).count, only(made).owner, len(made.audits)))
    assert ways == [("waiting", 2, "李四", 3)] * 2


def test_what_one_bureau_solved_and_another_saw_later_is_open() -> None:
    one, two = ledger_of(audit(LOST)), ledger_of(audit(LOST, "run-2", LAST))
    only(one).say(LATER, "solved", "", "")
    for first, second in ((one, two), (two, one)):
        made = first.model_copy(deep=True)
        merge_ledger(made, second)
        assert (only(made).state, only(made).reopened) == ("other", 1)
