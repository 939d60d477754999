"""Odd targets that are honest: (name, kind, the rule of success in YAML, behaviour). All must pass."""

from __future__ import annotations

from base64 import b64encode

from benchmarks.liars.lying_answers import CODE, ECHO, NO_BUSY, OK, TEXT_CODE, XML_CODE, Row
from benchmarks.liars.wire import (
    CLOSE,
    Play,
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

HINTS = bare("Link: </a>; rel=preload", status="103 Early Hints")
CONTAINS = "{format: text, contains: [受理成功]}"


def in_coding(coding: str) -> Play:
    """A good answer in a content coding."""
    return lambda asked: [packed(text_of(good(asked)), coding)]


INTERIM: tuple[Row, ...] = (
    ("103 before the answer", "1xx", CODE, lambda asked: [HINTS + answer(good(asked))]),
    ("103, then the answer", "1xx", CODE, lambda asked: [HINTS, 0.01, answer(good(asked))]),
    ("100 before the answer", "1xx", CODE, lambda asked: [
        bare(status="100 Continue") + answer(good(asked))]),
    ("ten 102 before each", "1xx", CODE, lambda asked: [
        bare(status="102 Processing") * 10 + answer(good(asked))]),
    ("a hundred 102 before each", "1xx", CODE, lambda asked: [
        bare(status="102 Processing") * 100 + answer(good(asked))]),
)  # fmt: skip

CODINGS: tuple[Row, ...] = (
    *((f"in {coding}", "coding", ECHO, in_coding(coding)) for coding in ("gzip", "deflate", "br", "zstd")),
    ("in gzip, with a file's name", "coding", CODE, always(answer(
        b"\x1f\x8b\x08\x08" + bytes(6) + b"a.json\0" + pack(OK, "gzip")[10:], "Content-Encoding: gzip"))),
    ("in gzip of two members", "coding", CODE, always(answer(
        pack(OK[:5], "gzip") + pack(OK[5:], "gzip"), "Content-Encoding: gzip"))),
    ("in x-gzip", "coding", CODE, always(answer(pack(OK, "gzip"), "Content-Encoding: x-gzip"))),
    ("in GZIP", "coding", CODE, always(answer(pack(OK, "gzip"), "Content-Encoding: GZIP"))),
    ("in deflate without a head", "coding", CODE, always(answer(
        pack(OK, "deflate")[2:-4], "Content-Encoding: deflate"))),
    ("in no coding, which it says", "coding", CODE, always(answer(OK, "Content-Encoding: identity"))),
    ("in gzip and chunks", "coding", CODE, always(chunked(
        packed(text_of({"code": 0}), "gzip").partition(b"\r\n\r\n")[2], "Content-Encoding: gzip"))),
    ("in chunks", "framing", ECHO, lambda asked: [chunked(text_of(good(asked)))]),
    ("in chunks with trailers", "framing", CODE, lambda asked: [
        chunked(text_of(good(asked)))[:-2] + b"X-Sum: 1\r\n\r\n"]),
    ("a byte at a time", "framing", CODE, lambda asked: [
        step for at in answer(good(asked)) for step in (bytes([at]), 0.0)]),
    ("head and body apart", "framing", CODE, lambda asked: [
        *(piece + joint for piece, joint in zip(answer(good(asked)).split(b"\r\n\r\n"), (b"\r\n\r\n", b""),
          strict=True))]),
    ("no length, closed", "framing", CODE, lambda asked: [
        bare("Connection: close", body=text_of(good(asked))), CLOSE]),
    ("HTTP/1.0", "framing", CODE, lambda asked: [answer(good(asked), version="1.0"), CLOSE]),
    ("HTTP/1.0 without a length", "framing", CODE, lambda asked: [
        bare(version="1.0", body=text_of(good(asked))), CLOSE]),
    ("HTTP/1.0 kept alive", "framing", CODE, lambda asked: [
        answer(good(asked), "Connection: keep-alive", version="1.0")]),
    ("closed after each answer", "framing", CODE, lambda asked: [
        answer(good(asked), "Connection: close"), CLOSE]),
    ("no reason phrase", "framing", CODE, lambda asked: [answer(good(asked), status="200")]),
    ("a Chinese reason phrase", "framing", CODE, lambda asked: [
        answer(good(asked)).replace(b"200 OK", "200 成功".encode())]),
    ("Latin-1 in a header", "framing", CODE, lambda asked: [answer(good(asked), "X-Name: caf\xe9")]),
    ("chunks with extensions", "framing", CODE, lambda asked: [bare(
        "Transfer-Encoding: chunked", body=b"%x;a=b;c=\"d\"\r\n%b\r\n0;z\r\n\r\n" % (len(OK), OK))]),
    ("chunk sizes with zeros before", "framing", CODE, lambda asked: [bare(
        "Transfer-Encoding: chunked", body=b"000%X\r\n%b\r\n0000\r\n\r\n" % (len(OK), OK))]),
    ("Chunked in a capital", "framing", CODE, lambda asked: [bare(
        "TRANSFER-ENCODING: Chunked", body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(OK), OK))]),
    ("a length in capitals and blanks", "framing", CODE, lambda asked: [bare(
        f"CONTENT-LENGTH:  {len(OK)}  ", body=OK)]),
    ("a header of 8 kB", "framing", CODE, lambda asked: [answer(good(asked), "X-Long: " + "y" * 8000)]),
    ("sixty headers", "framing", CODE, lambda asked: [
        answer(good(asked), *(f"X-{n}: {n}" for n in range(60)))]),
    ("a header without a value", "framing", CODE, lambda asked: [answer(good(asked), "X-Empty:")]),
    ("a Date of another year", "framing", CODE, lambda asked: [
        answer(good(asked), "Date: Thu, 01 Jan 1970 00:00:00 GMT")]),
    ("two cookies of one name", "framing", CODE, lambda asked: [
        answer(good(asked), "Set-Cookie: a=1; Path=/", "Set-Cookie: a=2; Path=/x")]),
    ("a hundred kilobytes", "framing", CODE, says({"code": 0, "data": {"m": "税" * 35_000}})),
    ("slow to end", "framing", CODE, lambda asked: [answer(good(asked))[:-5], 0.2, answer(good(asked))[-5:]]),
)  # fmt: skip

