"""Who may plant faults: who holds the token of this target, and no page of another site.

The token goes in `Authorization: Bearer`, which no browser adds by itself. A page of another site is seen by
its Origin and Sec-Fetch-Site headers (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/); a name that was
made to lead to this machine (DNS rebinding) by its Host header, where the target listens on loopback alone.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets

from renhai.reference.http.wire import Answer, Scope, bearer, problem

VARIABLE = "RENHAI_TARGET_TOKEN"
FEWEST = 16  # characters of a token that was given
_TOKEN = re.compile(r"[!-~]+")
_OWN_SITES = (b"", b"none", b"same-origin")
REMEDY = (
    "give the token that the target printed when it began (or the one that you set in "
    f"{VARIABLE}): Authorization: Bearer TOKEN"
)


class BadToken(ValueError):
    """A token that was given and is none; the message is one line for the operator."""


def token_of(environ: dict[str, str]) -> str:
    """The token of RENHAI_TARGET_TOKEN, else a new one. Raises BadToken."""
    given = environ.get(VARIABLE, "")
    if not given:
        return secrets.token_urlsafe(24)
    if len(given) < FEWEST or not _TOKEN.fullmatch(given):
        raise BadToken(
            f"{VARIABLE} must hold {FEWEST} printable characters or more; let it be made: unset it"
        )
    return given


class Gate:
    """`token`: what a caller has to show. `host`: the address that the target listens on."""

    def __init__(self, token: str, host: str) -> None:
        self._token = token.encode()
        self._loopback = _is_loopback(host)

    @classmethod
    def of_environment(cls, host: str) -> Gate:
        """With the token of the environment, which nobody else is to read there, or a new one."""
        token = token_of(dict(os.environ))
        os.environ.pop(VARIABLE, None)
        return cls(token, host)

    @property
    def token(self) -> str:
        return self._token.decode()

    def refusal(self, scope: Scope) -> Answer | None:
        """Why this request may not change faults; None where it may."""
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"")
        if self._loopback and not _is_loopback(_without_port(host.decode("latin-1"))):
            return problem(403, "this target listens on loopback; ask it by 127.0.0.1 or localhost")
        origin = headers.get(b"origin")
        if origin is not None and origin not in (b"http://" + host, b"https://" + host):
            return problem(403, "pages of another site may not plant faults")
        if headers.get(b"sec-fetch-site", b"") not in _OWN_SITES:
            return problem(403, "pages of another site may not plant faults")
        if not secrets.compare_digest(bearer(scope).encode("latin-1"), self._token):
            return problem(401, REMEDY)
        return None


def _without_port(host: str) -> str:
    """`[::1]:8400`, `127.0.0.1:8400` or `localhost` without port and brackets."""
    return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
