"""All operations of the target: those of every file of this folder, and of cases/ and domains/ beside it,
that lists some.

A new domain is a file; nothing else names it. Its tables are known once it is imported, so whoever opens
a storage asks for the operations first.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from renhai.reference import cases
from renhai.reference import domains as business
from renhai.reference import operations as folder
from renhai.reference.operations.operation import Operation, Setup
from renhai.reference.rules.sessions import Sessions


def operations(setup: Setup | None = None) -> tuple[Operation, ...]:
    """All operations, by what they may depend on.

    Raises ValueError when two files have an operation of one name.
    """
    setup = setup or Setup(Sessions())
    found: dict[str, Operation] = {}
    for domain in domains():
        for operation in domain.operations(setup):
            if operation.name in found:
                raise ValueError(f"operation {operation.name} is defined twice; see {domain.__name__}")
            found[operation.name] = operation
    return tuple(found.values())


@cache
def domains() -> tuple[ModuleType, ...]:
    """The files of these folders that list operations; all of them are imported."""
    names = [
        f"{place.__name__}.{found.name}"
        for place in (folder, cases, business)
        for found in pkgutil.iter_modules(place.__path__)
    ]
    modules = [importlib.import_module(name) for name in names if name != __name__]
    return tuple(module for module in modules if hasattr(module, "operations"))


def path_of(operation: Operation) -> str:
    """Where an operation is served: /api/<domain>/<verb>."""
    return "/api/" + operation.name.replace(".", "/")
