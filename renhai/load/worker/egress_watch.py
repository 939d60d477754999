"""The guard inside a load process: it checks the plan itself, watches the name, and bars every other address.

The client never resolves a name, and follows a redirect within its origin at most, so it cannot leave the
pinned addresses; the bar below holds for a user's own Locust file too, whose client does both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import gevent

from renhai.safety.addresses import drift, is_address
from renhai.safety.egress import bar
from renhai.safety.escapes import listen
from renhai.safety.permit import Permit, Planned, check_plan
from results.verdict.reasons import Reason
from results.verdict.reasons import generator as why

WAYS = {way.name: way for way in why.Way}
RECHECK_S = 3.0  # how often a name is resolved anew while the load runs


Halt = Callable[[Reason], object]


def bar_to(addresses: Sequence[str], told: Halt) -> None:
    """See EgressWatch.bar; `told(reason)` is called for each connection that was refused."""
    bar(addresses, lambda host: told(why.ConnectionRefused(host=host)))


class EgressWatch:
    """The guard of one process in a planned run. Raises guard.Refused for a plan that is not allowed."""

    def __init__(self, plan: Planned) -> None:
        self.permit: Permit = check_plan(plan)
        self._url: str = self.permit.proxy or plan.base_url
        self._pinned: list[str] = list(plan.addresses)
        self._untold: list[Reason] = []

    def look(self) -> Reason | None:
        """Does the name lead elsewhere, seen from this machine? The reason to stop, or None."""
        strangers = drift(self._url, self._pinned)
        if not strangers:
            return None
        host = urlsplit(self._url).hostname or ""
        return why.AddressChanged(
            host=host, now=tuple(strangers), pinned=tuple(self._pinned), file=self.permit.shown
        )

    def watch(self, halt: Halt) -> None:
        """Look again and again, in a greenlet of its own, and halt at the first reason."""
        if not is_address(urlsplit(self._url).hostname or ""):
            gevent.spawn(self._watch, halt)

    def _watch(self, halt: Halt) -> None:
        while not (reason := self.look()):
            gevent.sleep(RECHECK_S)
        halt(reason)

    def bar(self, told: Halt | None = None) -> None:
        """From now on no socket of this process connects to anything but the target and this machine.

        Without `told`, what was refused is kept for the `told` of a later call.
        """
        bar_to(self._pinned, told or self._untold.append)
        if told is not None:
            listen(lambda kind, where: told(why.Escape(way=WAYS[kind], where=Path(where).name)))
            while self._untold:
                told(self._untold.pop(0))
