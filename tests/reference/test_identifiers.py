"""Identifier checks against the published examples and against python-stdnum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc

from renhai.reference.rules import identifiers
from tests.reference.documents import organisation_code, resident_id, uscc

VALID = [
    (identifiers.is_uscc, "91350100M000100Y43"),
    (identifiers.is_uscc, "91110000600037341L"),
    (identifiers.is_uscc, "91430103MA4T000197"),
    (identifiers.is_uscc, "92430102MA4T00027G"),
    (identifiers.is_uscc, "93430121MA4T00035Q"),
    (identifiers.is_uscc, "914301030000000198"),
    (identifiers.is_organisation_code, "MA4T00019"),
    (identifiers.is_organisation_code, "M000100Y4"),
    (identifiers.is_old_taxpayer_id, "430103MA4T00019"),
    (identifiers.is_resident_id, "11010519491231002X"),
    (identifiers.is_resident_id, "430103198001010018"),
    (identifiers.is_resident_id, "430102199003070020"),
    (identifiers.is_business_number, "110108000000016"),
    (identifiers.is_business_number, "430103000000018"),
    (identifiers.is_bank_line, "313651027012"),
    (identifiers.is_bank_line, "102100099996"),
    (identifiers.is_bank_line, "308551000013"),
    (identifiers.is_authority, "14301030000"),
    (identifiers.is_registration_serial, "10114301030000000001"),
]
INVALID = [
    (identifiers.is_uscc, "91350100M000100Y4Z"),  # Z is not in the alphabet
    (identifiers.is_uscc, "91350100M000100Y44"),
    (identifiers.is_uscc, "94350100M000100Y43"),  # no category 4 under department 9
    (identifiers.is_uscc, "91350100m000100y43"),
    (identifiers.is_organisation_code, "MA4T00018"),
    (identifiers.is_old_taxpayer_id, "430103MA4T00018"),
    (identifiers.is_resident_id, "430103198002300018"),  # 30 February
    (identifiers.is_resident_id, "430103198001010017"),
    (identifiers.is_business_number, "110108000000015"),
    (identifiers.is_bank_line, "313651027013"),
    (identifiers.is_authority, "34301030000"),
    (identifiers.is_authority, "1430103000"),
    (identifiers.is_registration_serial, "101143010300000000１"),  # a full-width digit
]


@pytest.mark.parametrize(("check", "text"), VALID)
def test_published_examples_are_accepted(check, text):
    assert check(text)


@pytest.mark.parametrize(("check", "text"), INVALID)
def test_broken_ones_are_refused(check, text):
    assert not check(text)


def test_a_uscc_with_a_bogus_organisation_code_is_refused():
    """Right in the 18th character, wrong in the 17th: stdnum takes it, the target does not."""
    body = "91430103MA4T00018"
    total = sum("0123456789ABCDEFGHJKLMNPQRTUWXY".index(c) * 3**i for i, c in enumerate(body))
    text = body + "0123456789ABCDEFGHJKLMNPQRTUWXY"[-total % 31]
    assert stdnum_uscc.is_valid(text)
    assert not identifiers.is_uscc(text)


@given(st.integers(0, 99_999_999))
def test_uscc_agrees_with_stdnum(number):
    text = uscc(number)
    assert identifiers.is_uscc(text) and stdnum_uscc.is_valid(text)
    assert identifiers.is_organisation_code(organisation_code(number))


@given(st.integers(0, 49_999), st.sampled_from("0123456789X"))
def test_resident_id_check_agrees_with_stdnum(number, check):
    text = resident_id(number)[:17] + check
    assert identifiers.is_resident_id(text) == (ric.calc_check_digit(text) == check)


@given(st.text(max_size=24))
def test_no_text_breaks_a_check(text):
    for check in {check for check, _ in VALID}:
        assert check(text) in (True, False)
    assert identifiers.is_taxpayer_id(text, "411") in (True, False)


def test_only_individuals_may_have_a_resident_id_as_taxpayer_id():
    owner = resident_id(7)
    assert identifiers.is_taxpayer_id(owner, "411")
    assert identifiers.is_taxpayer_id(owner + "01", "410")
    assert not identifiers.is_taxpayer_id(owner, "173")
    assert not identifiers.is_taxpayer_id(owner + "1", "410")
