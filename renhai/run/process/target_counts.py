"""What the embedded target counted, held against what we counted."""

from __future__ import annotations

from typing import Any

import requests

from renhai.safety.pinned_session import PinnedSession
from results.verdict.reasons import Reason
from results.verdict.reasons.runner import CountsDiffer, CountsDisagree, Outcome

LOOPBACK = "127.0.0.1"


def counts(url: str) -> dict[str, dict[str, int]] | None:
    """What the target counted, by operation: received, ok, rejected, error; None when it is gone."""
    try:
        with PinnedSession(url, LOOPBACK) as session:
            found: dict[str, Any] = session.get_json("/admin/counts", timeout=10)
    except (requests.RequestException, ValueError):
        return None
    return {name: dict(row) for name, row in found.get("operations", {}).items()}


def disagreements(measured: dict[str, dict[str, int]], counted: dict[str, dict[str, int]]) -> list[Reason]:
    """Where the requests that we counted and those that the target counted differ.

    Requests that ended in an error or did not end may have reached the target or not; every other one must
    appear on both sides with the same outcome.
    """
    found: list[Reason] = []
    for name in sorted({*measured, *counted}):
        ours, theirs = measured.get(name, {}), counted.get(name, {})
        unsure = ours.get("errors", 0) + ours.get("unfinished", 0)
        for what, mine, other in (
            (Outcome.requests, ours.get("started", 0) - unsure, theirs.get("received", 0)),
            (Outcome.ok, ours.get("ok", 0), theirs.get("ok", 0)),
            (Outcome.rejected, ours.get("rejected", 0), theirs.get("rejected", 0)),
        ):
            if not mine <= other <= mine + unsure:
                found.append(_differ(name, what, (mine, mine + unsure), other))
    return found


def _differ(name: str, what: Outcome, ours: tuple[int, int], counted: int) -> Reason:
    least, most = ours
    if least == most:
        return CountsDiffer(operation=name, outcome=what, ours=least, counted=counted)
    return CountsDisagree(operation=name, outcome=what, least=least, most=most, counted=counted)
