"""Bindings: fields to request bytes, answers to outcomes, and target files with their mistakes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.binding.codec import MissingSecret
from renhai.binding.loader import compile_binding, load_binding, needed_secrets, normalise
from renhai.core import home
from renhai.core.errors import UsageError

CITY = """\
# How does the city's test system speak?
name: city
environment: test
url: https://tax.example:8443
hosts: [tax.example, 10.0.0.0/16]
defaults: {headers: {X-Channel: NFWB, Authorization: "Bearer ${ENV:CITY_TOKEN}"}}
success:
  status: [200, 201]
  where: {rtn_code: "0", rtn_msg.Code: "000"}
  code: rtn_msg.Code
  reason: [rtn_msg.Reason, rtn_msg.Message]
  data: data
timeouts: {read: 3s}
operations:
  declaration.submit: {path: /submit}
  declaration.status: {path: "/status/${djxh}?to=${period.to}", method: GET, body: null}
  collection.pay:
    path: /pay
    headers: {X-Channel: PAY}
    body:
      who: ${djxh}
      text: "pay ${amount} for ${period.to}"
      items: ["${amount}", {deep: "${items}"}, 5, null]
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def city(text: str = CITY) -> dict[str, Any]:
    Path("city.yaml").write_text(text, encoding="utf-8")
    binding, _, path = load_binding("city.yaml")
    return normalise(binding, path)


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        city(text)
    return str(caught.value)


def reference() -> dict[str, Any]:
    binding, _, path = load_binding("reference")
    return normalise(binding, path)


def forgetful() -> dict[str, Any]:
    """The reference target, if its answers repeated nothing of their requests."""
    plain = reference()
    plain["success"]["echo"] = {}
    return plain


def test_the_reference_target_is_spoken_to_as_its_contract_says() -> None:
    binding = compile_binding(reference())
    fields = {"djxh": "10114301030000000001", "je": 12.5, "nsrmc": "长沙"}
    request = binding.request("declaration.submit", fields)
    assert (request.method, request.path) == (b"POST", b"/api/declaration/submit")
    (asked,) = request.echo
    assert request.headers.decode() == f"X-Request-Id: {asked}\r\nContent-Type: application/json\r\n"
    assert len(asked) == 32
    assert orjson.loads(request.body) == fields
    assert all(
        operation["path"] == "/api/" + name.replace(".", "/")
        for name, operation in reference()["operations"].items()
    )


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            200,
            {"rtn_code": "0", "rtn_msg": {"Code": "000"}, "data": {"pzxh": "1"}},
            ("ok", {"pzxh": "1"}, "", ""),
        ),
        (200, {"rtn_code": "0", "rtn_msg": {"Code": "000"}}, ("ok", {}, "", "")),
        (200, {"rtn_code": "0", "rtn_msg": {"Code": "000"}, "data": [1]}, ("ok", {}, "", "")),
        (
            200,
            {"rtn_code": "1", "rtn_msg": {"Code": "310", "Message": "已申报", "Reason": "period filed"}},
            ("rejected", {}, "310", "period filed"),
        ),
        (
            200,
            {"rtn_code": "0", "rtn_msg": {"Code": "001", "Message": "失败", "Reason": ""}},
            ("rejected", {}, "001", "失败"),
        ),
        (200, {"rtn_code": "9"}, ("rejected", {}, "", "")),
        (
            200,
            {"rtn_code": 0, "rtn_msg": {"Code": "000"}},
            ("rejected", {}, "000", 'rtn_code is 0, where asks for "0"'),
        ),
        (200, {"code": "0"}, ("error", {}, "200", "the answer has no rtn_code")),
        (200, {"rtn_code": "0", "rtn_msg": "000"}, ("error", {}, "200", "the answer has no rtn_msg.Code")),
        (200, [1], ("error", {}, "200", "the answer has no rtn_code")),
        (200, None, ("error", {}, "200", "the answer has no rtn_code")),
        (500, {"rtn_code": "0", "rtn_msg": {"Code": "000"}}, ("error", {}, "500", "HTTP 500")),
        (302, {}, ("error", {}, "302", "HTTP 302")),
    ],
)
def test_an_answer_is_ok_rejected_or_an_error(status: int, body: Any, expected: tuple[Any, ...]) -> None:
    reply = compile_binding(forgetful()).judge("declaration.submit", status, b"", orjson.dumps(body))
    assert tuple(reply) == (*expected, status)
    assert reply.ok == (expected[0] == "ok")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"rtn_code": "0"', b"\xff\xfe", b"NaN"])
