"""Every key of a kind of YAML file as a Markdown page, out of its model: takes, default, meaning, example.

docs/scenario.md is `renhai schema scenario --page`, docs/zh/scenario.md the same in Chinese: a test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from renhai.cli.commands.schema import schema
from renhai.core.language import Language, in_chinese
from renhai.core.units import spell_seconds

Say = Callable[[str], str]


def in_english(text: str) -> str:
    """As the models have it."""
    return text


INTRODUCTIONS = {
    "scenario": (
        "# Every key of a scenario",
        "One YAML file: which load, on what data, for how long, held to which thresholds. `renhai check "
        "smoke` validates one and sizes it on paper; editors complete it by "
        "`scenarios/schema/scenario.schema.json`. This page is what `renhai schema scenario --page` prints.",
    ),
    "target": (
        "# Every key of a target file",
        "One YAML file: how a target is reached and how it speaks. `renhai binding check FILE` sends one of "
        "each operation; docs/bindings.md explains. This page is what `renhai schema target --page` prints.",
    ),
    "replay": (
        "# Every key of a replay's rules file",
        "One YAML file: what differs between two systems by nature, and how answers are held against each "
        "other. docs/dual-track.md explains. This page is what `renhai schema replay --page` prints.",
    ),
    "mapping": (
        "# Every key of a journal's mapping",
        "One YAML file: which record of another tool is which operation. docs/dual-track.md explains. This "
        "page is what `renhai schema mapping --page` prints.",
    ),
    "bureau": (
        "# Every key of a bureau",
        "One YAML file: units, posts and who works there. docs/human-sea.md explains. This page is what "
        "`renhai schema bureau --page` prints.",
    ),
    "rules": (
        "# Every key of a rules file",
        "One YAML file: what `renhai verify` holds against what, and what may differ. docs/migration.md "
        "explains. This page is what `renhai schema rules --page` prints.",
    ),
    "programme": (
        "# Every key of a programme",
        "One YAML file: the stages of a rehearsal, which `renhai rehearse` goes through. docs/rehearsal.md "
        "explains. This page is what `renhai schema programme --page` prints.",
    ),
    "drain": (
        "# Every key of a drain file",
        "One YAML file: what must be worked off until when, what stops at which hour, what is counted. "
        "`renhai drain` reads it, docs/drain.md explains it; `renhai schema drain --page` prints this page.",
    ),
}
SPELLED: dict[Any, str] = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "`true` or `false`",
}
PATTERNS = {
    "ms|[smhd]": "duration",
    ":([0-5][0-9])": "time of day",
    r"/\s*[smhd]": "rate",
    r"\s*%": "share",
}


def page(kind: str, spoken: Language = "en") -> str:
    """The page of `scenario`, `target`, `bureau` or `rules` files."""
    say = in_chinese if spoken == "zh" else in_english
    document = schema(kind)
    title, about = INTRODUCTIONS[kind]
    parts = [say(title), say(about)]
    for path, model in sections(document):
        heading = f"## `{path}`" if path else say("## At the top")
        parts += [heading, say(model.get("description", "").strip()), _table(model, say)]
    return "\n\n".join(part for part in parts if part) + "\n"


def sections(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path in the file, its model) of every model, where a reader meets it first."""
    models, seen = document.get("$defs", {}), set()
    waiting: list[tuple[str, dict[str, Any]]] = [("", document)]
    while waiting:
        path, model = waiting.pop(0)
        yield path, model
        found = []
        for key, node in model.get("properties", {}).items():
            for suffix, name in references(node):
                if name not in seen and "properties" in models[name]:
                    seen.add(name)
                    found.append(((f"{path}." if path else "") + key + suffix, models[name]))
        waiting = found + waiting


def references(node: Any, suffix: str = "") -> Iterator[tuple[str, str]]:
    """(`[]` for an item of a list, `.NAME` for an entry of a mapping, the model's name) below a key."""
    if not isinstance(node, dict):
        return
    if "$ref" in node:
        yield suffix, node["$ref"].rpartition("/")[2]
    for choice in [*node.get("anyOf", []), *node.get("oneOf", [])]:
        yield from references(choice, suffix)
    yield from references(node.get("items"), suffix + "[]")
    yield from references(node.get("additionalProperties"), suffix + ".NAME")


def _table(model: dict[str, Any], say: Say) -> str:
    rows = [say("| key | takes | if left out | meaning | example |"), "|---|---|---|---|---|"]
    required = model.get("required", [])
    for key, node in model.get("properties", {}).items():
        absent = say("required") if key in required else _default(node)
        meaning = say(str(node.get("description", "")))
        cells = (f"`{key}`", takes(node, say), absent, meaning, _code(key, example(node)))
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(rows)


def _code(key: str, found: str | None) -> str:
    return f"`{key}: {found}`" if found is not None else ""


def takes(node: dict[str, Any], say: Say = in_english) -> str:
    """What may stand there, in words."""
    if "$ref" in node:
        return say("its own keys, below")
    choices = [one for one in [*node.get("anyOf", []), *node.get("oneOf", [])] if one.get("type") != "null"]
    if choices:
        return say(" or ").join(dict.fromkeys(takes(one, say) for one in choices))
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    return _type(node, say)


def _type(node: dict[str, Any], say: Say) -> str:
    kind: Any = node.get("type")
    if kind == "array":
        return say("list of {}").format(takes(node["items"], say)) if "items" in node else say("list")
    if kind == "object":
        entry = node.get("additionalProperties")
        if isinstance(entry, dict) and entry:
            return say("names, each with {}").format(takes(entry, say))
        return say("names and values")
    for part, word in PATTERNS.items():
        if kind == "string" and part in node.get("pattern", ""):
            return say(word)
    if isinstance(kind, list):
        return say(" or ").join(say(SPELLED[one]) for one in kind)
    bounds = [
        say(words).format(f"{node[name]:g}")
        for name, words in (
            ("minimum", "at least {}"),
            ("exclusiveMinimum", "above {}"),
            ("maximum", "at most {}"),
        )
        if name in node
    ]
    return say(", ").join([say(SPELLED.get(kind, "anything")), *bounds])


def _default(node: dict[str, Any]) -> str:
    value = node.get("default")
    if value is None or value in ({}, []):
        return "–"
    if isinstance(value, float) and takes(node) == "duration":  # as YAML has it, not as the model keeps it
        return f"`{spell_seconds(value)}`"
    if isinstance(value, float) and takes(node) == "time of day":
        return f'`"{value // 3600:02.0f}:{value % 3600 // 60:02.0f}"`'
    if isinstance(value, float) and takes(node) == "share":
        return f"`{100 * value:g}%`"
    return f"`{json.dumps(value, ensure_ascii=False)}`" if not isinstance(value, str) else f"`{value}`"


def example(node: dict[str, Any]) -> str | None:
    """As it is written in YAML; None where the key has keys of its own, which have examples."""
    for one in (node, *node.get("anyOf", []), *node.get("oneOf", [])):
        if one.get("examples"):
            return str(one["examples"][0])
    if next(references(node), None):
        return None
    for one in (node, *node.get("anyOf", [])):
        if "enum" in one:
            return str(one["enum"][-1])
        if one.get("type") == "array" and (inner := example(one.get("items", {}))) is not None:
            return f"[{inner}]"
    return _plain(node)


def _plain(node: dict[str, Any]) -> str | None:
    value = node.get("default")
    if isinstance(value, bool):
        return str(not value).lower()
    if isinstance(value, int | float | str) and value != "":
        return str(value)
    return None
