"""Who may see and steer a run on Locust's page: who has the token of the run, from this page alone.

The token is printed when the run begins, as part of the page's address. The first request turns it into a
cookie that no script can read and no other site can use (SameSite=Strict); a script shows it in
`Authorization: Bearer`. A page of another site is refused by its Origin and Sec-Fetch-Site headers (Fetch
Metadata, https://www.w3.org/TR/fetch-metadata/), a name that was made to lead to this machine (DNS
rebinding) by its Host header.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from renhai.core.machine.environment import PAGE_TOKEN

Environ = Mapping[str, Any]
App = Callable[[Any, Any], Iterable[bytes]]

# What the runner gave this process, which nobody else is to read there; "" where Locust was started by hand.
GIVEN = os.environ.pop(PAGE_TOKEN, "")
_OWN_SITES = ("", "none", "same-origin")


class PageGate:
    """In front of a WSGI application that listens on loopback at `port`."""

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app, self._token, self._port = app, token, port
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        why = self._foreign(environ)
        if why:
            return _answer(start_response, "403 Forbidden", why)
        asked = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if "token" in asked and environ["REQUEST_METHOD"] == "GET" and self._is_token(asked.pop("token")):
            return self._let_in(environ, start_response, asked)
        if not self._shows_token(environ):
            why = "open the address that `renhai run --web` printed when the run began: it holds the token"
            return _answer(start_response, "401 Unauthorized", why)
        return self._app(environ, start_response)

    def _foreign(self, environ: Environ) -> str:
        """Why this request is not this page's own, "" if it is."""
        if environ.get("HTTP_HOST", "") not in self._hosts:
            return f"this page answers at http://127.0.0.1:{self._port} alone"
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin != f"http://{environ['HTTP_HOST']}":
            return "pages of another site may not ask here"
        if environ.get("HTTP_SEC_FETCH_SITE", "") not in _OWN_SITES:
            return "pages of another site may not ask here; type the address, or paste it"
        return ""

    def _let_in(self, environ: Environ, start_response: Any, rest: Mapping[str, str]) -> Iterable[bytes]:
        """To the same page without the token, which then is neither in the history nor in a Referer."""
        path = quote(environ.get("PATH_INFO", "/").lstrip("/\\"))
        place = f"/{path}?{urlencode(rest)}" if rest else f"/{path}"
        cookie = f"{self._cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/"
        return _answer(start_response, "303 See Other", "", ("Location", place), ("Set-Cookie", cookie))

    def _shows_token(self, environ: Environ) -> bool:
        scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(given.strip()):
            return True
        try:
            cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        except CookieError:
            return False
        return self._cookie in cookies and self._is_token(cookies[self._cookie].value)

    @property
    def _cookie(self) -> str:
        return f"renhai_{self._port}"  # cookies know no ports

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode("utf-8", "replace"), self._token.encode())


def _answer(start_response: Any, status: str, text: str, *headers: tuple[str, str]) -> Iterable[bytes]:
    body = text.encode() + b"\n" if text else b""
    kept = ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")
    kind = ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))
    start_response(status, [*kind, *kept, *headers])
    return [body]
