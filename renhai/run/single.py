"""One run, from a scenario's name to its snapshot: check, guard, start, watch, collect, judge."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from renhai.binding.loader import EMBEDDED
from renhai.checks.register.written import register_of
from renhai.core import build_labels, join_key
from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.machine.own_addresses import own_addresses
from renhai.core.process import embedded_target
from renhai.core.process.interrupts import Interrupts
from renhai.core.units import spell_seconds
from renhai.core.yaml_lines import show_path
from renhai.plan import search as pressure
from renhai.plan import sizing
from renhai.plan.attainable import attainable
from renhai.plan.build import Options, build_plan, locustfile, normalise
from renhai.plan.model import Plan, ScenarioPlan, SearchLoad
from renhai.run import stop
from renhai.run.auditing import journal_at_end, look_back
from renhai.run.capacity_search import Search
from renhai.run.drill.drilling import Drilling, check_drill
from renhai.run.monitor.views import Quiet, View
from renhai.run.process import directory as rundir
from renhai.run.process import joining, locust_process, manifest, target_counts
from renhai.run.process.ahead import made_ahead
from renhai.run.process.locust_process import Cluster, LoadFailed, LocustProcess
from renhai.run.process.sockets import check_proxy, check_sources
from renhai.run.process.target_memory import sampled
from renhai.safety import addresses as target_addresses
from renhai.safety import allowance, permit
from renhai.safety.pinned_session import PinnedSession
from renhai.spec import locust_args
from renhai.spec.filled_in import check_filled_in
from renhai.spec.loader import LoadedScenario, load_scenario
from results.verdict.reasons import Reason, records
from results.verdict.reasons.generator import NoUserClass, WrongLocustfile
from results.verdict.reasons.runner import NothingMeasured, Uncounted, Unwritten
from results.verdict.reasons.user_file import SeveralShapes, WrongArguments

if TYPE_CHECKING:
    from results.snapshot.run import Run

CONNECT_S = 5.0
RUNNER_REASONS = "runner_reasons"  # as results.verdict.judged reads it, which is loaded only to judge


@dataclass(frozen=True)
class RunRequest:
    """What `renhai run` was asked for."""

    scenario: str
    assignments: tuple[str, ...] = ()
    target: str | None = None
    options: Options = field(default_factory=Options)
    out: Path | None = None
    web_port: int | None = None
    page_token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False, compare=False)
    join: int = 0
    bind: str = "127.0.0.1"  # where workers are listened for, with `join`
    port: int = 5557
    key_file: Path | None = None  # of the key that they join with; else the environment's, or a new one
    pages: bool = True  # reports for people beside run.json
    label: str | None = None  # the build, as --label names it
    number: int = 1  # of the repetition: chance is drawn anew, and a target that keeps its data meets others
    beside: stop.Both | None = None  # what ends both of two runs that are made at once
    place: str = ""  # the address of a target file's system, where it is not the file's own


@dataclass(frozen=True)
class Outcome:
    """The judged run and where its snapshot stands."""

    run: Run
    directory: Path

    @property
    def code(self) -> int:
        return self.run.exit_code


@dataclass(frozen=True)
class PreparedRun:
    """A scenario that may be run: checked, normalised, allowed."""

    loaded: LoadedScenario
    scenario: ScenarioPlan
    url: str  # "" for the embedded target
    doubts: tuple[str, ...] = ()  # thresholds that chance alone breaks now and then


def prepare(request: RunRequest) -> PreparedRun:
    """Everything that can be refused without sending anything. Raises UsageError."""
    loaded = load_scenario(request.scenario, request.assignments, request.target, begins=not request.place)
    locust_args.of_command_line(
        request.options.locust_args, loaded.scenario.name, loaded.scenario.locustfile is not None
    )
    scenario = normalise(loaded, request.options)
    held = attainable(loaded, scenario, request.options, request.assignments)
    if held.refused:
        raise UsageError(held.refused)
    size = sizing.size(scenario, loaded.journeys)
    with _lines_of(loaded):
        shown = show_path(loaded.binding_path)
        permit.check_environment(loaded.binding, shown)
        permit.check_ceiling(loaded.binding, scenario.load, shown)
        permit.check_requests(loaded.binding, size.peak_requests_rate, shown)
    given = request.place or request.target or ""
    given = given if "://" in given else loaded.binding.url
    check_drill(
        loaded, scenario, size.peak_requests_rate, embedded=given == EMBEDDED, remote=bool(request.join)
    )
    each = size.peak_requests_rate / (size.peak_rate or 1)
    scenario = pressure.capped(scenario, loaded.binding.ceiling.rate, each)
    if request.web_port is not None:
        locust_process.require_port("127.0.0.1", request.web_port, "--web")
    check_proxy(loaded, scenario)
    if not request.join:
        check_sources(loaded)
    else:
        locust_process.require_port(request.bind, request.port, "--bind")
        _join_key(request)
    build_labels.labels(request.label)
    check_filled_in(loaded)
    return PreparedRun(
        loaded, scenario, "" if given == EMBEDDED else target_addresses.checked_url(given), tuple(held.doubts)
    )


@contextlib.contextmanager
def _lines_of(loaded: LoadedScenario) -> Iterator[None]:
    """A refusal of the guard names the line of the target file, too."""
    try:
        yield
    except allowance.Refused as refused:
        file = loaded.binding_file
        found = [
            replace(problem, where=file.where(tuple(problem.field.split("."))) if file else problem.where)
            for problem in refused.problems
        ]
        raise allowance.Refused(found) from None


def run(request: RunRequest, view: View | None = None, ready: PreparedRun | None = None) -> Outcome:
    """Load the target and judge what happened; ready: what prepare gave just now.

    Raises UsageError (exit 2) or InvalidRun (exit 3).
    """
    prepared = ready or prepare(request)
    view = view or Quiet()
    for doubt in prepared.doubts:
        view.note(f"but: {doubt}")
    run_id, scenario = rundir.new_run_id(prepared.scenario.name), _scenario(prepared, request.number)
    workers = Cluster(request.options.processes, request.join)
    with (
        rundir.created(run_id, request.out) as directory,
        stop.running(directory, request.beside) as interrupts,
        target_of(prepared, interrupts) as (url, started),
        contextlib.nullcontext(addresses_of(prepared, url)) as addresses,
        made_ahead(prepared.loaded, scenario.data, directory, workers, interrupts, view) as ahead,
        Drilling(prepared, started, url, addresses, directory, interrupts, view) as drill,
    ):
        plan = build_plan(
            prepared.loaded,
            scenario,
            run_id=run_id,
            out=directory,
            base_url=url,
            addresses=drill.addresses,
            processes=request.options.processes,
            number=request.number,
            ahead=ahead,
        )
        at_once, embedded = request.beside is not None, not prepared.url
        known = manifest.manifest(prepared.loaded, plan, request.label, at_once, embedded=embedded)
        if request.web_port is not None:
            view.note(f"page: http://127.0.0.1:{request.web_port}/?token={request.page_token}&tab=renhai")
        search = plan.load.search.model_dump() if isinstance(plan.load, SearchLoad) else None
        manifest.keep(directory, {**known, **({"search": search} if search else {})})
        counted: manifest.Counts | None = None
        reasons, code = list[Reason](), 0
        try:
            if isinstance(plan.load, SearchLoad):  # each step is counted by itself
                known["capacity"] = _search(request, plan, known, directory, view, interrupts)
            else:
                with memory_of(plan, directory), _blamed_on_locustfile(prepared.loaded):
                    code, reasons = _drive(request, plan, directory, view, interrupts, drill.end)
                drill.end()
                if not prepared.url and not drill.wanted and not plan.locustfile:
                    counted = target_counts.counts(url)
                    reasons = [Uncounted()] if counted is None else []
                journal_at_end(plan, directory, view)
                if not interrupts.count:
                    look_back(plan, directory, view, interrupts)
        except InvalidRun as error:
            known[RUNNER_REASONS] = records([NothingMeasured(detail=str(error))])
        known["target_counts"] = counted
        return Outcome(_judged(request, directory, known, counted, interrupts, reasons, code), directory)


def _judged(
    request: RunRequest,
    directory: Path,
    known: dict[str, Any],
    counted: manifest.Counts | None,
    interrupts: stop.Stoppable,
    reasons: list[Reason],
    exit_code: int,
) -> Run:
    """The verdict on what the load left, with what only the runner saw."""
    seen = [*interrupts.reasons, *reasons]
    try:
        stopped = bool(interrupts.count)
        manifest.amend(directory, counted, interrupted=stopped, reasons=seen, exit_code=exit_code)
    except InvalidRun as error:
        told = records([Unwritten(detail=str(error)), *seen])
        known[RUNNER_REASONS] = [*known.get(RUNNER_REASONS, []), *told]
    return finish(directory, known, pages=request.pages)


def _scenario(prepared: PreparedRun, number: int) -> ScenarioPlan:
    """Of repetition `number`: a target that keeps its data meets other taxpayers each time."""
    return pressure.repeated(prepared.scenario, number) if prepared.url else prepared.scenario


@contextlib.contextmanager
def target_of(
    prepared: PreparedRun, interrupts: Interrupts
) -> Iterator[tuple[str, embedded_target.EmbeddedTarget | None]]:
    """Its url, and itself where it was started for the run."""
    if prepared.url:
        yield prepared.url, None
    else:
        with embedded_target.EmbeddedTarget(
            interrupts,
            day=prepared.scenario.data.day,
            system=prepared.loaded.binding.system,
            fill=register_of(prepared.scenario.data),
        ) as target:
            yield target.url, target


def addresses_of(prepared: PreparedRun, url: str) -> list[str]:
    """Where the load may go, once somebody is known to listen there."""
    binding = prepared.loaded.binding
    with _lines_of(prepared.loaded):
        found = target_addresses.resolve(url, binding, show_path(prepared.loaded.binding_path))
    check_answers(binding.proxy or url, found, own_addresses(binding.sources))
    return found


@contextlib.contextmanager
def _blamed_on_locustfile(loaded: LoadedScenario) -> Iterator[None]:
    """That a user's own Locust file does not load shows only in the load process: a mistake all the same."""
    try:
        yield
    except LoadFailed as failed:
        if isinstance(failed.reason, WrongArguments):
            where = loaded.file.where(("locust_args",)) if loaded.scenario.locust_args else "after --"
            raise UsageError(Problem(where, "locust_args", failed.reason.en)) from None
        if not isinstance(failed.reason, WrongLocustfile | NoUserClass | SeveralShapes):
            raise
        where = loaded.file.where(("locustfile",))
        why = f"is {loaded.scenario.locustfile}; {failed.reason.en}"
        raise UsageError(Problem(where, "locustfile", why)) from None


