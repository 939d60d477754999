"""How requests are signed: nothing, a password, a token, cookies; and when to sign in anew."""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from renhai.binding.answers.paths import MISSING, compile_path
from renhai.binding.answers.rules import Reply
from renhai.binding.outgoing import digest
from renhai.binding.state.client_state import TOKEN, ClientState
from renhai.binding.state.cookies import Site
from renhai.binding.text.templates import Scope, compile_text

CAPTURED = re.compile(r"\$\{SAVED:(\w+)\}")  # a token that a capture of the login takes
CHALLENGE = "digest challenge"  # no capture's name: it has a blank
Headers = Callable[[ClientState, bytes, bytes, Site], bytes]


class Signing:
    """One binding's way to sign. `login`, `renew`, `logout`: the operations for it, "" when there is none.

    `logins`: all that a login sends in its order; `login` is the last of them, whose answer signs in.
    `reads`: a login's answer is read for a token or its seconds.
    `fixed`: header lines that never change. `headers(memory, method, path, site)`: those of one
    operator for one request, None when there are none. `keeps_cookies`: answers may set cookies.
    """

    def __init__(self, auth: Mapping[str, Any] | None, scope: Scope) -> None:
        auth = auth or {"kind": "none"}
        self.kind: str = auth["kind"]
        self.logins: tuple[str, ...] = in_order(auth.get("login"))
        self.login: str = self.logins[-1] if self.logins else ""
        self.renew: str = auth.get("renew") or ""
        self.logout: str = auth.get("logout") or ""
        self.keeps_cookies = self.kind == "cookies"
        self.fixed = b""
        self.headers: Headers | None = None
        self._renew_before = float(auth.get("renew_before") or 0.0)
        self._lifetime = auth.get("lifetime")
        renew_on = auth.get("renew_on") or {}
        self._renew_code = {str(code) for code in renew_on.get("code") or ()}
        self._renew_status = frozenset(renew_on.get("status") or ())
        self._token_path, self._expires_path = auth.get("token_at") or "", auth.get("expires") or ""
        saved = CAPTURED.fullmatch(self._token_path)
        self._token_name = saved.group(1) if saved else TOKEN
        if saved:
            self._token_path = ""
        self.reads = bool(self._token_path or self._expires_path)
        self.challenged = self.kind == "digest"
        if self.kind == "basic":
            self._basic(auth, scope)
        elif self.kind == "bearer":
            self._bearer(auth, scope)
        elif self.kind == "cookies":
            self.headers = cookie_line
        elif self.kind == "digest":
            self._digest(auth, scope)

    def _basic(self, auth: Mapping[str, Any], scope: Scope) -> None:
        pair = f"{_text(auth['user'], scope)}:{_text(auth['password'], scope)}"
        coded = b64encode(pair.encode()).decode()
        scope.secrets.append(coded)
        self.fixed = f"Authorization: Basic {coded}\r\n".encode()

    def _digest(self, auth: Mapping[str, Any], scope: Scope) -> None:
        user, password = _text(auth["user"], scope), _text(auth["password"], scope)

        def line(memory: ClientState, method: bytes, path: bytes, site: Site) -> bytes:
            challenge = memory.saved.get(CHALLENGE)
            return digest.answer(challenge, user, password, method, path) if challenge else b""

        self.headers = line

    def _bearer(self, auth: Mapping[str, Any], scope: Scope) -> None:
        lead = (
            f"{auth['header']}: {auth['prefix']} ".encode()
            if auth["prefix"]
            else f"{auth['header']}: ".encode()
        )
        if not self.login:
            self.fixed = lead + _text(auth["token"], scope).encode() + b"\r\n"
            return

        name = self._token_name

        def line(memory: ClientState, method: bytes, path: bytes, site: Site) -> bytes:
            return lead + str(memory.saved.get(name, "")).encode("latin-1") + b"\r\n"

        self.headers = line

    def reader(self, form: str) -> Callable[[Any, ClientState, bytes, Mapping[str, Any]], None]:
        """What is read from an ok answer of the login, with what its captures took; raises one of MISSING
        where there is nothing to sign with: no token, no cookie."""
        token = compile_path(self._token_path, form) if self._token_path else None
        expires = compile_path(self._expires_path, form) if self._expires_path else None

        def read(answer: Any, memory: ClientState, head: bytes, taken: Mapping[str, Any]) -> None:
            if self.challenged:
                memory.saved[CHALLENGE] = digest.challenge_of(head)
            if token is not None:
                memory.saved[TOKEN] = _token(token(answer), self._token_path)
            elif self.kind == "bearer":
                name = self._token_name
                _token(taken[name] if name in taken else memory.saved.get(name), name)
            if self.keeps_cookies and not memory.cookies:
                raise ValueError("no answer of the login has set a cookie")
            seconds = _seconds(expires, answer) if expires is not None else self._lifetime
            memory.ends = monotonic() + seconds if seconds else float("inf")
            early = min(self._renew_before, seconds / 2) if seconds else 0.0
            memory.expires = memory.ends - early
            memory.signed_in = True

        return read

    def must_renew(self, reply: Reply) -> bool:
        """Whether an answer that is not ok says that the login no longer holds."""
        return reply.code in self._renew_code or reply.status in self._renew_status


def in_order(login: str | Sequence[str] | None) -> tuple[str, ...]:
    """The operations of a login: one, or several one after another."""
    return (login,) if isinstance(login, str) else tuple(login or ())


def _token(found: Any, where: str) -> str:
    """A token as it is sent: never null, true or an object, which have a text, too."""
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not text.strip() or not text.isascii() or not text.isprintable():
        raise ValueError(f"{where} is not a token")
    return text


def _seconds(expires: Callable[[Any], Any], answer: Any) -> float:
    try:
        seconds = float(expires(answer))
    except MISSING as wrong:
        raise ValueError(f"no seconds of validity: {wrong}") from None
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"no seconds of validity: {seconds}")
    return seconds


def _text(text: str, scope: Scope) -> str:
    filled = compile_text(text, scope)
    if not isinstance(filled, str):
        raise ValueError("a password or token must not depend on a field")
    return filled


def cookie_line(memory: ClientState, method: bytes, path: bytes, site: Site) -> bytes:
    """`Cookie: a=1; b=2` for a request of this path, or nothing."""
    return memory.cookies.line(_without_query(path), site) if memory.cookies else b""


def take_cookies(head: bytes, memory: ClientState, path: bytes, site: Site) -> None:
    """Keep what `Set-Cookie` lines of an answer's head say; `path`: of its request."""
    memory.cookies.take(head, _without_query(path), site)


def _without_query(path: bytes) -> str:
    return path.partition(b"?")[0].decode("latin-1")
