"""What became of each mutant, a line of JSON each, under the state of sources and tests that it was tried
in."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Record:
    """`by`: the test that killed it; `tests`: how many reach it."""

    key: str
    line: int
    how: str
    by: str
    cpu_s: float
    tests: int


class Journal:
    """Appends lines, from several processes too. `known`: of the present state, by key."""

    def __init__(self, path: Path, state: str) -> None:
        self.path, self.state = path, state
        self.read()

    def read(self) -> None:
        self.known: dict[str, Record] = {}
        self.seconds: dict[str, float] = {}
        self._last: dict[str, str] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []:
            said = json.loads(line)
            state = said.pop("state")
            if "spent" in said:
                if state == self.state:
                    self.seconds[said["spent"]] = self.seconds.get(said["spent"], 0.0) + said["s"]
                continue
            self._last[said["key"]] = said["how"]
            if state == self.state:
                self.known[said["key"]] = Record(**said)

    def survivors(self) -> list[str]:
        """Whatever survived when it was tried last, in this state or before."""
        return [key for key, how in self._last.items() if how == "survived"]

    def add(self, record: Record) -> None:
        self._append(dataclasses.asdict(record))

    def spent(self, what: str, seconds: float) -> None:
        """Wall-clock time, summed over portions."""
        self._append({"spent": what, "s": seconds})

    def _append(self, said: dict[str, Any]) -> None:
        line = json.dumps({"state": self.state, **said}) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(descriptor, line.encode())
        os.close(descriptor)
