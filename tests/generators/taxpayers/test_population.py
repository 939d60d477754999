"""A population: pure, injective by construction, in the shares of the tables, and plausible."""

from __future__ import annotations

import pickle
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators import tables
from generators.identifiers import checksums
from generators.taxpayers import draw_tables, making, names, permutation, population
from generators.taxpayers.permutation import HALF, SPACE
from generators.taxpayers.population import PROFILES, Population, Taxpayer
from generators.taxpayers.register import NEWCOMERS, STANDING
from generators.taxpayers.resident_ids import WINDOW

INDICES = st.integers(0, SPACE - 1)
SEED = 7
OLD, NEW = Population(SEED, "gt3_2015"), Population(SEED, "current")
BOTH = [OLD, NEW]


@pytest.fixture(scope="module", params=PROFILES)
def sample(request: pytest.FixtureRequest) -> list[Taxpayer]:
    return list(Population(SEED, request.param).taxpayers(1000, 20_000))


# Purity


SHOP = ("433130197801140416", "430111657020156", "6222020111810522057")
COMPANY = ("432325197002063994", "430102241468179", "4300010263855307")


@pytest.mark.parametrize(
    ("profile", "i", "djxh", "taxpayer_id", "owner", "business", "account"),
    [
        ("gt3_2015", 3, "10114301110000000004", "43313019780114041601", *SHOP),
        ("gt3_2015", 4, "10114301020000000005", "430102858474231", *COMPANY),
        ("current", 3, "10114301110000000004", "92430111MA13DNL680", *SHOP),
        ("current", 4, "10114301020000000005", "91430102858474231J", *COMPANY),
    ],
)
def test_known_taxpayers(
    profile: str, i: int, djxh: str, taxpayer_id: str, owner: str, business: str, account: str
) -> None:
    """Pinned: a seed means the same people tomorrow. Only a change of the tables may change these."""
    t = Population(1, profile).taxpayer(i)
    found = (t.djxh, t.taxpayer_id, t.legal_person_id, t.business_number, t.bank_account)
    assert found == (djxh, taxpayer_id, owner, business, account)


@settings(deadline=None, max_examples=20)
@given(INDICES)
def test_any_order_any_instance(i: int) -> None:
    for one in BOTH:
        again = Population(SEED, one.profile)
        again.taxpayer((i * 7 + 1) % SPACE)
        assert again.taxpayer(i) == one.taxpayer(i)


def test_a_range_is_its_single_taxpayers_and_both_ends_exist() -> None:
    assert list(NEW.taxpayers(5, 3)) == [NEW.taxpayer(5), NEW.taxpayer(6), NEW.taxpayer(7)]
    assert (NEW.taxpayer(0).index, NEW.taxpayer(SPACE - 1).index, len(NEW)) == (0, SPACE - 1, SPACE)
    for i in (-1, SPACE):
        with pytest.raises(IndexError, match=f"taxpayer index is {i}; must be 0 .. 99999999"):
            NEW.taxpayer(i)


def test_seeds_and_profiles_differ() -> None:
    assert NEW.taxpayer(1) != Population(SEED + 1).taxpayer(1)
    assert NEW.taxpayer(1).serial == OLD.taxpayer(1).serial  # the same entity
    with pytest.raises(ValueError, match="profile is '2015'; must be one of gt3_2015, current, or a day"):
        Population(1, "2015")


def test_a_population_travels_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(OLD))
    assert repr(copy) == "Population(seed=7, profile='gt3_2015')"
    assert copy.taxpayer(99) == OLD.taxpayer(99)


# Injectivity: the index is read back from every identifier


def unfeistel(tables_: tuple[list[int], ...], s: int) -> int:
    f1, f2, f3, f4 = tables_
    left, right = divmod(s, HALF)
    left = (left - f4[right]) % HALF
    right = (right - f3[left]) % HALF
    left = (left - f2[right]) % HALF
    right = (right - f1[left]) % HALF
    return left * HALF + right


def unaffine(label: str, x: int) -> int:
    a, b = permutation.affine(SEED, label)
    return (x - b) * pow(a, -1, SPACE) % SPACE


