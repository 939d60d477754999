"""Spoiled documents: each breaks the rule it is named after, and no other."""

import copy
from collections import Counter

import pytest

from generators.defects import RULES, NotPossible, kind_of, rules_for, spoil
from generators.documents.invoice import invoice, invoice_range, red_invoice
from generators.documents.payment import payment
from generators.documents.registration import registration, tax_kinds
from generators.documents.vat.declaration import declaration, filing_scale
from generators.taxpayers.population import PROFILES, Population
from tests.generators.document_checks import check_invoice, check_payment, check_registration
from tests.generators.poison import poisoned
from tests.generators.return_checks import check_general, check_small

populations = {profile: Population(5, profile) for profile in PROFILES}
KINDS = {
    "registration", "vat-general", "vat-small", "cit-prepayment", "statements", "stamp-tax",
    "social-insurance", "wage-withholding", "invoice", "payment",
}  # fmt: skip
VOUCHERS = [
    {"pzxh": "10014301030000000001", "ybtse": 1236.36},
    {"pzxh": "10014301030000000002", "ybtse": 0.07},
]


def declarations(t):
    for k in (1, 14):
        if filing_scale(t, k) == "general":
            before = declaration(t, k - 1) if filing_scale(t, k - 1) == "general" else None
            yield declaration(t, k), lambda d, b=before: check_general(d, b, t.taxpayer_id)
        else:
            yield declaration(t, k), lambda d: check_small(d, t.taxpayer_id, t.individual)


def invoices(t):
    sold = invoice_range(t, 7)
    for document in (invoice(t, 7, 1), red_invoice(t, 7, 2, 1)):
        yield document, lambda d: check_invoice(d, sold, t.taxpayer_id)


def registrations(t):
    yield registration(t) | {"kinds": tax_kinds(t)}, check_registration


def payments(t):
    unpaid = {item["pzxh"]: item["ybtse"] for item in VOUCHERS}
    yield payment(t, VOUCHERS), lambda d: check_payment(d, unpaid)


# Rules that the documents of an era have nothing to break with.
OTHER_ERA = {
    "gt3_2015": {name for name in RULES if name.startswith("small-") and "2014" not in name}
    | {"uscc-check-digit", "uscc-organisation", "uscc-differs", "invoice-goods-code"}
    | {name for name in RULES if name.startswith("sheet-5-")},
    "current": {name for name in RULES if "2014" in name} | {"taxpayer-id-check"},
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("make", "count"), [(declarations, 70), (invoices, 30), (registrations, 30), (payments, 3)]
)
def test_a_spoiled_document_breaks_exactly_its_rule(make, count: int, profile: str) -> None:
    broken, kinds = Counter(), set()
    for t in populations[profile].taxpayers(0, count):
        for document, check in make(t):
            untouched = copy.deepcopy(document)
            kinds.add(kind_of(document))
            assert check(document) == []
            for rule in rules_for(document):
                assert check(spoil(document, rule)) == [rule], (t, rule)
                broken[rule] += 1
            assert document == untouched
    assert {name for name, rule in RULES.items() if rule.kind in kinds} - set(broken) <= OTHER_ERA[profile]


def test_rules_are_named_explained_and_of_a_known_kind() -> None:
    assert {rule.kind for rule in RULES.values()} == KINDS
    assert all(name == rule.name and rule.what for name, rule in RULES.items())
    assert len({rule.what + rule.kind for rule in RULES.values()}) > len(RULES) - 8  # two forms, same words


def test_a_rule_of_another_kind_of_document_is_refused() -> None:
    document = payment(populations["current"].taxpayer(0), VOUCHERS)
    with pytest.raises(
        NotPossible, match="rule row-17-sum is one of vat-general documents; this is a payment"
    ):
        spoil(document, "row-17-sum")


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(KeyError, match="no rule 'row-99'"):
        spoil({"items": []}, "row-99")


def test_a_document_without_what_the_defect_needs_is_refused() -> None:
    t = next(t for t in populations["gt3_2015"].taxpayers(0, 99) if not t.uscc)
    with pytest.raises(NotPossible, match="no social credit code"):
        spoil(registration(t), "uscc-check-digit")


def test_a_document_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="of no known kind"):
        kind_of({"djxh": "1"})


def test_spoiling_needs_neither_chance_nor_clock() -> None:
    document = declaration(
        next(t for t in populations["current"].taxpayers(0, 99) if t.scale == "general"), 3
    )
    expected = [spoil(document, rule) for rule in rules_for(document)]
    with poisoned():
        assert [spoil(document, rule) for rule in rules_for(document)] == expected
