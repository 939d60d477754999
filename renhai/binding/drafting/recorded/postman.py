"""Drafts from a Postman collection (2.0, 2.1): its requests as they stand, its variables as fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from renhai.binding.drafting.documents import read_document, readable
from renhai.binding.drafting.draft import Draft, is_method
from renhai.binding.drafting.names import slug, word
from renhai.binding.drafting.notes import Note, note
from renhai.binding.drafting.recorded.bodies import body_of
from renhai.binding.drafting.recorded.exchange import Answer, Body, Exchange, Part, clean_path, pairs_of
from renhai.binding.drafting.recorded.har import origin_of
from renhai.binding.drafting.recorded.journey import fill
from renhai.binding.drafting.recorded.operations import Drafting
from renhai.binding.drafting.recorded.variables import marked
from renhai.core.errors import Problem, UsageError

KIND = "a Postman collection"
DEEPEST = 30  # folders in folders
_UNQUOTED = re.compile(r"(?<=[:\[,\s])(\{\{[^{}\"]+\}\})(?=\s*[,\]}])")
_BASE = re.compile(r"\{\{([^{}]+)\}\}")


def draft_postman(path: Path, origin: str | None = None) -> Draft:
    """Raises UsageError."""
    twice: list[str] = []
    document = read_document(path, twice.extend)
    if isinstance(document, dict) and isinstance(document.get("collection"), dict):
        document = document["collection"]
    if not isinstance(document, dict) or not isinstance(document.get("item"), list):
        why = "is missing; --from-postman takes a collection exported as 2.1"
        raise UsageError(Problem(str(path), "item", why))
    with readable(path, "info", KIND):
        name = slug(str((document.get("info") or {}).get("name") or "")) or slug(path.stem) or "drafted"
    draft = Draft(name, note("of_postman", file=path.name))
    if twice:
        draft.add_note(note("keys_twice", names=twice))
    collection = _Collection(document, path)
    found = list(collection.requests())
    if not found:
        raise UsageError(Problem(str(path), "item", "names no operation that could be drafted"))
    for kind in collection.scripts(document):
        draft.add_note(note("script", kind=kind))
    _draft(draft, collection, found, origin)
    return draft


def _draft(
    draft: Draft, collection: _Collection, found: list[tuple[Exchange, list[Note]]], origin: str | None
) -> None:
    counts: dict[str, int] = {}
    for exchange, _ in found:
        counts[exchange.origin] = counts.get(exchange.origin, 0) + 1
    chosen = origin.rstrip("/") if origin else max(counts, key=lambda one: counts[one])
    if chosen not in counts:
        raise UsageError(Problem("", "--origin", f"is {origin}; the collection has {', '.join(counts)}"))
    for one, count in counts.items():
        code = "drafted_origin" if one == chosen else "other_origin"
        draft.head.append(note(code, origin=one or "?", count=count))
    draft.head += [note("left_out")] if collection.left else []
    draft.head += [note(code, count=len(names), names=names) for code, names in collection.left.items()]
    kept = [(exchange, notes) for exchange, notes in found if exchange.origin == chosen]
    drafting = Drafting(
        draft,
        [exchange for exchange, _ in kept],
        apart=True,
        known=collection.variables,
        hidden=collection.hidden,
    )
    fill(drafting, f"{word(draft.name).lower()}.collection")
    for number, (_, notes) in enumerate(kept):
        for said in notes:
            draft.mark(drafting.group_of[number].name, said)


class _Collection:
    """A collection's requests, one after the other, with what stands around them."""

    def __init__(self, document: Mapping[str, Any], path: Path) -> None:
        self.document, self.path = document, path
        self.left: dict[str, list[str]] = {}
        self.variables = {
            str(item.get("key") or item.get("id")): str(item.get("value") or "")
            for item in _enabled(document.get("variable"))
        }
        self.hidden = {
            str(item.get("key") or item.get("id"))
            for item in _enabled(document.get("variable"))
            if item.get("type") == "secret"
        }

    def requests(self) -> Iterator[tuple[Exchange, list[Note]]]:
        """Each request of every folder, with what of it is lost. Raises UsageError."""
        yield from self._items(self.document["item"], "item", self.document.get("auth"), [])

    def _items(
        self, items: Any, place: str, auth: Any, around: list[list[str]]
    ) -> Iterator[tuple[Exchange, list[Note]]]:
        """around: of each folder that they are in, which scripts it has."""
        for number, item in enumerate(items if len(around) < DEEPEST and isinstance(items, list) else []):
            here = f"{place}[{number}]"
            with readable(self.path, here, KIND):
                own = item.get("auth") or auth
                scripts = [*around, self.scripts(item)]
                inside, request = item.get("item"), item.get("request")
            if isinstance(inside, list):
                yield from self._items(inside, f"{here}.item", own, scripts)
            elif request:
                with readable(self.path, here, KIND):
                    made = self._request(item, {"url": request} if isinstance(request, str) else request, own)
                if made is not None:
                    made[1][:0] = [note("script", kind=kind) for kind in dict.fromkeys(chain(*scripts))]
                    yield made

    def _request(self, item: Mapping[str, Any], request: Mapping[str, Any], auth: Any) -> Any:
        method = str(request.get("method") or "GET").upper()
        if not is_method(method):
            self.left.setdefault("left_method", []).append(str(item.get("name") or method))
            return None
        notes: list[Note] = []
        url = _written(request.get("url"))
        if not url:
            self.left.setdefault("left_no_address", []).append(str(item.get("name") or method))
            return None
        origin, path, query = self._url(url)
        headers = [(k, v) for k, v in _pairs(request.get("header")) if k]
        body = self._body(request.get("body"), headers)
        for key, value, place in self._auth(request.get("auth") or auth, notes):
            (headers if place == "header" else query).append((key, value))
        return Exchange(
            method=method,
            origin=origin,
            path=path,
            query=tuple((marked(k), marked(v)) for k, v in query),
            headers=tuple((k, marked(v)) for k, v in headers if k.lower() != "cookie"),
            body=body,
            answer=_answer(item.get("response")),
            label=str(item.get("name") or "request"),
            recorded=False,
        ), notes

    def _url(self, url: Any) -> tuple[str, str, list[tuple[str, str]]]:
        """Origin, path and query; the variable that the address begins with is looked up."""
        parts = url if isinstance(url, dict) else {}
        raw = str((parts.get("raw") if parts else url) or "")
        place, _, asked = raw.partition("#")[0].partition("?")
        base = _BASE.match(place)
        origin = ""
        if base and "://" not in place:
            value = self.variables.get(base[1], "")
            place = (value.rstrip("/") if "://" in value else f"http://{base[0]}") + place[base.end() :]
            origin = "" if "://" in value else base[0]
        place = place if "://" in place else f"http://{place}"
        host, slash, path = place.partition("://")[2].partition("/")
        if not origin:
            clear = re.sub(_BASE, "x", host)
            origin = origin_of(urlsplit(f"{place.partition('://')[0]}://{host}")) if clear == host else host
        named = {str(one.get("key")): str(one.get("value") or "") for one in _enabled(parts.get("variable"))}
        path = re.sub(r"/:([A-Za-z_]\w*)", lambda m: "/{{" + self._of_path(m[1], named) + "}}", slash + path)
        query = _pairs(parts.get("query")) if parts.get("query") else list(pairs_of(asked)[0])
        return origin, clean_path(marked(path)), query

    def _of_path(self, name: str, named: Mapping[str, str]) -> str:
        """The variable of a path, under another name where an earlier request has another value for it."""
        value = named.get(name, "")
        if not value:
            return name
        numbers = ("", *(f"_{number}" for number in range(2, len(self.variables) + 3)))
        free = (name + number for number in numbers if self.variables.get(name + number, value) == value)
        chosen = next(free)
        self.variables[chosen] = value
        return chosen

    def _body(self, body: Any, headers: list[tuple[str, str]]) -> Body:
        if not isinstance(body, dict) or body.get("disabled") is True:
            return Body()
        mode = str(body.get("mode") or "")
        said = next((value for name, value in headers if name.lower() == "content-type"), "")
        if mode == "urlencoded":
            pairs = tuple((marked(k), marked(v)) for k, v in _pairs(body.get(mode)))
            return Body("form", said, pairs=pairs) if pairs else Body()
        if mode == "formdata":
            return Body("multipart", "multipart/form-data", parts=tuple(_parts(body.get(mode))))
        if mode == "graphql":
            asked = body.get(mode) or {}
            variables = asked.get("variables") or "{}"
            variables = variables if isinstance(variables, str) else json.dumps(variables, ensure_ascii=False)
            text = f'{{"query": {json.dumps(str(asked.get("query") or ""))}, "variables": {variables}}}'
            return _raw(text, said or "application/json")
        if mode == "raw":
            language = str(((body.get("options") or {}).get("raw") or {}).get("language") or "")
            media = said or {"json": "application/json", "xml": "application/xml"}.get(language, "")
            return _raw(str(body.get("raw") or ""), media)
        return Body("lost", mode, why="why_missing") if mode else Body()

    def _auth(self, auth: Any, notes: list[Note]) -> Iterator[tuple[str, str, str]]:
        """(name, value, header or query)."""
        kind = str(auth.get("type") or "") if isinstance(auth, dict) else ""
        if kind in ("", "noauth"):
            return
        listed = auth.get(kind)
        said = listed if isinstance(listed, dict) else dict(_pairs(listed))
        if kind == "bearer":
            yield "Authorization", f"Bearer {said.get('token') or '{{token}}'}", "header"
        elif kind == "basic":
            yield "Authorization", "Basic dXNlcjpwYXNz", "header"
        elif kind == "apikey":
            place = "query" if said.get("in") == "query" else "header"
            key = str(said.get("key") or "X-Api-Key")
            yield key, "{{api_key_" + key + "}}", place  # a secret by its name, whatever the value
        else:
            notes.append(note("scheme_lost", name="auth", kind=kind))

    @staticmethod
    def scripts(item: Mapping[str, Any]) -> list[str]:
        """Which scripts it has that do something."""
        events = [event for event in item.get("event") or [] if isinstance(event, dict)]
        found = []
        for event in events:
            script = event.get("script")
            lines = script.get("exec") if isinstance(script, dict) else None
            if "".join(lines if isinstance(lines, list) else [str(lines or "")]).strip():
                found.append(str(event.get("listen") or "script"))
        return found


