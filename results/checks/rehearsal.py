"""The gates of a rehearsal, and the one answer that they amount to: may we open on that day?

A gate is open only while its newest attempt passed, its evidence is as it was written and not too old, the
stage is still what was asked then, and every stage that it waits for is open by an attempt that ended before
this one began. All gates open: pass (go). A gate that was tried and failed: fail (no-go). Whatever else there
is (never tried, broken off, invalid, undecided, evidence gone, skipped) is not proven: inconclusive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from results.language.catalogue import in_chinese
from results.metrics import seconds

State = Literal["passed", "failed", "not_proven", "skipped", "not_run"]
Answer = Literal["pass", "fail", "inconclusive"]
PASS, FAIL = 0, 1  # exit codes of a stage's command; any other is no answer
ENDINGS = {2: "its command was refused", 3: "its measurement is invalid", 4: "its command could not decide"}


@dataclass(frozen=True)
class PlannedStage:
    """A stage as its programme has it. asks: digest of what is run, by which files. problems: at most so
    many of the ledger may be open. build: that its loads must be of, if any. begins, ends: days, ISO 8601.
    max_age_s: of its evidence, seconds."""

    name: str
    title: str
    title_en: str
    owner: str
    begins: str
    ends: str
    after: tuple[str, ...]
    asks: str
    problems: int | None = None
    build: str = ""
    max_age_s: float | None = None


@dataclass(frozen=True)
class Why:
    """One thing that stands against a gate: a sentence, where {} is the title of the stage that it names."""

    sentence: str
    stage: PlannedStage | None = None

    def said(self, language: int) -> str:
        """0 English, 1 Chinese."""
        told = in_chinese(self.sentence) if language else self.sentence
        if self.stage is None:
            return told
        return told.replace("{}", (self.stage.title_en, self.stage.title)[language])

    def record(self) -> dict[str, str | None]:
        """As rehearsal.json has it."""
        return {"en": self.said(0), "zh": self.said(1), "stage": self.stage.name if self.stage else None}


@dataclass(frozen=True)
class Attempt:
    """One try. began, ended: ISO 8601, UTC; order: the places of its first and last event among all.

    code: of its command; None where that never ended. unprepared: the preparation that failed. doubts: what
    is wrong with its evidence, in sentences. headline: its answer in a line (English, Chinese).
    open_problems: of the ledger, at its end. builds: the labels of its loads; embedded: one of them went to
    renhai's own reference system; measured: when runs that it looked at began, if they were made before it.
    """

    number: int
    began: str
    order: tuple[int, int]
    asks: str
    ended: str = ""
    code: int | None = None
    interrupted: bool = False
    unprepared: str = ""
    doubts: tuple[str, ...] = ()
    headline: tuple[str, str] = ("", "")
    pages: tuple[str, ...] = ()
    open_problems: int | None = None
    builds: tuple[str, ...] = ()
    embedded: bool = False
    measured: str = ""


@dataclass(frozen=True)
class Skip:
    """Somebody decided to go on without a stage."""

    by: str
    reason: str
    at: str
    order: int


@dataclass(frozen=True)
class Gate:
    """How a stage stands. why: what stands against it; late: past its last day."""

    stage: PlannedStage
    state: State
    why: tuple[Why, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    skip: Skip | None = None
    late: bool = False

    @property
    def newest(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    @property
    def failed_before(self) -> int:
        """Attempts before the newest that did not pass."""
        return sum(1 for one in self.attempts[:-1] if one.code != PASS or one.doubts)


@dataclass(frozen=True)
class Overview:
    """The whole: gates in the programme's order; dropped: stages that were tried and are in it no more."""

    gates: tuple[Gate, ...]
    answer: Answer
    dropped: tuple[str, ...] = ()

    def gate(self, name: str) -> Gate:
        return next(one for one in self.gates if one.stage.name == name)

    def may_begin(self, name: str) -> list[str]:
        """The stages that it waits for, whose gates are shut; skipped ones let it begin."""
        waits = (self.gate(one) for one in self.gate(name).stage.after)
        return [one.stage.name for one in waits if one.state != "passed" and one.skip is None]


def standing(
    stages: Sequence[PlannedStage],
    attempts: Mapping[str, Sequence[Attempt]],
    skips: Mapping[str, Skip],
    today: str = "",
    open_now: int | None = 0,
    now: str = "",
) -> Overview:
    """today: ISO day by which stages are late; "" where the days are only shown. now: ISO 8601, by which
    evidence ages. open_now: problems of the
    ledger as it is now, None where it cannot be read or lost some; the stage that ended last is held to them,
    too, and so is the programme's last one, whichever ended after it."""
    gates: dict[str, Gate] = {}
    last = max((tries[-1].order[1] for tries in attempts.values() if tries), default=-1)
    for stage in stages:
        tried = tuple(attempts.get(stage.name, ()))
        skip = skips.get(stage.name)
        if skip and tried and tried[-1].order[0] > skip.order:
            skip = None  # it was tried after all
        state, why = _state(stage, tried, skip, gates, now)
        held_now = stage is stages[-1] or (bool(tried) and tried[-1].order[1] == last)
        if state == "passed" and stage.problems is not None and held_now:
            state, why = _open_since(stage.problems, open_now)
        late = bool(today) and state != "passed" and today > stage.ends
        gates[stage.name] = Gate(stage, state, tuple(why), tried, skip, late)
    dropped = tuple(sorted({*attempts, *skips} - set(gates)))
    return Overview(tuple(gates.values()), answer(list(gates.values()), dropped), dropped)


