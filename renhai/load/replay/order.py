"""Which transaction may be sent next: in the order of the journal for each taxpayer and each operator; and
for what all of a unit work at together, such as the list that tasks are taken from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from heapq import heappop, heappush

from renhai.spec.cutover.journal.entry import Entry


class Job:
    """A transaction that waits for `before` others. due_ns: not earlier; tries: that did not reach the
    system."""

    __slots__ = (
        "after",
        "again",
        "before",
        "due_ns",
        "entry",
        "number",
        "sent_ms",
        "sent_ns",
        "state",
        "tries",
    )

    def __init__(self, number: int, entry: Entry) -> None:
        self.number, self.entry = number, entry
        self.before = 0
        self.after: list[Job] = []
        self.due_ns = self.sent_ns = self.sent_ms = self.tries = 0
        self.again = False  # its answer is there, and a second one is asked for
        self.state = ""  # of this try: answered, unsent, held (not to be sent any more) or "" before any


class Order:
    """The jobs that are ready, first of the journal first."""

    def __init__(self, entries: Iterable[Entry], in_turn: Sequence[str] = ()) -> None:
        """in_turn: globs of the operations that a unit does one after the other."""
        last: dict[tuple[str, str], Job] = {}
        self._ready: list[tuple[int, int, Job]] = []
        self.jobs: list[Job] = []
        for number, entry in enumerate(entries, 1):
            job = Job(number, entry)
            self.jobs.append(job)
            keys = [("taxpayer", entry.taxpayer)]
            if entry.operator:
                keys.append(("operator", f"{entry.unit}/{entry.operator}"))
            if any(fnmatchcase(entry.operation, glob) for glob in in_turn):
                keys.append(("unit", entry.unit))
            earlier = {id(last[key]): last[key] for key in keys if key in last}
            for one in earlier.values():
                one.after.append(job)
            job.before = len(earlier)
            last.update(dict.fromkeys(keys, job))
        self.left = len(self.jobs)

    def open(self) -> None:
        """Once each job has its time."""
        for job in self.jobs:
            if not job.before:
                self.put(job)

    def put(self, job: Job) -> None:
        """A job that is ready, or is to be tried again."""
        heappush(self._ready, (job.due_ns, job.number, job))

    def next(self, now_ns: int) -> Job | None:
        """The next one that is due, taken; None where there is none yet."""
        return heappop(self._ready)[2] if self._ready and self._ready[0][0] <= now_ns else None

    @property
    def due_ns(self) -> int:
        """When the next is due; 0 where none is ready."""
        return self._ready[0][0] if self._ready else 0

    def done(self, job: Job) -> None:
        self.left -= 1
        for one in job.after:
            one.before -= 1
            if not one.before:
                self.put(one)
