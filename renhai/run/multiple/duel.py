"""`renhai duel`: two targets under the same load at the same time, and whether the second one is worse.

One launch is one load process with both targets beside each other (load/locust/duel.py); it leaves two whole
snapshots. `repeat` launches them again, targets of our own included: only new processes show how much
two processes of one build differ. The snapshots are judged in pairs (results.compare.pairs).

    OUT/<utc>-<scenario>-duel-<id>/
        a/  b/                    the snapshots; with --repeat N: a/1 … a/N and b/1 … b/N
        comparison.html, .json    also junit.xml and summary.md
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from renhai.checks.register.written import register_of
from renhai.core.errors import Problem, UsageError
from renhai.core.machine.own_addresses import own_addresses
from renhai.core.process import embedded_target
from renhai.core.units import spell_seconds
from renhai.core.yaml_lines import show_path
from renhai.plan import sizing
from renhai.plan.build import Options, build_plan
from renhai.plan.model import AheadFile, DuelPlan, Plan, ScenarioPlan, SearchLoad
from renhai.plan.search import check_space, further
from renhai.run import single as runner
from renhai.run import stop
from renhai.run.auditing import found_on_sides, look_back
from renhai.run.monitor.views import Quiet, View
from renhai.run.other_taxpayers import others, told
from renhai.run.process import directory as rundir
from renhai.run.process import locust_process, manifest, target_counts
from renhai.run.process.ahead import made_ahead
from renhai.run.process.locust_process import Cluster, LocustProcess
from renhai.run.single import PreparedRun, RunRequest
from renhai.run.stop import Stoppable
from renhai.safety import addresses as target_addresses
from renhai.safety import permit

if TYPE_CHECKING:
    from results.compare.comparison import Comparison
    from results.snapshot.run import Run

SIDES = ("a", "b")
PLAIN_NOTES = 10  # about how many lines of both sides a launch prints


@dataclass(frozen=True)
class DuelRequest:
    """What `renhai duel` was asked for. a, b: a target's name, file or URL.

    repeat: launches; auto: until they decide, 5, 8 or 12. For benchmarks and tests: faults, by side, of
    embedded targets, and the seed of their randomness; pages: whether to write any; judge: whether to
    compare.
    """

    scenario: str
    a: str
    b: str
    assignments: tuple[str, ...] = ()
    options: Options = field(default_factory=Options)
    repeat: int | Literal["auto"] = 1
    out: Path | None = None
    faults: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    fault_seed: int = 1
    pages: bool = True
    judge: bool = True

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of launches after which it is looked whether they decide."""
        if self.repeat != "auto":
            return (self.repeat,)
        from results.compare.settings import LOOKS

        return LOOKS

    def side(self, name: str) -> RunRequest:
        return RunRequest(self.scenario, self.assignments, name, self.options)


@dataclass(frozen=True)
class Launch:
    """The two snapshots of one launch, side a first."""

    runs: tuple[Run, Run]
    directories: tuple[Path, Path]


@dataclass(frozen=True)
class DuelOutcome:
    """What came of a duel; `invalid`: sentences, if it cannot be trusted, and no comparison then."""

    directory: Path
    launches: tuple[Launch, ...]
    comparison: Comparison | None
    invalid: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        from renhai.core.errors import FAIL, INVALID

        if self.comparison is None:
            return INVALID
        loses = {side for side, _ in found_on_sides(one.runs for one in self.launches)}
        return FAIL if loses == {"b"} else self.comparison.exit_code


def prepare(request: DuelRequest) -> tuple[PreparedRun, PreparedRun]:
    """Everything that can be refused without sending anything. Raises UsageError."""
    first, second = (runner.prepare(request.side(name)) for name in (request.a, request.b))
    if first.scenario.data.registered != second.scenario.data.registered:  # if_possible, and one side cannot
        request = replace(request, assignments=(*request.assignments, "data.registered=false"))
        first, second = (runner.prepare(request.side(name)) for name in (request.a, request.b))
    if first.url and first.url == second.url:
        why = f"are both {first.url}, which would meet every taxpayer twice; give two systems"
        raise UsageError(Problem("--a, --b", "", why))
    if first.loaded.scenario.locustfile or isinstance(first.scenario.load, SearchLoad):
        what = "a Locust file of its own" if first.loaded.scenario.locustfile else "a search for capacity"
        why = f"has {what}; a duel needs operators or arrivals that both sides can be given alike"
        raise UsageError(Problem(first.loaded.scenario.name, "", why))
    if first.scenario.goals.drill is not None:
        why = "would drill two systems at once, and compare what is not alike; drill each in a run of its own"
        raise UsageError(Problem(first.loaded.file.where(("drill",)), "drill", why))
    if request.options.processes > 1:
        raise UsageError(Problem("--processes", "", "a duel is driven by one load process; lower the load"))
    check_space(first.scenario, request.looks[-1], "--repeat")
    if first.loaded.binding_path == second.loaded.binding_path:
        _check_both(first)
    return first, second


