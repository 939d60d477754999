"""The closed model: operators who think, do a journey, think again. Each is a Locust User.

An operator needs no greenlet of its own to run: he is driven by callbacks, so that 10,000 of them are small
and a second of ramp-up costs no more than their requests. Locust keeps its users as greenlets; an operator's
greenlet is one that starts only when he leaves, to say goodbye.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic_ns
from typing import Any, ClassVar

from gevent import Greenlet
from locust import User

from renhai.binding.state.client_state import ClientState
from renhai.load.engine.journey_run import COMPLETED, CUT, JourneyRun
from renhai.load.engine.sign_in import SIGN_IN, SIGN_OUT
from renhai.load.engine.think_time import Mix, SplitMix64, exponential, fixed, lognormal, think_of, uniform
from renhai.load.engine.workplace import Workplace
from renhai.load.http.pool import ConnectionPool
from renhai.load.measure.recorder import PostCounts

__all__ = ["JourneyUser", "exponential", "fixed", "lognormal", "think_of", "uniform"]

made_without_plan: Callable[[Any], Workplace] | None = None  # set by renhai.load.locust.plain
PAUSE_WITHOUT_WORK_S = 1.0  # after a journey that could not send anything, so that none spins


class JourneyUser(User):  # type: ignore[misc]
    """An operator. Subclasses say what they do:

        class DeclarationOperator(JourneyUser):
            journeys = {"declaration.file": 9, "declaration.correct": 1}
            think_time = lognormal(median=2, p95=6)

    think_time is the pause between two journeys; within a journey each step follows the answer before it.
    The first journey begins after a random part of one think time, so that operators who start together
    do not stay in step. Under renhai the plan says when operators sit down; under plain Locust they do when
    they are spawned. `on_start` and `on_stop` are called, and must not block.

    Where the binding has a login, operators sign in when they sit down and out when their hours are over.
    unit, post: what the binding may tell the target of them. hours: when all of them sit, as (start, end,
    within) in seconds of the run: all have sat down `within` that time; empty: by the plan's stages.
    """

    abstract = True
    journeys: ClassVar[Mapping[str, float]] = {}
    think_time: ClassVar[Any] = staticmethod(fixed(0.0))
    unit: ClassVar[str] = ""
    post: ClassVar[str] = ""
    hours: ClassVar[Sequence[Sequence[float]]] = ()
    group_name: ClassVar[str] = ""
    _mix: ClassVar[Mix | None] = None

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        think = cls.__dict__.get("think_time")
        if think is not None and not isinstance(think, staticmethod):
            cls.think_time = staticmethod(think)  # a plain function would be taken for a method
        cls.group_name = cls.__dict__.get("group_name", cls.__name__)
        if cls.journeys:
            cls._mix = Mix(cls.journeys)
            # Locust refuses a user class without tasks, and shows their shares on its page.
            cls.tasks = [_task(name) for name, weight in cls.journeys.items() for _ in range(_whole(weight))]

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.worker: Workplace = getattr(environment, "renhai_worker", None) or _without_plan(environment)
        self.rng = SplitMix64(0)
        self.memory: ClientState | None = None
        self.seat = 0  # his number among all operators of the run
        self.connections: ConnectionPool | None = None
        self.employed = False
        self.left: int | None = None  # journeys that he may still begin; None: as many as there is time for
        self.seated = False
        self.session: JourneyRun | None = None
        self._tally: PostCounts  # of his group; made when he first sits down
        self._counted = False  # among those who signed in
        self._begun_ns = 0
        self._seated_ns = 0
        self._thinks_from_ns = 0
        self._thinks_until_ns = 0  # 0 while not thinking; also tells a valid wake-up from a stale one

    # What Locust calls

    def start(self, group: Any) -> Greenlet:
        """Join Locust's users; the load worker says when to sit down."""
        self._group = group
        self._greenlet = Greenlet(_goodbye, self)
        group.add(self._greenlet)
        self.worker.hire(self)
        return self._greenlet

    def stop(self, force: bool = False) -> bool:
        """Leave: at once when forced or idle, else after the journey. True when it was at once."""
        self.worker.dismiss(self)
        self.stand(monotonic_ns())
        if self.session is not None and force:
            self.session.cut()
        if self.session is None:
            self._leave()
        return self.session is None

    # What the load worker calls

    def sit(self, now_ns: int) -> None:
        """Begin to work; one who is still busy with the last journey of an earlier sitting goes on."""
        if self.seated or self.left == 0 or self.worker.engine.stopping or not self.worker.has_room():
            return
        self.seated = True
        if self.session is None:
            self._take_seat(now_ns)

    def stand(self, now_ns: int) -> None:
        """Stop working: now when thinking, else when the journey has ended."""
        if self.seated and self.session is None:
            if self._thinks_until_ns:
                self.worker.thinking.leave(self._thinks_from_ns, min(now_ns, self._thinks_until_ns))
                self._thinks_until_ns = 0
            self.seated = False
            self._leave_seat(now_ns)
        self.seated = False

    # The life of an operator

    def _take_seat(self, now_ns: int) -> None:
        self._seated_ns = now_ns
        self._tally = self.worker.engine.recorder.group(self.group_name)
        self.worker.seated.enter(now_ns)
        self._tally.seated.enter(now_ns)
        engine = self.worker.engine
        if self.connections is None:
            self.connections = engine.connecting.operator(self.seat, engine.opened)
        if self.worker.engine.binding.login and self.memory is not None and not self.memory.is_fresh():
            self._begin(SIGN_IN, now_ns)
        else:
            self._count()
            self._think_first(now_ns)

    def _leave_seat(self, now_ns: int) -> None:
        self.worker.seated.leave(self._seated_ns, now_ns)
        self._tally.seated.leave(self._seated_ns, now_ns)
        engine = self.worker.engine
        signed_in = self.memory is not None and self.memory.signed_in
        if signed_in and engine.binding.signing.logout and self.employed and not engine.stopping:
            self._begin(SIGN_OUT, now_ns)
        if self.session is None:
            self._hang_up()

    def _hang_up(self) -> None:
        """Whoever leaves closes his connections."""
        connections, self.connections = self.connections, None
        if connections is not None:
            connections.close()

    def _count(self) -> None:
        if not self._counted:
            self._counted = True
            self._tally.signed_in += 1

    def _think_first(self, now_ns: int) -> None:
        self._think(now_ns, self.rng.roll() * self.think_time(self.rng.roll()))

    def _think(self, now_ns: int, seconds: float) -> None:
        self.worker.thinking.enter(now_ns)
        self._thinks_from_ns = now_ns
        self._thinks_until_ns = due = now_ns + int(seconds * 1e9)
        self.worker.engine.scheduler.at(due, self._work, due)

    def _work(self, due_ns: int) -> None:
        worker = self.worker
        if due_ns != self._thinks_until_ns or worker.engine.stopping:
            return
        self._thinks_until_ns = 0
        worker.thinking.leave(self._thinks_from_ns, due_ns)
        if worker.engine.closing or self.left == 0:
            self.left = 0
            self.seated = False
            self._leave_seat(due_ns)
            return
        if self.left is not None:
            self.left -= 1
        assert self._mix is not None
        self._tally.started += 1
        self._begin(self._mix.draw(self.rng.roll()), due_ns)

    def _begin(self, journey: str, due_ns: int) -> None:
        self._begun_ns = due_ns
        engine = self.worker.engine
        engine.pool.seat = self
        session = engine.begin(journey, due_ns, self._ended, self.memory, self._tally, self.connections)
        if not session.over:
            self.session = session

    def _ended(self, session: JourneyRun, how: str, now_ns: int) -> None:
        self.session = None
        if self.memory is not None and self.memory.signed_in:
            self._count()
        if session.journey == SIGN_OUT:
            self._ended_outside(now_ns)
            return
        if session.journey != SIGN_IN:
            self._note(session, how, now_ns)
        if self.seated and not self.worker.engine.stopping:
            if session.journey == SIGN_IN and how == COMPLETED:
                self._think_first(now_ns)
                return
            seconds = self.think_time(self.rng.roll())
            self._think(now_ns, seconds if session.book else max(seconds, PAUSE_WITHOUT_WORK_S))
            return
        self.seated = False
        self._leave_seat(now_ns)
        if not self.employed:
            self._leave()

    def _note(self, session: JourneyRun, how: str, now_ns: int) -> None:
        """Count a transaction that ended, and its time."""
        tally, lasted = self._tally, now_ns - self._begun_ns
        if how == COMPLETED:
            tally.completed += 1
        else:
            setattr(tally, how, getattr(tally, how) + 1)
        tally.waited_ns += lasted
        if how != CUT and session.book is not None:
            tally.times.append(lasted)

    def _ended_outside(self, now_ns: int) -> None:
        """Signed out: the next sitting may have begun meanwhile, or the operator is to go."""
        if self.seated and not self.worker.engine.stopping:
            self._take_seat(now_ns)
            return
        self._hang_up()
        if not self.employed:
            self._leave()

    def _leave(self) -> None:
        if not self._greenlet.started and not self._greenlet.dead:
            self._greenlet.start()


def _without_plan(environment: Any) -> Workplace:
    if made_without_plan is None:
        raise RuntimeError("an operator without a plan: a Locust file takes JourneyUser from renhai")
    return made_without_plan(environment)


def _goodbye(user: JourneyUser) -> None:
    user.on_stop()


def _whole(weight: float) -> int:
    return max(1, round(weight))


def _task(name: str) -> Callable[[Any], None]:
    def run(user: Any) -> None:
        raise RuntimeError("journeys are driven by callbacks")

    run.__name__ = name
    return run
