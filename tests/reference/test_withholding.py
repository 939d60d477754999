"""Income tax withheld from wages: worked examples, every era, every defect with its code, months in a row."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from functools import cache
from itertools import islice
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.books.ledger.withheld import withheld_paid
from generators.defects import RULES, NotPossible, spoil
from generators.defects.withholding import KIND
from generators.documents.registration import registration, tax_kinds
from generators.documents.returns.withholding import (
    month,
    withheld_payment,
    withholding_return,
    withholds,
)
from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer
from renhai.reference.dialects.elements import read_elements, write_elements
from renhai.reference.eras.grades import Rules
from renhai.reference.eras.wages import tax_on
from renhai.reference.forms import withholding as form
from renhai.reference.forms.period import Period, period_of
from renhai.reference.operations.returns import withholding as state
from renhai.reference.rules.codes import Rejection
from tests.reference.documents import djxh, resident_id
from tests.reference.documents import registration as by_hand
from tests.reference.running import Client
from tests.share import examples

PERIOD = ("djxh", "skssqq", "skssqz", "yzpzzlDm", "sbsxDm1")
RULES_ON = Rules()
DAYS = ("2015-10-22", "2018-11-05", "2019-04-03", "2026-11-03")


@cache
def employers(profile: str, start: int, count: int, least: int = 1) -> tuple[Taxpayer, ...]:
    """Who withholds from at least so many persons."""
    found = Population(20150911, profile).taxpayers(start, 20 * count)
    those = (t for t in found if withholds(t) and withholding_return(t, 0)["kjhj"]["rs"] >= least)
    return tuple(islice(those, count))


def judge(document: dict[str, Any], rules: Rules = RULES_ON) -> form.Withholding:
    return form.check_withholding(document, period_of(document), rules)


@given(st.integers(0, 10**8 - 1), st.dates(date(2013, 1, 1), date(2025, 12, 31)))
@settings(max_examples=examples(25), deadline=None)
def test_what_is_generated_is_taken_in_every_era(index: int, day: date) -> None:
    t = Population(7, str(day)).taxpayer(index)
    if not withholds(t):
        return
    before = None
    for k in range(5):
        document = withholding_return(t, k)
        found = judge(document)
        assert found.due == round(100 * document["kjhj"]["ybtse"])
        if before is not None and found.cumulative and document["skssqq"][5:7] != "01":
            form.check_chain(found, before, next_month=True)
        before = found


@pytest.mark.parametrize(
    ("on", "taxable", "tax"),
    [
        ("2015-09-30", 14_500, 2_620),
        ("2018-09-30", 96_500, 29_920),
        ("2018-10-31", 13_000, 1_190),
        ("2019-01-31", 36_000, 1_080),
        ("2024-12-31", 156_000, 14_280),
        ("2024-12-31", 1_000_000, 268_080),
        ("2024-12-31", 0, 0),
        ("2024-12-31", 0.17, 0.01),  # half a fen is one
    ],
)
def test_the_tax_by_the_table_of_its_time(on: str, taxable: float, tax: float) -> None:
    assert tax_on(date.fromisoformat(on), round(100 * taxable)).tax == round(100 * tax)


def worked(m: int, withheld: list[float]) -> dict[str, Any]:
    """The facts' example in month m of 2024: pay 20,000, insurance 2,000; withheld: by month, to this one."""
    taxable = 13_000 * m
    percent, quick, tax = tax_on(date(2024, m, 28), 100 * taxable)
    row = {
        "xh": 1, "xm": "某人", "sfzjlxDm": "201", "sfzjhm": resident_id(1), "rzrq": "2010-01-01",
        "sr": 20_000, "jbylaobxf": 1_600, "jbylbxf": 400, "sybxf": 0, "zfgjj": 0, "jcfy": 5_000,
        "ljsr": 20_000 * m, "ljjcfy": 5_000 * m, "ljzxkc": 2_000 * m, "ljzxfjkc": 0, "ynssde": taxable,
        "sl": percent / 100, "sskcs": quick / 100, "ynse": tax / 100, "yjse": sum(withheld[:-1]),
        "ybtse": withheld[-1],
    }  # fmt: skip
    start, end = date(2024, m, 1), date.fromordinal(date(2024 + m // 12, m % 12 + 1, 1).toordinal() - 1)
    sums = {"rs": 1, "sre": 20_000, "ybtse": withheld[-1]}
    return {"skssqq": str(start), "skssqz": str(end), "kjhj": sums, "kjmx": [row]}


def test_the_worked_year() -> None:
    """390, 390, 600, then 1,300 a month, and 2,500 in December; a fen more or less is refused."""
    withheld = [390, 390, 600, *[1_300] * 8, 2_500]
    assert sum(withheld) == 14_280
    before = None
    for m in range(1, 13):
        document = worked(m, withheld[:m])
        found = judge(document)
        if before is not None:
            form.check_chain(found, before, next_month=True)
        before = found
        for change in (0.01, -0.01):
            wrong = deepcopy(document)
            for part in (wrong["kjmx"][0], wrong["kjhj"]):
                part["ybtse"] = round(part["ybtse"] + change, 2)
            assert refused(wrong) == "SB936"


def test_who_came_has_the_allowance_of_the_months_since() -> None:
    """In February a person who was not on January's return: as employed this month, and not since 2010."""
    first, second = worked(1, [390]), worked(2, [390, 390])
    new = worked(1, [390])["kjmx"][0] | {"xh": 2, "sfzjhm": resident_id(2), "rzrq": "2024-02-01"}
    second["kjmx"].append(new)
    second["kjhj"] = {"rs": 2, "sre": 40_000, "ybtse": 780}
    form.check_chain(judge(second), judge(first), next_month=True)
    new |= {"rzrq": "2010-01-01", "ljjcfy": 10_000, "ynssde": 8_000, "ynse": 240, "ybtse": 240}
    second["kjhj"]["ybtse"] = 630
    with pytest.raises(Rejection) as found:
        form.check_chain(judge(second), judge(first), next_month=True)
    assert found.value.code.code == "SB944"


def refused(document: dict[str, Any], rules: Rules = RULES_ON) -> str:
    with pytest.raises(Rejection) as found:
        judge(document, rules)
    return found.value.code.code


CODES = {
    "period": "SB002", "taxpayer": "DJ015", "form": "SB017", "persons": "SB901", "pay-total": "SB902",
    "due-total": "SB903", "order": "SB904", "person-id": "SB905",
    "person-kind": "SB905", "since": "SB945", "person-twice": "SB906", "young": "SB907",
    "employed": "SB908", "signs": "SB920", "allowance": "SB921", "rate": "SB923", "quick": "SB924",
    "tax": "SB925", "pay-to-date": "SB930", "allowance-to-date": "SB931", "insurance-to-date": "SB932",
    "additional": "SB933", "before": "SB934", "pay-chain": "SB940", "insurance-chain": "SB941",
    "additional-chain": "SB942", "before-chain": "SB943", "came": "SB944",
}  # fmt: skip
BY_FORM = {"taxable": ("SB922", "SB935"), "due": ("SB926", "SB936")}
ON_FILE = {
    "period",
    "taxpayer",
    "pay-chain",
    "insurance-chain",
    "additional-chain",
    "before-chain",
    "came",
    "since",
}
TO_DATE = {"pay-to-date", "allowance-to-date", "insurance-to-date", "additional", "before"}
NAMES = {name.removeprefix("wages-") for name, rule in RULES.items() if rule.kind == KIND}


def code_of(name: str, day: str) -> str:
    return BY_FORM[name][day >= "2019-02"] if name in BY_FORM else CODES[name]


@pytest.mark.parametrize("day", DAYS)
def test_every_defect_is_refused_with_its_code_and_taken_without_its_rule(day: str, monkeypatch) -> None:
    """By the return alone; what is on file is another test's."""
    assert {*CODES, *BY_FORM} == NAMES
    found = set()
    for t in employers(day, 0, 12, least=2):
        document = withholding_return(t, 0)
        judge(document)
        for name in NAMES - ON_FILE:
            try:
                wrong = spoil(document, f"wages-{name}")
            except NotPossible:
                continue
            code = refused(wrong)
            assert code == code_of(name, day), (name, t.index)
            with monkeypatch.context() as without:
                for rules in ("MONTH_RULES", "YEAR_RULES"):
                    kept = tuple(one for one in getattr(form, rules) if one.code.code != code)
                    without.setattr(form, rules, kept)
                if code in ("SB901", "SB902", "SB903"):
                    without.setattr(form, "_check_sums", lambda *_: None)
                if code in ("SB904", "SB905", "SB907"):
                    without.setattr(form, "_check_person", lambda *_: None)
                if code not in ("SB017", "SB906", "SB908"):
                    judge(wrong)
            found.add(name)
    assert found == NAMES - ON_FILE - (TO_DATE if day < "2019" else set())


def test_what_rests_on_unconfirmed_facts_can_be_turned_off() -> None:
    """Until September 2018 the allowance and the bands; the limit of additional deductions always."""
    off = Rules({"wages": False})
    t = employers("2015-10-22", 0, 1, least=2)[0]
    for name in ("allowance", "rate", "quick", "tax"):
        judge(spoil(withholding_return(t, 0), f"wages-{name}"), off)
    assert refused(spoil(withholding_return(t, 0), "wages-taxable"), off) == "SB922"
    later = withholding_return(employers("2026-11-03", 0, 1, least=2)[0], 0)
    judge(spoil(later, "wages-additional"), off)
    assert refused(spoil(later, "wages-allowance"), off) == "SB921"


def register(client: Client, t: Taxpayer) -> None:
    client.ok("registration.save", registration(t) | {"kinds": tax_kinds(t)})


def asked(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in PERIOD}


def test_months_are_filed_paid_and_chained(client: Client) -> None:
    """What is due is what the books pay; each month's defects against the month before have their codes."""
    found = set()
    for t in employers("current", 61_000, 5, least=3):
        register(client, t)
        for k in range(4):
            document = withholding_return(t, k)
            client.ok("declaration.precheck", asked(document))
            for name in sorted(NAMES):
                try:
                    wrong = spoil(document, f"wages-{name}")
                except NotPossible:
                    continue
                assert client.refused("declaration.submit", wrong) == code_of(name, "2024-12"), (name, k)
                found.add(name)
            answer = client.ok("declaration.submit", document)
            assert answer["ybtse"] == document["kjhj"]["ybtse"]
            assert client.refused("declaration.submit", document) == "SB005"
            assert client.refused("declaration.precheck", asked(document)) == "SB005"
            paid(client, t, k, answer)
    assert found == NAMES


def paid(client: Client, t: Taxpayer, k: int, answer: dict[str, Any]) -> None:
    """Pay as the books do; late with the fee, and not without it."""
    items = client.ok("collection.unpaid", {"djxh": t.djxh})["items"]
    assert [item["ybtse"] for item in items] == ([answer["ybtse"]] if answer["ybtse"] else [])
    assert {item["zsxmDm"] for item in items} <= {"10106"}
    pays = withheld_payment(t, k, answer["pzxh"])
    if pays is not None:
        if "znj" in pays["items"][0]:
            plain = [{name: pays["items"][0][name] for name in ("pzxh", "kkje")}]
            assert client.refused("collection.pay", {**pays, "items": plain}) == "ZS012"
        client.ok("collection.pay", pays)
    assert client.ok("collection.state", {"djxh": t.djxh, "pzxh": answer["pzxh"]})["paid"]


def test_who_pays_late_pays_the_fee(client: Client) -> None:
    late = [
        (t, k)
        for t in employers("current", 62_000, 60)
        for k in (0,)
        if any(one.fee for one in withheld_paid(t, k, month("current", k)).paid)
    ]
    assert late
    for t, k in late:
        register(client, t)
        paid(client, t, k, client.ok("declaration.submit", withholding_return(t, k)))


def test_a_month_that_comes_after_the_next_one_is_held_to_it(client: Client) -> None:
    """Sums since January agree in whichever order two months come; over a gap they do not fall back."""
    t = employers("current", 64_000, 1, least=3)[0]
    register(client, t)
    first, second, third, fourth = (withholding_return(t, k) for k in range(4))
    client.ok("declaration.submit", first)
    less = deepcopy(fourth)
    row = less["kjmx"][0]
    row["ljzxkc"] = row["jbylaobxf"] + row["jbylbxf"] + row["sybxf"] + row["zfgjj"]
    again(less)
    assert client.refused("declaration.submit", less) == "SB941"
    client.ok("declaration.submit", third)
    wrong = spoil(second, "wages-pay-chain")
    assert client.refused("declaration.submit", wrong) == "SB940"
    gone = deepcopy(second)
    gone["kjmx"].pop()
    again(gone)
    assert client.refused("declaration.submit", gone) == "SB944"
    client.ok("declaration.submit", second)
    client.ok("declaration.submit", fourth)


def again(document: dict[str, Any]) -> None:
    """What follows from a changed first row, and the sums."""
    row = document["kjmx"][0]
    taxable = max(0, round(100 * (row["ljsr"] - row["ljjcfy"] - row["ljzxkc"] - row["ljzxfjkc"])))
    percent, quick, tax = tax_on(date.fromisoformat(document["skssqz"]), taxable)
    row |= {"ynssde": taxable / 100, "sl": percent / 100, "sskcs": quick / 100, "ynse": tax / 100}
    row["ybtse"] = max(0, round(100 * (row["ynse"] - row["yjse"]))) / 100
    rows = document["kjmx"]
    document["kjhj"] = {
        "rs": len(rows),
        "sre": sum(round(100 * one["sr"]) for one in rows) / 100,
        "ybtse": sum(round(100 * one["ybtse"]) for one in rows) / 100,
    }


def test_without_the_rules_of_the_chain_its_defects_are_taken(monkeypatch) -> None:
    """`check_chain` alone refuses them: each holds by itself."""
    t = employers("current", 0, 1, least=3)[0]
    first, second = (withholding_return(t, k) for k in range(2))
    for name in ON_FILE - {"period", "taxpayer"}:
        wrong = judge(spoil(second, f"wages-{name}"))
        with pytest.raises(Rejection) as found:
            form.check_chain(wrong, judge(first), next_month=True)
        assert found.value.code.code == CODES[name]


def test_returns_by_the_month_stand_for_themselves(client: Client) -> None:
    """Until 2018: any order, no chain; voided and filed anew."""
    t = employers("gt3_2015", 65_000, 1, least=3)[0]
    register(client, t)
    for k in (3, 1, 0):
        client.ok("declaration.submit", withholding_return(t, k))
    document = withholding_return(t, 3)
    pzxh = client.ok("declaration.status", asked(document))["pzxh"]
    client.ok("declaration.void", asked(document) | {"pzxh": pzxh})
    assert client.ok("declaration.submit", document)["pzxh"] != pzxh


@pytest.mark.parametrize(
    ("changes", "period", "code"),
    [
        ({"djrq": "2015-05-05"}, {}, "SB014"),
        ({}, {"skssqz": "2015-03-31", "sbrq1": "2015-04-10"}, "SB015"),
        ({}, {"skssqq": "2011-01-01", "skssqz": "2011-01-31"}, "SB013"),
    ],
)
def test_periods_that_are_none(client: Client, number: int, changes: dict, period: dict, code: str) -> None:
    number += 80_000
    client.ok("registration.save", by_hand(number) | {"djrq": "2010-01-01"} | changes)
    document = withholding_return(employers("gt3_2015", 0, 1)[0], 0) | period
    document |= {"djxh": djxh(number), "nsrsbh": by_hand(number)["nsrsbh"]}
    for row in document["kjmx"]:
        row["rzrq"] = "2010-12-31"
    assert client.refused("declaration.submit", document) == code


def test_a_return_that_came_in_bulk_has_no_rows_to_hold_to() -> None:
    assert state._read(b"{}") is None
    assert period_of({"skssqq": "2024-01-01", "skssqz": "2024-01-31"}) == Period(
        date(2024, 1, 1), date(2024, 1, 31), 1
    )


@pytest.mark.parametrize("amount", [float(10**12 - 1), -1.0, 1e-3, "1", None, True])
def test_amounts_at_their_limits_are_judged_not_crashed_on(amount: Any) -> None:
    for field in ("sr", "ynssde", "ynse", "sl"):
        document = worked(1, [390])
        document["kjmx"][0][field] = amount
        with pytest.raises(Rejection):
            judge(document)


@pytest.mark.parametrize("day", ["2018-08-15", "2025-10-27"])
def test_a_return_is_the_same_after_the_service_bus(day: str) -> None:
    """Ids stay texts, numbers numbers, and each person a row."""
    head = '<taxML xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    for t in employers(day, 0, 10):
        document = withholding_return(t, 0)
        root = ElementTree.fromstring(f"{head}{write_elements(document)}</taxML>")
        assert read_elements(root) == document
