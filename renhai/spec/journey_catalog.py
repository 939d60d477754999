"""Which journeys there are and which operations each may send, read from the source of the locustfiles.

The command line must know this, but importing a locustfile would pull in Locust and gevent; so the source is
parsed. A journey is a function under `@journey("name")` that yields `("operation", {...})`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from renhai.core import home
from renhai.core.errors import Problem, UsageError
from renhai.spec.steps import SentStep, parse_sends


@dataclass(frozen=True)
class Journey:
    """`operations` in the order of the code; `exact` is false when one is named by a variable.

    `fresh`: every transaction needs a taxpayer who was never served before. `steps`: what it declares to
    send; empty where it declares nothing, and then it is not held to anything.
    """

    name: str
    file: str
    operations: tuple[str, ...]
    exact: bool
    fresh: bool = False
    steps: tuple[SentStep, ...] = ()

    @property
    def requests(self) -> float:
        """The mean number of requests of a transaction of a new taxpayer."""
        return sum(step.mean for step in self.steps) if self.steps else float(len(self.operations))


@cache
def journeys(root: Path | None = None) -> dict[str, Journey]:
    """Every journey of the locustfiles at home, by name. A file that cannot be parsed contributes none."""
    base = root or home.find_home()
    trees = {path: _parse(path) for path in sorted((base / "locustfiles").glob("*.py"))}
    functions = {
        node.name: node for tree in trees.values() for node in tree.body if isinstance(node, ast.FunctionDef)
    }
    found: dict[str, Journey] = {}
    for path, tree in trees.items():
        for node in tree.body:
            name = _journey_name(node) if isinstance(node, ast.FunctionDef) else None
            if name and isinstance(node, ast.FunctionDef):
                steps = list(_operations(node, functions, frozenset()))
                known = tuple(step for step in steps if step)
                file = str(path.relative_to(base))
                declared = _declared(node, file)
                if declared:
                    known, steps = _operations_of(declared), []
                exact = bool(declared) or len(known) == len(steps)
                found[name] = Journey(name, file, known, exact, _takes_fresh(node), declared)
    return found


def _operations_of(steps: tuple[SentStep, ...]) -> tuple[str, ...]:
    return tuple(step.operation for step in steps for _ in range(max(1, round((step.low + step.high) / 2))))


def _declared(node: ast.FunctionDef, file: str) -> tuple[SentStep, ...]:
    """What `sends=` of the decorator says. Raises UsageError."""
    marks = [
        mark for mark in node.decorator_list if isinstance(mark, ast.Call) and _called(mark) == "journey"
    ]
    for word in (word for mark in marks for word in mark.keywords if word.arg == "sends"):
        try:
            return parse_sends(ast.literal_eval(word.value))
        except (ValueError, TypeError) as error:
            where = f"{file}:{word.value.lineno}"
            raise UsageError(Problem(where, "sends", f"of journey {_journey_name(node)}: {error}")) from None
    return ()


def _takes_fresh(node: ast.FunctionDef) -> bool:
    """Whether it calls `desk.case(fresh=True)`."""
    calls = (item for item in ast.walk(node) if isinstance(item, ast.Call) and _called(item) == "case")
    values = (word.value for call in calls for word in call.keywords if word.arg == "fresh")
    return any(isinstance(value, ast.Constant) and value.value is True for value in values)


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _journey_name(node: ast.FunctionDef) -> str | None:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and _called(mark) == "journey" and mark.args:
            argument = mark.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                return argument.value
    return None


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _operations(
    node: ast.FunctionDef, functions: dict[str, ast.FunctionDef], seen: frozenset[str]
) -> Iterator[str | None]:
    """The operations that a function yields, `yield from` helpers included; None for one not written out."""
    for step in _yields(node):
        if isinstance(step, ast.YieldFrom):
            helper = _called(step.value) if isinstance(step.value, ast.Call) else ""
            if helper in functions and helper not in seen:
                yield from _operations(functions[helper], functions, seen | {helper})
            else:
                yield None
        else:
            yield _operation(step.value)


def _yields(node: ast.AST) -> Iterator[ast.Yield | ast.YieldFrom]:
    """In source order."""
    found = [item for item in ast.walk(node) if isinstance(item, ast.Yield | ast.YieldFrom)]
    return iter(sorted(found, key=lambda item: (item.lineno, item.col_offset)))


def _operation(value: ast.expr | None) -> str | None:
    first = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
