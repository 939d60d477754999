"""Hostile requests: whatever comes, the answer is a rejection or HTTP 400, 404, 405, 413; it lives on."""

from __future__ import annotations

import json
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renhai.reference.operations.catalogue import operations, path_of
from tests.reference.documents import (
    general,
    invoice,
    invoice_range,
    payment,
    registration,
    small_2014,
    small_2016,
    verification,
)
from tests.reference.running import Client, Target, target
from tests.share import examples

OPERATIONS = [operation.name for operation in operations()]
PATHS = [path_of(operation) for operation in operations()]
SETTINGS = settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from([10**400, -(10**18), 1e308, "１２", "\x00", "9" * 5000, "2024-01-01"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def answered(client: Client, path: str, body: bytes) -> tuple[int, bytes]:
    status, answer = client.raw("POST", path, body)
    refused = {422} if "/printing/" in path else set()  # a paper that is refused is no paper
    assert status in {200, 400, 413} | refused, (status, answer)
    assert b"Traceback" not in answer
    return status, answer


@pytest.fixture(scope="module")
def known(shared: Target) -> Client:
    """Taxpayer 900,000 is registered and has a range, so that documents get past those checks."""
    client = shared.client()
    client.ok("registration.save", registration(90_000))
    client.ok("invoice.buy", invoice_range(90_000))
    return client


SOUND = [
    ("registration.save", registration(80_000)),
    ("invoice.buy", invoice_range(90_000, first=30)),
    ("invoice.issue", invoice(90_000)),
    ("invoice.verify", verification(90_000, 1, 1, 100, 17)),
    ("declaration.submit", general(90_000)),
    ("declaration.submit", small_2014(90_000)),
    ("declaration.submit", small_2016(90_000)),
    ("collection.pay", payment(90_000, ("10014301030000000001", 1))),
    ("declaration.void", general(90_000) | {"pzxh": "10014301030000000001"}),
]


def places(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every position inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] + [place for key, item in inner for place in places(item, (*at, key))]


def replaced(value: object, at: tuple[object, ...], new: object) -> object:
    if not at:
        return new
    assert isinstance(value, (dict, list))
    copy = value.copy()
    copy[at[0]] = replaced(value[at[0]], at[1:], new)
    return copy


@SETTINGS
@given(data=st.data())
def test_anything_in_the_place_of_anything(known, data):
    operation, document = data.draw(st.sampled_from(SOUND))
    spot = data.draw(st.sampled_from(places(document)))
    spoilt = replaced(document, spot, data.draw(json_values))
    answered(known, "/api/" + operation.replace(".", "/"), json.dumps(spoilt).encode())


@SETTINGS
@given(
    path=st.sampled_from(PATHS),
    body=st.binary(max_size=200) | json_values.map(lambda v: json.dumps(v).encode()),
)
def test_any_body_at_any_operation(client, path, body):
    answered(client, path, body)


BODIES = {
    "nothing": (b"", 400),
    "half": (b'{"djxh": "1', 400),
    "not a number": (b'{"djxh": NaN}', 400),
    "not UTF-8": ('{"nsrmc": "长沙"}'.encode("gbk"), 400),
    "lone surrogate": (b'{"nsrmc": "\\ud800"}', 400),
    "too deep for a parser": (b"[" * 100_000, 400),
    "deep": (b'{"djxh":' * 900 + b"1" + b"}" * 900, 200),
    "a list": (b"[]", 200),
    "null": (b"null", 200),
    "text": (b'"djxh"', 200),
    "an enormous number": (b'{"djxh": 1e999}', 400),
    "a long number": (b'{"djxh": ' + b"9" * 5000 + b"}", 200),
    "ten megabytes": (b'{"djxh": "' + b"1" * 10_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/api/declaration/submit", "/api/registration/query"])
def test_bodies_that_are_no_document(client, path, name):
    body, expected = BODIES[name]
    status, answer = answered(client, path, body)
    if name not in ("a long number", "an enormous number"):
        assert status == expected, answer
    if status == 200:
        assert json.loads(answer)["rtn_code"] == "1"


def test_a_chunked_body_is_bounded_too(client, shared):
    """The target may close while we still send: it has answered by then, or reset us."""
    with socket.create_connection(("127.0.0.1", shared.port), timeout=10) as connection:
        connection.sendall(
            b"POST /api/registration/query HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
        for _ in range(40):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert client.get("health")["ok"]


def test_paths_and_methods(client):
    assert client.raw("POST", "/api/registration/delete", b"{}")[0] == 404
    assert client.raw("POST", "/", b"{}")[0] == 404
    assert client.raw("GET", "/api/registration/query")[0] == 405
    assert client.raw("GET", "/admin/list/secrets")[0] == 404
    assert client.raw("GET", "/admin/")[0] == 404
    assert client.raw("POST", "/admin/health", b"{}")[0] == 405
    assert client.raw("PUT", "/admin/faults", b"{}")[0] == 405
    for query in ("limit=-1", "limit=10001", "after=x", "after=99999999999999999999"):
        assert client.raw("GET", "/admin/list/payments?" + query)[0] == 400


def test_a_client_that_leaves_in_the_middle_of_its_request_is_counted_as_an_error(
    client: Client, shared: Target
):
    before = client.counts("collection.state")
    with socket.create_connection(("127.0.0.1", shared.port), timeout=10) as connection:
        connection.sendall(b"POST /api/collection/state HTTP/1.1\r\nhost: t\r\ncontent-length: 100\r\n\r\n{")
        while client.counts("collection.state")["received"] == before["received"]:
            pass
    while client.counts("collection.state")["error"] == before["error"]:
        pass
    counted = {"received": before["received"] + 1, "error": before["error"] + 1}
    assert client.counts("collection.state") == before | counted


def test_nothing_hostile_was_printed():
    """No traceback on either stream after a round of the worst bodies."""
    with target() as running:
        client = running.client()
        for body, _ in BODIES.values():
            for path in PATHS:
                answered(client, path, body)
        counts = client.get("counts")["operations"]
        assert all(c["received"] == len(BODIES) == c["rejected"] + c["error"] for c in counts.values())
        client.close()
        assert running.stop() == 0
        assert running.process.communicate()[1] == ""
