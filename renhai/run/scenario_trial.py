"""`renhai binding check FILE --scenario SCENARIO`: its journeys as a run would walk them, one person each.

The walking is done by a load process's own engine (renhai.load.trial) with the plan that a run would have, so
that what it finds is what the run would find; here its lines are read, shown and counted.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

from renhai.binding.codec import Reply
from renhai.checks.binding_trial import Exchange, render
from renhai.core.errors import FAIL, INCONCLUSIVE, PASS, InvalidRun, Problem, UsageError
from renhai.core.language import language
from renhai.core.language import say as spoken
from renhai.core.process.child_process import Child, last_words
from renhai.core.process.interrupts import Interrupts
from renhai.plan.build import Options, build_plan
from renhai.plan.model import Plan
from renhai.run import single
from renhai.safety import addresses as target_addresses
from renhai.spec.loader import LoadedScenario
from results.metrics import rounded_share

POLL_S = 0.2
_PART = re.compile(r"\[(\d+)\]|\.(\w+)")
Say = Callable[[str], object]
Where = Callable[[str, str], str]  # of a journey and the place of a step
Wanted = dict[str, list[tuple[str, float, bool]]]  # by journey: operation, share, for new taxpayers alone


@dataclass
class Refused:
    """A step that the target refused: in how many walks, in how many it passed; said: the first reason."""

    named: str
    said: str
    refused: int = 0
    passed: int = 0

    @property
    def walks(self) -> int:
        return self.refused + self.passed

    @property
    def is_of_data(self) -> bool:
        """Whether what was sent is right as a rule: then who is refused is a question of the data."""
        return self.passed >= self.refused


@dataclass
class Seen:
    """What came of all journeys. held: each step, and whether each of its answers was ok; broken: steps with
    an answer that was neither ok nor a refusal. wrong: walks that did not come to their end, and what was
    wrong with journeys; short: steps that were never sent, and journeys for which time, rows or taxpayers did
    not suffice. empty: conditions that compare what never was there.
    """

    held: dict[str, bool] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    refused: dict[str, Refused] = field(default_factory=dict)
    walked: list[str] = field(default_factory=list)
    wrong: int = 0
    short: int = 0
    empty: int = 0
    ended: bool = False

    @property
    def doubtful(self) -> set[str]:
        """Steps that were refused in some walks and passed in as many others: never fine, and no proven
        fault."""
        return {step for step, one in self.refused.items() if one.is_of_data and step not in self.broken}

    @property
    def code(self) -> int:
        """What is wrong outranks what was not proven; nothing but answers proves."""
        failed = {step for step, held in self.held.items() if not held} - self.doubtful
        if self.wrong or not self.ended or not self.walked or failed:
            return FAIL
        return PASS if self.held and not self.unproven else INCONCLUSIVE

    @property
    def unproven(self) -> int:
        """Places that were named and are neither fine nor wrong."""
        return self.short + self.empty + len(self.doubtful)


def check_scenario(
    file: str, scenario: str, url: str | None, seed: int | None, say: Say, data: bool = False
) -> int:
    """The whole command: the exit code. data: --fields or --data was given. Raises UsageError, InvalidRun."""
    if data:
        why = "goes without --fields and --data: its own steps and data say what is sent; remove them"
        raise UsageError(Problem("--scenario", "", why))
    place = target_addresses.checked_url(url) if url is not None else ""
    options = Options(seed=seed)
    prepared = single.prepare(single.RunRequest(scenario, target=file, place=place, options=options))
    if prepared.loaded.scenario.locustfile is not None:
        why = f"is {scenario}, whose locustfile says itself what it sends; check one with journeys"
        raise UsageError(Problem("--scenario", "", why))
    seen = Seen()
    with (
        Interrupts() as interrupts,
        tempfile.TemporaryDirectory(prefix="renhai-check-") as folder,
        single.target_of(prepared, interrupts) as (place, _),
    ):
        plan = build_plan(
            prepared.loaded,
            prepared.scenario,
            run_id="binding-check",
            out=Path(folder),
            base_url=place,
            addresses=single.addresses_of(prepared, place),
            processes=1,
        )
        for line in _lines(plan, _wanted(prepared.loaded), Path(folder), interrupts):
            _take(line, seen, say, partial(_where, prepared.loaded))
    for step, one in seen.refused.items():
        say(spoken(_refused(one, step in seen.doubtful)))
    say(spoken(f"{sum(seen.held.values())} of {len(seen.held)} steps ok at {place}"))
    if seen.unproven:
        say(spoken(f"not proven: {seen.unproven} places, named above"))
    return seen.code


def _refused(one: Refused, doubtful: bool) -> str:
    """Of a step that the target refused, in how many walks and why."""
    often = f"{one.named} was refused in {one.refused} of {one.walks} walks: {one.said}"
    return f"{often}; the others passed it: is that right for the data of those walks?" if doubtful else often


def _where(loaded: LoadedScenario, journey: str, place: str) -> str:
    """`file:line: ` of a step by its place, such as `shop.buy[2].then[0]`; "" for a journey in Python."""
    if journey not in loaded.scenario.journeys or not place.startswith(f"{journey}["):
        return ""
    parts = _PART.findall(place.removeprefix(journey))
    path = ("journeys", journey, *(int(number) if number else word for number, word in parts))
    return f"{loaded.file.where(path)}: "


def _wanted(loaded: LoadedScenario) -> Wanted:
    """What the run is held to, without what is optional.

    All steps of one that stands in the scenario, as its places are told by their order.
    """
    optional = loaded.scenario.optional
    return {
        name: [
            (step.operation, step.share, step.new)
            for step in journey.steps
            if not journey.file or not any(fnmatchcase(step.operation, glob) for glob in optional)
        ]
        for name, journey in loaded.journeys.items()
    }


def _lines(plan: Plan, wanted: Wanted, folder: Path, interrupts: Interrupts) -> Iterator[dict[str, Any]]:
    """What the walking process says. Raises InvalidRun where it ends before it is through."""
    file, held_to, log = folder / "plan.json", folder / "wanted.json", folder / "trial.log"
    file.touch(mode=0o600)
    file.write_text(plan.model_dump_json(), encoding="utf-8")
    held_to.write_text(json.dumps(wanted), encoding="utf-8")
    child = Child(["-P", "-m", "renhai.load.trial", str(file), str(held_to)], cwd=folder, log=log)
    try:
        while child.code is None and not interrupts.count:
            line = child.line(POLL_S)
            if line is not None:
                yield _told(line)
        if interrupts.count:
            raise InvalidRun("interrupted before all journeys were walked")
        yield from map(_told, child.rest())
    finally:
        with contextlib.suppress(OSError):
            child.stop(timeout=5)
    if child.code:
        raise InvalidRun(f"the process that walks the journeys ended with {child.code}: {last_words(log)}")


def _told(line: str) -> dict[str, Any]:
    """A line of the walking process; nothing where a locustfile has printed it."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _take(told: dict[str, Any], seen: Seen, say: Say, where: Where) -> None:
    if "sent" in told:
        one = told["sent"]
        operation, place = one["operation"], one["place"]
        step = _step(one)
        reply = Reply(one["outcome"], dict.fromkeys(one["read"], ""), one["code"], one["reason"])
        seen.held[step] = seen.held.get(step, True) and reply.ok
        if reply.outcome == "error":
            seen.broken.add(step)
        named = f"{operation} ({place or one['journey']})"
        status, came = one["status"], one["came"].partition(" ")[2]
        say(render(Exchange(named, one["sent"].rstrip(), came, status, reply, one["ms"], tuple(one["kept"]))))
    elif "walked" in told:
        seen.walked.append(told["walked"])
        _told_of_journey(told, seen, say, where)
    seen.ended = seen.ended or "end" in told


