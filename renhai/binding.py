"""A target file: how one target speaks, where it stands, and who allowed it to be loaded.

`load_binding` reads and checks the YAML; `normalise` makes the plain dictionary that the plan carries to
every load process, where `compile_binding` (renhai/wire.py) turns it into functions.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from renhai import home
from renhai.problems import Problem, UsageError, choice
from renhai.units import Duration, Rate
from renhai.validation import Strict, refuse, validate
from renhai.wire import PLACEHOLDER, SECRET, CompiledBinding, Reply, Request, compile_binding, secret_names
from renhai.yamlfile import YamlFile, load_yaml, show_path

__all__ = ["Binding", "CompiledBinding", "Reply", "Request", "compile_binding", "load_binding", "normalise"]

EMBEDDED = "embedded"
Count = Annotated[int, Field(strict=True, ge=1)]

_OPERATION = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CLIENT_HEADERS = frozenset({"host", "content-length", "connection", "transfer-encoding", "expect"})
_SECRET_HEADERS = re.compile(r"authorization|cookie|token|secret|api-?key|password", re.IGNORECASE)


def _check_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise refuse(f"has {name!r}, which is no header name")
        if name.lower() in _CLIENT_HEADERS:
            raise refuse(f"has {name}, which the client sets itself; remove it")
        if not value.isprintable() or not value.isascii():
            raise refuse(f"has {name} with a value that is not printable ASCII")
        if _SECRET_HEADERS.search(name) and not SECRET.search(value):
            raise refuse(
                f"has {name} with its secret in the open; write ${{ENV:NAME}}, set NAME in the environment"
            )
    return headers


def _check_path(path: str) -> str:
    if not path.startswith("/"):
        raise refuse("must start with /; the host stands under url")
    if re.search(r"[^!-~]", PLACEHOLDER.sub("", path)):
        raise refuse("holds a space or a character that must be %-encoded")
    _check_placeholders(path)
    return path


def _check_placeholders(node: Any) -> None:
    if isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            _check_placeholders(item)
    elif isinstance(node, str) and "${" in PLACEHOLDER.sub("", SECRET.sub("", node)):
        raise refuse("holds a ${...} that is neither ${field}, ${field.inside} nor ${ENV:NAME}")


def _check_body(body: Any) -> Any:
    if isinstance(body, str) and body != "document":
        raise refuse(
            "must be `document`, null for no body, or a mapping that is the JSON body with ${field} in it"
        )
    if body is not None and not isinstance(body, str | dict | list):
        raise refuse(
            "must be `document`, null for no body, or a mapping that is the JSON body with ${field} in it"
        )
    _check_placeholders(body)
    return body


def _check_url(url: str) -> str:
    if url == EMBEDDED:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refuse("must be http://host:port or https://host:port")
    if parts.username or parts.password:
        raise refuse("holds a password; put it into a header as ${ENV:NAME}")
    if parts.query or parts.fragment:
        raise refuse("must end before ? and #; they belong to an operation's path")
    return url.rstrip("/")


def _check_host(host: str) -> str:
    if "://" in host or "*" in host:
        raise refuse("must be one host name, address or network such as 10.20.0.0/24")
    if "/" in host:
        try:
            ip_network(host)
        except ValueError as error:
            raise refuse(f"is not a network: {error}") from None
    return host


Headers = Annotated[dict[str, str], AfterValidator(_check_headers)]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Operation(Strict):
    """One kind of request: `document` sends the operation's fields as one JSON object."""

    path: Annotated[str, AfterValidator(_check_path)] = Field(examples=["/api/declaration/submit"])
    method: Method | None = None
    headers: Headers = {}
    encoding: Literal["json"] = "json"
    body: Annotated[Any, AfterValidator(_check_body)] = "document"


class Defaults(Strict):
    """What an operation has when it says nothing itself."""

    method: Method = "POST"
    headers: Headers = {}


class Success(Strict):
    """When an answer is ok: its status is one of `status` and every path of `where` holds exactly that value.

    Another status is an error, as is an answer that is not JSON or lacks a path; another value is rejected.
    """

    status: list[Annotated[int, Field(strict=True, ge=100, le=599)]] = [200]
    where: dict[str, str | int | bool | float | None] = {}
    code: str = Field(default="", description="path of the business code, shown for rejected answers")
    reason: list[str] = Field(
        default=[], description="paths of the reason; the first one that is not empty is shown"
    )
    data: str = Field(default="", description="path of what the journeys read; empty means the whole answer")