def serial_of_person(text: str, profile: str, role: int) -> int:
    people = draw_tables.layout(profile).people
    day = date.fromisoformat(text[6:14]).toordinal() - people.first_day
    places = [(area, day - first in range(WINDOW)) for area, _, first in people.windows]
    w = places.index((text[:6], True))
    rest = day - people.windows[w][2] + WINDOW * (int(text[14:17]) - 1)
    return unaffine(f"person {role}", rest * len(people.windows) + w - role * SPACE)


def serial_of_body(code: str) -> int:
    if not code.startswith("MA"):
        return unaffine("organisation", int(code[:8]))
    value = 0
    for char in code[2:8]:
        value = value * 31 + checksums.USCC_ALPHABET.index(char)
    return unaffine("organisation", value)


def serial_of_business_number(t: Taxpayer) -> int:
    fronts = draw_tables.layout(t.profile).business
    moved = {"430182": "430124"}  # a newcomer's number begins with the new code
    front = moved.get(t.business_number[:6], t.business_number[:6]) + t.business_number[6:10]
    lefts = [left for left, by_digit in enumerate(fronts) if front in [text for text, _ in by_digit.values()]]
    assert len(lefts) == 1
    return lefts[0] * HALF + int(t.business_number[10:14])


@settings(deadline=None, max_examples=40)
@given(INDICES)
def test_the_index_can_be_read_back_from_every_unique_identifier(i: int) -> None:
    for one in BOTH:
        t = one.taxpayer(i)
        s = t.serial
        round_tables = permutation.round_tables(permutation.stream(SEED, making.DRAWN))
        assert unfeistel(round_tables, s) == i
        assert int(t.djxh[10:]) == i + 1
        assert not t.org_code or serial_of_body(t.org_code) == s
        assert serial_of_person(t.legal_person_id, t.profile, 0) == s
        assert serial_of_person(t.accountant_id, t.profile, 1) == s
        assert serial_of_business_number(t) == s
        assert unaffine("mobile", int(t.mobile[3:])) == s
        assert unaffine("person 0", int(t.accountant_mobile[3:])) == s
        assert unaffine("person 1", int(t.agreement[6:])) == s
        account = t.bank_account[:-1] if t.individual else t.bank_account
        assert unaffine("person 1", int(account[-8:])) == s


def test_the_families_of_numbers_cannot_meet(sample: list[Taxpayer]) -> None:
    """Owners and accountants, cards and company accounts: disjoint by their beginnings."""
    owners, accountants = names.mobile_prefixes()
    assert not set(owners) & set(accountants)
    assert all(t.bank_account.startswith("62") == t.individual for t in sample)
    people = [t.legal_person_id for t in sample] + [t.accountant_id for t in sample]
    assert len(set(people)) == len(people)
    business = draw_tables.layout(sample[0].profile).business
    fronts = [front for by_digit in business for front, _ in by_digit.values()]
    assert len(business) == HALF
    assert len(set(fronts)) == len(fronts)
    windows = draw_tables.layout(sample[0].profile).people.windows
    assert len({(area, first) for area, _, first in windows}) == len(windows)


@given(st.integers(0, 2**64 - 1), st.integers(0, SPACE - 1))
def test_permutations_are_permutations(seed: int, x: int) -> None:
    a, b = permutation.affine(seed, "x")
    assert 0 < a < SPACE
    assert a % 2 == 1
    assert a % 5 != 0
    assert ((a * x + b) % SPACE - b) * pow(a, -1, SPACE) % SPACE == x


def test_splitmix64_is_the_published_one() -> None:
    """First outputs of the reference generator seeded with 1234567: state += golden ratio, then the mix."""
    outputs = [permutation.splitmix64(1234567 + k * permutation.GOLDEN) for k in (1, 2, 3)]
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]


# Plausibility


