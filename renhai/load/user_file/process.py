"""What a process needs for a user's own Locust file, from before it is loaded to the process's last act."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
import locust.log
from locust import events
from locust.argument_parser import get_parser
from locust.runners import WorkerRunner

from renhai.load.measure.status_line import say_at_the_end
from renhai.load.user_file import requests, tasks
from renhai.load.user_file.connections import Connections
from renhai.load.user_file.locustfile import load, refuse_wrong_arguments
from renhai.load.user_file.options import check, tell_the_truth
from renhai.load.user_file.requests import UnderWay
from renhai.load.user_file.runner import adapt
from renhai.load.user_file.shape import shape_of
from renhai.load.user_file.tasks import Tasks
from renhai.load.user_file.worker import UserFileWorker
from renhai.load.worker.controller import Failure
from renhai.load.worker.worker import Report
from renhai.plan.model import Plan, UserFileLoad
from renhai.safety.egress import tell_connections
from results.verdict.reasons import Reason
from results.verdict.reasons.user_file import ListenerRaised, WrongArguments

LISTENER_RAISED = 2  # the exit code of stock Locust where a listener raised
MOST_SAID = 20  # different complaints about listeners

_RAISED = re.compile(r"Uncaught exception in (event handler|on_stop)")
_FUNCTION = re.compile(r"^  File .*, in (.+)$", re.MULTILINE)


class UserFile:
    """Loads the file of a plan; what it registers with Locust's events comes after what we register."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._under_way, self._tasks = UnderWay(), Tasks()
        self._said: dict[Reason, None] = {}
        self._complain: Callable[[Reason], object] = self._keep
        requests.watch(self._under_way)
        tasks.watch(self._tasks)
        tasks.watch_background(self._tasks)
        events.quitting.add_listener(self._on_quitting)  # the last to be called: they go in reverse order
        logging.getLogger().addFilter(self._on_log)
        refuse_wrong_arguments()
        assert plan.locustfile is not None
        self._connections = Connections(
            targets_of(plan), lambda: self._under_way.is_sending, plan.locustfile.allow
        )
        tell_connections(self._connections.seen)
        self._name = plan.locustfile.name
        self._file = load(self._name, plan.locustfile.source)
        self._check_arguments()

    def _check_arguments(self) -> None:
        """A worker of another machine has no arguments: its master sends what it needs."""
        options = get_parser().parse_args()
        if options.worker:
            return
        users = self._file.users
        unknown = [name for name in options.user_classes if name not in users]
        if unknown:
            said = f"it has no user class {unknown[0]}; it has {', '.join(users)}"
            raise Failure(WrongArguments(error=said))
        check(options, [users[name] for name in options.user_classes or users])

    def classes(self, run: Any) -> dict[str, Any]:
        """What Locust is to find in load.py: the users, and the shape that asks `run` (see shape_of)."""
        users_load = self._plan.load
        assert isinstance(users_load, UserFileLoad)
        return {**self._file.users, "the plan's shape": shape_of(run, users_load, self._file.shape)}

    def prepare(self, environment: Any) -> None:
        """At Locust's `init`, before the file's own listeners of it."""
        if environment.parsed_options is not None:
            tell_the_truth(environment.parsed_options, self._plan)
        environment.locustfile = Path(self._name).name

    def worker(self, environment: Any, send: Callable[[Report], object]) -> UserFileWorker:
        """What counts in this process, with its runner made fit for it."""
        adapt(environment.runner)
        watched = (self._under_way, self._tasks, self._connections)
        return UserFileWorker(environment, self._plan, send, *watched)

    def complain_to(self, complain: Callable[[Reason], object]) -> None:
        """Where complaints about listeners go, those of before included."""
        self._complain = complain
        for reason in self._said:
            complain(reason)

    def _keep(self, reason: Reason) -> None:
        pass

    def _on_log(self, record: logging.LogRecord) -> bool:
        """Locust tells of a listener, or a TaskSet's on_stop, that raised in its log only."""
        if isinstance(record.msg, str) and _RAISED.match(record.msg):
            self._say(str(record.args[0]) if isinstance(record.args, tuple) and record.args else "")
        return True

    def _say(self, trace: str) -> None:
        lines, functions = trace.strip().splitlines(), _FUNCTION.findall(trace)
        function = functions[1] if len(functions) > 1 else "a listener"  # the first is Locust's own
        why = re.sub(r"\d+", "#", lines[-1])[:200] if lines else "it raised"
        reason = ListenerRaised(function=function, error=why)
        if reason in self._said or len(self._said) < MOST_SAID:
            self._said[reason] = None
            self._complain(reason)

    def _on_quitting(self, environment: Any, **_: Any) -> None:
        """The exit code is the file's own word on the run, and nothing else; the runner hears it here.

        A process may end without: a listener that leaves by os._exit is no word on the run.
        """
        if not environment.process_exit_code:
            raised = locust.log.unhandled_greenlet_exception
            environment.process_exit_code = LISTENER_RAISED if raised else 0
        if not isinstance(environment.runner, WorkerRunner):
            say_at_the_end({"left": exit_code_of(environment.process_exit_code)})


def targets_of(plan: Plan) -> list[tuple[str, int]]:
    """Every (address, port) of the target, or of the proxy before it."""
    ports = {port_of(url) for url in (plan.base_url, plan.guard.proxy) if url}
    return [(address, port) for address in plan.addresses for port in ports]


def port_of(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def exit_code_of(value: Any) -> int:
    """As sys.exit takes it: nothing is 0, and what is no number is 1."""
    return int(value) if isinstance(value, int) else int(value is not None)


def stopped_by_a_user(environment: Any) -> bool:
    """Whether this is the greenlet of a user, who called `environment.runner.quit()`, say."""
    return gevent.getcurrent() in environment.runner.user_greenlets
