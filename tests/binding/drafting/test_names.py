"""Names out of Chinese and anything else: they keep their meaning, are names, and never one for two."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.binding.drafting.names import FieldNames, operation_name, place_name, slug, word
from results.language.tax_words import ABBREVIATIONS
from tests.share import examples


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("纳税人识别号", "nsrsbh"),
        ("税款所属期起", "skssqq"),
        ("登记序号", "djxh"),
        ("应补退税额", "ybtse"),
        ("查询申报", "cxsb"),
        ("快递单", "kuaididan"),  # no tax word: pinyin
        ("申报快递", "sb_kuaidi"),
        ("申报Form表", "sb_Form_biao"),
        ("petId", "pet_Id"),
        ("pet-id", "pet_id"),
        ("12ab", "x12ab"),
        ("__a__", "a"),
        ("é", "x"),
        ("", "x"),
    ],
)
def test_a_name_keeps_its_meaning(text: str, name: str) -> None:
    assert word(text) == name


@pytest.mark.parametrize(("text", "name"), [("City Tax 长沙", "city_tax"), ("电子税务局", "dzswj"), ("", "")])
def test_a_file_is_named_in_latin_letters(text: str, name: str) -> None:
    assert slug(text) == name


def test_the_table_has_names_alone() -> None:
    assert len(ABBREVIATIONS) > 200
    assert all(re.fullmatch("[a-z]+", name) for name in ABBREVIATIONS.values())
    assert all(len(text) > 1 and not text.isascii() for text in ABBREVIATIONS)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.text(max_size=12), max_size=30, unique=True))
def test_no_two_fields_have_one_name(texts: list[str]) -> None:
    names = FieldNames()
    found = [names.name(("query", text), text) for text in texts]
    assert len(set(found)) == len(texts)
    assert found == [names.name(("query", text), text) for text in texts]
    assert all(re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) and name != "document" for name in found)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=20))
def test_every_operation_has_a_name_of_its_own(parts: list[tuple[str, str]]) -> None:
    taken: set[str] = set()
    for domain, verb in parts:
        taken.add(operation_name(domain, verb, taken))
        taken.add(place_name(None, None, f"/{domain}/{{x}}/{verb}", "get", taken))
    assert len(taken) == 2 * len(parts)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z0-9_]+", name) for name in taken)
