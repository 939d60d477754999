"""docs/scenario.md is what the models say; each key has a meaning, and an example that is right."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import yaml
from pydantic import TypeAdapter

from renhai.cli.commands.reference_page import INTRODUCTIONS, example, page, references, sections
from renhai.cli.commands.schema import MODELS, schema
from renhai.core.validation import Strict
from tests.docs.markdown import ROOT


def keys() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(model, key, its schema) of a scenario file."""
    for _, model in sections(schema("scenario")):
        for key, node in model["properties"].items():
            yield model["title"], key, node


KEYS = {f"{model}.{key}": (model, key, node) for model, key, node in keys()}


def models(base: type[Strict] = Strict) -> Iterator[type[Strict]]:
    for one in base.__subclasses__():
        yield one
        yield from models(one)


def test_the_page_is_what_the_command_prints() -> None:
    written = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    assert written == page("scenario"), "renhai schema scenario --page > docs/scenario.md"


def test_the_chinese_page_is_what_the_command_prints_in_chinese() -> None:
    found = page("scenario", "zh")
    assert (ROOT / "docs" / "zh" / "scenario.md").read_text(encoding="utf-8") == found, (
        "RENHAI_LANG=zh renhai schema scenario --page > docs/zh/scenario.md"
    )


@pytest.mark.parametrize("kind", MODELS)
def test_a_chinese_page_is_chinese_but_for_code(kind: str) -> None:
    plain = re.sub(r"`[^`]*`|\$\{[^}]*\}|(unique|at random)：|not reply\.x", "", page(kind, "zh"))
    assert [line for line in plain.splitlines() if re.search(r"[A-Za-z]{2,} [a-z]{2,}", line)] == []


def test_every_part_of_the_model_has_a_section() -> None:
    document = schema("scenario")
    found = {model["title"] for _, model in sections(document)}
    assert found == {"Scenario", *(name for name, one in document["$defs"].items() if "properties" in one)}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_has_a_meaning_and_an_example_that_its_model_takes(name: str) -> None:
    title, key, node = KEYS[name]
    assert node.get("description")
    shown = example(node)
    if shown is None:
        assert next(references(node), None), "neither an example nor keys of its own"
        return
    model = next(one for one in models() if one.__name__ == title)
    fields = {field.alias or own: field for own, field in model.model_fields.items()}
    taken = Annotated[fields[key].annotation, None, *fields[key].metadata]  # type: ignore[valid-type]
    TypeAdapter(taken).validate_python(yaml.safe_load(shown))


def test_there_is_a_page_for_each_kind_of_file() -> None:
    assert set(INTRODUCTIONS) == set(MODELS)
    for kind in MODELS:
        assert page(kind).count("\n## ") == len(list(sections(schema(kind))))