def test_shares_are_those_of_the_tables(sample: list[Taxpayer]) -> None:
    """Five standard deviations are allowed: sqrt(p (1-p) / 20000) < 0.36 % for a share p of 20,000 draws."""
    wanted, born = tables.load(sample[0].profile), tables.load("2015-01-01")
    authorities = Counter(t.authority for t in sample)
    kinds = Counter(t.registration_type for t in sample)
    shops = Counter(t.industry for t in sample if t.individual)
    for district in wanted.districts:
        assert authorities[district.authority] / len(sample) == pytest.approx(district.share / 100, abs=0.018)
    for kind in wanted.types:
        assert kinds[kind.code] / len(sample) == pytest.approx(kind.share / 100, abs=0.018)
    for industry, then in zip(wanted.industries, born.industries, strict=True):
        assert shops[industry.code] / sum(shops.values()) == pytest.approx(then.individual / 100, abs=0.025)


def test_every_field_fits_the_others(sample: list[Taxpayer]) -> None:
    wanted = tables.load(sample[0].profile)
    districts = {row.authority: row for row in wanted.districts}
    kinds = {row.code: row for row in wanted.types}
    for t in sample:
        district = districts[t.authority]
        assert (t.region, t.district, t.postcode) == (district.region, district.name, district.postcode)
        assert t.address.startswith(f"湖南省长沙市{t.district}{t.street}")
        assert t.individual == (kinds[t.registration_type].klass == "individual")
        assert t.djxh[3:10] == "1" + BORN.get(t.authority[1:7], t.authority[1:7])
        assert t.business_number[:6] == BORN.get(t.region, t.region)
        assert t.business_number[6] == str(kinds[t.registration_type].serial)
        born = date(
            int(t.legal_person_id[6:10]), int(t.legal_person_id[10:12]), int(t.legal_person_id[12:14])
        )
        assert (date.fromisoformat(t.registered_on) - born).days >= 6574  # 18 years
        assert t.scale in ("general", "small")
        assert t.employees >= 1
        assert t.capital >= 5000


BORN = {"430182": "430124"}  # Ningxiang, a county until 2017


def test_eras(sample: list[Taxpayer]) -> None:
    old = sample[0].profile == "gt3_2015"
    assert {t.region for t in sample if t.district.startswith("宁乡")} == {"430124" if old else "430182"}
    assert all(t.registered_on < "2015-01-01" for t in sample)
    if old:
        assert {len(t.taxpayer_id) for t in sample if t.individual} == {18, 20}
        assert all(t.taxpayer_id == t.region + t.org_code for t in sample if not t.individual)
        assert {t.uscc for t in sample} == {""}
        assert {t.org_code for t in sample if t.individual} == {""}
    else:
        assert all(t.taxpayer_id == t.uscc and t.uscc[8:17] == t.org_code for t in sample)
        assert all(t.uscc.startswith("92" if t.individual else "91") for t in sample)


def test_given_names_go_with_the_sex_in_the_resident_id() -> None:
    women, men = (set(table) for table in names.first_names())
    for t in NEW.taxpayers(0, 2000):
        expected = men if int(t.legal_person_id[16]) % 2 else women
        assert t.legal_person[1:] in expected or t.legal_person[2:] in expected


def test_keys_differ_and_have_all_bits(sample: list[Taxpayer]) -> None:
    assert len({t.key for t in sample}) == len(sample)
    for bit in range(64):
        assert sum(t.key >> bit & 1 for t in sample) / len(sample) == pytest.approx(0.5, abs=0.018)


def test_workers_that_take_every_tenth_index_see_the_same_mixture() -> None:
    last_digits = Counter(t.taxpayer_id[-2] for t in map(NEW.taxpayer, range(3, 30_000, 10)))
    assert len(last_digits) >= 10
    assert max(last_digits.values()) < 3000 * 0.2


# Tables


