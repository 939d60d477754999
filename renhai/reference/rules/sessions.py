"""Sessions of officers, in memory: a target that restarts knows nobody."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from typing import Any, NamedTuple

from renhai.reference.options import SESSION_S
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, digits, text
from renhai.reference.rules.identifiers import is_authority
from renhai.reference.storage.jobs import Query

MOST_SESSIONS = 1_000_000
SYNTHETIC_PASSWORD = "synthetic"
"""Of every officer: there are no others here, and nothing to protect."""


class Session(NamedTuple):
    """`expires`: CLOCK_MONOTONIC in seconds."""

    officer: str
    unit: str
    expires: float


class Sessions:
    """Who is signed in, by token; the oldest is forgotten when there are too many."""

    def __init__(self, lifetime_s: float = SESSION_S) -> None:
        self._lifetime_s = lifetime_s
        self._known: OrderedDict[str, Session] = OrderedDict()

    def login(self, document: Document, raw: bytes) -> Query:
        """session.login: officer sjry of authority sjjg with password mm; a token and its seconds."""
        officer, unit = digits(document, "sjry", 11, codes.OFFICER_UNIT), text(document, "sjjg")
        if not is_authority(unit):
            raise Rejection(codes.AUTHORITY, f"sjjg {unit[:40]} is not a tax authority code")
        if officer[:7] != unit[:7]:
            raise Rejection(codes.OFFICER_UNIT, f"sjry {officer} is not of sjjg {unit}")
        if text(document, "mm") != SYNTHETIC_PASSWORD:
            raise Rejection(codes.PASSWORD, f"the password of sjry {officer} is another one")
        return lambda view: self._open(officer, unit)

    def renew(self, document: Document, raw: bytes) -> Query:
        """session.renew: a new token for a session that still holds; the old one ends."""
        token = text(document, "token")

        def answer(view: object) -> dict[str, Any]:
            session = self.check(token)
            self._known.pop(token, None)
            return self._open(session.officer, session.unit)

        return answer

    def logout(self, document: Document, raw: bytes) -> Query:
        """session.logout: end the session."""
        token = text(document, "token")

        def answer(view: object) -> dict[str, Any]:
            session = self.check(token)
            self._known.pop(token, None)
            return {"sjry": session.officer}

        return answer

    def check(self, token: str) -> Session:
        """The session of a token. Raises Rejection: not signed in, or expired."""
        session = self._known.get(token)
        if session is None:
            raise Rejection(codes.NOT_SIGNED_IN, "the token is of no session")
        if session.expires <= time.monotonic():
            raise Rejection(codes.SESSION_EXPIRED, f"the session of sjry {session.officer} has expired")
        return session

    def _open(self, officer: str, unit: str) -> dict[str, Any]:
        token = os.urandom(16).hex()
        self._known[token] = Session(officer, unit, time.monotonic() + self._lifetime_s)
        if len(self._known) > MOST_SESSIONS:
            self._known.popitem(last=False)
        return {"token": token, "expires_in": self._lifetime_s}
