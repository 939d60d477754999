"""Were there as many users as were asked for? A user's own Locust file may end some, and make others."""

from __future__ import annotations

from bisect import bisect_right

from renhai.load.measure.collector import Second
from results.verdict.reasons.user_file import UsersBeyondPlan, UsersMissing

MOST_MISSING = 0.01  # of all user-seconds: what the making of users takes on a busy machine
MOST_BEYOND = 0.05  # of all user-seconds: who is to leave may be counted once more


class Presence:
    """Compares the users alive at the end of each second with what was asked for during it."""

    def __init__(self) -> None:
        self._asked: list[tuple[float, int]] = []
        self._until_s = 0.0
        self.planned = 0
        self.missing = 0
        self.beyond = 0
        self._worst = (0, 0, 0)  # missing, alive, asked for
        self._most = (0, 0, 0)  # too many, alive, asked for

    def ask(self, elapsed_s: float, users: int, until_s: float) -> None:
        """From this moment of the run on so many are asked for, at the longest to `until_s`."""
        self._until_s = until_s
        self._asked.append((elapsed_s, users))

    def second(self, second: Second) -> None:
        """Take one complete second; one that the load did not fill, or nobody reported whole, is left out."""
        if not self._asked or not second.users or second.number + 1 > self._until_s:
            return
        asked, alive = self._least(second.number), sum(second.users.values())
        self.planned += asked
        missing = max(0, asked - alive)
        self.missing += missing
        self._worst = max(self._worst, (missing, alive, asked))
        most = max(self._levels(second.number - 1, second.number + 2))
        beyond = max(0, alive - most)
        self.beyond += beyond
        self._most = max(self._most, (beyond, alive, most))

    def _least(self, second: int) -> int:
        """The lowest level that was asked for within a second: who was asked for later may be on the way."""
        return min(self._levels(second, second + 1))

    def _levels(self, begin_s: float, end_s: float) -> list[int]:
        """What was asked for between two moments of the run."""
        times = [at for at, _ in self._asked]
        first = max(0, bisect_right(times, begin_s + 1e-3) - 1)
        last = bisect_right(times, end_s)
        return [users for _, users in self._asked[first : max(last, first + 1)]]

    @property
    def reason(self) -> UsersMissing | UsersBeyondPlan | None:
        """Once too many were missing, or too many there."""
        if self.missing <= MOST_MISSING * self.planned:
            if self.beyond <= MOST_BEYOND * self.planned:
                return None
            _, alive, asked = self._most
            return UsersBeyondPlan(
                share=self.beyond / self.planned, bound=MOST_BEYOND, alive=alive, asked=asked
            )
        _, alive, asked = self._worst
        share = self.missing / self.planned
        return UsersMissing(share=share, bound=MOST_MISSING, alive=alive, asked=asked)
