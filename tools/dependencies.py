"""What each direct dependency of renhai brings: `python -m tools.dependencies`, with all extras installed.

For each: its extra, its licence by its own metadata, its size, and how many packages and MB would go with it,
because nothing else needs them. Sizes are those of renhai/core/machine/footprint.py.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from renhai.core.extras import EXTRAS
from renhai.core.machine.footprint import NOT_OURS, needs, size_of


def direct() -> dict[str, str]:
    """Normal name of each direct dependency on this Python, to its extra ("" for the core)."""
    found: dict[str, str] = {}
    for text in metadata.requires("renhai") or ():
        need = Requirement(text)
        for extra in ("", *sorted(set(EXTRAS.values()))):
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                found.setdefault(canonicalize_name(need.name), extra)
    return found


def licence(name: str) -> str:
    """As the package's metadata says it: an expression, else its classifiers, else the text's first line."""
    told = metadata.metadata(name)
    if expression := told.get("License-Expression"):
        return expression
    classified = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if "License ::" in line
    ]
    return ", ".join(classified) or (told.get("License") or "not said").splitlines()[0]


def alone(name: str, names: dict[str, str]) -> set[str]:
    """What would go with this dependency: it, and what no other one needs."""
    others = [_needs_of(other) for other in names if other != name]
    return set(_needs_of(name)) - set().union(*others) - NOT_OURS


@cache
def _needs_of(name: str) -> frozenset[str]:
    return frozenset(needs(name, _extras_of(name)))


def _extras_of(name: str) -> set[str]:
    needed = (Requirement(text) for text in metadata.requires("renhai") or ())
    return {extra for need in needed if canonicalize_name(need.name) == name for extra in need.extras}


def main() -> None:
    """Print the table."""
    names = direct()
    print(f"{'package':18}{'extra':10}{'MB':>6}{'goes with it':>22}  licence")
    for name, extra in sorted(names.items(), key=lambda item: (item[1], item[0])):
        going = alone(name, names)
        size, whole = (sum(map(size_of, group)) / 2**20 for group in ({name}, going))
        print(f"{name:18}{extra:10}{size:6.1f}{len(going):9} with {whole:5.1f} MB  {licence(name)}")


if __name__ == "__main__":
    main()
