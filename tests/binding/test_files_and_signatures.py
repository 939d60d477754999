"""Bodies with files, binary answers, and what signs a request: HMAC, digest, OAuth2 client credentials."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from email import message_from_bytes
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from renhai.binding.loader import compile_binding
from renhai.binding.outgoing import digest
from renhai.binding.outgoing.streamed import Streamed
from renhai.binding.state.client_state import ClientState
from renhai.plan.identity import _placeless
from tests.binding.making import binding, plain, refusal

UPLOAD = """
operations:
  file.send:
    path: /upload
    format: multipart
    body:
      note: "n${n}\\u00e9"
      tag: ["a", "${n}"]
      scan: {file: scan.pdf}
      meta: {text: '{"n": "${n}"}', type: application/json}
    success: {success: any}
"""


def test_a_multipart_form_reads_back_as_it_was_said(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF\r\n\x00\xff--x")
    request = binding(tmp_path, UPLOAD).request("file.send", {"n": 7})
    assert isinstance(request.body, Streamed)
    assert len(request.body) == len(bytes(request.body))
    form = message_from_bytes(request.headers + b"\r\n" + bytes(request.body))
    parts = form.get_payload()
    assert isinstance(parts, list)
    found = [(p.get_param("name", header="content-disposition"), p.get_payload(decode=True)) for p in parts]
    assert found == [
        ("note", "n7é".encode()), ("tag", b"a"), ("tag", b"7"),
        ("scan", b"%PDF\r\n\x00\xff--x"), ("meta", b'{"n": "7"}'),
    ]  # fmt: skip
    assert parts[3].get_filename() == "scan.pdf"
    assert [p.get_content_type() for p in parts[3:]] == ["application/pdf", "application/json"]


def test_a_file_is_sent_from_one_copy_and_another_machine_must_have_the_same(tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(bytes(range(256)) * 4096)
    text = (
        "operations: {f.send: {path: /f, format: binary, body: {file: big.bin}, success: {success: any}}}\n"
    )
    made = plain(tmp_path, text)
    one, two = (compile_binding(made, {}).request("f.send", {}).body for _ in range(2))
    assert isinstance(one, Streamed) and isinstance(two, Streamed)
    assert one.parts[0] is two.parts[0]
    assert b"".join(one.pieces()) == bytes(range(256)) * 4096
    assert [len(piece) for piece in one.pieces()] == [262_144] * 4
    made["operations"]["f.send"]["body"]["sha256"] = "0" * 64
    with pytest.raises(ValueError, match=r"big.bin is not here what it was when the run was planned"):
        compile_binding(made, {})
    made["operations"]["f.send"]["body"]["file"] = str(tmp_path / "gone.bin")
    with pytest.raises(ValueError, match=r"gone.bin of the target file cannot be read here"):
        compile_binding(made, {})


def test_where_a_file_stands_is_no_part_of_the_identity_and_what_is_in_it_is() -> None:
    said = {"x": "1", "f": [{"file": "/a/b", "sha256": "1", "name": "n"}]}
    assert _placeless(said) == {"x": "1", "f": [{"sha256": "1", "name": "n"}]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{f: {file: gone.pdf}}", 'operations."a.b".body.f is gone.pdf; there is no such file'),
        ("{f: {fille: x}}", "must be a text with ${field} in it, {file: scan.pdf"),
        ("{f: {file: x, size: 3}}", "must be a text with ${field} in it, {file: scan.pdf"),
        ("text", "a multipart body must be a mapping of names to parts"),
        ("{}", "a multipart body must be a mapping of names to parts"),
        ("{f: {file: wide.bin}}", "it has 67,108,865 bytes; the most is 67,108,864 (64 MiB)"),
    ],
)
def test_a_body_that_cannot_be_made_is_refused(tmp_path: Path, body: str, said: str) -> None:
    with (tmp_path / "wide.bin").open("wb") as wide:
        wide.truncate(64 * 1024 * 1024 + 1)
    text = f"operations:\n  a.b: {{path: /a, format: multipart, body: {body}, success: {{success: any}}}}\n"
    assert said in refusal(tmp_path, text)
    if body == "text":
        assert "must be {file: PATH}" in refusal(tmp_path, text.replace("multipart", "binary"))


def test_keys_repeat_and_methods_are_free(tmp_path: Path) -> None:
    text = (
        "operations:\n  a.b: {method: OPTIONS, path: /a, body: null, query: {id: [1, 2, ''], no: null},"
        " success: {success: any}}\n  c.d: {method: VERSION-CONTROL, path: /c, format: form,"
        " body: {x: ['1', '${y}'], e: ''}, success: {success: any}}\n"
    )
    made = binding(tmp_path, text)
    assert made.request("a.b", {})[:2] == (b"OPTIONS", b"/a?id=1&id=2&id=")
    assert made.request("c.d", {"y": 3})[::3] == (b"VERSION-CONTROL", b"x=1&x=3&e=")
    assert "must be a method in capital letters" in refusal(tmp_path, text.replace("OPTIONS", "CONNECT"))


def test_a_download_is_held_to_its_length_and_its_digest(tmp_path: Path) -> None:
    data = b"\x89PNG" + bytes(1000)
    sha = hashlib.sha256(data).hexdigest()

    def outcome(rule: str, body: bytes) -> tuple[str, str]:
        success = f"{{format: binary, {rule}}}"
        made = binding(tmp_path, f"operations: {{a.b: {{path: /a, body: null, success: {success}}}}}\n")
        reply = made.judge("a.b", 200, b"", body)
        return reply.outcome, reply.reason

    assert outcome(f"length: 1004, sha256: '{sha}'", data) == ("ok", "")
    assert outcome("length: 1004", data[:-1]) == ("error", "the answer has 1,003 bytes, not 1,004")
    assert outcome("length: {at_least: 2000}", data) == (
        "error",
        "the answer has 1,004 bytes, not from 2,000",
    )
    assert outcome("length: {at_most: 10}", data) == ("error", "the answer has 1,004 bytes, not from 0 to 10")
    assert outcome("length: {at_least: 1}", b"") == ("error", "the answer has 0 bytes, not from 1")
    assert outcome(f"sha256: '{sha}'", data[:-1] + b"x")[0] == "error"
    wrong = "operations: {a.b: {path: /a, body: null, success: {length: 7}}}\n"
    assert "is for format: binary" in refusal(tmp_path, wrong)


SIGNED = """
signature:
  key: ${ENV:SIGN_KEY}
  parts: [method, path, query, date, nonce, header:X-App, body.sha256, "text:end"]
  date: {header: X-Date, format: unix}
  nonce: {header: X-Nonce}
  header: Authorization
  value: TAX-HMAC app=${ENV:APP}, sig=${SIGNATURE}
