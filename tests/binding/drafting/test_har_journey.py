"""The journey of a recording: its order, and what an answer gave that a later request sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from renhai.binding.drafting.from_har import draft_har
from renhai.binding.drafting.scenario import scenario_text
from tests.binding.drafting.making import HUB, JSON, entry, har, of, recorded, steps

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


def test_cookies_that_answers_gave_need_no_word_of_a_person(tmp_path: Path) -> None:
    """One that was there before the recording does: nobody can tell which operation gave it."""
    wanted = "the recording sent cookies; name the operation that signs in"
    start = entry(url=f"{HUB}/start", answer={"ok": 1})
    start["response"]["headers"].append({"name": "Set-Cookie", "value": "JSESSIONID=abc123; Path=/"})
    text, binding = recorded(
        tmp_path, start, entry(url=f"{HUB}/next", headers={"Cookie": "JSESSIONID=abc123"})
    )
    assert binding.auth is not None and binding.auth.cookies is not None
    assert wanted not in text
    for late in (
        [entry(url=f"{HUB}/next", headers={"Cookie": "JSESSIONID=abc123"}), start],
        [start, entry(url=f"{HUB}/next", headers={"Cookie": "JSESSIONID=abc123; lang=zh"})],
    ):
        assert wanted in recorded(tmp_path, *late)[0]
