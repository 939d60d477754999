"""Odd OpenAPI documents and WSDLs: each drafts to what loads; what of it is lost is marked and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.drafting.described.wsdl import draft_wsdl
from renhai.binding.drafting.from_openapi import draft_openapi
from renhai.binding.drafting.scenario import scenario_text
from renhai.core.yaml_lines import parse_yaml
from tests.binding.drafting.making import JSON, described, of, operation
from tests.binding.drafting.openapi_parts import OK, TEXT, body
from tests.binding.drafting.test_wsdl import wsdl

# OpenAPI


def test_webhooks_and_callbacks_are_left_out_and_said(tmp_path: Path) -> None:
    document = operation(
        {"responses": OK, "callbacks": {"onPaid": {"{$request.body#/url}": {"post": {"responses": OK}}}}},
        webhooks={"newFiling": {"post": {"responses": OK}}, "paid": {"post": {"responses": OK}}},
    )
    text, binding = described(tmp_path, {**document, "openapi": "3.1.0"})
    assert list(binding.operations) == ["a.post"]
    head = text.partition("\nname:")[0]
    assert "# Left out:\n# 2 webhooks, which the system sends itself: newFiling, paid" in head
    assert "# LOST: callbacks, which the system sends: onPaid\n" in text
    assert "# 1 part is marked LOST below" in head


LISTED = {"type": "array", "items": {"type": "string", "enum": ["A", "B"]}}
COLOUR = {"type": "object", "properties": {"R": {"type": "integer", "example": 100}, "G": {"example": "x"}}}


@pytest.mark.parametrize(
    ("how", "query", "values", "said"),
    [
        (
            {"style": "pipeDelimited", "schema": {**LISTED, "example": ["A", "B"]}},
            "${p}",
            "A|B",
            "joined by |",
        ),
        ({"style": "spaceDelimited", "schema": LISTED}, "${p}", "A", "joined by blanks"),
        ({"style": "form", "explode": False, "schema": LISTED}, "${p}", "A", "joined by ,"),
        ({"style": "pipeDelimited", "explode": True, "schema": LISTED}, ["${p}"], "A", ""),
        ({"schema": LISTED}, ["${p}"], "A", ""),
    ],
)
def test_lists_in_a_query_go_as_their_style_says(
    how: Any, query: Any, values: str, said: str, tmp_path: Path
) -> None:
    parameter = {"name": "p", "in": "query", "required": True, **how}
    source = tmp_path / "openapi.json"
    source.write_text(json.dumps(operation({"parameters": [parameter], "responses": OK})))
    draft = draft_openapi(source)
    text, binding = of(tmp_path, draft)
    assert binding.operations["a.post"].query == {"p": query}
    (steps,) = draft.journeys.values()
    assert steps[0].fields == {"p": values}
    assert (said in text) if said else "joined" not in text


@pytest.mark.parametrize(
    ("style", "query"),
    [
        ("pipeDelimited", {"p": "R|${p_R}|G|${p_G}"}),
        ("spaceDelimited", {"p": "R ${p_R} G ${p_G}"}),
        ("form", {"p": "R,${p_R},G,${p_G}"}),
        ("deepObject", {"p[R]": "${p_R}", "p[G]": "${p_G}"}),
    ],
)
def test_objects_in_a_query_go_as_their_style_says(style: str, query: Any, tmp_path: Path) -> None:
    parameter = {"name": "p", "in": "query", "required": True, "style": style, "explode": False}
    document = operation({"parameters": [{**parameter, "schema": COLOUR}], "responses": OK})
    text, binding = described(tmp_path, document)
    assert binding.operations["a.post"].query == query
    assert "LOST" not in text


def test_a_deep_object_may_hold_objects(tmp_path: Path) -> None:
    schema = {"properties": {"who": {"properties": {"name": TEXT, "tags": LISTED}}, "n": {"type": "integer"}}}
    parameter = {"name": "f", "in": "query", "required": True, "style": "deepObject", "schema": schema}
    _, binding = described(tmp_path, operation({"parameters": [parameter], "responses": OK}))
    assert binding.operations["a.post"].query == {
        "f[who][name]": "${f_who_name}",
        "f[who][tags]": ["${f_who_tags}"],
        "f[n]": "${f_n}",
    }


@pytest.mark.parametrize(
    ("style", "path"),
    [("simple", "/a/${ids}"), ("label", "/a/.${ids}"), ("matrix", "/a/;ids=${ids}")],
)
def test_a_list_in_a_path_goes_as_its_style_says(style: str, path: str, tmp_path: Path) -> None:
    parameter = {"name": "ids", "in": "path", "required": True, "style": style, "schema": LISTED}
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a/{ids}": {"get": {"parameters": [parameter]}}}}
    text, binding = described(tmp_path, document)
    assert binding.operations["a.get"].path == path
    assert "several values of ids go as one text, joined by ," in text


def test_swagger_2_lists_are_joined_by_commas_unless_it_says_else(tmp_path: Path) -> None:
    def asked(**how: str) -> Any:
        parameter = {
            "name": "p",
            "in": "query",
            "required": True,
            "type": "array",
            "items": {"type": "string"},
        }
        paths = {"/a": {"get": {"parameters": [{**parameter, **how}], "responses": OK}}}
        _, binding = described(tmp_path, {"swagger": "2.0", "info": {"title": "t"}, "paths": paths})
        return binding.operations["a.get"].query["p"]

    assert [asked(), asked(collectionFormat="pipes"), asked(collectionFormat="multi")] == [
        "${p}",
        "${p}",
        ["${p}"],
    ]


def test_free_objects_and_lists_are_objects_and_lists(tmp_path: Path) -> None:
    properties = {
        "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
        "rest": {"type": ["object", "null"]},
        "any": {"type": "array"},
        "tree": {"$dynamicRef": "#node"},
    }
    source = tmp_path / "openapi.json"
    source.write_text(json.dumps(body({"type": "object", "properties": properties})))
    draft = draft_openapi(source)
    text, _ = of(tmp_path, draft)
    (steps,) = draft.journeys.values()
    assert (steps[0].fields["labels"], steps[0].fields["rest"]) == ({}, {})
    assert "LOST: tree: of a schema that is chosen as it is used ($dynamicRef" in text


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_keys_that_a_document_has_twice_are_said(form: str, tmp_path: Path) -> None:
    source = tmp_path / f"openapi.{form}"
    paths = '"/a": {"get": {"responses": {}}}, "/a": {"post": {"responses": {}}}'
    text = '{"openapi": "3.0.0", "info": {"title": "t"}, "paths": {' + paths + "}}"
    if form == "yaml":
        text = "openapi: 3.0.0\ninfo: {title: t}\npaths:\n"
        text += "  /a: {get: {responses: {}}}\n  /a: {post: {responses: {}}}\n"
    source.write_text(text)
    said, binding = of(tmp_path, draft_openapi(source))
    assert list(binding.operations) == ["a.post"]
    assert "LOST: keys that the document has twice in one place, of which the last counts: /a\n" in said


def test_examples_that_are_no_numbers_become_texts(tmp_path: Path) -> None:
    source = tmp_path / "openapi.json"
    schema = '{"properties": {"je": {"example": 1e400}, "fp": {"example": 25432000000012345678}}}'
    document = operation({"requestBody": {"content": {JSON: {"schema": "SCHEMA"}}}, "responses": OK})
    source.write_text(json.dumps(document).replace('"SCHEMA"', schema))
    draft = draft_openapi(source)
    of(tmp_path, draft)
    told = parse_yaml(scenario_text(draft, "city.yaml"), "s.yaml").data
    assert told["journeys"]["a.all"][0]["fields"] == {"je": "1e400", "fp": "25432000000012345678"}


# WSDL


def test_ports_that_are_not_drafted_are_said(tmp_path: Path) -> None:
    source = wsdl(tmp_path)
    text = source.read_text("utf-8")
    more = (
        '<w:port name="Get" binding="t:None"><h:address xmlns:h="http" location="/a"/></w:port></w:service>'
    )
    source.write_text(text.replace("</w:service>", more), encoding="utf-8")
    said, _ = of(tmp_path, draft_wsdl(source))
    assert "2 ports that no SOAP is spoken at, or that repeat another one's operations: P12, Get" in said


def test_attachments_optional_attributes_and_abstract_types_are_marked(tmp_path: Path) -> None:
    source = wsdl(tmp_path)
    text = source.read_text("utf-8")
    mime = (
        '<m:multipartRelated xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/"><m:part><s:body use="literal"/>'
        '<s:header message="t:A" part="a"/><s:header message="t:B" part="b"/></m:part>'
        '<m:part><m:content part="scan" type="image/png"/></m:part></m:multipartRelated>'
    )
    inside = text[
        text.index("<w:input><s:body") + 9 : text.index("</w:input>\n    </w:operation>\n  </w:binding>")
    ]
    text = text.replace(inside, mime)
    text = text.replace('<xs:attribute name="ver" use="required"/>', '<xs:attribute name="ver"/>')
    text = text.replace('<xs:complexType name="Company">', '<xs:complexType name="Company" abstract="true">')
    source.write_text(text, encoding="utf-8")
    said, binding = of(tmp_path, draft_wsdl(source))
    assert "${djxh}" in binding.operations["tax.submit_filing"].body
    for words in (
        "LOST: the SOAP header: a, b",
        "LOST: attachments (MIME): scan",
        "LOST: optional attributes: submit.@ver",
        "LOST: submit.payer: abstract",
    ):
        assert words in said
    lost = int(said.partition(" parts are marked LOST")[0].rpartition("# ")[2])
    assert lost == said.count("# LOST")
