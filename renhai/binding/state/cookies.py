"""The cookies of one operator, by RFC 6265: name, domain and path; Expires, Max-Age, Secure, host-only.

Not the standard library's http.cookiejar: it keeps the rules of Netscape and RFC 2965 (a host without a dot
gets `.local`, a cookie of a deeper path than the request's is refused), wants request and response objects,
and takes many times as long for a request (`python -m benchmarks cookies` prints both), which here is time of
the load process. A load test talks to one host, so a list of public suffixes would change nothing and is
left out, as the RFC allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from time import time

NEVER = float("inf")
PAST = float("-inf")
MOST = 50  # cookies of one host that a client need keep (RFC 6265, section 6.1); the oldest goes
LONGEST = 4096  # bytes of name and value, likewise

_DELIMITER = re.compile(r"[\x09\x20-\x2F\x3B-\x40\x5B-\x60\x7B-\x7E]+")  # section 5.1.1
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)")
_DAY = re.compile(r"(\d{1,2})(?!\d)")
_YEAR = re.compile(r"(\d{2,4})(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Site:
    """Whom the jar talks to: host in lower case, and whether by TLS. host "": not known, so any."""

    host: str = ""
    secure: bool = True


@dataclass
class Cookie:
    """One cookie. expires: seconds since the epoch."""

    name: str
    value: str
    path: str
    expires: float
    secure: bool


class CookieJar:
    """What one client keeps of one site. Times are this machine's clock."""

    __slots__ = ("_cookies", "_everywhere", "_expires")

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, str], Cookie] = {}  # by name, domain, path
        self._everywhere: bytes | None = None  # the line, where it is the same for every path
        self._expires = NEVER

    def __bool__(self) -> bool:
        return bool(self._cookies)

    def values(self) -> Iterator[str]:
        return (cookie.value for cookie in self._cookies.values())

    def get(self, name: str, default: str = "") -> str:
        """The value of a cookie by its name; of several the one of the longest path."""
        found = [cookie for cookie in self._cookies.values() if cookie.name == name]
        return max(found, key=lambda cookie: len(cookie.path)).value if found else default

    def end_session(self) -> None:
        """The browser is closed: cookies without an end of their own are gone."""
        self._cookies = {key: cookie for key, cookie in self._cookies.items() if cookie.expires != NEVER}
        self._everywhere = None

    def take(self, head: bytes, path: str, site: Site) -> None:
        """Keep what the `Set-Cookie` lines of an answer's head say; `path`: of its request, without query."""
        if head.lower().find(b"\nset-cookie:") < 0:
            return  # as most answers
        for line in head.split(b"\r\n"):
            if line[:11].lower() == b"set-cookie:":
                self._set(line[11:].decode("latin-1"), path, site)

    def line(self, path: str, site: Site) -> bytes:
        """`Cookie: a=1; b=2` and CRLF for a request of this path, or nothing."""
        if not self._cookies:
            return b""
        now = time()
        if now >= self._expires:
            self._drop(now)
        if self._everywhere is None:
            self._everywhere = self._for_all(site)
        return self._everywhere or self._line(path, site)

    def _for_all(self, site: Site) -> bytes:
        """The line, where it is one for all paths; else b"", which says nothing."""
        if any(cookie.path != "/" for cookie in self._cookies.values()):
            return b""
        return self._line("/", site)

    def _line(self, path: str, site: Site) -> bytes:
        sent = [
            cookie
            for cookie in self._cookies.values()
            if (site.secure or not cookie.secure) and path_matches(path, cookie.path)
        ]
        sent.sort(key=lambda cookie: -len(cookie.path))  # longer paths first, then older ones (stable)
        if not sent:
            return b""
        pairs = "; ".join([f"{cookie.name}={cookie.value}" for cookie in sent])
        return f"Cookie: {pairs}\r\n".encode("latin-1")

    def _set(self, text: str, path: str, site: Site) -> None:
        """Sections 5.2 and 5.3."""
        pair, *attributes = text.split(";")
        name, equals, value = pair.partition("=")
        name, value = name.strip(" \t"), value.strip(" \t")
        if not equals or not name or len(name) + len(value) > LONGEST or _unfit(name + value):
            return
        given = {}
        for attribute in attributes:
            key, _, said = attribute.partition("=")
            given[key.strip(" \t").lower()] = said.strip(" \t")
        domain = given.get("domain", "").removeprefix(".").lower()
        if domain and site.host and not domain_matches(site.host, domain):
            return
        where = given.get("path", "")
        where = where if where.startswith("/") else default_path(path)
        cookie = Cookie(name, value, where, expiry(given), "secure" in given)
        self._keep((name, domain or site.host, where), cookie)

    def _keep(self, key: tuple[str, str, str], cookie: Cookie) -> None:
        self._everywhere = None
        if cookie.expires <= time():
            self._cookies.pop(key, None)
            return
        if key not in self._cookies and len(self._cookies) >= MOST:
            del self._cookies[next(iter(self._cookies))]
        self._cookies[key] = cookie  # one that is there keeps its age
        self._expires = min(self._expires, cookie.expires)

    def _drop(self, now: float) -> None:
        self._cookies = {key: cookie for key, cookie in self._cookies.items() if cookie.expires > now}
        self._expires = min((cookie.expires for cookie in self._cookies.values()), default=NEVER)
        self._everywhere = None


def _unfit(text: str) -> bool:
    """Control characters must not reach a request's head."""
    return any(ord(char) < 0x20 or ord(char) == 0x7F for char in text)


def expiry(given: dict[str, str]) -> float:
    """When a cookie with these attributes ends, in seconds since the epoch; Max-Age comes before Expires."""
    age = given.get("max-age", "")
    if re.fullmatch(r"-?\d+", age, re.ASCII):
        return time() + min(int(age), 10**10) if int(age) > 0 else PAST
    if "expires" in given:
        ends = parse_date(given["expires"])
        return NEVER if ends is None else ends
    return NEVER


def parse_date(text: str) -> float | None:
    """Seconds since the epoch of a cookie's date (section 5.1.1); None for what is no date."""
    clock: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DELIMITER.split(text):
        if clock is None and (found := _TIME.match(token)):
            clock = int(found[1]), int(found[2]), int(found[3])
        elif day is None and (found := _DAY.match(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.match(token)):
            year = int(found[1])
    if clock is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    if year < 1601:
        return None
    try:
        return datetime(year, month, day, *clock, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def domain_matches(host: str, domain: str) -> bool:
    """Section 5.1.3: the same, or a name below it; an address only matches itself."""
    if host == domain:
        return True
    if not host.endswith(f".{domain}"):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def default_path(path: str) -> str:
    """Section 5.1.4: the folder of the request's path."""
    return path[: path.rfind("/")] if path.startswith("/") and path.count("/") > 1 else "/"


def path_matches(path: str, cookie: str) -> bool:
    """Section 5.1.4."""
    return path == cookie or (path.startswith(cookie) and (cookie.endswith("/") or path[len(cookie)] == "/"))
