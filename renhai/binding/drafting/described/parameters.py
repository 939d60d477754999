"""Paths, queries, headers and cookies of an OpenAPI operation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from renhai.binding.drafting.described.references import References
from renhai.binding.drafting.described.schemas import Sample, first_value, whole_value
from renhai.binding.drafting.draft import wrong_header
from renhai.binding.drafting.hidden import is_secret_name, variable
from renhai.binding.drafting.names import FieldNames
from renhai.binding.drafting.notes import Note, note

_BRACES = re.compile(r"\{([^{}]*)\}")
_SAFE = "/%:@!$&'()*+,;=~-._?"
DEEPEST_OBJECT = 4  # objects in objects of one query parameter
_SIGNS = {"form": ",", "pipeDelimited": "|", "spaceDelimited": " "}
_OF_OBJECTS = {
    "simple": ",",
    "label": ".",
    "matrix": ";",
}  # between the fields of an exploded object in a path
_PLACES = ("query", "path", "header", "cookie")
_COLLECTIONS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}  # Swagger 2
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
            self._of_path(piece, known.get(piece) or {}) if n % 2 else _encoded(piece)
            for n, piece in enumerate(pieces)
        )

    def _of_path(self, name: str, parameter: Mapping[str, Any]) -> str:
        """`5`, `.5` (label) or `;id=5` (matrix); several values as one text, an object field by field."""
        name, style = name.strip("+*;.?&") or "part", str(parameter.get("style") or "simple")
        explode, described = parameter.get("explode") is True, schema_of(parameter)
        lead = {"label": ".", "matrix": f";{_encoded(name)}="}.get(style, "")
        properties = _properties(described)
        if properties and style in _OF_OBJECTS and "content" not in parameter:
            text = self._pairs("path", name, properties, explode, _OF_OBJECTS[style] if explode else ",")
            return (";" if style == "matrix" and explode else lead) + text
        return lead + self._simple("path", name, parameter, "." if style == "label" and explode else ",")

    def _simple(self, place: str, name: str, parameter: Mapping[str, Any], sign: str = ",") -> str:
        """One text for the value of a path or a header: several joined, an object pair by pair (`simple`)."""
        described = schema_of(parameter)
        if "content" in parameter:
            return self._content(place, name, parameter)
        properties = _properties(described)
        if properties:
            return self._pairs(place, name, properties, parameter.get("explode") is True, ",")
        if described.get("type") == "array":
            self.mark(note("joined", name=name, sign=sign))
            return self.placeholder(place, name, {"schema": {"example": _joined(described, sign)}})
        return self.placeholder(place, name, parameter)

    def _pairs(self, place: str, name: str, properties: Mapping[str, Any], explode: bool, sign: str) -> str:
        """`R=100,G=200`, or `R,100,G,200` where it is not exploded (OpenAPI 3.1, "Style Values")."""
        is_, pairs = "=" if explode else sign, []
        for field, schema in properties.items():
            written = _encoded(field) if place == "path" else field
            pairs.append(f"{written}{is_}{self._one(place, f'{name}[{field}]', schema)}")
        return sign.join(pairs)

    def _content(self, place: str, name: str, parameter: Mapping[str, Any]) -> str:
        """A parameter that is a document of its own: JSON in one text."""
        self.mark(note("styled", name=name, style=", ".join(map(str, parameter["content"]))))
        value = json.dumps(whole_value(schema_of(parameter)), ensure_ascii=False, default=str)
        return self.placeholder(place, name, {"schema": {"example": value}})

    def query(self) -> dict[str, Any]:
        """name: placeholder, a list for an array sent value by value; an object field by field."""
        found: dict[str, Any] = {}
        for parameter in self.required("query"):
            if "name" in parameter:
                found |= self._fields(parameter) or {str(parameter["name"]): self._value("query", parameter)}
        return found

    def _fields(self, parameter: Mapping[str, Any]) -> dict[str, Any]:
        """An object by its fields: name[field] (deepObject), field alone (form), all in one text. Else empty.

        OpenAPI 3.1, "Style Values"; Swagger 2 has no objects.
        """
        name, style = str(parameter["name"]), str(parameter.get("style") or "form")
        properties = _properties(schema_of(parameter))
        if parameter.get("allowReserved") is True:
            self.mark(note("styled", name=name, style="allowReserved"))
        if "content" in parameter:
            return {name: self._content("query", name, parameter)}
        if style == "deepObject":
            found = self._deep(name, properties, 0) or self._deep_list(name, schema_of(parameter), 0)
            if not found:  # of any fields, or none that is named
                self.mark(note("styled", name=name, style=style))
            return found
        if not properties:
            return {}
        if style == "form" and parameter.get("explode") is not False:
            return {field: self._of_form(field, schema) for field, schema in properties.items()}
        if style not in _SIGNS:
            self.mark(note("styled", name=name, style=style))
            return {}
        return {name: self._pairs("query", name, properties, False, _SIGNS[style])}

    def _of_form(self, name: str, schema: Any) -> Any:
        """One field of an object in a form; what OpenAPI leaves open is marked: an object within."""
        if _properties(schema):
            self.mark(note("styled", name=name, style="form"))
        return self._value("query", {"name": name, "schema": schema})

    def _deep(self, name: str, properties: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """name[field], and name[field][inner] where a field is an object itself, as most systems take it."""
        found: dict[str, Any] = {}
        for field, schema in properties.items():
            written, inner = f"{name}[{field}]", _properties(schema)
            if inner and depth < DEEPEST_OBJECT:
                found |= self._deep(written, inner, depth + 1)
                continue
            if inner:
                self.mark(note("too_deep", names=[written], most=DEEPEST_OBJECT))
            found |= self._deep_list(written, schema, depth + 1) or {
                written: self._value("query", {"name": written, "schema": schema})
            }
        return found

    def _deep_list(self, name: str, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """name[0][field] where a list holds objects, which is marked; else empty."""
        items = schema.get("items")
        inner = _properties(items) if isinstance(items, Mapping) else {}
        if not inner or depth > DEEPEST_OBJECT:
            return {}
        self.mark(note("indexed", names=[name]))
        return self._deep(f"{name}[0]", inner, depth)

    def _one(self, place: str, name: str, schema: Mapping[str, Any]) -> str:
        """What stands for one value: a placeholder, a secret of the environment by its name."""
        if is_secret_name(name):
            return f"${{ENV:{variable(name)}}}"
        if _properties(schema) or schema.get("type") == "array":
            self.mark(note("styled", name=name, style="simple"))
        return self.placeholder(place, name, {"schema": schema})

    def _value(self, place: str, parameter: Mapping[str, Any]) -> Any:
        name = str(parameter["name"])
        if is_secret_name(name):
            return f"${{ENV:{variable(name)}}}"
        described = schema_of(parameter)
        if described.get("type") != "array":
            return self.placeholder(place, name, parameter)
        items, sign = described.get("items"), _sign(parameter)
        if isinstance(items, Mapping) and _properties(items):
            self.mark(note("styled", name=name, style=str(parameter.get("style") or "form")))
        if sign:
            self.mark(note("joined", name=name, sign={" ": "blanks", "\t": "tabs"}.get(sign, sign)))
            return self.placeholder(place, name, {"schema": {"example": _joined(described, sign)}})
        return [self.placeholder(place, name, {"schema": {"example": _items(described)[0]}})]

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
                found[name] = self._simple("header", name, parameter)
        cookies = [cookie for parameter in self.required("cookie") for cookie in _cookies(parameter)]
        if cookies and "cookie" not in signed:
            found["Cookie"] = "; ".join(cookies)
        return found

    def say_optional(self) -> None:
        """Mark the parameters that are not sent."""
        kinds = ("query", "header", "cookie")
        names = [str(p.get("name")) for kind in kinds for p in self.of(kind) if p.get("required") is not True]
        if names:
            self.mark(note("optional", names=names))


def _cookies(parameter: Mapping[str, Any]) -> list[str]:
    """name=value, of an object one for each of its fields (form), all out of the environment."""
    name, fields = str(parameter.get("name", "")), list(_properties(schema_of(parameter)))
    if fields and parameter.get("explode") is False:
        pairs = ",".join(f"{field},${{ENV:{variable(f'{name}_{field}')}}}" for field in fields)
        return [f"{name}={pairs}"] if wrong_header(name) is None else []
    names = [one for one in fields or [name] if wrong_header(one) is None]
    return [f"{one}=${{ENV:{variable(one)}}}" for one in names]


def _properties(described: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The fields of an object, each with its part of the object's own example."""
    listed, given = described.get("properties"), described.get("example")
    parts = given if isinstance(given, Mapping) else {}
    found = {}
    for name, schema in listed.items() if isinstance(listed, Mapping) else ():
        one = schema if isinstance(schema, Mapping) else {}
        found[str(name)] = {**one, "example": parts[name]} if name in parts else one
    return found


