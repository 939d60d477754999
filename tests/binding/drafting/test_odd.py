"""Odd recordings and collections: each drafts to what loads, and what of it is lost is marked and counted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.drafting.draft import written_out
from renhai.binding.drafting.exact_json import read_json
from renhai.binding.drafting.from_har import draft_har
from renhai.core.errors import UsageError
from renhai.core.yaml_lines import parse_yaml
from tests.binding.drafting.making import (
    HUB,
    JSON,
    entry,
    har,
    of,
    recorded,
)
from tests.binding.drafting.test_postman import drafted, item

# JSON that a target file cannot hold


@pytest.mark.parametrize(
    ("text", "tree", "twice", "inexact"),
    [
        ('{"a": 1, "a": 2}', {"a": 2}, ("a",), ()),
        ('{"o": {"b": 1, "b": 2}, "l": [{"b": 1, "b": 3}]}', {"o": {"b": 2}, "l": [{"b": 3}]}, ("b",), ()),
        ('{"je": 1e400, "n": -1E400}', {"je": "1e400", "n": "-1E400"}, (), ("je", "n")),
        ('{"id": 9223372036854775807}', {"id": 9223372036854775807}, (), ()),
        ('{"id": 9223372036854775808}', {"id": "9223372036854775808"}, (), ("id",)),
        ('{"fp": 25432000000012345678}', {"fp": "25432000000012345678"}, (), ("fp",)),
        ('{"x": [0.1, 100.00, 1e22, 12345678901234567.89]}', None, (), ("x",)),
        ('{"x": 1e-400}', {"x": "1e-400"}, (), ("x",)),
        ('{"x": 1e99999999999999999999}', {"x": "1e99999999999999999999"}, (), ("x",)),
        ('{"x": NaN, "y": [[-Infinity]]}', {"x": "NaN", "y": [["-Infinity"]]}, (), ("x", "y")),
        ("[1e400]", ["1e400"], (), ("item",)),
        ('{"t": "\\ud83d"}', {"t": "\ufffd"}, (), ()),
        ('{"t": "\\ud83d\\ude00"}', {"t": "😀"}, (), ()),
    ],
)
def test_json_is_read_exactly_or_said_not_to_be(
    text: str, tree: Any, twice: tuple[str, ...], inexact: tuple[str, ...]
) -> None:
    found = read_json(text)
    assert (found.twice, found.inexact) == (twice, inexact)
    assert tree is None or found.tree == tree
    assert found.is_exact == (not twice and not inexact)


def test_a_recording_says_what_its_bodies_lose(tmp_path: Path) -> None:
    sent = '{"a": 1, "a": 2, "je": 1e400, "fp": 25432000000012345678, "id": 1234567890123456789}'
    text, binding = recorded(tmp_path, entry("POST", f"{HUB}/in", sent, JSON))
    assert binding.operations["in.post"].body == {
        "a": 2,
        "je": "1e400",
        "fp": "25432000000012345678",
        "id": 1234567890123456789,
    }
    assert "# LOST: fields that stand twice in one object, of which the last is kept: a\n" in text
    assert "they are sent as texts: je, fp\n" in text
    assert "# 2 parts are marked LOST below" in text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1234567890123456789", 1234567890123456789),
        ("-9223372036854775808", -9223372036854775808),
        ("9223372036854775808", "9223372036854775808"),
        ("25432000000012345678", "25432000000012345678"),
        ("1" * 5000, "1" * 5000),
        ("1e400", "1e400"),
        ("1e3", 1000.0),
    ],
)
def test_a_number_in_yaml_keeps_its_digits(written: str, value: Any) -> None:
    found = parse_yaml(f"a: {written}\n", "f.yaml").data["a"]
    assert (type(found), found) == (type(value), value)


def test_a_key_of_two_arrows_is_one_where_it_is_quoted() -> None:
    assert parse_yaml("a: {'<<': {b: 1}}\n", "f.yaml").data == {"a": {"<<": {"b": 1}}}
    with pytest.raises(UsageError, match="<< merging is not supported"):
        parse_yaml("a: {<<: {b: 1}}\n", "f.yaml")


ODD_KEYS = {"<<": 1, "": 2, "a.b": 3, "yes": 4, "1": 5, "${x}": 6, "* &": 7, "\u2028": 8, "税额": 9}


@pytest.mark.parametrize("keys", [ODD_KEYS, {"o": ODD_KEYS}, [ODD_KEYS]])
def test_odd_keys_are_kept_as_they_are(keys: Any, tmp_path: Path) -> None:
    _, binding = recorded(tmp_path, entry("POST", f"{HUB}/in", json.dumps(keys), JSON))
    assert binding.operations["in.post"].body == keys


# Recordings


def test_half_a_character_does_not_stop_a_draft(tmp_path: Path) -> None:
    """A browser that cuts a body off may cut through a character."""
    first = entry("POST", f"{HUB}/in", '{"name": "税\\ud83d"}', JSON)
    source = har(tmp_path, first, entry(url=f"{HUB}/in?q=1"))
    source.write_text(source.read_text("utf-8").replace('q=1"', 'q=\\ud83d"'), encoding="utf-8")
    text, binding = of(tmp_path, draft_har(source))
    assert binding.operations["in.post"].body == {"name": "税\ufffd"}
    assert "LOST: characters that the source has cut in two; U+FFFD stands for them (2 places)" in text
    (tmp_path / "out.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("address", ["http://h:99999/a", "http://[::1/a", "http://h:port/a"])
def test_an_address_that_cannot_be_is_left_out_and_said(address: str, tmp_path: Path) -> None:
    text, binding = recorded(tmp_path, entry(url=f"{HUB}/in"), entry(url=address))
    assert list(binding.operations) == ["in.get"]
    assert f"1 request without an address: {address}" in text


@pytest.mark.parametrize(
    "odd",
    [
        {"time": 1e308 * 10},
        {"startedDateTime": None, "time": None},
        {"response": None},
        {"response": {"status": None, "content": None, "headers": None}},
        {"_resourceType": None, "cache": {}, "timings": None},
    ],
)
def test_entries_that_lack_parts_are_drafted(odd: dict[str, Any], tmp_path: Path) -> None:
    _, binding = recorded(tmp_path, {**entry(url=f"{HUB}/in"), **odd}, entry(url=f"{HUB}/b"))
    assert set(binding.operations) == {"in.get", "b.get"}


def test_a_status_that_is_no_number_is_one_error_with_its_place(tmp_path: Path) -> None:
    source = har(tmp_path, entry(url=f"{HUB}/in"))
    source.write_text(source.read_text().replace('"status": 200', '"status": 1e400'))
    with pytest.raises(UsageError, match=r"log\.entries\[0\] is not laid out as a HAR has it"):
        draft_har(source)


# Ids of few digits, and ids in links


def test_a_small_id_goes_by_its_owners_name(tmp_path: Path) -> None:
    text, binding = recorded(
        tmp_path,
        entry(url=f"{HUB}/page?size=7", answer={"count": 7, "code": 0}),
        entry("POST", f"{HUB}/orders", '{"n": 1}', JSON, {"id": 7, "item": {"id": 12}, "code": 3}),
        entry("POST", f"{HUB}/pay", '{"orderId": 7, "itemId": 12, "count": 7, "code": 3, "code2": 0}', JSON),
        entry(url=f"{HUB}/orders/7"),
        entry(url=f"{HUB}/ship?order_id=7&page=12"),
    )
    pay = binding.operations["pay.post"].body
    assert pay == {
        "orderId": "${SAVED:id}",
        "itemId": "${SAVED:id_2}",
        "count": 7,
        "code": "${SAVED:code}",
        "code2": 0,
    }
    assert binding.operations["orders.post"].captures == {"id": "id", "id_2": "item.id", "code": "code"}
    assert binding.operations["ship.get"].query == {"order_id": "${SAVED:id}", "page": "12"}
    assert binding.operations["orders.get"].path == "/orders/${SAVED:id}"
    assert "captured" not in text  # said as: from answers before (SAVED)


@pytest.mark.parametrize(
    "sent",
    ['{"userId": 7}', '{"pageNo": 7}', '{"amount": 7}', '{"orderIds": 7}', '{"orderId": 0}'],
)
def test_a_small_number_under_another_name_is_the_users_own(sent: str, tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/orders", '{"n": 1}', JSON, {"id": 7, "zero": {"id": 0}}),
        entry("POST", f"{HUB}/pay", sent, JSON),
    )
    assert binding.operations["pay.post"].body == json.loads(sent)


def test_what_the_user_had_sent_as_an_id_before_is_no_correlation(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry(url=f"{HUB}/look?orderId=7", answer={"x": 1}),
        entry("POST", f"{HUB}/orders", '{"n": 1}', JSON, {"id": 7}),
        entry("POST", f"{HUB}/pay", '{"orderId": 7}', JSON),
    )
    assert binding.operations["pay.post"].body == {"orderId": 7}


LIST = """<html><body><a href="/help">?</a><a href="/orders/7/edit">one</a><a href='/orders/9/edit'>two</a>
<form action="/orders/7?rowId=31"></form></body></html>"""


def test_ids_in_links_are_captured_where_a_rule_finds_them_again(tmp_path: Path) -> None:
    text, binding = recorded(
        tmp_path,
        entry(url=f"{HUB}/list", answer=LIST, answer_media="text/html"),
        entry(url=f"{HUB}/orders/7/edit"),
        entry("POST", f"{HUB}/save", "rowId=31"),
        entry(url=f"{HUB}/other/9"),
    )
    first, edit, save, other = binding.operations.values()
    assert edit.path == "/orders/${SAVED:order_id}/edit"
    assert save.body == {"rowId": "${SAVED:rowId}"} or save.body == {"rowId": "${SAVED:row_Id}"}
    rules = {name: rule.model_dump(exclude_unset=True) for name, rule in first.captures.items()}
    assert {"css": 'a[href^="/orders/"]', "attribute": "href", "regex": "/orders/([^/?#]+)"} in rules.values()
    assert {
        "css": 'form[action^="/orders/7?rowId="]',
        "attribute": "action",
        "regex": "[?&]rowId=([^&#]+)",
    } in (rules.values())
    assert other.path == "/other/9" and "LOST" in text  # the second link: no rule finds it


def test_a_link_in_json_is_cut(tmp_path: Path) -> None:
    answer = {"_links": {"self": {"href": "http://hub.example/api/orders/41"}}, "next": "/api/list?lastId=88"}
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/api/orders", "{}", JSON, answer),
        entry(url=f"{HUB}/api/orders/41"),
        entry(url=f"{HUB}/api/list?lastId=88"),
    )
    rules = {
        name: rule.model_dump(exclude_unset=True) if not isinstance(rule, str) else rule
        for name, rule in binding.operations["api.post_orders"].captures.items()
    }
    assert list(rules.values()) == [
        {"path": "_links.self.href", "regex": "/api/orders/([^/?#]+)"},
        {"path": "next", "regex": "[?&]lastId=([^&#]+)"},
    ]


# Postman


def test_variables_of_graphql_may_be_an_object(tmp_path: Path) -> None:
    asked = {"query": "query Q($n: Int) { a(n: $n) }", "variables": {"n": 1, "名": "税"}}
    draft = drafted(tmp_path, item("ql", "POST", "http://h/g", body={"mode": "graphql", "graphql": asked}))
    _, binding = of(tmp_path, draft)
    (one,) = binding.operations.values()
    assert one.body == {"query": asked["query"], "variables": asked["variables"]}


@pytest.mark.parametrize(
    "url",
    ["http://{{host}}:{{port}}/a", "{{base}}", {"raw": "{{base}}/a?x={{y}}#z"}, "http://h/a b/{{税号}}"],
)
def test_addresses_made_of_variables_load(url: Any, tmp_path: Path) -> None:
    draft = drafted(tmp_path, item("one", "GET", url), variable=[{"key": "x", "value": "1"}])
    of(tmp_path, draft)


def test_the_marks_of_a_draft_are_as_many_as_its_top_says(tmp_path: Path) -> None:
    sent = '{"a": 1, "a": 2, "je": 1e400}'
    source = har(
        tmp_path, entry("POST", f"{HUB}/in", sent, JSON), entry("POST", f"{HUB}/b", "\x00", "text/plain")
    )
    draft = draft_har(source)
    for language, words in (("en", "marked LOST below"), ("zh", "标着 LOST")):
        text = written_out(draft, language)
        top = next(line for line in text.splitlines() if words in line)
        count = re.search(r"\d+", top)
        assert count is not None and int(count[0]) == len(re.findall("# LOST", text)) == 3
