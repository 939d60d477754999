"""Twins of a made day: the same is entered for both, and what tells them apart is said."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from generators.taxpayers.population import Population
from renhai.binding.codec import Reply
from renhai.checks.journal.day import Seats, entries
from renhai.checks.journal.twins import Twins
from renhai.spec.cutover.journal.entry import Entry
from renhai.spec.journeys.cases import TaxpayerPool
from renhai.spec.journeys.registry import Journey, SentStep, Steps
from renhai.spec.workload.common import ThinkTime

PEOPLE = Population(7, "gt3_2015")
SEATS = [Seats("", "hall", 2, ((9 * 3600.0, 17 * 3600.0),), {"file": 1.0}, ThinkTime(fixed="60s"))]


def walk(pool: TaxpayerPool) -> Steps:
    """Registers, and files with the number that the registration gave."""
    with pool.case() as case:
        who = case.taxpayer
        reply = yield "registration.save", {"djxh": who.djxh, "nsrmc": who.name, "dz": who.address}
        reply = yield (
            "declaration.submit",
            {"djxh": who.djxh, "of": reply.data["number"], "rows": [{"je": 5}]},
        )
        return reply.ok


class System:
    """Issues numbers; refuses whom it is told to."""

    def __init__(self, refused: str = "") -> None:
        self.refused, self.issued = refused, 10_000_000

    def ask(self, operation: str, fields: Any) -> Reply:
        if operation == "declaration.submit" and fields["djxh"] == self.refused:
            return Reply("rejected", {}, "7", "no")
        self.issued += 1
        return Reply("ok", {"number": str(self.issued)}, "0", "")


def day(twins: Twins, system: System, wanted: int = 20) -> dict[str, list[Entry]]:
    journey = Journey("file", (SentStep("registration.save"), SentStep("declaration.submit")), walk=walk)
    made = list(entries(SEATS, {"file": journey}, system, PEOPLE, 1000, 7, "2015-09-11", wanted, twins))
    assert [one.id for one in made] == [f"{n:07d}" for n in range(1, len(made) + 1)]
    assert len(made) == wanted
    assert [one.at for one in made] == sorted(one.at for one in made)
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in made:
        found[entry.taxpayer].append(entry)
    return found


def test_the_first_taxpayers_have_a_twin_for_whom_the_same_is_entered() -> None:
    twins = Twins(PEOPLE, 1000, 2)
    found = day(twins, System())
    assert len(twins.pairs) == 2
    assert twins.apart == {"djxh", "nsrmc", "of"}
    for one, other in twins.pairs:
        a, b = found[one], found[other]
        assert [entry.operation for entry in a] == [entry.operation for entry in b] != []
        assert a[0].fields["dz"] == b[0].fields["dz"], "only who they are is another"
        assert (a[0].fields["djxh"], b[0].fields["djxh"]) == (one, other)
        assert a[0].fields["nsrmc"] != b[0].fields["nsrmc"]
        assert [(entry.at, entry.operator) for entry in a] == [(entry.at, entry.operator) for entry in b]
    files = [entry for rows in found.values() for entry in rows if entry.operation == "declaration.submit"]
    numbers = {entry.taxpayer: entry.answer["number"] for rows in found.values() for entry in rows
               if entry.operation == "registration.save"}  # fmt: skip
    assert all(entry.fields["of"] == numbers[entry.taxpayer] for entry in files), "each its own number"
    first, _, last = twins.told()
    assert (first, last) == ("noise:", "  apart: [nsrmc, of]")


def test_nobody_is_a_twin_where_none_is_wanted_and_the_last_place_is_kept() -> None:
    assert list(Twins(PEOPLE, 1000, 0).told()) == []
    without = day(Twins(PEOPLE, 1000, 0), System())
    assert all(len(rows) <= 2 for rows in without.values())
    day(Twins(PEOPLE, 1000, 50), System(), wanted=7)


def test_who_is_answered_otherwise_is_a_twin_no_longer() -> None:
    first = Twins(PEOPLE, 1000, 1)
    day(first, System())
    ((_, other),) = first.pairs
    twins = Twins(PEOPLE, 1000, 1)
    found = day(twins, System(refused=other))
    assert [entry.outcome for entry in found[other]] == ["ok", "rejected"]
    ((one, _),) = twins.pairs
    assert twins.of(PEOPLE.taxpayer(0)._replace(djxh=one), one) is None


def test_who_was_seen_before_never_becomes_one() -> None:
    """Somebody else's step about a taxpayer came first: what was entered then has no twin."""
    twins, who = Twins(PEOPLE, 1000, 1), PEOPLE.taxpayer(3)
    assert twins.of(PEOPLE.taxpayer(4), who.djxh) is None
    assert twins.of(who, who.djxh) is None
    other = PEOPLE.taxpayer(5)
    assert twins.of(other, other.djxh) is not None
