"""The code of the documents: fenced blocks with their info strings, and code within sentences."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".venv", ".git", "node_modules", "runs", ".pytest_cache"}
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```[ ]*$", re.MULTILINE | re.DOTALL
)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """A fenced block: `language` and `kind` are the words of its info string (one is not shown)."""

    place: str  # file:line
    language: str
    kind: str
    text: str

    @property
    def file(self) -> str:
        return self.place.partition(":")[0]


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    found: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED]
        found += [Path(folder, name) for name in files if name.endswith(".md")]
    return sorted(found)


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name


def blocks(file: Path) -> list[Block]:
    text = file.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        language, _, kind = match["info"].strip().partition(" ")
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(f"{name_of(file)}:{line}", language, kind.strip(), match["text"]))
    return found


def indented(file: Path) -> list[str]:
    """Code blocks by indentation alone (after an empty line, in no list): they say no language."""
    lines = ["", *FENCE.sub("", file.read_text(encoding="utf-8")).splitlines()]
    listed, found = False, []
    for before, line in pairwise(lines):
        if line and not line.startswith(" "):
            listed = bool(re.match(r"[-*] |\d+\. ", line))
        if not listed and not before.strip() and line.startswith("    "):
            found.append(line.strip())
    return found


def spans(file: Path) -> list[tuple[str, str]]:
    """(place, text) of code within sentences, on one line each."""
    text = file.read_text(encoding="utf-8")
    prose = FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    return [
        (f"{name_of(file)}:{prose.count(chr(10), 0, match.start()) + 1}", " ".join(match[1].split()))
        for match in SPAN.finditer(prose)
    ]
