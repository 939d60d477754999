"""The guard inside a load process: the ceiling of the rate, redirects, and every other address barred."""

from __future__ import annotations

import subprocess
import sys

import pytest

from renhai.binding.codec import Reply
from renhai.load.http.redirects import judged, origin_of
from renhai.load.http.types import Result
from renhai.safety.rate_limit import TokenBucket
from tests.load.locust.locust_run import HOME

SECOND = 1_000_000_000


def test_a_bucket_of_two_seconds_then_one_request_each_tenth_of_a_second() -> None:
    bucket = TokenBucket(20, among=2)  # 10/s are ours, so 20 may be saved up
    waits = [bucket.wait_ns(5 * SECOND) for _ in range(23)]
    assert waits == [0] * 20 + [SECOND // 10, 2 * SECOND // 10, 3 * SECOND // 10]
    assert (
        bucket.wait_ns(5 * SECOND + 4 * SECOND // 10) == 0
    )  # what the three wait for has come, and one more
    assert (bucket.asked, bucket.held) == (24, 3)
    assert bucket.distorts


def test_nothing_is_saved_up_beyond_two_seconds_and_the_share_can_shrink() -> None:
    bucket = TokenBucket(10, among=1)
    bucket.wait_ns(0)
    bucket.share(among=2)  # a worker joined late: 5/s, 10 saved up
    waits = [bucket.wait_ns(100 * SECOND) for _ in range(11)]
    assert waits == [0] * 10 + [SECOND // 5]


def test_a_few_held_requests_in_thousands_are_overlooked() -> None:
    bucket = TokenBucket(1000, among=1)
    for n in range(3000):
        bucket.wait_ns(n * SECOND // 1000)
    assert (bucket.held, bucket.distorts) == (0, False)
    bucket.held = 3
    assert not bucket.distorts
    bucket.held = 4
    assert bucket.distorts


def answer(status: int, location: str) -> Result:
    result = Result()
    result.status = status
    result.head = f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\n\r\n".encode()
    return result


ERROR, OK = Reply("error", {}, "", "HTTP 302"), Reply("ok", {"a": 1}, "", "")


@pytest.mark.parametrize(
    ("location", "reply", "outcome", "reason"),
    [
        ("/login?ticket=1", ERROR, "error", "HTTP 302 to /login: not followed"),
        ("http://tax.test/a", ERROR, "error", "HTTP 302 to /a: not followed"),
        ("http://TAX.test:80/a", OK, "ok", ""),  # the binding takes a 302 for success: it stays where it is
        (
            "http://other.test/a?t=1",
            OK,
            "error",
            "HTTP 302 leads to another host, http://other.test/a: not followed",
        ),
        (
            "//other.test/a",
            ERROR,
            "error",
            "HTTP 302 leads to another host, http://other.test/a: not followed",
        ),
        (
            "https://tax.test/",
            ERROR,
            "error",
            "HTTP 302 leads to another host, https://tax.test/: not followed",
        ),
        (
            "http://tax.test:8080/",
            OK,
            "error",
            "HTTP 302 leads to another host, http://tax.test:8080/: not followed",
        ),
    ],
)
def test_a_redirect_is_not_followed(location: str, reply: Reply, outcome: str, reason: str) -> None:
    found = judged(origin_of("http://tax.test"), answer(302, location), reply)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_an_answer_without_a_location_is_as_the_binding_says() -> None:
    result = Result()
    result.status, result.head = 304, b"HTTP/1.1 304 Not Modified\r\n\r\n"
    assert judged(origin_of("http://tax.test"), result, OK) is OK


def test_a_socket_connects_to_the_pinned_addresses_and_this_machine_only() -> None:
    # 192.0.2.0/24 is for documentation: without the bar this would wait, not fail with its reason
    code = """if True:
        import socket
        from renhai.safety.egress import Barred, bar
        said = []
        bar(["203.0.113.9"], said.append)
        for place in ("192.0.2.7", "2001:db8::1"):
            try:
                socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET).connect((place, 80))
            except Barred as error:
                print(error.strerror)
        for way in (lambda to: udp.sendto(b"x", to), lambda to: udp.sendmsg([b"x"], [], 0, to)):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                way(("192.0.2.8", 9))
            except Barred as error:
                print(error.strerror)
        with socket.socket() as server, socket.socket() as client:
            server.bind(("127.0.0.1", 0)); server.listen()
            client.connect(server.getsockname())
        print(len(said))
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, timeout=60)
    refused = "the guard refused a connection to {}, which is not the target"
    expected = [refused.format(place) for place in ("192.0.2.7", "2001:db8::1", "192.0.2.8", "192.0.2.8")]
    assert done.stdout.splitlines() == [*expected, "4"], done.stderr


def test_no_proxy_is_taken_from_the_environment() -> None:
    # one on this machine would connect to any host for us, unseen by the bar
    code = """if True:
        import urllib.request
        from renhai.safety.egress import bar
        print(len(urllib.request.getproxies()))
        bar([], print)
        print(urllib.request.getproxies())
    """
    there = {
        "HTTP_PROXY": "http://127.0.0.1:1",
        "https_proxy": "http://127.0.0.1:1",
        "ALL_PROXY": "http://[::1]:1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, timeout=60, env=there
    )
    assert done.stdout.splitlines() == ["3", "{}"], done.stderr


def test_who_was_allowed_under_an_earlier_bar_is_judged_anew() -> None:
    code = """if True:
        import errno, socket
        from renhai.safety.egress import Barred, bar
        bar(["192.0.2.7"], print)
        def ask():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.connect(("192.0.2.7", 9))
                except Barred as error:
                    return "refused"
                except OSError:
                    pass  # no way there from here: the bar let it go
                return "let go"
        first = ask(), ask()
        bar(["203.0.113.9"], lambda host: None)
        print(*first, ask(), ask())
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["let", "go", "let", "go", "refused", "refused"], done.stderr
