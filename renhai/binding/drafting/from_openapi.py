"""Drafts from an OpenAPI 3.0 or 3.1 document, or a Swagger 2 one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from renhai.binding.drafting.described.bodies import RequestBody
from renhai.binding.drafting.described.parameters import Parameters, gathered, server_path
from renhai.binding.drafting.described.references import References
from renhai.binding.drafting.described.security import add_security
from renhai.binding.drafting.documents import read_document, readable
from renhai.binding.drafting.draft import Draft, Step, written_out
from renhai.binding.drafting.names import FieldNames, place_name, slug
from renhai.binding.drafting.notes import note
from renhai.core.errors import Problem, UsageError

METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace", "query")
_KIND = "an OpenAPI document"


def from_openapi(path: Path) -> str:
    """The target file that an OpenAPI document drafts. Raises UsageError."""
    return written_out(draft_openapi(path))


def draft_openapi(path: Path) -> Draft:
    """Raises UsageError."""
    twice: list[str] = []
    document = read_document(path, twice.extend)
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise UsageError(Problem(str(path), "paths", "is missing; --from-openapi takes an OpenAPI document"))
    with readable(path, "info", _KIND):
        info = document.get("info")
        title = slug(str(info.get("title") or "")) if isinstance(info, Mapping) else ""
    draft = Draft(title or "drafted", note("of_openapi", file=path.name))
    if twice:
        draft.add_note(note("keys_twice", names=twice))
    drafting = _Document(draft, document, path)
    drafting.say_what_is_left()
    with readable(path, "servers", _KIND):
        server = drafting.find_server()
    with readable(path, "security", _KIND):
        add_security(draft, document, drafting.references, server)
    for place, method, item, base in drafting.operations():
        with readable(path, f'paths."{place}".{method}', _KIND):
            drafting.add(place, method, item, base)
    return draft


class _Document:
    """One document on its way to a draft."""

    def __init__(self, draft: Draft, document: Mapping[str, Any], path: Path) -> None:
        self.draft, self.document = draft, document
        self.references = References(document, path, draft.add_note)
        self.prefix = ""

    def find_server(self) -> str:
        """The path that stands before all others, and the addresses for the screen. The first of them."""
        if self.document.get("host") or self.document.get("basePath"):  # Swagger 2
            scheme = (self.document.get("schemes") or ["http"])[0]
            base = str(self.document.get("basePath") or "").lstrip("/")
            servers: Any = [{"url": f"{scheme}://{self.document.get('host') or ''}/{base}"}]
        else:
            servers = self.document.get("servers")
        self.prefix, _, urls = server_path(servers, self.draft.add_note)
        if urls:
            self.draft.said.append(note("servers", names=urls))
        return urls[0] if urls else ""

    def say_what_is_left(self) -> None:
        """What the system sends itself, and operations of methods that stand beside HTTP's own."""
        hooks = self.document.get("webhooks")
        names = list(map(str, hooks)) if isinstance(hooks, Mapping) else []
        left = [note("left_webhooks", count=len(names), names=names)] if names else []
        items = [item for item in self.document["paths"].values() if isinstance(item, Mapping)]
        more = [item.get("additionalOperations") for item in items]
        others = [str(name) for one in more if isinstance(one, Mapping) for name in one]
        left += [note("left_other_methods", count=len(others), names=others)] if others else []
        self.draft.head += [note("left_out"), *left] if left else []

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
        for place, written in self.document["paths"].items():
            item, base, _ = self.references.follow(written) if isinstance(written, Mapping) else ({}, "", "")
            for method in METHODS:
                if isinstance(item.get(method), Mapping):
                    yield place, method, item, base

    def add(self, place: str, method: str, item: Mapping[str, Any], base: str) -> None:
        """One operation."""
        written, draft = item[method], self.draft
        name = place_name(written.get("tags"), written.get("operationId"), place, method, draft.operations)

        def mark(said: Any) -> None:
            draft.mark(name, said)

        listed = gathered(self.references, base, mark, item.get("parameters"), written.get("parameters"))
        parameters = Parameters(listed, FieldNames(), mark)
        prefix = self._prefix(item, written, mark)
        operation: dict[str, Any] = {
            "method": method.upper(),
            "path": parameters.path(_joined(prefix, place)),
        }
        query, headers = parameters.query(), parameters.headers(self._signed())
        body = RequestBody(self.references, parameters, self.document, mark).of(written, base)
        headers = {**headers, **body.headers}
        operation |= {key: value for key, value in (("query", query), ("headers", headers)) if value}
        if body.form not in ("json", None):
            operation["format"] = body.form
        operation["body"] = body.body
        operation["success"] = self._success(written, base)
        callbacks = written.get("callbacks")
        if isinstance(callbacks, Mapping) and callbacks:
            mark(note("callbacks", names=list(callbacks)))
        if written.get("deprecated") is True:
            mark(note("deprecated"))
        parameters.say_optional()
        draft.operations[name] = operation
        step = Step(name, {**parameters.values, **body.values})
        draft.journeys.setdefault(f"{name.partition('.')[0]}.all", []).append(step)

    def _signed(self) -> set[str]:
        return {name.lower() for name in self.draft.headers}

    def _prefix(self, item: Mapping[str, Any], written: Mapping[str, Any], mark: Any) -> str:
        own = written.get("servers") or item.get("servers")
        if not own:
            return self.prefix
        path, _, urls = server_path(own, mark)
        mark(note("other_server", url=path or "/"))
        self.draft.said += [note("servers", names=urls)] if urls else []
        return path

    def _success(self, written: Mapping[str, Any], base: str) -> dict[str, Any]:
        """The statuses and the format of the answers that the document calls good."""
        responses = written.get("responses")
        responses = responses if isinstance(responses, Mapping) else {}
        codes = [str(code) for code in responses]
        good = [int(code) for code in codes if code.isdigit() and code.startswith("2") and len(code) == 3]
        if not good and "default" not in codes and "2XX" not in (code.upper() for code in codes):
            good = [int(code) for code in codes if code.isdigit() and code.startswith("3") and len(code) == 3]
        found: dict[str, Any] = {"status": sorted(set(good)) or [200]}
        media: set[str] = set()
        for code in codes:
            if code.startswith("2"):
                answer, _, _ = self.references.follow(responses[code], base)
                content = answer.get("content")
                media |= set(map(str, content)) if isinstance(content, Mapping) else set()
        produces = written.get("produces") or self.document.get("produces")
        media |= set(map(str, produces)) if isinstance(produces, list) else set()
        form = _form_of(media)
        return {**found, "format": form} if form else found


def _form_of(media: set[str]) -> str:
    if not media or any("json" in item or "*/*" in item for item in media):
        return "json" if media else ""
    return "xml" if any("xml" in item for item in media) else "text"


def _joined(prefix: str, place: str) -> str:
    return prefix + (place if place.startswith("/") else f"/{place}")
