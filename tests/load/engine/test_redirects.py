"""`follow: same-origin`: what is sent after an answer 3xx, how it is counted, and where it does not go."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns

import gevent
import pytest

from generators.taxpayers.population import Population
from renhai.binding.authentication import take_cookies
from renhai.binding.codec import HttpRequest, compile_binding
from renhai.binding.redirects import next_request
from renhai.binding.state.client_state import ClientState
from renhai.load.engine import journeys
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.engine.journeys import Steps, journey
from renhai.load.engine.scheduler import Scheduler
from renhai.load.measure.recorder import packed
from renhai.safety.rate_limit import TokenBucket
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from tests.binding.making import plain
from tests.load.http.asking import MakeClient, until
from tests.load.http.scripted_server import OK, ScriptedServer, Step

MakeEngine = Callable[..., JourneyEngine]
GOOD = OK.replace("2\r\n\r\nok", '10\r\n\r\n{"code":0}')
TARGET = """\
follow: same-origin
auth: {cookies: {}}
success: {where: {code: 0}}
operations:
  a.b: {path: '/app/a?x=1', body: document}
  a.see: {path: /app/a, body: null, success: {status: [302], where: {}}}
"""


def leads(location: str, status: int = 302, more: str = "") -> str:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\n{more}Content-Length: 0\r\n\r\n"


@pytest.fixture
def engine_at(make_client: MakeClient, tmp_path: Path) -> MakeEngine:
    """engine_at(port, text): one that knows the journeys test.b and test.see, of one request each."""

    def made(port: int, text: str = TARGET) -> JourneyEngine:
        for name, operation in (("test.b", "a.b"), ("test.see", "a.see")):
            journeys.JOURNEYS.pop(name, None)

            def walk(pool: TaxpayerPool, operation: str = operation) -> Steps:
                reply = yield operation, {"n": 1}
                return reply.ok

            journey(name, sends=[operation])(walk)
        compiled = compile_binding(plain(tmp_path, text), {})
        pool = TaxpayerPool(Population(20150911, "gt3_2015"), Partition(100))
        client = make_client(port)
        return JourneyEngine(compiled, client, pool, Scheduler(), f"http://tax.example:{port}")

    return made


def told(engine: JourneyEngine) -> tuple[int, int, int, dict[str, int]]:
    """started, ok, errors of a.b; hops."""
    report = packed(engine.recorder.take(), lambda: None)
    book = report["operations"]["a.b"]
    assert report["redirects"] == sum(report["redirects_of"].values())
    return book["started"], book["ok"], book["errors"], report["redirects_of"]


def sent(status: int, location: str, folder: Path, text: str = TARGET, operation: str = "a.b") -> str:
    """`METHOD path` of the request that follows, "" for none; of POST /app/a?x=1 at tax.example:8080."""
    city = compile_binding(plain(folder, text), {})
    memory = ClientState()
    first = city.request(operation, {"n": 1}, memory)._replace(path=b"/app/a?x=1", method=b"POST")
    head = f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\n\r\n".encode()
    found = next_request(city, operation, first, status, head, memory, ("http", "tax.example", 8080))
    if found is None:
        return ""
    has_body = bool(found.body)
    assert has_body == (found.method == b"POST") == (b"Content-Type" in found.headers)
    return f"{found.method.decode()} {found.path.decode()}"


@pytest.mark.parametrize(
    ("status", "location", "then"),
    [
        (302, "/app/home", "GET /app/home"),
        (303, "home?y=2#part", "GET /app/home?y=2"),
        (301, "http://TAX.example:8080/x y/业", "GET /x%20y/%E4%B8%9A"),
        (307, "b", "POST /app/b"),
        (308, "//tax.example:8080/c%20d", "POST /c%20d"),
        (302, "?page=2", "GET /app/a?page=2"),
        (302, "", "GET /app/a?x=1"),
        (300, "/app/home", ""),
        (304, "/app/home", ""),
        (302, "http://tax.example/app", ""),  # another port
        (302, "https://tax.example:8080/app", ""),
        (302, "//other.example:8080/app", ""),
        (302, "http://tax.example:8080@other.example/app", ""),
        (302, "http://me:pw@tax.example:8080/app", ""),
        (302, "http://tax.example:99999/app", ""),
        (302, "http://[tax.example:8080/app", ""),
        (302, "javascript:alert(1)", ""),
        (302, "http://tax.example.:8080/app", ""),
    ],
)
def test_where_it_leads(tmp_path: Path, status: int, location: str, then: str) -> None:
    assert sent(status, location, tmp_path) == then


def test_it_is_not_followed_unless_stated_nor_where_the_rule_is_about_it(tmp_path: Path) -> None:
    assert sent(302, "/b", tmp_path, TARGET.replace("follow: same-origin\n", "")) == ""
    assert sent(302, "/b", tmp_path, operation="a.see") == ""
    assert sent(303, "/b", tmp_path, operation="a.see") == "GET /b"


SIGNED = (
    TARGET
    + """\
