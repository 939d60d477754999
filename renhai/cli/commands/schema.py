"""JSON Schemas of the YAML files, for editors that complete and check while one types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from renhai.binding.loader import Binding
from renhai.core.validation import Strict
from renhai.spec.cutover.drain import Drain
from renhai.spec.cutover.journal.mapping import Mapping as JournalMapping
from renhai.spec.cutover.journal.rules import Rules as ReplayRules
from renhai.spec.cutover.migration.rules import Rules
from renhai.spec.cutover.programme.model import Programme
from renhai.spec.scenario import Scenario
from renhai.spec.workload.bureau import Bureau

MODELS: dict[str, type[Strict]] = {
    "scenario": Scenario,
    "target": Binding,
    "bureau": Bureau,
    "rules": Rules,
    "replay": ReplayRules,
    "mapping": JournalMapping,
    "programme": Programme,
    "drain": Drain,
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the files of a kind: a key of MODELS."""
    found = MODELS[kind].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def schema_text(kind: str) -> str:
    return json.dumps(schema(kind), indent=1, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write all as `KIND.schema.json` into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in MODELS:
        path = folder / f"{kind}.schema.json"
        path.write_text(schema_text(kind), encoding="utf-8")
        paths.append(path)
    return paths
