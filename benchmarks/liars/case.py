"""One row of the table, whatever it is about, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Attempt(NamedTuple):
    """`passed`: the product said that all is well. `verdict`: in its words, with the first reason."""

    passed: bool
    verdict: str


@dataclass(frozen=True)
class Case:
    """honest: it must pass; anything else must not. `attempt(folder)` tries it, in a folder of its own."""

    name: str
    kind: str
    honest: bool
    attempt: Callable[[Path], Attempt]

    def is_right(self, attempt: Attempt) -> bool:
        """Whether it came out as it must."""
        return attempt.passed == self.honest