class Timeouts(Strict):
    """How long one request may take, part by part and in all."""

    connect: Duration = 5.0
    send: Duration = 10.0
    read: Duration = 60.0
    total: Duration = 90.0


class Tls(Strict):
    """Certificate checking; paths are relative to the target file."""

    verify: bool = True
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None


class Ceiling(Strict):
    """What whoever runs the target allows at most."""

    rate: Rate | None = None
    operators: Count | None = None


class Binding(Strict):
    """One file of `scenarios/targets/`."""

    name: str = Field(min_length=1, examples=["city-test"])
    environment: Literal["test", "staging", "production"] = Field(examples=["test"])
    url: Annotated[str, AfterValidator(_check_url)] = Field(
        examples=["https://tax-test.example:8443"],
        description="or `embedded`: renhai starts the reference target",
    )
    hosts: list[Annotated[str, AfterValidator(_check_host)]] = Field(
        [], description="names, addresses or networks that may be loaded; loopback needs no permission"
    )
    ceiling: Ceiling = Ceiling()
    defaults: Defaults = Defaults()
    success: Success = Success()
    timeouts: Timeouts = Timeouts()
    tls: Tls = Tls()
    operations: dict[str, Operation] = Field(min_length=1, examples=["{declaration.submit: {path: /submit}}"])


def load_binding(name: str, beside: Path | None = None) -> tuple[Binding, YamlFile, Path]:
    """A target by its name in scenarios/targets/, or by path; a relative path may start at `beside`.

    Raises UsageError.
    """
    path = find_binding(name, beside)
    file = load_yaml(path)
    binding = validate(Binding, file)
    problems = [
        Problem(
            file.where(("operations", operation), key=True),
            f"operations.{operation}",
            "is not an operation name; write domain.verb in small letters",
        )
        for operation in binding.operations
        if not _OPERATION.fullmatch(operation)
    ]
    if problems:
        raise UsageError(problems)
    return binding, file, path


def find_binding(name: str, beside: Path | None = None) -> Path:
    """The file behind a target's name or path; raises UsageError that lists the known targets."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        places = [Path(name), *([beside / name] if beside else [])]
        found = next((place for place in places if place.exists()), None)
        if found is None:
            raise UsageError(
                f"target file {name} does not exist{choice(Path(name).stem, home.target_names())}"
            )
        return found
    for place in home.target_places():
        if (place / f"{name}.yaml").is_file():
            return place / f"{name}.yaml"
    raise UsageError(f"target {name!r} is not known{choice(name, home.target_names())}")


def normalise(binding: Binding, path: Path) -> dict[str, Any]:
    """The plain dictionary of the plan; secrets stay `${ENV:NAME}`, TLS paths become absolute."""
    defaults = binding.defaults
    return {
        "name": binding.name,
        "operations": {name: _operation(item, defaults) for name, item in binding.operations.items()},
        "success": binding.success.model_dump(),
        "timeouts": binding.timeouts.model_dump(),
        "tls": _tls(binding.tls, path.resolve().parent),
    }


def needed_secrets(binding: Binding) -> set[str]:
    """The environment variables that must be set where the load is made."""
    return secret_names(binding.model_dump())


def _operation(operation: Operation, defaults: Defaults) -> dict[str, Any]:
    headers = {**defaults.headers, **operation.headers}
    if operation.body is not None and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    return {
        "method": operation.method or defaults.method,
        "path": operation.path,
        "headers": headers,
        "encoding": operation.encoding,
        "body": operation.body,
    }


def _tls(tls: Tls, folder: Path) -> dict[str, Any]:
    files = {name: getattr(tls, name) for name in ("ca", "certificate", "key")}
    absolute = {name: str(folder / value) if value else None for name, value in files.items()}
    missing = [value for value in absolute.values() if value and not Path(value).is_file()]
    if missing:
        raise UsageError(
            f"tls: {show_path(Path(missing[0]))} does not exist; paths are relative to the target file"
        )
    return {"verify": tls.verify, **absolute}
