"""How long many spend in a state: seated, thinking."""

from __future__ import annotations


class TimeInState:
    """Time that many spend in one state, exact at any moment: n * now - sum of starts + what has ended."""

    __slots__ = ("_ended", "_since", "count")

    def __init__(self) -> None:
        self.count = 0
        self._since = 0
        self._ended = 0

    def enter(self, at_ns: int) -> None:
        self.count += 1
        self._since += at_ns

    def leave(self, entered_ns: int, at_ns: int) -> None:
        self.count -= 1
        self._since -= entered_ns
        self._ended += at_ns - entered_ns

    def total(self, now_ns: int) -> int:
        return self._ended + self.count * now_ns - self._since
