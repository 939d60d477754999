"""What is wrong with a snapshot: the one error that a person can mend, and damage that a verdict tells."""

from __future__ import annotations

from typing import Literal, NamedTuple

ZEROS = "it holds zeros, as a lost power leaves them"  # a Damage.detail


class Damage(NamedTuple):
    """A file that could not be read, or only in part. detail: what its reader found, in technical words."""

    file: str
    kind: Literal["missing", "cut off", "damaged"]
    line: int | None = None
    detail: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: line {self.line}" if self.line else self.file
        if self.kind == "damaged":
            return f"{where}: {self.detail}"
        return f"{where} is {self.kind}"


class SnapshotError(ValueError):
    """Says where, the offending value, why, and what to do next.

    `str()` is one sentence for a terminal, such as
    `runs/a/run.json: duration_s is -1; must be 0 or more; run the scenario again`.
    """

    def __init__(self, where: str, why: str, remedy: str, value: object = None) -> None:
        self.where, self.why, self.remedy, self.value = where, why, remedy, value
        self.shown = str(value).lower() if isinstance(value, bool) else repr(value)  # as JSON and YAML say it
        offending = f" is {self.shown}" if value is not None else ""
        super().__init__(f"{where}{offending}; {why}; {remedy}")
