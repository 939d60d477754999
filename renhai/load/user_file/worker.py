"""One load process with a user's own file: Locust makes its users, this counts what they did and ends them.

What Locust's request event says is what is judged: its time is Locust's own `response_time`, from the send. A
request that the event never tells of is unfinished; an exception that nobody caught is an error of its task.

The end: nobody new, and no further request, of whomever. Who has a request under way ends it and goes; who
has none goes at once. What has not ended when the patience is over is cut, and counts as unfinished. A user
that speaks another protocol than Locust's two HTTP clients is let go on until he next reports a request,
since only that tells when his request is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import monotonic_ns
from typing import Any
from weakref import WeakKeyDictionary

import gevent
from gevent import GreenletExit
from locust import FastHttpUser, HttpUser, User
from locust.exception import LocustError
from locust.runners import WorkerRunner
from locust.user.task import LOCUST_STATE_RUNNING

from renhai.binding.codec import Reply
from renhai.load.engine.scheduler import Scheduler
from renhai.load.http.types import Census
from renhai.load.measure.intents import IntentLog
from renhai.load.measure.recorder import Recorder
from renhai.load.measure.time_in_state import TimeInState
from renhai.load.user_file.clocks import Clocks, Taken
from renhai.load.user_file.connections import OTHER_CLIENT, Connections
from renhai.load.user_file.locust_stats import is_failure, keep_small, nanoseconds
from renhai.load.user_file.requests import Sent, UnderWay
from renhai.load.user_file.tasks import Tasks
from renhai.load.worker.worker import LoadWorker, Report
from renhai.plan.model import Plan
from renhai.plan.schedule import Opening
from renhai.safety.rate_limit import TokenBucket
from results.snapshot.names import Names, clean, text_of
from results.verdict.reasons import Reason
from results.verdict.reasons.generator import LocustfileAboveCeiling
from results.verdict.reasons.user_file import (
    ExitCode,
    NeverBegan,
    NeverDone,
    NeverEnded,
    OnlyReported,
    ReportedTwice,
    SentUnreported,
    TimeUnknown,
)

LONGEST_REASON = 200
SHOWN = 40  # characters of a response_time that is none
NETWORK = frozenset({"gevent", "geventhttpclient", "http", "requests", "ssl", "urllib3", "zlib"})
LOOK_S = 0.01  # how often those who are to leave are looked after
KILLED_S = 1.0  # how long their on_stop may take at the end
MOST_COMPLAINTS = 20
MOST_TASKS = 3  # that a reason names


class UserFileEngine:
    """The part of a JourneyEngine that a load worker needs, with the requests of users that are not ours."""

    def __init__(self) -> None:
        self.scheduler = Scheduler()
        self.recorder = Recorder()
        self.census: Census | None = None  # connections are Locust's
        self.thinking = TimeInState()  # of nobody: users' pauses are their own
        self.sessions: tuple[object, ...] = ()
        self.closing = False
        self.stopping = False
        self.complaints: dict[Reason, int] = {}
        self.bucket: TokenBucket | None = None
        self.intents: IntentLog | None = None  # what users write is not known
        self.stateful = False
        self.cut: Callable[[], int] = lambda: 0

    def complain(self, reason: Reason) -> None:
        """At most so many different ones: a user's exception may hold anything."""
        if reason in self.complaints or len(self.complaints) < MOST_COMPLAINTS:
            self.complaints[reason] = self.complaints.get(reason, 0) + 1

    @property
    def busy(self) -> bool:
        return self.recorder.waiting > 0

    def cut_unsent(self) -> None:
        """Locust's users send at once: nothing waits."""

    def cut_all(self) -> int:
        return self.cut()