def _sign(parameter: Mapping[str, Any]) -> str:
    """What joins the values of an array to one text; "" where each is sent by itself."""
    if "schema" not in parameter and "content" not in parameter:  # Swagger 2
        return _COLLECTIONS.get(str(parameter.get("collectionFormat") or "csv"), "")
    style = str(parameter.get("style") or "form")
    apart = parameter.get("explode", style == "form") is not False
    return "" if apart else _SIGNS.get(style, "")


def _items(described: Mapping[str, Any]) -> list[Any]:
    """Values to begin with for an array: those of its example, else one of its items."""
    given = next((described[key] for key in ("example", "default") if described.get(key)), None)
    if isinstance(given, list):
        return given
    items = described.get("items")
    return [first_value(items) if isinstance(items, Mapping) and given is None else given or "text"]


def _joined(described: Mapping[str, Any], sign: str) -> str:
    return sign.join(map(str, _items(described)))


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
    examples = parameter.get("examples")
    first = next(iter(examples.values()), None) if isinstance(examples, Mapping) else None
    if isinstance(first, Mapping) and "value" in first:
        found.setdefault("example", first["value"])
    return found


def gathered(
    references: References, base: str, mark: Callable[[Note], None], *lists: Any
) -> list[Mapping[str, Any]]:
    """Parameters of a path and of an operation, the later ones instead of earlier ones of the same name.

    The schemas of those that are sent have no references any more; the body's has.
    """
    found: dict[tuple[Any, Any], tuple[Mapping[str, Any], str]] = {}
    for listed in lists:
        if listed is not None and not isinstance(listed, list):
            raise TypeError(f"parameters are {type(listed).__name__}, not a list")
        for item in listed or []:
            parameter, file, _ = references.follow(item, base)
            if parameter:
                found[parameter.get("in"), parameter.get("name")] = parameter, file
    return [_whole(references, parameter, file, mark) for parameter, file in found.values()]


def _whole(
    references: References, parameter: Mapping[str, Any], file: str, mark: Callable[[Note], None]
) -> Mapping[str, Any]:
    name, place = str(parameter.get("name", "")), parameter.get("in")
    if place == "body":
        schema = parameter.get("schema")
        followed = isinstance(schema, Mapping) and "$ref" in schema
        return {**parameter, "schema": references.follow(schema, file)[0]} if followed else parameter
    if place not in _PLACES or not (place == "path" or parameter.get("required") is True):
        return parameter

    def plain(schema: Any) -> dict[str, Any]:
        return Sample(references, FieldNames(), mark).plain(name, schema, file)

    content, schema = parameter.get("content"), parameter.get("schema")
    if isinstance(schema, Mapping):
        return {**parameter, "schema": plain(schema)}
    if isinstance(content, Mapping) and content:
        media, described = next(iter(content.items()))
        inside = described.get("schema") if isinstance(described, Mapping) else None
        return {**parameter, "content": {**content, media: {"schema": plain(inside or {})}}}
    return parameter


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
