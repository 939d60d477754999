"""Schemas of an OpenAPI document: all members are there, recursion is cut, no nesting kills the draft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.binding.drafting.making import described
from tests.binding.drafting.openapi_parts import TEXT, body, ref


@pytest.mark.parametrize(
    ("schema", "drafted"),
    [
        (
            {"allOf": [{"properties": {"a": TEXT}}, {"properties": {"b": TEXT}}], "properties": {"c": TEXT}},
            {"c", "a", "b"},
        ),
        (
            {"allOf": [{"$ref": "#/components/schemas/A"}, {"allOf": [{"properties": {"b": TEXT}}]}]},
            {"a", "b"},
        ),
        ({"oneOf": [{"properties": {"a": TEXT}}, {"properties": {"b": TEXT}}]}, {"a"}),
        ({"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/A"}]}, {"a"}),
        ({"type": ["object", "null"], "properties": {"a": TEXT, "b": {"readOnly": True}}}, {"a"}),
        ({"$ref": "#/components/schemas/Chain"}, {"a"}),
    ],
)
def test_all_members_of_a_schema_are_there(schema: Any, drafted: set[str], tmp_path: Path) -> None:
    components = {
        "A": {"type": "object", "properties": {"a": TEXT}},
        "Chain": {"$ref": "#/components/schemas/A"},
    }
    text, binding = described(tmp_path, body(schema, **components))
    assert set(binding.operations["a.post"].body) == drafted
    assert ("LOST: body: the first of 2 alternatives (oneOf) is taken" in text) == ("oneOf" in schema)


MESH = {f"N{n}": {"properties": {f"p{m}": ref(m) for m in range(40)}} for n in range(40)}


def test_recursion_is_cut_and_marked(tmp_path: Path) -> None:
    node = {"$ref": "#/components/schemas/N"}
    schema = {"properties": {"name": TEXT, "child": node, "list": {"type": "array", "items": node}}}
    text, binding = described(tmp_path, body(node, N=schema))
    assert binding.operations["a.post"].body == {"name": "${name}", "list": []}
    assert "LOST: child, list.0: the schema N holds itself; cut here" in text


@pytest.mark.parametrize(
    "components",
    [
        {"N": {"properties": {f"p{n}": {"$ref": "#/components/schemas/N"} for n in range(12)}}},
        {"N": {"$ref": "#/components/schemas/N0"}} | MESH,
        {"N": {"allOf": [{"$ref": "#/components/schemas/N"}, {"$ref": "#/components/schemas/N"}]}},
        {"N": {"$ref": "#/components/schemas/N"}},
        {"N": {"type": "array", "items": {"$ref": "#/components/schemas/N"}}},
        {"N": {"properties": {f"p{n}": TEXT for n in range(5_000)}}},
        {"N": {"$ref": "#/nowhere"}},
        {"N": {"$ref": "http://elsewhere.example/x.json#/N"}},
        {"N": {"$ref": "../../../etc/passwd"}},
        {"N": {"$ref": 3}},
        {"N": {"properties": {"a": None, "b": [], "c": {"allOf": 3, "items": 4}, "d": {"type": []}}}},
    ],
)  # fmt: skip
def test_no_schema_kills_the_draft(components: dict[str, Any], tmp_path: Path) -> None:
    text, binding = described(tmp_path, body({"$ref": "#/components/schemas/N"}, **components))
    assert list(binding.operations) == ["a.post"]
    assert "LOST" in text or "c" in binding.operations["a.post"].body or "names no fields" in text
