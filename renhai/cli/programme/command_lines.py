"""The commands of a programme, read as they will be read in their turn: what renhai would refuse in October
is refused today, by line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer

from renhai.core.errors import Problem, UsageError
from renhai.core.language import say
from renhai.core.yaml_lines import load_yaml, spell
from renhai.spec.cutover.programme.loader import lines_of
from renhai.spec.cutover.programme.model import PLACE, Programme
from renhai.spec.loader import find_scenario

HELP = ("-h", "--help", "--version", "--install-completion", "--show-completion")
EXAMPLES = {"attempt": "1", "system": "http://127.0.0.1:9"}  # of what a place will stand for; else a path
SCENARIO = "scenario"  # as the commands call the argument that is one


class Command(NamedTuple):
    """A command as its parser gives it: `generate batch`, and the value of each parameter by name."""

    name: str
    values: dict[str, Any]


def refused_commands(root: Any, path: Path, programme: Programme) -> list[Problem]:
    """root: the parser of `renhai`. File, line, field and value of each command that would be refused."""
    file = load_yaml(path)
    return [
        Problem(file.where(place), spell(place), f"is {shlex.join(words)}; {said}")
        for name in programme.stages
        for words, place in lines_of(programme, name)
        if (said := refusal(root, words, path.resolve().parent))
    ]


def refusal(root: Any, words: Sequence[str], here: Path) -> str:
    """Why renhai would refuse these words, "" where it would take them. Nothing is run."""
    if set(words) & set(HELP):
        return say("it shows help, and does nothing")
    filled = [PLACE.sub(lambda place: _example(place[1], here), word) for word in words]
    try:
        values = parsed(root, filled).values
    except typer.Exit:
        return say("it shows help, and does nothing")
    except UsageError as error:
        return str(error)
    except Exception as error:
        if not hasattr(error, "format_message"):  # the parser's own, in any of its versions
            raise
        return str(error.format_message())
    given = values.get(SCENARIO)
    written = words[filled.index(given)] if given in filled else ""
    made = {place for place in PLACE.findall(written) if place != "here"}  # what an earlier command makes
    return "; ".join(_unknown(str(given))) if written and not made else ""


def _example(place: str, here: Path) -> str:
    return str(here) if place == "here" else EXAMPLES.get(place.partition(".")[0], f"/{place}")


def parsed(root: Any, words: Sequence[str]) -> Command:
    """What the command would be given. Raises what its parser raises."""
    command, name, rest = root, "renhai", list(words)
    context, names = command.context_class(command, info_name=name), list[str]()
    while hasattr(command, "resolve_command"):
        if hasattr(command, "whole"):  # some words of it may be left out
            rest = command.whole(context, rest)
        name, command, rest = command.resolve_command(context, rest)
        names.append(str(name))
        if hasattr(command, "resolve_command"):
            context = command.context_class(command, parent=context, info_name=name)
            if not rest:
                raise typer.BadParameter("Missing command.")
    return Command(" ".join(names), dict(command.make_context(name, list(rest), parent=context).params))


def _unknown(scenario: str) -> Iterator[str]:
    try:
        find_scenario(scenario)
    except UsageError as error:
        yield str(error)
