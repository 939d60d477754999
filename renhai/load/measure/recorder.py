"""What one process measured since its last report: counts, and durations in nanoseconds.

Recording is two appends and one addition, because it stands in the path of every request; everything else
happens once a second in `take`. A request that ended enters both histograms whatever its outcome (ok,
rejected, error), so that failing fast cannot hide a wait; only one that was never sent (connection refused)
is left out of the service times, since it had none. Errors are counted apart.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from time import monotonic_ns
from typing import Any

import orjson

from renhai.binding.codec import Reply
from renhai.load.measure.histogram import pack, total
from renhai.load.measure.post_stats import Paths, folded
from renhai.load.measure.time_in_state import TimeInState
from renhai.safety.redaction import guessed

MAX_FAILURE_KINDS = 200
ROWS_AT_ONCE = 500  # of what is made text between two breaths
EXCERPT = 600  # characters of a request and of a response that a failure record keeps

_NUMBERS = re.compile(r"\d+")


class OperationCounts:
    """One operation's entries since the last report."""

    __slots__ = ("errors", "latency", "name", "ok", "rejected", "service", "started")

    def __init__(self, name: str) -> None:
        self.name = name
        self.clear()

    def clear(self) -> None:
        self.started = self.ok = self.rejected = self.errors = 0
        self.latency = array("q")
        self.service = array("q")

    def take(self) -> dict[str, Any]:
        """What was entered, with the durations as they are; the book is empty afterwards."""
        entry = {
            "started": self.started,
            "ok": self.ok,
            "rejected": self.rejected,
            "errors": self.errors,
            "latency": self.latency,
            "service": self.service,
        }
        self.clear()
        return entry


@dataclass
class JourneyCounts:
    """Journeys of one name, or of one group of operators. `cut`: still under way when the load ended."""

    started: int = 0
    completed: int = 0
    failed: int = 0
    cut: int = 0

    def take(self) -> list[int]:
        entry = [self.started, self.completed, self.failed, self.cut]
        self.started = self.completed = self.failed = self.cut = 0
        return entry


@dataclass
class PostCounts(JourneyCounts):
    """Operators of one unit and post.

    errors, rejected: error screens, by the outcome of the request behind each. signed_in: operators who could
    begin to work. times: of transactions that ended by themselves, from intended start to last answer, in ns.
    waited_ns: time in transactions, those that were cut included. seated: operators at work.
    """

    errors: int = 0
    rejected: int = 0
    signed_in: int = 0
    times: array[int] = field(default_factory=lambda: array("q"))
    waited_ns: int = 0
    seated: TimeInState = field(default_factory=TimeInState)
    _seated_ns: int = 0
    name: str = ""

    def take_all(self) -> dict[str, Any]:
        """What the report carries of this group; counts and times begin anew."""
        seated = self.seated.total(monotonic_ns())
        entry = {
            "counts": self.take(),
            "errors": self.errors,
            "rejected": self.rejected,
            "signed_in": self.signed_in,
            "times": pack(self.times),
            "waited_ns": self.waited_ns,
            "seated_ns": seated - self._seated_ns,
        }
        self.errors = self.rejected = self.signed_in = self.waited_ns = 0
        self.times, self._seated_ns = array("q"), seated
        return entry


@dataclass
class ConditionCounts:
    """Of one condition since the last report. there: looks at which what it reads was there, be it null."""

    condition: str
    looked: int = 0
    there: int = 0


