"""Cookies by RFC 6265: name, domain and path; Expires, Max-Age and deletion; host-only and Secure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.binding.state import cookies
from renhai.binding.state.client_state import ClientState
from renhai.binding.state.cookies import (
    CookieJar,
    Site,
    default_path,
    domain_matches,
    parse_date,
    path_matches,
)
from tests.binding.making import binding

HERE = Site("tax.example", secure=False)


def jar(*lines: str, path: str = "/", site: Site = HERE) -> CookieJar:
    made = CookieJar()
    for line in lines:
        take(made, line, path, site)
    return made


def take(into: CookieJar, line: str, path: str = "/", site: Site = HERE) -> None:
    into.take(f"HTTP/1.1 200 OK\r\nSet-Cookie: {line}\r\n\r\n".encode("latin-1"), path, site)


def sent(found: CookieJar, path: str = "/", site: Site = HERE) -> str:
    line = found.line(path, site).decode("latin-1")
    assert not line or (line.startswith("Cookie: ") and line.endswith("\r\n"))
    return line[8:-2]


def test_two_applications_keep_a_session_of_one_name_each() -> None:
    found = jar("JSESSIONID=p1; Path=/portal; HttpOnly", "JSESSIONID=f1; Path=/filing; HttpOnly")
    assert [sent(found, path) for path in ("/portal/page", "/filing/page", "/filing", "/", "/filings")] == [
        "JSESSIONID=p1",
        "JSESSIONID=f1",
        "JSESSIONID=f1",
        "",
        "",
    ]
    take(found, "JSESSIONID=f2; Path=/filing")
    take(found, "JSESSIONID=x; Path=/portal; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    assert (sent(found, "/portal/a"), sent(found, "/filing/a")) == ("", "JSESSIONID=f2")


def test_longer_paths_first_then_the_older() -> None:
    found = jar("a=1; Path=/", "b=2; Path=/x/y", "c=3; Path=/x", "d=4; Path=/")
    take(found, "a=5; Path=/")  # a new value keeps its age
    assert sent(found, "/x/y/z") == "b=2; c=3; a=5; d=4"


@pytest.mark.parametrize(
    "gone",
    [
        "a=; Max-Age=0",
        "a=x; max-age=-5",
        "a=x; Expires=Thu, 01-Jan-1970 00:00:10 GMT",
        "a=x; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
        "a=deleted; Expires=Wed, 31-Dec-80 23:59:59 GMT",
    ],
)
def test_a_deleted_cookie_is_gone_and_no_other(gone: str) -> None:
    found = jar("a=1", "b=2")
    take(found, gone)
    assert sent(found) == "b=2"
    take(found, "b=; Max-Age=0; Path=/elsewhere")  # another path is another cookie
    assert sent(found) == "b=2"


@pytest.mark.parametrize(
    "kept",
    ["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=1; Max-Age=soon", "a=1; Expires=never"],
)
def test_what_does_not_end_it_keeps_it(kept: str) -> None:
    assert sent(jar(kept)) == "a=1"


def test_a_cookie_ends_when_its_time_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    found = jar("short=1; Max-Age=10", "long=2; Max-Age=20")
    now = cookies.time()
    assert sent(found) == "short=1; long=2"
    monkeypatch.setattr(cookies, "time", lambda: now + 11)
    assert sent(found) == "long=2"
    monkeypatch.setattr(cookies, "time", lambda: now + 21)
    assert (sent(found), bool(found)) == ("", False)


@pytest.mark.parametrize(
    ("domain", "kept"),
    [
        ("", True),
        ("; Domain=tax.example", True),
        ("; Domain=.TAX.example", True),
        ("; Domain=example", True),  # a list of public suffixes is left out, as the RFC allows
        ("; Domain=other.example", False),
        ("; Domain=sub.tax.example", False),
        ("; Domain=x.example", False),
    ],
)
def test_a_domain_must_be_the_hosts_own(domain: str, kept: bool) -> None:
    assert sent(jar(f"a=1{domain}")) == ("a=1" if kept else "")


def test_host_only_and_domain_cookies_of_one_name_are_two() -> None:
    assert sent(jar("a=1", "a=2; Domain=example")) == "a=1; a=2"


def test_secure_goes_by_tls_only() -> None:
    found = jar("a=1; Secure", "b=2")
    assert sent(found) == "b=2"
    assert sent(jar("a=1; secure", "b=2"), site=Site("tax.example", secure=True)) == "a=1; b=2"


@pytest.mark.parametrize(
    ("line", "as_sent"),
    [
        ("a=", "a="),
        ('a="x y"', 'a="x y"'),
        (" a = b=c ", "a=b=c"),
        ("nothing", ""),
        ("=x", ""),
        ("a=b\x01c", ""),
        ("a=" + "x" * 5000, ""),
    ],
)
def test_pairs(line: str, as_sent: str) -> None:
    assert sent(jar(line)) == as_sent


def test_without_a_path_it_is_the_folder_of_the_request() -> None:
    found = jar("a=1", "b=2; Path=relative", path="/app/login")
    assert (sent(found, "/app/x"), sent(found, "/other")) == ("a=1; b=2", "")
    assert [default_path(path) for path in ("/", "/a", "/a/", "/a/b/c", "x")] == ["/", "/", "/a", "/a/b", "/"]


def test_the_jar_is_bounded() -> None:
    found = jar(*[f"c{n}=1" for n in range(60)])
    assert sent(found).split("; ")[0] == "c10=1" and sent(found).count("=") == 50


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "6 nov 1994 8:49:37",
    ],
)
def test_dates(text: str) -> None:
    assert parse_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "Sun, 06 Nov 1994", "31 Feb 2020 00:00:00", "1 Jan 2020 25:00:00"]
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


@given(st.text(max_size=60))
def test_no_text_breaks_a_date(text: str) -> None:
    found = parse_date(text)
    assert found is None or found == found  # a number


@given(st.text(alphabet="ab/", max_size=8), st.text(alphabet="ab/", max_size=8))
def test_a_path_matches_its_own_folder_and_what_is_below(path: str, cookie: str) -> None:
    path, cookie = "/" + path, "/" + cookie
    below = [*cookie.rstrip("/").split("/")]
    expected = path == cookie or (
        path.split("/")[: len(below)] == below and len(path) > len(cookie.rstrip("/"))
    )
    assert path_matches(path, cookie) == (expected and path.startswith(cookie))


def test_an_address_has_no_names_below() -> None:
    assert not domain_matches("10.0.0.1", "0.0.1")
    assert domain_matches("a.b.example", "b.example")
    assert not domain_matches("ab.example", "b.example")


def test_a_new_login_leaves_the_other_applications_session_and_leaving_ends_it(tmp_path: Path) -> None:
    city = binding(tmp_path, "auth: {cookies: {}}\noperations: {a.b: {path: '/app/x?y=/z'}}\n")
    memory = ClientState()
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: S=1; Path=/app\r\nSet-Cookie: R=2; Max-Age=60; Path=/\r\n\r\n"
    city.judge("a.b", 200, head, b"{}", memory, (), b"/app/login?a=/b")
    memory.sign_out()
    assert city.request("a.b", {}, memory).headers.endswith(b"Cookie: S=1; R=2\r\n")
    assert set(memory.secrets()) == {"1", "2"}
    memory.leave()
    assert city.request("a.b", {}, memory).headers.endswith(b"Cookie: R=2\r\n")
