"""Reading typed fields: exact amounts, and a refusal that names the field for everything else."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.reference.rules import codes, fields
from renhai.reference.rules.codes import Rejection


@given(st.integers(-(10**14) + 1, 10**14 - 1))
def test_every_amount_of_fen_survives_json(amount):
    text = str(Decimal(amount) / 100)
    document = orjson.loads(f'{{"je": {text}}}')
    assert fields.money(document, "je") == amount
    assert fields.fen(fields.yuan(amount), "je") == amount


@given(st.integers(-(10**13), 10**13), st.sampled_from((1, 5, 9)))
def test_a_third_decimal_is_refused(amount, digit):
    value = orjson.loads(f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}{digit}")
    with pytest.raises(Rejection) as refused:
        fields.fen(value, "je")
    assert refused.value.code is codes.NOT_MONEY


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, codes.FIELD_MISSING),
        ("1.00", codes.FIELD_TYPE),
        (True, codes.FIELD_TYPE),
        ([], codes.FIELD_TYPE),
        (math.nan, codes.NOT_MONEY),
        (math.inf, codes.NOT_MONEY),
        (-math.inf, codes.NOT_MONEY),
        (1e300, codes.NOT_MONEY),
        (2**63, codes.NOT_MONEY),
        (10**12, codes.NOT_MONEY),
    ],
)
def test_what_is_no_amount_is_refused(value, code):
    with pytest.raises(Rejection) as refused:
        fields.money({"je": value}, "je", "lines[3].")
    assert refused.value.code is code
    assert "lines[3].je" in refused.value.reason


def test_dates_are_written_in_one_way():
    assert fields.day({"d": "2024-02-29"}, "d") == date(2024, 2, 29)
    for value in ("2023-02-29", "20240229", "2024-2-9", "2024-W01-1", "２０２４-02-29", ""):
        with pytest.raises(Rejection):
            fields.day({"d": value}, "d")


@pytest.mark.parametrize("value", ["", "x" * 201, "a\x00b", "line\nbreak", 7, None, {}])
def test_text_has_a_length_and_no_control_characters(value):
    with pytest.raises(Rejection):
        fields.text({"nsrmc": value}, "nsrmc")


def test_a_reason_stays_short_whatever_it_shows():
    deep: object = []
    for _ in range(900):
        deep = [deep]
    for value in (deep, {"a": deep}, "x" * 10_000, 10**60):
        with pytest.raises(Rejection) as refused:
            fields.whole({"fs": value}, "fs", 1, 10)
        assert len(refused.value.reason) < 150


def test_lists_and_objects_are_what_they_claim():
    assert fields.entries({"a": [{}, {}]}, "a", 1, 2) == [{}, {}]
    for document in ({"a": {}}, {"a": []}, {"a": [{}, {}, {}]}, {"a": [{}, 1]}, {}):
        with pytest.raises(Rejection):
            fields.entries(document, "a", 1, 2)
    with pytest.raises(Rejection):
        fields.entry({"a": []}, "a")


def test_every_code_is_documented_and_none_is_success():
    assert len(codes.CODES) > 90
    for code, rule in codes.CODES.items():
        assert rule.code == code != "000"
        assert rule.message and not rule.message.isascii()
        assert rule.rule and rule.rule.isascii()
