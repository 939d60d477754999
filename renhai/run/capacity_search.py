"""A search for capacity: several short runs at one rate each, under one roof.

Which rate comes next, and what the steps amount to, is decided by results.capacity; here
they are run. Each step is a snapshot of its own under `steps/`; the run's own files are those of the last
step at the rate that was found.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from renhai.core.process.interrupts import Interrupts
from renhai.core.units import spell_seconds
from renhai.plan import search as pressure
from renhai.plan.model import OpenLoad, Plan, SearchLoad
from renhai.plan.schedule import drawn_anew
from renhai.plan.search import further
from renhai.run.monitor.views import Quiet, Status, View
from renhai.run.process import manifest
from results.snapshot.files import replace_whole

KEPT = ("latency.hlog", "service.hlog", "timeline.csv", "failures.jsonl", "measured.json", "load.py")
CHECK_S = 0.2

Drive = Callable[[Plan, Path, View, Interrupts], None]


class StepInterrupts(Interrupts):
    """The interrupts of the whole search, and one more when the step clearly fails."""

    def __init__(self, whole: Interrupts) -> None:
        super().__init__()
        self._whole = whole
        self.early = False

    @property
    def count(self) -> int:
        return self._whole.count + int(self.early)

    @count.setter
    def count(self, value: int) -> None: ...


class StepView(Quiet):
    """Shows a step as part of the search, and hands its seconds to who decides on an early stop."""

    def __init__(self, view: View, look: Callable[[Status], None]) -> None:
        self._view, self._look = view.step(), look

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None:
        self._view.begin(headline, seconds, plan)

    def status(self, status: Status) -> None:
        self._look(status)
        self._view.status(status)

    def end(self) -> None:
        self._view.end()


@dataclass
class Search:
    """One search. `plan` is that of the first step, `known` the manifest; `drive` runs one plan."""

    plan: Plan
    known: dict[str, Any]
    directory: Path
    drive: Drive
    view: View
    interrupts: Interrupts
    steps: list[Any] = field(default_factory=list)

    def run(self) -> dict[str, Any]:
        """Search to the end; the `capacity` of run.json. Raises InvalidRun when a step measured nothing."""
        from results.capacity.search import Probe, Settings, cool_down, next_probe
        from results.capacity.summary import summarise

        settings = Settings.model_validate(self._load.search.model_dump())
        ended = "interrupted"
        while not self.interrupts.count:
            probe = next_probe(self.steps, settings)
            if not isinstance(probe, Probe):
                ended = probe.ended
                break
            if self.steps:
                self._wait(cool_down(self.steps[-1], settings))
            if not self.interrupts.count:
                self._step(probe)
                settings = settings.model_copy(update={"highest": self._highest(settings.highest)})
        found = summarise(self.steps, settings, ended)
        keep_shown(self.directory, found)
        return found

    def _step(self, probe: Any) -> None:
        from results.capacity.search import idle_journey_s, usual_requests
        from results.capacity.step import EarlyStop, measure_step

        number = len(self.steps) + 1
        folder = self.directory / "steps" / f"{number:02d}"
        folder.mkdir(parents=True)
        plan = self._plan(probe, number, folder)
        stop = EarlyStop(probe.rate, idle_journey_s(self.steps) or None, self._limit_ms())
        mine = StepInterrupts(self.interrupts)

        def look(status: Status) -> None:
            mine.early = mine.early or stop.look(status)

        manifest.keep(folder, {**self.known, "run_id": plan.run_id, "draw": plan.seed})
        self.drive(plan, folder, StepView(self.view, look), mine)
        if mine.early:
            _aborted(folder)
        rules = plan.scenario.thresholds
        usual = usual_requests(self.steps)
        step = measure_step(
            folder,
            rules,
            number,
            probe.rate,
            early=mine.early,
            usual=usual,
            planned=self.known.get("planned"),
        )
        self.steps.append(step)
        self._record(folder, plan, step)
        self.view.note(_line(step, probe.purpose))

    def _highest(self, before: float) -> float:
        """No step goes beyond the target file's ceiling, by the requests that a journey really has."""
        ceiling = self.plan.guard.ceiling.rate
        each = max((step.requests_per_journey for step in self.steps if step.outcome == "held"), default=0.0)
        if ceiling is None or not each:
            return before
        search = self._load.search.model_copy(update={"highest": before})
        return pressure.highest_below(search, ceiling, each)

    @property
    def _load(self) -> SearchLoad:
        assert isinstance(self.plan.load, SearchLoad)
        return self.plan.load

    def _plan(self, probe: Any, number: int, folder: Path) -> Plan:
        """The plan of one step: a run at one rate, of taxpayers of its own."""
        scenario, mix = self.plan.scenario, self._load.arrivals
        step = pressure.at_rate(
            mix.process, mix.journeys, probe.rate, probe.seconds, self._load.max_in_flight
        )
        data = further(scenario.data, number)
        load = OpenLoad(arrivals=step.arrivals, stages=step.stages)
        return self.plan.model_copy(
            update={
                "out": str(folder),
                "run_id": f"{self.plan.run_id}-{number:02d}",
                "interval_s": 1,
                "seed": drawn_anew(self.plan.seed, number),
                "scenario": scenario.model_copy(update={"data": data, "load": load}),
            }
        )

    def _limit_ms(self) -> float:
        """The largest limit of any latency."""
        from results.verdict.rules import parse_gates

        gates = parse_gates(self.plan.scenario.thresholds)
        return max((rule.value for _, rule in gates if rule.unit == "ms"), default=0.0)

    def _record(self, folder: Path, plan: Plan, step: Any) -> None:
        from results.report.files.run import finish

        document = {
            **self.known,
            "run_id": plan.run_id,
            "draw": plan.seed,
            "step": step.model_dump(exclude={"thresholds"}),
        }
        finish(folder, document, pages=False)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.interrupts.count and time.monotonic() < until:
            time.sleep(min(CHECK_S, max(0.0, until - time.monotonic())))


