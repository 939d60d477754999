"""`renhai binding new`: a first target file out of an OpenAPI document or a recorded HAR.

A draft grants nothing: it names no environment, no address and no host, and loads only once a person has
written them. What else it cannot know stands in it as a comment that begins with FILL IN.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl

import yaml

from renhai.core.errors import Problem, UsageError
from renhai.safety.redaction import OPAQUE, QUERY, SHAPES, is_private, is_secret

METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 8
_MEDIA = {"json": "json", "x-www-form-urlencoded": "form", "xml": "xml", "plain": "text"}


@dataclass
class Draft:
    """What goes into the file. `notes` stand above the operations."""

    name: str
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    auth: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


@contextmanager
def readable(path: Path, field: str, kind: str) -> Iterator[None]:
    """Raises UsageError where the document is not laid out as its kind is."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        why = f"is not laid out as {kind} has it ({type(error).__name__}: {error}); record or export it anew"
        raise UsageError(Problem(str(path), field, why)) from None


def read_document(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except OSError as error:
        raise UsageError(Problem(str(path), "", f"cannot be read: {error.strerror}")) from None
    except (ValueError, yaml.YAMLError) as error:
        why = str(error).partition("\n")[0]
        raise UsageError(Problem(str(path), "", f"is neither JSON nor YAML: {why}")) from None


# OpenAPI


def _request_body(document: Any, written: Mapping[str, Any], parameters: list[Any]) -> tuple[str | None, Any]:
    for parameter in parameters:  # Swagger 2
        if parameter.get("in") == "body":
            return "json", _sample(document, parameter.get("schema") or {}, "", 0)
    fields = [p["name"] for p in parameters if p.get("in") == "formData"]
    if fields:
        return "form", {name: f"${{{_word(name)}}}" for name in fields}
    content = _resolved(document, written.get("requestBody") or {}).get("content") or {}
    for media, described in content.items():
        form = next((kind for word, kind in _MEDIA.items() if word in media), None)
        if form in ("json", "form"):
            sample = _sample(document, described.get("schema") or {}, "", 0)
            return form, sample if isinstance(sample, dict | list) else "document"
        if form in ("xml", "text"):
            return form, "<request>${XML:document}</request>" if form == "xml" else "${document}"
    return None, None


def _sample(document: Any, schema: Any, name: str, depth: int) -> Any:
    schema = _resolved(document, schema)
    for part in schema.get("allOf", []):
        schema = {**_resolved(document, part), **schema}
    if "properties" in schema and depth < DEEPEST:
        return {
            key: _sample(document, inner, f"{name}.{key}" if name else key, depth + 1)
            for key, inner in schema["properties"].items()
            if not _resolved(document, inner).get("readOnly")
        }
    return f"${{{'.'.join(_word(part) for part in name.split('.'))}}}" if name else "document"


def _resolved(document: Any, node: Any) -> dict[str, Any]:
    for _ in range(DEEPEST):
        if not isinstance(node, dict) or "$ref" not in node:
            break
        found: Any = document
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        node = found
    return node if isinstance(node, dict) else {}


def _security(draft: Draft, document: Mapping[str, Any]) -> None:
    schemes = (
        document.get("components", {}).get("securitySchemes") or document.get("securityDefinitions") or {}
    )
    for name, scheme in schemes.items():
        secret = re.sub(r"\W", "_", f"{draft.name}_{name}").upper()
        kind = str(scheme.get("scheme", "")).lower() or scheme.get("type")
        if kind == "basic":
            draft.auth = {
                "basic": {"user": f"${{ENV:{secret}_USER}}", "password": f"${{ENV:{secret}_PASSWORD}}"}
            }
        elif kind in ("bearer", "oauth2"):
            draft.auth = {"bearer": {"token": f"${{ENV:{secret}_TOKEN}}"}}
        elif scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            draft.headers[scheme["name"]] = f"${{ENV:{secret}}}"
        else:
            continue
        draft.notes.append(
            f"FILL IN: export the secrets of {name}, or sign in with a login operation (docs/bindings.md)"
        )


# HAR


def host_of(url: SplitResult) -> str:
    return url.netloc.rpartition("@")[2]


def recorded_body(draft: Draft, entry: Mapping[str, Any], place: str, query: dict[str, str]) -> None:
    request = entry["request"]
    method = request["method"]
    shown = _path_without_secrets(place)
    name = _name(None, None, shown, method.lower(), draft.operations)
    operation: dict[str, Any] = {"method": method, "path": shown}
    if shown != place:
        _note(
            draft,
            "FILL IN: ${part_N} stands for a part of a path that looked like one person's or document's",
        )
    if query:
        operation["query"] = {key: _kept(key, value, bool(QUERY.search(key))) for key, value in query.items()}
    form, body = _posted(request.get("postData") or {})
    if form not in ("json", None):
        operation["format"] = form
    operation["body"] = body
    headers = {header["name"].lower() for header in request.get("headers", [])}
    for secret in sorted(name for name in headers if is_secret(name)):
        _note(
            draft,
            f"FILL IN: the recording has {secret}; state under auth how to sign in (the value was left out)",
        )
    status = int(entry.get("response", {}).get("status") or 0)
    if 200 <= status < 300:
        draft.statuses.add(status)
    draft.operations[name] = operation


def _note(draft: Draft, note: str) -> None:
    if note not in draft.notes:
        draft.notes.append(note)


def _path_without_secrets(place: str) -> str:
    parts = enumerate(place.split("/"))
    return "/".join(f"${{part_{n}}}" if OPAQUE.fullmatch(p) or SHAPES.search(p) else p for n, p in parts)


def _posted(data: Mapping[str, Any]) -> tuple[str | None, Any]:
    text, media = data.get("text") or "", data.get("mimeType") or ""
    if "urlencoded" in media:
        pairs = {p["name"]: p.get("value", "") for p in data.get("params", [])} or dict(parse_qsl(text))
        return "form", {key: _kept(key, value) for key, value in pairs.items()}
    if "json" in media:
        try:
            found = json.loads(text)
        except ValueError:
            return None, None
        return "json", _hidden(found) if isinstance(found, dict | list) else "document"
    if "xml" in media and text:
        return "xml", _hidden_xml(text.replace("${", "$ {"))
    return None, None


_SECRET_XML = (
    re.compile(r"(<(?:\w+:)?([\w.-]+)(?:\s[^<>]*)?>)([^<>]+)"),
    re.compile(r"""(([\w.-]+)\s*=\s*["'])([^"'<>]+)"""),
)


def _hidden_xml(text: str) -> str:
    """The text of elements and attributes whose name speaks of a secret, as ${ENV:NAME}."""
    for found in _SECRET_XML:
        text = found.sub(lambda match: match[1] + _kept(match[2], match[3]), text)
    return text


def _kept(key: str, value: Any, secret: bool = False) -> str:
    if secret or is_private(key) or SHAPES.search(str(value)):
        return f"${{ENV:{_variable(key)}}}"
    return str(value).replace("${", "$ {")


def _variable(key: str) -> str:
    """The name of an environment variable for a field; Chinese ones by their code points."""
    ascii_only = re.sub(r"[^\x00-\x7f]", lambda match: f"u{ord(match[0]):x}_", key)
    name = re.sub(r"[^A-Za-z0-9]", "_", ascii_only).upper().strip("_")
    return name if name[:1].isalpha() else f"SECRET_{name}"


def _hidden(node: Any, key: str = "") -> Any:
    """A JSON tree without what stands, at whatever depth, under a key that speaks of a secret."""
    secret = key if is_private(key) else ""
    if isinstance(node, dict):
        return {k: _hidden(v, f"{secret}_{k}" if secret else k) for k, v in node.items()}
    if isinstance(node, list):
        return [_hidden(item, secret) for item in node]
    number = isinstance(node, int | float) and not isinstance(node, bool)
    return _kept(key, node) if isinstance(node, str) or (secret and number) else node


# Names and the file


def _name(tags: Any, given: Any, place: str, method: str, taken: Iterable[str]) -> str:
    """domain.verb, unique in the file."""
    parts = [part for part in place.split("/") if part and not part.startswith(("{", "$"))]
    domain = _word(str(tags[0])) if tags else _word(parts[0] if parts else "root")
    verb = _word(str(given)) if given else _word("_".join([method, *parts[1:]]))
    name, number = f"{domain.lower()}.{verb.lower()}", 2
    while name in taken:
        name, number = f"{domain.lower()}.{verb.lower()}_{number}", number + 1
    return name


def _placeholder(match: re.Match[str]) -> str:
    return f"${{{_word(match.group(1))}}}"


def _word(text: str) -> str:
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"\W+", "_", text, flags=re.ASCII)).strip("_")
    return word if word[:1].isalpha() else f"x{word}"


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40]


