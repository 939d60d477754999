"""What is to be undone, written to the disk before anything is done, so that it outlives a kill -9.

Lines of `drill-undo.jsonl` in the run's directory, each a JSON object: {id, undo: thaw, processes} sends
SIGCONT to those that are still the same; {id, undo: run, command, unless: PID FILE} runs a command, unless
the process of that file runs; {id, undo: remove, path} removes the file that fills a disk; {id, undone: true}
says that it is done.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from renhai.checks.drill.filling import remove
from renhai.checks.drill.processes import CannotAct, Known, send, started
from renhai.core.private_files import append_whole

NAME = "drill-undo.jsonl"
COMMAND_S = 120.0  # a command that has not ended then is given up


class Journal:
    """Appends to the file; each line is on the disk when the call returns. Raises OSError."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / NAME
        self._torn = _is_torn(self._path)  # else half a line would spoil the next one, too
        self._next = 1 + max((int(one["id"]) for one in read(self._path)), default=0)

    def intend(self, undo: str, **values: Any) -> int:
        """Note what will have to be undone; returns its id."""
        number, self._next = self._next, self._next + 1
        self._write({"id": number, "undo": undo, **values})
        return number

    def undone(self, number: int) -> None:
        self._write({"id": number, "undone": True})

    def _write(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row).encode() + b"\n"
        append_whole(self._path, b"\n" * self._torn + line, durable=True)
        self._torn = False


def _is_torn(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return bool(data) and not data.endswith(b"\n")


def read(path: Path) -> list[dict[str, Any]]:
    """The sound lines of a journal; a torn last one was never acted on."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and isinstance(row.get("id"), int):
            rows.append(row)
    return rows


def open_entries(directory: Path) -> list[dict[str, Any]]:
    """What is still to be undone, the newest first."""
    rows = read(directory / NAME)
    done = {row["id"] for row in rows if row.get("undone")}
    return [row for row in reversed(rows) if "undo" in row and row["id"] not in done]


def undo(entry: Mapping[str, Any]) -> str:
    """Takes one entry back; what was done, for people. Doing it twice changes nothing. Raises CannotAct."""
    if entry["undo"] == "thaw":
        known = [Known(*row) for row in entry["processes"]]
        send(known, signal.SIGCONT)
        return f"process {known[0].pid} goes on" if known else "nothing was frozen"
    if entry["undo"] == "remove":
        remove(Path(entry["path"]))
        return f"{entry['path']} is removed"
    file = entry.get("unless")
    if file and runs(file):
        return f"the process of {file} runs"
    run(entry["command"])
    return f"{entry['command'][0]} was run"


def runs(pid_file: str) -> bool:
    """Whether the process of that file is there."""
    try:
        return started(int(Path(pid_file).read_text(encoding="ascii").split()[0])) > 0
    except (OSError, ValueError, IndexError):
        return False


def run(command: Sequence[str]) -> str:
    """What a command of the target file says; by no shell, kept from the terminal. Raises CannotAct."""
    try:
        done = subprocess.run(
            list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=COMMAND_S, check=False, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise CannotAct(f"{command[0]} cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise CannotAct(f"{command[0]} did not end within {COMMAND_S:.0f} s") from None
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        last = (said.strip().splitlines() or ["it said nothing"])[-1]
        raise CannotAct(f"{command[0]} ended with {done.returncode}: {last[:200]}")
    return said


def undo_all(directory: Path) -> tuple[list[str], list[str]]:
    """Everything that is open, the newest first: what was done, and what could not be."""
    done, failed = [], []
    journal = Journal(directory)
    for entry in open_entries(directory):
        try:
            done.append(undo(entry))
            with contextlib.suppress(OSError):  # on a full disk it stays open, and is undone once more later
                journal.undone(entry["id"])
        except (CannotAct, OSError, LookupError, TypeError, ValueError, AttributeError) as error:
            failed.append(str(error) or type(error).__name__)  # one that is damaged keeps back no other
    return done, failed
