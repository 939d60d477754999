"""Signing in: passwords, tokens and cookies; renewed in time, and never shown."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.codec import CompiledBinding
from renhai.binding.state.client_state import ClientState
from renhai.load.engine.journeys import Steps
from renhai.load.engine.sign_in import signed_in
from tests.binding.making import binding, plain, refusal

BEARER = """\
auth:
  bearer: {login: session.open, token: data.token, expires: data.seconds, renew_on: {status: [401]}}
success: {where: {code: "0"}, data: data, code: code}
operations:
  session.open: {path: /login, body: {user: "op${OPERATOR:number}", password: "${ENV:CITY_PASSWORD}"}}
  a.b: {path: /a}
"""


def opened(token: str = "t-1", seconds: int = 60) -> bytes:
    return json.dumps({"code": "0", "data": {"token": token, "seconds": seconds}}).encode()


def work(
    city: CompiledBinding, memory: ClientState, answers: list[tuple[int, bytes]]
) -> tuple[list[str], Any]:
    """The operations that a journey of two steps sends when it is given these answers, and how it ended."""

    def journey() -> Steps:
        for _ in range(2):
            reply = yield "a.b", {}
            if not reply.ok:
                return False
        return True

    steps, sent, reply = signed_in(city, memory, journey()), [], None
    waiting = iter(answers)
    while True:
        try:
            operation, fields = steps.send(reply)  # type: ignore[arg-type]
        except StopIteration as stop:
            return sent, stop.value
        request = city.request(operation, fields, memory)
        token = request.headers.partition(b"Authorization: ")[2].decode().strip()
        sent.append(f"{operation} {token}".strip())
        status, body = next(waiting)
        reply = city.judge(operation, status, b"", body, memory)


OK = (200, b'{"code": "0", "data": {}}')


def test_an_operator_signs_in_once_and_carries_the_token(tmp_path: Path) -> None:
    city = binding(tmp_path, BEARER, CITY_PASSWORD="s3cret")
    memory = ClientState(7)
    sent, done = work(city, memory, [(200, opened()), OK, OK])
    assert sent == ["session.open", "a.b Bearer t-1", "a.b Bearer t-1"]
    assert done
    assert work(city, memory, [OK, OK])[0] == ["a.b Bearer t-1"] * 2
    assert city.request("session.open", {}, memory).body == b'{"user":"op7","password":"s3cret"}'


def test_a_login_is_renewed_before_it_expires_and_when_the_answer_says_so(tmp_path: Path) -> None:
    city = binding(tmp_path, BEARER, CITY_PASSWORD="s3cret")
    memory = ClientState()
    refused = (401, b"")
    sent, done = work(city, memory, [(200, opened()), refused, (200, opened("t-2")), OK, OK])
    assert done
    assert sent == ["session.open", "a.b Bearer t-1", "session.open", "a.b Bearer t-2", "a.b Bearer t-2"]
    memory.expires = 0.0
    assert work(city, memory, [(200, opened("t-3")), OK, OK])[0][:2] == ["session.open", "a.b Bearer t-3"]


@pytest.mark.parametrize("answer", [(200, b'{"code": "1"}'), (200, b'{"code": "0", "data": {}}'), (500, b"")])
def test_without_a_login_there_is_no_work(tmp_path: Path, answer: tuple[int, bytes]) -> None:
    city = binding(tmp_path, BEARER, CITY_PASSWORD="s3cret")
    sent, done = work(city, ClientState(), [answer])
    assert (sent, done) == (["session.open"], False)


def test_basic_and_fixed_tokens_stand_in_every_request(tmp_path: Path) -> None:
    operations = "operations: {a.b: {path: /a}}\n"
    basic = "auth: {basic: {user: '${ENV:U}', password: '${ENV:P}'}}\n"
    city = binding(tmp_path, basic + operations, U="clerk", P="p:w")
    line = city.request("a.b", {}).headers.decode().splitlines()[-1]
    assert b64decode(line.removeprefix("Authorization: Basic ")) == b"clerk:p:w"
    assert line.rpartition(" ")[2] not in city.redact(line)
    token = "auth: {bearer: {token: '${ENV:T}', header: X-Key, prefix: ''}}\n"
    assert b"X-Key: abc\r\n" in binding(tmp_path, token + operations, T="abc").request("a.b", {}).headers


def test_cookies_are_kept_for_each_operator(tmp_path: Path) -> None:
    city = binding(tmp_path, "auth: {cookies: {}}\noperations: {a.b: {path: /a}}\n")
    one, two = ClientState(), ClientState()
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: J=abc; Path=/; HttpOnly\r\nset-cookie: k=2\r\n"
    city.judge("a.b", 200, head, b"{}", one)
    assert city.request("a.b", {}, one).headers.endswith(b"Cookie: J=abc; k=2\r\n")
    assert b"Cookie" not in city.request("a.b", {}, two).headers
    city.judge("a.b", 200, b"HTTP/1.1 200 OK\r\nSet-Cookie: J=x; Max-Age=0\r\n", b"{}", one)
    assert city.request("a.b", {}, one).headers.endswith(b"Cookie: k=2\r\n")
    assert city.redact("sent k=2 and 22", one) == "sent k=*** and ******"


def test_secrets_are_shown_nowhere_in_no_disguise(tmp_path: Path) -> None:
    secret = 'p"w &<d'
    assert secret not in str(plain(tmp_path, BEARER))
    city = binding(tmp_path, BEARER, CITY_PASSWORD=secret)
    memory = ClientState()
    city.judge("session.open", 200, b"", opened("tok-123"), memory)
    for shown in (secret, "p%22w%20%26%3Cd", "p%22w+%26%3Cd", 'p\\"w &<d', "p&quot;w &amp;&lt;d", "tok-123"):
        assert city.redact(f"[{shown}]", memory) == "[***]"


def test_a_password_in_the_open_is_refused_and_not_shown(tmp_path: Path) -> None:
    text = "auth:\n  basic: {user: me, password: hunter2}\noperations: {a.b: {path: /a}}\n"
    said = refusal(tmp_path, text)
    assert said.startswith("city.yaml:5: auth.basic.password")
    assert "hunter2" not in said
    assert "${ENV:NAME}" in said
