"""What failed, for people: failures.jsonl by operation, outcome and reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results.language.catalogue import sentence_in_chinese, words_of_a_target
from results.snapshot.timeline import read_failures

MAX_FAILURES = 100


def reason_in_chinese(failure: Mapping[str, Any]) -> str:
    """The reason of a kind of failure. Of a rejection the words are the target's own and stay, but for a
    sentence of ours that stands whole behind the answer's code.
    """
    told = words_of_a_target if failure["outcome"] != "error" else sentence_in_chinese
    return told(str(failure["reason"]))


def failures(directory: Path) -> list[dict[str, Any]]:
    """Kinds of failure, the most frequent first, with count and one excerpt; at most MAX_FAILURES."""
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for record in read_failures(directory / "failures.jsonl"):
        key = tuple(str(record.get(name, "")) for name in ("operation", "outcome", "reason"))
        known = groups.setdefault(key, {**record, "count": 0})  # type: ignore[arg-type]
        known["count"] += record.get("count") or 1
        for name in ("request", "response"):
            known[name] = known.get(name) or record.get(name) or ""
    return sorted(groups.values(), key=lambda group: -group["count"])[:MAX_FAILURES]
