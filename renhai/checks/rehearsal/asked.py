"""What a stage asks, as a digest: its commands, and what stands in the files that they name.

Scenarios and targets are named without a folder, and name further files: the target, a bureau, posts, tables.
All of them are part of the question: evidence of another target answers another question.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from renhai.core import home
from renhai.core.errors import UsageError
from renhai.core.yaml_lines import load_yaml
from renhai.spec.programme.model import Programme, ProgrammeStage

MOST_FILES = 10_000  # of a folder
DEEP = 4  # a scenario names a target, which names a form
LONGEST = 200  # characters of a name of a file


def asks(programme: Programme, stage: ProgrammeStage, here: Path) -> str:
    """Changes when a command, a file that it names, or its scenario does; not what is made in {out}."""
    parts = [json.dumps([*stage.lines, stage.problems, _systems(programme, stage)])]
    for words in stage.lines:
        for word in words[1:]:
            given = word.rpartition("=")[2].replace("{here}", str(here))
            parts += _content(given, stage.command[0] == "verify")
            for path in _named(given, Path.cwd()):
                parts += _whole(path, set(), DEEP)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _systems(programme: Programme, stage: ProgrammeStage) -> dict[str, tuple[str, ...]]:
    """The options of those that it names."""
    words = [word for line in stage.lines for word in line]
    return {
        name: options
        for name, options in programme.systems.items()
        if any(f"{{system.{name}}}" in word for word in words)
    }


def _content(word: str, folders: bool) -> Iterator[str]:
    """Of a folder, names, sizes and times: its files may be too large to be read each time."""
    path = Path(word.rpartition("=")[2] if word.startswith("--") else word)
    if "{" in word or len(word) > 1000:
        return
    try:
        if path.is_file():
            yield hashlib.sha256(path.read_bytes()).hexdigest()
        elif folders and path.is_dir():
            for one in sorted(path.rglob("*"))[:MOST_FILES]:
                found = one.stat()
                yield f"{one.relative_to(path)} {found.st_size} {found.st_mtime_ns}"
    except OSError as error:
        yield f"{path}: {error.strerror}"


def _named(name: str, folder: Path) -> Iterator[Path]:
    """The files of YAML that a name may stand for: beside the file that names it, or at home."""
    if not 0 < len(name) <= LONGEST or not name.isprintable() or "{" in name or "://" in name:
        return
    places = [folder, home.scenarios(), *home.target_places(), home.scenarios() / "bureaux"]
    for place in places:
        for path in (place / name, place / f"{name}.yaml"):
            if path.suffix in (".yaml", ".yml", ".csv", ".py") and path.is_file():
                yield path


def _whole(path: Path, seen: set[Path], deep: int) -> Iterator[str]:
    """What stands in a file, and in those that it names."""
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    try:
        yield hashlib.sha256(path.read_bytes()).hexdigest()
        found = load_yaml(path).data if deep and path.suffix in (".yaml", ".yml") else None
    except (OSError, UsageError) as error:
        yield f"{path}: {error}"
        return
    for text in _texts(found):
        for named in _named(text, path.resolve().parent):
            yield from _whole(named, seen, deep - 1)


def _texts(value: object) -> Iterator[str]:
    """All texts of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
