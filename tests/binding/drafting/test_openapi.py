"""An OpenAPI document becomes operations that load, whatever it holds; what it loses is marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.drafting.draft import written_out
from renhai.binding.drafting.from_openapi import draft_openapi
from renhai.core.errors import UsageError
from tests.binding.drafting.making import described, of, operation
from tests.binding.drafting.openapi_parts import OK, TEXT, body

NAMES = ("pet_id", "pet-Id", "12", "纳税人识别号")
CITY: dict[str, Any] = {
    "openapi": "3.0.0",
    "info": {"title": "City Tax 长沙"},
    "servers": [{"url": "https://tax-test.example/api/v1"}],
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Payer": {"properties": {"nsrsbh": {"type": "string"}, "id": {"readOnly": True}}},
            "Filing": {
                "properties": {"payer": {"$ref": "#/components/schemas/Payer"}, "sumDue": {"type": "number"}}
            },
        },
    },
    "paths": {
        "/filings/{filing-id}": {
            "parameters": [{"name": "full", "in": "query", "required": True}],
            "get": {"operationId": "getFiling", "tags": ["Filing"], "responses": {"200": {}}},
            "delete": {"responses": {"204": {}}},
        },
        "/filings": {
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Filing"}}}
                },
                "responses": {"201": {}, "default": {}},
            }
        },
    },
}


def test_a_document_becomes_a_target_that_loads(tmp_path: Path) -> None:
    text, binding = described(tmp_path, CITY)
    assert "tax-test.example" not in text
    assert binding.auth is not None and binding.auth.bearer is not None
    assert binding.auth.bearer.token == "${ENV:CITY_TAX_TOKEN_TOKEN}"
    assert list(binding.operations) == ["filing.get_filing", "filings.delete", "filings.post"]
    get, delete, post = binding.operations.values()
    assert (get.method, get.path, get.query, get.body) == (
        "GET", "/api/v1/filings/${filing_id}", {"full": "${full}"}, None,
    )  # fmt: skip
    assert post.body == {"payer": {"nsrsbh": "${payer.nsrsbh}"}, "sumDue": "${sum_Due}"}
    assert [op.success and op.success.status for op in (get, delete, post)] == [None, [204], [201]]


def test_nesting_is_bounded(tmp_path: Path) -> None:
    schema: Any = TEXT
    for _ in range(400):
        schema = {"type": "object", "properties": {"a": schema}}
    text, _ = described(tmp_path, body(schema))
    assert "nested deeper than 8 levels; cut here" in text


def test_references_lead_into_files_beside_the_document_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    other = {"A": {"properties": {"a": {"$ref": "#/B"}}}, "B": {"properties": {"b": TEXT}}}
    (tmp_path / "parts" / "other.yaml").write_text(json.dumps(other))
    _, binding = described(tmp_path, body({"$ref": "parts/other.yaml#/A"}))
    assert binding.operations["a.post"].body == {"a": {"b": "${a.b}"}}
    text, _ = described(tmp_path, body({"$ref": "/etc/hostname"}))
    assert "LOST: /etc/hostname is not in this document" in text


@pytest.mark.parametrize(
    ("servers", "path"),
    [
        ([{"url": "http://h:{p}/{b}", "variables": {"p": {"default": 1}, "b": {"default": "v2"}}}], "/v2/a"),
        ([{"url": "http://h/{base}", "variables": {"base": {"default": ""}}}], "/a"),
        ([{"url": "/v1/"}, {"url": "http://h/v2"}], "/v1/a"),
        ([{"url": "v1"}], "/v1/a"),
        ([{"url": "https://h"}], "/a"),
        ([{"url": "//h/v1"}], "/v1/a"),
        ([{"url": ""}], "/a"),
        ([{}], "/a"),
        ([], "/a"),
        (None, "/a"),
        ("http://h/x", "/a"),
        ([{"url": "http://{h}/{tenant}/v1"}], "/${tenant}/v1/a"),
        ([{"url": "http://h/税 务?x=1"}], "/%E7%A8%8E%20%E5%8A%A1/a"),
    ],
)  # fmt: skip
def test_servers_give_the_path_that_stands_before(servers: Any, path: str, tmp_path: Path) -> None:
    _, binding = described(tmp_path, operation({"responses": OK}, servers=servers))
    assert binding.operations["a.post"].path == path


def test_an_operation_with_a_server_of_its_own_says_so(tmp_path: Path) -> None:
    own = operation({"responses": OK, "servers": [{"url": "http://other/v9"}]}, servers=[{"url": "/v1"}])
    text, binding = described(tmp_path, own)
    assert binding.operations["a.post"].path == "/v9/a"
    assert "LOST: it has a server of its own: /v9" in text


def test_required_parameters_of_every_kind_are_sent_and_optional_ones_said(tmp_path: Path) -> None:
    def one(name: str, place: str, required: bool = True, **more: Any) -> dict[str, Any]:
        return {"name": name, "in": place, "required": required, "schema": TEXT, **more}

    parameters = [
        *(one(name, "header") for name in ("X-Req", "X Bad", "Content-Length", "X-Api-Key", "Authorization")),
        one("ids", "query", schema={"type": "array", "items": {"type": "integer"}}),
        one("page", "query", required=False),
        one("ck", "cookie"),
        one("token", "query"),
    ]
    text, binding = described(tmp_path, operation({"parameters": parameters, "responses": OK}))
    found = binding.operations["a.post"]
    assert found.headers == {"X-Req": "${X_Req}", "X-Api-Key": "${ENV:X_API_KEY}", "Cookie": "ck=${ENV:CK}"}
    assert found.query == {"ids": ["${ids}"], "token": "${ENV:TOKEN}"}
    assert "LOST: optional parameters: page" in text
    assert "LOST: parameter X Bad: its name is none that HTTP allows" in text
    assert "LOST: parameter Content-Length: the client sets it itself" in text


def test_names_stay_apart_and_are_names(tmp_path: Path) -> None:
    paths = {
        "/petId/{petId}/{document}": {
            "get": {
                "parameters": [
                    {"name": name, "in": "query", "required": True}
                    for name in ("pet_id", "pet-Id", "12", "纳税人识别号")
                ],
                "responses": OK,
            }
        },
        "/12/{id}": {"get": {"operationId": "12 get!", "tags": ["3D"], "responses": OK}},
        "/13": {"get": {"operationId": "12_get", "tags": ["3d"], "responses": OK}},
        "/é/{x y}/{}": {"get": {"operationId": "é", "responses": OK}},
    }
    _, binding = described(tmp_path, {"openapi": "3.1.0", "info": {}, "paths": paths})
    found = list(binding.operations.items())
    assert [(name, op.path) for name, op in found] == [
        ("pet_id.get", "/petId/${pet_Id}/${document_2}"),
        ("x3_d.x12_get", "/12/${id}"),
        ("x3d.x12_get", "/13"),
        ("x.x", "/%C3%A9/${x_y}/${part}"),
    ]
    query = found[0][1].query
    assert query == {
        "pet_id": "${pet_id}",
        "pet-Id": "${pet_Id_2}",
        "12": "${x12}",
        "纳税人识别号": "${nsrsbh}",
    }


YAML_1_2 = """
openapi: 3.0.0
info: {title: 电子税务局, version: 1.0}
paths:
  /on:
    post:
      requestBody:
        content:
          application/json:
            schema:
              properties: {on: {type: string}, no: {}, 12: {type: string}, d: {example: 2015-09-11}}
      responses: {200: {description: ok}, 2XX: {}}
