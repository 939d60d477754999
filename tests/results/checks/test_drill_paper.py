"""Who went to paper: by series that a person can read, and by what two clocks make of one moment."""

from __future__ import annotations

import pytest

from results.checks.drill.buckets import US, Limits
from results.checks.drill.paper import Entry, paper_cases, windows
from results.checks.drill.starts import Start

LIMITS = Limits([{"metric": "p95", "op": "<", "value": 1000.0}], 1)
ZERO = 1_700_000_000_000.4  # ms of the Unix epoch at the load's begin
OUTAGE = [(2 * US, 4 * US)]


def row(at_ms: int, lasted_ms: int = 5, outcome: str = "ok", operation: str = "file") -> Start:
    return Start(at_ms * 1000, lasted_ms * 1000, outcome, operation, "")


def entry(at_ms: int, case: str, outcome: str = "ok", operation: str = "file") -> Entry:
    return Entry(int(ZERO) + at_ms, operation, outcome, case, f"taxpayer of {case}", "unit")


def cases(rows: list[Start], entries: list[Entry]) -> tuple[list[tuple[str, str]], int]:
    found = paper_cases(rows, entries, LIMITS, OUTAGE, ZERO)
    return [(one.case, one.why) for one in found.cases], found.nameless


@pytest.mark.parametrize(
    ("lasted", "outcome", "told", "why"),
    [
        (5, "ok", "ok", ""),
        (999, "ok", "ok", ""),
        (1000, "ok", "ok", "late"),  # the system took it in the end: whoever enters it again enters it twice
        (5, "rejected", "rejected", "rejected"),
        (5, "error", "error", "error"),
        (5, "unfinished", "error", "unfinished"),
    ],
)
def test_who_was_not_served_went_to_paper(lasted: int, outcome: str, told: str, why: str) -> None:
    found, nameless = cases([row(2500, lasted, outcome)], [entry(2500, "a", told)])
    assert (found, nameless) == ([("a", why)] if why else [], 0)


def test_only_between_injection_and_recovery() -> None:
    times = [1999, 2000, 3999, 4000]
    rows = [row(at, outcome="error") for at in times]
    found, _ = cases(rows, [entry(at, str(at), "error") for at in times])
    assert [case for case, _ in found] == ["2000", "3999"]


def test_a_case_is_one_row_with_the_time_of_its_first_request_that_failed() -> None:
    rows = [row(2100, operation="query"), row(2200, outcome="error"), row(2900, outcome="error")]
    entries = [entry(2100, "a", operation="query"), entry(2200, "a", "error"), entry(2900, "a", "error")]
    found = paper_cases(rows, entries, LIMITS, OUTAGE, ZERO)
    assert [(one.case, one.ms, one.taxpayer) for one in found.cases] == [
        ("a", int(ZERO) + 2200, "taxpayer of a")
    ]


@pytest.mark.parametrize("entries", [[], [entry(2600, "a", "error")], [entry(2500, "a", "error", "pay")]])
def test_who_is_in_no_journal_is_counted_and_not_forgotten(entries: list[Entry]) -> None:
    assert cases([row(2500, outcome="error")], entries) == ([], 1)
    assert cases([row(2500, 0, "dropped")], entries) == ([], 1)


def test_no_two_requests_are_one_entry() -> None:
    rows = [row(2500, outcome="error"), row(2501, outcome="error")]
    assert cases(rows, [entry(2500, "a", "error")])[1] == 1
    found, nameless = cases(rows, [entry(2501, "b", "error"), entry(2500, "a", "error")])
    assert ({case for case, _ in found}, nameless) == ({"a", "b"}, 0)


def test_an_outage_that_did_not_end_lasts_to_the_end_of_the_load() -> None:
    back = {"injections_s": [2.0], "rto_s": 1.5, "state": "recovered"}
    never = {"injections_s": [9.0], "rto_s": None, "state": "not_recovered"}
    unnoticed = {"injections_s": [7.0], "rto_s": None, "state": "unnoticed"}
    assert windows([back, unnoticed, never], 20.0) == [(2 * US, 3_500_000), (9 * US, 20 * US)]
