"""Small damage, at a place and of a kind that a seeded random source draws."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

from benchmarks.liars.wire import BUSY, pack

Damage = Callable[[Random, bytes], bytes]

SPECIALS = (
    b"\r\n", b"\r\n\r\n", b"\n", b"\0", b'"', b"{", b"}", b"[", b"]", b":", b",", b"\\", b"\\u", b"\\ud800",
    b"\xff", b"\xef\xbb\xbf", b"0", b"1", b"9" * 40, b"-", b"true", b"null", b"NaN", b"1e999", b"&#", b"&#x",
    b"<!--", b"<![CDATA[", b"<!DOCTYPE", b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"HTTP/1.1 200 OK\r\n",
    BUSY.encode(), BUSY.encode("gbk"), b'"code":9,', b'"code":0,', b"<code>9</code>", b"<code>0</code>",
)  # fmt: skip
HEADERS = (
    b"Content-Length: 0", b"Content-Length: 5", b"Content-Length: -1",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: 1, 1", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Connection: close",
    b"Transfer-Encoding: chunked, chunked", b"Content-Encoding: gzip", b"Content-Encoding: br",
    b"Content-Encoding: deflate", b"Content-Encoding: zstd", b"Content-Encoding: identity, , gzip",
    b"Content-Encoding: lzma", b"Content-Type: text/html; charset=gbk", b"Content-Type: x; charset=utf-16",
    b"Content-Type: x; charset=utf-7", b"Content-Type: x; charset=idna", b"Content-Type: x; charset=x7",
    b"Content-Type: x; charset=unicode_escape", b"Content-Type: x; charset=base64", b"Location: /elsewhere",
    b"Content-Type: x; charset=punycode", b"Content-Type: x; charset=utf_8_sig", b"X: " + b"y" * 70_000,
    b"Upgrade: h2c", b"Content-Type: x; charset=undefined", b"Content-Type: x; charset=mbcs", b": none",
    b" folded: yes", b"Set-Cookie: a=b",
)  # fmt: skip
STATUSES = (b"200", b"204", b"304", b"100", b"103", b"101", b"500", b"302", b"206", b"099", b"999", b"2x0")


def flipped(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def cut(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data))]


def dropped(random: Random, data: bytes) -> bytes:
    start, end = _span(random, data)
    return data[:start] + data[end:]


def doubled(random: Random, data: bytes) -> bytes:
    start, end = _span(random, data)
    return data[:end] + data[start:end] + data[end:]


def moved(random: Random, data: bytes) -> bytes:
    start, end = _span(random, data)
    rest = data[:start] + data[end:]
    at = random.randrange(len(rest) + 1)
    return rest[:at] + data[start:end] + rest[at:]


def inserted(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(SPECIALS) + data[at:]


def overwritten(random: Random, data: bytes) -> bytes:
    piece = random.choice(SPECIALS)
    at = random.randrange(len(data))
    return data[:at] + piece + data[at + len(piece) :]


def twice(random: Random, data: bytes) -> bytes:
    return data + data


def followed(random: Random, data: bytes) -> bytes:
    return data + random.choice(SPECIALS)


def _span(random: Random, data: bytes) -> tuple[int, int]:
    start = random.randrange(len(data))
    return start, min(len(data), start + 1 + int(random.expovariate(0.1)))


def header_more(random: Random, data: bytes) -> bytes:
    """One line more in the head, at its end or right behind the status line."""
    line = random.choice(HEADERS)
    head, blank, body = data.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    late = head + b"\r\n" + line + blank + body
    return late if random.random() < 0.5 else b"\r\n".join([first, line, rest]) + blank + body


def header_doubled(random: Random, data: bytes) -> bytes:
    head, blank, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    line = random.choice(lines[1:] or lines)
    return (
        b"\r\n".join([*lines, flipped(random, line) if random.random() < 0.5 and line else line])
        + blank
        + body
    )


def header_gone(random: Random, data: bytes) -> bytes:
    head, blank, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if len(lines) > 1:
        del lines[random.randrange(1, len(lines))]
    return b"\r\n".join(lines) + blank + body


def status_changed(random: Random, data: bytes) -> bytes:
    return data[:9] + random.choice(STATUSES) + data[12:]


def interim_before(random: Random, data: bytes) -> bytes:
    times = random.choice((1, 1, 2, 2, 5, 17) * 4 + (300,))
    return b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * times + data


WIRE: tuple[Damage, ...] = (
    flipped, flipped, cut, dropped, doubled, moved, inserted, inserted, overwritten, twice, followed,
    header_more, header_more, header_doubled, header_gone, status_changed, interim_before,
)  # fmt: skip


# What is inside, in a frame that is right


def values(random: Random) -> Any:
    """A value that a key or a list of an answer might hold instead."""
    return random.choice((
        None, True, False, 0, 1, 9, 0.0, -0.0, "0", "", "null", [], {}, [0], {"code": 0}, 2**53,
        2**64, 10**30,
        "9" * 5000, "x" * 5000, BUSY, json.dumps(BUSY), "\ud800", "\0", {"code": 9, "data": {}}, -1, 1e308,
    ))  # fmt: skip


def tree_changed(random: Random, tree: Any, value: Callable[[Random], Any] = values) -> Any:
    """A copy of a JSON tree with one node taken away, doubled, renamed, exchanged or buried."""
    if not isinstance(tree, dict | list) or not tree or random.random() < 0.1:
        return _instead(random, tree, value)
    if isinstance(tree, list):
        at = random.randrange(len(tree))
        return [*tree[:at], *_of_list(random, tree[at], value), *tree[at + 1 :]]
    key = random.choice(list(tree))
    what = random.randrange(5)
    rest = {name: item for name, item in tree.items() if name != key}
    if what == 0:
        return rest
    if what == 1:
        return {**rest, random.choice((key.upper(), key + " ", "code", "data", "", key[::-1])): tree[key]}
    return {name: tree_changed(random, item, value) if name == key else item for name, item in tree.items()}


def _of_list(random: Random, item: Any, value: Callable[[Random], Any]) -> list[Any]:
    return random.choice((lambda: [], lambda: [item, item], lambda: [tree_changed(random, item, value)]))()


def _instead(random: Random, tree: Any, value: Callable[[Random], Any]) -> Any:
    if random.random() < 0.05:
        for _ in range(random.choice((3, 100))):
            tree = [tree] if random.random() < 0.5 else {"a": tree}
        return tree
    return value(random)


def body_changed(random: Random, body: bytes) -> bytes:
    """The content alone: as JSON where it is some, else its bytes."""
    if random.random() < 0.6:
        try:
            tree = tree_changed(random, json.loads(body))
            text = json.dumps(tree, ensure_ascii=random.random() < 0.5, indent=random.choice((None, None, 1)))
            body = text.encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            pass
    elif random.random() < 0.02:
        deep = random.choice((50, 900, 5000, 100_000))
        body = random.choice((b"[" * deep, b'{"a":' * deep, b"<a>" * deep, b"[" * deep + b"]" * deep))
    for _ in range(random.choice((0, 1, 1, 2))):
        body = random.choice((flipped, dropped, doubled, inserted, overwritten, moved))(random, body or b" ")
    return body


def reframed(random: Random, head: bytes, body: bytes) -> bytes:
    """The body under a head whose framing and coding are right, or nearly so."""
    lines = [
        line for line in head.split(b"\r\n")
        if not line.lower().startswith((b"content-length", b"transfer-enc", b"content-enc", b"connection"))
    ]  # fmt: skip
    coding = random.choice((*("",) * 9, "gzip", "deflate", "br", "zstd", "raw", "members"))
    coding = "bomb" if random.random() < 0.01 else coding
    body = _coded(random, coding, body)
    name = {"raw": "deflate", "bomb": "gzip", "members": "gzip"}.get(coding, coding)
    lines += [b"Content-Encoding: " + name.encode()] if name else []
    if random.random() < 0.3:
        size = random.choice((1, 7, 1000, 70_000))
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        wire = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces[:5000])
        return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", wire + b"0\r\n\r\n"])
    length = len(body) + random.choice((*(0,) * 20, 1, -1))
    return b"\r\n".join([*lines, b"Content-Length: %d" % length, b"", body])


def _coded(random: Random, coding: str, body: bytes) -> bytes:
    if coding == "raw":
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return packer.compress(body) + packer.flush()
    if coding == "bomb":
        size = random.choice((1 << 16, 1 << 18, 1 << 21)) if random.random() < 0.9 else 1 << 25
        return gzip.compress(body + b" " * size, 1)
    if coding == "members":
        return b"".join(gzip.compress(body[at : at + 9]) for at in range(0, min(len(body), 900), 9))
    packed = pack(body, coding) if coding else body
    return flipped(random, packed) if coding and packed and random.random() < 0.2 else packed