operations:
  a.b: {path: "/a/${id}", query: {q: "1"}, headers: {X-App: app7}, success: {success: any}}
  a.open: {path: /open, sign: false, success: {success: any}}
"""


def test_a_signature_is_over_the_stated_parts_and_its_key_is_never_shown(tmp_path: Path) -> None:
    made = binding(tmp_path, SIGNED, SIGN_KEY="k3y-secret", APP="app7")
    request = made.request("a.b", {"id": 7})
    head = dict(line.split(": ", 1) for line in request.headers.decode().strip().split("\r\n"))
    body_hash = hashlib.sha256(bytes(request.body)).hexdigest()
    signed = f"POST\n/a/7\nq=1\n{head['X-Date']}\n{head['X-Nonce']}\napp7\n{body_hash}\nend"
    wanted = hmac.new(b"k3y-secret", signed.encode(), hashlib.sha256).hexdigest()
    assert head["Authorization"] == f"TAX-HMAC app=app7, sig={wanted}"
    assert re.fullmatch(r"\d{10}", head["X-Date"]) and re.fullmatch(r"[0-9a-f]{32}", head["X-Nonce"])
    assert b"Authorization" not in made.request("a.open", {}).headers
    again = made.request("a.b", {"id": 7}).headers
    assert again != request.headers  # another nonce, another signature
    assert made.redact("k3y-secret") == "***"


def test_signatures_as_older_gateways_have_them(tmp_path: Path) -> None:
    text = (
        "signature: {algorithm: md5, key: '${ENV:K}', parts: [body, key], join: '', encode: HEX}\n"
        "operations: {a.b: {path: /a, body: {n: 1}, success: {success: any}}}\n"
    )
    request = binding(tmp_path, text, K="s").request("a.b", {})
    wanted = hashlib.md5(b'{"n":1}s').hexdigest().upper().encode()
    assert b"X-Signature: " + wanted + b"\r\n" in request.headers
    keyed = text.replace("md5,", "hmac-sha1, key_encoding: base64,").replace("[body, key]", "[target]")
    made = binding(
        tmp_path, keyed.replace("encode: HEX", "encode: base64"), K=base64.b64encode(b"\x00\x01").decode()
    )
    wanted = base64.b64encode(hmac.digest(b"\x00\x01", b"/a", "sha1"))
    assert b"X-Signature: " + wanted + b"\r\n" in made.request("a.b", {}).headers
    with pytest.raises(ValueError, match="the key of the signature is not base64"):
        binding(tmp_path, keyed, K="***")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("X-Nonce}", "X Nonce}"), "must be the name of a header"),
        (("  date: {header: X-Date, format: unix}\n", ""), "signs date, which is sent nowhere; add date:"),
        (("${ENV:SIGN_KEY}", "open"), "must be a secret of the environment"),
        (("${SIGNATURE}", "x"), "has no ${SIGNATURE} in it"),
        (("${ENV:APP},", "${id},"), "holds ${id}; known: ${SIGNATURE}, ${DATE}, ${NONCE}, ${ENV:NAME}"),
        (("[method,", "[verb,"), "must be one of method, target, path"),
        (("  key:", "  algorithm: sha256\n  key:"), "is sha256 without the key among its parts"),
    ],
)
def test_a_signature_that_says_nothing_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert said in refusal(tmp_path, SIGNED.replace(*change))


HEADER = """success: {{success: any}}
{more}
signature: {{key: "${{ENV:K}}", parts: [method, "header:{name}"], date: {{header: X-Date}}}}
operations:
  a.b: {{path: /a, {own}}}
  a.open: {{path: /b, body: null, sign: false, headers: {{X-Open: x}}}}
