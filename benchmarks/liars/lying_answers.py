"""Targets whose answers lie: (name, kind, the rule of success in YAML, behaviour). None may pass."""

from __future__ import annotations

import json
from base64 import b64encode, encodebytes
from json import dumps
from urllib.parse import quote

from benchmarks.liars.wire import (
    BUSY,
    CLOSE,
    RESET,
    Asked,
    Play,
    Step,
    always,
    answer,
    bare,
    chunked,
    good,
    pack,
    packed,
    says,
    text,
    text_of,
    xml,
)

Row = tuple[str, str, str, Play]

CODE = "{where: {code: 0}, data: data}"
TEXT_CODE = '{where: {code: "0"}, data: data}'
ECHO = "{where: {code: 0}, echo: {id: data.id}, data: data}"
NO_BUSY = f"{{where: {{code: 0}}, absent: [{BUSY}]}}"
XML_NO_BUSY = f'{{format: xml, where: {{code: "0"}}, absent: [{BUSY}]}}'
TEXT_NO_BUSY = f"{{format: text, contains: [受理], absent: [{BUSY}]}}"
XML_CODE = '{format: xml, where: {code: "0"}}'

XML_ECHO = '{format: xml, where: {code: "0"}, echo: {id: //id}}'

SPELT = json.dumps(BUSY)[1:-1]
DECIMAL = "".join(f"&#{ord(letter)};" for letter in BUSY)
HEX = "".join(f"&#x{ord(letter):X};" for letter in BUSY)
OK = text_of({"code": 0, "data": {"id": "1"}})


def stale(asked: Asked) -> list[Step]:
    """What the first one was answered."""
    return [answer({"code": 0, "data": {"id": asked.seen[0] if asked.seen else asked.id}})]


def swapped(asked: Asked) -> list[Step]:
    return [answer({"code": 0, "data": {"id": asked.seen[-1] if asked.seen else asked.id}})]


def at_times(asked: Asked) -> list[Step]:
    """One answer in ten is another one's."""
    return swapped(asked) if asked.n % 10 == 0 else [answer(good(asked))]


def late(extra: bytes) -> Play:
    """An extra word on each connection, 30 ms after its first answer."""
    return lambda asked: [answer(good(asked)), *([0.03, extra] if asked.c == 1 else [])]


def half(asked: Asked) -> list[Step]:
    return [answer(good(asked))[:-3], CLOSE]


TYPES: tuple[Row, ...] = (
    ("false for 0", "type", CODE, says({"code": False})),
    ("true for 1", "type", "{where: {code: 1}}", says({"code": True})),
    ("1 for true", "type", "{where: {done: true}}", says({"done": 1})),
    ("0 for false", "type", "{where: {failed: false}}", says({"failed": 0})),
    ("0 for a text", "type", TEXT_CODE, says({"code": 0})),
    ("a text for 0", "type", CODE, says({"code": "0"})),
    ("null for 0", "type", CODE, says({"code": None})),
    ("a text for null", "type", "{where: {error: null}}", says({"error": "null"})),
    ("a list for 0", "type", CODE, says({"code": [0]})),
    ("false in a list of numbers", "type", "{where: {code: [0, 200]}}", says({"code": False})),
    ("an object for a number", "type", "{where: {code: 0}, data: {n: {path: data, as: number}}}", says(
        {"code": 0, "data": {"a": 1}})),
    ("true for a number", "type", "{where: {code: 0}, data: {n: {path: n, as: number}}}", says(
        {"code": 0, "n": True})),
    ("minus infinity for a number", "type", "{where: {code: 0}, data: {n: {path: n, as: number}}}", says(
        {"code": 0, "n": "-1e999"})),
    ("a text for rows", "type", "{where: {code: 0}, data: {r: {each: rows, fields: {i: id}}}}", says(
        {"code": 0, "rows": "none"})),
)  # fmt: skip

TWICE: tuple[Row, ...] = (
    ("a key twice", "contradiction", CODE, says(b'{"code": 9, "msg": "failed", "code": 0}')),
    ("a key twice, compact", "contradiction", CODE, says(b'{"code":9,"code":0}')),
    ("a key twice, once escaped", "contradiction", CODE, says(b'{"code":9,"c\\u006fde":0}')),
    ("a key twice, hidden by a quote", "contradiction", CODE, says(b'{"code":9,"m":"\\u0022:","code":0}')),
    ("a key twice, hidden by blanks", "contradiction", CODE, says(b'{"code" :9,\n"code"\t: 0}')),
    ("a key twice inside", "contradiction", "{where: {r.code: 0}}", says(b'{"r":{"code":9,"code":0}}')),
    ("an object twice", "contradiction", "{where: {r.code: 0}}", says(b'{"r":{"code":9},"r":{"code":0}}')),
    (
        "an element twice, by its parent",
        "contradiction",
        '{format: xml, where: {head/code: "0"}}',
        xml("<r><head><code>0</code></head><head><code>9</code></head></r>"),
    ),
    (
        "an element twice, deeper",
        "contradiction",
        '{format: xml, where: {//code: "0"}}',
        xml("<r><head><code>0</code></head><body><out><code>9</code></out></body></r>"),
    ),
    (
        "an attribute twice, by its element",
        "contradiction",
        '{format: xml, where: {row/@code: "0"}}',
        xml('<r><row code="0"/><row code="9"/></r>'),
    ),
    ("an element twice", "contradiction", XML_CODE, xml("<r><code>0</code><code>9</code></r>")),
)