class UserFileWorker(LoadWorker[UserFileEngine]):
    """Reports what Locust's users did; it neither hires nor seats them."""

    def __init__(
        self,
        environment: Any,
        plan: Plan,
        send: Callable[[Report], object],
        under_way: UnderWay,
        tasks: Tasks,
        connections: Connections,
    ) -> None:
        engine = UserFileEngine()
        super().__init__(engine, plan, lambda report, pause: send(report))
        engine.cut = self._cut
        self.tasks = tasks
        self._half_ns = int(plan.load.seconds * 1e9 / 2)
        self.made: WeakKeyDictionary[User, int] = WeakKeyDictionary()  # when, on CLOCK_MONOTONIC
        self._environment = environment
        self._under_way = under_way
        self._connections = connections
        self._names = Names(plan.scenario.thresholds)
        self._leaving: set[User] = set()
        self._sent_home: set[User] = set()  # of them: those who are in their on_stop
        self._alive_at_end = 0
        self._patience_s = 0.0
        self._any = False
        self._prepared = 0  # requests that were sent before anybody was there
        self._sealed = False
        self._by_hand: Counter[str] = Counter()  # reported by the file's own events.request.fire
        self._by_client: Counter[str] = Counter()
        self._clocks, self._taken = Clocks(), Taken()
        self._listen(environment.events)

    def _listen(self, events: Any) -> None:
        self.tasks.begin(self.engine.recorder, self._names.fold)
        self._under_way.failed = self._on_abandoned
        self._under_way.too_late = self._on_too_late
        self._under_way.refused = lambda user: user in self._leaving and user not in self._sent_home
        keep_small(events, self._environment.stats, self._names.fold)
        # First, since a listener of the user's own may raise, and Locust then calls none that comes after it.
        events.request._handlers.insert(0, self._on_request)
        events.request.add_listener(self._let_go)
        events.user_error.add_listener(self.tasks.on_user_error)

    # Who is at work

    @property
    def over(self) -> bool:
        """Nobody new."""
        return self.engine.stopping

    def at_work(self) -> list[User]:
        """The users alive, without those who were asked to leave."""
        return [user for user in self._alive() if user not in self._leaving]

    def _alive(self) -> list[User]:
        greenlets = list(self._environment.runner.user_greenlets)
        return [greenlet.args[0] for greenlet in greenlets if greenlet.args and not greenlet.dead]

    def is_made(self, user: User) -> None:
        """Somebody new; with the first one the load begins, before whom the file may have prepared it."""
        if not self._any:
            self._any, self._prepared = True, self._under_way.by_itself
            self._connections.begin()
        self.made[user] = monotonic_ns()

    def dismiss(self, user: User) -> None:
        """He sends nothing more, and goes as soon as he has nothing under way."""
        if not self._leaving:
            gevent.spawn(self._see_off)
        self._leaving.add(user)

    def _see_off(self) -> None:
        while self._leaving and not self.closed:
            self._send_home()
            gevent.sleep(LOOK_S)

    def _send_home(self) -> None:
        """Those who are to leave and have nothing under way go now."""
        alive = self._alive()
        self._leaving.intersection_update(alive)
        self._sent_home.intersection_update(alive)
        for user in self._leaving - self._sent_home:
            if not self._has_work(user):
                # in the same turn of the loop as the kill: until then he sends nothing, in his on_stop he may
                gevent.get_hub().loop.run_callback(self._sent_home.add, user)
                user.group.killone(user.greenlet, block=False)

    def _has_work(self, user: User) -> bool:
        if isinstance(user, (HttpUser, FastHttpUser)):
            return any(sent.user is user for sent in self._under_way.requests)
        return bool(user._state == LOCUST_STATE_RUNNING)

    def _let_go(self, **_: Any) -> None:
        """Last listener: a user of another protocol has reported a request, and is to leave."""
        if not self._leaving:
            return
        arguments = getattr(gevent.getcurrent(), "args", None) or (None,)
        if arguments[0] in self._leaving and not isinstance(arguments[0], (HttpUser, FastHttpUser)):
            raise GreenletExit("the load has ended")

    # The run

    def prepare(self) -> None:
        """Nothing to rehearse."""

    def _follow(self, plan: Plan, opening: Opening) -> None:
        self.share(opening.slots + opening.late)
        self._clock.at(opening.t0_ns, self._probe.take)

    def stop(self) -> None:
        """Nobody new, nothing new."""
        if not self.over:
            self._alive_at_end = len(self.at_work())
            self._note_idle()
            self._note_asleep()
            self._note_by_hand()
            self._note_unmeasured()
        super().stop()
        self._under_way.closed = True
        self._leaving.update(self._alive())

    def _note_idle(self) -> None:
        """Who was there for half of the load and never came out of on_start was no user."""
        early = monotonic_ns() - self._half_ns
        alive = self.at_work()
        idle = [user for user in alive if user not in self.tasks.began and self.made.get(user, early) < early]
        if idle:
            self.engine.complain(NeverBegan(users=len(idle), alive=len(alive)))

    def _note_asleep(self) -> None:
        """Who sat in one task for half of the load and sent nothing may wait for what never comes.

        Where anybody came to the end of such a task, it is only a long one.
        """
        early = monotonic_ns() - self._half_ns
        alive = self.at_work()
        sleeps = [user for user in alive if self._under_way.last_ns(user, early) < early]
        tasks = {user: name for user in sleeps if (name := self.tasks.endless(user))}
        if tasks:
            names = tuple(sorted(set(map(self._names.fold, tasks.values())))[:MOST_TASKS])
            self.engine.complain(NeverDone(users=len(tasks), alive=len(alive), tasks=names))

    def _note_by_hand(self) -> None:
        """What users of Locust's HTTP clients report by themselves is their word alone, or counted twice."""
        kinds = self._environment.runner.user_classes
        if not all(issubclass(kind, (HttpUser, FastHttpUser)) for kind in kinds):
            return
        if self._by_hand and not self._under_way.sent:
            self.engine.complain(OnlyReported(requests=self._by_hand.total()))
        for operation in sorted(self._by_hand.keys() & self._by_client.keys()):
            self.engine.complain(ReportedTwice(operation=operation, requests=self._by_hand[operation]))

    def _note_unmeasured(self) -> None:
        """What went to the target and is in no figure, and what is in a figure and went elsewhere."""
        self._connections.end()
        for reason in (*self._connections.reasons(self._by_hand.total()), *self._taken.reasons()):
            self.engine.complain(reason)
        allowed = self.plan.locustfile.allow if self.plan and self.plan.locustfile else ()
        if (count := self._under_way.by_itself - self._prepared) and OTHER_CLIENT not in allowed:
            self.engine.complain(SentUnreported(requests=count))

    def halt(self, reason: Reason) -> None:
        super().halt(reason)
        self.stop()
        for user in self._alive():
            user.group.killone(user.greenlet, block=False)

    def close(self, patience_s: float) -> None:
        """As LoadWorker.close: what is under way is waited for, then cut."""
        self._patience_s = patience_s
        super().close(patience_s)

    def _wait(self, until_ns: int) -> None:
        self._send_home()
        while self._is_busy() and monotonic_ns() < until_ns:
            gevent.sleep(LOOK_S)
            self._send_home()

    def _is_busy(self) -> bool:
        return bool(self._under_way.requests) or any(self._has_work(user) for user in self._alive())

    def _cut(self) -> int:
        """End whoever is left; what they had under way never ended."""
        left = [user for user in self._alive() if self._has_work(user)]
        lost = [sent.operation for sent in self._under_way.requests]
        self._under_way.redirects += sum(sent.hops - 1 for sent in self._under_way.requests)
        lost += [self.tasks.of_user(user) for user in left if not isinstance(user, (HttpUser, FastHttpUser))]
        runner = self._environment.runner
        runner.user_greenlets.kill(block=True, timeout=KILLED_S)
        for name in lost:
            operation = self._names.fold(name)
            self.engine.recorder.book(operation).started += 1
            self.engine.complain(NeverEnded(operation=operation, patience_s=self._patience_s))
        self._sealed = True
        return len(lost)

    # What they did

    def _on_request(
        self,
        request_type: Any = None,
        name: Any = None,
        response_time: Any = None,
        exception: Any = None,
        response: Any = None,
        **_: Any,
    ) -> None:
        if self._sealed:
            return
        within = self._under_way.is_calling
        sent = self._under_way.reported(response)
        by_hand = sent is None and not within
        operation = self._names.fold(clean(request_type, name))
        (self._by_hand if by_hand else self._by_client)[operation] += 1
        taken = nanoseconds(response_time)
        if taken is None or (taken == 0 and not by_hand):  # no answer comes in no time: its clock stands
            self.engine.complain(
                TimeUnknown(operation=operation, response_time=text_of(response_time)[:SHOWN])
            )
        elif sent is not None and sent.hops:
            self._taken.add(operation, taken, sent.took_ns)
        self._enter(operation, taken or 0, exception)
        self._hold_to_ceiling()

    def _on_abandoned(self, sent: Sent, error: BaseException) -> None:
        """A request whose call or `with` block was left by an exception: Locust reports nothing."""
        if not self._sealed:
            self._enter(self._names.fold(sent.operation), monotonic_ns() - sent.since_ns, error)

    def _on_too_late(self, sent: Sent | None, why: Any) -> None:
        user = sent.user if sent else (getattr(gevent.getcurrent(), "args", None) or (None,))[0]
        if not self._sealed and isinstance(user, User):
            said = f"failure({text_of(why)[:SHOWN]!r}) came after the with block, where Locust ignores it"
            self.tasks.failed(self.tasks.of_user(user), LocustError(said))

    def _enter(self, operation: str, taken_ns: int, exception: Any) -> None:
        recorder = self.engine.recorder
        book = recorder.book(operation)
        book.started += 1
        book.latency.append(taken_ns)
        book.service.append(taken_ns)
        if not is_failure(exception):
            book.ok += 1
            recorder.answers += 1
            return
        book.errors += 1
        if unanswered(exception):
            recorder.silences += 1
        else:
            recorder.answers += 1
        why = f"{type(exception).__name__}: {text_of(exception)}"[:LONGEST_REASON]
        recorder.fail(book.name, Reply("error", {}, "", why), "", "")

    def _hold_to_ceiling(self) -> None:
        """Their requests are not ours to hold back; what is more than the ceiling ends the run."""
        bucket, rate = self.engine.bucket, self.permit.ceiling.rate if self.permit else None
        if bucket is None or rate is None or not bucket.wait_ns(monotonic_ns()):
            return
        self.engine.bucket = None
        self.halt(LocustfileAboveCeiling(rate=rate))

    def _take(self) -> Report:
        self.engine.recorder.redirects, self._under_way.redirects = self._under_way.redirects, 0
        self._connections.look()
        if changed := self._clocks.look():
            self.engine.complain(changed)
        self._note_exit_code()
        report = super()._take()
        return {**report, "users": self._alive_at_end if self.over else len(self.at_work())}

    def _note_exit_code(self) -> None:
        """The exit code of a worker ends in nobody's hands; that of the leading process the runner hears."""
        code = getattr(self._environment, "process_exit_code", None)
        if not code or not isinstance(self._environment.runner, WorkerRunner):
            return
        reason = ExitCode(exit_code=code if isinstance(code, int) else 1)
        if reason not in self.engine.complaints:
            self.engine.complain(reason)


def unanswered(exception: Any) -> bool:
    """Whether a request failed for want of an answer: the network's error, and not a status or a check."""
    if getattr(getattr(exception, "response", None), "status_code", 0):
        return False
    return isinstance(exception, OSError) or type(exception).__module__.partition(".")[0] in NETWORK
