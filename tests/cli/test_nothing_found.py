"""Commands that look at a run: nothing to look at is no finding, and no proof that all is well either."""

from __future__ import annotations

import pytest

from renhai.cli.commands.checks import audit, papers
from results.checks.audit.document import document as audited
from results.checks.papers.document import COUNTS, Papers
from results.checks.papers.document import document as printed


@pytest.mark.parametrize(("lost", "code"), [(0, 4), (1, 1)])
def test_an_audit_of_nothing_proves_nothing(lost: int, code: int) -> None:
    found = audited("r", [], [], [], "2015-09-11T08:00:00+00:00", 0.0, "target")
    assert found["state"] == "nothing"
    found["counts"]["lost"] = lost
    assert audit.code_of(found) == code


def test_so_does_a_look_at_no_paper() -> None:
    found = printed("r", Papers(), "2015-09-11T08:00:00+00:00", 0.0)
    assert (found["state"], papers.code_of(found)) == ("nothing", 4)
    assert papers.code_of({**found, "state": "checked", "counts": dict.fromkeys(COUNTS, 0)}) == 0


def test_an_equation_over_no_record_says_so() -> None:
    from results.checks.audit.balances import check
    from results.checks.audit.model import Reading

    once = {"name": "once", "each": "r", "once": True, "by": ["djxh"]}
    found = audited("r", [], check([once], {"r": Reading()}), [], "", 0.0, "target")
    assert "  once: there was nothing to check" in audit.told(found)
    many = [{**once, "name": str(number)} for number in range(4)]
    told = audit.told(audited("r", [], check(many, {"r": Reading()}), [], "", 0.0, "target"))
    assert "  4 equations: there was nothing to check" in told
    assert not [line for line in told if line.startswith("  0:")]
