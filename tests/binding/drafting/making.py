"""Recordings and documents in a line each, and what becomes of a draft once a person has filled it in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from generators.yaml_loader import LOADER
from renhai.binding.drafting.draft import Draft, written_out
from renhai.binding.drafting.from_har import draft_har
from renhai.binding.drafting.from_openapi import draft_openapi
from renhai.binding.drafting.scenario import scenario_text
from renhai.binding.loader import Binding, compile_binding, load_binding, normalise
from renhai.core.errors import UsageError
from renhai.spec.loader import load_scenario

HUB = "http://hub.example"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_refused: set[frozenset[str]] = set()  # the keys of untouched drafts that did not load
PERMISSION = "environment: test\nurl: http://127.0.0.1:8400\nhosts: [127.0.0.1]\n"


def entry(
    method: str = "GET",
    url: str = f"{HUB}/in",
    body: str = "",
    media: str = FORM,
    answer: Any = None,
    status: int = 200,
    answer_media: str = JSON,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One entry of a HAR; an answer that is no text is JSON."""
    request: dict[str, Any] = {"method": method, "url": url}
    request["headers"] = [{"name": k, "value": v} for k, v in (headers or {}).items()]
    if body:
        request["postData"] = {"mimeType": media, "text": body}
    text = answer if isinstance(answer, str) else json.dumps(answer) if answer is not None else ""
    came = {"status": status, "headers": [], "content": {"mimeType": answer_media, "text": text}}
    return {"request": request, "response": came, **more}


def har(folder: Path, *entries: dict[str, Any]) -> Path:
    source = folder / "recording.har"
    source.write_text(json.dumps({"log": {"entries": entries}}, ensure_ascii=False), encoding="utf-8")
    return source


def steps(folder: Path, *entries: dict[str, Any]) -> list[tuple[str, dict[str, Any], int]]:
    """The one journey of a recording: operation, fields, times."""
    (journey,) = draft_har(har(folder, *entries)).journeys.values()
    return [(step.operation, step.fields, step.times) for step in journey]


def recorded(folder: Path, *entries: dict[str, Any]) -> tuple[str, Binding]:
    """The draft of a recording, and what it is once filled in."""
    return of(folder, draft_har(har(folder, *entries)))


def described(folder: Path, document: Any) -> tuple[str, Binding]:
    """The draft of an OpenAPI document, and what it is once filled in."""
    source = folder / "openapi.json"
    source.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return of(folder, draft_openapi(source))


def operation(text: Any, **more: Any) -> dict[str, Any]:
    """A document with one operation, POST /a."""
    return {"openapi": "3.0.0", "info": {"title": "t"}, "paths": {"/a": {"post": text}}, **more}


def of(folder: Path, draft: Draft) -> tuple[str, Binding]:
    text = written_out(draft)
    return text, loaded(folder, text, draft)


def loaded(folder: Path, text: str, draft: Draft | None = None) -> Binding:
    """Untouched a draft grants nothing and does not load; with permission and a rule of success it does.

    So does the scenario beside it, and every operation can be compiled.
    """
    path = folder / "drafted.yaml"
    path.write_text(text, encoding="utf-8")
    keys = frozenset(yaml.load(text, Loader=LOADER))
    assert not keys & {"environment", "url", "hosts", "ceiling", "wide"}
    if keys not in _refused:  # what lacks, lacks at the top: one load for each set of keys there
        with pytest.raises(UsageError) as caught:
            load_binding(str(path))
        assert {problem.field for problem in caught.value.problems} == {"environment", "url"}
        _refused.add(keys)
    path.write_text(filled_in(text), encoding="utf-8")
    binding, _, _ = load_binding(str(path))
    compile_binding(normalise(binding, path), _Anything())
    if draft is not None and draft.journeys:
        beside = folder / "drafted_scenario.yaml"
        beside.write_text(scenario_text(draft, path.name), encoding="utf-8")
        load_scenario(str(beside))
    return binding


def filled_in(text: str) -> str:
    """What a person adds, at the least."""
    return PERMISSION + re.sub(r"^success:\n", "success:\n  success: any\n", text, flags=re.MULTILINE)


class _Anything(dict[str, str]):
    """Every environment variable is set."""

    def get(self, name: str, default: Any = None) -> Any:
        return f"value-of-{name}"
