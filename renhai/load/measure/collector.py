"""Merges the reports of all load processes, second by second, on the master's clock.

A second is complete when every worker has reported it, or after GRACE_S seconds; what comes later is added to
the next one that is still open, so that totals stay exact. Histograms are merged as bucket counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from renhai.load.measure.histogram import HistogramSum, Packed
from renhai.load.measure.post_stats import COUNTS, PostTotals, Walks, merge
from renhai.load.measure.snapshot_files import Files
from renhai.spec.journeys.written.conditions import parse
from results.metrics import COUNTED, RUN
from results.snapshot.names import Names

GRACE_S = 3
MAX_FAILURES = 200
MAX_REASON = 200  # characters of the last failure that a line carries

Report = Mapping[str, Any]


@dataclass
class Second:
    """All workers' reports of one second."""

    number: int
    operations: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    latency: HistogramSum = field(default_factory=HistogramSum)
    packs: dict[str, list[Packed]] = field(default_factory=lambda: defaultdict(list))
    posts: dict[str, list[Report]] = field(default_factory=lambda: defaultdict(list))
    users: dict[int, int] = field(default_factory=dict)
    slots: set[int] = field(default_factory=set)
    due: int = 0
    dropped: int = 0
    answers: int = 0
    silences: int = 0
    cpu_percent: float = 0.0
    lag_ms: float = 0.0
    seated_s: float = 0.0
    busy_s: float = 0.0
    thinking_s: float = 0.0
    failure: tuple[str, str] | None = None  # operation and reason of the last one that was reported

    def count(self, name: str) -> int:
        """One of COUNTED over all operations."""
        return sum(counts[name] for counts in self.operations.values())

    @property
    def ended(self) -> int:
        return self.count("ok") + self.count("rejected") + self.count("errors")

    def add(self, slot: int, report: Report, fold: Callable[[str], str] = str) -> None:
        """Take one worker's report of it; `fold` bounds the names of operations."""
        self.slots.add(slot)
        for own, entry in report["operations"].items():
            name = fold(own)
            self.operations[name].update({key: entry[key] for key in COUNTED})
            self.latency.add(entry["latency"])
            self.packs[name].append(entry["latency"])
        for name, entry in report["groups"].items():
            self.posts[name].append(entry)
        for failure in report.get("failures", ()):
            self.failure = (fold(failure["operation"]), str(failure["reason"])[:MAX_REASON])
        self.due += report["due"]
        self.dropped += report["dropped"]
        self.answers += report["answers"]
        self.silences += report["silences"]
        if not report.get("partial"):  # that covers a moment, not a second
            self.cpu_percent = max(self.cpu_percent, report["cpu_percent"])
            self.users[slot] = report["users"]
        self.lag_ms = max(self.lag_ms, report["lag_ms"])
        self.seated_s += report["seated_ns"] / 1e9
        self.busy_s += report["busy_ns"] / 1e9
        self.thinking_s += report["thinking_ns"] / 1e9

    def rows(self) -> list[tuple[Any, ...]]:
        """Its lines of timeline.csv: one an operation, and one for the whole."""
        lines: list[tuple[Any, ...]] = [
            (self.number, name, *(counts[key] for key in COUNTED), "", "", "", "", "")
            for name, counts in sorted(self.operations.items())
        ]
        whole = (self.count(key) for key in COUNTED)
        people = sum(self.users.values())
        state = (people, self.due, self.dropped, round(self.cpu_percent, 1), round(self.lag_ms, 2))
        return [*lines, (self.number, RUN, *whole, *state)]

    def live(self) -> dict[str, Any]:
        """What the RENHAI line on stdout says of it."""
        return {
            "second": self.number,
            "users": sum(self.users.values()),
            "rate": self.ended,
            "p95_ms": round(self.latency.milliseconds("p95"), 3),
            "ok": self.count("ok"),
            "rejected": self.count("rejected"),
            "errors": self.count("errors"),
            "due": self.due,
            "dropped": self.dropped,
            "cpu": round(self.cpu_percent, 1),
            "lag_ms": round(self.lag_ms, 2),
            **({"failure": self.failure} if self.failure else {}),
        }


def _no_pause() -> None:
    pass


