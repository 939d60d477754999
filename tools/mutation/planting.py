"""Putting a mutant in place of the code that stands: at import, or into functions that exist already."""

from __future__ import annotations

import ast
import gc
import importlib.abc
import importlib.util
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any


class Planted(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):  # type: ignore[misc]
    """Imports one module from a changed tree."""

    def __init__(self, home: Path, file: str, tree: ast.Module) -> None:
        self.name = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        self.path, self.tree = str(home / file), tree

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> Any:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def get_filename(self, fullname: str) -> str:
        return self.path

    def get_data(self, path: str | bytes) -> bytes:
        return Path(os.fsdecode(path)).read_bytes()

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.path, "exec", dont_inherit=True)


class Functions:
    """Every function object of some files, found once; `plant` gives those of one file other code."""

    def __init__(self, home: Path, files: list[str]) -> None:
        self.home = home
        self._found: dict[str, dict[tuple[str, int], list[FunctionType]]] = defaultdict(dict)
        paths = {str(home / file) for file in files}
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename in paths:
                code = thing.__code__
                by = self._found[code.co_filename]
                by.setdefault((code.co_qualname, code.co_firstlineno), []).append(thing)

    def plant(self, file: str, tree: ast.Module) -> int:
        """How many function objects have other code now."""
        path = str(self.home / file)
        changed = 0
        for code in _codes(compile(tree, path, "exec", dont_inherit=True)):
            for function in self._found[path].get((code.co_qualname, code.co_firstlineno), ()):
                if function.__code__ != code:
                    function.__code__ = code
                    changed += 1
        return changed


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)
