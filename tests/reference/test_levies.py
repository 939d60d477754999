"""Stamp tax and social insurance at the reference: worked examples, every era, every defect with its code."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.defects import RULES, NotPossible, spoil
from generators.documents.payment import payment
from generators.documents.registration import registration, tax_kinds
from generators.documents.returns.insurance import files_insurance, insurance
from generators.documents.returns.stamp_tax import files_stamp_tax, stamp_tax
from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer
from renhai.reference.eras import levies
from renhai.reference.eras.grades import Rules
from renhai.reference.forms.levies import StampReturn, check_insurance, check_stamp, check_who
from renhai.reference.rules.codes import Rejection
from tests.reference.documents import djxh
from tests.reference.documents import registration as by_hand
from tests.reference.running import Client
from tests.share import examples

ALL = Rules()
PERIOD = ("djxh", "skssqq", "skssqz", "yzpzzlDm", "sbsxDm1")
DAYS = ("2018-10-12", "2019-04-10", "2021-07-10", "2022-07-10", "2022-10-10", "2024-01-10", "2026-01-12")


def judge(document: dict[str, Any], t: Taxpayer) -> None:
    end = date.fromisoformat(document["skssqz"])
    if "yhssb" in document:
        check_who(check_stamp(document, end), end, t.scale)
    else:
        check_insurance(document, end, ALL)


@given(st.integers(0, 10**8 - 1), st.dates(date(2018, 10, 1), date(2027, 12, 31)), st.integers(0, 3))
@settings(max_examples=examples(40), deadline=None)
def test_what_is_generated_is_taken_in_every_era(index: int, day: date, k: int) -> None:
    t = Population(7, str(day)).taxpayer(index)
    k = min(k, max(0, 4 * (2027 - day.year)))
    if files_stamp_tax(t):
        document = stamp_tax(t, k)
        judge(document, t)
        form = document["yhssb"]
        assert round(100 * form["bqybtsehj"]) == sum(round(100 * row["bqybtse"]) for row in form["rows"])
    if files_insurance(t):
        judge(insurance(t, k), t)


def form(*rows: tuple[str, float, float, float], share: float = 0) -> dict[str, Any]:
    """Item, base, rate, levied."""
    listed = []
    for item, base, rate, tax in rows:
        relief = round(tax * share / 100 + 1e-9, 2)
        listed.append(
            {"zspmDm": item, "jsje": base, "sysl": rate, "bqynse": tax, "phjmse": relief, "bqyjse1": 0,
             "bqybtse": round(tax - relief, 2)}
        )  # fmt: skip
    total = round(sum(row["bqybtse"] for row in listed), 2)
    return {"bqsfsyxgmyhzc": "Y" if share else "N", "phjzbl": share, "rows": listed, "bqybtsehj": total}


@pytest.mark.parametrize(
    ("end", "item", "base", "rate", "tax"),
    [
        ("2022-09-30", "101110101", 1_000_000, 0.0003, 300.00),
        ("2022-09-30", "101110108", 1_000_000, 0.00005, 50.00),
        ("2022-09-30", "101110106", 1_000_000, 0.0003, 300.00),
        ("2022-06-30", "101110106", 1_000_000, 0.0005, 500.00),
        ("2022-09-30", "101110105", 1_000_000, 0.001, 1_000.00),
        ("2022-09-30", "101110501", 1_000_000, 0.00025, 250.00),
        ("2022-09-30", "101110101", 1_666.66, 0.0003, 0.50),
        ("2022-09-30", "101110101", 16.66, 0.0003, 0),
    ],
)
def test_worked_examples(end: str, item: str, base: float, rate: float, tax: float) -> None:
    document = {"yhssb": form((item, base, rate, tax))}
    assert check_stamp(document, date.fromisoformat(end)) == StampReturn(round(100 * tax), False)


def test_a_sale_of_a_million_is_300_and_its_half_150() -> None:
    document = {"yhssb": form((SALE, 1_000_000, 0.0003, 300.00), share=50)}
    assert check_stamp(document, date(2024, 3, 31)) == StampReturn(15_000, True)


SALE = "101110101"


@pytest.mark.parametrize(
    ("end", "wrong", "code"),
    [
        ("2022-09-30", (SALE, 1_000_000, 0.0005, 500.00), "YS002"),
        ("2022-09-30", ("101110103", 1_000_000, 0.0005, 500.00), "YS001"),  # one item of works since the law
        ("2022-06-30", ("101110103", 1_000_000, 0.0003, 300.00), "YS002"),
        ("2022-09-30", (SALE, 1_000_000, 0.0003, 300.01), "YS004"),
        ("2022-09-30", (SALE, 1_000_000, 0.0003, 299.99), "YS004"),
        ("2022-09-30", (SALE, -1_000_000, 0.0003, -300.00), "YS008"),
        ("2022-09-30", (SALE, 1_000_000, 0.0003000001, 300.00), "YS002"),
    ],
)
def test_what_is_near_is_refused(end: str, wrong: tuple[str, float, float, float], code: str) -> None:
    with pytest.raises(Rejection) as refused:
        check_stamp({"yhssb": form(wrong)}, date.fromisoformat(end))
    assert refused.value.code.code == code


@pytest.mark.parametrize(
    ("on", "scale", "taken"),
    [
        ("2018-12-31", "small", False), ("2019-03-31", "small", True), ("2021-12-31", "general", False),
        ("2022-03-31", "general", True), ("2027-12-31", "general", True), ("2021-12-31", "", True),
        ("2028-03-31", "small", False),
    ],
)  # fmt: skip
def test_who_may_pay_half(on: str, scale: str, taken: bool) -> None:
    assert levies.may_halve(date.fromisoformat(on), scale) is taken


CODES = {
    "period": "SB002", "taxpayer": "DJ015", "form": "SB017", "item": "YS001", "rate": "YS002",
    "twice": "YS003",
    "tax": "YS004", "relief": "YS005", "due": "YS006", "total": "YS007", "sign": "YS008", "share": "YS009",
    "who": "YS010", "bases": "SH009", "range": "SH010", "lacking": "SH011",
}  # fmt: skip


def code_of(name: str) -> str:
    kind, _, what = name.partition("-")
    return CODES[what].replace("YS", "SH") if kind == "insurance" else CODES[what]


@pytest.mark.parametrize("day", DAYS)
def test_every_defect_is_refused_with_its_code(day: str) -> None:
    """By the form alone; period, taxpayer and kind are the next test's."""
    found, state = set(), {"period", "taxpayer", "form"}
    for t in Population(20150911, day).taxpayers(0, 60):
        if not files_stamp_tax(t):
            continue
        documents = [stamp_tax(t, 0), *([insurance(t, 0)] if files_insurance(t) else [])]
        for document in documents:
            judge(document, t)
            kind = "stamp-" if "yhssb" in document else "insurance-"
            for name in (name for name in RULES if name.startswith(kind)):
                if name.partition("-")[2] in state:
                    continue
                try:
                    wrong = spoil(document, name)
                except NotPossible:
                    continue
                with pytest.raises(Rejection) as refused:
                    judge(wrong, t)
                assert refused.value.code.code == code_of(name), (name, wrong)
                found.add(name)
    expected = {f"stamp-{what}" for what in CODES if what not in (*state, "bases", "range", "lacking")}
    expected |= {f"insurance-{what}" for what in CODES if what not in (*state, "share", "who")}
    if day > "2019":
        expected -= {"stamp-who"}
    if day < "2020-12":
        expected = {name for name in expected if name.startswith("stamp-")}
    assert found == expected