class Collector:
    """`on_second(second)` is called for each second in order, once it is complete."""

    def __init__(
        self,
        interval_s: int,
        on_second: Callable[[Second], object],
        post_totals: PostTotals | None = None,
        names: Names | None = None,
    ) -> None:
        self.interval_s = interval_s
        self.totals: dict[str, Counter[str]] = defaultdict(Counter)
        self.journeys: dict[str, Counter[str]] = defaultdict(Counter)
        self.post_totals = post_totals or PostTotals([])
        self.walks: Walks = {}
        self.failures: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.due = 0
        self.dropped = 0
        self.redirects = 0
        self.exceptions: Counter[str] = Counter()
        self.answered = False
        self.unasked = 0
        self.lost_reused = 0
        self.redirects_of: Counter[str] = Counter()
        self.ahead: Counter[str] = Counter()  # of declarations: renhai.spec.ahead.stored.Taken
        self.conditions: dict[str, dict[str, Any]] = {}
        self._censuses: dict[int, Report] = {}  # of each load process, the newest
        self._fold = (names or Names()).fold
        self.next_second = 0
        self._on_second = on_second
        self._seconds: dict[int, Second] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._hists: dict[int, dict[tuple[str, str], HistogramSum]] = {}
        self._interval = 0
        self._newest: dict[int, int] = {}

    def merge(self, slot: int, report: Report) -> None:
        """Take one worker's report."""
        number = max(report["second"], self.next_second)
        self._newest[slot] = max(number, self._newest.get(slot, 0))
        second = self._seconds.setdefault(number, Second(number))
        second.add(slot, report, self._fold)
        hists = self._hists.setdefault(number // self.interval_s, defaultdict(HistogramSum))
        for own, entry in report["operations"].items():
            name = self._fold(own)
            hists["latency", name].add(entry["latency"])
            hists["service", name].add(entry["service"])
        for name, counts in report["journeys"].items():
            self.journeys[name].update(_tally(counts))
        merge(self.walks, report.get("walks", {}))
        for name, entry in report["groups"].items():
            self.post_totals.add(name, entry)
        for failure in report["failures"]:
            self._fail(number, failure)
        self.redirects += report.get("redirects", 0)
        self.redirects_of.update(report.get("redirects_of", {}))
        self.exceptions.update(report.get("exceptions", {}))
        self.ahead.update(report.get("ahead") or {})
        for place, counts in report.get("conditions", {}).items():
            self._look(place, counts)
        self.answered = self.answered or report["answers"] > 0
        self.unasked += report.get("unasked", 0)
        self.lost_reused += report.get("lost_reused", 0)
        if report.get("connections"):
            self._censuses[slot] = report["connections"]

    def _look(self, place: str, counts: Mapping[str, Any]) -> None:
        found = self.conditions.setdefault(place, {"condition": counts["condition"], "looked": 0, "there": 0})
        found["looked"] += counts["looked"]
        found["there"] += counts["there"]

    def compared(self) -> list[dict[str, Any]]:
        """The key of measured.json: conditions that compare with a literal, by results.snapshot.run."""
        found = []
        for place, counts in sorted(self.conditions.items()):
            condition = parse(counts["condition"])
            if condition.compares:
                found.append({"place": place, "path": condition.path, **counts})
        return found

    def _fail(self, second: int, failure: Mapping[str, Any]) -> None:
        failure = {**failure, "operation": self._fold(failure["operation"])}
        kind = failure["operation"], failure["outcome"], failure["reason"]
        found = self.failures.get(kind)
        if found is not None:
            found["count"] += failure["count"]
        elif len(self.failures) < MAX_FAILURES:
            self.failures[kind] = {
                **{key: failure[key] for key in ("operation", "outcome", "reason", "count")},
                "second": second,
                **{key: failure.get(key, "") for key in ("request", "response")},
            }

    def advance(self, now_second: int, slots: set[int]) -> None:
        """Complete the seconds that all of `slots` have reported, and those older than GRACE_S."""
        while self.next_second < now_second:
            number = self.next_second
            if number >= now_second - GRACE_S and any(self._newest.get(slot, -1) < number for slot in slots):
                return
            self._complete(number)

    def finish(self) -> None:
        """Complete everything that was reported."""
        while self._seconds:
            self._complete(self.next_second)

    def _complete(self, number: int) -> None:
        second = self._seconds.pop(number, None) or Second(number)
        self.next_second = number + 1
        for name, counts in second.operations.items():
            self.totals[name].update(counts)
        self.due += second.due
        self.dropped += second.dropped
        self._rows += second.rows()
        self._on_second(second)

    def connections(self, addresses: Sequence[str]) -> dict[str, Any]:
        """The key of measured.json: results.snapshot.run.ConnectionSummary, without `way`."""
        sums = {
            name: sum(census[name] for census in self._censuses.values())
            for name in ("opened", "most", "failed", "waited", "no_port", "no_file")
        }
        opened = [census["by_address"] for census in self._censuses.values()]
        by_address = {
            address: sum(one[place] for one in opened if place < len(one))
            for place, address in enumerate(addresses)
        }
        return {
            "unasked": self.unasked,
            "lost_reused": self.lost_reused,
            **sums,
            "by_address": by_address if opened else {},
        }

    @property
    def interval_is_full(self) -> bool:
        return self.next_second >= (self._interval + 1) * self.interval_s

    def write_interval(self, files: Files, pause: Callable[[], object] = _no_pause) -> None:
        """Append the current interval to timeline and histogram logs, and go on to the next.

        `pause` is called between lines, each of which takes half a millisecond.
        """
        start = self._interval * self.interval_s
        length = max(min(self.interval_s, self.next_second - start), 1)
        hists, rows = self._hists.pop(self._interval, {}), self._rows
        self._rows = []
        self._interval += 1
        for kind, name in sorted(hists):
            histogram = hists.pop((kind, name))  # each is 180 kB once it is summed up
            if histogram.total:
                files.interval(kind, name, float(start), float(length), histogram.counts)
                pause()
        files.timeline(rows)
        files.flush()

    def write_rest(self, files: Files) -> None:
        """Append all that is left, after `finish`."""
        while self._hists or self._rows:
            self.write_interval(files)

    def operations(self) -> dict[str, dict[str, int]]:
        """Totals by operation; what was started and has not ended is unfinished."""
        return {
            name: {
                **{key: counts[key] for key in COUNTED},
                "unfinished": counts["started"] - counts["ok"] - counts["rejected"] - counts["errors"],
            }
            for name, counts in sorted(self.totals.items())
        }


def _tally(counts: list[int]) -> dict[str, int]:
    return dict(zip(COUNTS, counts, strict=True))
