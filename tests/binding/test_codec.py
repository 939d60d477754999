"""Requests: every format, encoding and placeholder, with values that try to break out."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree import ElementTree

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.binding.outgoing.bodies import encode_form
from renhai.binding.state.client_state import ClientState
from renhai.binding.text.xml_text import cdata, elements, escape_xml
from tests.binding.making import binding

NASTY = "a<b>&\"c\"'d' ]]> 税"
XML_TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"))


def test_a_form_is_encoded_as_a_browser_does_it(tmp_path: Path) -> None:
    city = binding(
        tmp_path,
        "operations:\n"
        "  a.utf: {path: /a, format: form, body: {name: '${name}', n: '${n}', all: ['${n}', x], no: null}}\n"
        "  a.gbk: {path: /a, format: form, encoding: gbk, body: {name: '${name}'}}\n"
        "  a.whole: {path: /a, format: form, body: {sbb: '${document}'}}\n",
    )
    fields = {"name": "长沙 &=", "n": 7}
    assert city.request("a.utf", fields).body == b"name=%E9%95%BF%E6%B2%99+%26%3D&n=7&all=7&all=x"
    gbk = city.request("a.gbk", {"name": "长😀"})
    assert gbk.body == b"name=%B3%A4%26%23128512%3B"  # what GBK lacks becomes &#128512;
    assert gbk.headers == b"Content-Type: application/x-www-form-urlencoded; charset=GBK\r\n"
    whole = parse_qs(city.request("a.whole", fields).body.decode())["sbb"][0]
    assert orjson.loads(whole) == fields


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1)))
def test_whatever_goes_into_a_form_comes_out_of_it(values: dict[str, str]) -> None:
    clean = {k: v for k, v in values.items() if (k + v).isprintable()}
    assert {k: v[0] for k, v in parse_qs(encode_form(clean, "utf-8")).items()} == clean


def test_json_in_gbk_escapes_what_gbk_lacks(tmp_path: Path) -> None:
    city = binding(tmp_path, "defaults: {encoding: gbk}\noperations:\n  a.b: {path: /a}\n")
    assert city.request("a.b", {"n": "税"}).body == '{"n":"税"}'.encode("gbk")
    assert orjson.loads(city.request("a.b", {"n": "税😀"}).body.decode("gbk")) == {"n": "税😀"}


ENVELOPE = """\
defaults:
  format: xml
  body: |
    <?xml version="1.0" encoding="UTF-8"?>
    <s id="${id}"><t>${VALUE:tran}</t><q>${NEW:id}</q><m><![CDATA[${CDATA:id}]]></m>
    <b><![CDATA[<x>${XML:document}</x>]]></b></s>
operations:
  a.b: {path: /esb, values: {tran: "SWZJ.${TABLE:kind:form}"}}
tables: {kind: {one: SB.ONE, two: SB.TWO}}
"""


def test_an_envelope_survives_values_that_try_to_break_out(tmp_path: Path) -> None:
    city = binding(tmp_path, ENVELOPE)
    fields = {"id": NASTY, "form": "two", "zb": [{"n": 1}, {"n": 2.5}], "none": None, "yes": True}
    request = city.request("a.b", fields)
    assert request.headers == b"Content-Type: application/xml; charset=UTF-8\r\n"
    root = ElementTree.fromstring(request.body)
    assert (root.get("id"), root.findtext("t"), root.findtext("m")) == (NASTY, "SWZJ.SB.TWO", NASTY)
    inner = ElementTree.fromstring(
        (root.findtext("b") or "").replace("<x>", '<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">')
    )
    assert inner.findtext("id") == NASTY
    assert [row.findtext("n") for row in inner.findall("zbGrid/zbGridlb")] == ["1", "2.5"]
    assert inner.findtext("yes") == "true"
    with pytest.raises(KeyError, match=r"tables\.kind has no entry six"):
        city.request("a.b", {**fields, "form": "six"})


def test_every_id_is_another_one_and_has_32_characters(tmp_path: Path) -> None:
    city = binding(tmp_path, ENVELOPE)
    bodies = [city.request("a.b", {"id": "1", "form": "one"}).body.decode() for _ in range(1000)]
    ids = {re.findall("<q>(.*?)</q>", body)[0] for body in bodies}
    assert len(ids) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", text) for text in ids)


def test_gbk_xml_says_so_and_is_so(tmp_path: Path) -> None:
    text = 'operations:\n  a.b:\n    {path: /a, format: xml, encoding: gbk, body: "<a>${n}</a>"}\n'
    request = binding(tmp_path, text).request("a.b", {"n": "税😀"})
    assert request.body == "<a>税&#128512;</a>".encode("gbk")
    assert b"charset=GBK" in request.headers


@given(XML_TEXT)
def test_escaped_text_is_read_back_as_it_was(text: str) -> None:
    assert "".join(ElementTree.fromstring(f"<a>{escape_xml(text)}</a>").itertext()) == text
    assert "".join(ElementTree.fromstring(f"<a><![CDATA[{cdata(text)}]]></a>").itertext()) == text
    assert ElementTree.fromstring(f"<a>{elements({'b': text})}</a>").findtext("b") == text


def test_a_character_that_xml_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="control character"):
        escape_xml("a\x00b")


def test_query_headers_and_the_clock(tmp_path: Path) -> None:
    city = binding(
        tmp_path,
        "defaults: {method: GET, body: null, query: {v: 2}}\n"
        "operations:\n"
        "  a.b: {path: '/a/${id}', query: {q: '${q}', none: '${none}'}, headers: {X-Who: '${q}'}}\n"
        "  a.now: {path: '/t/${NOW:yyyyMMddHHmmssSSS}'}\n",
    )
    request = city.request("a.b", {"id": "x/y", "q": "长 沙", "none": None})
    assert request.path == b"/a/x%2Fy?v=2&q=%E9%95%BF+%E6%B2%99"
    assert request.headers == b"X-Who: %E9%95%BF%20%E6%B2%99\r\n"
    with pytest.raises(ValueError, match="line break"):
        city.request("a.b", {"id": "1", "q": "x\r\nX-Other: 1", "none": None})
    stamp = city.request("a.now", {}).path.decode()[3:].partition("?")[0]
    assert abs((datetime.strptime(stamp[:14], "%Y%m%d%H%M%S") - datetime.now()).total_seconds()) < 5
    assert len(stamp) == 17


def test_what_one_answer_leaves_the_next_request_has(tmp_path: Path) -> None:
    city = binding(
        tmp_path,
        "operations:\n  a.one: {path: /one, captures: {serial: data.no}}\n"
        "  a.two: {path: '/two/${SAVED:serial}', body: {who: '${OPERATOR:number}'}}\n",
    )
    assert city.stateful
    here, there = ClientState(3), ClientState(4)
    assert city.judge("a.one", 200, b"", b'{"data": {"no": "77"}}', here).ok
    request = city.request("a.two", {}, here)
    assert (request.path, request.body) == (b"/two/77", b'{"who":3}')
    with pytest.raises(KeyError, match="SAVED:serial"):
        city.request("a.two", {}, there)