def _step(told: dict[str, Any]) -> str:
    """How a step is known here: by its place, in a journey in Python by its operation."""
    return told["place"] or f"{told['journey']} {told['operation']}"


def _told_of_journey(told: dict[str, Any], seen: Seen, say: Say, where: Where) -> None:
    """Say how a journey went, and count what is wrong with it and what was not proven."""
    name, walks, left, short = told["walked"], told["walks"], told["left"], told["late"] or told["over"]
    seen.wrong += len(told["complaints"]) + told["failed"] + (not told["completed"] and not short)
    seen.short += len(left) or (short and not told["completed"])
    say(spoken(f"journey {name}: completed in {told['completed']} of {walks} walks"))
    if told["late"]:
        say("  " + spoken("its time was up before all of it was walked"))
    if told["over"]:
        say("  " + spoken("its rows or taxpayers were used up before all of it was walked"))
    for complaint in told["complaints"]:
        times = complaint["times"]
        often = f" ({spoken(f'in {times} walks')})" if times > 1 else ""
        say(f"  {complaint[language()]}{often}")
    for one in left:
        say(f"  {where(name, one['place'])}{spoken(_unsent(one, walks))}")
    for one in told["absent"]:
        seen.empty += one["compares"]
        say(f"  {where(name, one['place'])}{spoken(_absent(one))}")
    for one in told["refused"]:
        named = f"{one['operation']} ({one['place'] or one['journey']})"
        said = " ".join(filter(None, (one["code"], one["reason"]))) or "–"
        known = seen.refused.setdefault(_step(one), Refused(named, said))
        known.refused += one["refused"]
        known.passed += one["passed"]


def _absent(one: dict[str, Any]) -> str:
    """That what a condition reads was in nothing that it was asked of, which is right for one that asks just
    that."""
    condition, place, path, times = one["condition"], one["place"], one["path"], one["times"]
    if not one["compares"]:
        return f"{condition} ({place}): {path} was never there, looked at {times} times"
    return (
        f"{condition} ({place}): {path} was never there, looked at {times} times, so the comparison proves "
        f"nothing; is the name right? where it may be missing, ask {path} alone"
    )


def _unsent(one: dict[str, Any], walks: int) -> str:
    """That a step was not sent, and why not (renhai.load.trial.walked)."""
    operation, place, why = one["operation"], one["place"], one["why"]
    if why == "condition":
        condition, times = one["condition"], one["times"]
        if one["must"]:
            return f"{operation} ({place}) was not sent: {condition} did not hold, looked at {times} times"
        return f"{operation} ({place}) was not sent: {condition} always held, looked at {times} times"
    if why == "drawn":
        return f"{operation} ({place}) was not sent: its branch was not drawn in {walks} walks"
    if why == "new":
        return f"{operation} ({place}) was not sent: no new taxpayer came in {walks} walks"
    if why == "asked":
        share = rounded_share(one["share"])
        return (
            f"{operation} ({place}) was not sent: no answer asked for it in {walks} walks "
            f"(the journey says: in {share} of them)"
        )
    return f"{operation} ({place}) was not sent: no walk came so far, and so it is not tried"
