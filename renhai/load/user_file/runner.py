"""Locust's runner under renhai with a user's own file: who is made, who is asked to leave, on which host.

Stock Locust kills whoever leaves in the midst of a request, which then was never sent as far as it knows.
Here a user who is to leave ends his request, sends no other, and goes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gevent
from locust import FastHttpUser, HttpUser, User
from locust.exception import StopTest
from locust.runners import STATE_INIT, STATE_SPAWNING, STATE_STOPPED

AT_ONCE = 25  # users are made so many at a time, so that answers are read in between


class UserRunner:
    """Mixed into a Locust runner; `environment.renhai_worker` is the UserFileWorker."""

    environment: Any
    state: str
    user_greenlets: Any
    user_classes: list[type[User]]
    user_classes_by_name: dict[str, type[User]]
    own_hosts: dict[type[User], str | None]

    @property
    def user_classes_count(self) -> dict[str, int]:
        """By class, without those who are leaving."""
        found = Counter(type(user).__name__ for user in self.environment.renhai_worker.at_work())
        return {name: found[name] for name in self.user_classes_by_name}

    @property
    def user_count(self) -> int:
        return len(self.environment.renhai_worker.at_work())

    def spawn_users(self, user_classes_spawn_count: dict[str, int], wait: bool = False) -> list[User]:
        """As Locust's, unless the load is over; a user that cannot be made is an error and not the end."""
        if self.state in (STATE_INIT, STATE_STOPPED):
            self.update_state(STATE_SPAWNING)
        self._restore_hosts()
        made: list[User] = []
        for name, count in user_classes_spawn_count.items():
            for _ in range(count):
                user = self._make(self.user_classes_by_name[name])
                if user is not None:
                    made.append(user)
                if len(made) % AT_ONCE == AT_ONCE - 1:
                    gevent.sleep(0)
        if wait:
            self.user_greenlets.join()
        return made

    def _make(self, kind: type[User]) -> User | None:
        load = self.environment.renhai_worker
        if load.over:
            return None
        try:
            user = kind(self.environment)
            if not hasattr(user, "environment"):
                raise TypeError(f"{kind.__name__}.__init__ does not call super().__init__(*args, **kwargs)")
        except StopTest:
            raise
        except Exception as error:
            load.tasks.failed(f"{kind.__name__}.__init__", error)
            return None
        load.is_made(user)
        user.start(self.user_greenlets)
        return user

    def stop_users(self, user_classes_stop_count: dict[str, int]) -> None:
        """So many of each class are to leave; returns at once."""
        load = self.environment.renhai_worker
        left = dict(user_classes_stop_count)
        for user in load.at_work():
            name = type(user).__name__
            if left.get(name, 0) > 0:
                left[name] -= 1
                load.dismiss(user)

    def _restore_hosts(self) -> None:
        """Locust gives its --host to every class; one that speaks no HTTP keeps the host of its own."""
        for kind in self.user_classes:
            own = self.own_hosts.get(kind)
            if own and not issubclass(kind, (HttpUser, FastHttpUser)):
                kind.host = own

    def update_state(self, new_state: str) -> None:
        self.state = new_state


def adapt(runner: Any) -> None:
    """Give a runner these methods; it stays an instance of its own class."""
    runner.own_hosts = {kind: kind.host for kind in runner.user_classes}
    runner.__class__ = type(type(runner).__name__, (UserRunner, type(runner)), {})
