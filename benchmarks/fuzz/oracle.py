"""Does an answer hold what its rule asks for? Decided once more, simply, and by nothing of ours.

Framing by http.client, codings by their libraries, JSON by the standard library's json, XML by ElementTree.
Slower and less strict than the load engine: it need only say whether evidence that was believed is there.
"""

from __future__ import annotations

import codecs
import email.message
import gzip
import html
import http.client
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

NO_BODY = (204, 304)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
_CHINESE = ("gb2312", "gbk", "gb18030", "cp936")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_MARKUP = re.compile(r"<!\[CDATA\[|\]\]>|<!--.*?-->", re.DOTALL)


class NotThere(Exception):
    """The evidence is gone; the text says which."""


class _Wire(io.BytesIO):
    """What http.client reads as a socket."""

    def makefile(self, *_: Any) -> _Wire:
        return self

    def close(self) -> None:
        """It closes what it has read; what it left is looked at afterwards."""


def why_not(rule: Mapping[str, Any], wire: bytes, sent: str) -> str:
    """Why these bytes are no success by the rule; "" when they are. `sent`: the id that is to be repeated."""
    try:
        status, head, body = _read(wire)
        _judge(rule, status, head, body, sent)
    except NotThere as wrong:
        return str(wrong)
    except Exception as wrong:  # whatever a library cannot read is no evidence
        return f"{type(wrong).__name__}: {wrong}"[:120]
    return ""


def _read(wire: bytes) -> tuple[int, email.message.Message, bytes]:
    while True:
        match = _STATUS.match(wire)
        if match is None:
            raise NotThere("no status line")
        status = int(match.group(1))
        if status == 101 or status >= 200:
            break
        end = wire.index(b"\r\n\r\n") + 4
        wire = wire[end:]
    plug = _Wire(wire)
    answer = http.client.HTTPResponse(plug)  # type: ignore[arg-type]
    answer.begin()
    body = b"" if status in NO_BODY else answer.read()
    if plug.read():
        raise NotThere("bytes follow")
    lengths = set(answer.headers.get_all("content-length") or [])
    if len({length.strip() for length in lengths}) > 1 or (lengths and answer.chunked):
        raise NotThere("two lengths")
    if not all(length.strip().isdigit() for length in lengths):
        raise NotThere("no length")
    if status not in NO_BODY:
        for coding in reversed((answer.headers.get("content-encoding") or "").lower().split(",")):
            body = _undone(body, coding.strip())
    return status, answer.headers, body


def _undone(body: bytes, coding: str) -> bytes:
    if coding in ("", "identity") or not body:
        return body
    if coding in ("gzip", "x-gzip"):
        return gzip.decompress(body)
    if coding == "deflate":
        try:
            return zlib.decompress(body)
        except zlib.error:
            return zlib.decompress(body, -zlib.MAX_WBITS)
    if coding == "br":
        import brotli

        return bytes(brotli.decompress(body))
    if coding == "zstd":
        from backports import zstd

        return bytes(zstd.decompress(body))
    raise NotThere(f"coding {coding}")


def _judge(rule: Mapping[str, Any], status: int, head: email.message.Message, body: bytes, sent: str) -> None:
    if status not in rule.get("status", [200]):
        raise NotThere(f"status {status}")
    asks = any(rule.get(key) for key in ("where", "contains", "absent", "echo"))
    if not asks and not isinstance(rule.get("data"), dict):
        return
    if not body and status in (*NO_BODY, 205) and not rule.get("echo"):
        return
    wrong = []
    for text in _texts(head, body, rule.get("encoding", "utf-8")):
        try:
            _by_text(rule, text, body, sent)
            return
        except (NotThere, ValueError, LookupError, TypeError, ElementTree.ParseError) as error:
            wrong.append(str(error))
    raise NotThere("; ".join(wrong)[:160] or "no text")


