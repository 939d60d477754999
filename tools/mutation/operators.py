"""Which small mistakes are planted: each changes one place of a module's syntax tree.

Numbers (module-level constants and defaults of fields among them), comparisons, arithmetic, and/or, not,
conditions, True/False, break/continue, returned values. Texts, annotations and docstrings stay as they are.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.mutation.places import Place, places

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Pow: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
LEFT_OUT = ("__all__", "model_config", "_MIGRATIONS")  # assignments that are lists of names or settings


@dataclass(frozen=True)
class Mutant:
    """`number`: which of the mutations of the file, in the order of `mutations`.

    `which`: of several that change the same in one function, or in one module's statements of one name.
    """

    file: str
    line: int
    what: str
    number: int
    place: Place
    which: int = 1

    @property
    def key(self) -> str:
        """What it is called as long as its function stands; line numbers move."""
        return f"{self.file} {self.place.owner} {self.what} #{self.which}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.place.owner} {self.what} #{self.which}"


Change = tuple[ast.AST, str, Callable[[], None]]  # node, what, how to make it


def mutants_of(path: Path, home: Path) -> list[Mutant]:
    """Every mutant of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    file, where, seen = str(path.relative_to(home)), places(tree), Counter[tuple[str, str]]()
    found = []
    for number, (node, what, _) in enumerate(mutations(tree)):
        place = where.get(id(node), Place())
        seen[place.owner, what] += 1
        line = getattr(node, "lineno", 0)
        found.append(Mutant(file, line, what, number, place, seen[place.owner, what]))
    return found


def mutated(source: str, number: int) -> ast.Module:
    """The tree of a source with one mutation made."""
    tree = ast.parse(source)
    for place, (_, _, make) in enumerate(mutations(tree)):
        if place == number:
            make()
            return ast.fix_missing_locations(tree)
    raise IndexError(number)


def mutations(tree: ast.Module) -> Iterator[Change]:
    """Every mutation of a tree, in a fixed order; none is made until it is called."""
    skipped = _untouched(tree)
    for node in ast.walk(tree):
        if id(node) not in skipped:
            yield from _of(node)


def _untouched(tree: ast.Module) -> set[int]:
    """Annotations, docstrings, `__all__`, type checking blocks, messages of raise: what decides nothing."""
    found: set[int] = set()

    def leave(node: ast.AST | None) -> None:
        if node is not None:
            found.update(id(inner) for inner in ast.walk(node))

    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.arg):
            leave(node.annotation)
        if isinstance(node, ast.FunctionDef):
            leave(node.returns)
            for decorator in node.decorator_list:
                leave(decorator)
        if isinstance(node, ast.Assign) and _name(node.targets[0]) in LEFT_OUT:
            leave(node)
        if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            leave(node)
        if isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
            leave(node)
        if isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert):
            leave(node)
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                leave(decorator)
    return found


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _of(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            other = COMPARISONS[type(op)]
            yield node, f"{_op(op)} -> {_op(other)}", _setter(node.ops, place, other())
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        other_op = ARITHMETIC[type(node.op)]
        yield node, f"{_op(node.op)} -> {_op(other_op)}", lambda: setattr(node, "op", other_op())
    elif isinstance(node, ast.BoolOp):
        swapped = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield node, f"{_op(node.op)} -> {_op(swapped)}", lambda: setattr(node, "op", swapped())
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield node, "condition negated", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension):
        for place, test in enumerate(node.ifs):
            yield test, "filter dropped", _setter(node.ifs, place, ast.Constant(True))
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield node, "returns None", lambda: setattr(node, "value", ast.Constant(None))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        plus = ast.UAdd if isinstance(node.op, ast.USub) else None
        if plus:
            yield node, "minus dropped", lambda: setattr(node, "op", plus())


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield node, f"{value} -> {not value}", lambda: setattr(node, "value", not value)
    elif isinstance(value, int):
        yield node, f"{value} -> {value + 1}", lambda: setattr(node, "value", value + 1)
    elif isinstance(value, float):
        other = value * 1.5 if value else 1.0
        yield node, f"{value:g} -> {other:g}", lambda: setattr(node, "value", other)


def _setter(items: list[ast.expr] | list[ast.cmpop], place: int, new: ast.AST) -> Callable[[], None]:
    def change() -> None:
        items[place] = new  # type: ignore[call-overload]

    return change


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _op(op: ast.AST | type[ast.AST]) -> str:
    return op.__name__ if isinstance(op, type) else type(op).__name__