def written_out(draft: Draft, origin: str) -> str:
    if not draft.operations:
        raise UsageError(f"{origin} names no operation that could be drafted")
    lines = [
        f"# How does {draft.name} speak? Drafted from {origin}; go through every FILL IN, then:",
        "# renhai binding check THIS_FILE --target URL",
        yaml.safe_dump({"name": draft.name}, default_flow_style=False),
        "# FILL IN: may it be loaded? Who answers for it writes these three; without them nothing loads.",
        "# environment: is it a test or a staging system? Production is never loaded.",
        "# url: where it stands, as in http://127.0.0.1:8400",
        "# hosts: the names, addresses and networks whose owner allows the load, as a list",
        *(f"# {note}" for note in draft.notes),
        *([_yaml({"auth": draft.auth})] if draft.auth else []),
        '# FILL IN: HTTP 200 is not success: which values say so? As in where: {code: "0"}.',
        _yaml({"success": {"status": sorted(draft.statuses) or [200]}}),
        *([_yaml({"defaults": {"headers": draft.headers}})] if draft.headers else []),
        "# FILL IN: rename the operations as you speak of them, and delete what you do not load.",
        "# ${name} stands for a field of a journey's step.",
        _yaml({"operations": draft.operations}),
    ]
    return "\n".join(line.rstrip("\n") for line in lines) + "\n"


def _yaml(node: Any) -> str:
    return yaml.safe_dump(node, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)
