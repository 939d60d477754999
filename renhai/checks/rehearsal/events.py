"""What happened in a rehearsal, a line each, appended and on the disk before what follows it happens.

A line that was torn by a crash is the last one and is dropped; any other line that cannot be read is
refused. History of `schema`: 1, the first.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from renhai.core.errors import Problem, UsageError
from renhai.core.private_files import owner_only
from renhai.core.validation import show

NAME = "rehearsal.jsonl"
SCHEMA = 1
_TEXT, _WHOLE, _LIST = (str,), (int,), (list,)
# What an event must tell, and of which kind: a line without it says nothing that could be believed.
_OF_STAGE: dict[str, tuple[type, ...]] = {"stage": _TEXT, "attempt": _WHOLE}
MUST: dict[str, dict[str, tuple[type, ...]]] = {
    "opened": {"programme": _TEXT},
    "system": {"system": _TEXT, "port": _WHOLE},
    "skipped": {"at": _TEXT, "stage": _TEXT, "by": _TEXT, "reason": _TEXT},
    "begun": {"at": _TEXT, **_OF_STAGE},
    "asked": _OF_STAGE,
    "ended": {"at": _TEXT, **_OF_STAGE, "documents": (dict,)},
}
MAY: dict[str, tuple[type, ...]] = {
    "code": (int, type(None)), "doubts": _LIST, "pages": _LIST, "headline": _LIST, "builds": _LIST,
    "entered": _LIST, "known": _WHOLE, "at": _TEXT,
}  # fmt: skip


class Events:
    """The file of events of one rehearsal. Raises UsageError for lines that are none of ours."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._whole = 0  # bytes of whole lines
        self.all = self._read()

    def add(self, event: str, **what: Any) -> None:
        """Appends one. Raises UsageError when it cannot be kept: what is not kept was not proven."""
        line = {"schema": SCHEMA, "event": event, **what}
        try:
            with open(self.path, "ab", opener=owner_only) as file:
                file.truncate(self._whole)
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
                self._whole = file.tell()
        except OSError as error:
            raise UsageError(
                Problem(str(self.path), "", f"cannot be written: {error.strerror}; free the disk")
            ) from None
        self.all.append(line)

    def _read(self) -> list[dict[str, Any]]:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            raw = b""
        except OSError as error:
            raise UsageError(Problem(str(self.path), "", f"cannot be read: {error.strerror}")) from None
        self._whole = raw.rfind(b"\n") + 1
        return [self._line(number, line) for number, line in enumerate(raw[: self._whole].splitlines(), 1)]

    def _line(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("event"), str):
            why = "is no event of a rehearsal; take the file from a copy, or give another --out"
            raise UsageError(Problem(f"{self.path}:{number}", "", why))
        if found.get("schema") != SCHEMA:
            why = f"is of schema {found.get('schema')}, and this renhai knows {SCHEMA}; use a newer renhai"
            raise UsageError(Problem(f"{self.path}:{number}", "", why))
        there = {name: kinds for name, kinds in MAY.items() if name in found}
        for name, kinds in {**there, **MUST.get(found["event"], {})}.items():
            if type(found.get(name)) not in kinds:
                why = f"is {show(found.get(name))}, as in no event of a rehearsal; take the file from a copy"
                raise UsageError(Problem(f"{self.path}:{number}", name, why))
        return found
