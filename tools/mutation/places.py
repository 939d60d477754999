"""Where a mutant stands: in which function, and by which names what it changes is known elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
MODULE = "<module>"


@dataclass(frozen=True)
class Span:
    """An outermost function or method: `first` is the line of its first decorator or of its `def`."""

    name: str
    first: int
    last: int


@dataclass(frozen=True)
class Place:
    """`inside`: the outermost function around a node; `body`: in its body, not in a default or a decorator.

    `names`: what the statement defines, when it stands outside of functions: a constant, a class, a field.
    """

    inside: Span | None = None
    body: bool = False
    names: tuple[str, ...] = ()

    @property
    def owner(self) -> str:
        return self.inside.name if self.inside else ".".join(self.names) or MODULE


def span_of(function: Function, prefix: str = "") -> Span:
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return Span(prefix + function.name, first, function.end_lineno or function.lineno)


def places(tree: ast.Module) -> dict[int, Place]:
    """The place of every node, by `id`."""
    return dict(_placed(tree.body, (), ""))


def _placed(body: Iterable[ast.stmt], names: tuple[str, ...], prefix: str) -> Iterator[tuple[int, Place]]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            own = Place(names=(*names, statement.name))
            for part in (*statement.decorator_list, *statement.bases, *statement.keywords):
                yield from ((id(node), own) for node in ast.walk(part))
            yield from _placed(statement.body, own.names, f"{prefix}{statement.name}.")
        elif isinstance(statement, Function):
            yield from _in_function(statement, span_of(statement, prefix))
        else:
            own = Place(names=(*names, *defined(statement)))
            yield from ((id(node), own) for node in ast.walk(statement))


def _in_function(function: Function, span: Span) -> Iterator[tuple[int, Place]]:
    for part in (*function.decorator_list, function.args):
        yield from ((id(node), Place(span)) for node in ast.walk(part))
    for part in function.body:
        yield from ((id(node), Place(span, True)) for node in ast.walk(part))


def defined(statement: ast.stmt) -> list[str]:
    """The names that an assignment binds."""
    if isinstance(statement, ast.Assign):
        targets: list[ast.expr] = list(statement.targets)
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    else:
        return []
    return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]


@dataclass(frozen=True)
class Mention:
    """A statement of a source: which names stand in it, and what it is or what it defines."""

    file: str
    used: frozenset[str]
    span: Span | None
    names: tuple[str, ...]


def mentions(file: str, tree: ast.Module) -> list[Mention]:
    return list(_mentions(file, tree.body, (), ""))


def _mentions(file: str, body: Iterable[ast.stmt], names: tuple[str, ...], prefix: str) -> Iterator[Mention]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            bases = frozenset(name for base in statement.bases for name in _used(base))
            yield Mention(file, bases, None, (statement.name,))
            yield from _mentions(file, statement.body, (*names, statement.name), f"{prefix}{statement.name}.")
        elif isinstance(statement, Function):
            yield Mention(file, frozenset(_used(statement)), span_of(statement, prefix), ())
        else:
            yield Mention(file, frozenset(_used(statement)), None, (*names, *defined(statement)))


def _used(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


@cache
def all_mentions(home: Path, files: tuple[str, ...]) -> tuple[Mention, ...]:
    return tuple(
        mention
        for file in files
        for mention in mentions(file, ast.parse((home / file).read_text(encoding="utf-8")))
    )


def users_of(names: Iterable[str], all_of_them: Iterable[Mention]) -> tuple[set[str], set[tuple[str, Span]]]:
    """Every name that is made of these names, and every function in which one of them stands."""
    known, found = set(names), set[tuple[str, Span]]()
    everything = list(all_of_them)
    while True:
        more = {name for one in everything if one.span is None and one.used & known for name in one.names}
        if more <= known:
            break
        known |= more
    for one in everything:
        if one.span is not None and one.used & known:
            found.add((one.file, one.span))
    return known, found
