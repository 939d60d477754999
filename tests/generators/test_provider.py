"""The Faker provider: used as any provider is, valid, seeded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from faker import Faker

from generators import identifiers as ids
from generators.provider import TaxProvider
from generators.tables import load
from generators.taxpayers.population import PROFILES

VALID: dict[str, Callable[[str], bool]] = {
    "uscc": ids.check_uscc,
    "organisation_code": ids.check_organisation_code,
    "old_taxpayer_id": ids.check_old_taxpayer_id,
    "business_number": ids.check_business_number,
    "resident_id": ids.check_resident_id,
    "cnaps": ids.check_cnaps,
    "bank_card": ids.check_bank_card,
    "tax_authority": ids.check_tax_authority,
    "tax_officer": ids.check_officer,
    "djxh": ids.check_djxh,
    "pzxh": ids.check_pzxh,
    "agreement": ids.check_agreement,
    "invoice_code": ids.check_invoice_code_10,
    "invoice_code_12": ids.check_invoice_code_12,
    "invoice_number": ids.check_invoice_number,
    "digital_invoice_number": ids.check_digital_invoice_number,
    "invoice_qr": ids.check_qr,
    "goods_code": ids.check_goods_code,
}


@pytest.fixture
def fake() -> Faker:
    one = Faker("zh_CN")
    one.add_provider(TaxProvider)
    one.seed_instance(1)
    return one


@pytest.mark.parametrize("method", VALID)
def test_identifiers_are_valid_and_vary(fake: Faker, method: str) -> None:
    values = [getattr(fake, method)() for _ in range(300)]
    assert all(map(VALID[method], values))
    assert len(set(values)) >= min(9, len(load("current").districts))


def test_arguments(fake: Faker) -> None:
    assert fake.uscc(department="5", category="2").startswith("524301")
    assert fake.invoice_code(year=2014, kind="ordinary")[:6] == "430014"
    assert fake.invoice_code_12(year=2024, kind="toll").endswith("12")
    assert fake.digital_invoice_number(year=2023).startswith("23432")
    ningxiang = {fake.tax_authority(profile="gt3_2015") for _ in range(500)}
    assert "14301240000" in ningxiang
    assert "14301820000" not in ningxiang
    assert fake.tax_bureau().startswith("国家税务总局")


def test_it_works_inside_fakers_own_templates_and_unique(fake: Faker) -> None:
    assert ids.check_uscc(fake.parse("{{uscc}}"))
    assert len({fake.unique.tax_authority() for _ in range(10)}) == 10
    assert len({fake.unique.taxpayer().djxh for _ in range(50)}) == 50


@pytest.mark.parametrize("profile", PROFILES)
def test_documents(fake: Faker, profile: str) -> None:
    t = fake.taxpayer(profile=profile)
    assert t.profile == profile
    registered = fake.registration(profile=profile)
    assert registered["kinds"][0]["zsxmDm"] == "10101"
    assert fake.vat_declaration(profile=profile)["yzpzzlDm"] in ("BDA0610606", "BDA0610611")
    bought = fake.invoice_range(profile=profile)
    assert bought["fs"] == int(bought["fpzzhm"]) - int(bought["fpqshm"]) + 1
    assert ids.check_qr(fake.invoice(profile=profile)["qr"]) or profile == "gt3_2015"
    assert fake.tax_payment(profile=profile)["items"][0]["kkje"] >= 0
