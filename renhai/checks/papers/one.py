"""One paper, from its bytes to what is not right on it; runs in a process of its own where there are many."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from renhai.binding.answers.paper import damage
from renhai.checks.papers.kept import Kept
from renhai.checks.papers.ofd import read_ofd
from renhai.checks.papers.pdf import UNKNOWN, Read, Unreadable, read_pdf
from renhai.checks.papers.picture import picture
from renhai.spec.papers.form import load_form
from results.checks.papers.judging import WHOLE, Mark, judge
from results.checks.papers.layout import Form

READERS = {"pdf": read_pdf, "ofd": read_ofd}
Rules = Mapping[str, Mapping[str, Any]]
NO_LETTERS = "a font on it does not say which letters it shows"


class Looked(NamedTuple):
    """marks: what is not right; unknown: why that cannot be said, "" where it can."""

    marks: list[Mark]
    unknown: str = ""


class Looking:
    """Looks at papers by `papers` of a normalised binding. Raises UsageError for a form that is wrong."""

    def __init__(self, rules: Rules) -> None:
        self._rules = {name: (load_form(Path(rule["form"])), rule) for name, rule in rules.items()}

    def look_at(self, paper: Kept) -> Looked:
        """Raises UsageError where a reader is not installed."""
        form, rule = self._rules[paper.operation]
        body = paper.body or b""
        found = damage(rule["media"], body)
        if found is not None:
            return Looked([Mark(found.kind, WHOLE, "a whole paper", found.why)])
        try:
            read: Read = READERS[rule["media"]](body)
        except Unreadable as error:
            return Looked([Mark("unreadable", WHOLE, "a paper that opens", str(error))])
        if read.unknown:
            return Looked([], read.unknown)
        if not read.chars:
            return Looked([Mark("empty", WHOLE, "words", "no word on it")])
        expected: dict[str, Sequence[str]] = {}
        for field, names in rule["says"].items():
            missing = next((one for one in names if not paper.values.get(one)), None)
            if missing is not None:
                return Looked([], f"requests have no {missing}, which {field} must say")
            expected[field] = [str(paper.values[one]) for one in names]
        try:
            marks = judge(form, read.chars, read.pages, expected, read.sizes)
        except (ValueError, KeyError) as error:
            return Looked([], f"what it must say cannot be: {error}")
        return Looked([], NO_LETTERS) if _illegible(read, marks) else Looked(marks)

    def picture(self, paper: Kept, mark: Mark) -> str:
        """Of what differs, as PNG in base64."""
        form, rule = self._rules[paper.operation]
        body = paper.body or b""
        return picture(rule["media"], body, READERS[rule["media"]](body).chars, form, mark)

    def media(self, operation: str) -> str:
        """pdf or ofd."""
        return str(self._rules[operation][1]["media"])

    def form(self, operation: str) -> Form:
        return self._rules[operation][0]


def _illegible(read: Read, marks: Sequence[Mark]) -> bool:
    """Whether nothing is known to be wrong but what stands in letters of which their font does not say what
    they are."""
    clear = any(mark.found and UNKNOWN not in mark.found for mark in marks)
    return bool(marks) and not clear and any(char.text == UNKNOWN for char in read.chars)


_looking: Looking | None = None


def begin(rules: Rules) -> None:
    """In a process of its own, before the first paper. What Ctrl-C does is for the one that asked for it."""
    global _looking
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _looking = Looking(rules)


def look_at_all(papers: Sequence[Kept]) -> list[Looked]:
    """In a process of its own: several papers, lest each travels alone."""
    assert _looking is not None
    return [_looking.look_at(paper) for paper in papers]
