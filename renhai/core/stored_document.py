"""A document that stands as JSON, and is read when somebody looks into it: who only sends it does neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from functools import partial
from typing import Any

import orjson


class StoredDocument(MutableMapping[str, Any]):
    """The object that `data` (UTF-8) is, to be read and changed as a dict is.

    Once it was looked into its JSON is written anew: what is in it may have been changed since. simple: what
    `simple_of` gives for the object, where that was made before.
    """

    __slots__ = ("_data", "_read", "_simple")

    def __init__(self, data: bytes, simple: bytes = b"") -> None:
        self._data, self._simple = data, simple
        self._read: dict[str, Any] | None = None

    def having(self, names: frozenset[str]) -> Mapping[str, Any]:
        """All of those names that it has, and maybe more: to be read, not to be changed."""
        if self._read is None and self._simple:
            simple, others = orjson.loads(self._simple)
            if names.isdisjoint(others):
                found: dict[str, Any] = simple
                return found
        return self._looked_into()

    def _looked_into(self) -> dict[str, Any]:
        if self._read is None:
            self._read = orjson.loads(self._data)
        return self._read

    def copied(self) -> StoredDocument:
        """The same; what is changed in one of them is not in the other."""
        return StoredDocument(self.as_json(), self._simple if self._read is None else b"")

    def as_json(self) -> bytes:
        """What it is now."""
        return self._data if self._read is None else orjson.dumps(self._read)

    def __getitem__(self, key: str) -> Any:
        return self._looked_into()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._looked_into()[key] = value

    def __delitem__(self, key: str) -> None:
        del self._looked_into()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._looked_into())

    def __len__(self) -> int:
        return len(self._looked_into())

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return self._looked_into() | dict(other)

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return dict(other) | self._looked_into()

    def __repr__(self) -> str:
        return repr(self._looked_into())


def simple_of(document: Mapping[str, Any]) -> bytes:
    """JSON: what is no list and no object in a document, and the names of what is one. It is small, and most
    that anybody wants to know of a document is in it."""
    simple = {name: value for name, value in document.items() if not isinstance(value, (list, dict))}
    return orjson.dumps([simple, [name for name in document if name not in simple]])


def as_dict(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same fields; of a stored document the dict that it is, for who tells a dict from other mappings."""
    return dict(fields) if isinstance(fields, StoredDocument) else fields


MOST_DEEP = 100  # lists and objects in one another that are copied


def copied(value: Any, deep: int = MOST_DEEP) -> Any:
    """The same lists and objects, which stay as they are whatever becomes of those."""
    if type(value) is StoredDocument:
        return value.copied()
    if not deep:
        return value
    if isinstance(value, Mapping):
        return {
            name: inner if type(inner) is str else copied(inner, deep - 1) for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [copied(inner, deep - 1) for inner in value]
    return value


def _as_json(value: Any) -> orjson.Fragment:
    if isinstance(value, StoredDocument):
        return orjson.Fragment(value.as_json())
    raise TypeError(type(value).__name__)


to_json = partial(orjson.dumps, default=_as_json)
"""As orjson.dumps, of a stored document as well. Raises TypeError."""