signature:
  key: "${ENV:KEY}"
  parts: [method, target, date, nonce, "header:X-Channel", body]
  date: {header: X-Date, format: unix_ms}
  nonce: {header: X-Nonce}
  header: X-Sign
  value: "v1 ${SIGNATURE}"
defaults: {headers: {X-Channel: NFWB, X-Signer: desk}}
"""
)


def lines_of(request: HttpRequest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in request.headers.decode().splitlines():
        name, _, value = line.partition(": ")
        found.setdefault(name.lower(), []).append(value)
    return found


def signature_of(request: HttpRequest) -> str:
    """As the gateway computes it, of what came."""
    (date,), (nonce,) = (lines_of(request)[name] for name in ("x-date", "x-nonce"))
    parts = [request.method, request.path, date.encode(), nonce.encode(), b"NFWB", bytes(request.body)]
    return "v1 " + hmac.new(b"sesame", b"\n".join(parts), "sha256").hexdigest()


def followed(status: int, folder: Path, text: str) -> tuple[HttpRequest, HttpRequest | None]:
    """A request, and the one that follows its answer 3xx to /b?y=2."""
    city, memory = compile_binding(plain(folder, text), {"KEY": "sesame"}), ClientState()
    take_cookies(b"HTTP/1.1 200 OK\r\nSet-Cookie: S=1\r\n\r\n", memory, b"/app/a", city.site)
    first = city.request("a.b", {"n": 1}, memory)
    head = f"HTTP/1.1 {status} Found\r\nLocation: /b?y=2\r\n\r\n".encode()
    return first, next_request(city, "a.b", first, status, head, memory, ("http", "tax.example", 8080))


@pytest.mark.parametrize("status", [302, 303, 307, 308])
def test_a_request_that_is_led_elsewhere_is_signed_anew(tmp_path: Path, status: int) -> None:
    """Method, path, body, time and nonce are what it is now; no line of the first signature stays."""
    first, then = followed(status, tmp_path, SIGNED)
    assert then is not None and then.path == b"/b?y=2"
    for request in (first, then):
        assert lines_of(request)["x-sign"] == [signature_of(request)]
        assert lines_of(request)["x-signer"] == ["desk"] and len(lines_of(request)["x-date"]) == 1
    assert lines_of(first)["x-nonce"] != lines_of(then)["x-nonce"]


def test_what_can_no_longer_be_signed_is_not_followed(tmp_path: Path) -> None:
    """As GET it has no Content-Type, which is signed."""
    text = SIGNED.replace('"header:X-Channel"', '"header:Content-Type"')
    assert followed(303, tmp_path, text)[1] is None
    assert followed(307, tmp_path, text)[1] is not None


def test_a_digest_is_of_the_path_that_it_is_sent_to(tmp_path: Path) -> None:
    text = (
        TARGET.replace(
            "auth: {cookies: {}}",
            "auth: {digest: {user: me, password: '${ENV:KEY}', login: a.door}}",
        )
        + "  a.door: {path: /door, method: GET, body: null, success: {status: [401], where: {}}}\n"
    )
    city, memory = compile_binding(plain(tmp_path, text), {"KEY": "sesame"}), ClientState()
    head = b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\n\r\n'
    assert city.judge("a.door", 401, head, b"", memory).ok
    first = city.request("a.b", {"n": 1}, memory)
    head = b"HTTP/1.1 307 Found\r\nLocation: /b?y=2\r\n\r\n"
    then = next_request(city, "a.b", first, 307, head, memory, ("http", "tax.example", 8080))
    assert then is not None
    for request, path, count in ((first, "/app/a?x=1", 1), (then, "/b?y=2", 2)):
        (line,) = lines_of(request)["authorization"]
        said = dict(re.findall(r'(\w+)="?([^",]*)', line.removeprefix("Digest ")))
        asked = hashlib.md5(f"POST:{path}".encode()).hexdigest()
        secret = hashlib.md5(b"me:r:sesame").hexdigest()
        nonces = f"n:{count:08x}:{said['cnonce']}:auth"
        wanted = hashlib.md5(f"{secret}:{nonces}:{asked}".encode()).hexdigest()
        assert (said["uri"], said["response"]) == (path, wanted)


def test_an_operation_that_is_not_signed_is_followed_without_a_signature(tmp_path: Path) -> None:
    text = SIGNED.replace("body: document}", "body: document, sign: false}")
    first, then = followed(307, tmp_path, text)
    assert then is not None and "x-sign" not in {**lines_of(first), **lines_of(then)}


def test_a_redirected_request_is_one_request_and_its_hops_are_counted_apart(
    server: ScriptedServer, engine_at: MakeEngine
) -> None:
    cookie = "Set-Cookie: S=1; Path=/app\r\n"
    first: list[Step] = ["request", {"send": leads("/app/b", more=cookie)}, "request", {"wait": 0.05}]
    port = server.open([*first, {"send": leads("c", 307)}, "request", {"send": GOOD}, "hang"])
    engine, ends = engine_at(port), []
    engine.begin("test.b", monotonic_ns(), lambda run, how, now: ends.append(how), ClientState())
    until(lambda: ends == ["completed"])
    book = engine.recorder.books["a.b"]
    assert min(book.latency[0], book.service[0]) > 50_000_000  # to the last answer
    assert told(engine) == (1, 1, 0, {"a.b": 2})
    texts = server.seen(port)["texts"]
    assert [text.split(" HTTP/")[0] for text in texts] == ["POST /app/a?x=1", "GET /app/b", "GET /app/c"]
    assert ["Cookie: S=1\r\n" in text for text in texts] == [False, True, True]


def test_a_circle_ends_after_five_hops_as_an_error(server: ScriptedServer, engine_at: MakeEngine) -> None:
    port = server.open(["request", {"send": leads("/app/a")}, "again"])
    engine = engine_at(port)
    assert not engine.run("test.b")
    (failure,) = engine.recorder.failures.values()
    assert failure.reason.endswith("HTTP 302 to /app/a: not followed (after 5 redirects)")
    assert told(engine) == (1, 0, 1, {"a.b": 5})
    assert server.seen(port)["requests"] == 6


def test_a_hop_that_leaves_the_origin_is_an_error_and_nothing_is_sent_there(
    server: ScriptedServer, engine_at: MakeEngine
) -> None:
    other = server.open(["request", {"send": GOOD}, "again"])
    port = server.open(
        [
            "request",
            {"send": leads("/app/b")},
            "request",
            {"send": leads(f"http://127.0.0.1:{other}/")},
            "hang",
        ]
    )
    engine = engine_at(port)
    assert not engine.run("test.b")
    (failure,) = engine.recorder.failures.values()
    assert "leads to another host" in failure.reason
    assert (told(engine), server.seen(other)["connections"]) == ((1, 0, 1, {"a.b": 1}), 0)


def test_the_rate_of_the_target_file_holds_for_hops(server: ScriptedServer, engine_at: MakeEngine) -> None:
    port = server.open(["request", {"send": leads("/app/b")}, "request", {"send": GOOD}, "again"])
    engine = engine_at(port)
    engine.bucket = bucket = TokenBucket(100, among=1)
    assert engine.run("test.b")
    assert bucket.asked == 2


def test_a_journey_that_is_cut_before_a_held_hop_sends_no_more(
    server: ScriptedServer, engine_at: MakeEngine
) -> None:
    port = server.open(["request", {"send": leads("/app/b")}, "request", {"send": GOOD}, "again"])
    engine = engine_at(port)
    engine.bucket = TokenBucket(1, among=1)
    engine.bucket.wait_ns(monotonic_ns())  # of the two that may be saved up one is left
    engine.begin("test.b", monotonic_ns(), lambda run, how, now: None)
    until(lambda: engine.recorder.redirects == 1)
    assert engine.cut_all() == 1
    gevent.sleep(1.2)
    assert server.seen(port)["requests"] == 1
