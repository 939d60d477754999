"""Statements of small enterprises: sums, ties to the prepayment either way, every defect with its code."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.defects import RULES, spoil
from generators.defects.statements import KIND
from generators.documents.registration import registration, tax_kinds
from generators.documents.returns.cit import cit_prepayment
from generators.documents.returns.statements import files_statements, statements
from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer
from renhai.reference.forms.cit import rows_of_tie
from renhai.reference.forms.statements import check_chain, check_statements, check_tie
from renhai.reference.rules.codes import Rejection
from tests.reference.running import Client
from tests.share import examples

PERIOD = ("djxh", "skssqq", "skssqz", "yzpzzlDm", "sbsxDm1")


def enterprises(profile: str, start: int, count: int) -> list[Taxpayer]:
    found = Population(20150911, profile).taxpayers(start, 20 * count)
    return [t for t in found if files_statements(t)][:count]


@given(st.integers(0, 10**8 - 1), st.dates(date(2013, 1, 1), date(2026, 12, 31)))
@settings(max_examples=examples(25), deadline=None)
def test_sums_and_ties_hold_in_every_era(index: int, day: date) -> None:
    t = Population(7, str(day)).taxpayer(index)
    if not files_statements(t):
        return
    before = None
    for k in range(4):
        document = statements(t, k)
        found = check_statements(document)
        assert min(amount for row, amount in enumerate(found.end) if row not in (51, 52)) >= 0
        check_tie(found, *rows_of_tie(cit_prepayment(t, k), date.fromisoformat(document["skssqz"])))
        if before is not None and document["skssqq"][5:7] != "01":
            check_chain(found, before)
            assert found.begin == before.begin
        elif before is not None:
            assert found.begin == before.end
        before = found


def test_the_assets_are_those_of_the_prepayment() -> None:
    """Of the first quarter: the mean of both columns of the balance sheet."""
    for t in enterprises("current", 0, 10):
        closing, opening = (round(100 * column["r30"]) for column in statements(t, 0)["zcfzb"])
        assert (closing + opening) // 2 == round(100 * cit_prepayment(t, 0)["fbsx"]["zcze"])


CODES = {
    "period": "SB002", "taxpayer": "DJ015", "columns": "GY007", "operating": "SB721", "profit": "SB730",
    "net": "SB732", "quarter": "SB732", "current": "SB815", "fixed": "SB820", "assets": "SB830",
    "debts": "SB841", "equity": "SB852", "balance": "SB853", "opening": "SB853", "retained": "SB880",
    "tie": "SB881",
}  # fmt: skip


def register(client: Client, t: Taxpayer) -> None:
    client.ok("registration.save", registration(t) | {"kinds": tax_kinds(t)})


def asked(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in PERIOD}


def test_every_defect_is_refused_with_its_code(client: Client) -> None:
    rules = [name for name, rule in RULES.items() if rule.kind == KIND]
    assert {name.removeprefix("statements-") for name in rules} == set(CODES)
    for t in enterprises("gt3_2015", 30_000, 2):
        register(client, t)
        client.ok("declaration.submit", cit_prepayment(t, 0))
        document = statements(t, 0)
        for name in rules:
            code = client.refused("declaration.submit", spoil(document, name))
            assert code == CODES[name.removeprefix("statements-")], name
        client.ok("declaration.precheck", asked(document))
        answer = client.ok("declaration.submit", document)
        assert answer["ybtse"] == 0
        assert client.ok("declaration.status", asked(document)) == {"filed": True, "pzxh": answer["pzxh"]}
        assert client.refused("declaration.submit", document) == "SB005"
        assert client.refused("declaration.precheck", asked(document)) == "SB005"


def test_a_prepayment_after_the_statements_is_held_to_them(client: Client) -> None:
    t = enterprises("gt3_2015", 30_500, 1)[0]
    register(client, t)
    client.ok("declaration.submit", statements(t, 0))
    prepayment = cit_prepayment(t, 0)
    other = prepayment | {"qysds": prepayment["qysds"] | {"r3": prepayment["qysds"]["r3"] + 1}}
    assert client.refused("declaration.submit", other) == "SB881"
    client.ok("declaration.submit", prepayment)


def test_the_year_to_date_goes_on_from_the_quarter_before(client: Client) -> None:
    t = enterprises("gt3_2015", 30_600, 1)[0]
    register(client, t)
    client.ok("declaration.submit", statements(t, 0))
    document = statements(t, 1)
    wrong = statements(t, 1)
    for row in ("r1", "r2"):
        wrong["lrb"][1][row] += 1
    assert client.refused("declaration.submit", wrong) == "SB882"
    client.ok("declaration.submit", document)


def test_no_amount_is_no_row() -> None:
    document = statements(enterprises("current", 0, 1)[0], 0)
    del document["zcfzb"][0]["r53"]
    with pytest.raises(Rejection) as refused:
        check_statements(document)
    assert refused.value.code.code == "GY002"
