"""A recording becomes the operations that a person did: which are one and the same, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from renhai.binding.drafting.draft import written_out
from renhai.binding.drafting.from_har import draft_har
from renhai.core.errors import UsageError
from tests.binding.drafting.making import FORM, HUB, JSON, entry, har, recorded, steps

ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'


# Operations told apart


@pytest.mark.parametrize("name", ["method", "action", "cmd", "tranId", "ywbm", "what"])
def test_a_query_tells_services_on_one_path_apart(name: str, tmp_path: Path) -> None:
    url = f"{HUB}/sb/main.do?{name}="
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{url}query", "djxh=1"),
        entry("POST", f"{url}save", "djxh=1&je=5"),
        entry("POST", f"{url}query", "djxh=1"),
        entry("POST", f"{url}void", "pzxh=2"),
    )
    assert list(binding.operations) == ["sb.query", "sb.save", "sb.void"]
    assert [op.query for op in binding.operations.values()] == [
        {name: "query"},
        {name: "save"},
        {name: "void"},
    ]
    assert binding.operations["sb.save"].body == {"djxh": "1", "je": "5"}


def test_a_query_that_is_data_makes_no_operation_of_its_own(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry(url=f"{HUB}/s?q=apple&page=1"),
        entry(url=f"{HUB}/s?q=pear&page=1"),
        entry(url=f"{HUB}/s?q=fig"),
    )
    assert [op.query for op in binding.operations.values()] == [{"q": "${q}", "page": "1"}]


@pytest.mark.parametrize(
    ("media", "first", "second"),
    [
        (JSON, '{"method": "a.query", "djxh": 1}', '{"method": "a.save", "djxh": 1}'),
        (JSON, '{"operationName": "query", "x": {}}', '{"operationName": "save", "x": {}}'),
        (JSON, '{"djxh": 1, "nsrmc": "a"}', '{"pzxh": 1, "je": 3}'),
        (FORM, "do=query&a=1", "do=save&a=1"),
        (
            "text/xml",
            ENVELOPE.format("<query><djxh>1</djxh></query>"),
            ENVELOPE.format("<save><djxh>1</djxh></save>"),
        ),
        (
            "text/xml",
            "<service><head><tran_id>A.QUERY</tran_id></head><body>1</body></service>",
            "<service><head><tran_id>A.SAVE</tran_id></head><body>1</body></service>",
        ),
        ("text/xml", "<query><djxh>1</djxh></query>", "<save><djxh>1</djxh></save>"),
    ],
)
def test_a_body_tells_services_on_one_path_apart(media: str, first: str, second: str, tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path, *(entry("POST", f"{HUB}/esb", body, media) for body in (first, second, first))
    )
    one, two = binding.operations.values()
    assert (one.path, two.path) == ("/esb", "/esb")
    assert one.body != two.body


def test_soap_actions_tell_services_apart_and_stay(tmp_path: Path) -> None:
    body = ENVELOPE.format("<x><djxh>1</djxh></x>")
    _, binding = recorded(
        tmp_path,
        *(
            entry("POST", f"{HUB}/esb", body, "text/xml; charset=utf-8", headers={"SOAPAction": a})
            for a in ('"u/a"', '"u/b"')
        ),
    )
    assert {name: op.headers for name, op in binding.operations.items()} == {
        "esb.a": {"SOAPAction": '"u/a"', "Content-Type": "text/xml; charset=utf-8"},
        "esb.b": {"SOAPAction": '"u/b"', "Content-Type": "text/xml; charset=utf-8"},
    }


def test_two_hundred_ids_are_one_operation_and_one_step(tmp_path: Path) -> None:
    requests = [entry(url=f"{HUB}/items/{number}") for number in range(1, 201)]
    _, binding = recorded(tmp_path, *requests)
    assert {name: op.path for name, op in binding.operations.items()} == {"items.get": "/items/${id}"}
    assert steps(tmp_path, *requests) == [("items.get", {"id": "1"}, 200)]


@pytest.mark.parametrize("ids", [("P-778899", "P-778900"), ("7", "8"), ("12.pdf", "13.pdf")])
def test_ids_of_many_kinds_vary(ids: tuple[str, str], tmp_path: Path) -> None:
    _, binding = recorded(tmp_path, *(entry(url=f"{HUB}/a/{one}/b/{one}") for one in ids))
    ending = ".pdf" if ids[0].endswith("pdf") else ""
    assert [op.path for op in binding.operations.values()] == [f"/a/${{id}}{ending}/b/${{id_2}}{ending}"]


def test_pages_with_numbers_in_their_names_stay_apart(tmp_path: Path) -> None:
    paths = ["/sb/sb001.do", "/sb/sb002.do", "/api/v1/x", "/api/v2/x", "/api/list", "/api/save"]
    _, binding = recorded(tmp_path, *(entry(url=HUB + path) for path in paths))
    assert [op.path for op in binding.operations.values()] == paths


# What is kept


def test_repeated_empty_and_bare_parameters_are_kept(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry(url=f"{HUB}/s?tag=a&tag=b&empty="),
        entry("POST", f"{HUB}/f", "x=1&x=2&y="),
        entry(url=f"{HUB}/service?wsdl"),
    )
    search, form, bare = binding.operations.values()
    assert search.query == {"tag": ["a", "b"], "empty": ""}
    assert form.body == {"x": ["1", "2"], "y": ""}
    assert (bare.path, bare.query) == ("/service?wsdl", {})


def test_application_headers_are_kept_and_those_of_the_browser_are_not(tmp_path: Path) -> None:
    headers = {
        "Host": "hub.example", "User-Agent": "Mozilla", "Accept": "text/html,*/*", "sec-ch-ua": "x",
        ":authority": "h", "Cookie": "a=b", "X-Tenant": "330000", "X-Requested-With": "XMLHttpRequest",
        "Referer": "r", "Content-Length": "3", "Accept-Encoding": "gzip", "X-中文": "x",
    }  # fmt: skip
    text, binding = recorded(tmp_path, entry("POST", body="a=1", headers={**headers, "X-Ort": "Köln"}))
    (operation,) = binding.operations.values()
    assert operation.headers == {"X-Tenant": "330000", "X-Requested-With": "XMLHttpRequest"}
    assert "LOST: header X-Ort: its value is not printable ASCII" in text
    assert "LOST: header X-中文: its name is none that HTTP allows" in text


def test_text_bodies_and_their_media_types_are_kept(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/t", "a;b\nc;d", "text/csv"),
        entry("POST", f"{HUB}/j", "[1, 2", JSON),
        entry("POST", f"{HUB}/n", "17", JSON),
        entry("POST", f"{HUB}/v", '{"a": "1e3"}', "application/vnd.tax+json; charset=utf-8"),
    )
    found = [(op.format, op.body, op.headers.get("Content-Type")) for op in binding.operations.values()]
    assert found == [
        ("text", "a;b\nc;d", "text/csv"),
        ("text", "[1, 2", JSON),
        ("text", "17", JSON),
        (None, {"a": "1e3"}, "application/vnd.tax+json; charset=utf-8"),
    ]


def test_a_body_in_gbk_is_sent_in_gbk(tmp_path: Path) -> None:
    xml = '<?xml version="1.0" encoding="GBK"?><a><mc>长沙</mc></a>'
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/x", xml, "text/xml; charset=GBK"),
        entry(url=f"{HUB}/q?mc=%B3%A4%C9%B3"),
    )
    assert [(op.encoding, op.body or op.query) for op in binding.operations.values()] == [
        ("gbk", xml),
        ("gbk", {"mc": "长沙"}),
    ]


def test_what_cannot_be_kept_is_marked(tmp_path: Path) -> None:
    deep = json.dumps({"a": 1}).replace("1", "[" * 100 + "]" * 100)
    text, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/b", "\x00\x01", "application/octet-stream"),
        entry("POST", f"{HUB}/d", deep, JSON),
        entry("POST", f"{HUB}/e", '{"a": "${b}"}', JSON),
    )
    assert [op.body for op in binding.operations.values()] == [None, None, {"a": "$ {b}"}]
    assert "3 parts are marked LOST below" in text
    assert "LOST: the body (application/octet-stream): it is not text" in text
    assert "LOST: the body (application/json): it is nested deeper than 40 levels" in text
    assert "LOST: a text with ${ was written as $ {" in text


# What is left out, and said


def test_origins_static_files_connect_and_preflights_are_said(tmp_path: Path) -> None:
    source = har(
        tmp_path,
        entry("CONNECT", "http://hub.example:443"),
        entry(url="https://hub.example:443/api/a"),
        entry("POST", "https://HUB.example/api/b"),
        entry(url="https://hub.example/app.js"),
        entry(url="https://hub.example/captcha", answer="", answer_media="image/png"),
        entry("OPTIONS", "https://hub.example/api/b", headers={"Access-Control-Request-Method": "POST"}),
        entry(url="https://sso.example:8443/login"),
        entry(url="wss://hub.example/live"),
        entry("PROPFIND", "https://hub.example/dav"),
        entry("M-1", "https://hub.example/odd"),
    )
    text = written_out(draft_har(source))
    for line in (
        "# https://hub.example: 3 requests, drafted here",
        "# https://sso.example:8443: 1 request, left out; draft them with --origin https://sso.example:8443",
        "# 1 × CONNECT, of a proxy",
        "# 2 static files: app.js, captcha",
        "# 1 × OPTIONS, asked by the browser itself",
        "# 1 WebSockets: live",
        "# 1 request of a method that is not drafted: odd",
    ):
        assert line in text.splitlines()
    other = draft_har(source, "https://sso.example:8443")
    assert [op["path"] for op in other.operations.values()] == ["/login"]
    with pytest.raises(UsageError, match="has no request to it; did you mean"):
        draft_har(source, "https://sso.example")


def test_chinese_paths_load_and_name_the_operations(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry(url=f"{HUB}/申报/查询"),
        entry(url=f"{HUB}/%E7%94%B3%E6%8A%A5/x"),
        entry(url=f"{HUB}/%C9%EA%B1%A8/y"),
    )
    assert {name: op.path for name, op in binding.operations.items()} == {
        "sb.get_cx": "/%E7%94%B3%E6%8A%A5/%E6%9F%A5%E8%AF%A2",
        "sb.get_x": "/%E7%94%B3%E6%8A%A5/x",
        "sb.get_y": "/%C9%EA%B1%A8/y",
    }


def test_statuses_and_formats_of_answers_are_those_of_the_recording(tmp_path: Path) -> None:
    text, binding = recorded(
        tmp_path,
        entry(url=f"{HUB}/a", answer={"code": "0"}),
        entry("POST", f"{HUB}/b", answer={"id": 1}, status=201),
        entry("POST", f"{HUB}/login", status=302),
        entry(url=f"{HUB}/x", answer="<a><b>1</b></a>", answer_media="text/xml"),
        entry(url=f"{HUB}/h", answer="<html>hi</html>", answer_media="text/html"),
        entry(url=f"{HUB}/n", answer={"error": 1}, status=500),
    )
    assert binding.success.status == [200]
    own = {
        name: op.success.model_dump(exclude_unset=True)
        for name, op in binding.operations.items()
        if op.success
    }
    assert own == {
        "b.post": {"status": [201]},
        "login.post": {"status": [302]},
        "x.get": {"format": "xml"},
        "h.get": {"format": "text"},
    }
    assert "FILL IN: every answer in the recording was a failure (status 500)" in text
    assert "FILL IN: it answers in text: say by contains what an answer must hold" in text


def test_options_and_free_methods_are_drafted_as_they_are(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path, entry("OPTIONS", f"{HUB}/dav"), entry("PROPFIND", f"{HUB}/dav", "<a/>", "text/xml")
    )
    sent = [(one.method, one.format, one.body) for one in binding.operations.values()]
    assert sent == [("OPTIONS", None, None), ("PROPFIND", "xml", "<a/>")]
