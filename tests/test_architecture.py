"""The arrows of ARCHITECTURE.md: which room may import which. A wrong import fails here, by name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import renhai

HOME = Path(__file__).resolve().parent.parent
ROOMS = ("generators", "results", "locustfiles", "renhai.load", "renhai.reference", "renhai")
ALLOWED: dict[str, set[str]] = {
    "generators": set(),
    "results": set(),
    "renhai.reference": set(),
    "renhai.load": {"generators", "locustfiles", "renhai", "results"},
    "locustfiles": {"generators", "renhai.load"},
    "renhai": {"generators", "results"},
}
FRONT = HOME / "renhai" / "__init__.py"  # names the load engine's public names, and loads them when asked
PURE = ("results.errors", "results.metrics", "results.snapshot", "results.verdict")  # what load/ may import
DEPRECATED = (
    "renhai/target/",
    "renhai/load/journeys.py",
    "renhai/load/operators.py",
)
ONLY_IN_LOAD = ("locust", "gevent", "greenlet")
SOCKETS = ("socket", "requests", "http", "urllib", "httptools", "uvicorn", "starlette")


PUBLIC = {f"renhai.{name}" for name in renhai.__all__ if name != "__version__"}  # of the load engine


def room_of(module: str) -> str | None:
    if module in PUBLIC:
        return "renhai.load"
    return next((room for room in ROOMS if module == room or module.startswith(room + ".")), None)


def module_name(path: Path, home: Path = HOME) -> str:
    parts = path.relative_to(home).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> list[Path]:
    tops = ("generators", "results", "locustfiles", "renhai")
    return sorted(
        path
        for top in tops
        for path in (HOME / top).rglob("*.py")
        if path != FRONT
        and not {"_home", "runs"} & set(path.parts)
        and not str(path.relative_to(HOME)).startswith(DEPRECATED)
    )


def imported_by(path: Path, home: Path = HOME) -> list[tuple[int, str]]:
    """(line, absolute module) for every import of one file, those inside functions included."""
    name = module_name(path, home)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, node.module] if node.module else base)
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


def wrong_arrows(path: Path, home: Path = HOME) -> list[str]:
    room = room_of(module_name(path, home))
    assert room is not None
    wrong = []
    for line, module in imported_by(path, home):
        other, top = room_of(module), module.partition(".")[0]
        where = f"{path.relative_to(home)}:{line}"
        pure = other != "results" or room != "renhai.load" or module.startswith(PURE)
        if other and other != room and (other not in ALLOWED[room] or not pure):
            wrong.append(f"{where}: {room} must not import {module}")
        if top in ONLY_IN_LOAD and room not in ("renhai.load", "locustfiles"):
            wrong.append(f"{where}: only renhai/load and locustfiles may import {top}")
        if top in SOCKETS and room in ("generators", "results"):
            wrong.append(f"{where}: {room} opens no socket, yet imports {module}")
    return wrong


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(HOME)))
def test_every_import_follows_the_arrows(path: Path) -> None:
    assert wrong_arrows(path) == []


def test_the_check_sees_a_wrong_arrow(tmp_path: Path) -> None:
    bad = tmp_path / "results" / "bad.py"
    bad.parent.mkdir()
    bad.write_text("def f():\n    import gevent\n    from renhai.load import client\n    import socket\n")
    assert [row.partition(": ")[0] for row in wrong_arrows(bad, tmp_path)] == [
        "results/bad.py:2",
        "results/bad.py:3",
        "results/bad.py:4",
    ]
