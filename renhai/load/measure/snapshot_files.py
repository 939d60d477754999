"""The files that one run leaves, written while it runs: what was flushed survives a kill.

A file that cannot be written (disk full, say) is given up with one reason; the run itself goes on.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any

from renhai.core.private_files import AppendedFile, FileInParts, owner_only, raised
from renhai.load.measure.histogram import IntervalLog
from results.snapshot.files import replace_whole
from results.snapshot.histograms import Counts
from results.snapshot.segments import part_of
from results.verdict.reasons import Reason
from results.verdict.reasons import generator as why

# As results/snapshot/timeline.py reads it.
STARTS = "starts.jsonl"
TIMELINE = "second,operation,started,ok,rejected,errors,users,due,dropped,cpu_percent,loop_lag_ms"


_LINE_ENDS = re.compile("[\x7f-\x9f\u2028\u2029]")  # that JSON leaves, and some readers split lines at


def one_line(record: Mapping[str, Any]) -> str:
    """The record as JSON that every reader takes for one line."""
    # a lone surrogate has no UTF-8; in JSON its escape says the same
    text = json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


class Files:
    """measured.json, timeline.csv, the .hlog files, failures.jsonl, receipts/, papers/ and journal/ in `out`.

    `complain(reason)` is called once for each file that had to be given up.
    """

    def __init__(self, out: Path, epoch: float, complain: Callable[[Reason], object]) -> None:
        self._out = out
        self._complain = complain
        self._lost: set[str] = set()
        self._open: dict[str, IO[str]] = {}
        self._in_parts: dict[str, FileInParts] = {}
        self._papers: dict[int, tuple[AppendedFile, AppendedFile]] = {}
        self._logs: dict[str, IntervalLog] = {}
        self._epoch = epoch
        for kind in ("latency", "service"):
            self._try(f"{kind}.hlog", partial(self._begin_log, kind))
        self._try("timeline.csv", self._begin_timeline)

    def _begin_log(self, kind: str) -> None:
        file = self._create(f"{kind}.hlog")
        self._logs[kind] = IntervalLog(file, self._epoch, kind)
        file.flush()

    def _begin_timeline(self) -> None:
        file = self._create("timeline.csv")
        file.write(TIMELINE + "\n")
        file.flush()

    def _create(self, name: str) -> IO[str]:
        file = self._open[name] = (self._out / name).open("w", encoding="utf-8")
        return file

    def timeline(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Append rows in the order of TIMELINE."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._try("timeline.csv", lambda: self._append("timeline.csv", text.getvalue()))

    def interval(self, kind: str, tag: str, start_s: float, length_s: float, counts: Counts) -> None:
        """Append one interval histogram to latency.hlog, service.hlog, or another KIND.hlog."""
        name = f"{kind}.hlog"
        if kind not in self._logs:
            self._try(name, partial(self._begin_log, kind))
        self._try(name, lambda: self._logs[kind].line(tag, start_s, length_s, counts))

    def receipts(self, slot: int, lines: bytes) -> None:
        """Append a worker's acknowledged writes; they are on their way to the disk when this returns."""
        if lines:
            self._append_lines(f"receipts/worker-{slot}.jsonl", lines)

    def journal(self, slot: int, lines: bytes) -> None:
        """Append what a worker on another machine tells of the run's journal."""
        if lines:
            self._append_lines(f"journal/worker-{slot}.jsonl", lines)

    def papers(self, slot: int, taken: Mapping[str, bytes] | None) -> None:
        """Append the papers of a worker on another machine: bodies before the lines that name them."""
        if taken:
            self._try(f"papers/worker-{slot}", lambda: self._append_papers(slot, taken))

    def _append_papers(self, slot: int, taken: Mapping[str, bytes]) -> None:
        if slot not in self._papers:
            folder = self._out / "papers"
            folder.mkdir(exist_ok=True)
            bodies, lines = (
                AppendedFile(folder / f"worker-{slot}{end}", raised) for end in (".bin", ".jsonl")
            )
            self._papers[slot] = bodies, lines
        bodies, lines = self._papers[slot]
        bodies.write(taken["bodies"])
        lines.write(taken["lines"])

    def starts(self, lines: bytes) -> None:
        """Append requests by their intended starts (a run that is drilled)."""
        if lines:
            self._append_lines(STARTS, lines)

    def _append_lines(self, name: str, lines: bytes) -> None:
        """To a file in parts, which is made with its folder."""

        def act() -> None:
            if name not in self._in_parts:
                (self._out / name).parent.mkdir(exist_ok=True)
                self._in_parts[name] = FileInParts(self._out / name, raised, part_of)
            self._in_parts[name].write(lines)

        self._try(name, act)

    def flush(self) -> None:
        for name, file in self._open.items():
            self._try(name, file.flush)

    def measured(self, document: Mapping[str, Any]) -> bool:
        """Replace measured.json whole; True when it is on disk."""
        return self._try(
            "measured.json",
            lambda: replace_whole(self._out / "measured.json", json.dumps(document, indent=1)),
        )

    def failures(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Replace failures.jsonl whole."""
        text = "".join(one_line(record) + "\n" for record in records)
        self._try(
            "failures.jsonl", lambda: replace_whole(self._out / "failures.jsonl", text, opener=owner_only)
        )

    def close(self) -> None:
        for name, file in self._open.items():
            self._try(name, file.close)
        for written in (*self._in_parts.values(), *chain.from_iterable(self._papers.values())):
            written.close()

    def _append(self, name: str, text: str) -> None:
        self._open[name].write(text)

    def _try(self, name: str, act: Callable[[], object]) -> bool:
        # measured.json is tried again each time: it is small, and the one that matters most
        if name in self._lost and name != "measured.json":
            return False
        try:
            act()
        except OSError as error:
            if name not in self._lost:
                self._lost.add(name)
                what = error.strerror or str(error)
                self._complain(why.FileNotWritten(file=name, error=what, out=str(self._out)))
            return False
        return True