def _written(url: Any) -> Any:
    """An address with its whole text (`raw`), which some programs leave out; None where there is none."""
    if isinstance(url, str):
        return url if url.strip() else None
    if not isinstance(url, dict) or url.get("raw"):
        return url or None
    host, path = (_joined(url.get(key), between) for key, between in (("host", "."), ("path", "/")))
    if not host:
        return None
    scheme = f"{url['protocol']}://" if url.get("protocol") and "{{" not in host[:2] else ""
    port = f":{url['port']}" if url.get("port") else ""
    return {**url, "raw": f"{scheme}{host}{port}/{path.lstrip('/')}"}


def _joined(listed: Any, between: str) -> str:
    """A host or path, which is a list of its parts (texts, or objects with a value)."""
    if not isinstance(listed, list):
        return str(listed or "")
    return between.join(str(one.get("value") or "") if isinstance(one, dict) else str(one) for one in listed)


def _enabled(listed: Any) -> list[dict[str, Any]]:
    return [one for one in listed or [] if isinstance(one, dict) and one.get("disabled") is not True]


def _pairs(listed: Any) -> list[tuple[str, str]]:
    return [
        (str(item.get("key") or ""), str(item.get("value") if item.get("value") is not None else ""))
        for item in _enabled(listed)
    ]


def _parts(listed: Any) -> Iterator[Part]:
    for item in _enabled(listed):
        sources = item.get("src") if isinstance(item.get("src"), list) else [item.get("src")]
        files = [PureWindowsPath(str(source or "file")).name for source in sources or [None]]
        for file in files if item.get("type") == "file" else [""]:
            value = "" if file else marked(str(item.get("value") or ""))
            yield Part(str(item.get("key") or ""), value, file, str(item.get("contentType") or ""))


def _raw(text: str, media: str) -> Body:
    body = body_of(marked(text), media)
    if (body.form == "text" and "json" in media) or not media:
        quoted = body_of(marked(_UNQUOTED.sub(r'"\1"', text)), media)
        return quoted if quoted.form == "json" else body
    return body


def _answer(saved: Any) -> Answer:
    first = next((item for item in saved or [] if isinstance(item, dict)), None)
    if first is None:
        return Answer()
    headers = tuple(_pairs(first.get("header"))) if isinstance(first.get("header"), list) else ()
    media = next((value for name, value in headers if name.lower() == "content-type"), "")
    return Answer(int(first.get("code") or 0), media, str(first.get("body") or ""), headers)