def _texts(head: email.message.Message, body: bytes, fallback: str) -> Iterator[str]:
    """The readings that an answer may have: as its mark, header, prolog or rule says; ASCII as it stands."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            yield body.decode(codec)
            return
    said = re.search(
        rb"charset\s*=\s*[\"']?([\w.:+-]+)",
        ",".join(map(str, head.get_all("content-type") or [])).encode("utf-8", "replace"),
        re.IGNORECASE,
    )
    inside = re.match(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:+-]+)", body[:1024])
    meta = re.search(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?([\w.:+-]+)", body[:1024], re.IGNORECASE)
    names = [match.group(1).decode().lower() for match in (said, inside, meta) if match]
    for name in [*names, fallback, *(["ascii"] if body.isascii() else [])]:
        try:
            found = codecs.lookup(name.removeprefix("x-"))
            yield body.decode("gb18030" if found.name in _CHINESE else found.name)
        except (LookupError, ValueError):
            continue


def _by_text(rule: Mapping[str, Any], text: str, body: bytes, sent: str) -> None:
    form = rule.get("format", "json")
    strings = [text]
    if form == "json":
        answer = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        strings += _strings(answer)
        get: Callable[[Any, str], Any] = _by_dots
    elif form == "xml":
        answer = ElementTree.fromstring(re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", text, count=1))
        for element in answer.iter():
            element.tag = element.tag.rpartition("}")[2]
        strings += ["".join(answer.itertext()), *(v for e in answer.iter() for v in e.attrib.values())]
        get = _by_elements
    for path, wanted in (rule.get("where") or {}).items():
        found = get(answer, path)
        if not any(_same(found, one) for one in (wanted if isinstance(wanted, list) else [wanted])):
            raise NotThere(f"{path} is {found!r:.40}")
    for path in (rule.get("echo") or {}).values():
        if str(get(answer, path)) != sent:
            raise NotThere(f"{path} is another's")
    _words(rule, strings, body)
    if isinstance(rule.get("data"), dict):
        for item in rule["data"].values():
            _readable(item, answer)


def _words(rule: Mapping[str, Any], strings: list[str], body: bytes) -> None:
    for word in rule.get("contains") or []:
        if not any(word in _plain(string) or word in string for string in strings):
            raise NotThere(f"lacks {word}")
    for word in rule.get("absent") or []:
        if word.encode() in body or any(word in _plain(_plain(_MARKUP.sub("", one))) for one in strings):
            raise NotThere(f"has {word}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise NotThere("a key twice")
    return dict(pairs)


def _no_number(text: str) -> float:
    raise NotThere(text)


def _strings(node: Any) -> list[str]:
    found, ahead = [], [node]
    while ahead:
        one = ahead.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            ahead += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            ahead += one
    return found


def _plain(text: str) -> str:
    return html.unescape(_ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text))


def _by_dots(answer: Any, path: str) -> Any:
    for part in path.split(".") if path else []:
        if isinstance(answer, list):
            answer = answer[int(part)]
        elif isinstance(answer, dict):
            answer = answer[part]
        else:
            raise NotThere(f"no {path}")
    return answer


def _by_elements(root: Any, path: str) -> str:
    place = f".//{path.lstrip('/')}" if path.startswith("//") else path
    place, _, attribute = place.partition("/@")
    elements = root.findall(place)
    held = [one.get(attribute) if attribute else "".join(one.itertext()).strip() for one in elements]
    found = {text for text in held if text is not None}
    if len(found) != 1:
        raise NotThere(f"{len(found)} values at {path}")
    return str(found.pop())


def _same(found: Any, wanted: Any) -> bool:
    for kind in (bool, type(None), str):
        if isinstance(found, kind) != isinstance(wanted, kind):
            return False
    return bool(found == wanted)


def _readable(item: Any, answer: Any) -> None:
    if isinstance(item, dict) and "each" in item:
        if not isinstance(_by_dots(answer, item["each"]), list):
            raise NotThere("no list")
    elif isinstance(item, dict) and item.get("as") == "number":
        found = _by_dots(answer, item["path"])
        if isinstance(found, bool) or not isinstance(found, int | float | str | None):
            raise NotThere("no number")
        float(found or 0)
