"""The prepayment of corporate income tax: worked examples, every layout, every defect with its code."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.defects import RULES, NotPossible, spoil
from generators.defects.cit import KIND
from generators.documents.payment import payment
from generators.documents.registration import registration, tax_kinds
from generators.documents.returns.cit import cit_prepayment, files_cit
from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer
from renhai.reference.eras.income import LAYOUT, small_tax
from renhai.reference.forms.cit import check_cit, check_small_enterprise
from renhai.reference.forms.period import period_of
from renhai.reference.rules.codes import Rejection
from tests.reference.documents import djxh
from tests.reference.documents import registration as by_hand
from tests.reference.running import Client
from tests.share import examples

DAYS = ("2014-04-10", "2015-10-22", "2016-04-10", "2018-10-22", "2021-10-20", "2026-01-12")
"""Days on which a quarter of each layout is due."""
PERIOD = ("djxh", "skssqq", "skssqz", "yzpzzlDm", "sbsxDm1")
OLD = date(2010, 1, 1)


def companies(day: str, start: int, count: int) -> list[Taxpayer]:
    return [t for t in Population(20150911, day).taxpayers(start, count) if files_cit(t)]


def judge(document: dict[str, Any], t: Taxpayer) -> None:
    period = period_of(document)
    found = check_cit(document, period)
    check_small_enterprise(found, period, t.industry, date.fromisoformat(t.registered_on))


@given(st.integers(0, 10**8 - 1), st.dates(date(2013, 1, 1), date(2027, 12, 31)), st.integers(0, 3))
@settings(max_examples=examples(40), deadline=None)
def test_what_is_generated_is_taken_in_every_era(index: int, day: date, k: int) -> None:
    t = Population(7, str(day)).taxpayer(index)
    if files_cit(t):
        document = cit_prepayment(t, min(k, max(0, 4 * (2027 - day.year))))
        judge(document, t)


@pytest.mark.parametrize(
    ("on", "registered", "income", "tax"),
    [
        ("2014-12-31", OLD, 100_000, 10_000),
        ("2014-12-31", OLD, 100_001, 20_000.20),
        ("2015-03-31", OLD, 200_000, 20_000),
        ("2015-09-30", OLD, 250_000, 50_000),
        ("2015-12-31", OLD, 250_000, 43_750),  # nine months at 20 %, three at 10 %
        ("2015-12-31", date(2015, 7, 9), 240_000, 36_000),  # three months each
        ("2016-03-31", OLD, 250_000, 25_000),
        ("2017-12-31", OLD, 500_000, 50_000),
        ("2018-12-31", OLD, 1_000_000, 100_000),
        ("2019-12-31", OLD, 2_000_000, 150_000),
        ("2021-12-31", OLD, 2_000_000, 125_000),
        ("2022-12-31", OLD, 2_000_000, 75_000),
        ("2024-03-31", OLD, 500_000, 25_000),
        ("2023-12-31", OLD, 3_000_000, 150_000),
        ("2024-03-31", OLD, -500, 0),
    ],
)
def test_the_tax_of_small_enterprises(on: str, registered: date, income: float, tax: float) -> None:
    found = small_tax(date.fromisoformat(on), round(100 * income), registered)
    assert found is not None and round(100 * tax) in found and found[1] - found[0] <= 1


@pytest.mark.parametrize(
    ("on", "income"), [("2015-12-31", 300_001), ("2017-12-31", 500_001), ("2023-12-31", 3_000_001)]
)
def test_beyond_the_limit_there_is_no_relief(on: str, income: int) -> None:
    assert small_tax(date.fromisoformat(on), 100 * income, OLD) is None


def form_of_2021(**rows: float) -> dict[str, Any]:
    form = {f"r{row}": 0 for row in range(1, 17)} | {"r11": 0.25} | rows
    facts = {"xxwl": "Y", "cyrs": 10, "zcze": 100_000}
    return {"skssqq": "2024-01-01", "skssqz": "2024-03-31", "qysds": form, "fbsx": facts}


def test_the_worked_return_of_a_small_enterprise() -> None:
    """Income 500,000 in 2024: relief 100,000, and 25,000 less what is prepaid."""
    document = form_of_2021(r3=500_000, r10=500_000, r12=125_000, r13=100_000, r14=5_000, r16=20_000)
    found = check_cit(document, period_of(document))
    check_small_enterprise(found, period_of(document), "", OLD)
    assert (found.relief, found.prepaid, found.due) == (10_000_000, 500_000, 2_000_000)


def test_a_company_beyond_the_limit_pays_a_quarter_of_all() -> None:
    document = form_of_2021(r3=3_000_001, r10=3_000_001, r12=750_000.25, r16=750_000.25)
    document["fbsx"]["xxwl"] = "N"
    assert check_cit(document, period_of(document)).due == 75_000_025


CODES = {
    "cit-period": "SB002",
    "cit-taxpayer": "DJ015",
    "cit-form": "SB017",
    "cit-layout": "SB017",
    "cit-prepaid": "SB022",
    "cit-small-limit": "SB561",
    "cit-small-relief": "SB562",
    "cit-small-part": "SB560",
}
"""Rows by layout: where what is broken stands."""
ROWS = {
    "cit-losses": (8, 9, 8, 9, 24),
    "cit-income": (9, 10, 9, 10, 25),
    "cit-rate": (10, 11, 10, 11, 26),
    "cit-tax": (11, 12, 11, 12, 27),
    "cit-relief": (12, 13, 12, 13, 28),
    "cit-due": (15, 17, 15, 16, 32),
    "cit-operating": (0, 0, 0, 0, 15),
    "cit-profit": (0, 0, 0, 0, 18),
}


def code_of(name: str, end: str) -> str:
    if name in CODES:
        return CODES[name]
    layout = ("2012", "2016", "2018", "2021", "2025").index(LAYOUT.on(date.fromisoformat(end)))
    return f"SB5{1 + layout}{ROWS[name][layout]:02}"


@pytest.mark.parametrize("day", DAYS)
def test_every_defect_is_refused_with_its_code(day: str) -> None:
    """By the form alone; what is on file is the next test's."""
    found = set()
    for t in companies(day, 0, 40):
        document = cit_prepayment(t, 0)
        judge(document, t)
        for name in (name for name, rule in RULES.items() if rule.kind == KIND):
            if name in ("cit-taxpayer", "cit-form", "cit-prepaid"):
                continue
            try:
                wrong = spoil(document, name)
            except NotPossible:
                continue
            with pytest.raises(Rejection) as refused:
                judge(wrong, t)
            assert refused.value.code.code == code_of(name, document["skssqz"]), (name, document)
            found.add(name)
    lacking = {name for name, rule in RULES.items() if rule.kind == KIND} - found
    state = {"cit-taxpayer", "cit-form", "cit-prepaid"}
    assert lacking == state | (set() if day > "2026" else {"cit-operating", "cit-profit", "cit-small-part"})


