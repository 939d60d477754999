"""A recording becomes the operations that a person did, in their order, with what they handed on."""

from __future__ import annotations

import json
import re
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest
import yaml

from renhai.binding.drafting.draft import written_out
from renhai.binding.drafting.from_har import draft_har
from renhai.binding.drafting.scenario import scenario_text
from renhai.binding.loader import compile_binding, normalise
from renhai.core.errors import UsageError
from tests.binding.drafting.making import FORM, HUB, JSON, entry, har, of, recorded

ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'


def steps(folder: Path, *entries: dict[str, Any]) -> list[tuple[str, dict[str, Any], int]]:
    (journey,) = draft_har(har(folder, *entries)).journeys.values()
    return [(step.operation, step.fields, step.times) for step in journey]


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


# Correlation, the journey and its thoughts


def test_what_an_answer_gave_is_captured_and_sent_again(tmp_path: Path) -> None:
    requests = [
        entry("POST", f"{HUB}/filings", '{"amount":1}', JSON, {"data": {"pzxh": "P-778899"}, "n": 12}),
        entry(url=f"{HUB}/filings/P-778899", answer={"v": "v-12345"}),
        entry("POST", f"{HUB}/pay", '{"pzxh":"P-778899", "n": 12}', JSON),
        entry("POST", f"{HUB}/form", "a=P-778899&v=v-12345", headers={"X-Voucher": "P-778899"}),
        entry("POST", f"{HUB}/x", "<a><b>P-778899</b></a>", "text/xml"),
    ]
    text, binding = recorded(tmp_path, *requests)
    filing, get, pay, form, xml = binding.operations.values()
    assert filing.captures == {"pzxh": "data.pzxh"}
    assert (get.path, get.captures) == ("/filings/${SAVED:pzxh}", {"v": "v"})
    assert pay.body == {"pzxh": "${SAVED:pzxh}", "n": 12}  # 12 is too short to be more than chance
    assert form.body == {"a": "${SAVED:pzxh}", "v": "${SAVED:v}"}
    assert form.headers["X-Voucher"] == "${SAVED:pzxh}"
    assert xml.body == "<a><b>${SAVED:pzxh}</b></a>"
    assert [name for name, _, _ in steps(tmp_path, *requests)] == list(binding.operations)
    assert "P-778899" not in text


def test_a_short_id_is_captured_where_its_name_says_that_it_is_one(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/items", "{}", JSON, {"id": 42, "count": 7}, status=201),
        entry(url=f"{HUB}/items/42"),
        entry(url=f"{HUB}/pages/7"),
    )
    assert [op.path for op in binding.operations.values()] == ["/items", "/items/${SAVED:id}", "/pages/7"]


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "200000"},  # what the request had sent itself
        {"when": "2015-09-11"},  # a date is no id
        {"flag": "true", "text": "success"},
    ],
)
def test_what_is_no_correlation_is_not_taken_for_one(answer: dict[str, str], tmp_path: Path) -> None:
    (value,) = list(answer.values())[:1]
    first = entry("POST", f"{HUB}/a", json.dumps({"k": "200000"}), JSON, answer)
    _, binding = recorded(tmp_path, first, entry("POST", f"{HUB}/b", json.dumps({"v": value}), JSON))
    assert not any(op.captures for op in binding.operations.values())
    assert binding.operations["b.post"].body == {"v": value}


def test_a_capture_that_not_every_answer_can_give_is_none(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/a", '{"x": 1}', JSON, {"pzxh": "P-778899"}),
        entry("POST", f"{HUB}/a", '{"x": 2}', JSON, {"code": "1"}),
        entry(url=f"{HUB}/b?p=P-778899"),
    )
    assert binding.operations["a.post"].captures == {}
    assert binding.operations["b.get"].query == {"p": "P-778899"}


def test_a_token_of_a_login_signs_in_by_auth(tmp_path: Path) -> None:
    token = "abcDEF123456789"
    requests = [
        entry("POST", f"{HUB}/login", "yhm=me&mm=x", answer={"data": {"access_token": token}}),
        entry(url=f"{HUB}/me", headers={"Authorization": f"Bearer {token}"}),
    ]
    text, binding = recorded(tmp_path, *requests)
    assert token not in text
    assert binding.auth is not None and binding.auth.bearer is not None
    assert (binding.auth.login, binding.auth.bearer.token) == ("login.post", "data.access_token")
    assert [name for name, _, _ in steps(tmp_path, *requests)] == ["me.get"]  # auth sends the login


PAGE = """<html><form><input type="hidden" name="csrf[token]" value="c-445566">
<input name='who' value=''></form><meta name="ver" content="v-998877"></html>"""