class Starts:
    """Every request by its intended start, of a run that is drilled.

    Rows: microseconds from t0_ns to the intended start and from there to the end; how it ended (ok, rejected,
    error, unfinished, or dropped: it was due and never began); operation; `unit/post`, "" for arrivals.
    """

    def __init__(self, t0_ns: int) -> None:
        self._t0_ns = t0_ns
        self._rows: list[tuple[int, int, str, str, str]] = []

    def note(
        self, operation: str, tally: PostCounts | None, intended_ns: int, ended_ns: int, outcome: str
    ) -> int:
        """The row's number since the last `take`."""
        began, lasted = (intended_ns - self._t0_ns) // 1000, max(0, ended_ns - intended_ns) // 1000
        self._rows.append((began, lasted, outcome, operation, tally.name if tally is not None else ""))
        return len(self._rows) - 1

    def disbelieve(self, row: int) -> None:
        """The row of that number, since the last `take`, was an error after all."""
        began, lasted, _, operation, group = self._rows[row]
        self._rows[row] = began, lasted, "error", operation, group

    def take(self) -> list[tuple[int, int, str, str, str]]:
        """The rows since the last call."""
        rows, self._rows = self._rows, []
        return rows


@dataclass
class Failure:
    """The first failure of its kind, and how many there were since the last report."""

    operation: str
    outcome: str
    reason: str
    request: str
    response: str
    count: int = 0
    told: bool = False

    def take(self) -> dict[str, Any]:
        """The whole record the first time, its count alone afterwards (`response` is empty then)."""
        entry = {"operation": self.operation, "outcome": self.outcome, "reason": self.reason}
        if not self.told:
            entry |= {"request": self.request, "response": self.response}
        entry_with_count = {**entry, "count": self.count}
        self.count, self.told = 0, True
        return entry_with_count