def test_a_rule_that_is_off_lets_other_rates_and_bases_be() -> None:
    t = next(t for t in Population(7, "2024-01-10").taxpayers(0, 60) if files_insurance(t))
    document, end = insurance(t, 0), date(2023, 12, 31)
    for name in ("insurance-rate", "insurance-range", "insurance-lacking"):
        wrong = spoil(document, name)
        with pytest.raises(Rejection):
            check_insurance(wrong, end, ALL)
        check_insurance(wrong, end, Rules({"levy-rates": False}))
    for name in ("insurance-tax", "insurance-bases", "insurance-twice"):
        with pytest.raises(Rejection):
            check_insurance(spoil(document, name), end, Rules({"levy-rates": False}))


def test_insurance_before_november_2020_is_not_of_the_bureau() -> None:
    t = next(t for t in Population(7, "2021-01-10").taxpayers(0, 60) if files_insurance(t))
    with pytest.raises(Rejection) as refused:
        check_insurance(insurance(t, 0), date(2020, 10, 31), ALL)
    assert refused.value.code.code == "SH012"
    check_insurance(insurance(t, 0), date(2020, 11, 30), ALL)


def register(client: Client, t: Taxpayer) -> None:
    client.ok("registration.save", registration(t) | {"kinds": tax_kinds(t)})


