"""What the status lines say beyond the sums: each operation and each post, with the latencies of the second.

The runner adds them up for its live view, for the threshold that is nearest to breaking, and for --metrics.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from renhai.core.join_key import WORD
from renhai.load.measure.collector import Report, Second
from renhai.load.measure.histogram import Packed, encode
from results.metrics import COUNTED

MAX_NAMES = 500  # operations, and posts, that are told apart
logger = logging.getLogger(__name__)

OTHER = "(other)"  # all that come after those


class StatusLine:
    """Makes that part of each line. Names are bounded, so that a line always fits into the pipe."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {"operations": set(), "posts": set()}

    def of(self, second: Second) -> dict[str, Any]:
        """{"operations": {name: [started, ok, rejected, errors, *spelt]},
        "posts": {unit/post: [started, completed, failed, cut, signed in, *spelt]}}, of that second only."""
        operations: dict[str, tuple[Counter[str], list[Packed]]] = {}
        for name, counts in second.operations.items():
            known, packs = operations.setdefault(self._name("operations", name), (Counter(), []))
            known.update(counts)
            packs += second.packs[name]
        return {
            "operations": {
                name: [*(counts[key] for key in COUNTED), *encode(packs)]
                for name, (counts, packs) in operations.items()
            },
            "posts": self._posts(second),
        }

    def _posts(self, second: Second) -> dict[str, list[Any]]:
        posts: dict[str, list[Report]] = defaultdict(list)
        for name, entries in second.posts.items():
            posts[self._name("posts", name)] += [entry for entry in entries if _busy(entry)]
        return {
            name: [
                *map(sum, zip(*(entry["counts"] for entry in entries), strict=True)),
                sum(entry["signed_in"] for entry in entries),
                *encode(entry["times"] for entry in entries),
            ]
            for name, entries in posts.items()
            if entries
        }

    def _name(self, kind: str, name: str) -> str:
        known = self._known[kind]
        if name not in known and len(known) < MAX_NAMES:
            known.add(name)
        return name if name in known else OTHER


def _busy(entry: Report) -> bool:
    return any(entry["counts"]) or bool(entry["signed_in"])


class _Line:
    begin = "RENHAI "


def take_word() -> None:
    """What the lines of this process begin with, taken before a user's own file could read it there."""
    _Line.begin = f"RENHAI {os.environ.pop(WORD, '')}"


def say(document: Mapping[str, Any]) -> None:
    """One line for the runner; nobody listening is no reason to stop."""
    try:
        sys.stdout.write(_Line.begin + json.dumps(document) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        logger.debug("nobody reads stdout")


def say_at_the_end(document: Mapping[str, Any]) -> None:
    """As `say`, whatever sys.stdout has become of by then."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        os.write(1, f"\n{_Line.begin}{json.dumps(document)}\n".encode())
