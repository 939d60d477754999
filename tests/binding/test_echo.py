"""`echo`: an answer that repeats another request than its own is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.binding.answers.echo import is_same
from tests.binding.making import binding

RULE = "success: {where: {code: 0}, echo: {id: data.id}, reason: [msg]}\n"
STRANGER = "the answer belongs to another request: data.id is not the id that was sent"


@pytest.mark.parametrize(
    ("operation", "fields", "sent"),
    [
        ("{path: '/a?id=${id}', body: null}", {"id": "长 沙&7"}, "长 沙&7"),
        ("{path: /a, query: {id: '${x}'}, body: null}", {"x": "a+b=c"}, "a+b=c"),
        ("{path: /a, query: {id: '${x}'}, encoding: gbk, body: null}", {"x": "税"}, "税"),
        ("{path: /a, values: {id: 'S-${x}'}, body: null}", {"x": 7}, "S-7"),
        ("{path: /a, body: {id: '${x}'}}", {"x": 7}, 7),
        ("{path: /a, format: form, body: {other: 1, id: '${x}'}}", {"x": "a b"}, "a b"),
        ("{path: '/a/${id}', body: null}", {"id": 7}, 7),
        ("{path: /a}", {"id": "007"}, "007"),
    ],
)
def test_what_was_sent_is_known_wherever_it_stands(
    tmp_path: Path, operation: str, fields: dict[str, Any], sent: Any
) -> None:
    city = binding(tmp_path, f"{RULE}operations:\n  a.b: {operation}\n")
    request = city.request("a.b", fields)
    assert request.echo == (sent,)
    for found, reason in ((sent, ""), (str(sent), ""), ("another", STRANGER), (None, STRANGER)):
        body = orjson.dumps({"code": 0, "data": {"id": found}})
        reply = city.judge("a.b", 200, b"", body, None, request.echo)
        assert (reply.outcome, reply.reason) == ("error" if reason else "ok", reason)


@pytest.mark.parametrize("path", ["$.data.id", "$..id", "$.data['id']"])
def test_the_place_may_be_a_jsonpath(tmp_path: Path, path: str) -> None:
    text = (
        f"success: {{where: {{'$.code': 0}}, echo: {{id: \"{path}\"}}}}\noperations:\n  a.b: {{path: /a}}\n"
    )
    city = binding(tmp_path, text)
    sent = city.request("a.b", {"id": 7}).echo
    for answer, outcome in (
        ({"code": 0, "data": {"id": 7}}, "ok"),
        ({"code": 0, "data": {"id": 8}}, "error"),
        ({"code": 0, "data": {}}, "error"),
        ({"code": False, "data": {"id": 7}}, "rejected"),
        ({"code": 1, "data": {"id": 7}}, "rejected"),
    ):
        assert city.judge("a.b", 200, b"", orjson.dumps(answer), None, sent).outcome == outcome, answer


def test_a_fresh_id_is_one_for_the_whole_request(tmp_path: Path) -> None:
    text = (
        "success: {echo: {id: id}}\ndefaults: {values: {id: '${NEW:id}'}}\noperations:\n"
        "  a.b: {path: '/a/${VALUE:id}', headers: {X-Id: '${VALUE:id}'}, body: {n: '<${VALUE:id}>'}}\n"
    )
    city = binding(tmp_path, text)
    first, second = city.request("a.b", {}), city.request("a.b", {})
    (name,) = first.echo
    assert first.path == f"/a/{name}".encode() and first.headers.startswith(f"X-Id: {name}\r\n".encode())
    assert orjson.loads(first.body) == {"n": f"<{name}>"}
    assert second.echo != first.echo


def test_requests_under_way_together_are_not_confused(tmp_path: Path) -> None:
    city = binding(tmp_path, f"{RULE}operations:\n  a.b: {{path: '/a?id=${{NEW:id}}', body: null}}\n")
    one, two = city.request("a.b", {}), city.request("a.b", {})

    def outcome(asked: Any, answered: Any) -> str:
        body = orjson.dumps({"code": 0, "data": {"id": answered.echo[0]}})
        return city.judge("a.b", 200, b"", body, None, asked.echo).outcome

    assert [outcome(one, one), outcome(two, two)] == ["ok", "ok"]
    assert [outcome(one, two), outcome(two, one)] == ["error", "error"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"code": 7, "msg": "no"}, "rejected"),
        ({"code": 7, "msg": "no", "data": {"id": "x"}}, "rejected"),
        ({"code": 7, "msg": "no", "data": {"id": "y"}}, "error"),
        ({"code": 0}, "error"),
    ],
)
def test_a_refusal_need_not_repeat_but_must_not_repeat_another(
    tmp_path: Path, answer: dict[str, Any], outcome: str
) -> None:
    city = binding(tmp_path, f"{RULE}operations:\n  a.b: {{path: /a}}\n")
    assert city.judge("a.b", 200, b"", orjson.dumps(answer), None, ("x",)).outcome == outcome


NOTHING = "the request sent no id, which the answer must repeat"


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("{path: /a}", {"id": None}),
        ("{path: /a, body: {id: '${x}'}}", {"x": None}),
        ("{path: /a, body: {id: null}}", {}),
        ("{path: /a, body: {id: ''}}", {}),
        ("{path: /a, values: {id: '${x}'}, body: null}", {"x": None}),
        ("{path: /a, values: {id: '${x}'}, body: null}", {"x": " "}),
        ("{path: /a, query: {id: '${x}'}, body: null}", {"x": None}),
        ("{path: '/a?id=${x}', body: null}", {"x": ""}),
        ("{path: /a, format: form, body: {id: '${x}', y: 1}}", {"x": None}),
    ],
)
def test_a_request_that_sent_nothing_is_known_by_nothing(
    tmp_path: Path, operation: str, fields: dict[str, Any]
) -> None:
    city = binding(tmp_path, f"{RULE}operations:\n  a.b: {operation}\n")
    sent = city.request("a.b", fields).echo
    for found in (None, *sent, ""):
        body = orjson.dumps({"code": 0, "data": {"id": found}})
        reply = city.judge("a.b", 200, b"", body, None, sent)
        assert reply.outcome == "error", (found, sent)
    same = city.judge("a.b", 200, b"", orjson.dumps({"code": 0, "data": {"id": sent[0]}}), None, sent)
    assert (same.reason, type(same.reason), same.code) == (NOTHING, str, ""), "no doing of the target's"
    refused = city.judge("a.b", 200, b"", orjson.dumps({"code": 7, "msg": "no"}), None, sent)
    assert (refused.outcome, refused.reason) == ("rejected", "no")
    stranger = orjson.dumps({"code": 7, "msg": "no", "data": {"id": "another"}})
    strange = city.judge("a.b", 200, b"", stranger, None, sent)
    assert (strange.outcome, strange.code) == ("error", "200")


def test_one_of_two_that_was_not_sent_is_told_and_hides_no_stranger(tmp_path: Path) -> None:
    text = (
        "success: {where: {code: 0}, echo: {id: id, seq: seq}}\noperations:\n"
        "  a.b: {path: /a, body: {id: '${id}', seq: '${seq}'}}\n"
    )
    city = binding(tmp_path, text)
    sent = city.request("a.b", {"id": None, "seq": "s1"}).echo

    def judged(code: int, seq: str) -> tuple[str, str]:
        body = orjson.dumps({"code": code, "id": None, "seq": seq})
        reply = city.judge("a.b", 200, b"", body, None, sent)
        return reply.outcome, reply.reason

    assert judged(0, "s1") == ("error", NOTHING)
    assert judged(0, "s2") == judged(7, "s2")
    assert judged(7, "s2") == (
        "error", "the answer belongs to another request: seq is not the seq that was sent"
    )  # fmt: skip
    assert judged(7, "s1")[0] == "rejected"


@pytest.mark.parametrize("value", [0, "0", 7, False])
def test_what_is_false_and_was_sent_is_something(tmp_path: Path, value: Any) -> None:
    city = binding(tmp_path, f"{RULE}operations:\n  a.b: {{path: /a}}\n")
    sent = city.request("a.b", {"id": value}).echo
    body = orjson.dumps({"code": 0, "data": {"id": value}})
    assert city.judge("a.b", 200, b"", body, None, sent).outcome == "ok"


@pytest.mark.parametrize(
    ("found", "sent", "same"),
    [
        (7, "7", True), ("7", 7, True), (7.0, 7, True), (7, "7.0", True), ("7.0", "7", False),
        (7, "007", False), ("007", "7", False), (True, "true", True), (True, 1, False), (None, "x", False),
        (None, None, True), ([7], 7, False), ({"a": 1}, "x", False), (2**60, str(2**60), True),
        (float(2**60), 2**60 + 1, False), (7, "٧", False),
    ],
)  # fmt: skip
def test_a_number_and_its_text_are_the_same_and_nothing_else_is(found: Any, sent: Any, same: bool) -> None:
    assert is_same(found, sent) == same


@given(st.text(max_size=30), st.text(max_size=30))
def test_two_texts_are_the_same_only_when_they_are(one: str, two: str) -> None:
    assert is_same(one, two) == (one == two)
