"""Which mutants: all of them, the seeded sample, those that somebody thought of."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tools.mutation.operators import Mutant, mutants_of

HOME = Path(__file__).resolve().parents[2]
SOURCES = ("results", "renhai/load/measure")
HAND = Path(__file__).with_name("by_hand.txt")


def source_files() -> list[str]:
    found = [path for top in SOURCES for path in sorted((HOME / top).rglob("*.py"))]
    return [str(path.relative_to(HOME)) for path in found if "runs" not in path.parts]


def all_mutants() -> list[Mutant]:
    return [mutant for file in source_files() for mutant in mutants_of(HOME / file, HOME)]


def by_hand() -> list[tuple[str, str, str]]:
    """(file, code, mutant): mistakes that somebody thought of; a line each, parted by `|`."""
    lines = HAND.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("|")) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def sample(seed: int, count: int, of: Iterable[Mutant] | None = None) -> list[Mutant]:
    """Of each file in proportion to its mutants; a smaller count is the beginning of a larger one.

    Within a file by a hash of what a mutant is called and the seed, so that a change of one function draws no
    others elsewhere. The mutant on rank r of n in its file stands at (r + u) / n, u from a hash of the file.
    """
    by_file: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in all_mutants() if of is None else of:
        by_file[mutant.file].append(mutant)
    standing = []
    for file, mutants in by_file.items():
        mutants.sort(key=lambda mutant: _drawn(seed, mutant.key))
        first = _drawn(seed, file)
        standing += [((rank + first) / len(mutants), mutant) for rank, mutant in enumerate(mutants)]
    standing.sort(key=lambda pair: (pair[0], pair[1].key))
    return [mutant for _, mutant in standing[:count]]


def _drawn(seed: int, text: str) -> float:
    """In 0..1, the same for the same seed and text."""
    digest = hashlib.sha256(f"{seed}|{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def fingerprint() -> str:
    """Of every source and test that could change what becomes of a mutant."""
    whole = hashlib.sha256()
    tops = ("results", "renhai", "tests/results", "tests/load", "tests/run")
    paths = [path for top in tops for path in sorted((HOME / top).rglob("*"))]
    for path in [*paths, HOME / "tests/conftest.py", HOME / "tests/retries.py", HOME / "tests/snapshots.py"]:
        if path.suffix in (".py", ".yaml", ".j2", ".js", ".css", ".json") and "runs" not in path.parts:
            whole.update(str(path.relative_to(HOME)).encode() + path.read_bytes())
    return whole.hexdigest()[:16]
