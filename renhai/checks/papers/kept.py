"""What the load processes of a run kept of its papers (renhai/load/worker/paper_file.py writes it)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

FOLDER = "papers"
FORMAT, VERSION = "renhai-papers", 1


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
    """Reads the papers of a run; `holes` says, once `papers` is through, why some may be missing."""

    def __init__(self, run: Path, run_id: str) -> None:
        self._files = sorted((run / FOLDER).glob("worker-*.jsonl"))
        self._run_id = run_id
        self.holes: list[str] = []

    def papers(self) -> Iterator[Kept]:
        for path in self._files:
            try:
                with path.open("rb") as index, path.with_suffix(".bin").open("rb") as bodies:
                    yield from self._of_file(path, index, bodies)
            except OSError as error:
                self.holes.append(f"{path.name} cannot be read: {error.strerror}")

    def _of_file(self, path: Path, index: IO[bytes], bodies: IO[bytes]) -> Iterator[Kept]:
        names: dict[str, list[str]] = {}
        told, ended = 0, None
        for number, line in enumerate(index, 1):
            values = _line(line)
            if values is None:
                self.holes.append(f"{path.name} line {number} is torn")
            elif number == 1:
                if values[:2] != [FORMAT, VERSION] or values[2] != self._run_id:
                    self.holes.append(f"{path.name} is not of this run")
                    return
                names = values[4]
            elif values[0] == "end":
                ended = values[1]
            elif values[0] == "paper" and len(values) == 8:
                told += 1
                yield self._kept(path, values, names, bodies)
        if ended != told:
            self.holes.append(f"{path.name} tells of {told} papers, and its end of {ended or 'none'}")

    def _kept(self, path: Path, values: list[Any], names: dict[str, list[str]], bodies: IO[bytes]) -> Kept:
        _, operation, at_ms, given, outcome, offset, length, left_out = values
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


def _line(line: bytes) -> list[Any] | None:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return values if line.endswith(b"\n") and isinstance(values, list) and values else None


def _text(value: Any) -> str:
    """As it is printed; amounts with their fen."""
    return f"{value:.2f}" if isinstance(value, float) else str(value)
