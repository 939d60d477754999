"""Command lines of documents, held to the programs that they name; nothing is run here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import typer

from benchmarks.__main__ import NAMES as BENCHMARKS
from generators.kinds import KINDS
from renhai.cli.app import app
from renhai.core import home
from renhai.core.extras import EXTRAS
from tests.docs.markdown import ROOT

# What docs/ci.md's variables stand for, and the words that a reader replaces by his own.
VARIABLES = {
    "SCENARIO": "smoke",
    "LOAD": "--duration 1m --repeat 5 --spare 2",
    "TARGET": "http://127.0.0.1:8400",
    "TOLERANCE": "10%",
    "BASELINE": "build/baseline",
    "REASON": "'base of this change'",
    "HISTORY": "results/runs",
    "GITHUB_STEP_SUMMARY": "step.md",
}
PLACEHOLDERS = {"SCENARIO": "smoke", "NAME": "smoke", "N": "2", "D": "30s", "R": "50/s", "COMMAND": "run"}
# Programs of others that our documents name; of these only the files that they are given are looked at.
OTHERS = {
    "pipx", "uv", "pip", "podman", "docker", "kubectl", "openssl", "umask", "git", "cat", "pre-commit", ".",
    "./deploy",
}  # fmt: skip
# Typer's own click, wherever it keeps it.
REFUSED: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
SEPARATORS = {"&&", "||", "|", ";", "&", "(", ")", "{", "}", ";;"}


@cache
def group() -> Any:
    return typer.main.get_command(app)


def simple_commands(line: str) -> Iterator[list[str]]:
    """The words of each command of one shell line, its comment left out; ValueError for an open quote."""
    line = re.sub(r"\$\{\{.*?\}\}", "COMMIT", line)  # GitHub's own
    line = re.sub(r"\$\{?([A-Z_]+)\}?", lambda match: VARIABLES.get(match[1], match[1]), line)
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in SEPARATORS:
            if words:
                yield words
            words = []
        else:
            words.append(word)


def lines_of(text: str) -> list[str]:
    """The lines of a shell block, continued ones joined."""
    joined = text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]


@cache
def mistakes(line: str) -> list[str]:
    """What is wrong with one shell line; empty when it would be understood."""
    try:
        commands = list(simple_commands(line))
    except ValueError as error:
        return [f"{line}: {error}"]
    found = []
    for words in commands:
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):  # NAME=value before a command
            words = words[1:]
        found += [f"{line}: {wrong}" for wrong in _of(words)] if words else []
    return found


def _of(words: list[str]) -> list[str]:
    program, arguments = words[0], words[1:]
    if program == "renhai":
        return renhai_mistakes(arguments)
    if program == "make":
        targets = set(
            re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        )
        return [f"no target {name} in the Makefile" for name in arguments if name not in targets]
    if program.rpartition("/")[2] == "python" and arguments[:1] == ["-m"]:
        return module_mistakes(arguments[1:])
    if program == "locust":
        return _missing_file(arguments, "-f")
    if program == "export":
        return [f"no variable {word}" for word in arguments if word.partition("=")[0] != "RENHAI_LANG"]
    if program in OTHERS:
        return (
            extra_mistakes(arguments) if program in ("pipx", "pip", "uv") else _missing_file(arguments, "-f")
        )
    return [
        f"{program} is no program that the documents may name: add it to the test with a check of its own"
    ]


def _missing_file(arguments: list[str], option: str) -> list[str]:
    given = [after for at, after in pairwise(arguments) if at == option]
    own = {"load.py"}  # of a snapshot's directory
    return [
        f"{name} does not exist"
        for name in given
        if "/" in name + "/"
        and name not in own
        and not (ROOT / name).exists()
        and not name.startswith("job/")
    ]


def extra_mistakes(arguments: list[str]) -> list[str]:
    asked = [
        name for word in arguments for text in re.findall(r"\[([\w,]+)\]", word) for name in text.split(",")
    ]
    return [f"no extra {name}" for name in asked if name not in set(EXTRAS.values())]


def module_mistakes(words: list[str]) -> list[str]:
    module, *rest = words
    if find_spec(module) is None:
        return [f"no module {module}"]
    name = rest[0] if rest and not rest[0].startswith("-") else None
    if module == "benchmarks" and name is not None and name not in {*BENCHMARKS, "NAME"}:
        return [f"no benchmark {name}"]
    if module == "renhai":
        return renhai_mistakes(rest)
    return []


def renhai_mistakes(arguments: list[str]) -> list[str]:
    """What the real command line says to these arguments, and scenarios, kinds, targets that do not exist."""
    if {"--help", "-h", "--version"} & set(arguments):
        arguments = [PLACEHOLDERS.get(word, word) for word in arguments if word not in ("--help", "-h")]
        return [] if arguments in ([], ["--version"]) or _command(group(), arguments) else [f"no {arguments}"]
    values = [PLACEHOLDERS.get(word, word) for word in arguments]
    try:
        path, params = parse(values)
    except REFUSED as error:
        return [error.format_message()]
    except typer.Exit:
        return []
    if params.get("locust_args") and "--" not in arguments:  # what follows is Locust's
        return [f"unexpected: {params['locust_args']}"]
    return list(_unknown(path, params))


def parse(arguments: list[str]) -> tuple[str, dict[str, Any]]:
    """The whole name of the command, and what it would be called with; click's errors when it refuses."""
    command, name, rest, context = group(), "renhai", arguments, None
    while hasattr(command, "resolve_command"):
        context = command.make_context(name, list(rest), parent=context, resilient_parsing=True)
        rest = [*context._protected_args, *context.args]
        if not rest:
            raise typer.BadParameter(f"{name} needs a command")
        asked = rest[0]
        name, command, rest = command.resolve_command(context, rest)
        if command is None:
            raise typer.BadParameter(f"no command {asked}")
    context = command.make_context(name, list(rest), parent=context)
    return context.command_path, context.params


def _command(command: Any, names: list[str]) -> bool:
    for name in names:
        command = getattr(command, "commands", {}).get(name)
        if command is None:
            return False
    return True


def _unknown(path: str, params: dict[str, Any]) -> Iterator[str]:
    scenario = params.get("scenario")
    if (
        isinstance(scenario, str)
        and not scenario.endswith((".yaml", ".yml"))
        and scenario not in home.scenario_names()
        and not (ROOT / f"benchmarks/home/scenarios/{scenario}.yaml").is_file()
    ):
        yield f"no scenario {scenario}"
    if path.endswith("generate records") and params["kind"] not in KINDS:
        yield f"no kind {params['kind']}"
    target = params.get("target")
    named = isinstance(target, str) and not re.search(r"://|\.yaml$|^[A-Z_]+$", target)
    if named and target not in home.target_names():
        yield f"no target {target}"
    for word in params.get("assignments") or ():
        if "=" not in word:
            yield f"--set {word} is no assignment"
