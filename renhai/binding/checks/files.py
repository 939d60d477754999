"""Bodies that hold files: multipart forms and whole files, as the target file says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from renhai.binding.checks.parts import problem_at
from renhai.binding.model import Binding, Operation
from renhai.binding.outgoing.streamed import LARGEST, described
from renhai.core.errors import Problem
from renhai.core.yaml_lines import Where, YamlFile

_KEYS = ({"file", "name", "type"}, {"text", "name", "type"})
_PART = (
    "must be a text with ${field} in it, {file: scan.pdf, type: application/pdf}, "
    "{text: ..., name: ..., type: ...}"
)


def body_of(operation: Operation, binding: Binding) -> Any:
    """The operation's body, or the default one."""
    return operation.body if "body" in operation.model_fields_set else binding.defaults.body


def with_files(body: Any, folder: Path) -> Any:
    """A body whose files are described for the plan: absolute, with their digests."""
    if isinstance(body, Mapping):
        if "file" in body and set(body) <= _KEYS[0] and isinstance(body["file"], str):
            place = folder / body["file"]
            return {**body, **described(place)} if place.is_file() else dict(body)
        return {name: with_files(item, folder) for name, item in body.items()}
    return [with_files(item, folder) for item in body] if isinstance(body, list) else body


def of_files(binding: Binding, file: YamlFile, folder: Path) -> Iterator[Problem]:
    """Multipart and binary bodies that cannot be made."""
    for name, operation in binding.operations.items():
        form = operation.format or binding.defaults.format
        body = body_of(operation, binding)
        own = "body" in operation.model_fields_set
        here: Where = ("operations", name, "body") if own else ("operations", name)
        if body is None or form not in ("multipart", "binary"):
            continue
        if form == "binary":
            if not isinstance(body, dict) or not isinstance(body.get("file"), str) or set(body) - _KEYS[0]:
                yield problem_at(file, here, body, "a binary body must be {file: PATH}, or null")
            else:
                yield from _of_file(body, here, file, folder)
            continue
        if not isinstance(body, dict) or not body:
            yield problem_at(file, here, body, "a multipart body must be a mapping of names to parts")
            continue
        headers = {key.lower() for key in (*binding.defaults.headers, *operation.headers)}
        if "content-type" in headers:
            why = (
                "has a Content-Type of its own beside format: multipart, which needs its boundary; remove it"
            )
            yield Problem(file.where(("operations", name)), f"operations.{name}.headers", why)
        for key, value in body.items():
            for item in value if isinstance(value, list) else [value]:
                yield from _of_part(item, (*here, key), file, folder)


def _of_part(item: Any, here: Where, file: YamlFile, folder: Path) -> Iterator[Problem]:
    if isinstance(item, list):
        yield problem_at(file, here, item, "is a list in a list; a part that is repeated is one list")
    elif isinstance(item, dict):
        kinds = [keys for keys in _KEYS if set(item) <= keys and ("file" in item or "text" in item)]
        wrong = not kinds or any(not isinstance(item[key], str) for key in item if key != "text")
        if wrong:
            yield problem_at(file, here, item, _PART)
        elif "file" in item:
            yield from _of_file(item, here, file, folder)
        else:
            yield from _of_words(item, here, file)


def _of_file(item: Mapping[str, Any], here: Where, file: YamlFile, folder: Path) -> Iterator[Problem]:
    place = folder / item["file"]
    if not place.is_file():
        why = "there is no such file; paths are relative to the target file"
        yield problem_at(file, here, item["file"], why)
    elif place.stat().st_size > LARGEST:
        why = f"it has {place.stat().st_size:,} bytes; the most is {LARGEST:,} (64 MiB)"
        yield problem_at(file, here, item["file"], why)
    yield from _of_words(item, here, file)


def _of_words(item: Mapping[str, Any], here: Where, file: YamlFile) -> Iterator[Problem]:
    for key in ("name", "type"):
        if not str(item.get(key, "")).isprintable():
            yield problem_at(file, here, item[key], f"has a {key} with a line break or control character")
