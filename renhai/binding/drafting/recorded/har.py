"""What a HAR holds: requests with their answers, and what of it is no business of a load."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from renhai.binding.drafting.documents import read_document, readable
from renhai.binding.drafting.draft import is_method
from renhai.binding.drafting.hidden import is_secret_part
from renhai.binding.drafting.notes import Note, note
from renhai.binding.drafting.recorded.bodies import body_of, charset_of
from renhai.binding.drafting.recorded.exchange import Answer, Body, Exchange, clean_path, pairs_of
from renhai.core.errors import Problem, UsageError

_PORTS = {"http": 80, "https": 443}
_STATIC = re.compile(
    r"\.(?:m?js|css|map|png|jpe?g|gif|svg|ico|bmp|webp|avif|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|swf)$",
    re.IGNORECASE,
)
_STATIC_MEDIA = re.compile(r"^(?:image|font|audio|video)/|^text/css|javascript|font-woff", re.IGNORECASE)
_STATIC_KINDS = frozenset({"image", "stylesheet", "script", "font", "media", "manifest"})
_JSONP = re.compile(r"(?:^|&)(?:callback|jsonp(?:callback)?|cb)=\w")  # data, although its answer is a script
LARGEST_ANSWER = 2_000_000  # characters of an answer that are looked into


@dataclass
class Recording:
    """Requests in the order in which they began; `origins`: how many of them went where. static: left out as
    pages' own files, by their names and types, of which some other reader may know better."""

    exchanges: list[Exchange] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)
    static: list[Exchange] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)  # keys that stand twice in one place

    @property
    def origins(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for exchange in self.exchanges:
            found[exchange.origin] = found.get(exchange.origin, 0) + 1
        return found

    def left_out(self) -> list[Note]:
        """A line for each kind of request that is not drafted."""
        return [note(code, count=len(names), names=names) for code, names in self.left.items()]


def read_har(path: Path) -> Recording:
    """Raises UsageError."""
    twice: list[str] = []
    document = read_document(path, twice.extend)
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list) or not entries:
        raise UsageError(
            Problem(str(path), "log.entries", "is missing or empty; --from-har takes a recorded HAR")
        )
    recording = Recording(twice=twice)
    for number, entry in enumerate(entries):
        field_name = f"log.entries[{number}]"
        with readable(path, f"{field_name}.request.url", "a HAR"):
            address = entry["request"]["url"].strip()
        try:
            url = urlsplit(address)
            origin = origin_of(url)
        except ValueError:  # a port or an address that cannot be
            recording.left.setdefault("left_no_address", []).append(address.partition("?")[0][:60])
            continue
        with readable(path, field_name, "a HAR"):
            why = _left_out(entry, url)
            if why == "left_static":
                recording.static.append(replace(_exchange(entry, url, origin), entry=number))
            if why:
                recording.left.setdefault(why, []).append(_shown(url))
            else:
                recording.exchanges.append(replace(_exchange(entry, url, origin), entry=number))
    recording.exchanges.sort(key=lambda exchange: exchange.started or 0.0)
    return recording


def origin_of(url: SplitResult) -> str:
    """scheme://host[:port] without user, password and the scheme's own port."""
    host = (url.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = url.port
    return f"{url.scheme}://{host}" + (f":{port}" if port and port != _PORTS.get(url.scheme) else "")


def _left_out(entry: Mapping[str, Any], url: SplitResult) -> str:
    method = entry["request"]["method"].upper()
    answer = entry.get("response") or {}
    if method == "CONNECT":
        return "left_connect"
    if (
        entry.get("_resourceType") == "websocket"
        or url.scheme in ("ws", "wss")
        or answer.get("status") == 101
    ):
        return "left_websocket"
    if url.scheme not in _PORTS:
        return "left_scheme"
    if method == "OPTIONS" and "access-control-request-method" in _names(entry["request"].get("headers")):
        return "left_preflight"
    media = str((answer.get("content") or {}).get("mimeType") or "")
    static = not _JSONP.search(url.query) and (
        entry.get("_resourceType") in _STATIC_KINDS
        or bool(_STATIC.search(url.path) or _STATIC_MEDIA.search(media))
    )
    if method in ("GET", "HEAD") and static:
        return "left_static"
    return "" if is_method(method) else "left_method"


def _shown(url: SplitResult) -> str:
    """The last part of a path, for a list; what may be a secret is not shown."""
    last = url.path.rstrip("/").rpartition("/")[2].partition(";")[0] or url.hostname or url.scheme
    return "..." if is_secret_part(last) else last[:60]


def _names(headers: Any) -> set[str]:
    return {str(h.get("name", "")).lower() for h in headers or [] if isinstance(h, dict)}


def _pairs(listed: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(item["name"]), str(item.get("value") or ""))
        for item in listed or []
        if isinstance(item, dict) and "name" in item
    )


