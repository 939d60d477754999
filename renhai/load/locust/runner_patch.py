"""Locust's runners, made quick for thousands of users.

Locust counts its users by walking through all of them, several times a spawning step, and stops each through
a greenlet of its own. With 10,000 users that stands still for tens of milliseconds. Here the worker's own
counts are used, and users are made and stopped a few at a time, so that answers are read in between.
"""

from __future__ import annotations

from functools import cache
from itertools import cycle
from typing import Any

import gevent
from gevent.pool import Group
from locust import argument_parser
from locust.dispatch import UsersDispatcher
from locust.runners import STATE_INIT, STATE_SPAWNING, STATE_STOPPED

AT_ONCE = 25
MOVE_PATIENCE_S = 60.0  # an operator who moves to another worker first finishes his journey


def remember_defaults() -> None:
    """Locust's own options are what they are, and known before the load begins.

    For each spawn message a worker of Locust asks for them once per option (locust/runners.py), and each
    time its whole command line is built anew: 0.6 s and more in the first second of a load, in which no
    answer is read.
    """
    known = argument_parser.default_args_dict
    if not hasattr(known, "cache_info"):
        argument_parser.default_args_dict = cache(known)
        argument_parser.default_args_dict()


class FastSpawn:
    """Mixed into a Locust runner; all users must be ours."""

    environment: Any
    state: str
    user_greenlets: Any
    user_classes_by_name: dict[str, Any]

    @property
    def user_classes_count(self) -> dict[str, int]:
        counts = self.environment.renhai_worker.counts
        return {name: counts[name] for name in self.user_classes_by_name}

    def spawn_users(self, user_classes_spawn_count: dict[str, int], wait: bool = False) -> list[Any]:
        if self.state in (STATE_INIT, STATE_STOPPED):
            self.update_state(STATE_SPAWNING)
        users = []
        for name, count in user_classes_spawn_count.items():
            kind = self.user_classes_by_name[name]
            for _ in range(count):
                user = kind(self.environment)
                user.start(self.user_greenlets)
                users.append(user)
                if len(users) % AT_ONCE == 0:
                    gevent.sleep(0)
        if wait:
            self.user_greenlets.join()
        return users

    def stop_users(self, user_classes_stop_count: dict[str, int]) -> None:
        leaving = Group()
        over = self.environment.renhai_worker.engine.stopping
        for name, count in user_classes_stop_count.items():
            kind = self.user_classes_by_name[name]
            staff = [user for user in self.environment.renhai_worker.users if type(user) is kind]
            for number, user in enumerate(staff[-count:] if count else []):
                leaving.add(user.greenlet)
                user.stop(force=over)
                if number % AT_ONCE == AT_ONCE - 1:
                    gevent.sleep(0)
        if not leaving.join(timeout=1.0 if over else MOVE_PATIENCE_S):
            leaving.kill(block=True)

    def update_state(self, new_state: str) -> None:
        self.state = new_state


class StickyDispatcher(UsersDispatcher):  # type: ignore[misc]
    """Leaves every user on the worker that got it: an arrival stream belongs to its worker's slot."""

    _worker_nodes: list[Any]
    _users_on_workers: dict[str, dict[str, int]]
    _active_users: list[tuple[Any, str]]

    def _prepare_rebalance(self) -> None:
        nodes = {node.id for node in self._worker_nodes}
        nobody = {kind.__name__: 0 for kind in self._original_user_classes}
        self._users_on_workers = {
            node.id: self._users_on_workers.get(node.id, dict(nobody)) for node in self._worker_nodes
        }
        self._active_users = [(node, user) for node, user in self._active_users if node.id in nodes]
        self._current_user_count = self.get_current_user_count()
        self._worker_node_generator = cycle(self._worker_nodes)
        self._rebalance = True


def patch(runner: Any) -> None:
    """Give a runner these methods; it stays an instance of its own class."""
    runner.__class__ = type(type(runner).__name__, (FastSpawn, type(runner)), {})
