"""RPO by the audit: the oldest lost write, classes of losses, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from results.checks.drill.losses import Outage, losses

OUTAGE = Outage(100_000.0, 130_000.0)  # ms: from second 100 to 130


def audit(*rows: tuple[int, int], state: str = "audited", **counts: int) -> dict[str, Any]:
    known = {"lost": len(rows), "unverified": 0, "never_read": 0, **counts}
    return {"state": state, "counts": known, "losses": [list(row) for row in rows], "problems": []}


def test_rpo_is_the_injection_minus_the_acknowledgement_of_the_oldest_lost_write() -> None:
    found = losses(audit((99_500, 150), (98_000, 1000), (100_000, 1)), [OUTAGE])
    assert (found["state"], found["rpo_s"]) == ("known", 2.0)
    assert found["before"] == {"count": 3, "fen": 1151}


def test_losses_that_the_failure_cannot_excuse_are_a_class_of_their_own() -> None:
    found = losses(audit((110_000, 5), (130_000, 7), (200_000, 9)), [OUTAGE])
    assert found["rpo_s"] == 0.0
    assert found["during"] == {"count": 1, "fen": 5}
    assert found["after"] == {"count": 2, "fen": 16}


def test_before_a_second_failure_is_before_it_and_not_after_the_first() -> None:
    second = Outage(300_000.0, None)
    found = losses(audit((299_000, 1), (400_000, 2)), [OUTAGE, second])
    assert (found["rpo_s"], found["before"]["count"], found["during"]["count"]) == (1.0, 1, 1)


@pytest.mark.parametrize("state", ["failed", "not_possible", "nothing"])
def test_what_was_not_read_is_never_zero(state: str) -> None:
    found = losses(audit(state=state), [OUTAGE])
    assert (found["state"], found["rpo_s"]) == ("none", None)


def test_no_audit_at_all() -> None:
    assert losses(None, [OUTAGE])["rpo_s"] is None


def test_an_audit_that_could_not_read_all_gives_at_least_what_it_found() -> None:
    found = losses(audit((99_000, 1), state="incomplete", unverified=2), [OUTAGE])
    assert (found["state"], found["rpo_s"]) == ("partly", 1.0)
    nothing = losses(audit(state="incomplete", unverified=2), [OUTAGE])
    assert (nothing["state"], nothing["rpo_s"]) == ("partly", None)


def test_lost_writes_without_a_time_are_not_overlooked() -> None:
    assert losses(audit((99_000, 1), lost=2), [OUTAGE])["state"] == "partly"
    older = audit()
    del older["losses"]
    older["counts"]["lost"] = 3
    assert losses(older, [OUTAGE])["state"] == "partly"


def test_a_clock_that_was_set_meanwhile_makes_it_doubtful() -> None:
    assert losses(audit((99_000, 1)), [OUTAGE], "the clock was set by 2.0 s meanwhile")["state"] == "partly"
