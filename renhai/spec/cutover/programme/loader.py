"""Reading a programme: every mistake in it is found before a stage begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from renhai.core.errors import Problem, UsageError
from renhai.core.validation import unknown, validate
from renhai.core.yaml_lines import YamlFile, load_yaml, spell
from renhai.spec.cutover.programme.model import PLACE, Programme


def load_programme(path: Path) -> Programme:
    """The programme of a file. Raises UsageError with file, line, field, value and remedy of each mistake."""
    file = load_yaml(path)
    programme = validate(Programme, file)
    problems = [one for name in programme.stages for one in _of(programme, file, name)]
    if problems:
        raise UsageError(problems)
    return programme


def _of(programme: Programme, file: YamlFile, name: str) -> Iterator[Problem]:
    yield from _order(programme, file, name)
    yield from _days(programme, file, name)
    yield from _places(programme, file, name)


def _order(programme: Programme, file: YamlFile, name: str) -> Iterator[Problem]:
    """A stage that waits for itself or for a later one could never begin."""
    names = list(programme.stages)
    for number, before in enumerate(programme.stages[name].after or ()):
        path = ("stages", name, "after", number)
        if before not in programme.stages:
            yield unknown(file, path, before, programme.stages, "stage")
        elif names.index(before) >= names.index(name):
            why = f"is {before}, which does not stand above {name}; such a gate could never open"
            yield Problem(file.where(path), f"stages.{name}.after", why)


def _days(programme: Programme, file: YamlFile, name: str) -> Iterator[Problem]:
    stage = programme.stages[name]
    if stage.ends > programme.opens:
        why = f"is {stage.ends}, after the opening on {programme.opens}; it would answer too late"
        yield Problem(file.where(("stages", name, "ends")), f"stages.{name}.ends", why)
    for before in programme.after(name):
        earlier = programme.stages.get(before)
        if earlier is not None and before != name and stage.begins < earlier.ends:
            why = f"is {stage.begins}, before {before} ends on {earlier.ends}; its gate is not open by then"
            yield Problem(file.where(("stages", name, "begins")), f"stages.{name}.begins", why)


def _places(programme: Programme, file: YamlFile, name: str) -> Iterator[Problem]:
    """`{here}`, `{out}`, `{attempt}` and the evidence of stages that this one waits for, nothing else."""
    allowed = {
        "here",
        "out",
        "attempt",
        *(f"system.{one}" for one in programme.systems),
        *(f"evidence.{one}" for one in _waits_for(programme, name)),
    }
    for words, path in lines_of(programme, name):
        for word in words:
            for place in PLACE.findall(word):
                if place not in allowed:
                    why = (
                        f"has {{{place}}}, which stands for nothing here; known: {', '.join(sorted(allowed))}"
                    )
                    yield Problem(file.where(path), spell(path), why)


def lines_of(programme: Programme, name: str) -> Iterator[tuple[tuple[str, ...], tuple[str | int, ...]]]:
    """Each of a stage's commands, and where it stands in the file."""
    stage = programme.stages[name]
    for number, words in enumerate(stage.prepare):
        yield words, ("stages", name, "prepare", number)
    yield stage.command, ("stages", name, "command")


def _waits_for(programme: Programme, name: str) -> set[str]:
    """All stages that must have passed before it, the ones before those, too."""
    found: set[str] = set()
    todo = [one for one in programme.after(name) if one in programme.stages]
    while todo:
        one = todo.pop()
        if one not in found and one != name:
            found.add(one)
            todo += [before for before in programme.after(one) if before in programme.stages]
    return found