def test_a_log_in_by_a_page_sends_its_token_and_keeps_its_cookies(tmp_path: Path) -> None:
    requests = [
        entry(url=f"{HUB}/login", answer=PAGE, answer_media="text/html"),
        entry("POST", f"{HUB}/login", "csrf%5Btoken%5D=c-445566&who=me&password=x1y2z3", status=302),
        entry(url=f"{HUB}/home?v=v-998877", headers={"Cookie": "J=s3cr3tcookie"}),
    ]
    text, binding = recorded(tmp_path, *requests)
    page, login, home = binding.operations.values()
    assert page.captures["csrf_token"].css == 'input[name="csrf[token]"]'
    assert login.body == {"csrf[token]": "${SAVED:csrf_token}", "who": "me", "password": "${ENV:PASSWORD}"}
    assert home.query == {"v": "${SAVED:ver}"}
    assert binding.auth is not None and binding.auth.logins == ("login.get", "login.post")
    assert [name for name, _, _ in steps(tmp_path, *requests)] == ["home.get"]
    assert "c-445566" not in text and "s3cr3tcookie" not in text


@pytest.mark.parametrize(
    ("name", "value", "sent", "capture"),
    [
        (
            "Location",
            "/a/orders/889900?x=1",
            "/orders/889900",
            {"redirect": "path", "regex": "^/a/orders/([^/?]+)"},
        ),
        (
            "Location",
            "http://hub.example/cb?code7=k-445566",
            "/cb?code7=k-445566",
            {"redirect": "query.code7"},
        ),
        ("X-Trace", "t-445566", "/next?t=t-445566", {"header": "X-Trace"}),
        ("Set-Cookie", "csrftoken=t-445566; Path=/", "/next?t=t-445566", {"cookie": "csrftoken"}),
    ],
)
def test_the_head_of_an_answer_is_captured(
    name: str, value: str, sent: str, capture: Any, tmp_path: Path
) -> None:
    first = entry("POST", f"{HUB}/a/orders", "x=1", status=303)
    first["response"]["headers"] = [{"name": name, "value": value}]
    _, binding = recorded(tmp_path, first, entry(url=HUB + sent))
    (found,) = binding.operations["a.post_orders"].captures.values()
    assert found.model_dump(exclude_unset=True) == capture
    second = list(binding.operations.values())[1]
    assert "${SAVED:" in second.path or "${SAVED:" in str(second.query)


def test_odd_keys_are_captured_by_jsonpath(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/a", answer={"a.b": [{"纳税人": "P-778899"}]}),
        entry(url=f"{HUB}/b?p=P-778899"),
    )
    assert binding.operations["a.post"].captures == {"nsr": '$["a.b"][0]["纳税人"]'}


def test_xml_answers_are_captured_by_their_path(tmp_path: Path) -> None:
    answer = '<s:E xmlns:s="u"><s:B><pzxh>P-778899</pzxh><r><k>K-1111</k></r><r><k>K-2222</k></r></s:B></s:E>'
    _, binding = recorded(
        tmp_path,
        entry("POST", f"{HUB}/a", "x=1", answer=answer, answer_media="text/xml"),
        entry(url=f"{HUB}/b?p=P-778899&k=K-2222"),
    )
    assert binding.operations["a.post"].captures == {"pzxh": "//pzxh"}
    assert binding.operations["b.get"].query == {"p": "${SAVED:pzxh}", "k": "K-2222"}


def test_the_journey_has_the_order_the_values_and_the_thoughts(tmp_path: Path) -> None:
    def at(second: float, url: str, took: float = 100) -> dict[str, Any]:
        return entry(url=HUB + url, startedDateTime=f"2026-01-01T00:00:{second:06.3f}Z", time=took)

    draft = draft_har(
        har(tmp_path, at(0, "/a?n=1"), at(4.1, "/b"), at(4.15, "/c"), at(10.05, "/a?n=2"), at(7.25, "/b"))
    )
    (journey,) = draft.journeys.values()
    assert [(step.operation, step.fields, step.think) for step in journey] == [
        ("a.get", {"n": "1"}, 4.0),
        ("b.get", {}, 0.0),
        ("c.get", {}, 3.0),
        ("b.get", {}, 2.7),
        ("a.get", {"n": "2"}, 0.0),
    ]
    assert draft.think == 3.0  # the median
    written = yaml.safe_load(scenario_text(draft, "city.yaml"))
    assert list(written["journeys"].values()) == [[
        {"send": "a.get", "fields": {"n": "1"}}, {"think": "4s"},
        "b.get",
        "c.get", {"think": "3s"},
        "b.get", {"think": "2.7s"},
        {"send": "a.get", "fields": {"n": "2"}},
    ]]  # fmt: skip


