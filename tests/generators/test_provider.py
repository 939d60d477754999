"""The Faker provider: used as any provider is, valid, seeded."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getmembers, isfunction

import pytest
from faker import Faker

from generators import identifiers as ids
from generators.provider import TaxProvider
from generators.tables import load
from generators.taxpayers.population import PROFILES
from renhai.faker import Provider

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


def test_faker_finds_it_by_its_name_alone() -> None:
    """`includes` asks for a module's Provider; the values are those of the provider that is added."""
    included, added = Faker("zh_CN", includes=["renhai.faker"]), Faker("zh_CN")
    added.add_provider(TaxProvider)
    for fake in (included, added):
        fake.seed_instance(7)
    for _ in range(20):
        assert [included.uscc(), included.djxh(), included.taxpayer().name] == [
            added.uscc(), added.djxh(), added.taxpayer().name,
        ]  # fmt: skip
    assert Provider is TaxProvider
    both = Faker(["en_GB", "zh_CN"], includes=["renhai.faker"])
    assert ids.check_uscc(both.uscc()) and both.name()


def test_seeds_hold_for_every_method_and_instances_are_apart(fake: Faker) -> None:
    names = [
        name
        for name, _ in getmembers(TaxProvider, isfunction)
        if name in vars(TaxProvider) and name[0] != "_"
    ]
    assert len(names) > 20
    for name in names:
        fake.seed_instance(5)
        first = [getattr(fake, name)() for _ in range(3)]
        other = Faker("en_US", includes=["renhai.faker"])
        other.seed_instance(5)
        assert first == [getattr(other, name)() for _ in range(3)], name


@pytest.mark.parametrize(
    "day", ["2013-05-20", "2015-09-30", "2016-05-20", "2019-04-01", "2024-02-29", "2026-01-01"]
)
def test_documents_of_a_day_are_those_of_that_day(fake: Faker, day: str) -> None:
    for _ in range(5):
        assert fake.taxpayer(profile=day).profile == day
        assert fake.vat_declaration(profile=day)["skssqz"] < day
        assert fake.invoice(profile=day)["kprq"][:7] == day[:7]
        assert fake.invoice(profile=day)["kprq"] <= day
        assert fake.invoice_range(profile=day)["fs"] > 0
        assert ids.check_tax_authority(fake.tax_authority(profile=day)) and fake.tax_bureau(profile=day)


@pytest.mark.parametrize("profile", ["2011-12-31", "2028-01-01", "today", "2016-5-2", ""])
def test_another_profile_is_said(fake: Faker, profile: str) -> None:
    for name in ("taxpayer", "registration", "tax_bureau", "vat_declaration"):
        with pytest.raises(ValueError, match="profile is"):
            getattr(fake, name)(profile=profile)


def test_officers_exist_and_goods_codes_are_what_somebody_sells(fake: Faker) -> None:
    assert all(fake.tax_officer()[7:] != "0000" for _ in range(3000))
    found = {fake.goods_code() for _ in range(3000)}
    assert len(found) > 40 and all(len(code) == 19 and code.isdigit() for code in found)
    assert {"1080401010000000000", "3040201010000000000"} <= found


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
