"""The runs of `renhai run --repeat --baseline --against`, and the one answer that they amount to.

Runs that are compared may be made until they decide: at 5, 8 and 12 of a side it is looked whether they do
(docs/comparison.md). With `--against` both builds take turns, A B B A, and run *k* of either has the same
draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from renhai.core.errors import FAIL, INCONCLUSIVE, INVALID, PASS, Problem, UsageError
from renhai.core.language import language, say
from renhai.plan.search import check_space
from renhai.run import single as runner
from renhai.run.monitor.views import View
from renhai.run.single import Outcome, PreparedRun, RunRequest
from renhai.run.stop import Both
from results.verdict.reasons import Reason
from results.verdict.reasons.comparison import MadeAgain
from results.verdict.run_summary import reasons_of

if TYPE_CHECKING:  # scipy is loaded only by runs that are compared
    from renhai.run.multiple.comparison import Opponent

# Which of several answers decides: a measurement that cannot be trusted outranks what it seems to say.
SEVERITY = (PASS, INCONCLUSIVE, FAIL, INVALID)
AUTO: Literal["auto"] = "auto"
HEARD_S = 0.2  # so long a signal may wait while both sides run: it is this thread that hears it
OLDEST_S = 7 * 86_400.0  # from that age on a baseline's build is run again, where it is up
Times = int | Literal["auto"] | None


def worst(codes: Sequence[int]) -> int:
    """The exit code of several answers together."""
    return max(codes, key=SEVERITY.index, default=PASS)


def repeat(request: RunRequest, times: int, spare: int, view: View) -> Iterator[Outcome]:
    """So many runs, each with a draw of its own; up to `spare` invalid ones are made again. An interrupted
    one is the last."""
    missing, number = times, request.number
    check_space(runner.prepare(request).scenario, missing + spare, "--repeat")
    while missing:
        outcome = runner.run(replace(request, number=number), view)
        number += 1
        yield outcome
        if outcome.run.ended == "interrupted":
            return
        if outcome.code == INVALID and spare:
            spare -= 1
        else:
            missing -= 1


def counted(outcomes: Sequence[Outcome], spare: int) -> tuple[list[Outcome], list[Reason]]:
    """(the runs that count, a caveat for each invalid one that was made again in its place)."""
    kept: list[Outcome] = []
    aside: list[Reason] = []
    for outcome in outcomes:
        if outcome.code == INVALID and outcome.run.ended != "interrupted" and len(aside) < spare:
            aside.append(MadeAgain(run=outcome.run.run_id, why=tuple(reasons_of(outcome.run))))
        else:
            kept.append(outcome)
    return kept, aside


@dataclass(frozen=True)
class Asked:
    """What is to be compared with. baseline: a kept one. against: where its build is up now, a target's name
    or URL. oldest_s: the age from which a kept baseline's build is run again, if it is up. times: of runs a
    side, or auto.
    """

    baseline: Path | None = None
    against: str | None = None
    oldest_s: float = OLDEST_S
    anyway: bool = False
    times: Times = None
    spare: int = 0

    @property
    def compares(self) -> bool:
        return self.baseline is not None or self.against is not None

    def check(self) -> None:
        """Raises UsageError for options that need others."""
        if self.anyway and not self.compares:
            raise UsageError(Problem("--anyway", "", "goes with --baseline DIR or --against URL"))
        if self.times == AUTO and not self.compares:
            why = "of auto decides a comparison; add --baseline DIR or --against URL, or name a number"
            raise UsageError(Problem("--repeat", "", why))


@dataclass
class Series:
    """The runs of one command: `outcomes` of the new build, `old` of the old one, where both take turns."""

    request: RunRequest
    asked: Asked
    against: Opponent | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    old: list[Outcome] = field(default_factory=list)
    ready: PreparedRun | None = None  # what was looked at before the first run

    @classmethod
    def of(cls, request: RunRequest, asked: Asked) -> Series:
        """Refuses before any load is sent what could not be compared after it: UsageError, SnapshotError."""
        asked.check()
        if not asked.compares:
            return cls(request, asked)
        from renhai.run.multiple.comparison import opponent

        draws = looks_of(asked)[0]
        found = opponent(request, asked.baseline, asked.against, asked.oldest_s, asked.anyway, draws)
        return cls(request, asked, found)

    def runs(self, view: View) -> Iterator[Outcome]:
        """Every run as it is made, both sides', until the comparison is decided or all are made."""
        looks = looks_of(self.asked)
        self.ready = runner.prepare(self.request)
        check_space(self.ready.scenario, looks[-1] + self.asked.spare, "--repeat")
        for many in looks:
            for made in self._up_to(many, view):
                yield from made
                if any(map(self._broken, made)):
                    return
            if self.against and many < looks[-1]:
                found = self.against.compare(self.old, self.outcomes, len(looks))
                if found.verdict != "inconclusive":
                    return

    def _up_to(self, many: int, view: View) -> Iterator[list[Outcome]]:
        """One run after the other; both of a couple where they are made at once."""
        while self._made(self.outcomes) < many:
            number = len(self.outcomes)
            sides = [(self.request, self.outcomes)]
            if self.against and self.against.other:
                sides.insert(number % 2, (self.against.other, self.old))
                if self._at_once:
                    yield self._both(self.against.other, number, view)
                    continue
            for request, made in sides:
                just_now = request is self.request and not self.outcomes and not self.old
                numbered = replace(request, number=request.number + number)
                made.append(runner.run(numbered, view, self.ready if just_now else None))
                yield [made[-1]]

    @property
    def _at_once(self) -> bool:
        return self.ready is not None and self.ready.loaded.scenario.against == "at_once"

    def _both(self, other: RunRequest, number: int, view: View) -> list[Outcome]:
        """Run `number` of either side, at the same time; what asks for the end ends both.

        Raises as runner.run does, once both are over.
        """
        ready = None if self.outcomes else self.ready
        with Both() as asked, ThreadPoolExecutor(2) as lanes:
            new, old = (
                replace(one, number=one.number + number, beside=asked) for one in (self.request, other)
            )
            running = [lanes.submit(runner.run, new, view, ready), lanes.submit(runner.run, old)]
            while any(one.running() for one in running):
                wait(running, timeout=HEARD_S)
        for made, one in zip((self.outcomes, self.old), running, strict=True):
            made.append(one.result())
        return [self.old[-1], self.outcomes[-1]]

    def _made(self, made: Sequence[Outcome]) -> int:
        """How many count; without a comparison an invalid one does, unless it is to be made again."""
        invalid = sum(one.code == INVALID for one in made)
        return len(made) - (invalid if self.against else min(invalid, self.asked.spare))

    def _broken(self, outcome: Outcome) -> bool:
        """Whether nothing can be made of it any more."""
        invalid = sum(one.code == INVALID for one in [*self.outcomes, *self.old])
        spent = self.against is not None and invalid > self.asked.spare
        return outcome.run.ended == "interrupted" or spent

    def conclude(self, show: Callable[[object], None]) -> int:
        """The exit code of runs and comparison together; the comparison's files go beside the last run.

        Raises SnapshotError when they cannot be compared or written.
        """
        kept, aside = counted(self.outcomes, self.asked.spare)
        old, aside_old = counted(self.old, self.asked.spare - len(aside))
        codes = [one.code for one in kept] + [INVALID for one in old if one.code == INVALID]
        aside += aside_old
        if self.against is None or INVALID in codes:
            for caveat in aside:
                print(caveat.said(language() == "zh"))
            return worst(codes)
        from results.report.terminal.comparison import render_comparison

        found, page = self.against.write(self.old, self.outcomes, len(looks_of(self.asked)), aside)
        show(render_comparison(found))
        print(f"{say('comparison')}{say(': ')}{page}")
        return worst([*codes, found.exit_code])


def looks_of(asked: Asked) -> tuple[int, ...]:
    """Numbers of runs a side after which a comparison is looked at."""
    if isinstance(asked.times, int):
        return (asked.times,)
    if not asked.compares:
        return (1,)
    from results.compare.settings import LOOKS

    return LOOKS
