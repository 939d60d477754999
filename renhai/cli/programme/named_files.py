"""What the commands of a programme name is opened and judged before its first stage begins.

A programme of days is not to fail in its ninth stage by a typing error. What an earlier command of it makes
is not there yet and not asked for, as long as that command stands before it and is not skipped.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from renhai.checks.rehearsal.whole import Rehearsal
from renhai.cli.programme.command_lines import EXAMPLES, Command, parsed, refusal, refused_commands
from renhai.cli.programme.kinds import KINDS, NOT_THERE, SHOWS, Given
from renhai.cli.spoken import told_problem
from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import YamlFile, load_yaml, show_path, spell
from renhai.spec.cutover.programme.loader import lines_of
from renhai.spec.cutover.programme.model import PLACE
from results.checks.ledger.model import read_ledger
from results.errors import SnapshotError

EVIDENCE = "{evidence."  # of a stage that has still to run, in a path


def check_programme(root: Any, found: Rehearsal, only: Sequence[str], *, runs: bool = True) -> None:
    """root: the parser of `renhai`. only: the stages that were asked for; none: all that are still to run.
    runs: whether any will. Raises UsageError with every command and every file that would be refused."""
    problems = refused_commands(root, found.path, found.programme)
    if runs:
        problems += [*_ledger(found), *Walk(root, found, found.coming(only)).problems()]
    if problems:
        raise UsageError(problems)


def _ledger(found: Rehearsal) -> Iterator[Problem]:
    try:
        read_ledger(found.problems.path, may_be_new=True)
    except SnapshotError as error:
        yield Problem("", "", str(error))


@dataclass
class Made:
    """Paths that the commands up to now will have made, and by which stage; ahead: what others would."""

    by_stage: dict[Path, str] = field(default_factory=dict)
    ahead: dict[Path, str] = field(default_factory=dict)

    def __call__(self, path: Path) -> bool:
        return str(path).startswith(EVIDENCE) or _maker(path, self.by_stage) is not None

    def mentions(self, text: str) -> bool:
        """Whether what is said is of something that is not there yet."""
        shown = (re.escape(word) for path in self.by_stage for word in (str(path), show_path(path)))
        return EVIDENCE in text or any(re.search(rf"(?<![\w./-]){word}(?![\w.-])", text) for word in shown)


def _maker(path: Path, makers: Mapping[Path, str]) -> str | None:
    whole = _absolute(path)
    return next((stage for made, stage in makers.items() if whole == made or made in whole.parents), None)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - links that are not there yet cannot be followed


@dataclass
class Walk:
    """Stages that are to run, in order, and what their commands name."""

    root: Any
    found: Rehearsal
    coming: Sequence[str]
    made: Made = field(default_factory=Made)

    def problems(self) -> Iterator[Problem]:
        programme, file = self.found.programme, load_yaml(self.found.path)
        for name in programme.stages:
            self.made.ahead |= {path: name for command in self._commands(name) for path in _writes(command)}
        for name in self.coming:
            lost = [*self._lost(name, file)]
            yield from lost
            for words, place in () if lost else lines_of(programme, name):
                command = self._command(name, words)
                if command is None:  # which was told already; nobody knows what it would make
                    break
                for problem in self._of(name, command):
                    yield Problem(
                        file.where(place), spell(place), f"is {shlex.join(words)}; {told_problem(problem)}"
                    )
                self.made.by_stage |= dict.fromkeys(_writes(command), name)

    def _of(self, name: str, command: Command) -> Iterator[Problem]:
        """What it would refuse of what it names, but for what is made by then."""
        kind = KINDS.get(command.name, SHOWS)
        given = Given(command.values, self.made, self.found.next_out(name))
        gone = [
            Problem(show_path(path), "", self._why_gone(path, name))
            for one in kind.reads
            for path in given.there(one)
            if not path.exists()
        ]
        yield from gone
        for problem in kind.check(_without(given, gone)):
            if not self.made.mentions(str(problem)) and not _told(problem, gone):
                yield problem

    def _why_gone(self, path: Path, name: str) -> str:
        maker = _maker(path, self.made.ahead)
        if maker is None:
            return NOT_THERE
        stages = list(self.found.programme.stages)
        if stages.index(maker) > stages.index(name):
            return f"is made by stage {maker}, which comes later; move it before {name}"
        if maker == name:
            return "is made by a command that stands after it; move that one before it"
        if self.found.standing().gate(maker).skip is not None:
            return f"is made by stage {maker}, which is skipped; run that stage, or skip {name}, too"
        return f"is made by stage {maker}, and is not there; run that stage first"

    def _lost(self, name: str, file: YamlFile) -> Iterator[Problem]:
        """Evidence of stages that will not have run, and left none before."""
        known = self.found.places(self.found.next_out(name))
        for words, place in lines_of(self.found.programme, name):
            for one in sorted({found for word in words for found in PLACE.findall(word)}):
                maker = one.removeprefix("evidence.")
                if one == maker or one in known or maker in self.coming:
                    continue
                skipped = self.found.standing().gate(maker).skip is not None
                why = (
                    f", which is skipped; run that stage, or skip {name}, too"
                    if skipped
                    else "; run it first"
                )
                yield Problem(
                    file.where(place), spell(place), f"has {{{one}}}: nothing was left by stage {maker}{why}"
                )

    def _commands(self, name: str) -> Iterator[Command]:
        for words, _ in lines_of(self.found.programme, name):
            command = self._command(name, words)
            if command is not None:
                yield command

    def _command(self, name: str, words: Sequence[str]) -> Command | None:
        """As it will be read, its places filled as far as they are known; None where it is refused."""
        if refusal(self.root, words, self.found.path.resolve().parent):
            return None
        known = self.found.places(self.found.next_out(name))

        def of(place: Any) -> str:
            word = place[1]
            if word.startswith("evidence.") and word.removeprefix("evidence.") in self.coming:
                return str(place[0])
            return known.get(word) or EXAMPLES.get(word.partition(".")[0]) or str(place[0])

        return parsed(self.root, [PLACE.sub(of, word) for word in words])


def _writes(command: Command) -> Iterator[Path]:
    kind = KINDS.get(command.name, SHOWS)
    given = Given(command.values, lambda path: False, Path())
    for one in kind.writes:
        yield from (_absolute(path) for path in given.paths(one))


def _without(given: Given, gone: Sequence[Problem]) -> Given:
    """The same, where what is not there at all is passed over as what will be: it was told."""
    names = {one.where for one in gone}
    return Given(given.values, lambda path: given.made(path) or show_path(path) in names, given.out)


def _told(problem: Problem, gone: Sequence[Problem]) -> bool:
    return any(problem.where == one.where for one in gone)