def edited(tmp_path: Path, file: str, old: str, new: str) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(tables.DATA, folder)
    path = folder / f"{file}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "districts",
            "share: 16",
            "share: 15",
            r"districts.yaml: share: sums to 99 on 2024-12-31; must sum to",
        ),
        (
            "districts",
            '"14301030000"',
            '"1430103"',
            r"row 2: authority is '1430103'; must be an 11-digit tax authority",
        ),
        (
            "districts",
            '"14301030000"',
            '"14301020000"',
            r"row 2: authority is '14301020000'; must be different",
        ),
        (
            "districts",
            'region: "430103"',
            'region: "990103"',
            r"row 2: region is '990103'; must be in a province",
        ),
        (
            "districts",
            'postcode: "410004"',
            "postcode: 410004",
            r"row 2: postcode is 410004; must be 6 digits",
        ),
        (
            "districts",
            "name: 天心区",
            "nmae: 天心区",
            r"row 2: nmae: unknown field; must be one of authority",
        ),
        ("districts", "  name: 天心区\n", "", r"row 2: name: missing on 2024-12-31"),
        (
            "registration_types",
            "class: foreign",
            "class: alien",
            r"class is 'alien'; must be one of domestic, foreign",
        ),
        ("registration_types", 'uscc: "92"', 'uscc: "99"', r"uscc is '99'; must be department and category"),
        (
            "industries",
            "{2012-01-01: 3, 2016-05-01: 2}",
            "{2025-01-01: 3}",
            r"row 3: company: missing on 2024-12-31",
        ),
        (
            "industries",
            "individual: 1",
            "individual: -1",
            r"individual is -1; must be a number",
        ),
        (
            "industries",
            "company: 1",
            "company: 2",
            r"industries.yaml: company: sums to 101 on 2024-12-31",
        ),
        (
            "banks",
            'account: "1901"',
            'account: "6222"',
            r"account is '6222'; must be 4 digits that do not begin with",
        ),
        ("home_areas", "born_from: 1983", "born_from: soon", r"row 1: born_from is 'soon'; must be a year"),
        ("home_areas", '"430102"', '"990102"', r"row 1: code is '990102'; must be in a province"),
        ("banks", "- {code", "{code", r"banks.yaml: cannot be read"),
    ],
)
def test_table_mistakes_name_file_and_field(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    folder = edited(tmp_path, file, old, new)
    with pytest.raises(tables.TableError, match=message):
        tables.load("current", folder)


def test_too_few_home_areas_are_refused_with_the_number_needed(tmp_path: Path) -> None:
    folder = edited(tmp_path, "home_areas", "- {code", "- {code")
    rows = (folder / "home_areas.yaml").read_text("utf-8").splitlines()
    (folder / "home_areas.yaml").write_text("\n".join(rows[:20]), "utf-8")
    with pytest.raises(
        tables.TableError, match=r"home_areas.yaml: born_from, born_to: \d+ areas for people born .* at least"
    ):
        draw_tables.layout("current", folder)


def test_a_district_that_is_too_large_for_its_registration_numbers_is_refused(tmp_path: Path) -> None:
    folder = edited(tmp_path, "registration_types", "share: 50", "share: 99.9")
    kinds = folder / "registration_types.yaml"
    head, *rows = kinds.read_text("utf-8").split("\n- ")
    keep = [row for row in rows if "99.9" in row or '"330"' in row]
    kinds.write_text("\n- ".join([head, *(r.replace("share: 0.3", "share: 0.1") for r in keep)]), "utf-8")
    districts = folder / "districts.yaml"
    text = districts.read_text("utf-8").replace("share: 16", "share: 42").replace("share: 12", "share: 6.8")
    districts.write_text(text, "utf-8")
    with pytest.raises(
        tables.TableError, match=r"districts.yaml: share: .* more than 10 % are individual in 430104"
    ):
        draw_tables.layout("current", folder)


def test_slots_follow_the_weights() -> None:
    assert tables.slots(["a", "b", "c"], [50, 25, 25], 8) == ["a"] * 4 + ["b"] * 2 + ["c"] * 2
    assert Counter(tables.slots(["a", "b", "c"], [1, 1, 1], 100)) == {"a": 34, "b": 33, "c": 33}


def test_population_reexports_what_its_users_need() -> None:
    assert population.PROFILES == PROFILES == ("gt3_2015", "current")
    assert population.SPACE == SPACE == 10**8


@pytest.mark.parametrize("profile", [*PROFILES, "2015-10-22", "2027-12-31"])
@pytest.mark.parametrize("start", [0, STANDING - 200, NEWCOMERS - 200, NEWCOMERS + 3_000_000])
def test_the_general_taxpayers_of_a_range_are_found_without_the_others(profile: str, start: int) -> None:
    population = Population(20150911, profile)
    wanted = [t for t in population.taxpayers(start, 400) if t.scale == "general"]
    assert list(population.generals(start, 400)) == wanted
    assert wanted
