"""Redirects: where an answer 3xx leads, and the request that follows it, if the target file says so.

`follow: same-origin` follows to the same scheme, host and port alone, at most MOST_HOPS times for a request.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

from renhai.binding.authentication import take_cookies
from renhai.binding.codec import CompiledBinding, HttpRequest
from renhai.binding.state.client_state import ClientState

MOST_HOPS = 5
AS_GET = frozenset({301, 302, 303})  # what browsers send after a POST (RFC 9110, section 15.4)
AS_IT_WAS = frozenset({307, 308})
SAFE = "%/:=&?~+!$,;'@()*[]"  # of an address that is an address already

Origin = tuple[str, str | None, int | None]

_LOCATION = re.compile(rb"\r\nlocation:[ \t]*([^\r\n]*)", re.IGNORECASE)
_OF_THE_BODY = (b"content-type:", b"content-encoding:", b"content-language:")
_COOKIE = (b"cookie:",)
_ANEW = {"cookies": _COOKIE, "digest": (*_COOKIE, b"authorization:")}  # lines of auth that go by the path


def origin_of(url: str) -> Origin:
    """(scheme, host, port) with the port spelled out; a port that is none gives None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


def base_of(origin: Origin) -> str:
    """`http://host:port`."""
    scheme, host, port = origin
    return f"{scheme}://{'[' + host + ']' if host and ':' in host else host}:{port}"


def next_request(
    binding: CompiledBinding,
    operation: str,
    sent: HttpRequest,
    status: int,
    head: bytes,
    memory: ClientState | None,
    origin: Origin,
) -> HttpRequest | None:
    """The request to send after this answer; None where it is to be judged as it is.

    So it is where the target file follows nothing, where the operation's own rule is about this status, where
    it leads to another origin, and where it can no longer be signed. Cookies that the answer set go with it,
    and a signature of its own.
    """
    if not binding.follows or status in binding.statuses[operation] or origin[1] is None:
        return None
    found = _LOCATION.search(head)
    if found is None or status not in AS_GET | AS_IT_WAS:
        return None
    path = _path(sent.path, found[1], origin)
    if not path:
        return None
    signing = binding.signing
    if memory is not None and signing.keeps_cookies:
        take_cookies(head, memory, sent.path, binding.site)
    bare = status in AS_GET and sent.method != b"HEAD"
    left_out = (*_ANEW.get(signing.kind, _COOKIE), *(_OF_THE_BODY if bare else ()))
    lines = [line for line in sent.headers.splitlines(keepends=True) if not line.lower().startswith(left_out)]
    method, body = (b"GET", b"") if bare else (sent.method, sent.body)
    request = sent._replace(method=method, path=path, headers=b"".join(lines), body=body)
    try:
        request = binding.signed_anew(operation, request)
    except ValueError:  # what is signed went with the body
        return None
    if memory is None or signing.headers is None or signing.kind not in _ANEW:
        return request
    if operation in signing.logins and not signing.keeps_cookies:
        return request
    own = signing.headers(memory, method, path, binding.site)
    return request._replace(headers=request.headers + own)


def _path(path: bytes, location: bytes, origin: Origin) -> bytes:
    """The path and query that a `Location` leads to from `path`; b"" where it leaves the origin."""
    try:
        url = urljoin(base_of(origin) + path.decode("latin-1"), location.decode("utf-8", "replace").strip())
        parts = urlsplit(url)
    except ValueError:
        return b""
    if origin_of(url) != origin or parts.username is not None:
        return b""
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=SAFE).encode("ascii")
