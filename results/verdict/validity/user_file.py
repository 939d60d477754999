"""What a run with a user's own Locust file is held to beyond its thresholds.

Stock Locust exits 1 when an exception left a task, or when the file says so. Here an exception is an error of
the row that is named after its task, and a threshold on errors may allow a share of them, of that row or of
the run; without such a threshold, or where a task never came to its end, the run fails. The file's own word,
`environment.process_exit_code`, is heard in any case.
"""

from __future__ import annotations

from collections.abc import Sequence

from results.metrics import ERROR_METRICS, RUN
from results.snapshot.names import FOLDED, MOST_NAMES
from results.snapshot.run import ThresholdRow
from results.verdict.reasons import Reason
from results.verdict.reasons import user_file as said
from results.verdict.validity.evidence import Evidence


def exceptions(evidence: Evidence, rows: Sequence[ThresholdRow]) -> list[Reason]:
    """A reason for each task or function whose exceptions no threshold allows."""
    held = {row.subject for row in rows if row.metric in ERROR_METRICS}
    found: list[Reason] = []
    for name, count in sorted(evidence.measured.exceptions.items()):
        done = evidence.measured.journeys.get(name, {})
        if done.get("failed") and not done.get("completed"):
            found.append(said.AlwaysRaised(task=name, count=count))
        elif not held & {name, RUN}:
            found.append(said.Uncaught(task=name, count=count))
    return found


def exit_code(evidence: Evidence) -> list[Reason]:
    """The exit code of the load process, where the file may set it."""
    code = evidence.measured.exit_code
    if not code:
        return []
    return [said.Killed(signal=-code)] if code < 0 else [said.ExitCode(exit_code=code)]


def notes(evidence: Evidence) -> list[Reason]:
    """What does not decide, and is to be known: names that were folded into one row."""
    counts = evidence.measured.operations.get(FOLDED)
    if not counts:
        return []
    return [said.NamesFolded(requests=counts["started"], row=FOLDED, most=MOST_NAMES)]
