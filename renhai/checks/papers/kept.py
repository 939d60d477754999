"""What the load processes of a run kept of its papers (renhai/load/worker/paper_file.py writes it)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from renhai.core.errors import Problem, UsageError
from results.checks.audit.intents import END_MS

FOLDER = "papers"
FORMAT, VERSION = "renhai-papers", 1
FETCH = "take it and its .bin from the worker's machine and give it: --papers FILE"


class Kept(NamedTuple):
    """One paper. values: of the request, by name; None for what it did not have. ok: the load took it for a
    whole paper. body: None where it was not kept, and `left_out` says why."""

    operation: str
    at_ms: int
    values: dict[str, str | None]
    ok: bool
    body: bytes | None
    left_out: str


class PaperFiles:
    """Reads the papers of a run; `holes` says, once `papers` is through, why some may be missing.

    given: indexes that were taken from workers' own machines, each with its .bin beside it; they stand for
    the copies that came home. Raises UsageError for one that is none of this run.
    """

    def __init__(self, run: Path, run_id: str, given: Iterable[Path] = ()) -> None:
        self._run_id = run_id
        self._by_hand = {_given(path, run_id): path for path in given}
        home = {path.stem.partition("-")[2]: path for path in sorted((run / FOLDER).glob("worker-*.jsonl"))}
        self._files = list({**home, **self._by_hand}.values())
        self._workers = {*home, *self._by_hand}
        self.holes: list[str] = []

    def expect(self, workers: int) -> None:
        """Add a hole for each of so many load processes that has no file."""
        for worker in range(workers):
            if str(worker) not in self._workers:
                self.holes.append(f"worker-{worker}.jsonl is missing; {FETCH}")

    def papers(self) -> Iterator[Kept]:
        for path in self._files:
            try:
                with path.open("rb") as index, path.with_suffix(".bin").open("rb") as bodies:
                    yield from self._of_file(path, index, bodies)
            except OSError as error:
                name = Path(error.filename or path).name
                self.holes.append(f"{name} cannot be read: {error.strerror}")

    def _of_file(self, path: Path, index: IO[bytes], bodies: IO[bytes]) -> Iterator[Kept]:
        names: dict[str, list[str]] = {}
        told, ended, carried = 0, None, False
        for number, line in enumerate(index, 1):
            values = _line(line)
            if values is None:
                self.holes.append(f"{path.name} line {number} is torn")
            elif number == 1:
                if _worker_of(values, self._run_id) is None:
                    self.holes.append(f"{path.name} is not of this run")
                    return
                names, carried = values[4], values[5:6] == [True]
            elif values[0] == "end" and len(values) == 2:
                ended = values[1]
            else:
                try:
                    paper = self._kept(path, values, names, bodies)
                except (KeyError, TypeError, ValueError, OverflowError):
                    self.holes.append(f"{path.name} line {number} is no line of papers")
                    continue
                told += 1
                yield paper
        if carried and ended is None and path not in self._by_hand.values():
            self.holes.append(f"{path.name} did not come home whole; {FETCH}")
        if ended != told:
            self.holes.append(f"{path.name} tells of {told} papers, and its end of {ended or 'none'}")

    def _kept(self, path: Path, values: list[Any], names: dict[str, list[str]], bodies: IO[bytes]) -> Kept:
        word, operation, at_ms, given, outcome, offset, length, left_out = values
        if word != "paper" or type(at_ms) is not int or not 0 <= at_ms < END_MS:
            raise ValueError(word)
        known = {
            name: None if value is None else _text(value)
            for name, value in zip(names[operation], given, strict=True)
        }
        body = None
        if offset >= 0:
            bodies.seek(offset)
            body = bodies.read(length)
            if len(body) != length:
                body, left_out = None, "disk"
                self.holes.append(f"{path.with_suffix('.bin').name} is shorter than its index says")
        return Kept(operation, at_ms, known, outcome == "ok", body, left_out)


def _given(path: Path, run_id: str) -> str:
    """Whose papers an index has. Raises UsageError."""
    try:
        with path.open("rb") as file:
            worker = _worker_of(_line(file.readline()) or [], run_id)
    except OSError as error:
        raise UsageError(f"--papers {path} cannot be read: {error.strerror}") from None
    if worker is None:
        why = f"is no index of papers of the run {run_id}; give the .jsonl, with its .bin beside it"
        raise UsageError(Problem(f"--papers {path}", "", why))
    return worker


def _worker_of(first: list[Any], run_id: str) -> str | None:
    """By the first line of an index; None where it is none of the run."""
    whole = len(first) in (5, 6) and first[:3] == [FORMAT, VERSION, run_id] and isinstance(first[4], dict)
    return str(first[3]) if whole else None


def _line(line: bytes) -> list[Any] | None:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return values if line.endswith(b"\n") and isinstance(values, list) and values else None


def _text(value: Any) -> str:
    """As it is printed; amounts with their fen."""
    return f"{value:.2f}" if isinstance(value, float) else str(value)