"""


def test_yaml_documents_are_read_as_yaml_1_2(tmp_path: Path) -> None:
    source = tmp_path / "openapi.yaml"
    source.write_text(YAML_1_2, encoding="utf-8")
    draft = draft_openapi(source)
    _, binding = of(tmp_path, draft)
    assert draft.name == "dzswj"
    assert binding.operations["on.post"].body == {"on": "${on}", "no": "${no}", "12": "${x12}", "d": "${d}"}
    (step,) = draft.journeys["on.all"]
    assert step.fields == {"on": "text", "no": "text", "x12": "text", "d": "2015-09-11"}


@pytest.mark.parametrize(
    ("media", "form", "drafted", "header"),
    [
        ("application/json; charset=utf-8", None, {"a": "${a}"}, None),
        ("application/merge-patch+json", None, {"a": "${a}"}, "application/merge-patch+json"),
        ("application/x-www-form-urlencoded", "form", {"a": "${a}"}, None),
        ("application/xml", "xml", "<request><a>${a}</a></request>", None),
        ("text/csv", "text", "${text}", "text/csv"),
        ("*/*", None, {"a": "${a}"}, None),
    ],
)
def test_bodies_of_every_media_type(media: str, form: Any, drafted: Any, header: Any, tmp_path: Path) -> None:
    content = {media: {"schema": {"properties": {"a": TEXT}}}}
    _, binding = described(tmp_path, operation({"requestBody": {"content": content}, "responses": OK}))
    found = binding.operations["a.post"]
    assert (found.format, found.body, found.headers.get("Content-Type")) == (form, drafted, header)


def test_a_body_that_cannot_be_drafted_is_marked(tmp_path: Path) -> None:
    content = {"application/octet-stream": {}, "image/png": {}}
    text, binding = described(tmp_path, operation({"requestBody": {"content": content}, "responses": OK}))
    assert binding.operations["a.post"].body is None
    assert "LOST: the body: application/octet-stream, image/png cannot be drafted" in text


def test_examples_give_the_body_or_the_values(tmp_path: Path) -> None:
    example = {"a": "x", "password": "geheim", "e": "1e3", "t": "${x}"}
    media = {"application/json": {"schema": {"oneOf": [{"properties": {"a": TEXT}}]}, "example": example}}
    text, binding = described(tmp_path, operation({"requestBody": {"content": media}, "responses": OK}))
    assert binding.operations["a.post"].body == {
        "a": "x",
        "password": "${ENV:PASSWORD}",
        "e": "1e3",
        "t": "$ {x}",
    }
    assert "geheim" not in text


def test_swagger_2_has_base_path_body_form_and_files(tmp_path: Path) -> None:
    sent = {"in": "body", "name": "b", "schema": {"$ref": "#/definitions/P"}}
    field = {"in": "formData", "name": "x", "type": "string"}
    document = {
        "swagger": "2.0",
        "info": {"title": "t"},
        "host": "h.example",
        "basePath": "api",
        "securityDefinitions": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "q": {"type": "apiKey", "in": "query", "name": "k"},
        },
        "definitions": {"P": {"properties": {"a": TEXT}}},
        "parameters": {"L": {"name": "limit", "in": "query", "required": True, "type": "integer"}},
        "paths": {
            "/b": {"post": {"parameters": [sent, {"$ref": "#/parameters/L"}], "responses": OK}},
            "/f": {"post": {"parameters": [field], "responses": OK}},
        },
    }
    _, binding = described(tmp_path, document)
    post, form = binding.operations["b.post"], binding.operations["f.post"]
    assert (post.path, post.query, post.body) == ("/api/b", {"limit": "${limit}"}, {"a": "${a}"})
    assert (form.format, form.body) == ("form", {"x": "${x}"})
    assert binding.defaults.headers == {"X-Key": "${ENV:T_KEY}"}
    assert binding.defaults.query == {"k": "${ENV:T_Q}"}


def test_a_document_that_is_too_long_says_what_it_left_out(tmp_path: Path) -> None:
    properties = {f"field_{n}_{'x' * 60}": TEXT for n in range(140)}
    schema = {
        "requestBody": {"content": {"application/json": {"schema": {"properties": properties}}}},
        "responses": OK,
    }
    source = tmp_path / "long.json"
    source.write_text(json.dumps({"info": {}, "paths": {f"/p{n}": {"post": schema} for n in range(80)}}))
    draft = draft_openapi(source)
    text = written_out(draft)
    assert len(text.encode()) < 1 << 20
    assert "operations, because the file would be too long: p" in text
    assert (
        f"p{len(draft.operations) - 1}.post" in draft.operations and f"p{len(draft.operations)}.post" in text
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is neither JSON nor YAML"),
        ('{"openapi": "3"}', "paths is missing; --from-openapi takes an OpenAPI document"),
        ('{"paths": {}}', "names no operation that could be drafted"),
        (
            '{"paths": {"/a": {"post": {"parameters": 4}}}}',
            r'paths."/a".post is not laid out as an OpenAPI document',
        ),
    ],
)
def test_what_cannot_be_drafted_says_why(content: str, said: str, tmp_path: Path) -> None:
    source = tmp_path / "x.json"
    source.write_text(content)
    with pytest.raises(UsageError, match=said):
        written_out(draft_openapi(source))
