"""Taxpayer i is one entity on every day: what changes, what stays, and who is on the register when."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.identifiers import (
    check_old_taxpayer_id,
    check_organisation_code,
    check_uscc,
    make_organisation_code,
    make_uscc,
)
from generators.taxpayers import register
from generators.taxpayers.permutation import SPACE
from generators.taxpayers.population import Population, Taxpayer
from generators.taxpayers.register import MOST, NEWCOMERS, STANDING, Register, days, newcomers_a_day
from tests.share import examples

SEED = 7
DAYS = (
    "2015-09-30", "2015-10-22", "2016-06-30", "2017-04-09", "2017-04-10", "2017-10-01", "2018-03-31",
    "2018-07-05", "2020-12-31", "2024-12-31", "2026-06-01",
)  # fmt: skip
POPULATIONS = {day: Population(SEED, day) for day in DAYS}
CHANGES = {
    "profile", "taxpayer_id", "uscc", "org_code", "region", "district", "authority", "address", "industry",
    "scale", "general_from",
}  # fmt: skip


def through_time(i: int) -> list[Taxpayer]:
    return [people.taxpayer(i) for people in POPULATIONS.values()]


@settings(deadline=None, max_examples=examples(60))
@given(st.integers(0, SPACE - 1))
def test_one_entity_on_all_days(i: int) -> None:
    lives = through_time(i)
    for field in set(Taxpayer._fields) - CHANGES:
        assert len({getattr(t, field) for t in lives}) == 1, field
    codes = [t.uscc for t in lives]
    assert codes == sorted(codes)  # "" until it has one, then the same for good
    assert len(set(codes) - {""}) <= 1
    for t in lives:
        assert t.taxpayer_id == (t.uscc or t.old_id)
        assert not t.uscc or check_uscc(t.uscc)
        assert not t.old_id or check_old_taxpayer_id(t.old_id)
    scales = [t.scale for t in lives]
    assert scales in ([a for a in scales if a == "small"] + [a for a in scales if a == "general"], scales[:0])


@settings(deadline=None, max_examples=examples(60))
@given(st.integers(0, SPACE - 1))
def test_the_body_of_a_uscc_is_the_old_organisation_code_where_there_was_one(i: int) -> None:
    lives = through_time(i)
    before, after = lives[0], lives[-1]
    assert after.uscc[8:17] == after.org_code
    if not after.individual and after.registered_on < "2015-10-01":
        assert after.org_code == before.org_code
        assert after.old_id[6:] == after.org_code
        assert after.org_code[:8].isdigit()
    else:
        assert after.org_code.startswith("MA")
        assert not after.old_id or after.individual


def test_the_worked_examples_of_the_conversion() -> None:
    """Old body 00010001: sum 12, check X; the uscc of it, and of a new body, recomputed by hand."""
    assert make_organisation_code("00010001") == "00010001X"
    assert make_uscc("430103", "00010001") == "9143010300010001XQ"
    assert make_organisation_code("MA4T0009") == "MA4T00094"
    assert make_uscc("430103", "MA4T0009") == "91430103MA4T000940"
    assert check_organisation_code("00010001X")


def share_of_codes(day: str, individual: bool) -> float:
    people = [t for t in POPULATIONS[day].taxpayers(0, 6000) if t.individual == individual]
    return sum(bool(t.uscc) for t in people) / len(people)


def test_the_licence_reform_reaches_all_in_its_time() -> None:
    """None before October 2015, both kinds of ids side by side, 99.8 % and 95 % at the end of March 2018."""
    assert share_of_codes("2015-09-30", False) == share_of_codes("2016-06-30", True) == 0
    assert share_of_codes("2015-10-22", False) == pytest.approx(21 / 912, abs=0.01)
    assert share_of_codes("2016-06-30", False) == pytest.approx(273 / 912, abs=0.04)
    assert share_of_codes("2018-03-31", False) == pytest.approx(0.998, abs=0.004)
    assert share_of_codes("2018-03-31", True) == pytest.approx(0.95, abs=0.02)
    assert share_of_codes("2024-12-31", False) == share_of_codes("2024-12-31", True) == 1


def test_ningxiang_became_a_city_and_its_taxpayers_stayed_the_same() -> None:
    i = next(i for i in range(1000) if POPULATIONS["2017-04-09"].taxpayer(i).district == "宁乡县")
    before, after = (POPULATIONS[day].taxpayer(i) for day in ("2017-04-09", "2017-04-10"))
    assert (before.region, before.authority) == ("430124", "14301240000")
    assert (after.region, after.authority, after.district) == ("430182", "14301820000", "宁乡市")
    assert (after.djxh, after.business_number, after.name) == (
        before.djxh,
        before.business_number,
        before.name,
    )


def test_a_uscc_has_the_region_of_its_day_of_issue() -> None:
    """Converted before April 2017 or after it; a newcomer of the new city has the new code from the start."""
    regions = Counter()
    for i in range(30_000):
        t = POPULATIONS["2024-12-31"].taxpayer(i)
        if t.district == "宁乡市" and not t.individual:
            regions[t.uscc[2:8]] += 1
    assert set(regions) == {"430124", "430182"}
    assert regions["430124"] / regions.total() == pytest.approx(557 / 912, abs=0.07)
    new = (POPULATIONS["2024-12-31"].taxpayer(SPACE - 1 - k) for k in range(3000))
    late = [t for t in new if t.district == "宁乡市" and t.registered_on > "2017-04-10"]
    assert late
    assert all(t.uscc[2:8] == t.business_number[:6] == t.agreement[:6] == "430182" for t in late)


def test_industries_move_to_the_edition_of_2017() -> None:
    moved = Counter()
    for i in range(500):
        old, new = (POPULATIONS[day].taxpayer(i).industry for day in ("2017-04-10", "2017-10-01"))
        moved[old, new] += 1
    assert {new for old, new in moved if old == "6510"} == {"6513"}
    assert {new for old, new in moved if old == "5211"} == {"5211"}


def test_some_small_taxpayers_grow_and_stay_general() -> None:
    """1 in 16 of the small ones, on the first day of a quarter, a year or more after registering."""
    grown = 0
    for i in range(4000):
        first, last = POPULATIONS["2015-09-30"].taxpayer(i), POPULATIONS["2026-06-01"].taxpayer(i)
        if (first.scale, last.scale) == ("small", "general"):
            grown += 1
            assert first.general_from == ""
            since = date.fromisoformat(last.general_from)
            assert (since.day, since.month % 3) == (1, 1)
            assert (since - date.fromisoformat(last.registered_on)).days >= 366
        assert (last.scale == "general") == bool(last.general_from)
    assert grown / 4000 == pytest.approx(1 / 16 * 0.75 * 0.85, abs=0.015)


# Names


def test_no_two_have_one_trade_name_whatever_their_registry_and_industry() -> None:
    people = POPULATIONS["2024-12-31"]
    names: set[str] = set()
    for start in (0, STANDING - 3000, STANDING, NEWCOMERS, SPACE - 3000):
        names |= {t.name for t in people.taxpayers(start, 3000)}
    assert len(names) == 5 * 3000


def test_a_district_stands_with_its_city() -> None:
    for t in POPULATIONS["2015-10-22"].taxpayers(0, 2000):
        assert t.name.startswith(("长沙", "湖南", "浏阳市", "宁乡县"))
        if t.district in t.name and t.district[-1] == "区":
            assert t.name.startswith(f"长沙市{t.district}")


def test_births_are_as_the_table_has_them() -> None:
    born = Counter(
        int(t.legal_person_id[6:10]) // 5 * 5 for t in POPULATIONS["2015-10-22"].taxpayers(0, 8000)
    )
    for first, share in {
        1955: 4,
        1960: 10,
        1965: 17,
        1970: 21,
        1975: 18,
        1980: 14,
        1985: 10,
        1990: 6,
    }.items():
        assert born[first] / 8000 == pytest.approx(share / 100, abs=0.02)


# The register of a day


@settings(deadline=None, max_examples=examples(200))
@given(st.sampled_from(DAYS), st.integers(0, MOST - 1), st.integers(0, MOST - 1))
def test_no_two_numbers_of_a_day_are_one_taxpayer(day: str, n: int, m: int) -> None:
    on = Register(date.fromisoformat(day))
    assert 0 <= on.index(n) < SPACE
    assert (on.index(n) == on.index(m)) == (n == m)


@pytest.mark.parametrize("day", DAYS)
def test_who_is_on_the_register_registered_long_before(day: str) -> None:
    people = POPULATIONS[day]
    found = [people.registered(n) for n in range(2000)]
    assert len({t.index for t in found}) == 2000
    assert all((people.day - date.fromisoformat(t.registered_on)).days > 120 for t in found)
    bands = Counter((t.index >= STANDING) + (t.index >= NEWCOMERS) for t in found)
    assert (bands[1] > 0) == (day >= "2016-05-01")  # who came from business tax
    industries = {t.industry for t in found}
    assert bool(industries & {"4700", "4710", "6210", "7010"}) == (day >= "2016-05-01")


def test_newcomers_register_on_the_day() -> None:
    people = POPULATIONS["2015-10-22"]
    found = [people.newcomer(n) for n in range(100)]
    assert {t.registered_on for t in found} == {"2015-10-22"}
    assert len({t.taxpayer_id for t in found}) == 100
    assert all(t.uscc for t in found if not t.individual)  # three in one since 1 October
    assert not any(t.uscc for t in found if t.individual)
    assert {Population(SEED, "2015-10-03").newcomer(n).registered_on for n in range(9)} == {"2015-10-08"}


def test_newcomers_are_new_on_one_day_only() -> None:
    one, other = Register(date(2015, 10, 22)), Register(date(2015, 10, 23))
    assert not {one.newcomer(n) for n in range(500)} & {other.newcomer(n) for n in range(500)}
    settled = Register(date(2016, 6, 30))
    assert one.newcomer(0) not in {settled.index(n) for n in range(100)}


def test_the_ends_of_a_register_are_said() -> None:
    on = Register(date(2024, 5, 22))
    for n in (-1, SPACE):
        with pytest.raises(
            IndexError, match=f"taxpayer number is {n}; the register of a day knows 30,000,000"
        ):
            on.index(n)
    with pytest.raises(IndexError, match="a day has 15,"):
        on.newcomer(newcomers_a_day() + 1)
    for day in (date(2014, 12, 31), date(2028, 1, 1)):
        with pytest.raises(ValueError, match=f"day is {day}; must be 2015-01-05 .. 2027-12-31"):
            Register(day)
    assert days()[0] == register.FIRST.toordinal()
