"""Journeys of stamp tax and insurance at the reference system: a year of them, and targets that lose some."""

from __future__ import annotations

import pytest

from generators.documents.returns.insurance import files_insurance
from generators.documents.returns.stamp_tax import files_stamp_tax
from generators.documents.returns.statements import files_statements
from generators.taxpayers.population import Population
from renhai.spec.journey_catalog import journeys
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from tests.reference.office import Office
from tests.reference.test_paid_by_books import EMPTY, Lying, hall_of

JOURNEYS = ("stamp_tax.file", "stamp_tax.correct", "insurance.file")


def hall(day: str, count: int = 25) -> Lying:
    people = [
        t
        for t in Population(7, day).taxpayers(3_000, 30 * count)
        if files_stamp_tax(t) and files_insurance(t)
    ]
    return hall_of(people[:count], today=day if day[:1] == "2" else None)


@pytest.mark.parametrize("journey", JOURNEYS)
def test_four_periods_are_filed_and_paid_in_full(journey: str) -> None:
    there = hall("current")
    outcomes = [there.do(journey) for _ in range(100)]
    assert there.refused == [] and all(outcomes)
    item = "10210" if journey == "insurance.file" else "10111"
    rows = there.office.database.execute("SELECT zsxmDm, ybtse, outstanding FROM dues").fetchall()
    assert {(of, left) for of, _, left in rows} == {(item, 0)}
    (voided,) = there.office.database.execute("SELECT count(*) FROM declarations WHERE voided").fetchone()
    assert voided == (100 if journey == "stamp_tax.correct" else 0)
    assert there.sent["collection.pay"] == len(rows) >= 90  # as `maybe 90%` of the journeys says


def test_the_last_day_of_a_quarter_is_paid_on_that_day() -> None:
    there = hall("2025-10-27")
    for journey in ("stamp_tax.file", "insurance.file") * 25:
        assert there.do(journey), there.refused
    days = there.office.database.execute("SELECT DISTINCT jkrq, znj FROM payments").fetchall()
    assert [tuple(row) for row in days] == [("2025-10-27", 0)]
    periods = there.office.database.execute(
        "SELECT DISTINCT yzpzzlDm, skssqq, skssqz FROM declarations"
    ).fetchall()
    assert sorted(map(tuple, periods)) == [
        ("BDA0611046", "2025-09-01", "2025-09-30"), ("BDA0611159", "2025-07-01", "2025-09-30"),
    ]  # fmt: skip


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_target_that_forgets_what_is_due_is_not_believed(journey: str) -> None:
    there = hall("current", 10)
    there.after["declaration.submit"] = lambda office: office.database.execute(EMPTY)
    outcomes = [there.do(journey) for _ in range(10)]
    asked = there.office.database.execute(
        "SELECT count(*) FROM declarations WHERE ybtse > 0 AND voided = 0"
    ).fetchone()[0]
    assert outcomes.count(False) == asked > 5


def test_a_target_that_books_too_little_is_not_believed() -> None:
    there = hall("current", 10)
    short = "UPDATE dues SET outstanding = 1 WHERE outstanding = 0"
    there.after["collection.pay"] = lambda office: office.database.execute(short)
    outcomes = [there.do("insurance.file") for _ in range(10)]
    assert outcomes.count(False) == there.sent["collection.pay"] == 10


@pytest.mark.parametrize("journey", ["cit.file", "cit.correct", "statements.quarter"])
@pytest.mark.parametrize(
    "lie", [EMPTY, "UPDATE dues SET outstanding = outstanding + 1"], ids=["less", "more"]
)
def test_income_tax_that_is_not_what_the_return_asks_for_is_not_believed(journey: str, lie: str) -> None:
    people = [t for t in Population(7, "current").taxpayers(3_000, 300) if files_statements(t)][:10]
    there = hall_of(people)
    there.after["declaration.submit"] = lambda office: office.database.execute(lie)
    outcomes = [there.do(journey) for _ in range(10)]
    asked = there.office.database.execute(
        "SELECT count(*) FROM declarations WHERE ybtse > 0 AND voided = 0"
    ).fetchone()[0]
    assert outcomes.count(False) == asked > 3


def test_only_payers_come() -> None:
    there = Lying(Office(), journeys())
    there.pool = TaxpayerPool(Population(7, "current"), Partition(60))
    for _ in range(10):
        assert there.do("stamp_tax.file") and there.do("insurance.file")
    types = there.office.database.execute("SELECT djzclxDm FROM taxpayers").fetchall()
    assert len(types) >= 10 and not {row[0] for row in types} & {"410", "411"}