CHARSETS: tuple[Row, ...] = (
    ("JSON in GBK, by the header", "charset", "{where: {msg: 申报成功}}", always(
        answer('{"msg":"申报成功"}'.encode("gbk"), kind="application/json;charset=GBK"))),
    ("JSON in GBK, by the rule", "charset", "{encoding: gbk, where: {msg: 申报成功}}", always(
        answer('{"msg":"申报成功"}'.encode("gbk")))),
    ("JSON with a byte order mark", "charset", CODE, says(b'\xef\xbb\xbf{"code":0}')),
    ("XML in GBK, by the prolog", "charset", "{format: xml, where: {msg: 申报成功}}", xml(
        "<r><msg>申报成功</msg></r>", "gbk", "GBK")),
    ("XML in GB2312, by the header", "charset", "{format: xml, where: {msg: 申报成功}}", xml(
        "<r><msg>申报成功</msg></r>", "gb2312", "", "text/xml; charset=GB2312")),
    ("a page in GBK", "charset", CONTAINS, text("<b>受理成功</b>", "gbk", "text/html; charset=gbk")),
    ("a page in GBK, by its meta", "charset", CONTAINS, text('<meta charset="gbk">受理成功', "gbk")),
    ("a page in references", "charset", CONTAINS, text("&#21463;&#29702;&#25104;&#21151;")),
    ("escapes in JSON", "charset", "{where: {code: 0}, contains: [受理成功]}", says(
        b'{"code":0,"m":"\\u53d7\\u7406\\u6210\\u529f"}')),
    ("attributes that agree", "charset", '{format: xml, where: {row/@code: "0"}}', xml(
        '<r><row code="0"/><row code="0"/><row/></r>')),
    ("hexadecimal of another word", "charset", NO_BUSY, says(
        {"code": 0, "m": "系统不忙".encode().hex() + "deadbeef"})),
    ("gzip in base64 of another word", "charset", NO_BUSY, says(
        {"code": 0, "m": b64encode(pack("受理".encode(), "gzip")).decode()})),
    ("letters with accents", "charset", NO_BUSY, says({"code": 0, "m": "caf\xe9 \xc4\xd6\xdc\xe4\xf6"})),
    ("letters beyond the plane", "charset", NO_BUSY, says(
        b'{"code":0,"m":"\\ud842\\udfb7\xf0\xa0\xae\xb7"}')),
    ("0e0 for 0", "charset", CODE, says(b'{"code": 0e0}')),
    ("an unknown charset", "charset", CODE, always(answer({"code": 0}, kind="application/json; charset=x7"))),
    ("rows with one key each", "charset", CODE, says({"code": 0, "data": {"r": [{"id": 1}, {"id": 2}]}})),
    ('":" inside a text', "charset", CODE, says(b'{"code": 0, "m": "a\\u0022:\\u0022b \\":"}')),
    ("busy in two words", "charset", NO_BUSY, says({"code": 0, "m": "系统 繁忙"})),
    ("base64 of bytes", "charset", NO_BUSY, says({"code": 0, "m": b64encode(bytes(range(256))).decode()})),
    ("JSON in UTF-16, by its mark", "charset", CODE, says(b"\xff\xfe" + '{"code":0}'.encode("utf-16-le"))),
    ("busy in another word", "charset", NO_BUSY, says({"code": 0, "m": "系统不繁忙"})),
    ("the same element twice", "charset", XML_CODE, xml("<r><code>0</code><code>0</code></r>")),
    ("the first of two rows", "charset", '{format: xml, where: {"row[1]/code": "0"}}', xml(
        "<r><row><code>0</code></row><row><code>9</code></row></r>")),
    ("0.0 for 0", "charset", CODE, says(b'{"code": 0.0}')),
    ("blanks and lines", "charset", TEXT_CODE, says(b'{\n  "code" : "0",\n  "data" : { }\n}\n')),
)  # fmt: skip

STATUSES: tuple[Row, ...] = (
    ("204 for success", "status", "{status: [204]}", always(bare(status="204 No Content"))),
    ("204 or a code", "status", "{status: [200, 204], where: {code: 0}}", lambda asked: [
        bare(status="204 No Content") if asked.n % 2 else answer({"code": 0})]),
    ("204 that says gzip", "status", "{status: [204]}", always(
        bare("Content-Encoding: gzip", status="204 No Content"))),
    ("302 for success", "status", "{status: [302]}", always(
        answer(b"", "Location: /home", status="302 Found"))),
    ("201 with a page", "status", "{status: [201]}", always(answer(b"<p>made", status="201 Created"))),
    ("any 200", "status", "any", text("<h1>hello</h1>")),
    ("an empty 200, any", "status", "any", says(b"")),
    ("304 for success", "status", "{status: [304]}", always(bare("ETag: x", status="304 Not Modified"))),
)  # fmt: skip

HONEST: tuple[Row, ...] = INTERIM + CODINGS + CHARSETS + STATUSES
