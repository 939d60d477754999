"""Rows that operators keep for good: has each of them one of his own?"""

from __future__ import annotations

from collections.abc import Iterator

from renhai.core.errors import Problem, UsageError
from renhai.plan.model import ClosedLoad
from renhai.spec.journeys.written import uses
from renhai.spec.journeys.written.data import read_table
from renhai.spec.loader import LoadedScenario


def check_rows(loaded: LoadedScenario, load: ClosedLoad) -> None:
    """Raises UsageError where operators would share the rows of a file with `each: operator`, and nobody has
    said that they may: two that sign in by one account are one to the target."""
    problems = [*_shared(loaded, load)]
    if problems:
        raise UsageError(problems)


def _shared(loaded: LoadedScenario, load: ClosedLoad) -> Iterator[Problem]:
    for name, said in loaded.scenario.data.files.items():
        if said.each != "operator" or said.at_end is not None or said.end != "again":
            continue
        rows = len(read_table(loaded.path.resolve().parent / said.file).rows)
        given = journeys_with(loaded, name)
        operators = sum(
            group.count for group in load.operators if given & set(loaded.posts[group.post].journeys)
        )
        if operators > rows:
            why = (
                f"has {rows:,} rows in {said.file} for {operators:,} operators, so that some would share "
                "one; add rows, or write at_end: again where they may"
            )
            yield Problem(loaded.file.where(("data", name)), f"data.{name}", why)


def journeys_with(loaded: LoadedScenario, name: str) -> set[str]:
    """Journeys whose operators are given a row of this file: their own steps or what they send reads it."""
    binding, written = loaded.binding, loaded.scenario.journeys
    asked = {key for key, operation in binding.operations.items() if uses.asks(operation, name)}
    signs_in = binding.auth is not None and (
        uses.asks(binding.auth, name) or not asked.isdisjoint(binding.auth.operations)
    )
    if signs_in or uses.asks(binding.defaults, name):
        return set(loaded.journeys)
    return {
        key
        for key, journey in loaded.journeys.items()
        if not asked.isdisjoint(journey.operations) or (not journey.file and uses.reads(written[key], name))
    }