def _exchange(entry: Mapping[str, Any], url: SplitResult, origin: str) -> Exchange:
    request = entry["request"]
    query, encoding = pairs_of(url.query)
    bare = url.query if url.query and "=" not in url.query else ""
    if not url.query and request.get("queryString"):
        query = _pairs(request["queryString"])
    headers = _pairs(request.get("headers"))
    posted = request.get("postData") or {}
    media = _media(posted, headers)
    text = str(posted.get("text") or "")
    bare_text = _unpacked(text) if posted.get("encoding") == "base64" else text
    body = (
        Body("lost", media, why="why_binary")
        if bare_text is None
        else body_of(bare_text, media, posted.get("params"))
    )
    text = bare_text or ""
    if body.form == "form":
        encoding = pairs_of(text)[1] if encoding == "utf-8" else encoding
    if charset_of(media, text) == "gbk":
        encoding = "gbk"
    return Exchange(
        method=request["method"].upper(),
        origin=origin,
        path=clean_path(url.path),
        query=() if bare else query,
        bare=bare,
        encoding=encoding,
        headers=tuple((k, v) for k, v in headers if k.lower() != "cookie"),
        cookies=_cookies(headers, request.get("cookies")),
        body=body,
        answer=_answer(entry.get("response") or {}),
        started=_seconds(entry.get("startedDateTime")),
        naive=_naive(entry.get("startedDateTime")),
        took=max(0.0, float(entry.get("time") or 0) / 1000),
    )


def _unpacked(text: str, encoding: str = "utf-8") -> str | None:
    """What stands in base64; None where that is no text."""
    try:
        return b64decode(text).decode(encoding)
    except ValueError:
        return None


def _media(posted: Mapping[str, Any], headers: Iterable[tuple[str, str]]) -> str:
    said = next((value for name, value in headers if name.lower() == "content-type"), "")
    return str(said or posted.get("mimeType") or "")


def _cookies(headers: Iterable[tuple[str, str]], listed: Any) -> tuple[str, ...]:
    """The values of all cookies that were sent."""
    sent = [value for name, value in headers if name.lower() == "cookie"]
    pairs = [pair.partition("=")[2].strip() for line in sent for pair in line.split(";")]
    return tuple(dict.fromkeys([*filter(None, pairs), *(value for _, value in _pairs(listed) if value)]))


def _answer(answer: Mapping[str, Any]) -> Answer:
    content = answer.get("content") or {}
    text = str(content.get("text") or "")
    if content.get("encoding") == "base64":
        text = _unpacked(text) or _unpacked(text, "gb18030") or ""
    media = str(content.get("mimeType") or "")
    return Answer(int(answer.get("status") or 0), media, text[:LARGEST_ANSWER], _pairs(answer.get("headers")))


def _seconds(started: Any) -> float | None:
    """Without a zone that of UTC, whatever this machine's is."""
    try:
        time = datetime.fromisoformat(str(started))
    except ValueError:
        return None
    return (time.replace(tzinfo=UTC) if time.utcoffset() is None else time).timestamp()


def _naive(started: Any) -> str:
    try:
        return str(started) if datetime.fromisoformat(str(started)).utcoffset() is None else ""
    except ValueError:
        return ""
