"""Names of operations: what they are made of, those beyond a bound, how they stand in an HdrHistogram log.

Each name of a user's own Locust file has two histograms a worker and interval, a row in every table, a series
in every chart. A file that puts a number into each name (`/filing/17`) would make thousands. The first
MOST_NAMES are told apart, the rest is one row, FOLDED.

The `Tag=` field of such a log ends at a comma and is never quoted. Percent-encoding (RFC 3986) of what other
readers stop at or refuse: HdrHistogram's own reader splits lines at spaces, commas and line breaks, and its
writer refuses them in a tag. Everything else stays as it is, so a reader that knows nothing of this shows
`GET%20/ok?ids=1%2C2`. A log says so in a comment, COMMENT; logs without it are older, and their tags are
taken as they stand.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from results.metrics import RUN

COMMENT = "[Tags are percent-encoded]"
MOST_NAMES = 1000  # operations that are told apart in one run
FOLDED = "(more names)"  # the row of all others
LONGEST = 300  # characters of a name; two that begin alike and are longer are told apart by a digest
UNNAMED = "(no name)"

# the escape itself, the delimiters, whatever a reader may take for white space or a line's end, and controls
_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")
_UNSAFE = re.compile('[%,"\\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]')


def to_tag(name: str) -> str:
    """The name as a tag: no comma, white space or control character is left in it."""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), name)


def from_tag(tag: str) -> str:
    """The name behind a tag of `to_tag`."""
    plain = _ENCODED.sub(lambda found: bytes([int(found.group(1), 16)]), tag.encode())
    return plain.decode("utf-8", "replace")


def text_of(thing: Any) -> str:
    """`str(thing)` of whatever a user's own file hands over; where that raises, what is known of it."""
    try:
        return str(thing)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        return f"({type(thing).__name__} without a text: its __str__ raised {type(error).__name__})"


def clean(request_type: Any, name: Any) -> str:
    """`GET /path` as Locust's own tables have it: text that UTF-8 can hold, not longer than LONGEST.

    A name may be anything that a file hands to `events.request.fire`. `run` alone would be taken for the run
    as a whole, and NUL for what a lost power leaves in a file: it becomes ␀.
    """
    parts = ("" if part is None else text_of(part) for part in (request_type, name))
    text = " ".join(part for part in parts if part).encode("utf-8", "replace").decode("utf-8")
    text = text.replace("\0", "␀")
    if len(text) > LONGEST:
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        text = f"{text[: LONGEST - 9]}…{digest}"
    return f"request {text}" if text.strip() == RUN else text if text.strip() else UNNAMED


class Names:
    """The names that are told apart, first come, first kept; `asked_for` (by thresholds) always."""

    def __init__(self, asked_for: Iterable[str] = (), most: int = MOST_NAMES) -> None:
        self._most = most
        self._known: set[str] = set()
        self._asked_for = frozenset(asked_for)

    def fold(self, name: str) -> str:
        """The name itself, or FOLDED."""
        if name in self._known or name in self._asked_for:
            return name
        if name == FOLDED or len(self._known) >= self._most:
            return FOLDED
        self._known.add(name)
        return name
