"""What a cookie costs a request: our jar beside http.cookiejar. `python -m benchmarks cookies`.

Two cookies of other paths; for each request its line is made, and an answer that sets one of them is taken.
Microseconds of one core, the best of five rounds. Goal: ours takes a tenth of the other's time at most.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable, Sequence
from email import message_from_string
from http.client import HTTPMessage
from http.cookiejar import CookieJar as Standard
from urllib.request import Request

from benchmarks.rig import report, table
from renhai.binding.state.cookies import CookieJar, Site

GOAL = 0.1
TIMES = 5_000
LINES = "Set-Cookie: JSESSIONID=0123456789abcdef; Path=/filing; HttpOnly\r\nSet-Cookie: lb=7; Path=/\r\n\r\n"


class Answer:
    """As http.cookiejar wants an answer."""

    def info(self) -> HTTPMessage:
        return message_from_string(LINES, HTTPMessage)


def ours() -> tuple[Callable[[], object], Callable[[], object]]:
    jar, site, head = CookieJar(), Site("tax.example", secure=False), f"HTTP/1.1 200 OK\r\n{LINES}".encode()
    jar.take(head, "/filing/login", site)
    assert jar.line("/filing/page", site) == b"Cookie: JSESSIONID=0123456789abcdef; lb=7\r\n"
    return lambda: jar.line("/filing/page", site), lambda: jar.take(head, "/filing/login", site)


def theirs() -> tuple[Callable[[], object], Callable[[], object]]:
    jar, answer = Standard(), Answer()
    jar.extract_cookies(answer, Request("http://tax.example/filing/login"))  # type: ignore[arg-type]

    def line() -> str | None:
        request = Request("http://tax.example/filing/page")
        jar.add_cookie_header(request)
        return request.get_header("Cookie")

    assert line() == "JSESSIONID=0123456789abcdef; lb=7"
    asked = Request("http://tax.example/filing/login")
    return line, lambda: jar.extract_cookies(answer, asked)  # type: ignore[arg-type]


def microseconds(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=TIMES, repeat=5)) / TIMES * 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when the goal was missed."""
    figures = {"renhai": [microseconds(call) for call in ours()]}
    figures["http.cookiejar"] = [microseconds(call) for call in theirs()]
    rows = [(name, *(f"{value:.1f}" for value in pair)) for name, pair in figures.items()]
    page = [table(("jar", "line, us", "answer, us"), rows)]
    report("cookies", "Cookies", page, figures, keep=False)  # it is said by a ratio alone, by no page
    return int(sum(figures["renhai"]) > GOAL * sum(figures["http.cookiejar"]))


if __name__ == "__main__":
    sys.exit(main())
