"""`$ref` in a document and in files beside it, by the `referencing` library; nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable

from renhai.binding.drafting.documents import read_document
from renhai.binding.drafting.notes import Note, note
from renhai.core.errors import UsageError

CHAIN = 30  # references that lead to references


class References:
    """What the references of one document stand for. `said`: called with a note for each that is lost."""

    def __init__(self, document: Any, path: Path, said: Callable[[Note], None]) -> None:
        self._folder, self._said = path.resolve().parent, said
        self._base = path.resolve().as_uri()
        self._read: dict[str, Any] = {}
        self._found: dict[str, Any] = {}
        registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]
        self._registry = registry.with_resource(self._base, Resource.opaque(document))

    def follow(self, node: Any, base: str = "") -> tuple[Mapping[str, Any], str, str]:
        """What a node stands for, the file that it stands in, and its name ("" where it stands by itself).

        What beside `$ref` is a summary or a description does not count; other keys are added.
        """
        name, base = "", base or self._base
        seen: set[str] = set()
        beside: dict[str, Any] = {}
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            place = urljoin(base, node["$ref"])
            if place in seen or len(seen) > CHAIN:
                return beside, base, name
            seen.add(place)
            name = place
            beside = {**{k: v for k, v in node.items() if k != "$ref"}, **beside}
            found = self._lookup(place, node["$ref"])
            if found is None:
                return beside, base, name
            node, base = found, place.partition("#")[0]
        if not isinstance(node, Mapping):
            return beside, base, name
        return ({**node, **beside} if beside else node), base, name

    def _lookup(self, place: str, shown: str) -> Any:
        if place in self._found:
            return self._found[place]
        try:
            self._found[place] = self._registry.resolver().lookup(place).contents
            return self._found[place]
        except (Unresolvable, UsageError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
            self._said(note("reference", reference=shown))
            return None

    def _retrieve(self, uri: str) -> Resource[Any]:
        """A file beside the document; anything else is not there."""
        if uri not in self._read:
            parts = urlsplit(uri)
            file = Path(unquote(parts.path)).resolve()
            if parts.scheme != "file" or not file.is_relative_to(self._folder) or not file.is_file():
                raise NoSuchResource(uri)
            self._read[uri] = read_document(file)
        return Resource.opaque(self._read[uri])