def answer(gates: Sequence[Gate], dropped: Sequence[str] = ()) -> Answer:
    """Failed outranks not proven; nothing at all is not proven, nor is a programme that lost a stage."""
    if any(one.state == "failed" for one in gates):
        return "fail"
    whole = gates and not dropped and all(one.state == "passed" for one in gates)
    return "pass" if whole else "inconclusive"


def _state(
    stage: PlannedStage, tried: Sequence[Attempt], skip: Skip | None, gates: Mapping[str, Gate], now: str
) -> tuple[State, list[Why]]:
    skipped = [f"{skip.by} skipped it: {skip.reason}"] if skip else []
    if tried and tried[-1].code == FAIL:  # who goes on without it does not make it better
        return "failed", [*map(Why, ["its command found a failure", *tried[-1].doubts, *skipped])]
    if skip:
        return "skipped", [*map(Why, skipped)]
    if not tried:
        return "not_run", [Why("it was never run")]
    newest = tried[-1]
    of_itself = [
        *_broken_off(newest),
        *newest.doubts,
        *_changed(stage, newest),
        *_of_another_build(stage, newest),
        *_too_old(stage, newest, now),
    ]
    why = [*map(Why, of_itself), *_before(stage, newest, gates)]
    if newest.code == PASS and stage.problems is not None:
        opened = newest.open_problems
        if opened is None:
            why.append(Why("the ledger of problems could not be read at its end"))
        elif opened > stage.problems:
            told = f"{opened:,} problems are open, and its gate allows {stage.problems:,}"
            return "failed", [Why(told), *why]
    return ("not_proven", why) if why else ("passed", [])


def _open_since(allowed: int, opened: int | None) -> tuple[State, list[Why]]:
    """A problem that was entered or opened again after the last stage stands against it."""
    if opened is None:
        return "not_proven", [Why("the ledger of problems cannot be read now, or has lost some")]
    if opened > allowed:
        return "failed", [Why(f"{opened:,} problems are open now, and its gate allows {allowed:,}")]
    return "passed", []


def _broken_off(attempt: Attempt) -> list[str]:
    if attempt.interrupted:
        return ["it was interrupted"]
    if attempt.unprepared:
        return [f"its preparation failed: {attempt.unprepared}"]
    if attempt.code is None:
        return ["it broke off, and nobody knows how it would have ended"]
    if attempt.code == PASS:
        return []
    return [ENDINGS.get(attempt.code, f"its command ended with {attempt.code}")]


def _changed(stage: PlannedStage, attempt: Attempt) -> list[str]:
    return ["what it asks was changed since it ran"] if attempt.asks != stage.asks else []


def _of_another_build(stage: PlannedStage, attempt: Attempt) -> list[str]:
    if not stage.build:
        return []
    return [
        f"it loaded {f'build {one}' if one else 'a build without a name'}, and build {stage.build} is to open"
        for one in attempt.builds
        if one != stage.build
    ]


def _too_old(stage: PlannedStage, attempt: Attempt, now: str) -> list[str]:
    """What was so long ago; an age that nobody knows is one beyond all bounds."""
    if stage.max_age_s is None or attempt.code != PASS:
        return []
    try:
        since = min(datetime.fromisoformat(one) for one in (attempt.ended, attempt.measured or attempt.ended))
        age = (datetime.fromisoformat(now) - since).total_seconds()
    except (TypeError, ValueError):
        return ["nobody knows how old its evidence is"]
    if 0 <= age <= stage.max_age_s:
        return []
    return [f"its evidence is {seconds(age)} old, and its gate allows {seconds(stage.max_age_s)}"]


def _before(stage: PlannedStage, attempt: Attempt, gates: Mapping[str, Gate]) -> list[Why]:
    """An answer stands on the stages before it: on their newest attempts, and none later than itself."""
    why = []
    for name in stage.after:
        gate = gates[name]
        if gate.state != "passed" and gate.skip is None:
            why.append(Why("it stands on {}, whose gate is not open", gate.stage))
        elif gate.newest and gate.newest.order[1] > attempt.order[0]:
            why.append(Why("it ran before {} was repeated", gate.stage))
    return why
