"""Identifiers: the worked examples and public vectors of the standards, round trips, oracles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_2, mod_11_10

from benchmarks.data.identifiers_million import prove
from generators import identifiers as ids
from generators.identifiers import checksums
from generators.taxpayers.population import PROFILES

CHECKS: dict[str, Callable[[str], bool]] = {
    name: getattr(ids, name) for name in ids.__all__ if "check_" in name
}
REGIONS = st.sampled_from(["430102", "430103", "430124", "430182", "110000", "440305", "100000"])
AUTHORITIES = st.sampled_from(["14301020000", "14301940000", "14301240000", "24301030000"])


def changed(text: str) -> list[str]:
    """Every text with one digit replaced by the next one."""
    return [
        text[:k] + str((int(text[k]) + 1) % 10) + text[k + 1 :] for k in range(len(text)) if text[k].isdigit()
    ]


@pytest.mark.parametrize(
    ("front", "total", "code"),
    [
        ("91350100M000100Y4", 1640, "91350100M000100Y43"),
        ("91430103MA4T00019", 1636, "91430103MA4T000197"),
        ("92430102MA4T00027", 1596, "92430102MA4T00027G"),
        ("93430121MA4T00035", 1588, "93430121MA4T00035Q"),
    ],
)
def test_uscc_worked_examples(front: str, total: int, code: str) -> None:
    assert checksums.uscc_sum(front) == total
    assert ids.make_uscc(code[2:8], code[8:16], code[0], code[1]) == code
    assert ids.check_uscc(code)


@pytest.mark.parametrize("code", ["91110000600037341L", "91350100M000100Y43", "914301030000000198"])
def test_uscc_public_vectors(code: str) -> None:
    assert ids.check_uscc(code)


def test_uscc_refuses_the_published_wrong_vector() -> None:
    assert not ids.check_uscc("91350100M000100Y4Z")


def test_uscc_whose_sum_is_a_multiple_of_31_ends_in_0() -> None:
    codes = [ids.make_uscc("430103", f"{n:08d}") for n in range(200)]
    zeros = [code for code in codes if checksums.uscc_sum(code[:17]) % 31 == 0]
    assert zeros
    assert all(code[17] == "0" and uscc.is_valid(code) for code in zeros)


def test_uscc_with_a_bogus_organisation_code_inside_is_refused() -> None:
    front = "91430103MA4T00018"  # the inner check character is 9
    outer_only = front + checksums.uscc_check(front)
    assert uscc.is_valid(outer_only)
    assert not ids.check_uscc(outer_only)


def test_uscc_table_of_departments_and_categories() -> None:
    for department, categories in ids.USCC_CATEGORIES.items():
        for category in "0123456789":
            if category in categories:
                assert ids.check_uscc(ids.make_uscc("430102", "MA4T0001", department, category))
            else:
                with pytest.raises(ValueError, match="no row of GB 32100"):
                    ids.make_uscc("430102", "MA4T0001", department, category)
    assert set(ids.USCC_CATEGORIES) == set("123456789ANY")
    assert (ids.USCC_CATEGORIES["9"], ids.USCC_CATEGORIES["N"]) == ("123", "1239")


@pytest.mark.parametrize(
    ("body", "total", "check"),
    [("MA4T0001", 464, "9"), ("MA4T0002", 466, "7"), ("MA4T0003", 468, "5"), ("M000100Y", 139, "4")],
)
def test_organisation_code_worked_examples(body: str, total: int, check: str) -> None:
    assert checksums.organisation_sum(body) == total
    assert ids.make_organisation_code(body) == body + check
    assert ids.check_organisation_code(body + check)


def test_organisation_code_writes_10_as_X_and_11_as_0() -> None:
    codes = {ids.make_organisation_code(f"{n:08d}")[-1] for n in range(100)}
    assert codes == set("0123456789X")


def test_old_taxpayer_ids_have_three_forms() -> None:
    company = ids.make_old_taxpayer_id("430103", "MA4T0001")
    owner = ids.make_resident_id("430103", date(1980, 1, 1), 1)
    assert company == "430103MA4T00019"
    assert ids.make_individual_taxpayer_id(owner) == "430103198001010018"
    assert ids.make_individual_taxpayer_id(owner, 1) == "43010319800101001801"
    for text in (company, owner, owner + "01"):
        assert ids.check_old_taxpayer_id(text)
    for text in (company[:-1] + "8", owner[:-1] + "1", owner + "0", owner + "x1", company + "01"):
        assert not ids.check_old_taxpayer_id(text)


@pytest.mark.parametrize(
    ("body", "total", "check"),
    [("11010519491231002", 167, "X"), ("43010319800101001", 147, "8"), ("43010219900307002", 199, "0")],
)
def test_resident_id_worked_examples(body: str, total: int, check: str) -> None:
    assert checksums.resident_sum(body) == total
    birthday = date(int(body[6:10]), int(body[10:12]), int(body[12:14]))
    assert ids.make_resident_id(body[:6], birthday, int(body[14:])) == body + check
    assert ids.check_resident_id(body + check)


@pytest.mark.parametrize("body", ["43010319800230001", "43010319801301001", "00010319800101001"])
def test_resident_id_refuses_impossible_days_and_places(body: str) -> None:
    assert not ids.check_resident_id(body + checksums.resident_check(body))


@pytest.mark.parametrize(("body", "check"), [("11010800000001", "6"), ("43010300000001", "8")])
def test_business_number_worked_examples(body: str, check: str) -> None:
    assert ids.make_business_number(body[:6], int(body[6:])) == body + check
    assert ids.check_business_number(body + check)


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("31365102701", "2"),
        ("10210009999", "6"),
        ("31355100001", "2"),
        ("10255100001", "2"),
        ("30855100001", "3"),
    ],
)
def test_cnaps_worked_examples(body: str, check: str) -> None:
    assert ids.make_cnaps(body[:3], body[3:7], int(body[7:])) == body + check
    assert ids.check_cnaps(body + check)


@pytest.mark.parametrize(("body", "check"), [("622202190200000001", "4"), ("621700297000000001", "4")])
def test_bank_card_worked_examples(body: str, check: str) -> None:
    assert ids.make_bank_card(body) == body + check
    assert ids.check_bank_card(body + check)


@pytest.mark.parametrize(
    ("region", "unit", "local", "code"),
    [
        ("430102", 0, False, "14301020000"),
        ("430103", 0, False, "14301030000"),
        ("430194", 0, False, "14301940000"),
        ("430124", 0, False, "14301240000"),
        ("430182", 0, False, "14301820000"),
        ("430000", 0, False, "14300000000"),
        ("430103", 100, True, "24301030100"),
    ],
)
def test_tax_authority_codes(region: str, unit: int, local: bool, code: str) -> None:
    assert ids.make_tax_authority(region, unit, local) == code
    assert ids.check_tax_authority(code)


def test_serials_of_a_bureau() -> None:
    assert ids.make_djxh("14301030000", 1) == "10114301030000000001"
    assert ids.make_djxh("24301030000", 1) == "20124301030000000001"
    assert ids.make_pzxh("14301030000", 1) == "10014301030000000001"
    assert ids.make_officer("14301030000", 7) == "14301030007"
    assert ids.make_agreement("430103", 7) == "430103000000007"
    assert ids.check_djxh("99914301030000000001")  # other prefixes than 101 and 201 occur
    assert not ids.check_pzxh("10114301030000000001")
    assert not ids.check_djxh("10134301030000000001")


def test_invoice_codes() -> None:
    assert ids.make_invoice_code("4300", 2015, 2) == "4300152130"
    assert ids.make_invoice_code("4300", 2015, 2, "ordinary", 2) == "4300152320"
    assert ids.make_invoice_code_12("4300", 2018, 1, "ordinary_2") == "043001800104"
    assert ids.make_invoice_code_12("4300", 2024, 111) == "043002411111"
    assert ids.make_bureau_invoice_code("4301", 2013, 12345) == "143011312345"
    assert ids.make_bureau_invoice_code("4301", 2013, 12345, local=True) == "243011312345"
    for code in ("4300152130", "4300152320", "043001800104", "143011312345", "243011312345"):
        assert ids.check_invoice_code(code)
    for code in ("4300152430", "9900152130", "4300152103", "043001800105X", "043001800199", "343011312345"):
        assert not ids.check_invoice_code(code)


def test_invoice_numbers() -> None:
    assert ids.make_invoice_number(42) == "00000042"
    assert ids.make_digital_invoice_number(2024, "4300", 7) == "24432000000000000007"
    assert ids.check_invoice_number("00000042")
    assert ids.check_digital_invoice_number("24432000000000000007")
    assert not ids.check_digital_invoice_number("24992000000000000007")


def test_qr_texts() -> None:
    day = date(2023, 2, 15)
    digital = ids.make_qr("32", "", "23432000000000000001", "112", day, tail="74AE")
    assert digital == "01,32,,23432000000000000001,112,20230215,,74AE,"
    assert ids.check_qr(digital[:-1])  # published examples come with and without the last comma
    special = ids.make_qr("01", "4300152130", "00000042", Decimal("100.00"), date(2015, 9, 1))
    assert special == "01,01,4300152130,00000042,100.00,20150901,,0000,"
    ordinary = ids.make_qr("04", "4300152320", "00000042", "-5.5", date(2015, 9, 1), "1" * 20, "A1B2")
    assert ids.check_qr(ordinary)


@pytest.mark.parametrize(
    "text",
    [
        "01,32,4300152130,23432000000000000001,112,20230215,,74AE,",  # digital invoices have no code
        "01,32,,00000042,112,20230215,,74AE,",
        "01,01,4300152130,00000042,100.00,20150901,12345678901234567890,0000,",  # special: no check code
        "01,04,4300152320,00000042,100.001,20150901,,0000,",
        "01,04,4300152320,00000042,100.00,20150931,,0000,",
        "01,04,4300152320,00000042,100.00,20150901,,00G0,",
        "01,99,4300152320,00000042,100.00,20150901,,0000,",
        "02,04,4300152320,00000042,100.00,20150901,,0000,",
        "01,04,4300152320,00000042,100.00,20150901,,0000,,",
    ],
)
def test_wrong_qr_texts(text: str) -> None:
    assert not ids.check_qr(text)


def test_goods_codes() -> None:
    assert ids.make_goods_code(1, 9, 5, 11, 3) == "1090511030000000000"  # the published leaf: a printer
    assert ids.check_goods_code("1090511030000000000")
    assert not ids.check_goods_code("1090011030000000000")  # a level below a missing one
    assert not ids.check_goods_code("7090511030000000000")
    assert not ids.check_goods_code("109051103000000000")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ids.make_uscc("990102", "MA4T0001"), "region is '990102'"),
        (lambda: ids.make_uscc("430102", "MA4TI001"), "body is 'MA4TI001'"),
        (lambda: ids.make_organisation_code("12345"), "body is '12345'"),
        (lambda: ids.make_resident_id("430102", date(1980, 1, 1), 1000), "serial is 1000; must be 0 .. 999"),
        (lambda: ids.make_individual_taxpayer_id("430103198001010019"), "not a valid resident ID"),
        (lambda: ids.make_djxh("123", 1), "authority is '123'"),
        (
            lambda: ids.make_invoice_code("4300", 2015, 2, "secret"),
            "kind is 'secret'; must be one of special",
        ),
        (lambda: ids.make_goods_code(1, 100), "levels are"),
        (lambda: ids.make_qr("32", "", "42", "1", date(2024, 1, 1)), "QR text is"),
        (lambda: ids.make_cnaps("1O2", "5510", 1), "bank is '1O2'"),
    ],
)
def test_make_names_the_part_that_is_wrong(make: Callable[[], str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@given(st.text() | st.text(alphabet="0123456789X,.ABM-", min_size=6, max_size=22))
def test_checks_never_raise(text: str) -> None:
    for check in CHECKS.values():
        assert check(text) in (True, False)


@pytest.mark.parametrize("name", sorted(CHECKS))
@pytest.mark.parametrize(
    "text", ["", "１" * 11, "٤" * 15, "4" * 10_000, "01,32,,,,,,", "\x00" * 18, "4300152130\n"]
)
def test_checks_refuse_hostile_strings(name: str, text: str) -> None:
    assert not CHECKS[name](text)


@given(REGIONS, st.text(alphabet=checksums.USCC_ALPHABET, min_size=8, max_size=8))
def test_uscc_round_trip_against_the_oracle(region: str, body: str) -> None:
    code = ids.make_uscc(region, body)
    assert uscc.is_valid(code)
    assert ids.check_uscc(code)
    assert ids.check_organisation_code(code[8:17])
    assert ids.check_old_taxpayer_id(region + code[8:17])
    assert not any(map(ids.check_uscc, changed(code)))  # both sums find every single wrong digit


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999))
def test_resident_id_round_trip_against_the_oracle(birthday: date, serial: int) -> None:
    text = ids.make_resident_id("430121", birthday, serial)
    assert mod_11_2.is_valid(text)
    assert ric.is_valid(text)
    assert ids.check_resident_id(text)
    assert not any(map(ids.check_resident_id, changed(text)))


@given(st.integers(0, 10**8 - 1), st.integers(0, 9999))
def test_mod_11_10_numbers_against_the_oracle(serial: int, branch: int) -> None:
    business, line = ids.make_business_number("430103", serial), ids.make_cnaps("102", "5510", branch)
    assert mod_11_10.is_valid(business)
    assert mod_11_10.is_valid(line)
    assert ids.check_business_number(business)
    assert ids.check_cnaps(line)
    assert not any(map(ids.check_cnaps, changed(line)))


@given(st.text(alphabet="0123456789", min_size=12, max_size=18))
def test_bank_card_against_the_oracle(body: str) -> None:
    card = ids.make_bank_card(body)
    assert luhn.is_valid(card)
    assert ids.check_bank_card(card)
    assert not any(map(ids.check_bank_card, changed(card)))


@given(AUTHORITIES, st.integers(0, 10**10 - 1), st.integers(2000, 2099), st.integers(0, 10**15 - 1))
def test_numbers_without_check_digit_round_trip(authority: str, serial: int, year: int, long: int) -> None:
    assert ids.check_djxh(ids.make_djxh(authority, serial))
    assert ids.check_pzxh(ids.make_pzxh(authority, serial))
    assert ids.check_officer(ids.make_officer(authority, serial % 10_000))
    assert ids.check_agreement(ids.make_agreement(authority[1:7], serial % 10**9))
    assert ids.check_digital_invoice_number(ids.make_digital_invoice_number(year, "4300", long))
    assert ids.check_invoice_code_12(ids.make_bureau_invoice_code("4301", year, serial % 10**5))
    for kind in ("special", "ordinary", "freight"):
        assert ids.check_invoice_code_10(ids.make_invoice_code("4300", year, serial % 10, kind))


@given(st.integers(1, 6), st.lists(st.integers(1, 99), max_size=9))
def test_goods_code_round_trip(first: int, levels: list[int]) -> None:
    code = ids.make_goods_code(first, *levels)
    assert ids.check_goods_code(code)
    assert code.rstrip("0") == (str(first) + "".join(f"{level:02d}" for level in levels)).rstrip("0")


@pytest.mark.parametrize("profile", PROFILES)
def test_2_000_of_each_identifier_of_a_population(profile: str) -> None:
    """The million are proved by `python -m benchmarks identifiers_million`; these are the next ones."""
    for proof in prove(profile, 2_000, start=30_000_000):
        assert proof.holds, proof
        assert proof.made == 2_000
