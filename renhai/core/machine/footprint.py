"""How much an installation of renhai brings: packages, and megabytes as `du` counts them in site-packages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from renhai.core.extras import EXTRAS

NOT_OURS = {"pip", "setuptools"}  # what an environment has by itself
BLOCK = 512  # bytes of a unit of st_blocks


class Footprint(NamedTuple):
    """packages: renhai and all that it needs, without NOT_OURS. megabytes: of 2**20 bytes, with bytecode.

    uncompiled: source files without bytecode; for each, as much again is counted as the source takes.
    """

    packages: int
    megabytes: float
    uncompiled: int

    def __str__(self) -> str:
        return f"{self.packages} packages, {self.megabytes:.0f} MB"


def footprint(extras: Iterable[str] = ()) -> Footprint:
    """Of renhai with these extras, in the environment that this Python runs in.

    Raises PackageNotFoundError when renhai, or something that it needs, is not installed.
    """
    found = [_disk_use(name) for name in sorted(needs("renhai", extras) - NOT_OURS)]
    size, uncompiled = (sum(numbers) for numbers in zip(*found, strict=True))
    return Footprint(len(found), size / 2**20, uncompiled)


def size_of(package: str) -> int:
    """What an installed package takes on the disk, in bytes, with bytecode. Raises PackageNotFoundError."""
    return _disk_use(package)[0]


def installed_extras() -> list[str]:
    """The extras for users of which everything is there."""
    declared = set(metadata.metadata("renhai").get_all("Provides-Extra") or ())
    return [extra for extra in sorted(declared & set(EXTRAS.values())) if _whole(extra)]


def _whole(extra: str) -> bool:
    try:
        for name in needs("renhai", [extra]):
            metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def needs(package: str, extras: Iterable[str] = ()) -> set[str]:
    """The normal names of a package and of all that it needs on this Python. Raises PackageNotFoundError."""
    asked = [(package, extra) for extra in ("", *extras)]
    seen = set(asked)
    while asked:
        name, extra = asked.pop()
        for text in metadata.requires(name) or ():
            need = Requirement(text)
            if need.marker and not need.marker.evaluate({"extra": extra}):
                continue
            further = {(canonicalize_name(need.name), wanted) for wanted in ("", *need.extras)} - seen
            seen |= further
            asked += further
    return {name for name, _ in seen}


@cache
def _disk_use(package: str) -> tuple[int, int]:
    """(bytes on disk of its files, bytecode and folders; source files without bytecode).

    What it puts outside site-packages (scripts) is not counted. Raises PackageNotFoundError.
    """
    found = metadata.distribution(package)
    sizes: dict[str, int] = {}
    uncompiled = 0
    for name in found.files or ():
        path = str(found.locate_file(name))
        if name.parts[0] == ".." or not _measure(path, sizes):
            continue
        for parent in name.parents[:-1]:
            _measure(str(found.locate_file(parent)), sizes)
        if path.endswith(".py"):
            compiled = cache_from_source(path)
            if _measure(compiled, sizes):
                _measure(str(Path(compiled).parent), sizes)
            else:
                uncompiled += 1
                sizes[compiled] = sizes[path]
    return sum(sizes.values()), uncompiled


def _measure(path: str, sizes: dict[str, int]) -> bool:
    """Note what a file or folder takes on the disk; False when it is not there."""
    if path not in sizes:
        try:
            told = Path(path).stat()
        except OSError:
            return False
        sizes[path] = getattr(told, "st_blocks", -(-told.st_size // BLOCK)) * BLOCK
    return True
