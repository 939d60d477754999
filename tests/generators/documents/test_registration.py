"""Registration documents and tax kinds follow from the taxpayer and the tables."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from generators import tables
from generators.documents.goods import trade
from generators.documents.registration import (
    KIND_FIELDS,
    NOTE,
    district,
    kind_of,
    registration,
    tax_kinds,
)
from generators.eras.era import day_of
from generators.taxpayers.population import PROFILES, Population, Taxpayer


@pytest.fixture(scope="module", params=PROFILES)
def taxpayers(request: pytest.FixtureRequest) -> list[Taxpayer]:
    return list(Population(3, request.param).taxpayers(0, 2000))


FIELDS = {
    "djxh": "djxh",
    "nsrsbh": "taxpayer_id",
    "shxydm": "uscc",
    "nsrmc": "name",
    "djzclxDm": "registration_type",
    "hyDm": "industry",
    "zzjgDm": "org_code",
    "fddbrxm": "legal_person",
    "fddbrsfzjhm": "legal_person_id",
    "scjydz": "address",
    "scjydzxzqhszDm": "region",
    "zgswjDm": "authority",
    "djjgDm": "authority",
    "djrq": "registered_on",
    "cyrs": "employees",
    "zczb": "capital",
    "cwfzrsfzjhm": "accountant_id",
    "khyhhh": "bank_line",
    "yhzh": "bank_account",
    "sfxyh": "agreement",
}


def test_every_field_comes_from_the_taxpayer(taxpayers: list[Taxpayer]) -> None:
    for t in taxpayers:
        document = registration(t)
        assert {name: document[name] for name in FIELDS} == {
            name: getattr(t, field) for name, field in FIELDS.items()
        }
        assert (document["fddbrsfzjlxDm"], document["nsrztDm"]) == ("201", "03")
        assert document["bz"] == NOTE  # marked as synthetic
        assert document["kzztdjlxDm"] == ("1120" if t.individual else "1110")
        assert sum(document[share] for share in ("zrrtzbl", "wztzbl", "gytzbl")) == 100


REFORMED_INDEX = 40_000_007


def test_documents_are_json_and_pure(taxpayers: list[Taxpayer]) -> None:
    for t in taxpayers[:200]:
        document = registration(t) | {"kinds": tax_kinds(t)}
        assert json.loads(json.dumps(document, ensure_ascii=False)) == document
        assert registration(t) == registration(Taxpayer(*t))


def test_tax_kinds_of_the_eras(taxpayers: list[Taxpayer]) -> None:
    old = taxpayers[0].profile == "gt3_2015"
    for t in taxpayers:
        kinds = {kind["zsxmDm"]: kind for kind in tax_kinds(t) if kind["rdyxqz"] == "9999-12-31"}
        assert next(iter(kinds)) == "10101"
        vat = kinds["10101"]
        assert vat["slhdwse"] == (
            trade(day_of(t.profile), t.industry).rate / 100 if t.scale == "general" else 0.03
        )
        assert vat["nsqxDm"] == ("06" if old or t.scale == "general" else "08")
        assert (vat["rdyxqq"], vat["rdyxqz"]) == (max(t.registered_on, t.general_from), "9999-12-31")
        assert ("10104" in kinds) == (not t.individual and t.registration_type not in ("171", "172"))
        assert ("10111" in kinds) == ("10210" in kinds) == (not old and not t.individual)
        for item, since in (("10111", "2018-07-05"), ("10210", "2020-11-01")):
            assert item not in kinds or kinds[item]["rdyxqq"] == max(t.registered_on, since)
        assert ("10109" in kinds) == ("30203" in kinds) == ("30216" in kinds) == (not old)
        assert all(
            kind["zspmDm"].startswith(item) and len(kind["zspmDm"]) == 9 for item, kind in kinds.items()
        )


def test_vat_of_who_came_by_the_reform_begins_with_it() -> None:
    """From the first month that has them file, which is that of May 2016, filed in June."""
    for day, first in (("2016-07-10", "2016-05-01"), ("2024-10-10", "2016-05-01"), ("2016-04-10", "")):
        for t in Population(3, day).taxpayers(REFORMED_INDEX, 40):
            vat = [kind["rdyxqq"] for kind in tax_kinds(t) if kind["zsxmDm"] == "10101"]
            assert min(vat) == (first or t.registered_on) > "1990"
            assert all(
                kind["rdyxqq"] == t.registered_on for kind in tax_kinds(t) if kind["zsxmDm"] == "10104"
            )


def test_city_construction_tax_is_5_percent_in_counties() -> None:
    rates = {
        t.district: kind["slhdwse"]
        for t in Population(3).taxpayers(0, 500)
        for kind in tax_kinds(t)
        if kind["zsxmDm"] == "10109"
    }
    assert {name for name, rate in rates.items() if rate == 0.05} == {"长沙县", "宁乡市", "浏阳市"}
    assert set(rates.values()) == {0.05, 0.07}


def test_vat_rates_of_the_eras() -> None:
    for profile, rates in (("gt3_2015", {6, 11, 13, 17}), ("current", {6, 9, 13})):
        people = [t for t in Population(3, profile).taxpayers(0, 5000) if t.scale == "general"]
        assert {trade(day_of(profile), t.industry).rate for t in people} == rates


def test_bureau_names_of_the_eras() -> None:
    old, new = Population(1, "gt3_2015").taxpayer(1), Population(1, "current").taxpayer(1)
    assert district(old).bureau.endswith("国家税务局")
    assert district(new).bureau.startswith("国家税务总局")


def test_who_grew_was_determined_as_a_small_taxpayer_until_the_day_before() -> None:
    people = Population(20150911, "current").taxpayers(0, 500)
    grown = [t for t in people if t.general_from > t.registered_on]
    assert grown
    for t in grown:
        vat = [kind for kind in tax_kinds(t) if kind["zsxmDm"] == "10101"]
        assert [kind["zspmDm"] for kind in vat] == ["101010101", "101010200"]
        general, small = vat
        assert (small["rdyxqq"], general["rdyxqq"]) == (t.registered_on, t.general_from)
        day_after = date.fromisoformat(small["rdyxqz"]) + timedelta(days=1)
        assert (str(day_after), general["rdyxqz"]) == (t.general_from, "9999-12-31")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item": "1010"}, "kinds.yaml: row 1: item is '1010'; must be a 5-digit levy item"),
        ({"sub_item": "101040001"}, "sub_item is '101040001'; must be 9 digits that begin with 10101"),
        ({"payers": "rich"}, "payers is 'rich'; must be one of general, small, company, corporate, all"),
        ({"rate": "half"}, "rate is 'half'; must be a number, 0 .. 100"),
        ({"cycle": "07"}, "cycle is '07'; must be 06, 08, 10 or 11"),
    ],
)
def test_mistakes_in_tax_kinds_name_the_field(change: dict[str, str], message: str) -> None:
    row = {
        "item": "10101",
        "sub_item": "101010101",
        "name": "x",
        "payers": "all",
        "rate": "vat",
        "cycle": "06",
        "since": date(2012, 1, 1),
    }
    good = tables.Row("kinds.yaml", 1, row, "current", set(KIND_FIELDS))
    assert kind_of(good).rate == "vat"
    with pytest.raises(tables.TableError, match=message):
        kind_of(tables.Row("kinds.yaml", 1, row | change, "current", set(KIND_FIELDS)))


@pytest.mark.parametrize("day", ["2018-08-15", "2025-10-27"])
def test_no_determination_ends_before_it_begins(day: str) -> None:
    """Who grew before the bureau levied surcharges has none determined as a small-scale taxpayer."""
    grown = 0
    for t in Population(7, day).taxpayers(4_000, 1_500):
        kinds = tax_kinds(t)
        assert all(kind["rdyxqq"] <= kind["rdyxqz"] for kind in kinds), t.index
        items = [(kind["zsxmDm"], kind["rdyxqq"]) for kind in kinds]
        assert len(set(items)) == len(items)
        grown += t.registered_on < t.general_from < "2018-07-05"
    assert grown > 10