def test_what_is_not_json_is_an_error(body: bytes) -> None:
    reply = compile_binding(forgetful()).judge("declaration.submit", 200, b"", body)
    assert (reply.outcome, reply.reason) == ("error", f"the answer is {'not JSON' if body else 'empty'}")


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode), st.integers(100, 599))
def test_no_answer_whatever_breaks_the_judge(body: bytes, status: int) -> None:
    assert COMPILED().judge("declaration.submit", status, b"", body).outcome in ("rejected", "error")


COMPILED = cache(lambda: compile_binding(forgetful()))


def test_a_template_keeps_types_and_fills_paths_texts_and_headers() -> None:
    binding = compile_binding(city(), {"CITY_TOKEN": "s3cret"})
    fields = {"djxh": "a/b 税", "amount": 12.5, "period": {"to": "2015-09"}, "items": [{"pzxh": "1"}]}
    request = binding.request("collection.pay", fields)
    assert orjson.loads(request.body) == {
        "who": "a/b 税",
        "text": "pay 12.5 for 2015-09",
        "items": [12.5, {"deep": [{"pzxh": "1"}]}, 5, None],
    }
    assert b"X-Channel: PAY\r\n" in request.headers
    assert b"Authorization: Bearer s3cret\r\n" in request.headers
    status = binding.request("declaration.status", fields)
    assert status.path == b"/status/a%2Fb%20%E7%A8%8E?to=2015-09"
    assert (status.method, status.body) == (b"GET", b"")
    assert b"Content-Type" not in status.headers


def test_a_field_that_a_template_needs_and_lacks_is_named() -> None:
    binding = compile_binding(city(), {"CITY_TOKEN": "x"})
    with pytest.raises(KeyError, match="djxh"):
        binding.request("declaration.status", {"period": {"to": "2015-09"}})
    with pytest.raises(KeyError, match=r"declaration\.void"):
        binding.request("declaration.void", {})


def test_secrets_stay_out_of_the_plan_and_of_what_is_shown() -> None:
    plan = city()
    assert "s3cret" not in str(plan)
    assert "${ENV:CITY_TOKEN}" in str(plan)
    binding, _, _ = load_binding("city.yaml")
    assert needed_secrets(binding) == {"CITY_TOKEN"}
    compiled = compile_binding(plan, {"CITY_TOKEN": "s3cret"})
    assert compiled.redact("got Bearer s3cret back") == "got Bearer *** back"
    for environ in ({}, {"CITY_TOKEN": ""}):
        with pytest.raises(MissingSecret, match="CITY_TOKEN is not set"):
            compile_binding(plan, environ)


def test_a_secret_cannot_break_out_of_its_header() -> None:
    with pytest.raises(ValueError, match="CITY_TOKEN"):
        compile_binding(city(), {"CITY_TOKEN": "x\r\nX-Other: y"})


