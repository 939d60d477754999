"""The papers of one run: what was kept of them, looked at one by one, and the account of all."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from pathlib import Path
from typing import Any

from renhai.checks.audit.whole import of_run
from renhai.checks.papers.kept import FETCH, FOLDER, Kept, PaperFiles
from renhai.checks.papers.one import Looked, Looking, Rules, begin, look_at_all
from renhai.core.errors import UsageError
from renhai.core.machine.environment import cores
from renhai.core.process.pools import ended_at_once
from results.checks.papers.document import CLASSES, OPEN, Finding, Papers, document
from results.checks.papers.judging import WHOLE, Mark
from results.snapshot.run import read_measured
from results.snapshot.timeline import read_failures

WHY_LEFT = {
    "room": "had no room within most_mb",
    "disk": "could not be written or read back",
    "far": f"were more than reports carry home; {FETCH}",
}
# Its bytes are sound and yet the answer was an error: it said to be something else, say.
REFUSED = Mark("unreadable", WHOLE, "a whole paper", "the answer was an error: see failures.jsonl")
FAILURES = "failures.jsonl"
BROKEN = re.compile(
    r"closed inside answer|malformed: \S+ body ends early|bytes that nobody asked for followed the answer"
)
FEW = 400  # papers that are looked at here: other processes would take longer to begin
A_TURN = 100  # papers that travel together
LOOKS_S = 0.2  # how often it is seen whether somebody asked for the end
INTERRUPTED = "the look at the papers was interrupted"
ENDED = "a process that looks at papers has ended; was there memory enough?"
MOST_PICTURES = 6  # of what moved, and as many of all else


def check_run(
    run: Path,
    run_id: str,
    binding: Mapping[str, Any],
    at: str,
    given: Iterable[Path] = (),
    stopped: Callable[[], bool] = bool,
) -> dict[str, Any]:
    """papers.json of a run, as a document (results.checks.papers.document). binding: the plan's, normalised;
    given: indexes from workers' own machines; stopped: whether somebody asked for the end. Raises UsageError
    then, and for an index that is none of the run, a form that is wrong, a reader that is not installed."""
    begun = time.monotonic()
    rules: Rules = binding.get("papers") or {}
    measured = read_measured(run)
    operations = measured.operations
    work = PaperCounts(Looking(rules), rules)
    files = PaperFiles(run, run_id, given)
    if any(operations.get(name, {}).get("started", 0) for name in rules):
        files.expect(of_run(run)[2])
    for paper, looked in _looked_at(files, work, rules, stopped):
        work.add(paper, looked)
        if stopped():
            raise UsageError(INTERRUPTED)
    for failure in read_failures(run / FAILURES):
        work.break_off(failure, measured.epoch)
    for hole in files.holes:
        work.papers.problem(hole)
    for name in rules:
        work.miss(name, operations.get(name, {}).get("ok", 0))
    for name in dict.fromkeys((*rules, *printing(binding))) if rules else ():
        work.pass_over(name, operations.get(name, {}).get("ok", 0))
    return document(run_id, work.papers, at, time.monotonic() - begun, bool(rules))


def printing(binding: Mapping[str, Any]) -> list[str]:
    """Operations whose answers are papers, of a normalised binding."""
    every = binding.get("success") or {}
    return [
        name
        for name, operation in (binding.get("operations") or {}).items()
        if (operation.get("success") or every).get("paper")
    ]


def _looked_at(
    files: PaperFiles, work: PaperCounts, rules: Rules, stopped: Callable[[], bool]
) -> Iterator[tuple[Kept, Looked]]:
    """The papers that were kept, each with what was seen; those of other operations are told."""
    kept = (paper for paper in files.papers() if work.take(paper))
    first = list(islice(kept, FEW + 1))
    if len(first) <= FEW or cores() < 2:
        for paper in chain(first, kept):
            yield paper, work.looking.look_at(paper)
        return
    context = multiprocessing.get_context("spawn")  # this process has threads
    try:
        with ended_at_once(ProcessPoolExecutor(cores(), context, begin, (rules,))) as pool:
            waiting: deque[tuple[list[Kept], Future[list[Looked]]]] = deque()
            for turn in _turns(first, kept):
                waiting.append((turn, pool.submit(look_at_all, turn)))
                if len(waiting) > 2 * cores():
                    yield from _told(*waiting.popleft(), stopped)
            while waiting:
                yield from _told(*waiting.popleft(), stopped)
    except BrokenProcessPool:
        raise UsageError(ENDED) from None


def _turns(first: list[Kept], rest: Iterator[Kept]) -> Iterator[list[Kept]]:
    for place in range(0, len(first), A_TURN):
        yield first[place : place + A_TURN]
    while turn := list(islice(rest, A_TURN)):
        yield turn


def _told(
    turn: list[Kept], future: Future[list[Looked]], stopped: Callable[[], bool]
) -> Iterator[tuple[Kept, Looked]]:
    while not wait([future], LOOKS_S).done:
        if stopped():
            raise UsageError(INTERRUPTED)
    yield from zip(turn, future.result(), strict=True)


class PaperCounts:
    """Counts papers. taken: how many of an operation the load took for good."""

    def __init__(self, looking: Looking, rules: Rules) -> None:
        self.papers = Papers()
        self.looking = looking
        self._taken: Counter[str] = Counter()
        self._rules = rules
        self._drawn: set[tuple[str, str]] = set()

    def take(self, paper: Kept) -> bool:
        """Count a paper; whether it is there to be looked at."""
        name = paper.operation
        if name not in self._rules:
            self._strange(name, 1)
            return False
        self.papers.count(name, "printed")
        self._taken[name] += paper.ok
        if paper.body is not None:
            return True
        if paper.left_out == "sampled":
            self.papers.count(name, "sampled_out")
        else:
            self.papers.count(name, "unkept")
            self.papers.problem(f"{name}: papers {WHY_LEFT.get(paper.left_out, 'were not kept')}")
        return False

    def add(self, paper: Kept, looked: Looked) -> None:
        """Class one paper; it is of the first class that it is found in."""
        name, papers = paper.operation, self.papers
        if looked.unknown:
            papers.count(name, "unchecked")
            papers.problem(f"{name}: not checked: {looked.unknown}")
            return
        papers.count(name, "checked")
        marks = looked.marks if looked.marks or paper.ok else [REFUSED]
        kinds = {mark.kind for mark in marks}
        papers.count(name, next((kind for kind in CLASSES if kind in kinds), "right"))
        values = {key: value or "" for key, value in paper.values.items()}
        unit = values.get(self._rules[name].get("unit") or "", "")
        papers.units.setdefault(name, set()).add(unit)
        for mark in marks:
            kind, field, expected, found, *_ = mark
            papers.findings.append(Finding(name, kind, field, expected, found, paper.at_ms, unit, values))
            self._draw(paper, mark)

    def _draw(self, paper: Kept, mark: Mark) -> None:
        """The first of each operation and class has its picture, as far as something stands somewhere; those
        of what moved do not wait for others."""
        key = (paper.operation, mark.kind)
        alike = sum((kind == "moved") is (mark.kind == "moved") for _, kind in self._drawn)
        if mark.place is None or key in self._drawn or alike >= MOST_PICTURES:
            return
        self._drawn.add(key)
        try:
            png = self.looking.picture(paper, mark)
        except (ValueError, ArithmeticError, MemoryError, RuntimeError):  # a page of a mile: its mark is told
            return
        told = {"operation": paper.operation, "kind": mark.kind, "field": mark.field,
                "expected": mark.expected, "found": mark.found,
                "media": self.looking.media(paper.operation)}  # fmt: skip
        self.papers.pictures.append({**told, "png": png})

    def break_off(self, failure: Mapping[str, Any], epoch: float) -> None:
        """Answers that were not all there when their connection ended, or had another length than they said:
        no load process has kept such a paper. failure: a record of failures.jsonl; epoch: of its second 0."""
        name, why, count = str(failure.get("operation")), str(failure.get("reason")), failure.get("count")
        if name not in self._rules or type(count) is not int or not BROKEN.fullmatch(why):
            return
        for kind in ("printed", "checked", "cut_off"):
            self.papers.count(name, kind, count)
        values = dict.fromkeys(self._rules[name]["kept"], "")
        at_ms = int((epoch + float(failure.get("second") or 0)) * 1000)
        one = Finding(name, "cut_off", WHOLE, "a whole paper", why, at_ms, "", values)
        self.papers.findings += [one] * count

    def pass_over(self, name: str, answered: int) -> None:
        """Good answers of an operation that prints: of those that no rule speaks of, nothing was looked at;
        nor of those of which the sample has none."""
        counts = self.papers.counts.get(name, Counter())
        if name not in self._rules and answered > counts["printed"]:
            self._strange(name, answered - counts["printed"])
        if counts["sampled_out"] and not counts["checked"] and not any(counts[kind] for kind in OPEN):
            self.papers.problem(f"{name}: none of {counts['printed']:,} papers is in the sample")

    def _strange(self, name: str, papers: int) -> None:
        self.papers.count(name, "printed", papers)
        self.papers.count(name, "unchecked", papers)
        self.papers.problem(f"{name}: the target file does not say what its papers must say")

    def miss(self, name: str, answered: int) -> None:
        """Good answers of which no file tells."""
        missing = answered - self._taken[name]
        if missing > 0:
            self.papers.count(name, "missing", missing)
            self.papers.count(name, "printed", missing)
            self.papers.problem(f"{name}: {missing:,} papers of {answered:,} are not under {FOLDER}/")