def _search(
    request: RunRequest,
    plan: Plan,
    known: dict[str, Any],
    directory: Path,
    view: View,
    interrupts: Interrupts,
) -> dict[str, Any]:
    """Several short runs in search of the highest rate; the `capacity` of run.json."""

    def drive(step: Plan, folder: Path, view: View, interrupts: Interrupts) -> None:
        _drive(request, step, folder, view, interrupts)

    return Search(plan, known, directory, drive, view, interrupts).run()


def memory_of(plan: Plan, directory: Path) -> contextlib.AbstractContextManager[None]:
    """Samples of the target's memory, where the scenario asks for them."""
    drift = plan.scenario.goals.drift
    if drift is None or drift.memory is None:
        return contextlib.nullcontext()
    session = PinnedSession(plan.base_url, plan.addresses[0], plan.binding["tls"])
    return sampled(session, directory, plan.load.seconds)


def _drive(
    request: RunRequest,
    plan: Plan,
    directory: Path,
    view: View,
    interrupts: Interrupts,
    closing: Callable[[], object] = bool,
) -> tuple[int, list[Reason]]:
    """Run the load to its end, whatever that is; what a user's own Locust file says of it.

    closing: called once nothing more is begun, before what is under way has ended.
    """
    rundir.write(directory / "load.py", locustfile(plan))
    cluster = Cluster(request.options.processes, request.join, request.bind, request.port)
    line = locust_process.arguments(plan.base_url, cluster, request.web_port)
    line += plan.locustfile.arguments if plan.locustfile else ()
    seconds = plan.load.seconds
    limit = seconds + plan.patience_s + locust_process.OVERTIME_S
    first = locust_process.FIRST_STATUS_S if not request.join else math.inf
    given = _join_key(request)
    with joining.key_of_run(directory, given, bool(request.join)) as key:
        process = LocustProcess(directory, line, key, request.page_token if request.web_port else "")
        process.closing = closing
        view.begin(_headline(plan, directory), seconds, plan)
        if request.join:
            view.note(joining.hint(request.join, request.bind, request.port, directory, bool(given)))
            if not request.target and not joining.is_loopback(request.bind):
                view.note("the embedded target is reached from this machine only; others need --target URL")
        try:
            process.watch(limit, first, view, interrupts)
        finally:
            process.close()
            view.end()
    process.require_measurement()
    return process.word() if plan.locustfile else (0, [])


