"""Each domain refuses, by name, what its rules forbid; and it is that rule that refuses.

A row (rows.py, more_rows.py) is refused by its code, and no longer by it once the rule is taken out, of the
YAML or of the code.
"""

from __future__ import annotations

import sqlite3

import pytest

from renhai.reference.cases.loading import load
from tests.reference.cases.applying import ITEMS, TODAY, application, through
from tests.reference.cases.refusals.more_rows import MORE_ROWS
from tests.reference.cases.refusals.rows import ACCOUNTING, ASSESSMENT, INSPECTION, LIMIT, QUOTA, SOURCE, Row
from tests.reference.cases.refusals.rows import ROWS as FIRST_ROWS
from tests.reference.cases.without import take_out
from tests.reference.documents import djxh, individual, registration, small
from tests.reference.office import Office

ROWS = FIRST_ROWS + MORE_ROWS


def prepared(row: Row) -> Office:
    """A bureau in which all is done that comes before."""
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    for name, document in row.before:
        if name in ITEMS:
            through(office, name, document)
        else:
            office.ok(name, document)
    return office


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_a_rule_forbids_is_refused_by_its_code(row: Row) -> None:
    assert prepared(row).refused(*row.asked) == row.code


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_without_its_rule_the_same_application_is_not_refused_by_it(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert take_out(row.code, monkeypatch) > 0
    office = prepared(row)
    try:
        answered = office.call(*row.asked).code
    except sqlite3.IntegrityError:
        answered = "held by an index of the database alone"
    assert answered != row.code


def test_every_domain_refuses_two_things_by_name_at_the_least() -> None:
    codes: dict[str, set[str]] = {}
    for row in ROWS:
        codes.setdefault(row.domain, set()).add(row.code)
    assert {number for number, found in codes.items() if len(found) < 2} == set()
    assert set(load()) == set(codes)


def test_every_domain_ties_its_documents_to_what_others_left() -> None:
    """A row whose refusal goes by what is on file: a tie, or a check of the domain's own."""
    tied = {rule.code.code for item in ITEMS.values() for rule in item.ties}
    checked = {item.domain for item in ITEMS.values() if item.checks}
    by_ties = {row.domain for row in ROWS if row.code in tied}
    assert by_ties | checked == set(load())


def test_households_and_companies_are_told_apart() -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    office.ok("registration.save", individual(2) | {"djxh": djxh(2)})
    assert office.refused("case.accept", application("determine_quota", QUOTA)) == "80000005"
    through(office, "determine_quota", QUOTA, 2)
    assert office.refused("case.accept", application("determine_quota", QUOTA, 2)) == "80040006"


def test_a_household_suspends_and_resumes_and_files_nothing_in_between() -> None:
    office = Office(today=TODAY)
    office.ok(
        "registration.save",
        small(2, "08") | {"djzclxDm": "411", "nsrsbh": individual(2)["nsrsbh"], "shxydm": ""},
    )
    suspended = {"tyqxq": "2015-10-01", "tyqxz": "2015-12-31"}
    assert office.refused("case.accept", application("suspend_business", suspended, 2)) == "80010002"
    through(office, "determine_quota", QUOTA, 2)
    through(office, "suspend_business", suspended, 2)
    assert office.ok("registration.status", {"djxh": djxh(2)})["nsrztDm"] == "04"
    assert office.refused("case.accept", application("file_accounting", ACCOUNTING, 2)) == "80000004"
    through(office, "resume_business", {"fyrq": "2015-11-01"}, 2)
    assert office.ok("registration.status", {"djxh": djxh(2)})["nsrztDm"] == "03"


def test_an_invoice_limit_rests_on_its_licence() -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    through(office, "license_special_invoice", {"zgkpxe": "1000000"})
    through(office, "approve_invoice_kinds", {**LIMIT, "dffpzgkpxe": 1000000.0})


def test_what_assessment_hands_over_is_a_source_and_cannot_be_fed_back() -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    through(office, "assess_taxpayer", ASSESSMENT)
    through(office, "register_source", {**SOURCE, "ayly": "assessment"})
    through(office, "inspect_taxpayer", INSPECTION)
    kinds = [row["kind"] for row in office.ok("case.rows", {"djxh": djxh(1)})["rows"] if row["zfbz1"] == "N"]
    assert kinds == ["assessment", "suspect", "inspection"]
