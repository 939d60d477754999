"""Asking the target beside the load: one request after another, as the target file says, by `requests`."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from renhai.binding.codec import CompiledBinding, Reply, compile_binding
from renhai.binding.state.cookies import Site
from renhai.checks.officer import officer
from renhai.core.errors import InvalidRun
from renhai.safety.pinned_session import PinnedSession

MOST_BYTES = 64 << 20  # of an answer
TRIES = 3  # of a read that had no answer: reading twice changes nothing
PAUSE_S = 0.5
ERRNOS = {errno.ECONNREFUSED: "connection refused", errno.ECONNRESET: "connection reset"}
MOST_CAUSES = 20  # of an error, one within another
UNCACHED = {"Cache-Control": "no-cache"}
COUNTS = ("Age", "X-Cache-Hits")  # headers of a cache: above nought it gave the answer
HITS = ("X-Cache", "Cache-Status", "X-Cache-Status", "CF-Cache-Status", "X-Proxy-Cache")
_HIT = re.compile(r"(?<![a-z])hit(?![a-z])", re.IGNORECASE)  # HIT, TCP_HIT, Hit from a cache, c1; hit; ttl=3


class AuditClient:
    """One operator who reads. rate: requests a second at most, None for no bound. Raises MissingSecret."""

    def __init__(
        self, plain: Mapping[str, Any], url: str, address: str, environ: Mapping[str, str], rate: float | None
    ) -> None:
        self._binding: CompiledBinding = compile_binding(plain, environ)
        parts = urlsplit(url)
        self._binding.site = Site(parts.hostname or "", parts.scheme == "https")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        timeouts = self._binding.timeouts
        self._timeout = timeouts["connect"], timeouts["read"]
        self._session = PinnedSession(url, address, plain["tls"])
        self._session.headers.clear()
        self._memory = officer() if self._binding.stateful else None
        self._signed_in = not self._binding.signing.logins
        self._gap_s, self._next = (1 / rate if rate else 0.0), 0.0

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        """The judged answer; one that never came is an error, after TRIES. Raises InvalidRun when signing in
        is refused."""
        self._sign_in()
        for number in range(TRIES):
            reply = self._once(operation, fields)
            if reply.outcome != "error" or number == TRIES - 1:
                break
            time.sleep(PAUSE_S)
        return reply

    def _sign_in(self) -> None:
        over = self._memory is not None and self._binding.login and not self._memory.is_fresh()
        if self._signed_in and not over:
            return
        for login in self._binding.signing.logins:
            reply = self._once(login, {})
            if reply.outcome != "ok":
                why = f"{reply.code} {reply.reason}".strip()
                raise InvalidRun(f"the audit cannot sign in by {login}: {self._binding.redact(why)}")
        self._signed_in = True

    def _once(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._gap_s
        try:
            request = self._binding.request(operation, fields, self._memory)
        except KeyError as error:
            why = f"{operation} cannot be asked: its request needs {error.args[0]}; give it under ask or send"
            return Reply("error", {}, "", why)
        except (ValueError, TypeError) as error:
            return Reply("error", {}, "", f"{operation} cannot be asked with {', '.join(fields)}: {error}")
        body = bytes(request.body)
        headers = UNCACHED | dict(
            _header(line) for line in request.headers.decode("latin-1").split("\r\n") if line
        )
        try:
            with self._session.request(
                request.method.decode(),
                self._origin + request.path.decode(),
                headers=headers,
                data=body or None,
                timeout=self._timeout,
                stream=True,
            ) as answer:
                content = b""
                for piece in answer.iter_content(1 << 16):
                    content += piece
                    if len(content) > MOST_BYTES:
                        return Reply("error", {}, "", f"an answer of more than {MOST_BYTES} bytes")
                if kept := _kept(answer.headers):
                    return Reply(
                        "error", {}, "", f"the answer came from a cache ({kept}), not from the books"
                    )
                head = "".join(f"{name}: {value}\r\n" for name, value in answer.raw.headers.items())
                return self._binding.judge(
                    operation, answer.status_code, head.encode("latin-1", "replace"), content,
                    self._memory, request.echo, request.path,
                )  # fmt: skip
        except requests.RequestException as error:
            return Reply("error", {}, "", self._binding.redact(in_words(error)))


def in_words(error: requests.RequestException) -> str:
    """What a load process would call it; requests quotes the whole of what it tried."""
    if isinstance(error, requests.Timeout):
        return "connect timeout" if isinstance(error, requests.ConnectTimeout) else "read timeout"
    left: list[Any] = [error]
    for number in range(MOST_CAUSES):
        if number == len(left):
            break
        one = left[number]
        if isinstance(one, ConnectionResetError) and one.errno is None:  # http.client's RemoteDisconnected
            return "closed before answer"
        if isinstance(one, OSError) and one.errno in ERRNOS:
            return ERRNOS[one.errno]
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        left += [some for some in inner if isinstance(some, BaseException) and some not in left]
    return f"{type(error).__name__}: {error}"


def _kept(headers: Mapping[str, str]) -> str:
    """The header by which an answer says that a cache gave it (Age: RFC 9111, section 5.1; Cache-Status: RFC
    9211; the others by custom)."""
    for name in COUNTS:
        said = headers.get(name, "").strip()
        if any(one.strip().isdigit() and int(one) for one in said.split(",")):
            return f"{name}: {said}"
    for name in HITS:
        said = headers.get(name, "").strip()
        if _HIT.search(said):
            return f"{name}: {said}"
    return ""


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()