def payers(start: int, count: int) -> list[Taxpayer]:
    found = Population(20150911, "current").taxpayers(start, 20 * count)
    return [t for t in found if files_stamp_tax(t)][:count]


@pytest.mark.parametrize(
    ("make", "item", "start"), [(stamp_tax, "10111", 40_000), (insurance, "10210", 41_000)]
)
def test_a_year_is_filed_and_paid(client: Client, make: Any, item: str, start: int) -> None:
    for t in payers(start, 3):
        register(client, t)
        for k in range(4):
            document = make(t, k)
            filing = {name: document[name] for name in PERIOD}
            client.ok("declaration.precheck", filing)
            prefix = "stamp-" if make is stamp_tax else "insurance-"
            assert client.refused("declaration.submit", spoil(document, f"{prefix}taxpayer")) == "DJ015"
            assert client.refused("declaration.submit", spoil(document, f"{prefix}period")) == "SB002"
            if make is stamp_tax:
                assert client.refused("declaration.submit", spoil(document, "stamp-form")) == "SB017"
            answer = client.ok("declaration.submit", document)
            assert client.refused("declaration.submit", document) == "SB005"
            assert client.refused("declaration.precheck", filing) == "SB005"
            form = document.get("yhssb") or document["sbfsb"]
            items = client.ok("collection.unpaid", {"djxh": t.djxh})["items"]
            assert sum(one["ybtse"] for one in items) == answer["ybtse"] == form["bqybtsehj"]
            assert {one["zsxmDm"] for one in items} <= {item}
            if items:
                client.ok("collection.pay", payment(t, items) | {"jkrq": document["sbrq1"]})
            assert client.ok("collection.state", {"djxh": t.djxh, "pzxh": answer["pzxh"]})["paid"]


def test_a_quarter_is_voided_and_filed_anew(client: Client) -> None:
    t = payers(42_000, 1)[0]
    register(client, t)
    document = stamp_tax(t, 0)
    filing = {name: document[name] for name in PERIOD}
    first = client.ok("declaration.submit", document)["pzxh"]
    client.ok("declaration.void", filing | {"pzxh": first})
    assert client.ok("declaration.status", filing)["filed"] is False
    assert client.ok("declaration.submit", document)["pzxh"] != first


def test_a_month_is_no_period_of_a_quarterly_payer(client: Client) -> None:
    t = payers(42_500, 1)[0]
    register(client, t)
    document = stamp_tax(t, 0)
    month = document | {"skssqq": document["skssqz"][:8] + "01"}
    assert client.refused("declaration.submit", month) == "SB015"
    assert client.refused("declaration.submit", insurance(t, 2) | {"skssqq": "2024-01-01"}) == "SB015"
    client.ok("declaration.submit", document)


def test_who_does_not_have_it_determined(client: Client, number: int) -> None:
    """The registration made by hand has VAT determined, and nothing else; who has nothing determined may."""
    number += 71_000
    client.ok("registration.save", by_hand(number))
    t = payers(43_000, 1)[0]
    whose = {"djxh": djxh(number), "nsrsbh": by_hand(number)["nsrsbh"]}
    assert client.refused("declaration.submit", stamp_tax(t, 0) | whose) == "SB023"
    assert client.refused("declaration.submit", insurance(t, 0) | whose) == "SB023"
    bare = by_hand(number + 1) | {"kinds": []}
    client.ok("registration.save", bare)
    client.ok("declaration.submit", stamp_tax(t, 0) | {"djxh": djxh(number + 1), "nsrsbh": bare["nsrsbh"]})


def test_a_period_before_it_was_determined_is_refused(client: Client) -> None:
    t = payers(43_500, 1)[0]
    register(client, t)
    early = stamp_tax(t, 0) | {"skssqq": "2018-04-01", "skssqz": "2018-06-30", "yzpzzlDm": "BDA0610794"}
    early["yhssb"] = form((SALE, 1_000, 0.0003, 0.30))
    early["sbrq1"] = "2018-07-10"
    assert client.refused("declaration.submit", early) in ("SB023", "SB014")
