"""`renhai journal make`: the reference system started, a day worked through at it, the journal written."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from generators.taxpayers.population import Population
from renhai.binding.loader import load_binding, normalise
from renhai.checks.audit.client import AuditClient
from renhai.checks.journal.day import entries, seats_of
from renhai.checks.journal.twins import Twins
from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.private_files import owner_only
from renhai.core.process.child_process import child_environment
from renhai.core.process.embedded_target import EmbeddedTarget
from renhai.core.process.interrupts import Interrupts
from renhai.safety import addresses
from renhai.spec.cutover.journal.entry import JournalWriter
from renhai.spec.journeys.cases import Further
from renhai.spec.loader import LoadedScenario, load_scenario

TARGET = "reference"
DAY = "2015-09-11"
NOTED = 5000


@dataclass(frozen=True)
class Wanted:
    """What is to be made. day: yyyy-mm-dd; seed None: the scenario's; twins: taxpayers who have one."""

    scenario: str
    out: Path
    transactions: int
    day: str = DAY
    seed: int | None = None
    assignments: tuple[str, ...] = ()
    twins: int = 0


class Made(NamedTuple):
    """How many transactions were written, and the lines of a rules file that say who twins are."""

    transactions: int
    rules: list[str]


def make(wanted: Wanted, note: Callable[[str], object]) -> Made:
    """Writes the journal. Raises UsageError, InvalidRun; the file is there whole, or not."""
    loaded = scenario_of(wanted)
    partial = wanted.out.with_name(f".{wanted.out.name}.{os.getpid()}.partial")
    try:
        with Interrupts() as interrupts, EmbeddedTarget(interrupts, day=wanted.day) as target:
            made = _write(partial, loaded, wanted, target.url, interrupts, note)
        partial.replace(wanted.out)
    except OSError as error:
        raise UsageError(f"{wanted.out} cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return made


def scenario_of(wanted: Wanted) -> LoadedScenario:
    """Whose day it is. Raises UsageError for what no journal can be made of."""
    _check_day(wanted.day)
    loaded = load_scenario(wanted.scenario, wanted.assignments, begins=False)
    if loaded.scenario.load.arrivals is not None or not seats_of(loaded):
        where = loaded.file.where(("load",))
        raise UsageError(Problem(where, "load", "has no operators; a journal is made of their day"))
    return loaded


def _check_day(day: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError:
        raise UsageError(f"--day {day} is not a date yyyy-mm-dd") from None


def _write(
    path: Path,
    loaded: LoadedScenario,
    wanted: Wanted,
    url: str,
    interrupts: Interrupts,
    note: Callable[[str], object],
) -> Made:
    binding, _, file = load_binding(TARGET)
    place = addresses.resolve(url, binding, TARGET)[0]
    client = AuditClient(normalise(binding, file), url, place, child_environment(), None)
    data = loaded.scenario.data
    seed = data.seed if wanted.seed is None else wanted.seed
    people = Further(Population(seed, data.profile).taxpayer, data.first)
    twins = Twins(people, data.taxpayers, wanted.twins)
    made = entries(
        seats_of(loaded),
        loaded.journeys,
        client,
        people,
        data.taxpayers,
        seed,
        wanted.day,
        wanted.transactions,
        twins,
    )
    with open(path, "wb", opener=owner_only) as out:
        writer = JournalWriter(out, loaded.scenario.name, wanted.day, seed=seed)
        for entry in made:
            if interrupts.count:
                raise InvalidRun("interrupted; no journal was written")
            writer.write(entry)
            if writer.count % NOTED == 0:
                note(f"{writer.count:,} of {wanted.transactions:,} transactions")
        writer.end()
    if writer.count < wanted.transactions:
        why = f"gives {writer.count:,} transactions, {wanted.transactions:,} are wanted"
        raise UsageError(f"the day of {loaded.scenario.name} {why}; more seats, hours or data.taxpayers")
    if len(twins.pairs) < wanted.twins:
        why = f"has {len(twins.pairs)} taxpayers that begin on it, {wanted.twins} twins are wanted"
        raise UsageError(f"the day of {loaded.scenario.name} {why}; fewer --twins, or more --transactions")
    return Made(writer.count, list(twins.told()))
