"""What a reading could not show, whatever the target did, and whose its records may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from results.checks.audit.model import Reading


@dataclass
class Others:
    """What other operations wrote that are read from the same list or export. serials: of acknowledged
    writes; keys: of those of unknown fate, by the fields of this operation's key."""

    serials: set[str | None] = field(default_factory=set)
    keys: set[str | None] = field(default_factory=set)


def by_what_was_sent(rule: Mapping[str, Any], known: bool) -> bool:
    """Whether a write is known by nothing that the target gave it, so that a record of before the run may be
    taken for it. known: one that was not acknowledged has a serial all the same."""
    if rule.get("changes"):
        return False
    return known or set(rule.get("by") or ()) <= set(rule.get("key") or ())


def shows_a_second(rule: Mapping[str, Any], reading: Reading, sent: bool) -> bool:
    """Whether what is stored twice, each time by a serial of its own, would be seen. sent: see above."""
    if rule.get("changes"):
        return True
    if reading.whole:  # without a key it is one that nobody asked for, if it is of the run
        return bool(rule.get("key") or reading.fresh or rule.get("since"))
    asked = set(rule["ask"]) - set(rule.get("by") or ()) if rule.get("ask") else rule.get("key")
    return bool(rule.get("rows") and (asked or sent))