WORDS: tuple[Row, ...] = (
    ("busy in JSON escapes", "hidden word", NO_BUSY, says(b'{"code":0,"m":"%b"}' % SPELT.encode())),
    ("busy in JSON escapes, capitals", "hidden word", NO_BUSY, says(
        b'{"code":0,"m":"%b"}' % SPELT.upper().replace("\\U", "\\u").encode())),
    ("busy half in escapes", "hidden word", NO_BUSY, says(
        b'{"code":0,"m":"%b%b"}' % (SPELT[:12].encode(), BUSY[2:].encode()))),
    ("busy in JSON in JSON", "hidden word", NO_BUSY, says({"code": 0, "m": json.dumps({"m": BUSY})})),
    ("busy in references in JSON", "hidden word", NO_BUSY, says({"code": 0, "m": DECIMAL})),
    ("busy in GBK, by the header", "hidden word", NO_BUSY, always(answer(
        f'{{"code":0,"m":"{BUSY}"}}'.encode("gbk"), kind="application/json; charset=GBK"))),
    ("busy in UTF-16", "hidden word", NO_BUSY, always(answer(
        f'{{"code":0,"m":"{BUSY}"}}'.encode("utf-16"), kind="application/json; charset=utf-16"))),
    ("busy in GBK, by the prolog", "hidden word", XML_NO_BUSY, xml(
        f"<r><code>0</code><m>{BUSY}</m></r>", "gbk", "GBK")),
    ("busy in GB2312, by the header", "hidden word", XML_NO_BUSY, xml(
        f"<r><code>0</code><m>{BUSY}</m></r>", "gb2312", "", "text/xml; charset=GB2312")),
    ("busy in decimal references", "hidden word", XML_NO_BUSY, xml(f"<r><code>0</code><m>{DECIMAL}</m></r>")),
    ("busy in hexadecimal references", "hidden word", XML_NO_BUSY, xml(
        f"<r><code>0</code><m>{HEX}</m></r>")),
    ("busy in UTF-16, by its mark alone", "hidden word", NO_BUSY, says(
        b"\xff\xfe" + f'{{"code":0,"m":"{BUSY}"}}'.encode("utf-16-le"))),
    ("busy in GBK that is called Big5", "hidden word", NO_BUSY, always(answer(
        f'{{"code":0,"m":"{BUSY}"}}'.encode("gbk"), kind="application/json; charset=big5"))),
    ("busy in bytes of a URL", "hidden word", NO_BUSY, says({"code": 0, "m": quote(BUSY)})),
    ("busy in base64", "hidden word", NO_BUSY, says({"code": 0, "m": b64encode(BUSY.encode()).decode()})),
    ("busy in JSON, five times over", "hidden word", NO_BUSY, says(
        {"code": 0, "m": dumps(dumps(dumps(dumps(dumps({"m": BUSY})))))})),
    ("busy cut by what nobody sees", "hidden word", NO_BUSY, says(
        {"code": 0, "m": "\u200b".join(BUSY)})),
    ("busy cut by a tag", "hidden word", TEXT_NO_BUSY, text(
        f"<p>受理 {BUSY[:2]}<b>{BUSY[2:]}</b>")),
    ("busy cut by CDATA", "hidden word", XML_NO_BUSY, xml(
        f"<r><code>0</code><m>{BUSY[:2]}<![CDATA[{BUSY[2:]}]]></m></r>")),
    ("busy cut by a comment", "hidden word", XML_NO_BUSY, xml(
        f"<r><code>0</code><m>{BUSY[:2]}<!-- -->{BUSY[2:]}</m></r>")),
    ("busy in an attribute", "hidden word", XML_NO_BUSY, xml(f'<r m="{DECIMAL}"><code>0</code></r>')),
    ("busy on a page in GBK", "hidden word", TEXT_NO_BUSY, text(
        f"受理 {BUSY}", "gbk", "text/html; charset=GBK")),
    ("busy on a page, by its meta", "hidden word", TEXT_NO_BUSY, text(
        f'<meta charset="gbk"><p>受理 {BUSY}', "gbk")),
    ("busy on a page in references", "hidden word", TEXT_NO_BUSY, text(f"<p>受理 {HEX}")),
    ("busy on a page in escapes", "hidden word", TEXT_NO_BUSY, text(f'<script>m="受理 {SPELT}"</script>')),
    ("busy under a wrong charset", "hidden word", TEXT_NO_BUSY, text(
        f"&#21463;&#29702; {BUSY}", "utf-8", "text/html; charset=iso-8859-1")),
    ("busy in gzip in base64", "hidden word", NO_BUSY, says(
        {"code": 0, "m": b64encode(pack(BUSY.encode(), "gzip")).decode()})),
    ("busy in base64, in lines", "hidden word", NO_BUSY, says(
        {"code": 0, "m": encodebytes(f"{'x' * 50} {BUSY} {'y' * 60}".encode()).decode()})),
    ("busy in hexadecimal", "hidden word", NO_BUSY, says({"code": 0, "m": BUSY.encode().hex()})),
    ("busy that was read as Latin-1", "hidden word", NO_BUSY, says(
        {"code": 0, "m": BUSY.encode().decode("latin-1")})),
    ("busy in a part of a mail", "hidden word", TEXT_NO_BUSY, text(
        f"--x\r\n\r\n受理\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{encodebytes(BUSY.encode()).decode()}--x--", kind="multipart/mixed; boundary=x")),
    ("busy in gzip", "hidden word", NO_BUSY, always(packed(text_of({"code": 0, "m": BUSY}), "gzip"))),
    ("busy in br", "hidden word", NO_BUSY, always(packed(text_of({"code": 0, "m": BUSY}), "br"))),
    ("busy beside a byte that was cut", "hidden word", TEXT_NO_BUSY, always(answer(
        b"&#21463;&#29702; \xe7\xb3" + BUSY.encode(), kind="text/html; charset=iso-8859-1"))),
    ("busy cut by a comment, after what looks like one", "hidden word", XML_NO_BUSY, always(answer(
        f"<?x <!--?><r><code>0</code><m>{BUSY[:2]}<!-- -->{BUSY[2:]}</m></r>".encode(), kind="text/xml"))),
    ("success in another charset", "missing word", "{format: text, contains: [受理成功]}", text(
        "受理成功", "gbk", "text/html; charset=utf-8")),
)  # fmt: skip

