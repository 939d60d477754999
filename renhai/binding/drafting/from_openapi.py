"""Drafts from an OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from renhai.binding.drafting.draft import (
    METHODS,
    Draft,
    _name,
    _placeholder,
    _request_body,
    _resolved,
    _security,
    _word,
    read_document,
    readable,
    slug,
    written_out,
)
from renhai.core.errors import Problem, UsageError


def from_openapi(path: Path) -> str:
    """A draft from an OpenAPI 3 (or Swagger 2) document in JSON or YAML. Raises UsageError."""
    document = read_document(path)
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise UsageError(Problem(str(path), "paths", "is missing; --from-openapi takes an OpenAPI document"))
    with readable(path, "servers", "an OpenAPI document"):
        base = _base_url(document)
        title = slug(document.get("info", {}).get("title", ""))
        prefix = urlsplit(base).path.rstrip("/")
    draft = Draft(title or "drafted")
    for place, item in document["paths"].items():
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                with readable(path, f'paths."{place}".{method}', "an OpenAPI document"):
                    _operation(draft, document, prefix, place, method, item)
    with readable(path, "security", "an OpenAPI document"):
        _security(draft, document)
    return written_out(draft, f"OpenAPI document {path.name}")


def _base_url(document: Mapping[str, Any]) -> str:
    if document.get("host"):  # Swagger 2
        return (
            f"{(document.get('schemes') or ['http'])[0]}://{document['host']}{document.get('basePath') or ''}"
        )
    servers = document.get("servers") or [{"url": ""}]
    url = str(servers[0].get("url", ""))
    return url if "://" in url else "http://127.0.0.1" + url


def _operation(
    draft: Draft, document: Any, prefix: str, place: str, method: str, item: Mapping[str, Any]
) -> None:
    written = item[method]
    name = _name(written.get("tags"), written.get("operationId"), place, method, draft.operations)
    operation: dict[str, Any] = {
        "method": method.upper(),
        "path": re.sub(r"\{([^}]+)\}", _placeholder, prefix + place),
    }
    parameters = [
        _resolved(document, p) for p in [*item.get("parameters", []), *written.get("parameters", [])]
    ]
    query = {
        p["name"]: f"${{{_word(p['name'])}}}"
        for p in parameters
        if p.get("in") == "query" and p.get("required")
    }
    if query:
        operation["query"] = query
    form, body = _request_body(document, written, parameters)
    if form not in ("json", None):
        operation["format"] = form
    operation["body"] = body
    draft.statuses |= {
        int(code)
        for code in written.get("responses", {})
        if str(code).startswith("2") and str(code).isdigit()
    }
    draft.operations[name] = operation
