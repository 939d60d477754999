"""Paths, queries, headers and cookies of an OpenAPI operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from renhai.binding.drafting.described.references import References
from renhai.binding.drafting.described.schemas import first_value
from renhai.binding.drafting.draft import wrong_header
from renhai.binding.drafting.hidden import is_secret_name, variable
from renhai.binding.drafting.names import FieldNames
from renhai.binding.drafting.notes import Note, note

_BRACES = re.compile(r"\{([^{}]*)\}")
_SAFE = "/%:@!$&'()*+,;=~-._?"
_OWN_HEADERS = frozenset(
    {"authorization", "accept", "content-type", "cookie"}
)  # OpenAPI ignores the first three


class Parameters:
    """The required parameters of one operation as the target file has them; the optional ones are marked."""

    def __init__(
        self, listed: list[Mapping[str, Any]], names: FieldNames, mark: Callable[[Note], None]
    ) -> None:
        self.listed, self.names, self.mark = listed, names, mark
        self.values: dict[str, Any] = {}

    def of(self, place: str) -> list[Mapping[str, Any]]:
        """Those of path, query, header, cookie, formData or body."""
        return [item for item in self.listed if item.get("in") == place]

    def required(self, place: str) -> list[Mapping[str, Any]]:
        """Those that must be sent."""
        return [item for item in self.of(place) if item.get("required") is True]

    def placeholder(self, place: str, name: str, described: Mapping[str, Any] | None = None) -> str:
        """`${name}`, with a value to begin with."""
        field = self.names.name((place, name), name)
        self.values.setdefault(field, first_value(schema_of(described or {})))
        return f"${{{field}}}"

    def path(self, text: str) -> str:
        """A templated path with placeholders, the rest %-encoded."""
        known = {str(item.get("name")): item for item in self.of("path")}
        pieces = _BRACES.split(text.partition("#")[0])
        return "".join(
            self.placeholder("path", piece.strip("+*;.?&") or "part", known.get(piece))
            if n % 2
            else _encoded(piece)
            for n, piece in enumerate(pieces)
        )

    def query(self) -> dict[str, Any]:
        """name: placeholder, a list for an array sent value by value; an object field by field."""
        found: dict[str, Any] = {}
        for parameter in self.required("query"):
            if "name" in parameter:
                found |= self._fields(parameter) or {str(parameter["name"]): self._value("query", parameter)}
        return found

    def _fields(self, parameter: Mapping[str, Any]) -> dict[str, Any]:
        """An object by its fields: name[field] (deepObject) or field alone (form). Else empty."""
        name, style = str(parameter["name"]), parameter.get("style") or "form"
        properties = schema_of(parameter).get("properties")
        if "content" in parameter:
            self.mark(note("styled", name=name, style=", ".join(map(str, parameter["content"]))))
            return {}
        if not isinstance(properties, Mapping) or not properties:
            return {}
        if style not in ("form", "deepObject") or parameter.get("explode") is False:
            self.mark(note("styled", name=name, style=style))
            return {}
        deep = style == "deepObject"
        return {
            written: self._value("query", {"name": written, "schema": schema})
            for field, schema in properties.items()
            for written in [f"{name}[{field}]" if deep else str(field)]
        }

    def _value(self, place: str, parameter: Mapping[str, Any]) -> Any:
        name = str(parameter["name"])
        if is_secret_name(name):
            return f"${{ENV:{variable(name)}}}"
        found = self.placeholder(place, name, parameter)
        joined = parameter.get("explode") is False or parameter.get("collectionFormat") not in (None, "multi")
        return [found] if schema_of(parameter).get("type") == "array" and not joined else found

    def headers(self, signed: set[str]) -> dict[str, str]:
        """name: text. signed: names, in small letters, that auth or the defaults send."""
        found: dict[str, str] = {}
        for parameter in self.required("header"):
            name = str(parameter.get("name", ""))
            if name.lower() in _OWN_HEADERS | signed:
                continue
            why = wrong_header(name)
            if why is not None:
                self.mark(note("parameter_lost", name=name, why=why))
            elif is_secret_name(name) or re.search(r"authorization|cookie|api-?key", name, re.IGNORECASE):
                found[name] = f"${{ENV:{variable(name)}}}"
            else:
                found[name] = self.placeholder("header", name, parameter)
        cookies = [str(p.get("name", "")) for p in self.required("cookie")]
        cookies = [name for name in cookies if wrong_header(name) is None]
        if cookies and "cookie" not in signed:
            found["Cookie"] = "; ".join(f"{name}=${{ENV:{variable(name)}}}" for name in cookies)
        return found

    def say_optional(self) -> None:
        """Mark the parameters that are not sent."""
        kinds = ("query", "header", "cookie")
        names = [str(p.get("name")) for kind in kinds for p in self.of(kind) if p.get("required") is not True]
        if names:
            self.mark(note("optional", names=names))


def _encoded(text: str) -> str:
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe=_SAFE).replace("${", "%24%7B")


def schema_of(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    """A parameter's schema with its example; in Swagger 2 the parameter is its own schema."""
    schema = parameter.get("schema")
    if not isinstance(schema, Mapping):
        content = parameter.get("content")
        first = next(iter(content.values()), None) if isinstance(content, Mapping) else None
        schema = first.get("schema") if isinstance(first, Mapping) else None
    found = dict(schema) if isinstance(schema, Mapping) else dict(parameter)
    if "example" in parameter:
        found["example"] = parameter["example"]
    return found


def gathered(references: References, base: str, *lists: Any) -> list[Mapping[str, Any]]:
    """Parameters of a path and of an operation, the later ones instead of earlier ones of the same name."""
    found: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for listed in lists:
        if listed is not None and not isinstance(listed, list):
            raise TypeError(f"parameters are {type(listed).__name__}, not a list")
        for item in listed or []:
            parameter, file, _ = references.follow(item, base)
            schema = parameter.get("schema")
            if isinstance(schema, Mapping) and "$ref" in schema:
                parameter = {**parameter, "schema": references.follow(schema, file)[0]}
            if parameter:
                found[parameter.get("in"), parameter.get("name")] = parameter
    return list(found.values())


# Servers


def server_path(servers: Any, said: Callable[[Note], None]) -> tuple[str, list[str], list[str]]:
    """The path of the first server, what stands in it without a default, and all servers' addresses."""
    listed = [s for s in servers if isinstance(s, Mapping)] if isinstance(servers, list) else []
    urls, missing = [], []
    for server in listed:
        variables = server.get("variables")
        variables = variables if isinstance(variables, Mapping) else {}

        def fill(match: re.Match[str], known: Mapping[str, Any] = variables) -> str:
            described = known.get(match[1])
            default = described.get("default") if isinstance(described, Mapping) else None
            if default is None:
                missing.append(match[1])
                return match[0]
            return str(default)

        url = re.sub(r"://[^/@]*@", "://", str(server.get("url") or ""))  # no user, no password
        urls.append(_BRACES.sub(fill, url))
    first = urls[0] if urls else ""
    if "://" in first or first.startswith("//"):
        _, slash, rest = first.partition("//")[2].partition("/")
        path = slash + rest
    else:
        path = f"/{first.lstrip('./')}"
    path = path.partition("?")[0].partition("#")[0].rstrip("/")
    for name in dict.fromkeys(missing):
        if f"{{{name}}}" in path:
            said(note("server_variable", name=name))
    return path, missing, urls
