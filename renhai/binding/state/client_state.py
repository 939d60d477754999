"""What one operator, or one desk that arrivals are served at, keeps between requests."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from renhai.binding.state.cookies import CookieJar
from renhai.safety.redaction import SHAPES, is_secret

SHORTEST = 4  # a shorter capture would blank half of every excerpt


class ClientState:
    """`saved`: captures by name. `rows`: of the scenario's files. `cookies`: of the
    target. `expires`: in CLOCK_MONOTONIC seconds, when to sign in or renew; `ends`: when the login is over.
    `unit`, `post`: where an operator sits.
    """

    __slots__ = (
        "cookies",
        "decks",
        "ends",
        "expires",
        "number",
        "post",
        "rows",
        "saved",
        "signed_in",
        "unit",
    )

    def __init__(self, number: int = 0, unit: str = "", post: str = "") -> None:
        self.number = number
        self.unit, self.post = unit, post
        self.saved: dict[str, Any] = {}
        self.cookies = CookieJar()
        self.decks: Mapping[str, Any] = {}
        self.rows: dict[str, dict[str, Any]] = {}
        self.signed_in = False
        self.expires = self.ends = float("inf")

    def row(self, name: str) -> dict[str, Any]:
        """This operator's row of a file of the scenario, his for good. Raises KeyError, Exhausted, ..."""
        if name not in self.rows:
            self.rows[name] = self.decks[name].draw()
        return self.rows[name]

    @property
    def officer(self) -> str:
        """An officer's code of 11 digits: the first 7 of the unit and the operator's number."""
        return f"{self.unit[:7]:0<7}{(self.number + 1) % 10_000:04}"

    def can_renew(self) -> bool:
        """Whether the last login is not over, so that it may be renewed."""
        return self.signed_in and monotonic() < self.ends

    def is_fresh(self) -> bool:
        """Whether the last login still holds."""
        return self.signed_in and monotonic() < self.expires

    def sign_out(self) -> None:
        """Forget the login, so that the next request begins with a new one.

        Cookies stay, as in a browser: the new login's answers replace them, and another application of the
        same host keeps its own.
        """
        self.signed_in = False

    def leave(self) -> None:
        """Signed out, and the browser closed."""
        self.sign_out()
        self.cookies.end_session()

    def secrets(self, hidden: frozenset[str] = frozenset()) -> list[str]:
        """What must not be shown: tokens, cookies, captures by `hidden` names or that look like secrets."""
        token = self.saved.get(TOKEN)
        return [
            *self.cookies.values(),
            *([str(token)] if token else []),
            *(value for name, value in self.saved.items() if _is_secret(name, value)),
            *(value for row in self.rows.values() for name, value in row.items() if _is_secret(name, value)),
            *(str(self.saved[name]) for name in hidden if self.saved.get(name)),
        ]


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, str) and len(value) >= SHORTEST and bool(is_secret(name) or SHAPES.search(value))


TOKEN = "token"  # the capture that a bearer login leaves
NOBODY = ClientState()


class StatePool:
    """Memories for arrivals: one that is at no journey at the moment, else a new one."""

    def __init__(self, slot: int = 0, slots: int = 1) -> None:
        self._idle: list[ClientState] = []
        self._made = 0
        self._slot, self._slots = slot, slots  # so that no two load processes number alike

    def take(self) -> ClientState:
        if self._idle:
            return self._idle.pop()
        self._made += 1
        return ClientState((self._made - 1) * self._slots + self._slot)

    def give_back(self, memory: ClientState) -> None:
        self._idle.append(memory)