def test_timeouts_and_certificates_are_normalised(here: Path) -> None:
    assert city()["timeouts"] == {"connect": 5.0, "send": 10.0, "read": 3.0, "total": 90.0}
    (here / "ca.pem").write_text("x")
    plan = city(CITY + "tls: {ca: ca.pem}\n")
    assert plan["tls"] == {"verify": True, "ca": str(here / "ca.pem"), "certificate": None, "key": None}
    missing = refusal(CITY + "tls: {ca: none.pem}\n")
    assert "tls.ca is none.pem; there is no such file; paths are relative" in missing


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "environment: test",
            "environment: tset",
            "city.yaml:3: environment is tset; must be one of test, staging",
        ),
        ("environment: test\n", "", "city.yaml:2: environment is missing; add it, as in `environment: test`"),
        (
            "url: https://tax",
            "url: ftp://tax",
            "city.yaml:4: url is ftp://tax.example:8443; must be http://host",
        ),
        (
            "https://tax",
            "https://u:p@tax",
            "city.yaml:4: url is https://***@tax.example:8443; holds a password",
        ),
        ("10.0.0.0/16", "10.0.0.1/8", "city.yaml:5: hosts[1] is 10.0.0.1/8; is not a network"),
        ("10.0.0.0/16", "10.0.0.0/15", "city.yaml:5: hosts[1] is 10.0.0.0/15, wider than /16; list the"),
        ("10.0.0.0/16", '"::ffff:0:0/96"', "city.yaml:5: hosts[1] is ::ffff:0:0/96, wider than /112; list"),
        (
            "10.0.0.0/16",
            '"::ffff:10.0.0.0/104"',
            "city.yaml:5: hosts[1] is ::ffff:10.0.0.0/104, wider than /112",
        ),
        ("10.0.0.0/16", '"::/0"', "city.yaml:5: hosts[1] is ::/0, wider than /48; list the networks that"),
        ("10.0.0.0/16", '"2001:db8::/32"', "city.yaml:5: hosts[1] is 2001:db8::/32, wider than /48; list"),
        ("10.0.0.0/16", "0.0.0.0/0", "city.yaml:5: hosts[1] is 0.0.0.0/0, wider than /16; list the"),
        (
            "10.0.0.0/16",
            '"*.example"',
            "city.yaml:5: hosts[1] is *.example; must be one host name, address or",
        ),
        (
            '"Bearer ${ENV:CITY_TOKEN}"',
            "Bearer-abc",
            "city.yaml:6: defaults.headers has Authorization with its secret in the open; write ${ENV:NAME}",
        ),
        (
            "X-Channel: NFWB",
            "Host: x",
            "city.yaml:6: defaults.headers has Host, which the client sets itself",
        ),
        (
            "X-Channel: NFWB",
            "X Channel: y",
            "city.yaml:6: defaults.headers has 'X Channel', which is no header name",
        ),
        (
            "X-Channel: NFWB",
            "X-Channel: 税",
            "city.yaml:6: defaults.headers has X-Channel with a value that is not",
        ),
        (
            "path: /submit",
            "path: submit",
            'city.yaml:15: operations."declaration.submit".path is submit; must start',
        ),
        (
            "path: /submit",
            "path: /a b",
            'city.yaml:15: operations."declaration.submit".path is /a b; holds a space',
        ),
        (
            "{path: /submit}",
            "{paht: /submit}",
            'city.yaml:15: operations."declaration.submit".paht is not a known',
        ),
        (
            "{path: /submit}",
            "{path: /x, body: form}",
            'city.yaml:15: operations."declaration.submit".body is form;',
        ),
        (
            "{path: /submit}",
            "{path: /x, body: {a: '${x y}'}}",
            'city.yaml:15: operations."declaration.submit".body',
        ),
        ("declaration.submit:", "Submit:", "city.yaml:15: operations.Submit is not an operation name"),
        ("[200, 201]", "[99]", "city.yaml:8: success.status[0] is 99; must be >= 100"),
        ("read: 3s", "read: 3", "city.yaml:13: timeouts.read is 3; has no unit"),
        (
            "method: GET",
            "method: fetch",
            'city.yaml:16: operations."declaration.status".method is fetch; must be',
        ),
    ],
)
def test_each_mistake_in_a_target_file_names_its_line(old: str, new: str, said: str) -> None:
    assert old in CITY
    assert refusal(CITY.replace(old, new, 1)).startswith(said)


def test_an_unknown_target_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match="target 'referense' is not known; did you mean 'reference'"):
        load_binding("referense")


@pytest.mark.parametrize("name", home.target_names())
def test_every_shipped_target_compiles(name: str) -> None:
    binding, _, path = load_binding(name)
    compiled = compile_binding(normalise(binding, path), dict.fromkeys(needed_secrets(binding), "x"))
    assert compiled.operations == list(binding.operations)
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("# ")
    assert "?" in first