def register(client: Client, t: Taxpayer) -> None:
    client.ok("registration.save", registration(t) | {"kinds": tax_kinds(t)})


def test_a_year_of_quarters_is_filed_paid_and_chained(client: Client) -> None:
    """Each quarter opens with what the quarters before it asked for; a second one of a kind is refused."""
    for t in companies("gt3_2015", 20_000, 12)[:4]:
        register(client, t)
        asked = 0.0
        for k in range(4):
            document = cit_prepayment(t, k)
            filing = {name: document[name] for name in PERIOD}
            assert client.ok("declaration.precheck", filing)["yjse"] == pytest.approx(asked)
            assert client.refused("declaration.submit", spoil(document, "cit-prepaid")) == "SB022"
            assert client.refused("declaration.submit", spoil(document, "cit-taxpayer")) == "DJ015"
            assert client.refused("declaration.submit", spoil(document, "cit-form")) == "SB017"
            answer = client.ok("declaration.submit", document)
            assert client.refused("declaration.submit", document) == "SB005"
            assert client.refused("declaration.precheck", filing) == "SB005"
            asked += answer["ybtse"]
            items = client.ok("collection.unpaid", {"djxh": t.djxh})["items"]
            assert sum(item["ybtse"] for item in items) == answer["ybtse"] == document["qysds"]["r15"]
            assert {item["zsxmDm"] for item in items} <= {"10104"}
            if items:
                client.ok("collection.pay", payment(t, items))
            assert client.ok("collection.state", {"djxh": t.djxh, "pzxh": answer["pzxh"]})["paid"]


def test_a_quarter_is_voided_and_filed_anew(client: Client) -> None:
    t = companies("gt3_2015", 20_100, 12)[0]
    register(client, t)
    document = cit_prepayment(t, 0)
    filing = {name: document[name] for name in PERIOD}
    first = client.ok("declaration.submit", document)["pzxh"]
    assert client.ok("declaration.status", filing) == {"filed": True, "pzxh": first}
    client.ok("declaration.void", filing | {"pzxh": first})
    assert client.ok("declaration.status", filing)["filed"] is False
    assert client.ok("declaration.submit", document)["pzxh"] != first


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"djzclxDm": "172"}, "SB020"),
        ({}, "SB021"),  # the registration made by hand has VAT determined, and nothing else
        ({"djrq": "2015-05-05"}, "SB014"),
    ],
)
def test_who_does_not_owe_it(client: Client, number: int, changes: dict[str, str], code: str) -> None:
    number += 70_000
    client.ok("registration.save", by_hand(number) | changes)
    t = companies("gt3_2015", 0, 10)[0]
    document = cit_prepayment(t, 0) | {"djxh": djxh(number), "nsrsbh": by_hand(number)["nsrsbh"]}
    assert client.refused("declaration.submit", document) == code


def test_returns_of_both_taxes_stand_beside_each_other(client: Client) -> None:
    """A prepayment is neither in the way of VAT nor taken for its period before."""
    from generators.documents.vat.declaration import declaration

    t = companies("gt3_2015", 20_200, 12)[0]
    register(client, t)
    client.ok("declaration.submit", cit_prepayment(t, 0))
    for k in range(3):
        client.ok("declaration.submit", declaration(t, k))
        items = client.ok("collection.unpaid", {"djxh": t.djxh})["items"]
        if items:
            client.ok("collection.pay", payment(t, items))
    client.ok("declaration.submit", cit_prepayment(t, 1))
