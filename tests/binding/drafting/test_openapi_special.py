"""Uploads and sign-ins of OpenAPI documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.binding.drafting.making import described, operation
from tests.binding.drafting.openapi_parts import OK, TEXT, flows


def test_an_upload_is_multipart_and_its_files_are_asked_for(tmp_path: Path) -> None:
    properties = {
        "note": TEXT,
        "scan": {"type": "string", "format": "binary"},
        "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "meta": {"type": "object", "properties": {"n": {"type": "integer"}}},
        "raw": {"type": "string", "contentMediaType": "image/png"},
    }
    media = {
        "schema": {"properties": properties},
        "encoding": {"scan": {"contentType": "image/png, image/gif"}},
    }
    content = {"multipart/form-data": media}
    text, binding = described(tmp_path, operation({"requestBody": {"content": content}, "responses": OK}))
    found = binding.operations["a.post"]
    octets = "application/octet-stream"
    assert (found.format, found.headers) == ("multipart", {})
    assert found.body == {
        "note": "${note}",
        "scan": {"text": "${scan}", "name": "scan", "type": "image/png"},
        "more": [{"text": "${more}", "name": "more", "type": octets}],
        "meta": {"text": {"n": "${meta.n}"}, "type": "application/json"},
        "raw": {"text": "${raw}", "name": "raw", "type": octets},
    }
    assert "FILL IN: scan, more, raw: a file each" in text


def test_swagger_2_uploads_are_multipart(tmp_path: Path) -> None:
    fields = [
        {"in": "formData", "name": "f", "type": "file"},
        {"in": "formData", "name": "n", "type": "string"},
    ]
    document = {
        "swagger": "2.0",
        "info": {"title": "t"},
        "paths": {"/a": {"post": {"parameters": fields, "responses": OK}}},
    }
    _, binding = described(tmp_path, document)
    octets = {"text": "${f}", "name": "f", "type": "application/octet-stream"}
    assert binding.operations["a.post"].body == {"f": octets, "n": "${n}"}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://h.example/oauth/token", "/oauth/token"),
        ("https://h.example:443/oauth/token", None),  # not spelt as the server is: a person looks
        ("/oauth/token", "/oauth/token"),
        ("token", "/api/token"),
        ("https://sso.example/token", None),
        ("http://h.example/token", None),
        ("https://h.example/token?realm=a", None),
    ],
)
def test_client_credentials_are_drafted_where_the_flow_says_so(
    url: str, path: str | None, tmp_path: Path
) -> None:
    flow = {"tokenUrl": url, "scopes": {"read": "r", "write": "w"}}
    text, binding = described(tmp_path, flows(clientCredentials=flow, authorizationCode={"tokenUrl": url}))
    assert binding.auth is not None
    if path is None:
        assert binding.auth.bearer is not None and binding.auth.bearer.token == "${ENV:T_CITY_TOKEN}"
        assert f"FILL IN: tokens come from {url}, another system" in text
        return
    asked = binding.operations["oauth2.token"]
    assert asked.path == path
    assert asked.body == {
        "grant_type": "client_credentials",
        "client_id": "${ENV:T_CITY_CLIENT_ID}",
        "client_secret": "${ENV:T_CITY_CLIENT_SECRET}",
        "scope": "read write",
    }
    assert "scope asks for all that the document names (read, write)" in text


def test_a_password_flow_is_a_log_in(tmp_path: Path) -> None:
    _, binding = described(tmp_path, flows(password={"tokenUrl": "token"}))
    assert binding.auth is not None and binding.auth.bearer is not None
    assert (binding.auth.bearer.login, binding.auth.bearer.token) == ("oauth2.login", "access_token")
    asked = binding.operations["oauth2.login"]
    assert (asked.path, asked.format) == ("/api/token", "form")
    secrets = {"username": "${ENV:T_CITY_USER}", "password": "${ENV:T_CITY_PASSWORD}"}
    assert asked.body == {"grant_type": "password", **secrets}


def test_swagger_2_has_flows_too_and_others_take_a_token(tmp_path: Path) -> None:
    scheme = {"type": "oauth2", "flow": "application", "tokenUrl": "https://h.example/t", "scopes": {}}
    document = {"swagger": "2.0", "info": {"title": "t"}, "host": "h.example", "schemes": ["https"]}
    paths = {"/a": {"post": {"responses": OK}}}
    _, binding = described(tmp_path, {**document, "paths": paths, "securityDefinitions": {"c": scheme}})
    assert binding.operations["oauth2.token"].path == "/t"
    _, binding = described(tmp_path, flows(implicit={"authorizationUrl": "https://h.example/a"}))
    assert binding.auth is not None and binding.auth.bearer is not None
    assert binding.auth.bearer.token == "${ENV:T_CITY_TOKEN}"
