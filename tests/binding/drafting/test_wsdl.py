"""A WSDL becomes SOAP operations that load, with every element of their messages in its namespace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from renhai.binding.drafting.described.wsdl import draft_wsdl
from renhai.binding.drafting.scenario import scenario_text
from renhai.core.errors import UsageError
from tests.binding.drafting.making import of

TYPES = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:tax" targetNamespace="urn:tax"
    elementFormDefault="qualified">
  <xs:element name="submit"><xs:complexType><xs:sequence>
    <xs:element name="djxh" type="xs:string"/>
    <xs:element name="税额" type="xs:decimal"/>
    <xs:element ref="t:payer"/>
    <xs:element name="plain" form="unqualified" type="xs:date"/>
  </xs:sequence><xs:attribute name="ver" use="required"/></xs:complexType></xs:element>
  <xs:element name="payer" type="t:Company"/>
  <xs:complexType name="Person"><xs:sequence>
    <xs:element name="name" type="t:Kind"/><xs:element name="parent" type="t:Person"/>
  </xs:sequence></xs:complexType>
  <xs:complexType name="Company"><xs:complexContent><xs:extension base="t:Person"><xs:choice>
    <xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/>
  </xs:choice></xs:extension></xs:complexContent></xs:complexType>
  <xs:simpleType name="Kind"><xs:restriction base="xs:string">
    <xs:enumeration value="A"/></xs:restriction></xs:simpleType>
</xs:schema>"""


def wsdl(folder: Path, types: str = TYPES, style: str = "document", part: str = 'element="t:submit"') -> Path:
    path = folder / "tax.wsdl"
    path.write_text(
        f"""<?xml version="1.0"?><!-- made by hand -->
<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:t="urn:tax" name="Tax" targetNamespace="urn:tax">
  <w:types>{types}</w:types>
  <w:message name="In"><w:part name="p" {part}/></w:message>
  <w:portType name="Port"><w:operation name="submitFiling">
    <w:input message="t:In"/></w:operation></w:portType>
  <w:binding name="B12" type="t:Port"><s12:binding/><w:operation name="submitFiling"/></w:binding>
  <w:binding name="B" type="t:Port"><s:binding style="{style}" transport="http"/>
    <w:operation name="submitFiling"><s:operation soapAction="urn:submit"/>
      <w:input><s:body use="literal" namespace="urn:rpc"/><s:header message="t:Head" part="h"/></w:input>
    </w:operation>
  </w:binding>
  <w:service name="S"><w:port name="P12" binding="t:B12"><s12:address location="https://gt3.example/other"/></w:port>
    <w:port name="P" binding="t:B"><s:address location="https://gt3.example/esb/税务?wsdl"/></w:port></w:service>
</w:definitions>""",
        encoding="utf-8",
    )
    return path


def inside(body: str) -> Any:
    """The first element of the SOAP body."""
    root = ElementTree.fromstring(re.sub(r"\$\{([^}]*)\}", r"[\1]", body))
    return root[0][0]


def test_an_operation_has_its_envelope_its_action_and_all_its_elements(tmp_path: Path) -> None:
    text, binding = of(tmp_path, draft_wsdl(wsdl(tmp_path)))
    ((name, operation),) = binding.operations.items()
    assert (name, operation.path) == ("tax.submit_filing", "/esb/%E7%A8%8E%E5%8A%A1")
    assert operation.headers == {"SOAPAction": '"urn:submit"', "Content-Type": "text/xml; charset=utf-8"}
    assert "gt3.example" not in text
    sent = inside(operation.body)
    found = [(element.tag, (element.text or "").strip()) for element in sent.iter()]
    assert found == [
        ("{urn:tax}submit", ""),
        ("{urn:tax}djxh", "[djxh]"),
        ("{urn:tax}税额", "[se]"),
        ("{urn:tax}payer", ""),
        ("{urn:tax}name", "[name]"),
        ("{urn:tax}parent", ""),
        ("{urn:tax}a", "[a]"),
        ("plain", "[plain]"),
    ]
    assert sent.attrib == {"ver": "[ver]"}
    assert "LOST: submit.payer.parent: the schema Person holds itself" in text
    assert "LOST: submit.payer: the first of 2 alternatives (choice) is taken" in text
    assert "LOST: the SOAP header: h" in text
    assert binding.success.format == "xml"


def test_rpc_wraps_the_parts_in_the_operation(tmp_path: Path) -> None:
    _, binding = of(tmp_path, draft_wsdl(wsdl(tmp_path, style="rpc", part='type="xs:string"')))
    sent = inside(binding.operations["tax.submit_filing"].body)
    assert [(element.tag, element.text) for element in sent.iter()] == [
        ("{urn:rpc}submitFiling", None),
        ("p", "[p]"),
    ]


def test_schemas_beside_the_document_are_read_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "tax.xsd").write_text(TYPES, encoding="utf-8")
    include = '<xs:import namespace="urn:tax" schemaLocation="{}"/>'
    schema = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{include}</xs:schema>'
    _, binding = of(tmp_path, draft_wsdl(wsdl(tmp_path, schema.format("tax.xsd"))))
    assert "${djxh}" in binding.operations["tax.submit_filing"].body
    for place in ("http://gt3.example/tax.xsd", "../tax.xsd", "/etc/passwd"):
        text, _ = of(tmp_path, draft_wsdl(wsdl(tmp_path, schema.format(place))))
        assert "LOST: submit is not in this document" in text


def test_entities_are_not_followed(tmp_path: Path) -> None:
    path = wsdl(tmp_path)
    (tmp_path / "secret.txt").write_text("topsecret")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{tmp_path}/secret.txt"><!ENTITY b "&e;&e;">]>'
    text = (
        path.read_text(encoding="utf-8")
        .replace("<!-- made by hand -->", doctype)
        .replace('"urn:submit"', '"urn:&b;"')
    )
    path.write_text(text, encoding="utf-8")
    try:
        drafted, _ = of(tmp_path, draft_wsdl(path))
    except UsageError as error:
        drafted = str(error)
    assert "topsecret" not in drafted


@pytest.mark.parametrize(
    ("text", "said"),
    [("<a/>", "is no WSDL 1.1"), ("{}", "is not XML"), ("<a>" * 100_000, "is not XML")],
)
def test_what_is_no_wsdl_says_so(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.wsdl"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        draft_wsdl(path)


def test_a_secret_of_the_document_stays_there(tmp_path: Path) -> None:
    secret = '<xs:element name="password" type="xs:string" default="S3same99"/>'
    path = wsdl(tmp_path, TYPES.replace('<xs:element ref="t:payer"/>', secret))
    path.write_text(path.read_text("utf-8").replace("https://gt3", "https://me:S3same99@gt3"), "utf-8")
    draft = draft_wsdl(path)
    text, _ = of(tmp_path, draft)
    assert "<password>${ENV:PASSWORD}</password>" in text
    assert "S3same99" not in text + scenario_text(draft, "x.yaml") + "".join(n.text() for n in draft.said)
    assert "https://gt3.example/esb" in "".join(note.text() for note in draft.said)
