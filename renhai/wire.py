"""The hot half of a binding: fields to request bytes, and an answer to its outcome.

Everything that can be prepared is prepared once, because both calls run tens of thousands of times a second
on one core. Runs inside the load process; needs nothing but the standard library and orjson.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.]*)\}")
SECRET = re.compile(r"\$\{ENV:([A-Za-z_]\w*)\}")

Fields = Mapping[str, Any]
Build = Callable[[Fields], Any]


class Request(NamedTuple):
    """What goes on the wire; `headers`: `Name: value\\r\\n` lines without Host and Content-Length."""

    method: bytes
    path: bytes
    headers: bytes
    body: bytes


class Reply(NamedTuple):
    """How an answer was judged. `data` is what the binding's `data` path yields ({} when there is none)."""

    outcome: str
    data: dict[str, Any]
    code: str
    reason: str

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"


class MissingSecret(KeyError):
    """An environment variable that the binding needs is not set in this process."""

    def __str__(self) -> str:
        return f"environment variable {self.args[0]} is not set"


class CompiledBinding:
    """One binding, ready for use; an operation that it does not have is a KeyError."""

    def __init__(self, binding: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.name: str = binding["name"]
        self.timeouts: dict[str, float] = dict(binding["timeouts"])
        self.tls: dict[str, Any] = dict(binding.get("tls") or {})
        self._secrets: list[str] = []
        resolve = _resolver(environ, self._secrets)
        self._requests = {
            name: _compile_request(operation, resolve) for name, operation in binding["operations"].items()
        }
        judge = _compile_judge(binding["success"])
        self._judges = dict.fromkeys(self._requests, judge)

    @property
    def operations(self) -> list[str]:
        return list(self._requests)

    def request(self, operation: str, fields: Fields) -> Request:
        """The request that carries `fields`; raises KeyError naming a field that is missing."""
        return self._requests[operation](fields)

    def judge(self, operation: str, status: int, headers: Any, body: bytes) -> Reply:
        """ok, rejected (answered, but its business code is not success) or error (anything else)."""
        return self._judges[operation](status, body)

    def redact(self, text: str) -> str:
        """`text` with every secret of this binding replaced, for logs and failure excerpts."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def compile_binding(binding: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> CompiledBinding:
    """Prepare a normalised binding (`renhai.binding.normalise`).

    Secrets `${ENV:NAME}` are read here, in the process that sends; raises MissingSecret.
    """
    return CompiledBinding(binding, os.environ if environ is None else environ)


def secret_names(value: Any) -> set[str]:
    """The environment variables that a piece of a binding refers to."""
    if isinstance(value, str):
        return set(SECRET.findall(value))
    if isinstance(value, Mapping):
        return {name for item in value.values() for name in secret_names(item)}
    if isinstance(value, list | tuple):
        return {name for item in value for name in secret_names(item)}
    return set()


def _resolver(environ: Mapping[str, str], used: list[str]) -> Callable[[str], str]:
    def one(match: re.Match[str]) -> str:
        name = match.group(1)
        if not environ.get(name):
            raise MissingSecret(name)
        if not environ[name].isprintable():
            raise ValueError(f"environment variable {name} holds a line break or another control character")
        used.append(environ[name])
        return environ[name]

    return lambda text: SECRET.sub(one, text)


def _compile_request(
    operation: Mapping[str, Any], resolve: Callable[[str], str]
) -> Callable[[Fields], Request]:
    method = operation["method"].encode()
    path = _compile_path(operation["path"])
    headers = "".join(f"{name}: {resolve(value)}\r\n" for name, value in operation["headers"].items())
    block = headers.encode("latin-1")
    body = _compile_body(operation["body"], resolve)
    if isinstance(path, bytes):
        return lambda fields: Request(method, path, block, body(fields))
    return lambda fields: Request(method, path(fields), block, body(fields))


def _compile_path(path: str) -> bytes | Callable[[Fields], bytes]:
    if not PLACEHOLDER.search(path):
        return path.encode()
    fill = _compile_text(path, escape=lambda value: quote(str(value), safe=""))
    return lambda fields: fill(fields).encode()


def _compile_body(body: Any, resolve: Callable[[str], str]) -> Callable[[Fields], bytes]:
    if body is None:
        return lambda fields: b""
    if body == "document":
        return orjson.dumps
    build = _compile_template(body, resolve)
    return lambda fields: orjson.dumps(build(fields))


def _compile_template(node: Any, resolve: Callable[[str], str]) -> Build:
    """A JSON tree with `${field}` leaves: a leaf that is one placeholder keeps the field's own type."""
    if isinstance(node, Mapping):
        items = [(key, _compile_template(value, resolve)) for key, value in node.items()]
        return lambda fields: {key: build(fields) for key, build in items}
    if isinstance(node, list):
        parts = [_compile_template(value, resolve) for value in node]
        return lambda fields: [build(fields) for build in parts]
    if not isinstance(node, str):
        return lambda fields: node
    text = resolve(node)
    whole = PLACEHOLDER.fullmatch(text)
    return _getter(whole.group(1)) if whole else _compile_text(text)


def _compile_text(text: str, escape: Callable[[Any], str] = str) -> Callable[[Fields], str]:
    pieces = PLACEHOLDER.split(text)  # literal, field, literal, field, ..., literal
    if len(pieces) == 1:
        return lambda fields: text
    literals = pieces[0::2]
    getters = [_getter(name) for name in pieces[1::2]]

    def fill(fields: Fields) -> str:
        values = [escape(get(fields)) + after for get, after in zip(getters, literals[1:], strict=True)]
        return literals[0] + "".join(values)

    return fill


def _getter(path: str) -> Build:
    first, *rest = path.split(".")
    if not rest:
        return lambda fields: fields[first]

    def get(fields: Fields) -> Any:
        value = fields[first]
        for key in rest:
            value = value[key]
        return value

    return get


def _compile_judge(success: Mapping[str, Any]) -> Callable[[int, bytes], Reply]:
    """Judge by status and by values inside the JSON answer; see `renhai.binding.Success` for the keys."""
    statuses = frozenset(success["status"])
    wanted = [(tuple(path.split(".")), value) for path, value in success["where"].items()]
    code_path = tuple(success["code"].split(".")) if success["code"] else (wanted[0][0] if wanted else ())
    reason_paths = [tuple(path.split(".")) for path in success["reason"]]
    data_path = tuple(success["data"].split(".")) if success["data"] else ()
    loads = orjson.loads

    def judge(status: int, body: bytes) -> Reply:
        if status not in statuses:
            return Reply("error", {}, str(status), f"HTTP {status}")
        try:
            answer = loads(body)
        except ValueError:
            return Reply("error", {}, str(status), "the answer is not JSON")
        try:
            for path, value in wanted:
                if _at(answer, path) != value:
                    return _rejected(answer, code_path, reason_paths)
        except (KeyError, TypeError, IndexError):
            return Reply("error", {}, str(status), f"the answer has no {'.'.join(path)}")
        return Reply("ok", _data(answer, data_path), "", "")

    return judge


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _data(answer: Any, path: tuple[str, ...]) -> dict[str, Any]:
    try:
        data = _at(answer, path)
    except (KeyError, TypeError):
        return {}
    return data if isinstance(data, dict) else {}


def _rejected(answer: Any, code_path: tuple[str, ...], reason_paths: list[tuple[str, ...]]) -> Reply:
    texts = (_text(answer, path) for path in reason_paths)
    return Reply("rejected", {}, _text(answer, code_path), next(filter(None, texts), ""))


def _text(answer: Any, path: tuple[str, ...]) -> str:
    try:
        return str(_at(answer, path)) if path else ""
    except (KeyError, TypeError, IndexError):
        return ""
