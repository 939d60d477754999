"""An audit and the verdict: what was not read back is never fine, and each state has its own reason."""

from __future__ import annotations

from typing import Any

import pytest

from results.verdict.checks.audit import audited
from results.verdict.run_summary import Judgement

NO_LOSS = {"lost": 0}
NONE_OPEN = {"lost": 0, "unverified": 0, "never_read": 0}


def told(found: dict[str, Any] | None, required: bool = True, before: str = "pass") -> Judgement:
    wanted = {"required": required, "most": NO_LOSS}
    return audited(Judgement(before, [], [], []), wanted, found)  # type: ignore[arg-type]


def state(name: str, problems: tuple[str, ...] = (), **counts: int) -> dict[str, Any]:
    return {"state": name, "problems": list(problems), "counts": {**NONE_OPEN, **counts}}


@pytest.mark.parametrize(
    ("found", "verdict", "codes"),
    [
        (state("audited"), "pass", []),
        (state("audited", lost=1), "fail", ["audit.found"]),
        (state("not_possible"), "inconclusive", ["audit.no_reads"]),
        (state("nothing"), "inconclusive", ["audit.nothing"]),
        (state("incomplete", unverified=1), "inconclusive", ["audit.unverified"]),
        (state("incomplete", unverified=1, lost=1), "fail", ["audit.found", "audit.unverified"]),
        (state("failed"), "inconclusive", ["audit.failed"]),
        (state("of a later renhai"), "inconclusive", ["audit.failed"]),
        (None, "inconclusive", ["audit.failed"]),
    ],
)
def test_each_state_has_its_reason_and_only_a_whole_audit_passes(
    found: dict[str, Any] | None, verdict: str, codes: list[str]
) -> None:
    judgement = told(found)
    assert (judgement.verdict, [one.code for one in judgement.why]) == (verdict, codes)


def test_how_many_writes_are_open_is_said_with_the_first_problem() -> None:
    (both,) = told(state("incomplete", unverified=3, never_read=2)).why
    assert both.en.startswith(
        "5 writes could not be read back, or something else is missing from the audit: no operation reads"
    )
    (one,) = told(state("incomplete", ("timed out", "500"), unverified=4, never_read=1)).why
    assert one.record()["params"] == {"writes": 5, "first": "timed out"}


@pytest.mark.parametrize(
    ("name", "code"), [("not_possible", "audit.not_audited"), ("nothing", "audit.nothing_written")]
)
def test_where_nobody_asked_for_it_by_name_its_absence_is_a_note(name: str, code: str) -> None:
    judgement = told(state(name), required=False)
    assert (judgement.verdict, judgement.why) == ("pass", [])
    assert [one.code for one in judgement.notes] == [code]


def test_nothing_changes_where_no_audit_is_wanted() -> None:
    before = Judgement("pass", [], [], [])
    assert audited(before, None, state("incomplete", unverified=1)) == before
