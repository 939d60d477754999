"""Answers: XML, text and JSON, by status, paths and words, and what is read from them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.binding.answers.rules import compile_judge
from renhai.binding.loader import CompiledBinding, compile_binding, load_binding, normalise
from tests.binding.making import binding

XML = """\
success:
  format: xml
  inside: [body]
  where: {head/rtn_code: "0", head/rtn_msg/Code: ["000", "0000"]}
  code: head/rtn_msg/Code
  reason: [head/rtn_msg/Reason, head/rtn_msg/Message]
operations:
  a.b:
    path: /a
    success:
      data:
        pzxh: //pzxh
        due: {path: //due, as: number}
        paid: {path: //paid, as: bool, default: null}
        id: body/taxML/@id
        items: {each: //itemsGridlb, fields: {no: no, je: {path: je, as: number}}}
"""


def envelope(code: str, rtn: str = "0", inner: str = "", reason: str = "") -> bytes:
    return (
        f'<s:service xmlns:s="urn:x"><head><rtn_code>{rtn}</rtn_code><rtn_msg><Code>{code}</Code>'
        f"<Message>失败</Message><Reason>{reason}</Reason></rtn_msg></head>"
        f"<body><![CDATA[{inner}]]></body></s:service>"
    ).encode()


TAX = (
    '<?xml version="1.0" encoding="UTF-8"?><taxML xmlns="urn:y" id="9">'
    "<pzxh>007</pzxh><due>-1.50</due><itemsGrid>"
    "<itemsGridlb><no>1</no><je>2</je></itemsGridlb><itemsGridlb><no>2</no><je/></itemsGridlb></itemsGrid>"
    "</taxML>"
)


def test_an_envelope_is_read_through_its_cdata(tmp_path: Path) -> None:
    reply = binding(tmp_path, XML).judge("a.b", 200, b"", envelope("0000", inner=TAX))
    assert reply.ok
    assert reply.data == {
        "pzxh": "007", "due": -1.5, "paid": None, "id": "9",
        "items": [{"no": "1", "je": 2}, {"no": "2", "je": None}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, envelope("310", reason="period filed"), ("rejected", "310", "period filed")),
        (200, envelope("000", rtn="9"), ("rejected", "000", "失败")),
        (200, b"<s/>", ("error", "200", "the answer has no head/rtn_code")),
        (200, b"<s>", ("error", "200", "the answer is not XML")),
        (200, b'<!DOCTYPE s [<!ENTITY a "b">]><s>&a;</s>', ("error", "200", "the answer is not XML")),
        (500, envelope("000"), ("error", "500", "HTTP 500")),
        (200, envelope("000"), ("error", "200", "the answer cannot be read: '//pzxh'")),
    ],
)
def test_an_envelope_is_judged(tmp_path: Path, status: int, body: bytes, expected: tuple[str, ...]) -> None:
    reply = binding(tmp_path, XML).judge("a.b", status, b"", body)
    assert (reply.outcome, reply.code, reply.reason) == expected


@cache
def bus() -> CompiledBinding:
    file, _, path = load_binding("golden_tax_esb")
    return compile_binding(normalise(file, path), {})


@given(st.binary(max_size=80) | st.text(max_size=60).map(str.encode))
def test_no_answer_breaks_the_judge(body: bytes) -> None:
    assert bus().judge("declaration.submit", 200, b"", body).outcome == "error"


def test_an_answer_in_gbk_is_read_as_it_says_or_as_the_binding_says(tmp_path: Path) -> None:
    text = "success: {format: xml, encoding: gbk, data: {n: n}}\noperations:\n  a.b: {path: /a}\n"
    city = binding(tmp_path, text)
    assert city.judge("a.b", 200, b"", "<a><n>税</n></a>".encode("gbk")).data == {"n": "税"}
    said = '<?xml version="1.0" encoding="UTF-8"?><a><n>税</n></a>'.encode()
    assert city.judge("a.b", 200, b"", said).data == {"n": "税"}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, "<h1>受理成功</h1>", ("ok", "")),
        (200, "<h1>失败</h1>", ("rejected", "the answer lacks a text of `contains`")),
        (200, "受理成功, 但系统繁忙", ("rejected", "the answer has a text of `absent`")),
        (409, "已申报", ("rejected", "HTTP 409")),
        (500, "受理成功", ("error", "HTTP 500")),
    ],
)
def test_text_is_judged_by_its_words(
    tmp_path: Path, status: int, body: str, expected: tuple[str, str]
) -> None:
    rule = "{format: text, encoding: gbk, contains: [受理成功], absent: [系统繁忙], rejected_status: [409]}"
    city = binding(tmp_path, f"success: {rule}\noperations:\n  a.b: {{path: /a}}\n")
    reply = city.judge("a.b", status, b"", body.encode("gbk"))
    assert (reply.outcome, reply.reason) == expected


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (
            b'{"rows": [{"id": 7, "n": "x"}, {"id": 8}]}',
            {"first": 7, "n": "x", "ids": [{"id": 7}, {"id": 8}]},
        ),
        (b'{"rows": [{"id": 7}]}', {"first": 7, "n": "none", "ids": [{"id": 7}]}),
    ],
)
def test_json_is_read_by_index_and_by_row(tmp_path: Path, body: bytes, data: dict[str, Any]) -> None:
    rule = "{first: rows.0.id, n: {path: rows.0.n, default: none}, ids: {each: rows, fields: {id: id}}}"
    city = binding(tmp_path, f"success: {{data: {rule}}}\noperations:\n  a.b: {{path: /a}}\n")
    assert city.judge("a.b", 200, b"", body).data == data


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ('"no such filing"', "no such filing"),
        (
            '[{"loc":["body","je"],"msg":"大于 0","input":true}]',
            '[{"loc": ["body", "je"], "msg": "大于 0", "input": true}]',
        ),
        ("false", "false"),
        ("7.50", "7.5"),
        ("null", "HTTP 422"),
    ],
)
def test_a_reason_is_shown_as_json_has_it(detail: str, said: str) -> None:
    rule = {"format": "json", "status": [200], "rejected_status": [422], "where": {}, "code": "", "data": ""}
    judge = compile_judge({**rule, "reason": ["detail"]})
    reply = judge(422, b"HTTP/1.1 422 x\r\n\r\n", f'{{"detail": {detail}}}'.encode(), ())
    assert (reply.outcome, reply.reason) == ("rejected", said)


ROWS = """\
success: {format: xml, where: {row/@code: "0"}, echo: {id: //id}}
operations: {a.b: {path: /a}}
"""


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ('<r><id>7</id><row code="0"/></r>', ""),
        ('<r><id>7</id><row code="0"/><row code="0"/></r>', ""),
        ('<r><id>7</id><row code="0"/><row/></r>', ""),  # which says nothing
        ('<r><id>7</id><row code="0"/><row code="9"/></r>', "the answer says two things at row/@code"),
        ('<r><id>7</id><row code="0"/><x><id>7</id></x></r>', ""),
        ('<r><id>7</id><row code="0"/><x><id>8</id></x></r>', "the answer says two things at //id"),
        (
            '<r><id>8</id><row code="0"/></r>',
            "the answer belongs to another request: //id is not the id that",
        ),
    ],
)
def test_what_an_answer_says_twice_it_says_once(tmp_path: Path, answer: str, told: str) -> None:
    city = binding(tmp_path, ROWS)
    reply = city.judge("a.b", 200, b"", answer.encode(), None, city.request("a.b", {"id": 7}).echo)
    assert (reply.outcome, reply.reason.startswith(told)) == ("error" if told else "ok", True)
