"""What an answer has and no path of the target file reads is named: nobody may take it for compared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from renhai.binding.answers.rules import compile_judge
from renhai.binding.text.unread import MOST, UNREAD, WHOLE, telling

PAGE: dict[str, Any] = {
    "format": "xml", "where": {"//td[@id='code']": "0"}, "reason": ["//td[@id='msg']"],
    "data": {
        "pzxh": "//td[@id='pzxh']",
        "items": {
            "each": "//table[@id='items']/tr", "fields": {"je": {"path": "td[@class='je']", "as": "number"}},
        },
    },
}  # fmt: skip
FIELDS = "<td id='code'>0</td><td id='msg'/><td id='pzxh'>9</td>"


def told(success: dict[str, Any], body: str, sent: Any = ()) -> list[str]:
    """Names of what is not read; all else is as without them."""
    success = {"where": {}, "status": [200], "code": "", "reason": [], **success}
    plain = compile_judge(success)(200, b"", body.encode(), sent)
    reply = compile_judge({**success, "tells_unread": True})(200, b"", body.encode(), sent)
    data = dict(reply.data)
    names = data.pop(UNREAD, [])
    assert plain.outcome == "ok"
    assert reply._replace(data=data) == plain
    return list(names)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ("", []),
        ("<td id='ybtse'>100</td><td id='nsrmc'> </td>", ["ybtse"]),  # an empty one has nothing to compare
        ("<th>应补退税额</th><td>100</td>", ["td"]),  # a caption is none
        ("<td id='znj'><b>5</b> 元</td>", ["znj"]),
        ("<td id='pzxh'>8</td>", ["pzxh"]),  # of two cells of that id the first alone is read
        ("<td><input name='khrq' value='2015-09-11'/><input type='submit' value='确定'/></td>", ["khrq"]),
        ("<td><input id='ok' type='hidden' value='Y'/><textarea name='bz'>x</textarea></td>", ["ok", "bz"]),
        ("<td><span id='zt'>03</span><a href='/'>back</a><script>var a</script></td>", ["zt"]),
        ("<td id='zt'>03</td><td id='zt'>04</td>", ["zt"]),  # once
    ],
)
def test_fields_of_a_page_that_are_not_read(more: str, names: list[str]) -> None:
    rows = "<table id='items'><tr><td class='je'>1</td></tr><tr><td class='je'>2</td></tr></table>"
    head = "<head><title>x</title></head>"
    page = f"<html>{head}<body><table><tr>{FIELDS}{more}</tr></table>{rows}</body></html>"
    assert told(PAGE, page) == names


def test_cells_of_a_row_that_are_not_read() -> None:
    rows = "<table id='items'><tr><td class='je'>1</td><td class='zsxm'>10101</td></tr></table>"
    assert told(PAGE, f"<html><body><table><tr>{FIELDS}</tr></table>{rows}</body></html>") == ["zsxm"]


def test_elements_and_attributes_of_xml() -> None:
    success = {"format": "xml", "where": {"head/code": "0"}, "data": {"je": "body/je", "lx": "body/row/@lx"}}
    inner = "<head><code>0</code><seq>7</seq></head><body><je>1</je><se>2</se><row lx='a' sl='b'/></body>"
    assert told(success, f"<r v='2'>{inner}</r>") == ["r/@v", "seq", "se", "row/@sl"]


def test_a_document_within_a_document_is_read_by_its_elements() -> None:
    success = {"format": "xml", "where": {"code": "0"}, "inside": ["doc"], "data": {"je": "doc/x/je"}}
    body = "<r><code>0</code><doc><![CDATA[<x><je>1</je><se>2</se></x>]]></doc></r>"
    assert told(success, body) == ["se"]


ROWS = {"each": "data.items", "fields": {"a": "a"}}
QUERY = {"each": "$.data.items[*]", "fields": {"b": "b"}}


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ({"je": "data.je"}, ["data.se", "data.items[].a", "data.items[].b"]),
        ({"je": "data.je", "rows": ROWS}, ["data.se", "data.items[].b"]),
        ({"first": "data.items.0.a", "je": "data.je"}, ["data.se", "data.items[].b", "data.items[].a"]),
        ({"je": "$.data.je", "a": QUERY}, ["data.se", "data.items[].a"]),
        ("data", []),
        ("", []),
    ],
)
def test_members_of_json(data: Any, names: list[str]) -> None:
    answer = {"code": "0", "data": {"je": 1, "se": 2, "items": [{"a": 1, "b": 1}, {"a": 2, "b": 3}]}}
    assert told({"where": {"code": "0"}, "data": data}, json.dumps(answer)) == names


def test_what_stands_beside_the_data() -> None:
    answer = {"code": "0", "lsh": "7", "warning": "late", "none": None, "data": {"je": 1}}
    success = {"where": {"code": "0"}, "data": "data", "echo": {"lsh": "lsh"}}
    assert told(success, json.dumps(answer), ("7",)) == ["warning"]


def test_of_a_text_nothing_is_read() -> None:
    assert told({"format": "text", "contains": ["ok"], "data": ""}, "ok, tax 100") == [WHOLE]


def test_an_answer_that_is_judged_by_its_status_alone_is_not_read_either() -> None:
    assert told({"format": "xml", "data": ""}, "<r><je>1</je></r>") == ["je"]
    assert told({"format": "xml", "data": ""}, "no XML") == []


def test_names_are_bounded() -> None:
    page = "".join(f"<td id='f{n}'>1</td>" for n in range(MOST + 5))
    assert len(told(PAGE, f"<html><table>{FIELDS}{page}</table></html>")) == MOST


def test_only_a_replay_asks_for_them() -> None:
    binding = {"success": {"a": 1}, "operations": {"x": {"success": {"b": 1}}, "y": {"path": "/"}}}
    assert telling(binding) == {
        "success": {"a": 1, "tells_unread": True},
        "operations": {"x": {"success": {"b": 1, "tells_unread": True}}, "y": {"path": "/"}},
    }
    assert "tells_unread" not in binding["success"]
