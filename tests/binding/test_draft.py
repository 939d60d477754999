"""Drafts of target files: they grant nothing, hold no secret, and say what is to be filled in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.drafting.from_har import from_har
from renhai.binding.drafting.from_openapi import from_openapi
from renhai.binding.loader import load_binding
from renhai.core.errors import UsageError

OPENAPI: dict[str, Any] = {
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


FILLED_IN = "environment: test\nurl: http://127.0.0.1:8400\nhosts: [127.0.0.1]\n"


def loaded(folder: Path, text: str) -> Any:
    """The target file once a person has said what it may do; untouched it grants nothing, does not load."""
    path = folder / "drafted.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_binding(str(path))
    assert {problem.field for problem in caught.value.problems} == {"environment", "url"}
    assert not re.search(r"^(environment|url|hosts):", text, re.MULTILINE)
    path.write_text(text + FILLED_IN, encoding="utf-8")
    return load_binding(str(path), judged=False)[0]  # the rule of success is left to be filled in


def test_an_openapi_document_becomes_a_target_that_loads(tmp_path: Path) -> None:
    source = tmp_path / "openapi.json"
    source.write_text(json.dumps(OPENAPI), encoding="utf-8")
    text = from_openapi(source)
    binding = loaded(tmp_path, text)
    assert "tax-test.example" not in text
    assert binding.success.status == [200, 201, 204]
    assert binding.auth.bearer.token == "${ENV:CITY_TAX_TOKEN_TOKEN}"
    assert list(binding.operations) == ["filing.get_filing", "filings.delete", "filings.post"]
    get, post = binding.operations["filing.get_filing"], binding.operations["filings.post"]
    assert (get.method, get.path, get.query, get.body) == (
        "GET", "/api/v1/filings/${filing_id}", {"full": "${full}"}, None,
    )  # fmt: skip
    assert post.body == {"payer": {"nsrsbh": "${payer.nsrsbh}"}, "sumDue": "${sum_Due}"}
    assert text.count("FILL IN") >= 4


def test_a_recording_becomes_a_target_without_its_secrets(tmp_path: Path) -> None:
    def entry(method: str, url: str, media: str = "", text: str = "", status: int = 200) -> dict[str, Any]:
        headers = [
            {"name": "Cookie", "value": "J=topsecret"},
            {"name": "Authorization", "value": "Bearer topsecret"},
        ]
        request: dict[str, Any] = {"method": method, "url": url, "headers": headers}
        if media:
            request["postData"] = {"mimeType": media, "text": text}
        return {"request": request, "response": {"status": status}}

    form = "application/x-www-form-urlencoded"
    entries = [
        entry("POST", "http://hub.example/login.do", form, "yhm=me&password=topsecret"),
        entry("GET", "http://hub.example/hlwsb/sbkk/getSbZt.do?djxh=1"),
        entry("GET", "http://hub.example/hlwsb/sbkk/getSbZt.do?djxh=2"),
        entry("POST", "http://hub.example/api/file", "application/json", '{"a": 1, "token": "topsecret"}'),
        entry("GET", "http://elsewhere.example/logo.png"),
    ]
    source = tmp_path / "recording.har"
    source.write_text(json.dumps({"log": {"entries": entries}}), encoding="utf-8")
    text = from_har(source)
    assert "topsecret" not in text
    assert "the recording has authorization" in text
    binding = loaded(tmp_path, text)
    assert "hub.example" not in text
    assert list(binding.operations) == ["login_do.post", "hlwsb.get_sbkk_get_sb_zt_do", "api.post_file"]
    assert binding.operations["login_do.post"].body == {"yhm": "me", "password": "${ENV:PASSWORD}"}
    assert binding.operations["hlwsb.get_sbkk_get_sb_zt_do"].query == {"djxh": "1"}
    assert binding.operations["api.post_file"].body == {"a": 1, "token": "${ENV:TOKEN}"}


@pytest.mark.parametrize(
    ("media", "text", "body"),
    [
        (
            "application/x-www-form-urlencoded",
            "pwd=topsecret&pass=topsecret&ticket=topsecret&passengers=4",
            {"pwd": "${ENV:PWD}", "pass": "${ENV:PASS}", "ticket": "${ENV:TICKET}", "passengers": "4"},
        ),
        (
            "application/json",
            '{"secret": {"a": "topsecret"}, "tokens": ["topsecret"], "pwd": 77, "n": 5}',
            {"secret": {"a": "${ENV:SECRET_A}"}, "tokens": ["${ENV:TOKENS}"], "pwd": "${ENV:PWD}", "n": 5},
        ),
        (
            "text/xml",
            '<a token="topsecret" xmlns:s="u"><s:password x="2">topsecret</s:password><b>3</b></a>',
            '<a token="${ENV:TOKEN}" xmlns:s="u"><s:password x="2">${ENV:PASSWORD}</s:password><b>3</b></a>',
        ),
    ],
)
def test_no_recorded_secret_of_any_shape_is_drafted(tmp_path: Path, media: str, text: str, body: Any) -> None:
    request = {
        "method": "POST",
        "url": "http://me:topsecret@hub.example/in;jsessionid=topsecret",
        "postData": {"mimeType": media, "text": text},
    }
    source = tmp_path / "recording.har"
    source.write_text(json.dumps({"log": {"entries": [{"request": request, "response": {"status": 200}}]}}))
    drafted = from_har(source)
    assert "topsecret" not in drafted
    (operation,) = loaded(tmp_path, drafted).operations.values()
    assert (operation.path, operation.body) == ("/in", body)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is neither JSON nor YAML"),
        ('{"openapi": "3"}', "paths is missing; --from-openapi takes an OpenAPI document"),
        ('{"paths": {}}', "names no operation that could be drafted"),
    ],
)
def test_what_cannot_be_drafted_says_why(tmp_path: Path, content: str, said: str) -> None:
    source = tmp_path / "x.json"
    source.write_text(content)
    with pytest.raises(UsageError, match=said):
        from_openapi(source)
    with pytest.raises(UsageError, match="log.entries is missing" if content != "{" else "is neither"):
        from_har(source)


def test_a_damaged_document_is_told_with_its_place(tmp_path: Path) -> None:
    source = tmp_path / "x.json"
    source.write_text('{"log": {"entries": [{"request": {}}]}}')
    with pytest.raises(UsageError, match=r"x.json: log.entries\[0\].request.url is not laid out as a HAR"):
        from_har(source)
    source.write_text('{"paths": {"/a": {"post": {"parameters": 4}}}}')
    with pytest.raises(UsageError, match=r'x.json: paths."/a".post is not laid out as an OpenAPI document'):
        from_openapi(source)


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
NAMES = [
    "password", "Passwd", "pwd", "dlmm", "mm", "mima", "kl", "密码", "口令", "验证码", "yzm", "pin", "otp",
    "auth", "jwt", "accessToken", "app_secret", "sign", "session-id", "sid", "apiKey", "access_key", "sfzjhm",
    "sjhm", "身份证号码",
]  # fmt: skip


def recorded(folder: Path, url: str = "http://hub.example/in", media: str = "", text: str = "") -> str:
    request: dict[str, Any] = {"method": "POST", "url": url}
    if media:
        request["postData"] = {"mimeType": media, "text": text}
    source = folder / "recording.har"
    document = {"log": {"entries": [{"request": request, "response": {"status": 200}}]}}
    source.write_text(json.dumps(document), encoding="utf-8")
    return from_har(source)


@pytest.mark.parametrize("name", NAMES)
def test_a_field_whose_name_speaks_of_a_secret_is_left_out_everywhere(name: str, tmp_path: Path) -> None:
    value = "430102199001011234"
    drafts = [
        recorded(tmp_path, media="application/json", text=json.dumps({name: value, "a": [{name: [value]}]})),
        recorded(tmp_path, media="application/json", text=json.dumps({name: int(value)})),
        recorded(tmp_path, media="application/x-www-form-urlencoded", text=f"{name}={value}&b=1"),
        recorded(tmp_path, url=f"http://hub.example/in?{name}={value}"),
    ]
    for text in drafts:
        assert value not in text
        loaded(tmp_path, text)


@pytest.mark.parametrize("value", [JWT, JWT[:10], "Bearer abcdef123456", "ST-12345-abcdefghijkl"])
def test_a_value_of_the_shape_of_a_secret_is_left_out_whatever_its_field(value: str, tmp_path: Path) -> None:
    text = recorded(
        tmp_path, media="application/json", text=json.dumps({"anything": value, "list": ["x", value]})
    )
    assert value not in text
    loaded(tmp_path, text)


@pytest.mark.parametrize("part", [JWT, "P4ss-11-in-path", "10114301030000abcd01"])
def test_a_part_of_a_path_that_only_one_person_has_is_left_out(part: str, tmp_path: Path) -> None:
    text = recorded(tmp_path, url=f"http://hub.example/u/{part}/show")
    assert part not in text
    (name, operation), *_ = loaded(tmp_path, text).operations.items()
    assert (name, operation.path) == ("u.post_show", "/u/${part_2}/show")


@pytest.mark.parametrize("path", ["/hlwsb/sbkk/getSbZt.do", "/api/v2/declarations", "/gt3/2015/sb.do"])
def test_a_path_of_words_is_kept(path: str, tmp_path: Path) -> None:
    (operation,) = loaded(tmp_path, recorded(tmp_path, url=f"http://hub.example{path}")).operations.values()
    assert operation.path == path
