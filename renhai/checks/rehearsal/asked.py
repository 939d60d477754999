"""What a stage asks, as a digest: its commands, and what stands in the files that they name.

Scenarios and targets are named without a folder, and name further files: the target, a bureau, posts, tables.
All of them are part of the question: evidence of another target answers another question.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from renhai.core import home
from renhai.core.errors import UsageError
from renhai.core.yaml_lines import load_yaml
from renhai.spec.cutover.programme.model import Programme, ProgrammeStage

MOST_BYTES = 64 << 20  # of a file that is named in another one: a larger one goes by its size and time
DEEP = 4  # a scenario names a target, which names a form
SUFFIXES = (".yaml", ".yml", ".csv", ".py")
WITH_POSTS = ("run", "duel", "journal")  # commands of scenarios, which may have the standard posts
LONGEST = 200  # characters of a name of a file


def asks(programme: Programme, stage: ProgrammeStage, here: Path) -> str:
    """Changes when a command, a file that it names, or its scenario does; not what is made in {out}."""
    parts = [json.dumps([*stage.lines, stage.problems, _systems(programme, stage)])]
    if any(words[0] in WITH_POSTS for words in stage.lines):
        parts += _whole(home.scenarios() / "posts" / "standard.yaml", set(), 0)
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
            for one in sorted(path.rglob("*")):
                found = one.stat()
                yield f"{one.relative_to(path)} {found.st_size} {found.st_mtime_ns}"
    except OSError as error:
        yield f"{path}: {error.strerror}"


def _named(name: str, folder: Path) -> Iterator[Path]:
    """The files of YAML that a name may stand for: beside the file that names it, or at home."""
    if not 0 < len(name) <= LONGEST or not name.isprintable() or "{" in name or "://" in name:
        return
    beside = str(folder)
    for place in (beside, *_places()):  # by texts, as a programme's files name thousands of things
        for path in (os.path.join(place, name), os.path.join(place, f"{name}.yaml")):  # noqa: PTH118
            # beside the file that names it a list may be called anything
            if (place == beside or path.endswith(SUFFIXES)) and os.path.isfile(path):  # noqa: PTH113
                yield Path(path)


@functools.cache
def _places() -> tuple[str, ...]:
    root = home.scenarios()
    found = [root, *home.target_places(), root / "bureaux", root / "forms"]
    return tuple(map(str, found))


def _whole(path: Path, seen: set[Path], deep: int) -> Iterator[str]:
    """What stands in a file, and in those that it names."""
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    try:
        digest = _digest(path)
        yield digest
        texts = _texts_of(path, digest) if deep and path.suffix in (".yaml", ".yml") else ()
    except (OSError, UsageError) as error:
        yield f"{path}: {error}"
        return
    for text in texts:
        for named in _named(text, path.resolve().parent):
            yield from _whole(named, seen, deep - 1)


def _digest(path: Path) -> str:
    """Raises OSError."""
    known = path.stat()
    if known.st_size > MOST_BYTES:
        return f"{path.name} {known.st_size} {known.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


@functools.lru_cache(maxsize=256)
def _texts_of(path: Path, digest: str) -> tuple[str, ...]:
    """All texts of a file of YAML with that content, once each. Raises OSError, UsageError."""
    return tuple(dict.fromkeys(_texts(load_yaml(path).data)))


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
