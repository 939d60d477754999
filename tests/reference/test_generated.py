"""The generators and the target were written apart: what the one makes the other accepts, defects aside."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from generators.defects import RULES, NotPossible, spoil
from generators.documents.invoice import declared, invoice, invoice_range, issued, verification
from generators.documents.payment import payment
from generators.documents.registration import registration, tax_kinds
from generators.documents.vat.declaration import declaration, filing_scale
from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer
from tests.reference.running import Client, Target

PERIOD = ("djxh", "skssqq", "skssqz", "yzpzzlDm", "sbsxDm1")
TAXPAYERS, LANES = 100, 10
START = {"gt3_2015": 0, "current": 10_000}
"""Taxpayers of one index share their serials in both profiles."""


def asked(document: dict[str, Any]) -> dict[str, Any]:
    return {key: document[key] for key in PERIOD}


def register(client: Client, t: Taxpayer) -> None:
    client.ok("registration.save", registration(t) | {"kinds": tax_kinds(t)})


def invoices(client: Client, t: Taxpayer) -> None:
    """Buy a range, issue what the return of its period covers, verify them."""
    client.ok("invoice.buy", invoice_range(t, 0))
    sent = [invoice(t, 0, n) for n in range(declared(t, 0))]
    for document in sent:
        client.ok("invoice.issue", document)
    client.ok("invoice.verify", verification(t, 0, sent))


def declarations(client: Client, t: Taxpayer) -> None:
    """Two periods in a row, each paid in full; the second opens with what the first closed with."""
    for k in (0, 1):
        document = declaration(t, k)
        opening = client.ok("declaration.precheck", asked(document))
        if "zb" in document and k:
            column = document["zb"][0]
            assert opening == {"sqldse": column["sqldse"], "qcwjse": column["qcwjse"]}
        client.ok("declaration.submit", document)
        items = client.ok("collection.unpaid", {"djxh": t.djxh})["items"]
        if items:
            client.ok("collection.pay", payment(t, items))
        assert client.ok("collection.unpaid", {"djxh": t.djxh})["items"] == []


@pytest.mark.parametrize("profile", ["gt3_2015", "current"])
def test_the_business_of_a_hundred_generated_taxpayers_is_accepted(shared: Target, profile: str):
    population = Population(20150911, profile)

    def work(lane: int) -> None:
        client = shared.client()
        for i in range(START[profile] + lane, START[profile] + TAXPAYERS, LANES):
            t = population.taxpayer(i)
            register(client, t)
            invoices(client, t)
            declarations(client, t)

    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(work, range(LANES)))


def kinds_of_documents(client: Client, t: Taxpayer) -> list[tuple[str, str, dict[str, Any]]]:
    """Operation, kind of defect, and a correct document that the target would accept next."""
    kind = "vat-general" if filing_scale(t, 1) == "general" else "vat-small"
    client.ok("declaration.submit", declaration(t, 0))
    items = client.ok("collection.unpaid", {"djxh": t.djxh})["items"]
    client.ok("invoice.buy", invoice_range(t, 0))
    documents = [("declaration.submit", kind, declaration(t, 1))]
    documents += [("invoice.issue", "invoice", invoice(t, 0, n)) for n in range(issued(t, 0)[1])]
    if len(items) == 1:
        documents.append(("collection.pay", "payment", payment(t, items)))
    return documents


def people(population: Population, start: int) -> list[Taxpayer]:
    """Four of each scale, and one who sells services only."""
    found = list(population.taxpayers(start, 1_000))
    general = [t for t in found if filing_scale(t, 0) == "general"]
    services = next(t for t in general[4:] if not sells_goods(declaration(t, 1)))
    return [*general[:4], *[t for t in found if t.scale == "small"][:4], services]


def sells_goods(document: dict[str, Any]) -> bool:
    """Rows 1 and 3 of sheet 1 are goods, row 6 their immediate refund."""
    return any(row["ewbhxh"] in ("1", "3", "6") for row in document["fb1"]["rows"])


@pytest.mark.parametrize("profile", ["gt3_2015", "current"])
def test_every_defect_of_the_generators_is_refused(client: Client, profile: str):
    """Each named rule, on at least one document of a few taxpayers."""
    refused: set[str] = set()
    population = Population(20150911, profile)
    for t in people(population, START[profile] + 1_000):
        refused |= try_defects(client, "registration.save", "registration", registration(t))
        register(client, t)
        for operation, kind, document in kinds_of_documents(client, t):
            refused |= try_defects(client, operation, kind, document)
    absent = {name for name, rule in RULES.items() if name not in refused and rule.kind not in OTHERS}
    era = "small-2014-" if profile == "current" else "small-row-"
    assert not [name for name in absent if not name.startswith(era) and name not in NOT_IN[profile]]


OTHERS = {"cit-prepayment", "statements", "stamp-tax", "social-insurance", "wage-withholding"}
"""Kinds that have tests of their own."""
NOT_IN = {
    "gt3_2015": {
        "uscc-check-digit",
        "uscc-organisation",
        "uscc-differs",
        "small-ceiling",
        "small-whose",
        "invoice-goods-code",
        *(name for name in RULES if name.startswith("sheet-5-")),
    },
    "current": {"taxpayer-id-check"},
}
"""Rules about things that the profile does not have."""


def try_defects(client: Client, operation: str, kind: str, document: dict[str, Any]) -> set[str]:
    """Send the document with each defect it can have; the names of those that the target refused."""
    refused = set()
    for name, rule in RULES.items():
        if rule.kind != kind:
            continue
        try:
            wrong = spoil(document, name)
        except NotPossible:
            continue
        reply = client.call(operation, wrong)
        assert reply.status == 200 and not reply.ok, f"{name}: {reply}"
        refused.add(name)
    return refused