def _join_key(request: RunRequest) -> str:
    """What was given for workers to join with; "" where the run is to make one. Raises UsageError."""
    return join_key.given_key(request.key_file, os.environ) if request.join else ""


def _headline(plan: Plan, directory: Path) -> str:
    load = plan.load
    people = load.model == "closed"
    what = f"{load.peak_users} operators" if people else f"{load.peak_rate:g} journeys/s"
    seconds = spell_seconds(plan.load.seconds)
    return f"{plan.scenario.name} on {plan.base_url}: {what}, {seconds}; into {show_path(directory)}"


def finish(directory: Path, known: dict[str, Any], *, pages: bool = True) -> Run:
    """Judge what the load left. What cannot be written is said on standard error; the verdict stands.

    Raises InvalidRun when it cannot be judged."""
    from results.errors import SnapshotError
    from results.report.files.run import finish as judge_and_write

    if said := rundir.set_aside(directory / "run.json"):
        complain(said)
    try:
        return judge_and_write(directory, known, pages=pages, complain=complain)
    except SnapshotError as error:
        raise InvalidRun(str(error)) from None


def complain(sentence: str) -> None:
    """One line on standard error, for what is no reason to lose a verdict."""
    with contextlib.suppress(OSError):
        print(sentence, file=sys.stderr)


def check_answers(url: str, addresses: list[str], sources: Sequence[str] = ()) -> None:
    """Raises InvalidRun when nothing listens there: no use in loading for minutes to find that out.

    sources: addresses of this machine that the load will come from; none: its usual one.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    why = "no address"
    for address in addresses:
        try:
            near = next((one for one in sources if (":" in one) == (":" in address)), "")
            source = (near, 0) if near else None
            socket.create_connection((address, port), CONNECT_S, source).close()
            return
        except OSError as error:
            why = error.strerror or str(error) or "no answer"
    raise InvalidRun(
        f"the target does not answer at {url}: {why}; start it, or name another one with --target"
    )
