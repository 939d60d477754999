"""Files of intents without an end: of a run that goes on, of a killed process, of one that gave them up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from renhai.core.errors import Problem, UsageError
from results.checks.audit.intents import FOLDER, Hole, lines_told
from results.verdict.reasons.generator import FileNotWritten


def check_written(run: Path, lines: Mapping[Path, int]) -> None:
    """Raises UsageError where a file without an end went on meanwhile: later writes' records would be called
    never asked for. lines: how many each had."""
    for path, told in lines.items():
        if lines_told(path) != told:
            why = f"is under way: {path.name} is still written; audit it when it has ended"
            raise UsageError(Problem(str(run), "", why))


def given_up(run: Path) -> Iterator[Hole]:
    """Files of intents that their load process had to give up, as on a full disk. They have no end then, as
    that of a process which was killed, and unlike that one do not tell of all."""
    try:
        measured = json.loads((run / "measured.json").read_text(encoding="utf-8"))
        told = [(one["code"], one["params"]) for one in measured.get("unhealthy_codes") or () if one]
        lost = [known for code, known in told if code == FileNotWritten.code]
        rows = [(str(one["file"]), str(one["error"])) for one in lost if Path(one["out"]).name == FOLDER]
    except (OSError, ValueError, RecursionError, AttributeError, TypeError, LookupError):
        return
    for name, error in rows:
        yield Hole(
            name, 0, f"was given up by its load process ({error}); what was written later is not in it"
        )
