"""The arrows of ARCHITECTURE.md: which room may import which. A wrong import or a circle fails, by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

import renhai
from tests.sources import said

HOME = Path(__file__).resolve().parent.parent
TOPS = ("generators", "results", "locustfiles", "renhai")
DEPRECATED = ("renhai/target/", "renhai/load/journeys.py", "renhai/load/operators.py")
DOORS = ("renhai/__init__.py", "renhai/__main__.py", "renhai/faker.py")  # the doors, which lead to any room
PURE = {  # of results
    "renhai.core": ("results.metrics", "results.language"),
    "renhai.load": (
        "results.errors",
        "results.metrics",
        "results.snapshot",
        "results.verdict",
    ),
}
ONLY_IN_LOAD = ("locust", "gevent", "greenlet")
SOCKETS = ("socket", "requests", "http", "urllib", "httptools", "uvicorn", "starlette")
MOST_IN_A_FOLDER = 12
MOST_LINES = 400  # of a file
MOST_OF_A_FUNCTION = 60  # lines, from `def` to its end


def allowed_arrows(page: str) -> dict[str, set[str]]:
    """Room -> rooms that it may import, from the table of the page."""
    rows = re.findall(r"^\| `([a-z.]+)` \|[^|]*\| ([^|]+) \|$", page, re.MULTILINE)
    full = {room.rpartition(".")[2]: room for room, _ in rows}
    return {room: {full[name] for name in re.findall(r"[a-z]+", may)} for room, may in rows}


ALLOWED = allowed_arrows((HOME / "ARCHITECTURE.md").read_text(encoding="utf-8"))


PUBLIC = {f"renhai.{name}" for name in renhai.__all__ if name != "__version__"}  # of the load engine


def room_of(module: str) -> str | None:
    if module in PUBLIC:
        return "renhai.load"
    return next((room for room in ALLOWED if module == room or module.startswith(room + ".")), None)


def module_name(path: Path, home: Path = HOME) -> str:
    parts = path.relative_to(home).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def sources() -> tuple[Path, ...]:
    found = sorted(
        path
        for top in TOPS
        for path in (HOME / top).rglob("*.py")
        if not {"_home", "runs"} & set(path.parts)
        and not str(path.relative_to(HOME)).startswith((*DEPRECATED, *DOORS))
    )
    return tuple(found)


def imported_by(path: Path, home: Path = HOME) -> list[tuple[int, str]]:
    """(line, absolute module) for every import of one file, those inside functions included."""
    name = module_name(path, home)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: list[tuple[int, str]] = []
    for node in said(path.read_text(encoding="utf-8")).imports:
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        else:
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, node.module] if node.module else base)
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


def wrong_arrows(path: Path, home: Path = HOME) -> list[str]:
    name = module_name(path, home)
    room = room_of(name)
    if room is None:
        return [f"{path.relative_to(home)}: is in no room of ARCHITECTURE.md"]
    wrong = []
    for line, module in imported_by(path, home):
        other, top = room_of(module), module.partition(".")[0]
        where = f"{path.relative_to(home)}:{line}"
        pure = other != "results" or module.startswith(PURE.get(room, "results"))
        if other and other != room and (other not in ALLOWED[room] or not pure):
            wrong.append(f"{where}: {room} must not import {module}")
        if top in ONLY_IN_LOAD and room not in ("renhai.load", "locustfiles"):
            wrong.append(f"{where}: only renhai/load and locustfiles may import {top}")
        if top in SOCKETS and room in ("generators", "results"):
            wrong.append(f"{where}: {room} opens no socket, yet imports {module}")
    return wrong


def circles(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """The nodes that lead back to themselves (each with the way), in a graph of name -> names."""
    found = []
    for start in arrows:
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop()
            for after in arrows.get(way[-1], ()):
                if after == start:
                    found.append(" -> ".join([*way, start]))
                    ways = []
                    break
                if after not in seen:
                    seen.add(after)
                    ways.append([*way, after])
    return found


def modules_imported(path: Path, known: set[str]) -> set[str]:
    """Our modules that one file imports; `from package import module` counts as the module."""
    found = set()
    for _, name in imported_by(path):
        module = name if name in known else name.rpartition(".")[0]
        if module in known and module != module_name(path):
            found.add(module)
    return found


def folder_of(module: str) -> str:
    """results.verdict of results.verdict.judge; a module of its own beside folders stays itself."""
    parts = module.split(".")
    deep = 3 if parts[0] == "renhai" else 2
    return ".".join(parts[:deep])


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(HOME)))
def test_every_import_follows_the_arrows(path: Path) -> None:
    assert wrong_arrows(path) == []


def test_no_circle_of_modules_or_folders() -> None:
    known = {module_name(path) for path in sources()}
    arrows = {module_name(path): modules_imported(path, known) for path in sources()}
    assert circles(arrows) == []
    folders: dict[str, set[str]] = {}
    for module, others in arrows.items():
        if module.startswith(("results.", "renhai.load.")):
            ours = {folder_of(other) for other in others if other.startswith(("results.", "renhai.load."))}
            folders.setdefault(folder_of(module), set()).update(ours - {folder_of(module)})
    assert circles(folders) == []


def test_no_room_leads_back_to_itself() -> None:
    assert circles(ALLOWED) == []


def test_no_folder_is_too_full() -> None:
    counts: dict[str, int] = {}
    for path in sources():
        if path.name != "__init__.py":
            counts[str(path.parent.relative_to(HOME))] = counts.get(str(path.parent.relative_to(HOME)), 0) + 1
    assert {folder: count for folder, count in counts.items() if count > MOST_IN_A_FOLDER} == {}


def too_long(path: Path, home: Path = HOME) -> list[str]:
    """What is longer than a person takes in: the file, or a function of it."""
    text, name = path.read_text(encoding="utf-8"), path.relative_to(home)
    lines = len(text.splitlines())
    wrong = [f"{name}: {lines} lines"] if lines > MOST_LINES else []
    return wrong + [
        f"{name}:{one.first}: {one.name}: {one.lines} lines"
        for one in said(text).functions
        if one.lines > MOST_OF_A_FUNCTION
    ]


def test_no_file_and_no_function_is_too_long() -> None:
    beside = [path for top in ("tools", "benchmarks", "tests") for path in (HOME / top).rglob("*.py")]
    assert [line for path in [*sources(), *beside] for line in too_long(path)] == []


def test_the_check_sees_what_is_too_long(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text("class A:\n    def f(self):\n" + "        pass\n" * 59 + "\n" * 339)
    assert too_long(file, tmp_path) == []
    file.write_text("class A:\n    async def f(self):\n" + "        pass\n" * 60 + "\n" * 339)
    assert too_long(file, tmp_path) == ["long.py: 401 lines", "long.py:2: f: 61 lines"]


DEEP = """
def f():
    if a: import m1
    elif b: import m2
    else: import m3
    try: import m4
    except A: import m5
    else: import m6
    finally: import m7
    with a: import m8
    for b in c: import m9
    else: import m10
    while a: import m11
    else: import m12
    match a:
        case 1: import m13
    class A:
        async def g():
            async with a: import m14
            async for a in b: import m15
    try: import m16
    except* A: import m17
"""


def test_an_import_is_seen_wherever_it_stands() -> None:
    found = [alias.name for node in said(DEEP).imports for alias in node.names]
    assert sorted(found) == sorted(f"m{number}" for number in range(1, 18))
    assert [one.name for one in said(DEEP).functions] == ["f", "g"]


def test_the_check_sees_a_wrong_arrow_and_a_circle(tmp_path: Path) -> None:
    bad = tmp_path / "results" / "bad.py"
    bad.parent.mkdir()
    bad.write_text("def f():\n    import gevent\n    from renhai.load import client\n    import socket\n")
    assert [row.partition(": ")[0] for row in wrong_arrows(bad, tmp_path)] == [
        "results/bad.py:2",
        "results/bad.py:3",
        "results/bad.py:4",
    ]
    assert circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}) == [
        "a -> b -> c -> a",
        "b -> c -> a -> b",
        "c -> a -> b -> c",
    ]
    assert circles({"a": ["b"], "b": []}) == []
