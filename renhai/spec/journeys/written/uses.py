"""What written journeys and target files take of taxpayers and of files with rows: is it there?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from renhai.binding.loader import Binding
from renhai.binding.text.templates import TOKEN
from renhai.core.errors import Problem, UsageError, choice
from renhai.core.yaml_lines import Where, YamlFile, show_path, spell
from renhai.spec.journeys.registry import Journey
from renhai.spec.journeys.written.conditions import parse
from renhai.spec.journeys.written.data import Table, read_table
from renhai.spec.journeys.written.declared import each_step
from renhai.spec.journeys.written.steps import If, Step, While
from renhai.spec.scenario import Scenario

OWN = ("taxpayer", "reply", "loop")
DATA = "DATA:"  # of a target file: the operator's row


def names_of(step: Any) -> Iterator[str]:
    """The paths that one step reads: `accounts.user`, `taxpayer.name`."""
    if isinstance(step, Step):
        for text in _texts(step.fields):
            yield from (inner for inner in TOKEN.findall(text) if ":" not in inner)
    elif isinstance(step, If | While):
        yield parse(step.if_ if isinstance(step, If) else step.while_)[0]


def wants_taxpayers(steps: Iterable[Any]) -> bool:
    """Whether a journey has to do with a taxpayer."""
    return any(
        getattr(step, "document", None) or any(name.split(".")[0] == "taxpayer" for name in names_of(step))
        for _, step in each_step(steps, ())
    )


def tables_of(scenario: Scenario, file: YamlFile, folder: Path) -> dict[str, Table]:
    """The files of `data`, read. Raises UsageError."""
    found = {}
    for name, said in scenario.data.files.items():
        place = folder / said.file
        if not place.is_file():
            why = f"is {said.file}; there is no such file; the path is relative to the scenario"
            raise UsageError(Problem(file.where(("data", name)), f"data.{name}", why))
        found[name] = read_table(place)
        if said.take == "unique":
            _check_unlike(found[name], place)
    return found


def _check_unlike(table: Table, path: Path) -> None:
    """No two may have a row of a unique file at once. Raises UsageError where it is there twice."""
    known: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(table.rows, 1):
        first = known.setdefault(row, number)
        if first != number:
            why = (
                f"has row {first:,} again as row {number:,}: two would have it at once; take one of them out"
            )
            raise UsageError(Problem(show_path(path), "", why))


def problems(
    scenario: Scenario,
    file: YamlFile,
    folder: Path,
    used: dict[str, Journey],
    binding: Binding,
    target: YamlFile,
) -> Iterator[Problem]:
    """Data that is missing, and rows and columns that no file has."""
    if scenario.locustfile is not None:
        return
    own = {name: scenario.journeys[name] for name, journey in used.items() if not journey.file}
    if any(journey.file for journey in used.values()) or any(map(wants_taxpayers, own.values())):
        yield from _of_taxpayers(scenario, file)
    tables = tables_of(scenario, file, folder)
    for name, steps in scenario.journeys.items():
        for here, step in each_step(steps, ("journeys", name)):
            for path in names_of(step):
                first, _, rest = path.partition(".")
                if first not in OWN and (why := _wrong(first, rest, tables)):
                    yield Problem(file.where(here), spell(here), f"holds {path}; {why}")
    yield from _of_target(scenario, binding, target, tables)
    if len(own) == len(used):
        yield from _of_iterations(scenario, file, own.values(), tables)


def _of_taxpayers(scenario: Scenario, file: YamlFile) -> Iterator[Problem]:
    if "data" not in scenario.model_fields_set:
        text = "is missing; add it, as in `data: {seed: 20150911, profile: gt3_2015, taxpayers: 70000}`"
        yield Problem(file.where(()), "data", text)
        return
    for key, example in (("seed", "20150911"), ("taxpayers", "70000")):
        if key not in scenario.data.model_fields_set:
            field = type(scenario.data).model_fields[key]
            more = f": {field.description}" if field.description else ""
            text = f"is missing; add it, as in `{key}: {example}`{more}"
            yield Problem(file.where(("data",)), f"data.{key}", text)


def _of_iterations(
    scenario: Scenario, file: YamlFile, journeys: Iterable[Any], tables: dict[str, Table]
) -> Iterator[Problem]:
    """More journeys than a file has rows, which each of them takes one of."""
    said = scenario.load.iterations
    wanted = (said.run or said.operator or 0) if said is not None else 0
    for name, table in tables.items():
        data, rows = scenario.data.files[name], len(table.rows)
        if data.end == "again" or data.each != "journey" or rows >= wanted:
            continue
        if all(reads(steps, name) for steps in journeys):
            why = (
                f"asks for {wanted:,} journeys, and data.{name} ends after {rows:,} rows; "
                "give it more rows or at_end: again, or ask for fewer"
            )
            yield Problem(file.where(("load", "iterations")), "load.iterations", why)


def reads(steps: Iterable[Any], name: str) -> bool:
    """Whether steps of a written journey read a row of this file."""
    return any(path.split(".")[0] == name for _, step in each_step(steps, ()) for path in names_of(step))


def asks(part: BaseModel, name: str) -> bool:
    """Whether a part of a target file holds a value of the operator's row of this file."""
    return any(
        inner.startswith(f"{DATA}{name}.")
        for text in _texts(part.model_dump())
        for inner in TOKEN.findall(text)
    )


def _of_target(
    scenario: Scenario, binding: Binding, target: YamlFile, tables: dict[str, Table]
) -> Iterator[Problem]:
    for name, operation in binding.operations.items():
        for text in _texts(operation.model_dump()):
            for inner in TOKEN.findall(text):
                if not inner.startswith(DATA):
                    continue
                first, _, column = inner[len(DATA) :].partition(".")
                why = _wrong(first, column, tables)
                if not why and scenario.data.files[first].each != "operator":
                    why = f"data.{first} of the scenario is dealt to journeys; give it each: operator"
                if why:
                    here: Where = ("operations", name)
                    yield Problem(target.where(here), spell(here), f"holds ${{{inner}}}; {why}")


def _wrong(name: str, column: str, tables: dict[str, Table]) -> str:
    if name not in tables:
        return f"the scenario has no data.{name}{choice(name, [*OWN, *tables])}"
    if column not in tables[name].columns:
        return f"data.{name} has no column {column or '(none named)'}{choice(column, tables[name].columns)}"
    return ""


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list | tuple):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _texts(item)
