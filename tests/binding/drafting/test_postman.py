"""A Postman collection becomes its requests, its variables fields; scripts and files are marked as lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.drafting.draft import Draft
from renhai.binding.drafting.recorded.postman import draft_postman
from renhai.binding.drafting.scenario import scenario_text
from renhai.core.errors import UsageError
from tests.binding.drafting.making import of

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def drafted(folder: Path, *items: Any, **more: Any) -> Draft:
    source = folder / "collection.json"
    document = {"info": {"name": "City 税务", "schema": SCHEMA}, "item": items, **more}
    source.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return draft_postman(source)


def item(name: str, method: str, url: Any, **more: Any) -> dict[str, Any]:
    request = {
        "method": method,
        "url": url,
        **{k: v for k, v in more.items() if k not in ("event", "response")},
    }
    return {"name": name, "request": request, **{k: v for k, v in more.items() if k in ("event", "response")}}


def raw(text: str, language: str = "json") -> dict[str, Any]:
    return {"mode": "raw", "raw": text, "options": {"raw": {"language": language}}}


def test_requests_keep_their_names_order_and_parts(tmp_path: Path) -> None:
    values = {"base": "https://tax.example/api", "v": "2", "djxh": "1001"}
    headers = [{"key": "X-Tenant", "value": "{{tenant}}"}, {"key": "X-Off", "value": "1", "disabled": True}]
    sent = raw('{"djxh": "{{djxh}}", "n": {{n}}, "k": 1}')
    by_id = {"raw": "{{base}}/filings/:id", "variable": [{"key": "id", "value": "77"}]}
    pairs = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    parts = [{"key": "f", "type": "file", "src": "/home/me/a.csv"}, {"key": "n", "value": "x"}]
    asked = {"query": "{a}", "variables": '{"x": 1}'}
    filings = [
        item("提交申报", "POST", "{{base}}/filings?v={{v}}&empty=", body=sent, header=headers),
        item("get one", "GET", by_id),
    ]
    draft = drafted(
        tmp_path,
        {"name": "申报", "item": filings},
        item("form", "POST", "{{base}}/f", body={"mode": "urlencoded", "urlencoded": pairs}),
        item("upload", "POST", "{{base}}/u", body={"mode": "formdata", "formdata": parts}),
        item("ql", "POST", "{{base}}/g", body={"mode": "graphql", "graphql": asked}),
        variable=[{"key": key, "value": value} for key, value in values.items()],
    )
    text, binding = of(tmp_path, draft)
    submit, one, form, upload, graph = binding.operations.values()
    assert list(binding.operations)[:3] == ["api.tjsb", "api.get_one", "api.form"]
    assert (submit.path, submit.query) == ("/api/filings", {"v": "${v}", "empty": ""})
    assert submit.body == {"djxh": "${djxh}", "n": "${n}", "k": 1}
    assert submit.headers == {"X-Tenant": "${tenant}"}
    assert one.path == "/api/filings/${id}"
    assert form.body == {"a": ["1", "2"]}
    assert graph.body == {"query": "{a}", "variables": {"x": 1}}
    assert "LOST: the content of file a.csv" in text and "/home/me" not in text
    assert upload.method == "POST"
    (journey,) = draft.journeys.values()
    assert [(step.operation, step.fields) for step in journey][:2] == [
        ("api.tjsb", {"v": "2", "tenant": "FILL IN", "djxh": "1001", "n": "FILL IN"}),
        ("api.get_one", {"id": "77"}),
    ]


def test_secrets_stay_out_and_ways_to_sign_in_are_stated(tmp_path: Path) -> None:
    bearer = {"type": "bearer", "bearer": [{"key": "token", "value": "T0psecret77"}]}
    text, binding = of(
        tmp_path,
        drafted(
            tmp_path,
            item("a", "GET", "http://h/a?access_token={{token}}&pwd=T0psecret77"),
            item("b", "GET", "http://h/b/T0psecret77/{{password}}"),
            auth=bearer,
            variable=[{"key": "token", "value": "T0psecret77"}, {"key": "password", "value": "T0psecret77"}],
        ),
    )
    assert "T0psecret77" not in text
    assert binding.auth is not None and binding.auth.bearer is not None
    assert binding.operations["a.a"].query == {"access_token": "${ENV:TOKEN}", "pwd": "${ENV:PWD}"}


def test_scripts_and_other_ways_to_sign_in_are_marked(tmp_path: Path) -> None:
    script = {"listen": "test", "script": {"exec": ["pm.environment.set('a', 1)"]}}
    empty = {"listen": "prerequest", "script": {"exec": [""]}}
    oauth = {"type": "oauth2", "oauth2": []}
    text, _ = of(
        tmp_path, drafted(tmp_path, item("a", "GET", "http://h/a", event=[script, empty], auth=oauth))
    )
    assert "# LOST: its script (test) is not run" in text
    assert "# LOST: security scheme auth (oauth2)" in text
    assert "prerequest" not in text


def test_a_saved_answer_gives_what_a_later_request_sends(tmp_path: Path) -> None:
    answer = [
        {
            "code": 201,
            "header": [{"key": "Content-Type", "value": "application/json"}],
            "body": '{"id": "P-778899"}',
        }
    ]
    _, binding = of(
        tmp_path,
        drafted(
            tmp_path,
            item("add", "POST", "http://h/a", response=answer),
            item("get", "GET", "http://h/a/P-778899"),
        ),
    )
    assert [op.path for op in binding.operations.values()] == ["/a", "/a/${SAVED:id}"]
    assert binding.operations["a.add"].captures == {"id": "id"}


@pytest.mark.parametrize(
    "document",
    [{}, {"item": []}, {"item": [3]}, {"item": [{"request": {"url": 5, "method": 3}}]}, {"item": 3}],
)
def test_what_is_no_collection_says_so(document: Any, tmp_path: Path) -> None:
    source = tmp_path / "c.json"
    source.write_text(json.dumps({"info": {}, **document}))
    try:
        of(tmp_path, draft_postman(source))
    except UsageError as error:
        assert "c.json" in str(error)


def test_folders_without_end_are_cut(tmp_path: Path) -> None:
    inner: Any = [item("a", "GET", "http://h/a")]
    for _ in range(200):
        inner = [{"name": "f", "item": inner}]
    with pytest.raises(UsageError, match="names no operation"):
        drafted(tmp_path, *inner)


def test_scripts_of_folders_are_marked_at_each_request_in_them(tmp_path: Path) -> None:
    script = [{"listen": "prerequest", "script": {"exec": ["sign()"]}}]
    folder = {
        "name": "f",
        "event": script,
        "item": [item("a", "GET", "http://h/a"), item("b", "GET", "http://h/b")],
    }
    text, _ = of(tmp_path, drafted(tmp_path, folder, item("c", "GET", "http://h/c")))
    assert text.count("# LOST: its script (prerequest) is not run") == 2


def test_an_address_without_its_whole_text_is_put_together(tmp_path: Path) -> None:
    parts = {
        "protocol": "https",
        "host": ["api", "example"],
        "port": "8443",
        "path": ["v1", {"value": "rows"}],
    }
    draft = drafted(tmp_path, item("a", "GET", {**parts, "query": [{"key": "q", "value": "1"}]}))
    _, binding = of(tmp_path, draft)
    (one,) = binding.operations.values()
    assert (one.path, one.query) == ("/v1/rows", {"q": "1"})
    assert "https://api.example:8443" in draft.head[0].text()


def test_a_variable_of_type_secret_comes_from_the_environment(tmp_path: Path) -> None:
    source = tmp_path / "c.json"
    listed = [{"key": "gate", "value": "S3same99", "type": "secret"}]
    asked = item("a", "GET", "http://h/a", header=[{"key": "X-Gate", "value": "{{gate}}"}])
    source.write_text(json.dumps({"info": {"name": "c"}, "item": [asked], "variable": listed}))
    draft = draft_postman(source)
    text, binding = of(tmp_path, draft)
    assert binding.operations["a.a"].headers == {"X-Gate": "${ENV:GATE}"}
    assert "S3same99" not in text + scenario_text(draft, "x.yaml")


def test_each_request_has_its_own_value_of_a_variable_in_the_path(tmp_path: Path) -> None:
    def read(value: str) -> dict[str, Any]:
        return {"raw": "http://h/rows/:id", "variable": [{"key": "id", "value": value}]}

    draft = drafted(
        tmp_path, *(item(name, "GET", read(value)) for name, value in (("a", "7"), ("b", "8"), ("c", "7")))
    )
    of(tmp_path, draft)
    (steps,) = draft.journeys.values()
    assert [list(step.fields.values()) for step in steps] == [["7"], ["8"], ["7"]]


def test_each_file_of_a_part_is_named(tmp_path: Path) -> None:
    form = [{"key": "f", "type": "file", "src": ["C:\\me\\a.pdf", "/home/me/b.pdf"]}]
    body = {"mode": "formdata", "formdata": form}
    text, binding = of(tmp_path, drafted(tmp_path, item("a", "POST", "http://h/a", body=body)))
    assert [part["name"] for part in binding.operations["a.a"].body["f"]] == ["a.pdf", "b.pdf"]
    assert "/me" not in text
