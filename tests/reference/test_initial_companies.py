"""A target that begins with a data set holds the next return of a company against those of before."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import duckdb
import pytest

from generators.documents.payment import payment_on
from generators.documents.returns.cit import asked, cit_prepayment, files_cit
from generators.documents.returns.stamp_tax import files_stamp_tax, stamp_tax
from generators.documents.returns.withholding import withheld_payment, withholding_return, withholds
from generators.taxpayers.population import Population, Taxpayer
from renhai.cli.export.dataset import Asked, generate_dataset
from tests.reference.running import Client, target

SEED = 20150911
APRIL, OCTOBER, AUGUST = "2019-04-18", "2018-10-24", "2018-08-15"
SETS = {
    APRIL: (40, "2019-01", "2019-03"),
    OCTOBER: (40, "2018-04", "2018-09"),
    AUGUST: (400, "2018-06", "2018-07"),  # in July the second quarter is filed, and by some not paid
}
"""By the day on which the next returns are filed: taxpayers, months."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {day: tmp_path_factory.mktemp("initial") / day for day in SETS}
    for day, (taxpayers, *months) in SETS.items():
        generate_dataset(Asked(taxpayers, *months, made[day], SEED))
    return made


@pytest.fixture
def client(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Iterator[Client]:
    day = request.param
    with target("--dataset", str(folders[day]), "--date", day, "--strict") as running:
        yield running.client()


def people(day: str) -> list[Taxpayer]:
    found = map(Population(SEED, day).registered, range(40))
    return [t for t in found if files_cit(t) and withholds(t) and files_stamp_tax(t)]


def which(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ("djxh", "skssqq", "skssqz", "yzpzzlDm", "sbsxDm1")}


@pytest.mark.parametrize("client", [APRIL], indirect=True)
def test_the_returns_before_are_filed_the_due_ones_are_taken_and_paid(client: Client) -> None:
    companies = people(APRIL)
    assert len(companies) >= 5
    for t in companies:
        if t.registered_on < "2018-10-01":
            for before in (withholding_return(t, -1), _quarter_before(t)):
                assert client.ok("declaration.status", which(before))["filed"]
                assert client.refused("declaration.submit", before) == "SB005"
        for document in (cit_prepayment(t, 0), withholding_return(t, 0), stamp_tax(t, 0)):
            client.ok("declaration.submit", document)
        items = client.ok("collection.unpaid", {"djxh": t.djxh})["items"]
        mine = [item for item in items if item["zsxmDm"] in ("10104", "10111")]
        due = {"10104": asked(cit_prepayment(t, 0)), "10111": stamp_tax(t, 0)["yhssb"]["bqybtsehj"]}
        assert {item["zsxmDm"]: item["ybtse"] for item in mine} == {k: v for k, v in due.items() if v > 0}
        assert all(item["skssqz"] == "2019-03-31" for item in mine)
        if mine:
            client.ok("collection.pay", payment_on(t, mine, APRIL))
        withheld = [item for item in items if item["zsxmDm"] == "10106"]
        if withheld and (pays := withheld_payment(t, 0, withheld[-1]["pzxh"])):
            client.ok("collection.pay", pays)


def _quarter_before(t: Taxpayer) -> dict[str, Any]:
    """Income tax of the last quarter of 2018, whose return came in bulk in January."""
    return cit_prepayment(t._replace(profile="2019-01-15"), 0)


@pytest.mark.parametrize("client", [APRIL], indirect=True)
def test_sums_since_january_go_on_from_the_return_in_bulk(client: Client) -> None:
    """March is held against February, person by person; each row by itself still holds."""
    untaxed, withheld = 0, 0
    for t in people(APRIL):
        document = deepcopy(withholding_return(t, 0))
        row = next((row for row in document["kjmx"] if row["ybtse"] > 2 and row["ljsr"] > row["sr"]), None)
        if row is not None:
            row |= {"yjse": round(row["yjse"] + 1, 2), "ybtse": round(row["ybtse"] - 1, 2)}
            document["kjhj"]["ybtse"] = round(document["kjhj"]["ybtse"] - 1, 2)
            assert client.refused("declaration.submit", document) == "SB943"
            withheld += 1
        document = deepcopy(withholding_return(t, 0))
        row = next((row for row in document["kjmx"] if row["ljsr"] > row["sr"] and _spare(row) > 100), None)
        if row is not None:
            row["ljsr"] = round(row["ljsr"] + 100, 2)
            assert client.refused("declaration.submit", document) == "SB940"
            untaxed += 1
    assert withheld and untaxed


def _spare(row: dict[str, Any]) -> float:
    """Yuan by which the pay to date is below what is deducted from it."""
    return float(row["ljjcfy"] + row["ljzxkc"] + row["ljzxfjkc"] - row["ljsr"])


@pytest.mark.parametrize("client", [OCTOBER], indirect=True)
def test_what_the_quarters_in_bulk_asked_for_is_what_was_prepaid(client: Client) -> None:
    """A layout has changed in July: the two quarters before stand on the old one."""
    tried = 0
    for t in people(OCTOBER):
        document = cit_prepayment(t, 0)
        form = document["qysds"]
        opening = client.ok("declaration.precheck", which(document))
        if t.registered_on < "2018-01-01":
            assert opening["yjse"] == form["r13"]
        if form["r13"] > 1 and t.registered_on < "2018-01-01":
            less = form | {"r13": round(form["r13"] - 1, 2)}
            less["r15"] = max(0.0, round(less["r11"] - less["r12"] - less["r13"], 2))
            assert client.refused("declaration.submit", document | {"qysds": less}) == "SB022"
            tried += 1
        client.ok("declaration.submit", document)
    assert tried


OPEN = """SELECT d.djxh, d.pzxh, d.zsxmDm, CAST(100 * d.ybtse::DECIMAL(18, 2) - coalesce(sum(100 * (
  greatest(kkje::DECIMAL(18, 2), 0) + dkje::DECIMAL(18, 2))), 0) AS BIGINT) AS open
FROM read_csv('{0}/dues.csv', all_varchar = true) d LEFT JOIN read_csv('{0}/payments.csv', all_varchar = true)
p
  ON p.pzxh = d.pzxh GROUP BY d.djxh, d.pzxh, d.zsxmDm, d.ybtse HAVING open > 0"""


@pytest.mark.parametrize("client", [AUGUST], indirect=True)
def test_what_the_files_leave_open_is_asked_for_with_the_late_fee(
    client: Client, folders: dict[str, Path]
) -> None:
    wanted: dict[str, dict[str, int]] = {}
    income_tax = set()
    with duckdb.connect() as connection:
        for djxh, pzxh, item, fen in connection.execute(OPEN.format(folders[AUGUST])).fetchall():
            wanted.setdefault(djxh, {})[pzxh] = fen
            income_tax |= {djxh} if item == "10104" else set()
    assert len(wanted) > 10 and income_tax
    register = Population(SEED, AUGUST)
    known = {t.djxh: t for t in map(register.registered, range(400))}
    for t in known.values():
        items = client.ok("collection.unpaid", {"djxh": t.djxh})["items"]
        assert {item["pzxh"]: round(100 * item["ybtse"]) for item in items} == wanted.get(t.djxh, {})
    tried = 0
    for djxh in income_tax & known.keys():
        items = client.ok("collection.unpaid", {"djxh": djxh})["items"]
        mine = [item for item in items if item["zsxmDm"] == "10104"]
        (fen,) = (round(100 * item["ybtse"]) for item in mine)
        pays = payment_on(known[djxh], mine, AUGUST)
        assert round(100 * pays["items"][0]["znj"]) == (fen * 30 + 1000) // 2000  # since 2018-07-16: 30 days
        client.ok("collection.pay", pays)
        tried += 1
    assert tried
