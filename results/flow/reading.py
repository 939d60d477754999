"""The flow of a run's cases out of its directory."""

from __future__ import annotations

from pathlib import Path

from results.checks.audit.intents import FORMAT, intent_files, lines_of, read_intents
from results.flow.history import ACCEPTS, Flow, flow_of
from results.snapshot.run import Measured


def read_flow(directory: Path, measured: Measured) -> Flow | None:
    """None where the run accepted no case, or wrote no receipts of any: no file says so in its first line."""
    if not any(measured.operations.get(name, {}).get("started") for name in ACCEPTS):
        return None
    files = intent_files(directory)
    if not (run_id := _run_with_cases([path for path, _ in files])):
        return None
    intents = read_intents(files, run_id, measured.generator.processes)
    return flow_of(intents, measured.epoch, measured.duration_s)


def _run_with_cases(paths: list[Path]) -> str:
    """The run of the first file whose first line names operations that accept cases."""
    for path in paths:
        try:
            line = next(lines_of(path))[1]
        except (OSError, ValueError, StopIteration):
            continue
        if isinstance(line, list) and len(line) == 6 and line[0] == FORMAT and set(ACCEPTS) & set(line[4]):
            return str(line[2])
    return ""
