"""Where renhai enters Locust: `install(PLAN)` in the generated locustfile, or a JourneyUser in plain Locust.

Locust's listener of `init` runs in each process after it was forked and knows its part: alone, master, or
worker. Before that nothing may touch the event loop.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from typing import Any

import gevent
import locust.runners
from locust import LoadTestShape, events
from locust.runners import MasterRunner, WorkerRunner

from renhai.core.home import find_home
from renhai.load.engine import journeys
from renhai.load.engine.arrivals import ArrivalsUser
from renhai.load.engine.operators import JourneyUser, think_of
from renhai.load.locust import keyed_sockets, page_gate
from renhai.load.locust.plain import prepare_plain
from renhai.load.locust.runner_patch import StickyDispatcher, patch, remember_defaults
from renhai.load.locust.stats_feed import feed, keep_tidy
from renhai.load.measure.status_line import take_word
from renhai.load.user_file.process import UserFile, stopped_by_a_user
from renhai.load.worker.build import class_name, load_worker_of, read_tables
from renhai.load.worker.children import watch_children
from renhai.load.worker.controller import SHORT_DRAIN_S, LocalPool, RunController, failed
from renhai.load.worker.egress_watch import EgressWatch
from renhai.load.worker.message_schema import PEERS
from renhai.load.worker.messages import RemotePool, WorkerLink
from renhai.load.worker.worker import LoadWorker, Pause, Report
from renhai.plan.model import ClosedLoad, Plan, read_plan
from renhai.safety.escapes import watch_for_escapes
from results.verdict.reasons.peers import MasterUnusable
from results.verdict.reasons.user_file import StoppedFromWithin

logger = logging.getLogger(__name__)

MASTER_GONE_S = 5  # a worker whose master has not spoken for so long stops sending (Locust waits 60 s)
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
FIRST_HEARD_S = 60  # before its master's first word a worker may be busy for long, and waits no longer
GONE_S = 30  # in which a worker that quits is gone, by the kernel where it hangs
WORKER_INTERRUPTED_S = 5.0  # how long an interrupted worker lets its master end the run in good order


def install(plan_json: str) -> dict[str, Any]:
    """The user classes and the shape for a generated locustfile, from the plan's JSON."""
    take_word()
    try:
        return _installed(read_plan(plan_json))
    except Exception as error:
        failed(error)
        raise


def _installed(plan: Plan) -> dict[str, Any]:
    egress_watch = EgressWatch(plan)
    egress_watch.bar()  # before a user's own file is imported, which may send at once
    prepare_process(plan)
    journeys.register(plan.journeys)
    run = PlannedRun(plan, egress_watch)
    events.init.remove_listener(prepare_plain)
    events.init.add_listener(run.on_init)
    load = plan.load
    if plan.locustfile is not None:
        watch_for_escapes(plan.locustfile.allow)
        run.user_file = UserFile(plan)
        return run.user_file.classes(run)
    classes = operator_classes(plan) if isinstance(load, ClosedLoad) else [_arrivals(plan)]
    return {"PlanShape": _shape(run), **{kind.__name__: kind for kind in classes}}


def prepare_process(plan: Plan) -> None:
    """What a load process needs whatever its plan, and the plan's journeys."""
    keyed_sockets.require_key()
    gevent.config.track_greenlet_tree = False
    remember_defaults()
    locust.runners.MASTER_HEARTBEAT_TIMEOUT = MASTER_GONE_S
    locust.runners.time = SteadyTime(time.time())
    logging.getLogger("locust.runners").addFilter(_not_about_spawn_rate)
    for path in plan.locustfiles:
        journeys.load_journeys(path)
    if plan.locustfile is None:
        read_tables(plan)


class SteadyTime:
    """For Locust's heartbeats, which go by the clock of the day: a clock that is set by more than
    MASTER_GONE_S would end every worker. The time at the start, and from there on CLOCK_MONOTONIC."""

    def __init__(self, begun: float) -> None:
        self._ahead = begun - time.monotonic()

    def time(self) -> float:
        return self._ahead + time.monotonic()


