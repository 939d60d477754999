"""Kinds of recordings and documents that were drafted wrongly once."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.drafting.documents import read_document
from renhai.binding.drafting.draft import written_out
from renhai.binding.drafting.from_har import draft_har
from renhai.binding.drafting.from_openapi import draft_openapi
from renhai.binding.drafting.recorded.postman import draft_postman
from renhai.binding.drafting.scenario import scenario_text
from renhai.core.errors import UsageError
from tests.binding.drafting.making import (
    FORM,
    HUB,
    JSON,
    described,
    entry,
    har,
    loaded,
    of,
    operation,
    recorded,
)

SOAP12 = 'application/soap+xml; charset=utf-8; action="urn:{}"'
ENVELOPE = "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body><m/></e:Body></e:Envelope>"


def test_soap_1_2_has_its_action_in_the_media_type(tmp_path: Path) -> None:
    requests = [entry("POST", f"{HUB}/ws", ENVELOPE, SOAP12.format(action)) for action in ("save", "void")]
    _, binding = recorded(tmp_path, *requests)
    assert set(binding.operations) == {"ws.save", "ws.void"}


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (
            "{ me { id } }",
            "mutation { submit(a: 1) { id } }",
            {"graphql.query_me", "graphql.mutation_submit"},
        ),
        ("query A($x: Int) { me { id } }", "# why\nquery B { me { id } }", {"graphql.a", "graphql.b"}),
        ("{ x: me { id } }", "{ decls { id } }", {"graphql.query_me", "graphql.query_decls"}),
    ],
)
def test_graphql_documents_tell_operations_apart(
    first: str, second: str, names: set[str], tmp_path: Path
) -> None:
    requests = [
        entry("POST", f"{HUB}/graphql", json.dumps({"query": text}), JSON) for text in (first, second)
    ]
    _, binding = recorded(tmp_path, *requests)
    assert set(binding.operations) == names


def test_a_body_in_base64_is_read(tmp_path: Path) -> None:
    sent = entry("POST")
    text = b64encode(json.dumps({"je": 5, "password": "T0psecret77"}).encode()).decode()
    sent["request"]["postData"] = {"mimeType": JSON, "encoding": "base64", "text": text}
    drafted, binding = recorded(tmp_path, sent)
    assert binding.operations["in.post"].body == {"je": 5, "password": "${ENV:PASSWORD}"}
    assert "T0psecret77" not in drafted
    sent["request"]["postData"]["text"] = b64encode(bytes(range(256))).decode()
    drafted, _ = recorded(tmp_path, sent)
    assert "# LOST: the body (application/json): it is not text" in drafted


def test_what_was_not_answered_is_marked(tmp_path: Path) -> None:
    drafted, _ = recorded(tmp_path, entry(status=0))
    assert "# FILL IN: the recording has no answer (status 0" in drafted


def test_an_answer_of_jsonp_is_no_static_file(tmp_path: Path) -> None:
    script = "application/javascript"
    asked = entry(url=f"{HUB}/q?callback=jQuery12_3", answer="jQuery12_3({})", answer_media=script)
    _, binding = recorded(tmp_path, asked, entry(url=f"{HUB}/lib?v=2", answer="x", answer_media=script))
    assert set(binding.operations) == {"q.get"}


def test_what_is_made_and_read_again_and_again_is_captured_each_time(tmp_path: Path) -> None:
    pairs = [
        one
        for number in (1, 2, 3)
        for one in (
            entry("POST", f"{HUB}/a", json.dumps({"n": number}), JSON, {"id": f"70012{number}"}),
            entry(url=f"{HUB}/a/70012{number}"),
        )
    ]
    drafted, binding = recorded(tmp_path, *pairs)
    assert binding.operations["a.get"].path == "/a/${SAVED:id}"
    assert "LOST" not in drafted
    makes, reads = pairs[0::2], pairs[1::2]
    drafted, binding = recorded(tmp_path, *makes, *reads)  # the last one alone is kept
    assert binding.operations["a.get"].path == "/a/${id}"
    assert "asked again in between" in drafted


def test_a_token_that_basic_asked_for_is_sent_as_bearer(tmp_path: Path) -> None:
    token = "at-1234567890-abcdefgh"
    basic = {"Authorization": "Basic c2VjcmV0OnNlY3JldA=="}
    bearer = {"Authorization": f"Bearer {token}"}
    asks = entry("POST", f"{HUB}/token", "grant_type=x", FORM, {"access_token": token}, headers=basic)
    drafted, binding = recorded(
        tmp_path,
        asks,
        entry(url=f"{HUB}/me", headers=bearer),
        entry(url=f"{HUB}/you", headers=bearer),
        entry(url=f"{HUB}/odd", headers=basic),
    )
    assert binding.auth.bearer is not None
    assert (binding.auth.bearer.login, binding.auth.bearer.token) == ("token.post", "access_token")
    assert binding.operations["token.post"].headers == {"Authorization": "${ENV:AUTHORIZATION}"}
    assert "  # LOST: it signs in by basic, the target file in another way\n  odd.get:" in drafted
    assert "c2VjcmV0" not in drafted


def test_the_key_of_a_collection_is_a_secret_whatever_its_name(tmp_path: Path) -> None:
    auth = {"type": "apikey", "apikey": [{"key": "key", "value": "X-K"}, {"key": "value", "value": "abcd"}]}
    items = [
        {"name": "a", "request": {"url": "http://t.example/a", "auth": auth}},
        {"name": "b", "request": {"method": "POST"}},
    ]
    source = tmp_path / "c.json"
    source.write_text(json.dumps({"info": {"name": "c"}, "item": items}), encoding="utf-8")
    draft = draft_postman(source)
    text = written_out(draft)
    assert "abcd" not in text + scenario_text(draft, "x.yaml")
    assert loaded(tmp_path, text, draft).operations["a.a"].headers == {"X-K": "${ENV:API_KEY_X_K}"}
    assert "1 request without an address: b" in text


BOMB = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [*{before},*{before},*{before},*{before},*{before},*{before},*{before},*{before}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("text", [BOMB, "paths: &p\n  /a: *p\n", "paths: &p\n- *p\n"])
def test_aliases_without_end_are_an_error(text: str, tmp_path: Path) -> None:
    source = tmp_path / "openapi.yaml"
    source.write_text(f"openapi: 3.0.0\n{text}", encoding="utf-8")
    with pytest.raises(UsageError, match="through aliases without end"):
        read_document(source)


def test_a_draft_has_no_more_values_than_the_loader_takes(tmp_path: Path) -> None:
    fields = {f"f{n}": {"type": "string"} for n in range(100)}
    body = {"requestBody": {"content": {JSON: {"schema": {"properties": fields}}}}}
    paths = {f"/p{n}": {"post": body} for n in range(230)}
    source = tmp_path / "openapi.json"
    source.write_text(json.dumps({"openapi": "3.0.0", "info": {}, "paths": paths}), encoding="utf-8")
    text = written_out(draft_openapi(source))
    # A field is a key and a value; an operation's other keys and values are some ten.
    kept = 45_000 // (2 * 100 + 14)
    assert text.count("\n  p") in range(kept - 5, kept + 6)
    assert "operations, because the file would be too long" in text


def schema_of_body(schema: Any) -> dict[str, Any]:
    return operation({"requestBody": {"content": {JSON: {"schema": schema}}}}, components=COMPONENTS)


COMPONENTS = {
    "schemas": {
        "Cat": {"properties": {"kind": {"type": "string"}, "meow": {"type": "boolean"}}},
        "Dog": {"properties": {"kind": {"type": "string"}}},
    }
}
PETS = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        (
            {
                "oneOf": PETS,
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
            },
            {"kind": "cat", "meow": "${meow}"},
        ),
        (
            {"oneOf": PETS, "discriminator": {"propertyName": "kind"}},
            {"kind": "Cat", "meow": "${meow}"},
        ),
        (
            {"properties": {"a": True, "d": {"prefixItems": [{"type": "string"}, {"type": "integer"}]}}},
            {"a": "${a}", "d": ["${d.x0}", "${d.x1}"]},
        ),
    ],
)
def test_schemas_of_openapi_3_1(schema: Any, body: Any, tmp_path: Path) -> None:
    _, binding = described(tmp_path, schema_of_body(schema))
    assert binding.operations["a.post"].body == body


def test_objects_and_joined_lists_in_a_query(tmp_path: Path) -> None:
    fields = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
    listed = {"type": "array", "items": {"type": "string"}}
    parameters = [
        {"name": "deep", "in": "query", "required": True, "style": "deepObject", "schema": fields},
        {"name": "flat", "in": "query", "required": True, "schema": fields},
        {"name": "csv", "in": "query", "required": True, "explode": False, "schema": listed},
        {"name": "each", "in": "query", "required": True, "schema": listed},
        {"name": "j", "in": "query", "required": True, "content": {JSON: {"schema": fields}}},
    ]
    text, binding = described(tmp_path, operation({"parameters": parameters}))
    assert binding.operations["a.post"].query == {
        "deep[a]": "${deep_a}", "deep[b]": "${deep_b}", "a": "${a}", "b": "${b}", "csv": "${csv}",
        "each": ["${each}"], "j": "${j}",
    }  # fmt: skip
    assert "LOST: parameter j is written in a way of its own (application/json)" in text


def test_xml_bodies_have_the_names_of_the_schema(tmp_path: Path) -> None:
    schema = {"xml": {"name": "Root"}, "properties": {"a": {"type": "string"}, "l": {"items": {}}}}
    content = {"application/xml": {"schema": schema}}
    text, binding = described(tmp_path, operation({"requestBody": {"content": content}}))
    assert binding.operations["a.post"].body == "<Root><a>${a}</a><l>${l}</l></Root>"
    assert "FILL IN: elements by the names of the fields" in text


def test_a_hidden_field_without_quotes_is_captured(tmp_path: Path) -> None:
    page = "<html><form><input type=hidden name=csrf value=c5rfTok99x><input name=je></form>"
    _, binding = recorded(
        tmp_path,
        entry(url=f"{HUB}/page", answer=page, answer_media="text/html"),
        entry("POST", f"{HUB}/save", "csrf=c5rfTok99x&je=12.50"),
    )
    assert binding.operations["save.post"].body == {"csrf": "${SAVED:csrf}", "je": "12.50"}


def test_an_answer_in_base64_may_be_gbk(tmp_path: Path) -> None:
    page = '<html><title>受理成功</title><input type="hidden" name="pzxh" value="10114301000012345">'
    first = entry("POST", f"{HUB}/save", "je=1", answer_media="text/html;charset=GBK")
    coded = b64encode(page.encode("gbk")).decode()
    first["response"]["content"] |= {"encoding": "base64", "text": coded}
    _, binding = recorded(tmp_path, first, entry("POST", f"{HUB}/print", "pzxh=10114301000012345"))
    assert binding.operations["print.post"].body == {"pzxh": "${SAVED:pzxh}"}


def test_defaults_of_secrets_and_users_in_addresses_stay_in_the_document(tmp_path: Path) -> None:
    schema = {
        "properties": {
            "password": {"default": "S3same99"},
            "pw": {"format": "password", "default": "S3same99"},
        }
    }
    asked = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}
    source = tmp_path / "openapi.json"
    servers = [{"url": "http://me:S3same99@hub.example/v1"}]
    source.write_text(json.dumps(operation(asked, servers=servers)))
    draft = draft_openapi(source)
    text, binding = of(tmp_path, draft)
    assert binding.operations["a.post"].body == {"password": "${ENV:PASSWORD}", "pw": "${ENV:PW}"}
    said = "".join(note.text() for note in [*draft.head, *draft.said])
    assert "S3same99" not in text + scenario_text(draft, "x.yaml") + said
    assert "http://hub.example/v1" in said


def test_who_was_sent_to_the_log_in_first_is_no_success_and_no_step(tmp_path: Path) -> None:
    """A redirect of a page that is read once signed in: in a run it would say that nobody is."""
    away = {"status": 302, "answer_media": "text/html"}
    source = har(
        tmp_path,
        entry(url=f"{HUB}/home", **away),
        entry("POST", f"{HUB}/login", "user=ann&password=S3same99", headers={"Cookie": "a=1"}, status=302),
        entry(url=f"{HUB}/home", answer="<html>in</html>", answer_media="text/html"),
        entry("POST", f"{HUB}/save", "je=1", status=302),
    )
    draft = draft_har(source)
    _, binding = of(tmp_path, draft)
    assert binding.operations["home.get"].success is None  # 200, as all
    assert binding.operations["save.post"].success.status == [302]
    (steps,) = draft.journeys.values()
    assert [step.operation for step in steps] == ["home.get", "save.post"]