STRANGERS: tuple[Row, ...] = (
    ("the first answer for everybody", "another's answer", ECHO, stale),
    ("the answer to the one before", "another's answer", ECHO, swapped),
    ("one in ten is another's", "another's answer", ECHO, at_times),
    ("repeats nothing", "another's answer", ECHO, says({"code": 0, "data": {}})),
    ("repeats null", "another's answer", ECHO, says({"code": 0, "data": {"id": None}})),
    ("repeats a list", "another's answer", ECHO, lambda asked: [
        answer({"code": 0, "data": {"id": [asked.id]}})]),
    ("repeats half of it", "another's answer", ECHO, lambda asked: [
        answer({"code": 0, "data": {"id": asked.id[:16]}})]),
    ("its own, and another's", "another's answer", XML_ECHO, lambda asked: [
        answer(f"<r><code>0</code><id>{asked.id}</id><m><id>7</id></m></r>".encode(), kind="text/xml")]),
    ("two answers at once", "unasked bytes", CODE, lambda asked: [answer(good(asked)) * 2]),
    ("rubbish behind the answer", "unasked bytes", CODE, lambda asked: [answer(good(asked)) + b"\0\0"]),
    ("a second answer, later", "unasked bytes", CODE, late(answer({"code": 0}))),
    ("a word, later", "unasked bytes", CODE, late(b"hello")),
    ("more than it announced", "unasked bytes", "{success: any}", always(
        bare("Content-Length: 2", body=b"{}{}"))),
    ("behind the last chunk", "unasked bytes", CODE, lambda asked: [chunked(text_of(good(asked))) + b"x"]),
    ("an empty line behind the last chunk", "unasked bytes", CODE, lambda asked: [
        chunked(text_of(good(asked))) + b"\r\n"]),
    ("one less than it sends", "unasked bytes", "{success: any}", always(
        bare(f"Content-Length: {len(OK) - 1}", body=OK))),
    ("behind a 304", "unasked bytes", "{status: [304]}", always(
        bare(status="304 Not Modified", body=b'{"code":9}'))),
    ("behind a 204", "unasked bytes", "{status: [204]}", always(
        bare(status="204 No Content", body=b'{"code":9}'))),
)  # fmt: skip

