"""Which journeys there are: those of the locustfiles, by what they declare, and those that a scenario holds.

Locustfiles are imported for it (registry.reading), under their own names, and put aside again. One that
cannot be imported contributes none, and is named where a scenario has a journey that nobody knows.
Here stands, too, what can be said of a user's own Locust file before a load process imports it.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import sys
import threading
import traceback
import types
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from renhai.binding.loader import Binding
from renhai.core import home
from renhai.core.errors import Problem
from renhai.core.validation import unknown
from renhai.core.yaml_lines import Where, YamlFile
from renhai.spec import locust_args
from renhai.spec.journeys.registry import Journey, of_file, reading
from renhai.spec.journeys.written.declared import declared, each_step, paused
from renhai.spec.journeys.written.steps import Step
from renhai.spec.journeys.written.uses import wants_taxpayers
from renhai.spec.scenario import Scenario

FOLDER = "locustfiles"
FIRST_VISIT = ("registration.query", "registration.save")  # of a taxpayer whom the target may not know
_READING = threading.Lock()
UNPATCHED = "LOCUST_SKIP_MONKEY_PATCH"  # a locustfile that imports Locust itself must not change our library


@dataclass(frozen=True)
class Catalog:
    """The journeys of all locustfiles by name, and what is wrong with files that could not be read."""

    journeys: dict[str, Journey] = field(default_factory=dict)
    broken: tuple[Problem, ...] = ()


def catalog(root: Path | None = None) -> Catalog:
    """Of the locustfiles at home. Read once; importing changes the process, so by one thread at a time."""
    with _READING:
        return _read(root or home.find_home())


@cache
def _read(base: Path) -> Catalog:
    broken: list[Problem] = []
    with reading() as registry, _own_names(base):
        for path in sorted((base / FOLDER).glob("[!_]*.py")):
            try:
                importlib.import_module(f"{FOLDER}.{path.stem}")
            except (Exception, SystemExit) as error:
                broken.append(_problem(path, base, error))
        found = {name: of_file(one, _relative(one.file, base)) for name, one in registry.items()}
    return Catalog(found, tuple(broken))


def journeys(root: Path | None = None) -> dict[str, Journey]:
    """Every journey of the locustfiles at home, by name."""
    return catalog(root).journeys


@contextlib.contextmanager
def _own_names(base: Path) -> Iterator[None]:
    """`locustfiles` is the folder of `base` while it lasts, whatever was imported by that name before."""
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == FOLDER}
    for name in kept:
        del sys.modules[name]
    path, patched = list(sys.path), os.environ.get(UNPATCHED)
    sys.path.insert(0, str(base))
    os.environ[UNPATCHED] = "1"
    importlib.invalidate_caches()
    package = types.ModuleType(FOLDER)
    package.__path__ = [str(base / FOLDER)]
    sys.modules[FOLDER] = package
    try:
        yield
    finally:
        sys.path[:] = path
        os.environ.pop(UNPATCHED, None)
        if patched is not None:
            os.environ[UNPATCHED] = patched
        for name in [name for name in sys.modules if name.partition(".")[0] == FOLDER]:
            del sys.modules[name]
        sys.modules.update(kept)


def _relative(file: str, base: Path) -> str:
    path = Path(file).resolve()
    return path.relative_to(base.resolve()).as_posix() if path.is_relative_to(base.resolve()) else file


def _problem(path: Path, base: Path, error: BaseException) -> Problem:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        line = error.lineno
    else:
        frames = traceback.extract_tb(error.__traceback__)
        line = next((frame.lineno for frame in reversed(frames) if frame.filename == str(path)), None)
    where = path.relative_to(base).as_posix() + (f":{line}" if line else "")
    return Problem(where, "", f"cannot be read for its journeys: {type(error).__name__}: {error}; correct it")


# Those of a scenario


def known_journeys(scenario: Scenario) -> dict[str, Journey]:
    """Those of the locustfiles and those written in the scenario, which have no file."""
    found = {
        name: Journey(name, declared(steps), serves=wants_taxpayers(steps), pause_s=paused(steps))
        for name, steps in scenario.journeys.items()
    }
    known = {**journeys(), **found}
    return (
        {name: _without_registering(one) for name, one in known.items()}
        if scenario.data.registered
        else known
    )


def _without_registering(journey: Journey) -> Journey:
    """What a journey sends for a taxpayer whom the target knows; one of newcomers is as it was."""
    if journey.fresh:
        return journey
    steps = tuple(step for step in journey.steps if not (step.new and step.operation in FIRST_VISIT))
    return replace(journey, steps=steps)


def problems(scenario: Scenario, file: YamlFile, path: Path, binding: Binding) -> Iterator[Problem]:
    """Mistakes in a scenario's own journeys and Locust file; `path` is the scenario's."""
    yield from _of_journeys(scenario, file, binding)
    if scenario.locustfile is not None:
        yield from _of_locustfile(path.resolve().parent / scenario.locustfile, scenario.locustfile, file)
    if wrong := locust_args.planned(scenario.locust_args):
        yield Problem(file.where(("locust_args",)), "locust_args", wrong)


def _of_journeys(scenario: Scenario, file: YamlFile, binding: Binding) -> Iterator[Problem]:
    speech = binding.name
    if "://" in scenario.target:
        speech += ", which a URL alone is taken to speak (name a target file where it speaks otherwise)"
    for name, steps in scenario.journeys.items():
        if name in journeys():
            text = "is the name of a journey that renhai brings; take another"
            yield Problem(file.where(("journeys", name), key=True), f"journeys.{name}", text)
        for here, step in each_step(steps, ("journeys", name)):
            if isinstance(step, Step) and step.send not in binding.operations:
                inside: Where = (*here, "send")
                place = inside if inside in file.lines else here
                yield unknown(file, place, step.send, binding.operations, f"operation of {speech}")


def _of_locustfile(place: Path, written: str, file: YamlFile) -> Iterator[Problem]:
    try:
        module = ast.parse(place.read_text(encoding="utf-8"), written)
    except OSError as error:
        why = f"cannot be read: {error.strerror}; the path is relative to the scenario"
    except (SyntaxError, ValueError) as error:
        why = f"is not Python: {error}; correct the file"
    else:
        if any(isinstance(node, ast.ClassDef | ast.ImportFrom) for node in ast.walk(module)):
            return
        why = "defines no user class; write `class Visitor(HttpUser): ...` in it"
    yield Problem(file.where(("locustfile",)), "locustfile", f"is {written}; it {why}")
