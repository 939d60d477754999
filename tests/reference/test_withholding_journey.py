"""The journey of income tax withheld from wages at the reference system: months in a row, a last day, and
targets that lose something."""

from __future__ import annotations

from generators.documents.returns.cit import files_cit
from generators.documents.returns.withholding import withheld_payment, withholding_return, withholds
from generators.taxpayers.population import Population
from renhai.spec.journey_catalog import journeys
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from tests.reference.office import Office
from tests.reference.test_paid_by_books import EMPTY, Lying, hall_of

JOURNEY = "iit.withhold"


def people(day: str, count: int = 25):
    return [t for t in Population(7, day).taxpayers(4_000, 30 * count) if withholds(t)][:count]


def hall(day: str, count: int = 25) -> Lying:
    return hall_of(people(day, count), today=day if day[:1] == "2" else None)


def test_months_in_a_row_are_filed_and_paid_as_the_books_pay() -> None:
    there = hall("current")
    outcomes = [there.do(JOURNEY) for _ in range(75)]
    assert there.refused == [] and all(outcomes)
    counts = "SELECT djxh, count(*) FROM declarations GROUP BY djxh"
    filed = dict(map(tuple, there.office.database.execute(counts).fetchall()))
    assert sum(filed.values()) == 75 and max(filed.values()) > 1
    those = [(t, k) for t in people("current") for k in range(filed.get(t.djxh, 0))]
    due = sum(round(100 * withholding_return(t, k)["kjhj"]["ybtse"]) for t, k in those)
    query = "SELECT sum(ybtse), sum(outstanding), min(zsxmDm), max(zsxmDm) FROM dues"
    assert tuple(there.office.database.execute(query).fetchone()) == (due, 0, "10106", "10106")
    (fees,) = there.office.database.execute("SELECT sum(znj > 0) FROM payments").fetchone()
    late = [withheld_payment(t, k, "1") for t, k in those]
    assert fees == sum("znj" in one["items"][0] for one in late if one)


def test_on_the_last_day_who_pays_later_has_not_paid_yet() -> None:
    there = hall("2025-10-27", 60)
    for _ in range(60):
        assert there.do(JOURNEY), there.refused
    paid = [withheld_payment(t, 0, "1") for t in people("2025-10-27", 60)]
    assert there.sent["collection.pay"] == sum(one is not None for one in paid)
    days = there.office.database.execute("SELECT DISTINCT jkrq, znj FROM payments").fetchall()
    assert [tuple(row) for row in days] == [("2025-10-27", 0)]
    (owing,) = there.office.database.execute("SELECT count(*) FROM dues WHERE outstanding > 0").fetchone()
    due = [withholding_return(t, 0)["kjhj"]["ybtse"] > 0 for t in people("2025-10-27", 60)]
    assert owing == sum(due) - sum(one is not None for one in paid)


def test_a_target_that_forgets_what_is_due_is_not_believed() -> None:
    there = hall("current", 15)
    there.after["declaration.submit"] = lambda office: office.database.execute(EMPTY)
    outcomes = [there.do(JOURNEY) for _ in range(15)]
    asked = "SELECT count(*) FROM declarations WHERE ybtse > 0 AND voided = 0"
    assert outcomes.count(False) == there.office.database.execute(asked).fetchone()[0] > 3


def test_a_target_that_asks_for_another_amount_is_not_believed() -> None:
    there = hall("current", 15)
    more = "UPDATE dues SET outstanding = outstanding + 1"
    there.after["declaration.submit"] = lambda office: office.database.execute(more)
    outcomes = [there.do(JOURNEY) for _ in range(15)]
    assert outcomes.count(False) > 3 and there.sent["collection.pay"] == 0


def test_a_target_that_books_too_little_is_not_believed() -> None:
    there = hall("current", 15)
    short = "UPDATE dues SET outstanding = 1 WHERE outstanding = 0"
    there.after["collection.pay"] = lambda office: office.database.execute(short)
    outcomes = [there.do(JOURNEY) for _ in range(15)]
    assert outcomes.count(False) == there.sent["collection.pay"] > 3


def test_only_employers_come() -> None:
    there = Lying(Office(), journeys())
    there.pool = TaxpayerPool(Population(7, "current"), Partition(60))
    assert all(there.do(JOURNEY) for _ in range(10))
    types = there.office.database.execute("SELECT djzclxDm FROM taxpayers").fetchall()
    assert len(types) >= 10 and not {row[0] for row in types} & {"410", "411"}


def test_income_tax_of_an_older_quarter_is_paid_on_the_day_of_the_run_with_its_fee() -> None:
    """On 2 November 2015 the third quarter is 11 days late (22 October): 0.05 % a day of the tax."""
    companies = [t for t in Population(7, "2015-11-02").taxpayers(4_000, 200) if files_cit(t)][:25]
    there = hall_of(companies, today="2015-11-02")
    assert all(there.do("cit.file") for _ in range(25)), there.refused
    paid = there.office.database.execute("SELECT jkrq, kkje, znj FROM payments").fetchall()
    assert len(paid) > 10 and {day for day, _, _ in paid} == {"2015-11-02"}
    assert all(fee == (amount * 11 + 1_000) // 2_000 for _, amount, fee in paid)
