"""RPO by the audit: the oldest lost write, classes of losses, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from results.checks.drill.buckets import US
from results.checks.drill.losses import Outage, losses, unseen
from results.checks.drill.starts import Start

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


@pytest.mark.parametrize(
    ("operation", "at", "lasted", "outcome", "seen"),
    [
        ("save", 9 * US, US, "ok", True),  # acknowledged at the moment of the injection
        ("save", 9 * US, US + 1, "ok", False),
        ("save", 7 * US, US, "ok", True),
        ("save", 7 * US - 1, US, "ok", False),  # longer ago than the 2 s in which all was well
        ("save", 9 * US, 5, "error", False),
        ("save", 9 * US, 5, "unfinished", False),
        ("query", 9 * US, 5, "ok", False),  # reads are not lost
        ("notify", 9 * US, 5, "ok", False),  # of which none was acknowledged, or none is audited
    ],
)
def test_where_no_write_was_acknowledged_before_it_nothing_is_known_to_be_kept(
    operation: str, at: int, lasted: int, outcome: str, seen: bool
) -> None:
    rows = [Start(at, lasted, outcome, operation, "")]
    operations = {"save": {"acknowledged": 1}, "notify": {"ignored": 1}}
    doubt = unseen(rows, {**audit(), "operations": operations}, [10 * US], 2 * US)
    assert (doubt == "") is seen
    found = losses(audit(), [OUTAGE], doubt)
    assert (found["state"], found["rpo_s"]) == (("known", 0.0) if seen else ("partly", None))


def test_each_failure_needs_writes_before_it() -> None:
    rows = [Start(9 * US, 5, "ok", "save", "")]
    told = {**audit(), "operations": {"save": {"acknowledged": 1}}}
    assert unseen(rows, told, [10 * US], 2 * US) == ""
    assert unseen(rows, told, [10 * US, 20 * US], 2 * US)
    assert unseen(rows, None, [10 * US], 2 * US)
