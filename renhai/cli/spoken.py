"""The command line in Chinese: help, usage and what is wrong with an option, as wide as they are seen.

Commands are written in English; where the person speaks Chinese, their help is drawn here from the catalogue
(results.language.catalogue). Chinese has no blanks to break lines at and is two columns wide, which
click's formatter does not know.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console
from typer.core import TyperCommand, TyperGroup

from renhai.core.errors import PASS, USAGE, Problem
from renhai.core.language import in_chinese, language, say
from results.errors import SnapshotError

WIDEST = 100  # columns of a help, as max_content_width of the commands
# A word, or a Chinese character, with the punctuation and the blanks that follow it.
_CLOSING = r"，。；：、！？）】》”’…\])"
_WIDE = "\u2e80-\u9fff\uff00-\uffef"
_UNITS = re.compile(rf"(?:[（【《“‘(\[]*[{_WIDE}]|[^\s{_WIDE}]+)[{_CLOSING}]*\s*|\s+")
_EXTRAS = re.compile(r"(?P<text>.*?)(?:  \[(?P<extras>[^\]]*)\])?", re.DOTALL)


class Command(TyperCommand):
    """A command whose help is in the person's language."""

    def get_help(self, ctx: Any) -> str:
        return _help(self, ctx) if language() == "zh" else super().get_help(ctx)


class Group(TyperGroup):
    """The same of a group of commands."""

    def get_help(self, ctx: Any) -> str:
        return _help(self, ctx) if language() == "zh" else super().get_help(ctx)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each with its whole first paragraph, which click cuts off where the line ends."""
        known = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, _first(command)) for name, command in known if command and not command.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def speaking(app: typer.Typer) -> typer.Typer:
    """The app, each of whose commands and groups speaks the person's language."""
    app.info.cls = _own_group(app.info.cls)
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        group.cls = _own_group(group.typer_instance.info.cls if group.typer_instance else None)
        if group.typer_instance is not None:
            speaking(group.typer_instance)
    return app


def _own_group(given: Any) -> type[Group]:
    """A group's own class where it speaks the language already."""
    return given if isinstance(given, type) and issubclass(given, Group) else Group


@cache
def made_of(app: typer.Typer) -> Any:
    """The command that an app describes: Typer itself makes it, and all below it, anew at each call."""
    return typer.main.get_command(app)


def call(app: typer.Typer, arguments: list[str]) -> int:
    """Run one command and return its exit code. Raises SystemExit and what the command raises."""
    command = made_of(app)
    if language() != "zh":
        command(args=arguments, prog_name="renhai")
        return PASS
    try:
        code = command(args=arguments, prog_name="renhai", standalone_mode=False)
    except typer.Abort:
        raise SystemExit(1) from None  # as click ends
    except Exception as error:
        if not hasattr(error, "format_message"):  # not click's, in any of its versions
            raise
        typer.echo(_mistake(error), err=True)
        return USAGE
    return code if isinstance(code, int) else PASS


def told_problem(problem: Problem) -> str:
    """One line of a usage error, what is wrong in the person's language."""
    return str(replace(problem, text=say(problem.text)))


def told_damage(error: SnapshotError) -> str:
    """What is wrong with a snapshot, in a line."""
    if language() != "zh":
        return str(error)
    offending = f" {error.shown}" if error.value is not None else ""
    return f"{error.where}{offending}：{in_chinese(error.why)}；{in_chinese(error.remedy)}"


def _mistake(error: Any) -> str:
    """What is wrong with the command line, in a sentence, and where the help is."""
    ctx = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.format_message())
    sentence = in_chinese(" ".join(str(error.format_message()).split()))
    where = ctx.command_path if ctx is not None else "renhai"
    return f"{where}：{sentence}\n用法见：{where} --help"


def _help(command: Any, ctx: Any) -> str:
    width = min(WIDEST, ctx.terminal_width or Console().width)
    return "\n".join(line.rstrip() for line in _lines(command, ctx, width))


def _lines(command: Any, ctx: Any, width: int) -> Iterator[str]:
    pieces = " ".join(in_chinese(piece) for piece in command.collect_usage_pieces(ctx))
    yield from wrapped(f"用法：{ctx.command_path} {pieces}", width)
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield ""
        if paragraph.startswith("\b"):
            yield from _examples(paragraph.splitlines()[1:], width)
        else:
            yield from _indented(wrapped(in_chinese(" ".join(paragraph.split())), width - 2))
    for title, argument in (("参数：", True), ("选项：", False)):
        params = [p for p in command.get_params(ctx) if (p.param_type_name == "argument") is argument]
        records = [record for record in (param.get_help_record(ctx) for param in params) if record]
        if records:
            yield from ("", title)
            yield from _listed([(name, _meaning(text)) for name, text in records], width)
    if hasattr(command, "list_commands"):
        names = command.list_commands(ctx)
        yield from ("", "命令：")
        yield from _listed([(name, _short(command.get_command(ctx, name))) for name in names], width)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines)


def _examples(lines: list[str], width: int) -> Iterator[str]:
    """Each as it stands, whole; what is said beside it in Chinese, under it where there is no room."""
    parts = [re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in lines]
    across = max((cell_len(example) for example, *beside in parts if beside), default=0)
    for example, *beside in parts:
        said = in_chinese(beside[0]) if beside else ""
        line = f"{example}{' ' * (across - cell_len(example) + 3)}{said}" if said else in_chinese(example)
        if said and cell_len(line) > width - 2:
            yield from (f"  {example}", f"      {said}")
        else:
            yield f"  {line}"


def _listed(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    """Names, and beside them what they mean, in a column of its own."""
    across = max(cell_len(name) for name, _ in rows) + 2
    for name, text in rows:
        lines = wrapped(text, max(20, width - 2 - across)) or [""]
        yield f"  {name}{' ' * (across - cell_len(name))}{lines[0]}"
        yield from (f"  {' ' * across}{line}" for line in lines[1:])


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many columns: broken at blanks and between Chinese characters, none of which is
    left alone before its punctuation.
    """
    lines, line = [], ""
    for unit in _UNITS.findall(text):
        if line and cell_len((line + unit).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += unit if line else unit.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _meaning(text: str) -> str:
    """`Load processes on this machine.  [default: 1; x>=1]`, with what click adds."""
    found = _EXTRAS.fullmatch(text)
    said, extras = (found["text"], found["extras"]) if found else (text, None)
    chinese = in_chinese(" ".join(said.split()))
    if not extras:
        return chinese
    return f"{chinese} [{'；'.join(in_chinese(extra) for extra in extras.split('; '))}]"


def _short(command: Any) -> str:
    return in_chinese(_first(command))


def _first(command: Any) -> str:
    """The first paragraph of a command's help, or of a page of its own."""
    return " ".join(inspect.cleandoc(command.help or "").split("\n\n")[0].split())