BROKEN: tuple[Row, ...] = (
    ("cut off", "broken answer", CODE, half),
    ("cut off, then reset", "broken answer", CODE, lambda asked: [answer(good(asked))[:-3], 0.01, RESET]),
    ("cut off in its head", "broken answer", CODE, lambda asked: [answer(good(asked))[:30], CLOSE]),
    ("cut off in chunks", "broken answer", CODE, lambda asked: [chunked(text_of(good(asked)))[:-5], CLOSE]),
    ("longer than allowed", "broken answer", CODE, always(
        bare("Content-Length: 17000000", body=b"{" + b" " * 16_999_998 + b"}"))),
    ("two lengths", "broken answer", CODE, always(
        bare(f"Content-Length: {len(OK)}", "Content-Length: 5", body=OK))),
    ("length and chunks", "broken answer", CODE, always(
        chunked(OK, "Content-Length: 3"))),
    ("no number for a length", "broken answer", CODE, always(bare("Content-Length: many", body=OK))),
    ("chunks without a size", "broken answer", CODE, always(
        bare("Transfer-Encoding: chunked", body=OK + b"\r\n0\r\n\r\n"))),
    ("an unknown transfer coding", "broken answer", CODE, always(
        bare("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"))),
    ("half a gzip", "broken answer", CODE, always(
        answer(pack(OK, "gzip")[:-8], "Content-Encoding: gzip"))),
    ("no br at all", "broken answer", CODE, always(answer(OK, "Content-Encoding: br"))),
    ("half a br", "broken answer", CODE, always(answer(pack(OK, "br")[:-2], "Content-Encoding: br"))),
    ("a coding that nobody knows", "broken answer", CODE, always(answer(OK, "Content-Encoding: lzma"))),
    ("a gzip bomb", "broken answer", CODE, always(
        answer(pack(bytes(1 << 25), "gzip"), "Content-Encoding: gzip"))),
    ("a br bomb", "broken answer", CODE, always(answer(pack(bytes(1 << 25), "br"), "Content-Encoding: br"))),
    ("nested without end", "broken answer", CODE, says(
        b'{"code":0,"data":' + b"[" * 50_000 + b"]" * 50_000 + b"}")),
    ("NaN", "broken answer", CODE, says(b'{"code":NaN}')),
    ("HTML for JSON", "broken answer", CODE, text("<h1>200 OK</h1>")),
    ("an empty 200", "broken answer", CODE, says(b"")),
    ("an entity for XML", "broken answer", XML_CODE, xml(
        '<!DOCTYPE r [<!ENTITY c "0">]><r><code>&c;</code></r>')),
    ("500 with a success inside", "broken answer", CODE, always(
        answer({"code": 0}, status="500 Internal Server Error"))),
    ("206, a part of it", "broken answer", CODE, always(
        answer({"code": 0}, "Content-Range: bytes 0-9/100", status="206 Partial Content"))),
    ("302 for 200", "broken answer", CODE, always(
        answer({"code": 0}, "Location: /login", status="302 Found"))),
    ("1xx without end", "broken answer", CODE, lambda asked: [
        bare("X: " + "y" * 1000, status="102 Processing")] * 80 + [answer(good(asked))]),
    ("101 for an answer", "broken answer", CODE, always(
        bare("Upgrade: x", status="101 Switching Protocols"))),
    ("one in ten is lost", "silence", CODE, lambda asked: [
        RESET] if asked.n % 10 == 0 else [answer(good(asked))]),
    ("closed without a word", "silence", CODE, lambda asked: [CLOSE]),
    ("one more than it sends", "broken answer", CODE, lambda asked: [
        bare(f"Content-Length: {len(OK) + 1}", body=OK), CLOSE]),
    ("the same length twice", "broken answer", CODE, always(
        bare(f"Content-Length: {len(OK)}", f"Content-Length: {len(OK)}", body=OK))),
    ("announced to be too long", "broken answer", CODE, always(
        bare("Content-Length: 999999999", body=OK))),
    ("half a deflate", "broken answer", CODE, always(
        answer(pack(OK, "deflate")[:-5], "Content-Encoding: deflate"))),
    ("gzip with another sum", "broken answer", CODE, always(
        answer(pack(OK, "gzip")[:-8] + bytes(8), "Content-Encoding: gzip"))),
    ("rubbish behind gzip", "broken answer", CODE, always(
        answer(pack(OK, "gzip") + b"abc", "Content-Encoding: gzip"))),
    ("HTTP/2 in words", "broken answer", CODE, always(b"HTTP/2.0 200 OK\r\n\r\n" + OK)),
    ("lines without a return", "broken answer", CODE, always(
        b"HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(OK) + OK)),
    ("silent", "silence", CODE, lambda asked: [30.0]),
    ("a byte a second", "silence", CODE, lambda asked: [
        step for byte in answer(good(asked)) for step in (bytes([byte]), 1.0)]),
)  # fmt: skip

LYING: tuple[Row, ...] = TYPES + TWICE + WORDS + STRANGERS + BROKEN