def keep_shown(directory: Path, found: dict[str, Any]) -> None:
    """The files of the step that stands for the search become those of the run."""
    if not found["shown_step"]:
        return
    chosen = directory / "steps" / found["shown_step"]
    for name in KEPT:
        if (chosen / name).exists():
            shutil.copyfile(chosen / name, directory / name)


def broken_off(directory: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """The `capacity` of a search whose runner was killed, by the steps that it had judged.

    settings: of the search, as `Search` has them. Raises SnapshotError for a step that cannot be read.
    """
    from results.capacity.search import Settings, Step
    from results.capacity.summary import summarise
    from results.snapshot.run import load_run

    steps = []
    for path in sorted((directory / "steps").glob("*/run.json")):
        document = (load_run(path.parent).model_extra or {}).get("step")
        if document:
            steps.append(Step.model_validate(document))
    found = summarise(steps, Settings.model_validate(settings), "interrupted")
    keep_shown(directory, found)
    return found


def _aborted(folder: Path) -> None:
    """A step that was stopped early was aborted for what the target did, not interrupted by a person."""
    path = folder / "measured.json"
    measured = json.loads(path.read_text(encoding="utf-8"))
    if measured.get("ended") == "interrupted":
        replace_whole(path, json.dumps({**measured, "ended": "aborted"}, indent=1))


def _line(step: Any, purpose: str) -> str:
    """`step  4 bracket  160/s for 8s: broke: ...`."""
    latency = step.latency_ms.get("p95")
    shown = f", p95 {latency:.4g} ms" if latency is not None else ""
    rate = f"{step.rate:.4g}" if math.isfinite(step.rate) else "?"
    why = f": {step.why}" if step.why else ""
    seconds = spell_seconds(round(step.seconds))
    return f"step {step.number:2d} {purpose:8s} {rate}/s for {seconds}: {step.outcome}{shown}{why}"
