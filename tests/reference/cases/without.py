"""The reference system without one of its rules, to see that it is this rule that refuses."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

import pytest

from renhai.reference import domains as business
from renhai.reference.cases import guards
from renhai.reference.cases import operations as case_operations
from renhai.reference.cases.loading import load
from renhai.reference.cases.model import Domain
from renhai.reference.cases.registry import CALLS, CHECKS
from renhai.reference.operations import filing, taxpayers
from renhai.reference.operations.catalogue import domains
from renhai.reference.operations.taxpayers import GUARDS
from renhai.reference.rules import codes as rule_codes
from renhai.reference.rules.codes import Code


def take_out(code: str, patch: pytest.MonkeyPatch) -> int:
    """Take the rule of this code out, wherever it stands; in how many places it stood."""
    patch.setattr(case_operations, "load", lambda folders: _without(code))
    places = sum(
        code == one.code.code
        for domain in load().values()
        for item in domain.items.values()
        for one in (*item.ties, *item.bounds)
    )
    for module in _modules():
        for function in _raising(module, code):
            changed = _compiled(function, code)
            for other in _modules():
                for known_as in [key for key, value in vars(other).items() if value is function]:
                    patch.setattr(other, known_as, changed)
            for known in (CHECKS, CALLS):
                for key in [key for key, value in known.items() if value is function]:
                    patch.setitem(known, key, changed)
            for operation, known_guards in list(GUARDS.items()):
                kept = [changed if one is function else one for one in known_guards]
                patch.setitem(GUARDS, operation, kept)
            places += 1
    return places


def _without(code: str) -> dict[str, Domain]:
    """The domains without the tie or bound of this code."""
    return {
        number: domain._replace(
            items={
                name: item._replace(
                    ties=tuple(tie for tie in item.ties if tie.code.code != code),
                    bounds=tuple(bound for bound in item.bounds if bound.code.code != code),
                )
                for name, item in domain.items.items()
            }
        )
        for number, domain in load().items()
    }


@functools.cache
def _modules() -> tuple[ModuleType, ...]:
    """Every module that the operations of the reference system come from, and those that register rules."""
    rules = [
        importlib.import_module(f"{business.__name__}.{found.name}")
        for found in pkgutil.iter_modules(business.__path__)
    ]
    return (*domains(), *rules, guards, filing, taxpayers)


def _raising(module: ModuleType, code: str) -> Iterator[FunctionType]:
    """Functions of a module that refuse with this code, which it knows under some name."""
    names = _named(vars(module), code)
    for value in list(vars(module).values()):
        own = isinstance(value, FunctionType) and value.__module__ == module.__name__
        if names and own and any(names & set(one.co_names) for one in _codes(value.__code__)):
            yield value


def _named(module: dict[str, Any], code: str) -> set[str]:
    """The names of this code: a module's own, and those of the table that all share."""
    return {
        name
        for known in (module, vars(rule_codes))
        for name, value in known.items()
        if isinstance(value, Code) and value.code == code
    }


def _codes(code: Any) -> Iterator[Any]:
    yield code
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _codes(constant)


class _Silent(ast.NodeTransformer):
    """Every `raise Rejection(NAME, ...)` of some names becomes `pass`."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        """The statement that refuses."""
        called = node.exc.args[0] if isinstance(node.exc, ast.Call) and node.exc.args else None
        last = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return ast.copy_location(ast.Pass(), node) if last in self.names else node


def _compiled(function: FunctionType, code: str) -> FunctionType:
    """The function without its refusal, in its own module's names."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    definition.decorator_list = []
    names = _named(function.__globals__, code)
    made: dict[str, Any] = {}
    silent = ast.fix_missing_locations(_Silent(names).visit(tree))
    source = ast.parse("from __future__ import annotations").body + silent.body
    exec(compile(ast.Module(source, []), function.__code__.co_filename, "exec"), function.__globals__, made)
    return made[function.__name__]  # type: ignore[no-any-return]
