"""Packages that only some users need come by extras; who lacks one is told which."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from renhai.core.errors import UsageError

# Module to the extra of pyproject.toml that brings it.
EXTRAS = {
    "asyncpg": "postgres",
    "backports.zstd": "zstd",
    "pypdf": "print",
    "pypdfium2": "print",
    "reportlab": "print",
    "zeep": "soap",
}


def needed(module: str, purpose: str) -> ModuleType:
    """The module, imported. Raises UsageError, which names the extra, when its package is not installed.

    purpose: the subject of the sentence, e.g. `reading back a PDF`.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name not in (top, module):
            raise
        raise UsageError(f"{purpose} {lacks(module)}") from error


def lacks(module: str) -> str:
    """`needs asyncpg; python -m pip install 'renhai[postgres]'`."""
    return f"needs {module}; python -m pip install 'renhai[{EXTRAS[module]}]'"
