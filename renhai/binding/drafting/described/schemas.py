"""A body out of a JSON Schema: every field a placeholder, recursion cut, and values to begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from renhai.binding.drafting.described.references import References
from renhai.binding.drafting.hidden import is_secret_name, variable
from renhai.binding.drafting.names import FieldNames
from renhai.binding.drafting.notes import Note, note

Place = tuple[str | int, ...]
DEEPEST = 8  # levels of a body
MOST_FIELDS = 150  # of a body
MOST_NODES = 3_000  # schemas that are looked at for a body
_FIRST = {
    "integer": 1, "number": 1.0, "boolean": True, "object": {}, "array": [],
    "date": "2026-01-01", "date-time": "2026-01-01T00:00:00Z",
    "email": "a@example.com", "uuid": "00000000-0000-4000-8000-000000000000", "uri": "http://example.com/",
}  # fmt: skip


_PUT_TOGETHER = frozenset({
    "$ref", "allOf", "oneOf", "anyOf", "properties", "items", "prefixItems", "discriminator",
})  # fmt: skip
_DYNAMIC = ("$dynamicRef", "$recursiveRef", "if", "patternProperties", "dependentSchemas")


class Merged(NamedTuple):
    """A schema with what it refers to and all its parts put together; each part with its file."""

    keys: Mapping[str, Any]
    properties: dict[str, tuple[Any, str]]
    items: tuple[Any, str] | None
    open: frozenset[str]


@dataclass
class Sample:
    """One body in the making. `values`: what its placeholders may stand for, by field. `files`: its outermost
    names whose values are files.
    """

    references: References
    names: FieldNames
    mark: Callable[[Note], None]
    values: dict[str, Any] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    _inner: dict[Place, FieldNames] = field(default_factory=dict)
    _cut: dict[str, list[str]] = field(default_factory=dict)
    _deep: list[str] = field(default_factory=list)
    _dynamic: list[str] = field(default_factory=list)
    _fields: int = 0
    _nodes: int = 0

    def body(self, schema: Any, base: str) -> Any:
        """A mapping or a list, None where the schema names no field."""
        tree = self._tree(schema, base, (), frozenset())
        self._say_cut()
        return tree if isinstance(tree, dict | list) and tree else None

    def plain(self, name: str, schema: Any, base: str) -> dict[str, Any]:
        """The schema of a parameter without references: its parts put together, what it holds likewise."""
        found = self._plain(schema, base, (name,), frozenset())
        self._say_cut()
        return found or {}

    def _plain(self, schema: Any, base: str, path: Place, within: frozenset[str]) -> dict[str, Any] | None:
        merged = self._merged(schema, base, path, within)
        if merged is None or merged.keys.get("readOnly") is True or self._fields > MOST_FIELDS:
            return None
        self._fields += 1
        if len(path) > DEEPEST:
            self._deep.append(_spelt(path))
            return None
        found = {key: value for key, value in merged.keys.items() if key not in _PUT_TOGETHER}
        if merged.properties:
            inner = {
                key: self._plain(one, place, (*path, key), merged.open)
                for key, (one, place) in merged.properties.items()
            }
            found["properties"] = {key: one for key, one in inner.items() if one is not None}
        if merged.items is not None:
            inside, place = merged.items
            first = inside[0] if isinstance(inside, list) and inside else inside
            found |= {"type": "array", "items": self._plain(first, place, (*path, 0), merged.open) or {}}
        return found

    def _say_cut(self) -> None:
        """Mark what was left out."""
        for name, paths in self._cut.items():
            self.mark(note("recursion", names=paths, schema=name))
        if self._deep:
            self.mark(note("too_deep", names=self._deep, most=DEEPEST))
        if self._dynamic:
            self.mark(note("dynamic", names=self._dynamic))
        if self._fields > MOST_FIELDS or self._nodes > MOST_NODES:
            self.mark(note("too_long", most=MOST_FIELDS))

    def _tree(self, schema: Any, base: str, path: Place, within: frozenset[str]) -> Any:
        """within: the named schemas that this one stands in. None where there is nothing to say."""
        merged = self._merged(schema, base, path, within)
        if merged is None or merged.keys.get("readOnly") is True:
            return None
        if merged.properties:
            return self._object(merged, path)
        if merged.items is not None:
            inside, base = merged.items
            if isinstance(inside, list):  # each place has a schema of its own
                each = [self._tree(one, base, (*path, str(n)), merged.open) for n, one in enumerate(inside)]
                return [item for item in each if item is not None]
            item = self._tree(inside, base, (*path, 0), merged.open)
            return [] if item is None else [item]
        return self._leaf(merged.keys, path)

    def _object(self, merged: Merged, path: Place) -> Any:
        if len(path) >= DEEPEST:
            self._deep.append(_spelt(path))
            return None
        found: dict[str, Any] = {}
        for key, (schema, base) in merged.properties.items():
            if self._fields > MOST_FIELDS:
                break
            value = self._tree(schema, base, (*path, key), merged.open)
            if value is not None:
                found[key] = value
        return found

    def _leaf(self, keys: Mapping[str, Any], path: Place) -> Any:
        self._fields += 1
        if isinstance(keys.get("const"), str | int | float):
            return keys["const"]
        if not path:
            return None
        if _is_file(keys):
            self.files.add(str(path[0]))
        last = next((part for part in reversed(path) if isinstance(part, str)), "")
        if is_secret_name(last) or keys.get("format") == "password":
            return f"${{ENV:{variable(last or 'secret')}}}"
        names = self._name(path)
        _put(self.values, names, first_value(keys))
        return f"${{{'.'.join(names)}}}"

    def _name(self, path: Place) -> list[str]:
        """outer.inner: the first name is one of all placeholders, a later one has brothers alone."""
        keys = [str(key) for key in path if not isinstance(key, int)] or ["item"]
        names = [self.names.name(("body", keys[0]), keys[0])]
        for depth in range(1, len(keys)):
            brothers = self._inner.setdefault(tuple(keys[:depth]), FieldNames())
            names.append(brothers.name(keys[depth], keys[depth]))
        return names

    def _merged(self, schema: Any, base: str, path: Place, within: frozenset[str]) -> Merged | None:
        """None where the schema stands in itself, or too much was looked at."""
        self._nodes += 1
        schema = {} if schema is True else schema  # JSON Schema 2020-12: anything
        if self._nodes > MOST_NODES or not isinstance(schema, Mapping):
            return None
        keys, base, name = self.references.follow(schema, base)
        if name and name in within:
            self._cut.setdefault(name.rpartition("/")[2], []).append(_spelt(path) or "body")
            return None
        within = within | {name} if name else within
        if any(key in keys for key in _DYNAMIC):
            self._dynamic.append(_spelt(path) or "body")
        own = keys.get("properties")
        properties = {str(k): (v, base) for k, v in own.items()} if isinstance(own, Mapping) else {}
        is_list = "items" in keys or "prefixItems" in keys or keys.get("type") == "array"
        items = (keys.get("prefixItems") or keys.get("items") or {}, base) if is_list else None
        for part in self._parts(keys, path):
            inner = self._merged(part, base, path, within)
            if inner is not None:
                properties.update((k, v) for k, v in inner.properties.items() if k not in properties)
                keys, items, within = {**inner.keys, **keys}, items or inner.items, within | inner.open
        kind = _discriminator(keys)
        if kind and properties:
            properties[kind[0]] = ({"const": kind[1]}, base)
        return Merged(keys, properties, items, within)

    def _parts(self, keys: Mapping[str, Any], path: Place) -> list[Any]:
        """The members of allOf, and the first alternative of oneOf and of anyOf."""
        listed = keys.get("allOf")
        parts = list(listed) if isinstance(listed, list) else []
        for kind in ("oneOf", "anyOf"):
            options = keys.get(kind)
            real = [o for o in options if isinstance(o, Mapping) and o.get("type") != "null"] if isinstance(
                options, list
            ) else []  # fmt: skip
            if len(real) > 1:
                self.mark(note("first_of", names=[_spelt(path) or "body"], count=len(real), kind=kind))
            parts += real[:1]
        return parts


def _discriminator(keys: Mapping[str, Any]) -> tuple[str, str] | None:
    """The property that tells alternatives apart, and what it says of the first one (OpenAPI 3)."""
    said = keys.get("discriminator")
    options = keys.get("oneOf") or keys.get("anyOf")
    if not isinstance(said, Mapping) or not isinstance(options, list) or not options:
        return None
    reference = options[0].get("$ref") if isinstance(options[0], Mapping) else None
    if not isinstance(reference, str) or not said.get("propertyName"):
        return None
    name = reference.rpartition("/")[2]
    mapping = said.get("mapping")
    known = mapping if isinstance(mapping, Mapping) else {}
    value = next((str(key) for key, place in known.items() if place in (reference, name)), name)
    return str(said["propertyName"]), value


def _is_file(keys: Mapping[str, Any]) -> bool:
    """Bytes: of OpenAPI 3.0 (format), 3.1 (contentMediaType) and Swagger 2 (type: file)."""
    return (
        keys.get("format") == "binary"
        or keys.get("type") == "file"
        or ("contentMediaType" in keys and "contentEncoding" not in keys)
    )


def _spelt(path: Place) -> str:
    return ".".join(map(str, path))


def first_value(node: Mapping[str, Any]) -> Any:
    """A value to begin with: the schema's own example or default, else one of its kind."""
    for key in ("example", "default", "x-example"):
        if key in node and node[key] is not None:
            return node[key]
    for key in ("examples", "enum"):
        listed = node.get(key)
        if isinstance(listed, list) and listed and not isinstance(listed[0], dict):
            return listed[0]
    kind = node.get("type")
    kind = next((k for k in kind if k != "null"), "") if isinstance(kind, list) else kind
    if kind in ("integer", "number") and isinstance(node.get("minimum"), int | float):
        return node["minimum"]
    return copy(_FIRST.get(str(node.get("format")), _FIRST.get(str(kind), "text")))


def whole_value(schema: Mapping[str, Any]) -> Any:
    """A value to begin with for a schema without references, with all that it holds."""
    if schema.get("example") is None and isinstance(schema.get("properties"), Mapping):
        return {str(name): whole_value(one) for name, one in schema["properties"].items()}
    if schema.get("example") is None and isinstance(schema.get("items"), Mapping):
        return [whole_value(schema["items"])]
    return first_value(schema)


def _put(values: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        values = inner
    values.setdefault(keys[-1], value)
