"""HTTP off the load path: `requests`, bound to one origin at the address that the guard allowed.

No proxy, no .netrc, no CA of the environment, no redirect and no other host: all that `requests` does of
these by itself is taken away, so that a request reaches the target or nothing.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter


class PinnedSession(requests.Session):
    """A session for `url` (http://host:port) at `address`; other origins are a requests.RequestException.

    tls: `verify`, `ca`, `certificate` and `key` of a normalised binding. The server is asked for by the name
    of the URL, and has to prove it. A redirect raises requests.TooManyRedirects, and nothing is sent there.
    """

    def __init__(self, url: str, address: str, tls: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self.adapters.clear()
        origin = urlsplit(url)
        if tls and not tls.get("verify", True):
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # the target file says it
        self._origin = f"{origin.scheme}://{origin.netloc}"
        self.mount(f"{self._origin}/", _Pinned(url, address, tls or {}))

    def get_json(self, path: str, timeout: float, most_bytes: int = 1 << 20) -> Any:
        """The document at a path, which starts with /. timeout: seconds for connecting, and for each wait.

        Raises requests.RequestException when it does not come, with another status than 200 too, and
        ValueError when it is no JSON or longer than `most_bytes`.
        """
        with self.get(self._origin + path, timeout=timeout, stream=True) as answer:
            if answer.status_code != 200:
                raise requests.HTTPError(f"status {answer.status_code}", response=answer)
            body = b""
            for piece in answer.iter_content(1 << 16):
                body += piece
                if len(body) > most_bytes:
                    raise ValueError(f"longer than {most_bytes} bytes")
        return json.loads(body)


class _Pinned(HTTPAdapter):
    def __init__(self, url: str, address: str, tls: Mapping[str, Any]) -> None:
        self._parts, self._address, self._tls = urlsplit(url), address, tls
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        scheme = self._parts.scheme
        port = self._parts.port or (443 if scheme == "https" else 80)
        options = None
        if scheme == "https":
            options = {"ssl_context": self._context, "server_hostname": self._parts.hostname}
        return self.poolmanager.connection_from_host(self._address, port, scheme, pool_kwargs=options)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return tls_context(self._tls)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing: the context says whom to trust; requests would add authorities of its own."""

    def add_headers(self, request: requests.PreparedRequest, **_: Any) -> None:
        """The name of the URL; else the server would be asked for by its address."""
        request.headers["Host"] = self._parts.netloc


def tls_context(tls: Mapping[str, Any]) -> ssl.SSLContext:
    """Whom to trust and who we are, by a normalised binding's `tls`."""
    context = ssl.create_default_context(cafile=tls.get("ca"))
    if not tls.get("verify", True):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if tls.get("certificate"):
        context.load_cert_chain(str(Path(tls["certificate"])), tls.get("key"))
    return context
