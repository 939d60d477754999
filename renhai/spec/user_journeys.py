"""Journeys written in a scenario, and a user's own Locust file: are they right?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from renhai.binding.loader import Binding
from renhai.core.errors import Problem
from renhai.core.validation import unknown
from renhai.core.yaml_lines import Where, YamlFile
from renhai.spec import journey_catalog, locust_args
from renhai.spec.scenario import Scenario
from renhai.spec.steps import SentStep


def known_journeys(scenario: Scenario) -> dict[str, journey_catalog.Journey]:
    """Those of the locustfiles and those written in the scenario, which have no file."""
    found = {
        name: journey_catalog.Journey(
            name,
            "",
            tuple(step.send for step in steps),
            exact=True,
            steps=tuple(SentStep(step.send) for step in steps),
        )
        for name, steps in scenario.journeys.items()
    }
    return {**journey_catalog.journeys(), **found}


def problems(scenario: Scenario, file: YamlFile, path: Path, binding: Binding) -> Iterator[Problem]:
    """Mistakes in both; `path` is the scenario's."""
    yield from _of_journeys(scenario, file, binding)
    if scenario.locustfile is not None:
        yield from _of_locustfile(path.resolve().parent / scenario.locustfile, scenario.locustfile, file)
    if wrong := locust_args.planned(scenario.locust_args):
        yield Problem(file.where(("locust_args",)), "locust_args", wrong)


def _of_journeys(scenario: Scenario, file: YamlFile, binding: Binding) -> Iterator[Problem]:
    for name, steps in scenario.journeys.items():
        if name in journey_catalog.journeys():
            text = "is the name of a journey that renhai brings; take another"
            yield Problem(file.where(("journeys", name), key=True), f"journeys.{name}", text)
        for number, step in enumerate(steps):
            if step.send not in binding.operations:
                here: Where = ("journeys", name, number)
                inside: Where = (*here, "send")
                place = inside if inside in file.lines else here
                yield unknown(file, place, step.send, binding.operations, f"operation of {binding.name}")


def _of_locustfile(place: Path, written: str, file: YamlFile) -> Iterator[Problem]:
    try:
        module = ast.parse(place.read_text(encoding="utf-8"))
    except OSError as error:
        why = f"cannot be read: {error.strerror}; the path is relative to the scenario"
    except (SyntaxError, ValueError) as error:
        why = f"is not Python: {error}; correct the file"
    else:
        if any(isinstance(node, ast.ClassDef | ast.ImportFrom) for node in ast.walk(module)):
            return
        why = "defines no user class; write `class Visitor(HttpUser): ...` in it"
    yield Problem(file.where(("locustfile",)), "locustfile", f"is {written}; it {why}")
