"""`--others-than DIR`: taxpayers whom no earlier run below a directory had, at a target that keeps its data.

What a taxpayer, an invoice or a voucher is known by goes by the number in the population alone (djxh ends in
it), so other taxpayers are those of other numbers; another seed gives the same numbers to other people, which
such a target refuses. What earlier runs may have served stands in their manifests, which are on the disk
before their load begins. Ranges are kept apart whatever the URL: a system may answer on another port today.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from renhai.core.errors import Problem, UsageError
from renhai.core.language import say
from renhai.plan.model import Taxpayers
from renhai.plan.search import may_serve, number_after
from renhai.run.process import directory as rundir
from renhai.run.process import manifest
from renhai.run.single import PreparedRun
from renhai.spec.loader import LoadedScenario
from renhai.spec.scenario import POPULATION, REGISTER

OPTION = "--others-than"
FIRST = "data.first"


class Taken(NamedTuple):
    """end: the number after those of all earlier runs; newcomers: of a day, so many who registered on it."""

    end: int = 0
    newcomers: int = 0
    profiles: frozenset[str] = frozenset()


def others(
    prepared: PreparedRun, assignments: Sequence[str], option: Path | None, out: Path | None
) -> tuple[str, ...]:
    """What `--set` would say for taxpayers other than those of runs below `option` and `out`.

    Nothing where the run starts its target itself, says `data.first`, or means who was there to come again.
    Raises UsageError for a directory that is not there, and where too few are left.
    """
    if option is None:
        return ()
    own = rundir.place_of(out)
    if not option.is_dir() and option.absolute() != own.absolute():
        raise UsageError(Problem(OPTION, str(option), "is no directory; give one that has earlier runs"))
    data = prepared.scenario.data
    loaded = prepared.loaded
    if not (prepared.url and manifest.serves(loaded)) or _says_first(assignments) or _come_again(loaded):
        return ()
    taken = taken_below((option, own))
    if data.registered:
        return _newcomers(data, taken)
    first = max(data.first, number_after(taken.end, data, taken.profiles))
    _check_left(prepared, first, option)
    return (f"{FIRST}={first}",) if first > data.first else ()


def told(assignments: Sequence[str]) -> Iterator[str]:
    """A sentence on each."""
    for name, _, value in (one.partition("=") for one in assignments):
        number = int(value)
        if name == FIRST:
            yield say(f"taxpayers from number {number:,} on: earlier runs had those before")
        else:
            yield say(f"newcomers from number {number:,} on: earlier runs had those before")


def taken_below(places: Sequence[Path]) -> Taken:
    """What runs at targets that keep their data may have served. What is no run's manifest is passed over: it
    is whole before any load begins."""
    end, newcomers, profiles = 0, 0, set[str]()
    for folder, known in _manifests(places):
        took = known.get("taxpayers")
        target = known.get("target")
        if not isinstance(took, dict) or not isinstance(target, dict) or target.get("embedded"):
            continue
        numbers = [one for name in ("first", "end", "newcomers") if type(one := took.get(name)) is int]
        if len(numbers) < 3:
            continue
        first, last, came = numbers
        end = max(end, last + _late(folder) * (last - first))
        newcomers = max(newcomers, came)
        profiles.add(str(took.get("profile")))
    return Taken(end, newcomers, frozenset(profiles))


def _manifests(places: Sequence[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for place in places:
        for folder, _, files in os.walk(place):
            if manifest.NAME in files:
                known = manifest.kept(Path(folder))
                if known is not None:
                    yield Path(folder), known


def _late(folder: Path) -> int:
    """How many workers joined a run late, each of whom served as many taxpayers again."""
    try:
        measured = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
        return int(measured["generator"]["workers_late"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0


def _says_first(assignments: Sequence[str]) -> bool:
    return any(one.partition("=")[0].strip() == FIRST for one in assignments)


def _come_again(loaded: LoadedScenario) -> bool:
    """All that only a new taxpayer needs is optional: the scenario says that it may know them."""
    new = {step.operation for one in loaded.journeys.values() for step in one.steps if step.new}
    globs = loaded.scenario.optional
    return bool(new) and all(any(fnmatchcase(name, glob) for glob in globs) for name in new)


def _newcomers(data: Taxpayers, taken: Taken) -> tuple[str, ...]:
    """The target was loaded with the taxpayers, who stay; who registers is another."""
    came = taken.newcomers if data.day else taken.end - data.first - data.taxpayers
    return (f"data.first_newcomer={came}",) if came > data.first_newcomer else ()


def _check_left(prepared: PreparedRun, first: int, option: Path) -> None:
    data = prepared.scenario.data
    moved = data.model_copy(update={"first": first})
    end = may_serve(prepared.scenario.model_copy(update={"data": moved})).end
    space = REGISTER if data.day else POPULATION
    if end > space:
        why = (
            f"has runs that had {first:,} taxpayers, and there are {space:,}; lower data.taxpayers, or begin "
            "anew at an empty target with data.first=0"
        )
        raise UsageError(Problem(OPTION, str(option), why))
