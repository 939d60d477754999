"""The journeys pay what the books pay, and the reference system, which keeps its own deadlines and late fees,
takes it: in full and on time, late, one half a month later, a month or two later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from generators.taxpayers.population import Population, Taxpayer
from renhai.spec.journey_catalog import journeys
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from tests.reference.cases.driving import Hall
from tests.reference.office import Office

SEED = 7
MONTHS = 13
GENERAL = 24


@dataclass
class Those:
    """Some people of a population, numbered anew."""

    people: list[Taxpayer]

    def taxpayer(self, i: int) -> Taxpayer:
        return self.people[i]


def generals(profile: str, count: int) -> list[Taxpayer]:
    """Taxpayers who have been general ones throughout."""
    population = Population(SEED, profile)
    found = (t for t in population.generals(4_000, 4_000) if t.general_from < "2013-01-01")
    return [t for t, _ in zip(found, range(count), strict=False)]


@dataclass
class Lying(Hall):
    """`after`: what the target's books become behind its back when an operation was answered."""

    after: dict[str, Callable[[Office], Any]] = field(default_factory=dict)

    def _ask(self, operation: str, fields: dict[str, Any]) -> Any:
        reply = super()._ask(operation, fields)
        if operation in self.after:
            self.after[operation](self.office)
        return reply


def hall_of(people: list[Taxpayer], today: str | None = None, **more: Any) -> Lying:
    hall = Lying(Office("pay-day=on", today=today), journeys(), **more)
    hall.pool = TaxpayerPool(Those(people), Partition(len(people)))
    return hall


@pytest.fixture(scope="module")
def year() -> Hall:
    """Thirteen returns in a row of each of some general taxpayers."""
    hall = hall_of(generals("gt3_2015", GENERAL))
    for _ in range(MONTHS * GENERAL):
        assert hall.do("declaration.file"), hall.refused[-1:]
    return hall


def test_a_year_of_part_payments_and_late_ones_is_taken_without_a_refusal(year: Hall) -> None:
    assert year.refused == []
    shares = year.office.database.execute(
        "SELECT count(*), sum(znj > 0), count(DISTINCT pzxh) FROM payments"
    ).fetchone()
    paid, late, vouchers = shares
    assert paid > vouchers > 120  # some are paid in two parts
    assert 0 < late < paid / 6  # one in eight months with tax differs


def returns_of(office: Office) -> dict[str, list[tuple[str, str, Any]]]:
    """By taxpayer: month of the period, voucher and form of each return, the oldest first."""
    found = defaultdict(list)
    rows = office.database.execute("SELECT djxh, skssqq, pzxh, document FROM declarations ORDER BY skssqq")
    for djxh, start, pzxh, document in rows:
        found[djxh].append((start[:7], pzxh, orjson.loads(document)["zb"]))
    return found


def fen(columns: list[dict[str, float]], row: str) -> int:
    return sum(round(100 * columns[place][row]) for place in (0, 2))


def test_rows_30_and_31_say_what_was_paid_in_the_month(year: Hall) -> None:
    """Row 30: what was paid in the month for the month before; row 31: for older ones. What the books pay too
    much is more than an agreement takes: its row 30 is above the voucher, and below it in the month after."""
    paid: dict[tuple[str, str], int] = defaultdict(int)
    sums = "SELECT pzxh, substr(jkrq, 1, 7), sum(kkje) FROM payments GROUP BY 1, 2"
    for pzxh, month, amount in year.office.database.execute(sums):
        paid[pzxh, month] = amount
    compared = differing = over = 0
    for filed in returns_of(year.office).values():
        for before, (month, _, columns) in enumerate(filed[1:]):
            on_time = paid[filed[before][1], month]
            if before >= 3:  # older ones were filed in this run, too
                older = sum(paid[pzxh, month] for _, pzxh, _ in filed[:before])
                assert fen(columns, "bqjnqjse") == older
            row_30 = fen(columns, "bqjnsqynse")
            over += row_30 != on_time
            if row_30 != on_time:  # within a month's own due
                assert abs(row_30 - on_time) <= fen(filed[before][2], "bqybtse") // 10
            compared += 1
            differing += on_time != fen(filed[before][2], "bqybtse")
    assert compared == GENERAL * (MONTHS - 1)
    assert differing > 5
    assert over < compared / 16


def test_what_is_left_on_a_voucher_is_what_row_33_calls_arrears(year: Hall) -> None:
    """After the last visit: each voucher of more than three months ago is paid in full."""
    old = "SELECT count(*), sum(outstanding) FROM dues WHERE skssqq < '2015-11-01'"
    count, owed = year.office.database.execute(old).fetchone()
    assert count > 100
    assert owed == 0


@pytest.mark.parametrize(
    ("day", "fee"),
    [("2015-10-22", False), ("2015-10-30", True)],  # the last day; eight days after it
)
def test_on_a_day_the_payment_is_of_that_day_and_who_pays_later_has_not_paid(day: str, fee: bool) -> None:
    people = [t for t in Population(SEED, day).generals(4_000, 3_000) if t.general_from < "2013-01-01"]
    hall = hall_of(people[:90], today=day)
    for _ in people[:90]:
        assert hall.do("declaration.file"), hall.refused[-1:]
    assert hall.refused == []
    rows = hall.office.database.execute("SELECT jkrq, kkje, znj FROM payments").fetchall()
    vat = hall.office.database.execute(
        "SELECT count(*), sum(outstanding > 0) FROM dues WHERE zsxmDm = '10101'"
    ).fetchone()
    assert {on for on, _, _ in rows} == {day}
    assert all((late > 0) is fee for _, amount, late in rows if amount > 12_500 and amount != 5000)
    for _, amount, late in rows:  # 8 days of 1/2000, or a fine of 50.00
        assert late in ((0,) if not fee else (0, (amount * 16 + 2_000) // 4_000))
    assert 0 < vat[1] < vat[0] / 4


EMPTY = "UPDATE dues SET outstanding = 0"


def test_a_target_that_forgets_what_is_due_is_not_believed() -> None:
    hall = hall_of(generals("gt3_2015", 20))
    hall.after["declaration.submit"] = lambda office: office.database.execute(EMPTY)
    outcomes = [hall.do("declaration.file") for _ in range(20)]
    asked = hall.office.database.execute("SELECT count(*) FROM declarations WHERE ybtse > 0").fetchone()[0]
    assert outcomes.count(False) == asked > 5


def test_a_target_that_counts_a_half_as_the_whole_is_not_believed() -> None:
    hall = hall_of(generals("gt3_2015", 20))
    hall.after["collection.pay"] = lambda office: office.database.execute(EMPTY)
    outcomes = [hall.do("declaration.file") for _ in range(20 * 4)]
    halves = hall.office.database.execute(
        "SELECT count(*) FROM payments p JOIN dues d ON d.pzxh = p.pzxh WHERE p.kkje < d.ybtse"
    ).fetchone()[0]
    assert halves > 0
    assert outcomes.count(False) >= halves


def test_a_target_that_books_too_little_is_not_believed() -> None:
    hall = hall_of(generals("gt3_2015", 12))
    short = "UPDATE dues SET outstanding = 1 WHERE outstanding = 0"
    hall.after["collection.pay"] = lambda office: office.database.execute(short)
    outcomes = [hall.do("declaration.file") for _ in range(12)]
    assert outcomes.count(False) == hall.sent["collection.pay"] > 3