"""
NOBODY = "no operation has this header when it is signed, so an empty text would be; add it to headers"


@pytest.mark.parametrize(
    ("name", "own", "more", "value"),
    [
        ("X-App", "headers: {X-App: a7}", "", "a7"),
        ("x-app", "headers: {X-APP: '${id}'}", "", "7"),
        ("X-App", "body: null", "defaults: {headers: {X-App: all}}", "all"),
        ("X-App", "headers: {X-App: '${none}'}", "", ""),  # sent, and empty: that is what is signed
        ("Content-Type", "body: {a: 1}", "", "application/json"),
        ("Authorization", "body: null", "auth: {basic: {user: u, password: '${ENV:K}'}}", "Basic dTprMw=="),
        ("X-Key", "body: null", "auth: {bearer: {token: '${ENV:K}', header: X-Key, prefix: ''}}", "k3"),
    ],
)
def test_a_header_that_is_sent_is_signed_as_it_is_sent(
    tmp_path: Path, name: str, own: str, more: str, value: str
) -> None:
    made = binding(tmp_path, HEADER.format(name=name, own=own, more=more), K="k3")
    head = made.request("a.b", {"id": 7, "none": ""}).headers.decode()
    lines = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head.split("\r\n")}
    assert lines[name.lower()] == value
    assert lines["x-signature"] == hmac.new(b"k3", f"POST\n{value}".encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("name", "own", "more"),
    [
        ("X-App", "headers: {X-Apps: a7}", ""),
        ("X-Open", "body: {a: 1}", ""),  # of an operation that is not signed
        ("Host", "body: {a: 1}", ""),
        ("Content-Length", "body: {a: 1}", ""),
        ("Content-Type", "body: null", ""),
        ("X-Date", "body: {a: 1}", ""),  # of the signature itself
        ("X-Signature", "body: {a: 1}", ""),
        ("Authorization", "body: {a: 1}", "auth: {bearer: {login: a.open, token: token}}"),
        ("Cookie", "body: {a: 1}", "auth: {cookies: {login: a.open}}"),
        ("Authorization", "body: null", "auth: {bearer: {token: '${ENV:K}', header: X-Key}}"),
    ],
)
def test_a_signed_header_that_nobody_sends_is_refused(tmp_path: Path, name: str, own: str, more: str) -> None:
    said = refusal(tmp_path, HEADER.format(name=name, own=own, more=more))
    assert f"signature.parts[1] is header:{name}; {NOBODY}" in said


def test_a_request_without_the_signed_header_is_not_made(tmp_path: Path) -> None:
    text = (
        HEADER.format(name="X-App", own="body: null", more="") + "  a.c: {path: /c, headers: {X-App: '1'}}\n"
    )
    made = binding(tmp_path, text, K="k3")
    assert b"X-Signature: " in made.request("a.c", {}).headers
    assert b"X-Signature: " not in made.request("a.open", {}).headers
    with pytest.raises(ValueError, match="the signature signs the header X-App, which this request does not"):
        made.request("a.b", {})


ASKED = (
    'WWW-Authenticate: Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"\r\n'
)
RFC = f"HTTP/1.1 401 Unauthorized\r\n{ASKED.format('MD5')}{ASKED.format('SHA-256')}".encode()


@pytest.mark.parametrize(
    ("head", "response"),
    [
        (RFC, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        (RFC.replace(b"SHA-256", b"SHA-512-256"), "8ca523f5e9506fed4657c9700eebdbec"),
    ],
)
def test_digest_answers_as_rfc_7616_has_it(head: bytes, response: str) -> None:
    challenge = digest.challenge_of(head)
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    line = digest.answer(challenge, "Mufasa", "Circle of Life", b"GET", b"/dir/index.html", cnonce)
    assert f'response="{response}"'.encode() in line
    assert b"nc=00000001" in line
    assert b"nc=00000002" in digest.answer(challenge, "Mufasa", "Circle of Life", b"GET", b"/", cnonce)


DIGEST = """
auth: {digest: {user: u, password: "${ENV:PW}", login: door.ask, renew_on: {status: [401]}}}
operations:
  door.ask: {method: GET, path: /me, body: null, success: {status: [401]}}
  me.get: {method: GET, path: /me, body: null, success: {success: any}}
