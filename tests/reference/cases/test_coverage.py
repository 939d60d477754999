"""Thirteen domains: nothing is missing for any of them, and what is counted can be done."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generators.case_domains import case_domains
from generators.taxpayers.population import Population
from renhai.binding.codec import Reply
from renhai.binding.loader import load_binding
from renhai.checks.journal.day import Seats, entries
from renhai.cli.commands.coverage import CELLS, coverage, rows
from renhai.reference.cases.loading import load
from renhai.reference.operations.catalogue import operations
from renhai.spec.cutover.journal.domains import NAMES
from renhai.spec.journey_catalog import journeys
from renhai.spec.workload.common import ThinkTime
from tests.reference.cases.driving import UNIT, Hall
from tests.reference.cases.test_journeys import BEFORE
from tests.reference.office import Office

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"
NO_PUBLIC_ID = {"10", "11", "13"}


def test_every_cell_of_every_domain_is_there_but_ids_that_are_not_public() -> None:
    empty = {(domain.number, cell) for domain, found in coverage() for cell in CELLS if not found[cell]}
    assert empty == {(number, "bus") for number in NO_PUBLIC_ID}
    assert [name.partition(" ")[0] for name, _ in rows()] == [f"{n:02}" for n in range(1, 14)]


def test_what_the_reference_cell_counts_is_what_the_reference_system_has() -> None:
    served = {operation.name for operation in operations()}
    for domain, found in coverage():
        items = load()[domain.number].items
        assert set(items) == {name for name in found["reference"] if name in items}
        assert {name for name in found["reference"] if name not in items} <= served


def test_a_domain_without_a_journey_would_show_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    from renhai.cli.commands import coverage as page

    monkeypatch.setattr(page, "journeys", lambda: {})
    assert all("journey –" in about and "replay –" in about for _, about in page.rows())


def test_every_write_of_cases_and_vouchers_is_audited_or_says_why_not() -> None:
    binding = load_binding("reference")[0]
    kept = [name for name, one in binding.operations.items() if one.receipt]
    mine = {name for name in kept if name.partition(".")[0] in ("case", "export", "voucher", "accounting")}
    assert mine
    assert {name for name in mine if name not in binding.audit} == set()
    assert {name for name in mine if binding.audit[name].ignored} == {"case.take", "export.feedback"}


WITHOUT = {
    "generator": {"case_domains": dict, "document_files": list, "_blocks": lambda domain: []},
    "journey": {"journeys": dict},
    "reference": {"_spoken": lambda domain, binding: []},
    "bus": {"_spoken": lambda domain, binding: []},
    "audit": {"_audited": lambda domain, binding: [], "_applies": lambda domain: []},
    "replay": {"journeys": dict},
}


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_is_empty_once_what_it_counts_is_taken_away(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from renhai.cli.commands import coverage as page

    bare = [page.Domain(one.number, one.title, {}, one.prefixes) for one in page.domains()]
    for name, nothing in WITHOUT[cell].items():
        monkeypatch.setattr(page, name, nothing)
    if cell in ("reference", "bus"):
        monkeypatch.setattr(page, "domains", lambda: bare)
    assert {domain.number for domain, found in page.coverage() if found[cell]} == set()


@pytest.mark.parametrize("number", sorted(load()))
def test_every_journey_that_is_counted_for_a_domain_does_its_work(number: str) -> None:
    (found,) = (cells for domain, cells in coverage() if domain.number == number)
    assert set(found["replay"]) == set(found["journey"])
    for name in found["journey"]:
        hall = Hall(Office(), journeys(), taxpayers=8)
        for before in BEFORE.get(name, ()):
            assert hall.do(before)
        assert hall.do(name), (name, hall.refused)
        assert hall.refused == []
        assert name == "export.poll" or sum(hall.sent.values()) > 0, name  # which has nothing to ask for yet


def test_every_id_that_is_counted_for_a_domain_is_answered_on_the_bus() -> None:
    served = {item.name for item in operations() if item.services}
    bus = load_binding("golden_tax_esb")[0]
    for domain, found in coverage():
        items = load()[domain.number].items
        for name in found["bus"]:
            if name in items:
                assert items[name].public or f"case.{name}" in served
            else:
                assert name in served & set(bus.operations)


def test_every_write_that_is_counted_as_audited_has_a_list_that_is_served() -> None:
    served, rules = {item.name for item in operations()}, load_binding("reference")[0].audit
    for _, found in coverage():
        for name in found["audit"]:
            lists = rules[name].list_ or rules[name].changes
            assert lists in served, name


class Asker:
    """Answers a journal's questions by the reference system in this process."""

    def __init__(self) -> None:
        self.office = Office()

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        answer = self.office.call(operation, dict(fields))
        return Reply("ok" if answer.ok else "rejected", answer.data, answer.code, answer.reason)


def test_a_journal_of_a_day_can_be_made_of_each_domain() -> None:
    names = sorted({name for domain, found in coverage() for name in found["replay"]})
    think = ThinkTime.model_validate({"fixed": "60s"})
    seats = [Seats(UNIT, "desk", 1, ((32400.0, 61200.0),), {name: 1.0}, think) for name in names]
    people = Population(7, "gt3_2015")
    made = list(entries(seats, journeys(), Asker(), people, 4000, 1, "2015-09-11", 500))
    begun = {entry.domain for entry in made}
    assert begun == set(NAMES.values())
    assert {entry.operation for entry in made if entry.outcome != "ok"} == set()


def test_a_block_of_vouchers_is_accounted_for_by_a_keeper_and_a_user() -> None:
    hall = Hall(Office(), journeys())
    for _ in range(3):
        assert hall.do("voucher.day")
    assert hall.refused == []
    assert (hall.sent["voucher.use"], hall.sent["voucher.void"], hall.sent["voucher.destroy"]) == (24, 6, 3)


@pytest.mark.parametrize("file", ["cases.yaml", "bureaux/county.yaml"])
def test_somebody_works_each_list_that_the_cases_of_a_shipped_scenario_come_to(file: str) -> None:
    """An item whose name a domain's file has may be applied for."""
    items = [item for domain in load().values() for item in domain.items.values()]
    posts = yaml.safe_load((SCENARIOS / file).read_text(encoding="utf-8"))["posts"].values()
    named = {name for post in posts for name in post["journeys"]}
    reached = set()
    for name in named & {f"apply.{name}" for name in case_domains()}:
        choosing = case_domains()[name.removeprefix("apply.")].next_case
        text = Path(str(inspect.getsourcefile(inspect.unwrap(choosing)))).read_text(encoding="utf-8")
        reached |= {step.post for item in items if f'"{item.name}"' in text for step in item.route}
    assert reached
    assert {f"work.{post.replace('-', '_')}" for post in reached} <= named