def _not_about_spawn_rate(record: logging.LogRecord) -> bool:
    # Operators are made before the load starts, so how fast has no effect on it.
    return "spawn rate is very high" not in record.getMessage()


def operator_classes(plan: Plan) -> list[type[JourneyUser]]:
    """One user class for each (unit, post), with exactly as many users as the plan has seats."""
    classes = []
    for number, group in enumerate(plan.load.groups):
        post = plan.scenario.posts[group.post]
        name = class_name(number, group)
        members = {
            "journeys": post.journeys,
            "think_time": staticmethod(think_of(post.think)),
            "abstract": False,
            "fixed_count": group.count,
            "group_name": group.shown_name,
            "unit": group.unit,
            "post": group.shown_post,
            "hours": group.hours,
        }
        classes.append(type(name, (JourneyUser,), members))
    return classes


def _arrivals(plan: Plan) -> type[ArrivalsUser]:
    return type("Arrivals", (ArrivalsUser,), {"abstract": False})


def _shape(run: PlannedRun) -> type[LoadTestShape]:
    class PlanShape(LoadTestShape):  # type: ignore[misc]
        """All users at once: the controller opens when they are there and seats them by the plan's stages."""

        def tick(self) -> tuple[int, float] | None:
            if run.controller is not None and run.controller.over.is_set():
                return None
            users = run.users
            return users, float(users)

    return PlanShape