"""


def test_a_digest_login_takes_the_challenge_and_signs_the_rest(tmp_path: Path) -> None:
    made, memory = binding(tmp_path, DIGEST, PW="pw"), ClientState()
    assert made.signing.logins == ("door.ask",)
    assert (
        made.judge("door.ask", 401, b"H\r\nWWW-Authenticate: Basic realm=x\r\n", b"", memory).outcome
        == "error"
    )
    assert not memory.signed_in
    assert made.judge("door.ask", 401, RFC, b"", memory).ok
    assert memory.signed_in
    assert b"Authorization: Digest " in made.request("me.get", {}, memory).headers
    assert b"Authorization" not in made.request("door.ask", {}, memory).headers
    assert made.signing.must_renew(made.judge("me.get", 401, b"", b"", memory))
    assert "its challenge comes with 401" in refusal(
        tmp_path, DIGEST.replace("[401]}}\n  me", "[200]}}\n  me")
    )


OAUTH = """
auth: {oauth2: {token: /oauth/token, client_id: "${ENV:ID}", client_secret: "${ENV:SECRET}", scope: "a b"}}
success: {success: any}
operations:
  me.get: {method: GET, path: /me, body: null}
"""


def test_oauth2_client_credentials_become_a_login_of_its_own(tmp_path: Path) -> None:
    made, memory = binding(tmp_path, OAUTH, ID="app", SECRET="s3cret-of-app"), ClientState()
    assert made.login == "oauth2.token"
    request = made.request("oauth2.token", {}, memory)
    assert (request.method, request.path) == (b"POST", b"/oauth/token")
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"], "client_id": ["app"],
        "client_secret": ["s3cret-of-app"], "scope": ["a b"],
    }  # fmt: skip
    refused = made.judge(
        "oauth2.token", 401, b"", b'{"error":"invalid_client","error_description":"no"}', memory
    )
    assert (refused.outcome, refused.code, refused.reason) == ("rejected", "invalid_client", "no")
    assert made.judge("oauth2.token", 200, b"", b'{"access_token":"tok"}', memory).outcome == "error"
    assert made.judge("oauth2.token", 200, b"", b'{"access_token":"tok","expires_in":3600}', memory).ok
    assert b"Authorization: Bearer tok\r\n" in made.request("me.get", {}, memory).headers
    assert made.redact("s3cret-of-app tok", memory) == "*** ***"
