"""What went wrong, said in one line each: where, which field, its value, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

PASS, FAIL, USAGE, INVALID, INCONCLUSIVE = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Problem:
    """One mistake. `where` is `file:line`, `--set key=value` or an option; `field` may be empty."""

    where: str
    field: str
    text: str

    def __str__(self) -> str:
        subject = f"{self.field} {self.text}" if self.field else self.text
        return f"{self.where}: {subject}" if self.where else subject


class UsageError(Exception):
    """A bad scenario, option, file or machine setting: exit 2, with one line for each problem."""

    code = USAGE

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem("", "", problems)
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InvalidRun(UsageError):
    """Nothing can be said about the target, because the run itself did not come about: exit 3."""

    code = INVALID


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'hold'?` when a known word is near, else an empty text."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def choice(word: str, known: Iterable[str]) -> str:
    """The end of an error about an unknown word: the nearest known one, else all of them."""
    names = sorted(known)
    return nearest(word, names) or ("; known: " + ", ".join(names) if names else "")
