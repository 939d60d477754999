"""Texts of a target file as pydantic types: headers, paths, templates, secrets."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from renhai.binding.text.templates import SECRET, TOKEN, wrong_placeholder
from renhai.core.validation import refuse

Status = Annotated[int, Field(strict=True, ge=100, le=599)]
Encoding = Literal["utf-8", "gbk"]

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CLIENT_HEADERS = frozenset({"host", "content-length", "connection", "transfer-encoding", "expect"})
_SECRET_HEADERS = re.compile(r"authorization|cookie|token|secret|api-?key|password", re.IGNORECASE)
_KINDS = (
    "${field}, ${field.inside}, ${document}, ${ENV:NAME}, ${SAVED:name}, ${VALUE:name}, ${TABLE:name:field}, "
    "${NEW:id}, ${NOW:yyyyMMdd}, ${OPERATOR:number}, ${DATA:accounts.user}, ${XML:field}, ${CDATA:field}"
)


def check_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise refuse(f"has {name!r}, which is no header name")
        if name.lower() in _CLIENT_HEADERS:
            raise refuse(f"has {name}, which the client sets itself; remove it")
        if not value.isprintable() or not value.isascii():
            raise refuse(f"has {name} with a value that is not printable ASCII")
        if _SECRET_HEADERS.search(name) and not re.search(r"\$\{(ENV|SAVED|DATA):", value):
            raise refuse(
                f"has {name} with its secret in the open; write ${{ENV:NAME}}, set NAME in the environment"
            )
    check_placeholders(headers)
    return headers


def check_path(path: str) -> str:
    if not path.startswith("/"):
        raise refuse("must start with /; the host stands under url")
    if re.search(r"[^!-~]", TOKEN.sub("", path)):
        raise refuse("holds a space or a character that must be %-encoded")
    check_placeholders(path)
    return path


def check_placeholders(node: Any) -> Any:
    if isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            check_placeholders(item)
    elif isinstance(node, str) and wrong_placeholder(node):
        raise refuse(f"holds {wrong_placeholder(node)}, which is none of {_KINDS}")
    return node


def _hidden(text: Any) -> Any:
    """Before a secret's own checks: the value must not be shown in the error about it."""
    if not isinstance(text, str) or not SECRET.search(text):
        raise refuse("must be a secret of the environment: write ${ENV:NAME} and set NAME")
    return text


def check_header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise refuse("must be the name of a header, such as Authorization")
    return name


Headers = Annotated[dict[str, str], AfterValidator(check_headers)]
Template = Annotated[Any, AfterValidator(check_placeholders)]
Text = Annotated[str, AfterValidator(check_placeholders)]
Query = Annotated[dict[str, Any], AfterValidator(check_placeholders)]
Secret = Annotated[str, BeforeValidator(_hidden)]
