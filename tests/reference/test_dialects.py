"""The bus and the web filing pages of the target: the same operations in other words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from generators.documents import invoice, payment, registration
from generators.documents.vat import declaration
from generators.taxpayers.population import Population
from renhai.binding.text.xml_text import elements
from renhai.reference.dialects import bus, web
from renhai.reference.dialects.elements import read_elements, write_elements
from renhai.reference.operations.catalogue import operations

SERVICES = {bus.PREFIX + service: item.name for item in operations() for service in item.services}
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def documents(profile: str) -> Iterator[dict[str, Any]]:
    people = Population(7, profile)
    for index in range(25):
        t = people.taxpayer(index)
        yield {**registration.registration(t), "kinds": registration.tax_kinds(t)}
        yield declaration.declaration(t, index % 3)
        issued = [invoice.invoice(t, 0, n) for n in range(2)]
        yield from (invoice.invoice_range(t, 0), *issued, invoice.verification(t, 0, issued))
        yield payment.payment(t, [{"pzxh": "10014301030000000001", "ybtse": 3.5}])


@pytest.mark.parametrize("profile", ["gt3_2015", "current"])
def test_every_document_crosses_the_bus_unchanged(profile: str) -> None:
    for document in documents(profile):
        for write in (elements, write_elements):
            back = read_elements(ElementTree.fromstring(f"<x {XSI}>{write(document)}</x>"))
            assert back == document
            assert repr(back) == repr(document)  # 1 and 1.0 are equal, and not the same


def envelope(
    tran_id: str = "SWZJ.HXZG.SB.SBQKCXSS", seq: str = "0" * 32, body: str = "<taxML/>", **head: str
) -> bytes:
    items = {"tran_id": tran_id, "tran_seq": seq, "tran_date": "20150911", "tran_time": "080000000", **head}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in items.items())
    return f"<service><head>{inside}</head><body><![CDATA[{body}]]></body></service>".encode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the envelope is not XML"),
        (b"<service/>", "the envelope has no head"),
        (b"\xff\xfe", "the envelope is not XML"),
        (envelope("SWZJ.HXZG.NO"), "tran_id SWZJ.HXZG.NO is no service"),
        (envelope(seq="1"), "tran_seq must have 32 characters"),
        (envelope(tran_date="2015"), "tran_date must have 8 digits"),
        (envelope(body="<x/>"), "the body is x, not taxML"),
        (envelope(body="<a>"), "the body is not XML"),
        (envelope(body='<!DOCTYPE a [<!ENTITY b "c">]><taxML>&b;</taxML>'), "has a document type"),
        (envelope(body="<taxML>" + "<a>" * 50 + "</a>" * 50 + "</taxML>"), "nested too deeply"),
    ],
)
def test_an_envelope_that_is_not_right_is_answered_with_9_and_an_empty_body(body: bytes, said: str) -> None:
    with pytest.raises(bus.Refused, match=said) as caught:
        bus.read(body, SERVICES)
    answer = ElementTree.fromstring(bus.refused(caught.value))
    space = f"{{{bus.SPEC}}}"
    assert answer.findtext(f"{space}head/{space}rtn_code") == "9"
    assert answer.findtext(f"{space}body") == ""


def test_an_answer_repeats_the_head_of_its_request() -> None:
    message = bus.read(envelope(channel_id="HNGS", body="<taxML><djxh>007</djxh></taxML>"), SERVICES)
    assert (message.operation, message.document) == ("declaration.status", {"djxh": "007"})
    answer = bus.accepted(message, {"filed": True, "pzxh": "1]]>&", "items": []}).decode()
    for text in (
        "<tran_seq>" + "0" * 32,
        "<channel_id>HNGS",
        "<rtn_code>0<",
        "<Code>000<",
        "<itemsGrid></itemsGrid>",
    ):
        assert text in answer
    tax = ElementTree.fromstring(answer.encode())[1].text or ""
    assert ElementTree.fromstring(tax.encode())[1].text == "1]]>&"


def test_a_page_takes_gbk_and_whole_documents_and_only_from_who_signed_in() -> None:
    page = "registration.query"
    assert web.read(page, b"nsrmc=%B3%A4%C9%B3&x=").document == {"nsrmc": "长沙", "x": ""}
    assert web.read(page, b"sbb=%7B%22a%22%3A1%7D").document == {"a": 1}
    for wrong in (b"sbb=%7B", b"sbb=1", b"a=%FF", b"\xff"):
        with pytest.raises(web.Refused):
            web.read(page, wrong)
    sessions = web.Sessions()
    assert sessions.open(b"yhm=a&mm=")[0] is False
    taken, _, cookie = sessions.open(b"yhm=a&mm=b")
    assert taken
    assert sessions.has([(b"cookie", f"x=1; {cookie.partition(';')[0]}".encode())])
    assert not sessions.has([(b"cookie", b"JSESSIONID=1")])