def test_what_is_asked_again_and_again_is_repeated(tmp_path: Path) -> None:
    def at(second: float, url: str) -> dict[str, Any]:
        return entry(url=HUB + url, startedDateTime=f"2026-01-01T00:00:{second:06.3f}Z", time=0)

    polled = [at(n * 2, "/state") for n in range(3)]
    pages = [at(6 + n, f"/list?page={n}") for n in range(7)]
    draft = draft_har(har(tmp_path, *polled, *pages))
    of(tmp_path, draft)
    text = scenario_text(draft, "city.yaml")
    assert list(yaml.safe_load(text)["journeys"].values()) == [[
        {"repeat": 3, "steps": ["state.get", {"think": "2s"}]},
        {"repeat": 7, "steps": [{"send": "list.get", "fields": {"page": "0"}}, {"think": "1s"}]},
    ]]  # fmt: skip
    for words in ("# 7 times in a row in the recording; the values of the first", "# {page: '3'}"):
        assert words in text
    short = draft_har(har(tmp_path, *pages[:3]))
    (steps,) = short.journeys.values()
    assert [step.fields for step in steps] == [{"page": "0"}, {"page": "1"}, {"page": "2"}]


def test_options_and_free_methods_are_drafted_as_they_are(tmp_path: Path) -> None:
    _, binding = recorded(
        tmp_path, entry("OPTIONS", f"{HUB}/dav"), entry("PROPFIND", f"{HUB}/dav", "<a/>", "text/xml")
    )
    sent = [(one.method, one.format, one.body) for one in binding.operations.values()]
    assert sent == [("OPTIONS", None, None), ("PROPFIND", "xml", "<a/>")]


UPLOAD = (
    '--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nfor ${x}\r\n'
    '--x\r\nContent-Disposition: form-data; name="tag"\r\n\r\na\r\n'
    '--x\r\nContent-Disposition: form-data; name="tag"\r\n\r\nb\r\n'
    '--x\r\nContent-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n{"n": 1}\r\n'
    '--x\r\nContent-Disposition: form-data; name="scan"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    "one\ntwo\r\n"
    '--x\r\nContent-Disposition: form-data; name="png"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    "\x89\x00\r\n--x--\r\n"
)


def test_a_recorded_upload_is_multipart_with_its_files(tmp_path: Path) -> None:
    text, binding = recorded(tmp_path, entry("POST", f"{HUB}/up", UPLOAD, "multipart/form-data; boundary=x"))
    (found,) = binding.operations.values()
    assert (found.format, found.headers) == ("multipart", {})
    assert found.body == {
        "note": "for $ {x}",
        "tag": ["a", "b"],
        "meta": {"text": '{"n": 1}', "type": "application/json"},
        "scan": {"text": "one\ntwo", "name": "a.txt", "type": "text/plain"},
        "png": {"text": "", "name": "a.png", "type": "image/png"},
    }
    assert "LOST: the content of file a.png" in text and "content of file a.txt" not in text
    path = tmp_path / "drafted.yaml"
    compiled = compile_binding(normalise(binding, path))
    (name,) = binding.operations
    sent = compiled.request(name, {})
    head = re.search(rb"Content-Type: multipart/form-data; boundary=(\S+)", sent.headers)
    assert head is not None
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: multipart/form-data; boundary=%b\r\n\r\n" % head[1] + bytes(sent.body)
    )
    parts = [
        (p.get_param("name", header="content-disposition"), p.get_filename()) for p in message.iter_parts()
    ]
    assert parts == [
        ("note", None), ("tag", None), ("tag", None), ("meta", None), ("scan", "a.txt"), ("png", "a.png"),
    ]  # fmt: skip


# What is odd


def test_a_recording_of_static_files_alone_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no operation that could be drafted: 1 static file: "):
        draft_har(har(tmp_path, entry(url=f"{HUB}/a.js")))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, '{"log": {"entries": ' + "[" * 100_000])
def test_a_document_that_is_nested_without_end_is_an_error(text: str, tmp_path: Path) -> None:
    source = tmp_path / "deep.har"
    source.write_text(text)
    with pytest.raises(UsageError, match=r"nested too deeply|neither JSON nor YAML"):
        draft_har(source)


def test_nesting_in_bodies_and_answers_does_no_harm(tmp_path: Path) -> None:
    deep = "[" * 50_000
    text, _ = recorded(
        tmp_path,
        entry("POST", body=deep + "]" * 50_000, media=JSON, answer=deep),
        entry(
            "POST",
            f"{HUB}/x",
            "<a>" * 3_000 + "</a>" * 3_000,
            "text/xml",
            "<a>" * 50_000,
            answer_media="text/xml",
        ),
    )
    assert "LOST: the body (application/json): it is nested deeper than 40 levels" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"log": {"entries": [{"request": {}}]}}', r"log.entries\[0\].request.url is not laid out as a HAR"),
        (
            '{"log": {"entries": [{"request": {"url": "http://a/"}}]}}',
            r"log.entries\[0\] is not laid out as a HAR",
        ),
        ('{"log": {"entries": []}}', "log.entries is missing or empty"),
        ('{"log": 3}', "log.entries is missing"),
        ("[]", "log.entries is missing"),
    ],
)
def test_a_damaged_recording_is_told_with_its_place(content: str, said: str, tmp_path: Path) -> None:
    source = tmp_path / "x.har"
    source.write_text(content)
    with pytest.raises(UsageError, match=said):
        draft_har(source)
