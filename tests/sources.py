"""Python sources as trees: their statements, which are a tenth of their nodes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

BLOCKS = (
    "body",
    "orelse",
    "finalbody",
    "handlers",
    "cases",
)  # fields that hold statements, or what holds them


class Function(NamedTuple):
    """first: the line of its `def`; lines: from there to its end."""

    name: str
    first: int
    lines: int


class Said(NamedTuple):
    """What a source imports, and which functions it has; those inside of others included."""

    imports: tuple[ast.Import | ast.ImportFrom, ...]
    functions: tuple[Function, ...]


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement, whatever it stands in. An expression has none in it."""
    found: list[ast.AST] = [tree]
    for node in found:
        for field in BLOCKS:
            inner = getattr(node, field, ())
            found += inner if isinstance(inner, list) else ()
        yield node


@cache
def said(text: str) -> Said:
    """Of the text of a source."""
    imports: list[ast.Import | ast.ImportFrom] = []
    functions = []
    for node in statements(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or 0) - node.lineno + 1
            functions.append(Function(node.name, node.lineno, size))
    return Said(tuple(imports), tuple(functions))
