"""Which test runs which lines of the sources, and how long it takes: found once, by running the tests.

For that the sources are imported with a note before each statement of a function (`instrumented`): that costs
a test a few per cent, where sys.settrace makes it three times as slow. What a test has run is a set of lines.
"""

from __future__ import annotations

import ast
import builtins
import functools
import gc
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.mutation.operators import Mutant
from tools.mutation.places import Function, Span, all_mentions, users_of
from tools.mutation.planting import Planted

NOTE = "__mutation_note__"  # of builtins: takes the number of a statement
IMPORT = "import"


class _Noting(ast.NodeTransformer):
    """Puts `NOTE(number)` before each statement of each function; `lines` are those of each number."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.lines: list[range] = []

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.Module | ast.ClassDef):
            return node
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                setattr(node, name, self._noted(block))
        return node

    def _noted(self, block: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in block:
            number = self.first + len(self.lines)
            inner = getattr(statement, "body", None)
            end = inner[0].lineno - 1 if inner else statement.end_lineno or statement.lineno
            self.lines.append(range(statement.lineno, max(end, statement.lineno) + 1))
            call = ast.Call(ast.Name(NOTE, ast.Load()), [ast.Constant(number)], [])
            found += [ast.copy_location(ast.Expr(call), statement), statement]
        return found


def instrumented(source: str, first: int = 0) -> tuple[ast.Module, list[range]]:
    """A module that notes each statement it runs within functions, and the lines of each number from `first`.

    Outside of functions nothing is noted: that runs at import, whatever the test.
    """
    tree = ast.parse(source)
    noting = _Noting(first)
    _each_function(tree.body, noting)
    return ast.fix_missing_locations(tree), noting.lines


def _each_function(body: list[ast.stmt], noting: _Noting) -> None:
    for statement in body:
        if isinstance(statement, Function):
            noting.visit(statement)
        else:
            for name in ("body", "orelse"):
                _each_function(getattr(statement, name, []), noting)


class Tracer:
    """A plugin of pytest: keeps lines by test, by fixture that is shared, and at import."""

    def __init__(self, home: Path, files: list[str]) -> None:
        self.lines: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.seconds: dict[str, float] = {}
        self.shared: dict[str, list[str]] = {}
        self.failed: list[str] = []
        self._numbers: list[tuple[str, range]] = []
        self._seen: set[int] = set()
        self._now = IMPORT
        self._caches: list[Any] = []
        self._modules = {file.removesuffix(".py").replace("/", ".") for file in files}
        for file in files:
            source = (home / file).read_text(encoding="utf-8")
            tree, lines = instrumented(source, len(self._numbers))
            self._numbers += [(file, one) for one in lines]
            sys.meta_path.insert(0, Planted(home, file, tree))
        setattr(builtins, NOTE, self._seen.add)

    def _in(self, name: str) -> str:
        """From here on lines belong to this; returns whose they were."""
        before, self._now = self._now, name
        for number in self._seen:
            file, lines = self._numbers[number]
            self.lines[before][file].update(lines)
        self._seen.clear()
        return before

    def pytest_collection_finish(self) -> None:
        """What a cached function gave one test, it would not run again for the next."""
        found = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
        self._caches = [one for one in found if one.__module__ in self._modules]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        for wrapper in self._caches:
            wrapper.cache_clear()
        self._in(item.nodeid)
        self.shared[item.nodeid] = list(getattr(item, "fixturenames", []))
        begun = time.process_time()
        yield
        self.seconds[item.nodeid] = time.process_time() - begun
        self._in(IMPORT)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        shared = fixturedef.scope != "function"
        before = self._in(f"fixture {fixturedef.argname}") if shared else ""
        yield
        if shared:
            self._in(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
        elif report.skipped:
            self.lines.pop(report.nodeid, None)
            self.shared.pop(report.nodeid, None)

    def write(self, path: Path) -> None:
        self._in(IMPORT)
        lines = {name: {file: sorted(at) for file, at in by.items()} for name, by in self.lines.items() if by}
        seconds = {test: s for test, s in self.seconds.items() if self._reaches(test, lines)}
        said = {"lines": lines, "seconds": seconds, "shared": self.shared, "failed": self.failed}
        path.write_text(json.dumps(said))

    def _reaches(self, test: str, lines: dict[str, Any]) -> bool:
        if test not in self.shared:
            return False
        return test in lines or any(f"fixture {fixture}" in lines for fixture in self.shared[test])


class Covering:
    """What was traced, and which tests a mutant has to survive."""

    def __init__(self, home: Path, files: list[str], said: dict[str, Any]) -> None:
        self.home, self.files = home, files
        self.seconds: dict[str, float] = said["seconds"]
        self.failed: list[str] = said["failed"]
        self._lines: dict[str, dict[str, set[int]]] = {}
        for test in self.seconds:
            merged: dict[str, set[int]] = defaultdict(set)
            for name in (test, *(f"fixture {fixture}" for fixture in said["shared"][test])):
                for file, at in said["lines"].get(name, {}).items():
                    merged[file].update(at)
            self._lines[test] = merged
        self._at_import = {file: set(at) for file, at in said["lines"].get(IMPORT, {}).items()}

    def at_import(self, file: str, span: Span) -> bool:
        """Whether the function ran already when modules were imported: what it made then stays."""
        return any(span.first <= line <= span.last for line in self._at_import.get(file, ()))

    def tests(self, mutant: Mutant) -> list[str]:
        """Those that run its line, quickest first, then those that run its function or what is made of it."""
        line, inside = mutant.line, mutant.place.inside
        if inside:
            wider = self._in_functions({(mutant.file, inside)})
            if self.at_import(mutant.file, inside):
                wider |= self._in_file(mutant.file)
        else:
            wider = self._of_names(mutant)
        exact = {test for test in wider if line in self._lines[test].get(mutant.file, ())}
        return sorted(wider, key=lambda test: (test not in exact, self.seconds[test]))

    def _in_functions(self, spans: set[tuple[str, Span]]) -> set[str]:
        found = set()
        for test, by_file in self._lines.items():
            for file, span in spans:
                if any(span.first <= line <= span.last for line in by_file.get(file, ())):
                    found.add(test)
                    break
        return found

    def _in_file(self, file: str) -> set[str]:
        return {test for test, by_file in self._lines.items() if by_file.get(file)}

    def _of_names(self, mutant: Mutant) -> set[str]:
        """Of a constant or a field: the tests of every function that mentions it, and those that name it."""
        if not mutant.place.names:
            return self._in_file(mutant.file)
        everything = all_mentions(self.home, tuple(self.files))
        known, spans = users_of(mutant.place.names, everything)
        naming = {
            file
            for file in {test.partition("::")[0] for test in self._lines}
            if known & _words(self.home / file)
        }
        named = {test for test in self._in_file(mutant.file) if test.partition("::")[0] in naming}
        return self._in_functions(spans) | named or self._in_file(mutant.file)


@functools.cache
def _words(path: Path) -> frozenset[str]:
    text = path.read_text(encoding="utf-8")
    return frozenset("".join(sign if sign.isalnum() or sign == "_" else " " for sign in text).split())