def among_others(request: DuelRequest, option: Path | None, view: View) -> DuelRequest:
    """The same duel, of taxpayers whom no run below `option` had. Raises UsageError."""
    if option is None:
        return request
    first, second = prepare(request)
    kept = first if first.url else second
    more = others(kept, request.assignments, option, request.out)
    for sentence in told(more):
        view.note(sentence)
    return replace(request, assignments=(*request.assignments, *more))


class BothLoads(NamedTuple):
    """What both sides ask of one target file together."""

    peak_users: int
    peak_rate: float


def _check_both(prepared: PreparedRun) -> None:
    """Two targets under one target file are held to its ceiling together."""
    binding, shown = prepared.loaded.binding, show_path(prepared.loaded.binding_path)
    load = prepared.scenario.load
    permit.check_ceiling(binding, BothLoads(2 * load.peak_users, 2 * load.peak_rate), shown)
    size = sizing.size(prepared.scenario, prepared.loaded.journeys)
    permit.check_requests(binding, 2 * size.peak_requests_rate, shown)


def duel(request: DuelRequest, view: View | None = None) -> DuelOutcome:
    """Load both targets and compare them. Raises UsageError (exit 2) or InvalidRun (exit 3)."""
    prepared = prepare(request)
    name = prepared[0].scenario.name
    duel_id = rundir.new_run_id(f"{name}-duel")
    with rundir.created(duel_id, request.out) as directory, stop.running(directory) as interrupts:
        launches = []
        for number in range(1, request.looks[-1] + 1):
            launches.append(_launch(request, prepared, directory, number, view or Quiet(), interrupts))
            if interrupts.count or (number in request.looks[:-1] and _is_decided(request, launches)):
                break
        return _judged(request, directory, tuple(launches))


def _is_decided(request: DuelRequest, launches: Sequence[Launch]) -> bool:
    """Whether more launches are of no use: one is invalid, or they can tell."""
    found = _compared(request, launches)
    return found is None or found.verdict != "inconclusive"


def _compared(request: DuelRequest, launches: Sequence[Launch]) -> Comparison | None:
    """None where a run is invalid."""
    from results.compare.pairs import compare_pairs, spoilt
    from results.compare.settings import Settings

    if any(spoilt(run) for launch in launches for run in launch.runs):
        return None
    settings = Settings().at_each_look() if len(request.looks) > 1 else Settings()
    return compare_pairs([launch.directories for launch in launches], settings)


def _launch(
    request: DuelRequest,
    prepared: tuple[PreparedRun, PreparedRun],
    directory: Path,
    number: int,
    view: View,
    interrupts: Stoppable,
) -> Launch:
    scenario = _scenario(prepared, number)
    places = [directory / side / (str(number) if request.looks[-1] > 1 else "") for side in SIDES]
    with (
        _targets(request, prepared, number, interrupts) as urls,
        made_ahead(prepared[0].loaded, scenario.data, directory, Cluster(), interrupts, view) as ahead,
    ):
        plans = [
            _plan(
                prepared[i],
                scenario,
                places[i],
                urls[i],
                f"{directory.name}-{number}{SIDES[i]}",
                SIDES[i],
                number,
                ahead,
            )
            for i in (0, 1)
        ]
        known = [
            manifest.manifest(prepared[i].loaded, plans[i], embedded=not prepared[i].url) for i in (0, 1)
        ]
        for i, of_side in enumerate(known):
            of_side["duel"] = {"id": directory.name, "side": SIDES[i], "launch": number}
        with contextlib.ExitStack() as stack:
            for plan, place, of_side in zip(plans, places, known, strict=True):
                place.mkdir(parents=True)
                manifest.keep(place, of_side)
                stack.enter_context(runner.memory_of(plan, place))
            _drive(plans, places[0], view, interrupts)
        counted = [None if prepared[i].url else target_counts.counts(urls[i]) for i in (0, 1)]
        for plan, place in zip(plans, places, strict=True) if not interrupts.count else ():
            look_back(plan, place, view, interrupts)
    runs = []
    for i, place in enumerate(places):
        known[i]["target_counts"] = counted[i]
        manifest.amend(place, counted[i], interrupted=bool(interrupts.count), reasons=interrupts.reasons)
        runs.append(runner.finish(place, known[i], pages=request.pages))
    return Launch((runs[0], runs[1]), (places[0], places[1]))


@contextlib.contextmanager
def _targets(
    request: DuelRequest, prepared: tuple[PreparedRun, PreparedRun], number: int, interrupts: Stoppable
) -> Iterator[tuple[str, str]]:
    """The URLs of both; embedded targets are started anew, side b first in every second launch."""
    urls = [side.url for side in prepared]
    with contextlib.ExitStack() as stack:
        for i in (0, 1) if number % 2 else (1, 0):
            if not urls[i]:
                seed = request.fault_seed + 2 * number + i
                day = prepared[i].scenario.data.day
                target = embedded_target.EmbeddedTarget(
                    interrupts,
                    request.faults[i],
                    seed,
                    day,
                    system=prepared[i].loaded.binding.system,
                    fill=register_of(prepared[i].scenario.data),
                )
                urls[i] = stack.enter_context(target).url
        yield urls[0], urls[1]


