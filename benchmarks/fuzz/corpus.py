"""Files to begin with: shipped scenarios, target files and bureaux; recordings and OpenAPI documents."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.liars.target import SCENARIO, TARGET
from benchmarks.rig import HOME

SCENARIOS = HOME / "scenarios"
FORM = "application/x-www-form-urlencoded"


def _entry(method: str, url: str, media: str = "", text: str = "", answer: str = "") -> dict[str, Any]:
    headers = [{"name": "Cookie", "value": "J=secret"}, {"name": "Accept", "value": "*/*"}]
    request: dict[str, Any] = {"method": method, "url": url, "headers": headers, "httpVersion": "HTTP/1.1"}
    if media:
        request["postData"] = {"mimeType": media, "text": text}
        if "urlencoded" in media:
            pairs = [pair.partition("=") for pair in text.split("&")]
            request["postData"]["params"] = [{"name": name, "value": value} for name, _, value in pairs]
    content = {"mimeType": "application/json", "text": answer or '{"code": 0, "data": {"id": "77"}}'}
    response = {"status": 200, "headers": [{"name": "Set-Cookie", "value": "J=1"}], "content": content}
    return {"request": request, "response": response, "startedDateTime": "2026-11-28T08:00:00.000Z"}


SOAP = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    "<q:Query xmlns:q='u'><nsrsbh>91430100</nsrsbh><password>x</password></q:Query></s:Body></s:Envelope>"
)
MULTIPART = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'
RECORDINGS: tuple[Any, ...] = (
    {"log": {"version": "1.2", "entries": [
        _entry("POST", "http://hub.example/login.do", FORM, "yhm=me&password=topsecret&yhm=you"),
        _entry("GET", "http://hub.example/hlwsb/sbkk/getSbZt.do?djxh=1&x=&x=2"),
        _entry("POST", "http://hub.example/api/file", "application/json", '{"a": [1, {"token": "t"}]}'),
        _entry("PUT", "http://hub.example/api/filings/77", "application/json", '{"id": "77"}'),
    ]}},
    {"log": {"entries": [
        _entry("CONNECT", "hub.example:443"),
        _entry("POST", "https://hub.example/service", "text/xml; charset=utf-8", SOAP),
        _entry("POST", "https://hub.example/上传", "multipart/form-data; boundary=b", MULTIPART),
        _entry("POST", "https://hub.example/rpc?method=b", "application/json", "[1, 2, {}]"),
        _entry("GET", "https://elsewhere.example/logo.png"),
    ]}},
)  # fmt: skip

FILING: dict[str, Any] = {
    "type": "object",
    "required": ["payer"],
    "properties": {
        "payer": {"$ref": "#/components/schemas/Payer"},
        "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Filing"}},
        "parent": {"$ref": "#/components/schemas/Filing"},
        "sumDue": {"type": "number", "example": 10.5},
        "kind": {"type": "string", "enum": ["A", "B"]},
        "more": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
DOCUMENTS: tuple[Any, ...] = (
    {
        "openapi": "3.0.0",
        "info": {"title": "City Tax 长沙", "version": "1"},
        "servers": [{"url": "https://tax-test.example/api/v1"}],
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            },
            "schemas": {
                "Payer": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"name": {}}}]},
                "Base": {"properties": {"nsrsbh": {"type": "string"}, "id": {"readOnly": True}}},
                "Filing": FILING,
                "Any": {"oneOf": [{"$ref": "#/components/schemas/Any"}, {"type": "string"}]},
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
                    "requestBody": {"content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Filing"}}}},
                    "responses": {"201": {}, "default": {}},
                }
            },
            "/any": {"put": {"requestBody": {"content": {FORM: {"schema": {
                "$ref": "#/components/schemas/Any"}}}}, "responses": {"200": {}}}},
        },
    },
    {
        "swagger": "2.0",
        "host": "tax.example",
        "basePath": "/v2",
        "schemes": ["https"],
        "securityDefinitions": {"basic": {"type": "basic"}},
        "definitions": {"Node": {"properties": {"next": {"$ref": "#/definitions/Node"}, "n": {}}}},
        "paths": {
            "/nodes": {"post": {"parameters": [
                {"in": "body", "name": "body", "schema": {"$ref": "#/definitions/Node"}},
                {"in": "header", "name": "X-A", "type": "string"},
            ], "responses": {"200": {"schema": {"$ref": "#/definitions/Node"}}}}},
            "/form": {"post": {"parameters": [{"in": "formData", "name": n} for n in "ab"]}},
        },
    },
)  # fmt: skip

OURS = """\
name: fuzzed
target: reference
data: {seed: 1, taxpayers: 1000}
load:
  bureau: {file: bureau.yaml, clock: "09:00-10:00", pace: 60}
thresholds:
  "*": [error_rate < 1%]
"""


def _read(name: str) -> str:
    return (SCENARIOS / name).read_text(encoding="utf-8")


def kinds() -> dict[str, list[str]]:
    """Texts by the kind of file."""
    rules = "{where: {code: 0}, absent: [系统繁忙], echo: {id: data.id}, data: {n: {path: n, as: number}}}"
    return {
        "target": [*map(_read, (f"targets/{name}.yaml" for name in (
            "reference", "golden_tax_esb", "web_filing", "bureau"))), TARGET.format(port=8400, rule=rules)],
        "scenario": [*map(_read, ("smoke.yaml", "capacity.yaml", "catch_up.yaml", "declaration_open.yaml",
            "soak.yaml")), SCENARIO.replace("target.yaml", "reference").replace(
                "two.steps: [shelf.get, shelf.put]", "two.steps: [registration.query]")],
        "bureau": [_read("bureaux/changsha.yaml")],
        "har": [json.dumps(tree, ensure_ascii=False) for tree in RECORDINGS],
        "openapi": [json.dumps(tree, ensure_ascii=False) for tree in DOCUMENTS],
    }  # fmt: skip
