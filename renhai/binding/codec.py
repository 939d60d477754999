"""The hot half of a binding: fields to request bytes, and an answer to its outcome.

Everything that can be prepared is prepared once, because both calls run tens of thousands of times a second
on one core. Runs inside the load process; the parts stand in renhai/binding.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from renhai.binding.answers.binary import is_download
from renhai.binding.answers.captures import compile_captures, secret_captures
from renhai.binding.answers.echo import compile_asks
from renhai.binding.answers.keeping import keeping
from renhai.binding.answers.received import HELD, LARGEST
from renhai.binding.answers.rules import Judge, Reply, compile_judge, unjudged
from renhai.binding.authentication import Signing, take_cookies
from renhai.binding.outgoing.bodies import compile_body, encode_form
from renhai.binding.outgoing.signature import Sign, compile_signature, own_headers
from renhai.binding.outgoing.streamed import Body
from renhai.binding.schema.connections import Way, read_way
from renhai.binding.state.client_state import ClientState
from renhai.binding.state.cookies import Site
from renhai.binding.text.templates import (
    PLACEHOLDER,
    SECRET,
    TOKEN,
    Fields,
    MissingSecret,
    Scope,
    compile_text,
    compile_tree,
    secret_names,
)
from renhai.binding.text.xml_text import plain
from renhai.core.stored_document import as_dict
from renhai.safety.redaction import without

__all__ = [
    "PLACEHOLDER", "SECRET", "CompiledBinding", "MissingSecret", "Reply", "HttpRequest", "compile_binding",
    "secret_names",
]  # fmt: skip


class HttpRequest(NamedTuple):
    """What goes on the wire; `headers`: `Name: value\\r\\n` lines without Host and Content-Length.

    echo: what the answer must repeat, in the order of the rule.
    """

    method: bytes
    path: bytes
    headers: bytes
    body: Body
    echo: tuple[Any, ...] = ()


new = tuple.__new__


class CompiledBinding:
    """One binding, ready for use; an operation that it does not have is a KeyError.

    `stateful`: requests depend on what earlier answers left with the operator (login, captures, cookies), so
    `request` and `judge` need that operator's memory. `login`: the operation whose answer signs in, "" for
    none. `way`: how its clients connect. `follows`: redirects within the origin; `statuses`: those that an
    operation's rule takes for a success. `longest`: bytes that an answer may have.
    """

    def __init__(self, binding: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.name: str = binding["name"]
        self.timeouts: dict[str, float] = dict(binding["timeouts"])
        self.site = Site()  # whom the cookies are of; known where the run begins
        self.tls: dict[str, Any] = dict(binding.get("tls") or {})
        plain = binding.get("connections")
        self.way: Way | None = read_way(plain) if plain else None
        self._scope = Scope(environ, binding.get("tables"))
        self._namespaces: Mapping[str, str] = binding.get("namespaces") or {}
        self.signing = Signing(binding.get("auth"), self._scope)
        self.login = self.signing.login
        operations: Mapping[str, Mapping[str, Any]] = binding["operations"]
        rule = binding.get("signature")
        sign = compile_signature(rule, self._scope) if rule else None
        self._signs = {name: sign for name, item in operations.items() if sign and item.get("sign", True)}
        self._signed = own_headers(rule) if rule else ()
        self._requests = {
            name: self._compile_request(
                name,
                item,
                item.get("success") or binding["success"],
                self._signs.get(name),
            )
            for name, item in operations.items()
        }
        self._judges = {
            name: self._compile_judge(name, item, binding["success"]) for name, item in operations.items()
        }
        kept = {name: item.get("receipt") for name, item in operations.items()}
        self.proxy: str = binding.get("proxy") or ""
        self.follows: bool = bool(binding.get("follow"))
        self.statuses = {
            name: frozenset((item.get("success") or binding["success"]).get("status") or ())
            for name, item in operations.items()
        }
        rules = [item.get("success") or binding["success"] for item in operations.values()]
        self.longest = LARGEST if any(map(is_download, rules)) else HELD
        self.receipts: dict[str, list[str]] = {name: names for name, names in kept.items() if names}
        self.fen: dict[str, list[str]] = {n: item["fen"] for n, item in operations.items() if item.get("fen")}
        captures = any(item.get("captures") for item in operations.values())
        self._hidden = secret_captures(item.get("captures") or {} for item in operations.values())
        self.stateful = bool(self._scope.uses_memory or captures or self.signing.headers or self.login)

    @property
    def operations(self) -> list[str]:
        return list(self._requests)

    def request(self, operation: str, fields: Fields, memory: ClientState | None = None) -> HttpRequest:
        """The request that carries `fields`; raises KeyError naming a field that is missing."""
        if memory is None:
            return self._requests[operation](fields)
        self._scope.memory = memory
        request = self._requests[operation](fields)
        signing = self.signing
        if signing.headers is None or (operation in signing.logins and not signing.keeps_cookies):
            return request
        own = signing.headers(memory, request.method, request.path, self.site)
        return request._replace(headers=request.headers + own)

    def signed_anew(self, operation: str, request: HttpRequest) -> HttpRequest:
        """A request that a redirect has led elsewhere, with the signature of what it is now.

        Raises ValueError where it no longer sends a header that is signed.
        """
        sign = self._signs.get(operation)
        if sign is None:
            return request
        lines = request.headers.splitlines(keepends=True)
        kept = b"".join(line for line in lines if not line.lower().startswith(self._signed))
        return request._replace(headers=kept + sign(request.method, request.path, kept, request.body))

    def judge(
        self,
        operation: str,
        status: int,
        headers: bytes,
        body: bytes,
        memory: ClientState | None = None,
        sent: tuple[Any, ...] = (),
        path: bytes = b"/",
    ) -> Reply:
        """ok, rejected (answered, but its business code is not success) or error (anything else).

        `headers`: the answer's head as it came. `sent`: `echo` of its request; `path`: its path.
        """
        if memory is not None:
            self._scope.memory = memory
            if self.signing.keeps_cookies:
                take_cookies(headers, memory, path, self.site)
        judge = self._judges[operation]
        try:
            return judge(status, headers, body, sent)
        except Exception as wrong:
            return unjudged(status, wrong)

    def redact(self, text: str, memory: ClientState | None = None, *, cut: bool = False) -> str:
        """`text` with every secret of this binding and operator replaced, for logs and failure excerpts.

        cut: it is only the beginning of a text.
        """
        own = memory.secrets(self._hidden) if memory is not None else ()
        return without(text, [*self._scope.secrets, *own], cut=cut)

    # Preparing

    def _compile_request(
        self, name: str, operation: Mapping[str, Any], success: Mapping[str, Any], sign: Sign | None
    ) -> Callable[[Fields], HttpRequest]:
        scope, encoding = self._scope, operation.get("encoding") or "utf-8"
        scope.begin(operation.get("values") or {})
        method = operation["method"].encode()
        path = _compile_path(operation["path"], operation.get("query"), encoding, scope)
        headers = _compile_headers(operation["headers"], scope)
        body = compile_body(operation["body"], operation.get("format") or "json", encoding, scope)
        fixed = self.signing.fixed if name not in self.signing.logins else b""
        asks = compile_asks(operation, success.get("echo") or {})
        once, made = scope.made_once(success.get("echo") or ()), scope.made
        if isinstance(headers, bytes) and isinstance(path, bytes) and not asks and not once and not sign:
            block = headers + fixed
            # a NamedTuple's own constructor is a Python function, and costs three times as much
            return lambda fields: new(HttpRequest, (method, path, block, body(fields), ()))
        where = path if callable(path) else (lambda fields: path)
        lines = headers if callable(headers) else (lambda fields: headers)

        def request(fields: Fields) -> HttpRequest:
            fields = as_dict(fields)
            for value, make in once:
                made[value] = make(fields)
            place, data = where(fields), body(fields)
            plain_body = data if isinstance(data, bytes) else b""
            sent = tuple([ask(fields, place, plain_body, made) for ask in asks])
            block = lines(fields) + fixed
            if sign is not None:
                block += sign(method, place, block, data)
            return new(HttpRequest, (method, place, block, data, sent))

        return request

    def _compile_judge(self, name: str, operation: Mapping[str, Any], common: Mapping[str, Any]) -> Judge:
        success = operation.get("success") or common
        form = success.get("format") or "json"
        rules = compile_captures(
            operation.get("captures") or {}, form, success.get("encoding") or "utf-8", self._namespaces
        )
        login = self.signing.reader(form) if name in (self.login, self.signing.renew) else None
        if not any(rules) and login is None:
            return compile_judge(success)
        return keeping(success, rules, login, self.signing.reads, lambda: self._scope.memory)


def compile_binding(binding: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> CompiledBinding:
    """Prepare a normalised binding (`renhai.binding.loader.normalise`).

    Secrets `${ENV:NAME}` are read here, in the process that sends; raises MissingSecret.
    """
    return CompiledBinding(binding, os.environ if environ is None else environ)


def _compile_path(
    path: str, query: Mapping[str, Any] | None, encoding: str, scope: Scope
) -> bytes | Callable[[Fields], bytes]:
    escape = partial(_quoted, encoding=encoding)
    fill = _never_shorter(path, compile_text(path, scope, escape))
    if not query:
        return fill.encode() if isinstance(fill, str) else (lambda fields: fill(fields).encode())
    build = compile_tree(dict(query), scope)
    joint = "&" if "?" in path else "?"

    def full(fields: Fields) -> bytes:
        asked = encode_form(build(fields), encoding)
        place = fill if isinstance(fill, str) else fill(fields)
        return f"{place}{joint}{asked}".encode() if asked else place.encode()

    return full


def _never_shorter(path: str, fill: str | Callable[[Fields], str]) -> str | Callable[[Fields], str]:
    """The path with its fields; raises ValueError where one that is a part of it by itself is empty, . or ..:
    /items/ answers well, and is another operation than /items/7."""
    parts = TOKEN.sub("\0", path).partition("?")[0].split("/")
    alone = [place for place, part in enumerate(parts) if part and not part.strip("\0")]
    if isinstance(fill, str) or not alone:
        return fill

    def filled(fields: Fields) -> str:
        text = fill(fields)
        given = text.partition("?")[0].split("/")
        for place in alone:
            if given[place] in ("", ".", ".."):
                what = given[place] or "empty"
                raise ValueError(f"a field in the path {path} is {what}, which would be another path")
        return text

    return filled


def _quoted(value: Any, encoding: str) -> str:
    return quote(plain(value), safe="", encoding=encoding, errors="xmlcharrefreplace")


def _compile_headers(headers: Mapping[str, str], scope: Scope) -> bytes | Callable[[Fields], bytes]:
    text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    fill = compile_text(text, scope, _header_value)
    return (
        fill.encode("latin-1") if isinstance(fill, str) else (lambda fields: fill(fields).encode("latin-1"))
    )


def _header_value(value: Any) -> str:
    """A field in a header: ASCII as it is, the rest %-encoded, a line break refused."""
    text = plain(value)
    if not text.isprintable():
        raise ValueError(
            f"a field holds a line break or control character and goes into a header: {text[:40]!r}"
        )
    return text if text.isascii() else quote(text)