def _scenario(prepared: tuple[PreparedRun, PreparedRun], number: int) -> ScenarioPlan:
    """Of both sides. Targets that keep their data meet other taxpayers in each launch."""
    scenario = prepared[0].scenario
    if not any(side.url for side in prepared):
        return scenario
    return scenario.model_copy(update={"data": further(scenario.data, number)})


def _plan(
    prepared: PreparedRun,
    scenario: ScenarioPlan,
    place: Path,
    url: str,
    run_id: str,
    side: str,
    number: int,
    ahead: AheadFile | None,
) -> Plan:
    binding, shown = prepared.loaded.binding, show_path(prepared.loaded.binding_path)
    addresses = target_addresses.resolve(url, binding, shown)
    runner.check_answers(binding.proxy or url, addresses, own_addresses(binding.sources))
    return build_plan(
        prepared.loaded,
        scenario,
        run_id=run_id,
        out=place,
        base_url=url,
        addresses=addresses,
        processes=1,
        side=side,
        number=number,
        ahead=ahead,
    )


def locustfile(plans: DuelPlan) -> str:
    """The source of load.py of a duel, as plan.locustfile."""
    return (
        "# Made by renhai for one duel.\n"
        f"PLAN = {json.dumps(plans.model_dump(mode='json'))!r}\n"
        "from renhai.load.locust.duel import install\n"
        "globals().update(install(PLAN))\n"
    )


def _drive(plans: list[Plan], place: Path, view: View, interrupts: Stoppable) -> None:
    """Run the load of both to its end; the log of the load process stands in side a's snapshot."""
    rundir.write(place / "load.py", locustfile(DuelPlan(sides=(plans[0], plans[1]))))
    process = LocustProcess(place, locust_process.arguments(plans[0].base_url, Cluster()))
    seconds = plans[0].load.seconds
    patience = max(plan.patience_s for plan in plans)
    view.begin(_headline(plans), seconds)
    try:
        limit = seconds + patience + locust_process.OVERTIME_S
        process.watch(limit, locust_process.FIRST_STATUS_S, BothSides(view, seconds), interrupts)
    finally:
        process.close()
        view.end()
    process.require_measurement()


def _headline(plans: list[Plan]) -> str:
    load = plans[0].load
    people = load.model == "closed"
    what = f"{load.peak_users} operators" if people else f"{load.peak_rate:g} journeys/s"
    seconds = spell_seconds(plans[0].load.seconds)
    sides = " against ".join(f"{side} {plan.base_url}" for side, plan in zip(SIDES, plans, strict=True))
    return f"{plans[0].scenario.name}, {what} each, {seconds}: {sides}"


class BothSides:
    """Shows both sides' seconds as one: counts and rates added, and a line now and then with each p95."""

    def __init__(self, view: View, seconds: float) -> None:
        self._view = view
        self._every = max(1, round(seconds / PLAIN_NOTES))
        self._seen: dict[int, dict[str, Mapping[str, Any]]] = {}

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None:
        self._view.begin(headline, seconds, plan)

    def step(self) -> View:
        return self

    def judged(self, run: Run) -> None: ...

    def note(self, text: str) -> None:
        self._view.note(text)

    def end(self) -> None:
        self._view.end()

    def status(self, status: dict[str, Any]) -> None:
        second = int(status.get("second", 0))
        sides = self._seen.setdefault(second, {})
        sides[str(status.get("side", "a"))] = status
        if len(sides) < len(SIDES):
            return
        del self._seen[second]
        first, other = sides["a"], sides["b"]
        added = {key: first.get(key, 0) + other.get(key, 0) for key in ("users", "rate", *_COUNTS)}
        worst = {key: max(first.get(key) or 0, other.get(key) or 0) for key in ("p95_ms", "cpu", "lag_ms")}
        self._view.status({"second": second, **added, **worst})
        if second % self._every == self._every - 1:
            told = [f"{side} p95 {sides[side].get('p95_ms', 0):.3g} ms" for side in SIDES]
            self._view.note(f"{second + 1:4d} s: {', '.join(told)}")


_COUNTS = ("ok", "rejected", "errors", "due", "dropped")


def _judged(request: DuelRequest, directory: Path, launches: tuple[Launch, ...]) -> DuelOutcome:
    """Compare what was measured, and leave the pages of the comparison."""
    from results.compare.pairs import spoilt
    from results.report.files.comparison import write_comparison_files

    broken = tuple(
        f"{side}: {reason.en}"
        for launch in launches
        for side, run in zip(SIDES, launch.runs, strict=True)
        for reason in spoilt(run)
    )
    if broken or not request.judge:
        return DuelOutcome(directory, launches, None, broken)
    pairs = [launch.directories for launch in launches]
    compared = _compared(request, launches)
    if compared is not None and request.pages:
        write_comparison_files(directory, compared, [a for a, _ in pairs], [b for _, b in pairs])
    return DuelOutcome(directory, launches, compared)


__all__ = ["SIDES", "DuelOutcome", "DuelRequest", "Launch", "duel", "locustfile", "prepare"]
