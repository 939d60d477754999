"""Fault switches answer who holds the token, and no page of another site, whatever its browser sends."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from pathlib import Path

import pytest

from renhai.reference.http.gate import BadToken, Gate, token_of
from tests.reference.running import Client, Target

PLANT = json.dumps({"faults": ["errors=50%"]}).encode()


def ask(target: Target, method: str, headers: dict[str, str], body: bytes = PLANT) -> int:
    """The status of one request with exactly these headers, a Host among them or none."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
    connection.putrequest(method, "/admin/faults", skip_host=True, skip_accept_encoding=True)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    status = connection.getresponse().status
    connection.close()
    return status


def own(target: Target, **more: str) -> dict[str, str]:
    """What a page of this target's own would send, token included."""
    here = f"127.0.0.1:{target.port}"
    return {
        "Host": here, "Origin": f"http://{here}", "Sec-Fetch-Site": "same-origin",
        "Authorization": f"Bearer {target.token}", **more,
    }  # fmt: skip


FOREIGN = {  # name: (headers that differ from an own page's, status)
    "no token": ({"Authorization": ""}, 401),
    "another token": ({"Authorization": "Bearer 0123456789abcdef0123456789abcdef"}, 401),
    "the token as a cookie": ({"Authorization": "", "Cookie": "token={token}"}, 401),
    "the token in another scheme": ({"Authorization": "Basic {token}"}, 401),
    "a form of another site": ({"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
    "a form of a sandboxed page": ({"Origin": "null"}, 403),
    "another server of this machine": ({"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}, 403),
    "a site that begins alike": ({"Origin": "http://127.0.0.1:{port}.evil.example"}, 403),
    "an image of another site": ({"Origin": "", "Sec-Fetch-Site": "cross-site"}, 403),
    "a name that was rebound": (
        {"Host": "evil.example:{port}", "Origin": "http://evil.example:{port}"}, 403
    ),
    "a name that begins like loopback": (
        {"Host": "127.0.0.1.evil.example:{port}", "Origin": "http://127.0.0.1.evil.example:{port}"}, 403
    ),
    "no host": ({"Host": "", "Origin": ""}, 403),
}  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_stranger_changes_nothing(kind: str, method: str, shared: Target, client: Client) -> None:
    changed, status = FOREIGN[kind]
    filled = {name: text.format(port=shared.port, token=shared.token) for name, text in changed.items()}
    headers = {name: text for name, text in {**own(shared), **filled}.items() if text}
    assert ask(shared, method, headers) == status
    assert client.get("faults")["faults"] == []


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "localhost", "[::1]:{port}"])
def test_who_holds_the_token_may(host: str, shared: Target, client: Client) -> None:
    here = host.format(port=shared.port)
    assert ask(shared, "POST", own(shared, Host=here, Origin=f"http://{here}")) == 200
    assert len(client.get("faults")["faults"]) == 1
    assert ask(shared, "DELETE", {"Host": here, "Authorization": f"Bearer {shared.token}"}) == 200
    assert client.get("faults")["faults"] == []


def test_the_token_stands_in_no_process_list(shared: Target) -> None:
    assert len(shared.token) >= 32
    assert shared.token.encode() not in Path(f"/proc/{shared.pid}/cmdline").read_bytes()


def test_on_all_addresses_any_name_may_ask_with_the_token() -> None:
    """A service in a cluster has names that it does not know; the token is what counts."""
    scope = {"headers": [(b"host", b"reference:8400"), (b"authorization", b"Bearer 0123456789abcdef")]}
    assert Gate("0123456789abcdef", "0.0.0.0").refusal(scope) is None
    for host in ("127.0.0.1", "::1", "localhost"):
        refusal = Gate("0123456789abcdef", host).refusal(scope)
        assert refusal is not None and refusal.status == 403


def test_a_token_may_be_preset_and_is_checked() -> None:
    assert token_of({"RENHAI_TARGET_TOKEN": "0123456789abcdef"}) == "0123456789abcdef"
    assert token_of({}) != token_of({})
    for bad in ("short", "0123456789 abcdef", "0123456789abcdé", "0123456789abcdef\n"):
        with pytest.raises(BadToken, match="RENHAI_TARGET_TOKEN must hold 16"):
            token_of({"RENHAI_TARGET_TOKEN": bad})


def test_a_bad_token_is_wrong_usage() -> None:
    line = [sys.executable, "-m", "renhai.reference", "--port", "0"]
    done = subprocess.run(
        line, env={"RENHAI_TARGET_TOKEN": "x", "PATH": ""}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    (said,) = done.stderr.splitlines()
    assert said.startswith("renhai target: RENHAI_TARGET_TOKEN must hold 16")
