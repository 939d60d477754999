"""What a stage asks, as a digest: its commands, and what stands in the files that they name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from renhai.core.errors import UsageError
from renhai.spec.loader import find_scenario
from renhai.spec.programme.model import Programme, ProgrammeStage

MOST_FILES = 10_000  # of a folder


def asks(programme: Programme, stage: ProgrammeStage, here: Path) -> str:
    """Changes when a command, a file that it names, or its scenario does; not what is made in {out}."""
    parts = [json.dumps([*stage.lines, stage.problems, _systems(programme, stage)])]
    for words in stage.lines:
        for word in words[1:]:
            parts += _content(word.replace("{here}", str(here)), stage.command[0] == "verify")
    if stage.command[0] == "run":
        parts += _scenario(stage.command)
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


def _scenario(command: tuple[str, ...]) -> Iterator[str]:
    for word in command[1:]:
        if not word.startswith("-"):
            try:
                yield find_scenario(word).read_text(encoding="utf-8", errors="replace")
            except (UsageError, OSError):
                yield "none"
            return