class PlannedRun:
    """One process's part in a planned run."""

    def __init__(self, plan: Plan, egress_watch: EgressWatch) -> None:
        self.plan = plan
        self._egress_watch = egress_watch
        self.controller: RunController | None = None
        self._runner: Any = None
        self._headless = True
        self._seats = plan.load.seats
        self._streams = 0
        self.user_file: UserFile | None = None

    @property
    def users(self) -> int:
        """How many Locust users there are: an operator each, or an arrival stream for each worker."""
        if self._seats:
            return self._seats
        if not self._streams:
            self._streams = max(1, self._runner.worker_count)
        return self._streams

    def on_init(self, environment: Any, runner: Any, **_: Any) -> None:
        self._runner = runner
        options = environment.parsed_options
        self._headless = bool(options is None or options.headless)
        gevent.spawn(keep_tidy, environment.stats)
        if self.user_file is None:
            environment.process_exit_code = 0  # the runner judges, by the snapshot
        else:
            self.user_file.prepare(environment)
        if isinstance(runner, WorkerRunner):
            self._work(environment)
        else:
            self._lead(environment)

    def _lead(self, environment: Any) -> None:
        controller = self.controller = RunController(self.plan, self._quit)
        if environment.web_ui is not None:
            from renhai.load.locust.web_page import extend

            controller.listeners.append(extend(environment).take)
        runner = self._runner
        if isinstance(runner, MasterRunner):
            keyed_sockets.KeyedServer.custom = staticmethod(lambda: runner.custom_messages)
            worker_pool = RemotePool(runner, controller.receive, controller.refuse, controller.distrust)
            controller.worker_pool = worker_pool
            options = environment.parsed_options
            if options is not None and options.processes:
                watch_children(options.processes, controller.child_ended, lambda: bool(controller.ending))
            self._egress_watch.watch(controller.halt)
            self._egress_watch.bar(controller.complain)
            if self.user_file is not None:
                self.user_file.complain_to(controller.complain)
            if not self._seats and self.user_file is None:
                environment.dispatcher_class = StickyDispatcher
        else:
            worker = self._worker(environment, lambda report: controller.receive(0, report))
            self._patch(runner)
            controller.worker_pool = LocalPool(worker)
            self._egress_watch.watch(worker.halt)
        environment.events.spawning_complete.add_listener(lambda user_count, **_: controller.begin())
        environment.events.test_stopping.add_listener(lambda **_: self._stopping(controller))
        on_signals(lambda: controller.end("interrupted"))

    def _stopping(self, controller: RunController) -> None:
        """Locust stops by itself, as when no worker is left or a user's own file told it to.

        Nobody else would let it go then.
        """
        ours = bool(controller.ending)
        if not ours and self.user_file is not None and self._headless:
            controller.complain(StoppedFromWithin())
        if stopped_by_a_user(self._runner.environment):  # whose greenlet does not outlive the end
            gevent.spawn(controller.end, "interrupted").join()
        controller.finish("interrupted")
        if not ours:
            self._quit()

    def _work(self, environment: Any) -> None:
        runner = self._runner
        keyed_sockets.KeyedClient.custom = staticmethod(lambda: runner.custom_messages)
        membership = WorkerLink(runner)
        worker = self._worker(environment, membership.send)
        PEERS.listen(lambda _, error: worker.halt(MasterUnusable(error=error)))
        self._patch(runner)
        end_in_time(runner)
        environment.events.test_stopping.add_listener(lambda **_: self._left(membership))

        def interrupted() -> None:
            if not membership.wait_taken(WORKER_INTERRUPTED_S):
                membership.leave(SHORT_DRAIN_S)
            runner.quit()

        on_signals(interrupted)
        gevent.spawn(self._join, membership, worker)

    def _left(self, membership: WorkerLink) -> None:
        if stopped_by_a_user(self._runner.environment):
            gevent.spawn(membership.leave, SHORT_DRAIN_S).join()
        else:
            membership.leave(SHORT_DRAIN_S)

    def _join(self, membership: WorkerLink, worker: LoadWorker[Any]) -> None:
        """Look from this machine before reporting for duty: its name server may say something else."""
        reason = self._egress_watch.look()
        if reason:
            logger.error("%s", reason.en)
            membership.refuse(reason)
            self._runner.quit()
            return
        self._egress_watch.watch(worker.halt)
        membership.join(worker)

    def _worker(self, environment: Any, send: Callable[[Report], object]) -> LoadWorker[Any]:
        worker = self._make_station(environment, send)
        worker.permit = self._egress_watch.permit
        self._egress_watch.bar(worker.engine.complain)
        return worker

    def _make_station(self, environment: Any, send: Callable[[Report], object]) -> LoadWorker[Any]:
        plan = self.plan
        if self.user_file is not None:
            environment.renhai_worker = theirs = self.user_file.worker(environment, send)
            self.user_file.complain_to(theirs.engine.complain)
            return theirs

        def tell(report: Report, pause: Pause) -> None:
            feed(environment.stats, report, pause)
            send(report)

        environment.renhai_worker = worker = load_worker_of(plan, tell)
        return worker

    def _patch(self, runner: Any) -> None:
        if self.user_file is None:
            patch(runner)

    def _quit(self) -> None:
        runner = self._runner
        options = runner.environment.parsed_options
        if self._headless and options is not None:
            options.expect_workers = 0  # Locust would go on waiting for workers that are to join
        gevent.spawn(runner.quit if self._headless else runner.stop)


def end_in_time(runner: Any) -> None:
    """A worker that begins to quit, as when its master is not to be heard, is gone after GONE_S; so is one
    whose master took it in and says nothing more, which Locust would let wait for ever.

    By SIGALRM, which ends a process that waits for the network in C, where no greenlet runs.
    """
    leave = runner.quit
    heard = runner.last_heartbeat_timestamp
    runner.last_heartbeat_timestamp = heard or locust.runners.time.time() + FIRST_HEARD_S

    def bounded() -> None:
        left = signal.alarm(GONE_S)
        if left:  # it has begun before
            signal.alarm(left)
        leave()

    runner.quit = bounded


def on_signals(act: Callable[[], object]) -> None:
    """Whatever signal asks for the end, the run ends in good order.

    Python's own SIGINT would raise between any two lines of our callbacks and lose count of a request.
    """
    for number in ENDING:
        gevent.signal_handler(number, gevent.spawn, act)


# Plain Locust


__all__ = ["find_home", "install", "page_gate"]
