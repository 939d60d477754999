"""Locust's page answers who has the token, and no page of another site: requests as browsers send them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from renhai.load.locust.page_gate import PageGate

TOKEN = "0123456789abcdef0123456789abcdef"
HERE = "http://127.0.0.1:8089"
COOKIE = f"renhai_8089={TOKEN}"


def page(environ: Any, start_response: Any) -> Iterable[bytes]:
    return Response("the page")(environ, start_response)


def ask(path: str = "/stats/requests", method: str = "GET", **headers: str) -> Response:
    """Headers by their names with _ for -; Host is the page's own unless given."""
    named = {name.replace("_", "-"): value for name, value in {"Host": "127.0.0.1:8089", **headers}.items()}
    return Client(PageGate(page, TOKEN, 8089), Response, use_cookies=False).open(
        path, method=method, headers=named
    )


REFUSED = {  # (headers of a request that carries the cookie or the token all the same, status)
    "nothing": ({}, 401),
    "another token": ({"Cookie": "renhai_8089=x"}, 401),
    "an empty token": ({"Cookie": "renhai_8089="}, 401),
    "a token that is no ASCII": ({"Cookie": "renhai_8089=\xe9"}, 401),
    "the cookie of another port": ({"Cookie": f"renhai_8090={TOKEN}"}, 401),
    "a cookie that is none": ({"Cookie": "\x01=;;=[]"}, 401),
    "basic": ({"Authorization": f"Basic {TOKEN}"}, 401),
    "a form of another site": ({"Cookie": COOKIE, "Origin": "http://evil.example"}, 403),
    "a form of a file or a sandbox": ({"Cookie": COOKIE, "Origin": "null"}, 403),
    "a server at another port": ({"Cookie": COOKIE, "Origin": "http://127.0.0.1:8090"}, 403),
    "https": ({"Cookie": COOKIE, "Origin": "https://127.0.0.1:8089"}, 403),
    "another name of this machine": ({"Cookie": COOKIE, "Origin": "http://localhost:8089"}, 403),
    "an image of another site": ({"Cookie": COOKIE, "Sec_Fetch_Site": "cross-site"}, 403),
    "a page of this machine": ({"Cookie": COOKIE, "Sec_Fetch_Site": "same-site"}, 403),
    "a name that was rebound": (
        {"Cookie": COOKIE, "Host": "evil.example:8089", "Origin": "http://evil.example:8089"}, 403
    ),
    "a name that begins alike": ({"Cookie": COOKIE, "Host": "127.0.0.1.evil.example:8089"}, 403),
    "no port": ({"Cookie": COOKIE, "Host": "127.0.0.1"}, 403),
}  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("kind", REFUSED)
def test_a_stranger_sees_nothing_and_steers_nothing(kind: str, method: str) -> None:
    headers, status = REFUSED[kind]
    answer = ask("/swarm", method, **headers)
    assert answer.status_code == status
    assert "the page" not in answer.text and TOKEN not in str(answer.headers) + answer.text
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("headers", [
    {"Cookie": COOKIE},
    {"Cookie": f"a=b; {COOKIE}", "Origin": HERE, "Sec_Fetch_Site": "same-origin"},
    {"Authorization": f"Bearer {TOKEN}"},
    {"Authorization": f"Bearer {TOKEN}", "Host": "localhost:8089", "Origin": "http://localhost:8089"},
    {"Authorization": f"bearer {TOKEN}", "Host": "[::1]:8089", "Sec_Fetch_Site": "none"},
])  # fmt: skip
def test_who_has_the_token_passes(headers: dict[str, str]) -> None:
    assert ask("/swarm", "POST", **headers).text == "the page"


def test_the_printed_address_becomes_a_cookie_and_a_clean_address() -> None:
    answer = ask(f"/?token={TOKEN}&tab=renhai")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?tab=renhai")
    assert answer.headers["Set-Cookie"] == f"{COOKIE}; HttpOnly; SameSite=Strict; Path=/"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert ask(f"/?token={TOKEN}", "POST").status_code == 401  # a form of another site could hold it
    assert ask("/?token=wrong").status_code == 401
    assert ask(f"/?token={TOKEN}", Sec_Fetch_Site="cross-site").status_code == 403


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "///evil.example"])
def test_the_clean_address_is_always_here(path: str) -> None:
    gate = PageGate(page, TOKEN, 8089)
    told: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET", "HTTP_HOST": "127.0.0.1:8089", "PATH_INFO": path,
        "QUERY_STRING": f"token={TOKEN}",
    }  # fmt: skip
    gate(environ, lambda status, headers: told.append((status, dict(headers))))
    ((status, headers),) = told
    assert status == "303 See Other" and headers["Location"] == "/evil.example" + "/" * path.endswith("/")


def test_no_header_can_be_put_into_the_answer() -> None:
    answer = ask(f"/a%0d%0aSet-Cookie:%20b?token={TOKEN}&tab=%0d%0a")
    assert answer.headers["Location"] == "/a%0D%0ASet-Cookie%3A%20b?tab=%0D%0A"