@dataclass
class Recorder:
    """The books of one process.

    late: delays in nanoseconds between a request's intended start and its handing over to the client.
    answers, silences: requests that ended with an HTTP answer, be it a wrong one, and without any.
    unasked: how often bytes came that nobody had asked for. lost_reused: requests lost on a connection that
    had served before, where the server's close may have crossed them.
    waiting, waiting_since: requests under way, and the sum of their intended starts.
    waited_ns: the sum of all latencies recorded so far.
    conditions: of written journeys, by their place: how often they were looked at, and how often what they
    read was there.
    """

    books: dict[str, OperationCounts] = field(default_factory=dict)
    journeys: dict[str, JourneyCounts] = field(default_factory=dict)
    groups: dict[str, PostCounts] = field(default_factory=dict)
    failures: dict[tuple[str, str, str], Failure] = field(default_factory=dict)
    walks: Paths = field(default_factory=dict)
    late: array[int] = field(default_factory=lambda: array("q"))
    answers: int = 0
    silences: int = 0
    unasked: int = 0
    lost_reused: int = 0
    due: int = 0
    dropped: int = 0
    waiting: int = 0
    waiting_since: int = 0
    waited_ns: int = 0
    redirects: int = 0
    exceptions: dict[str, int] = field(default_factory=dict)
    redirects_of: dict[str, int] = field(default_factory=dict)
    conditions: dict[str, ConditionCounts] = field(default_factory=dict)
    starts: Starts | None = None

    def busy_ns(self, now_ns: int) -> int:
        """Time spent in requests up to now by what was recorded, those under way included; after `take`."""
        return self.waited_ns + self.waiting * now_ns - self.waiting_since

    def book(self, operation: str) -> OperationCounts:
        found = self.books.get(operation)
        if found is None:
            found = self.books[operation] = OperationCounts(operation)
        return found

    def journey(self, name: str) -> JourneyCounts:
        found = self.journeys.get(name)
        if found is None:
            found = self.journeys[name] = JourneyCounts()
        return found

    def group(self, name: str) -> PostCounts:
        found = self.groups.get(name)
        if found is None:
            found = self.groups[name] = PostCounts(name=name)
        return found

    def fail(self, operation: str, reply: Reply, request: str, response: str) -> None:
        """Count a rejected or failed request, keeping the first of its kind."""
        reason = guessed(f"{reply.code} {reply.reason}".strip())
        kind = operation, reply.outcome, _NUMBERS.sub("#", reason)
        found = self.failures.get(kind)
        if found is None:
            if len(self.failures) >= MAX_FAILURE_KINDS:
                return
            found = Failure(operation, reply.outcome, reason, excerpt(request), excerpt(response))
            self.failures[kind] = found
        found.count += 1

    def hop(self, operation: str) -> None:
        """A request followed a redirect: one more was sent, of the same operation."""
        self.redirects += 1
        self.redirects_of[operation] = self.redirects_of.get(operation, 0) + 1

    def exception(self, operation: str, reason: str, where: str) -> None:
        """Count an exception of a user's own file, which took no time and no request."""
        book = self.book(operation)
        book.started += 1
        book.errors += 1
        book.latency.append(0)
        self.exceptions[operation] = self.exceptions.get(operation, 0) + 1
        self.fail(operation, Reply("error", {}, "", reason), "", where)

    def looked(self, place: str, condition: str, held: bool, there: bool) -> None:
        """A condition was looked at; there: what it reads."""
        found = self.conditions.get(place)
        if found is None:
            found = self.conditions[place] = ConditionCounts(condition)
        found.looked += 1
        found.there += there

    def walked(self, journey: str, drawn: str, path: Sequence[str]) -> None:
        """A journey came to its end on this path."""
        walk = (journey, drawn, *path)
        self.walks[walk] = self.walks.get(walk, 0) + 1

    def ended(
        self, book: OperationCounts | None, tally: PostCounts | None, intended_ns: int, now: int, outcome: str
    ) -> int:
        """A request came to an end, or was given up; kept by its intended start where there is a drill.
        Returns its row's number."""
        if self.starts is None or book is None:
            return 0
        return self.starts.note(book.name, tally, intended_ns, now, outcome)

    def disbelieve(self, row: int) -> None:
        """The request of that row was an error after all."""
        if self.starts is not None:
            self.starts.disbelieve(row)

    def take(self) -> dict[str, Any]:
        """Everything since the last call, in microseconds of work; `packed` makes it fit for a message."""
        late, self.late = self.late, array("q")
        self.waited_ns += sum(total(book.latency) for book in self.books.values())
        walks, self.walks = self.walks, {}
        entry = {
            "walks": walks,
            "operations": {name: book.take() for name, book in self.books.items() if _active(book)},
            "journeys": {name: tally.take() for name, tally in self.journeys.items()},
            "groups": {name: tally.take_all() for name, tally in self.groups.items()},
            "failures": [failure.take() for failure in self.failures.values() if failure.count],
            "late": late,
            "answers": self.answers,
            "silences": self.silences,
            "unasked": self.unasked,
            "lost_reused": self.lost_reused,
            "due": self.due,
            "dropped": self.dropped,
            "redirects": self.redirects,
            "exceptions": self.exceptions,
            "redirects_of": self.redirects_of,
            "conditions": {place: asdict(one) for place, one in self.conditions.items()},
            "starts": self.starts.take() if self.starts is not None else [],
        }
        self.redirects, self.exceptions, self.redirects_of, self.conditions = 0, {}, {}, {}
        self.answers = self.silences = self.due = self.dropped = 0
        self.unasked = self.lost_reused = 0
        return entry


def packed(report: dict[str, Any], pause: Callable[[], object]) -> dict[str, Any]:
    """A taken report with its durations as histograms; `pause` is called between two operations."""
    for entry in report["operations"].values():
        entry["latency"] = pack(entry["latency"])
        entry["service"] = pack(entry["service"])
        pause()
    report["late"] = pack(report["late"])
    report["walks"] = folded(report["walks"])
    report["starts"] = _lines(report["starts"], pause)
    return report


def _lines(rows: Sequence[tuple[Any, ...]], pause: Callable[[], object]) -> bytes:
    parts = []
    for first in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[first : first + ROWS_AT_ONCE]
        parts += [orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in some]
        pause()
    return b"".join(parts)


def _active(book: OperationCounts) -> bool:
    return bool(book.started or book.latency)


def excerpt(text: str) -> str:
    """The beginning of a message, without what looks like a secret."""
    return guessed(text)[:EXCERPT]
