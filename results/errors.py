"""The one error that reading or judging a snapshot raises for something a person can mend."""

from __future__ import annotations


class SnapshotError(ValueError):
    """Says where, the offending value, why, and what to do next.

    `str()` is one sentence for a terminal, such as
    `runs/a/run.json: duration_s is -1; must be 0 or more; run the scenario again`.
    """

    def __init__(self, where: str, why: str, remedy: str, value: object = None) -> None:
        self.where, self.why, self.remedy, self.value = where, why, remedy, value
        offending = f" is {value!r}" if value is not None else ""
        super().__init__(f"{where}{offending}; {why}; {remedy}")
