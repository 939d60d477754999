"""A word of `absent` is found however it is written, and what only looks like it is let be."""

from __future__ import annotations

import base64
import gzip
import html
import json
import zlib

import pytest

from renhai.binding.answers.rules import compile_judge

BUSY = "系统繁忙"
RULE = {"status": [200], "where": {"code": 0}, "absent": [BUSY], "code": "", "reason": [], "data": ""}
BIG_RULE = {**RULE, "absent": ["ERROR"]}


def head(charset: str = "") -> bytes:
    kind = f"application/json; charset={charset}" if charset else "application/json"
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode()


def said(text: str, codec: str = "utf-8") -> bytes:
    return json.dumps({"code": 0, "m": text}, ensure_ascii=False).encode(codec)


def nested(times: int) -> str:
    text = BUSY
    for _ in range(times):
        text = json.dumps({"m": text})
    return text


def each(form: str) -> str:
    return "".join(form.format(ord(letter)) for letter in BUSY)


def windows(byte: int) -> str:
    """As browsers read ISO-8859-1."""
    return bytes([byte]).decode("cp1252", "ignore") or chr(byte)


def octets(mark: str, codec: str) -> str:
    return "".join(f"{mark}{byte:02X}" for byte in BUSY.encode(codec))


BASE64 = base64.b64encode(f"错误：{BUSY}".encode()).decode()
IN_LINES = base64.encodebytes(f"{'x' * 50} {BUSY} {'y' * 60}".encode()).decode()  # the word goes over the end
QUOTED_IN_LINES = octets("=", "utf-8")[:15] + "=\r\n" + octets("=", "utf-8")[15:]
HIDDEN = {
    "UTF-16 with a mark": (head(), b"\xff\xfe" + said(BUSY, "utf-16-le")),
    "UTF-16, the other end first": (head(), b"\xfe\xff" + said(BUSY, "utf-16-be")),
    "UTF-32": (head("utf-32"), said(BUSY, "utf-32")),
    "GB18030 beside a character of four bytes": (head("gb18030"), said(f"\U00020087{BUSY}", "gb18030")),
    "GBK that is called Big5": (head("big5"), said(BUSY, "gbk")),
    "GBK that is called Shift JIS": (head("shift_jis"), said(BUSY, "gbk")),
    "HZ": (head("hz-gb-2312"), said(BUSY, "hz")),
    "JSON in JSON, five times over": (head(), said(nested(5))),
    "references without a semicolon": (head(), said(each("&#{}"))),
    "references of references": (head(), said(html.escape(html.escape(each("&#x{:x};"))))),
    "bytes of a URL": (head(), said(octets("%", "utf-8"))),
    "bytes of a URL in GBK": (head(), said(octets("%", "gbk"))),
    "escape() of a script": (head(), said(each("%u{:04X}"))),
    "braces of a script": (head(), said(each("\\u{{{:x}}}"))),
    "bytes of a script": (head(), said(octets("\\x", "utf-8"))),
    "base64": (head(), said(BASE64)),
    "base64 of URLs, without its end": (head(), said(BASE64.rstrip("=").replace("+", "-").replace("/", "_"))),
    "base64 in GBK": (head(), said(base64.b64encode(BUSY.encode("gbk")).decode())),
    "gzip in base64": (head(), said(base64.b64encode(gzip.compress(BUSY.encode())).decode())),
    "zlib in base64, in GBK": (head(), said(base64.b64encode(zlib.compress(BUSY.encode("gbk"))).decode())),
    "bytes in hexadecimal": (head(), said(BUSY.encode().hex())),
    "escapes of Python": (head(), said(each("\\U{:08x}"))),
    "UTF-8 read as Latin-1": (head(), said(BUSY.encode().decode("latin-1"))),
    "UTF-8 read as Windows-1252": (head(), said("".join(map(windows, BUSY.encode())))),
    "GBK read as Latin-1": (head(), said(BUSY.encode("gbk").decode("latin-1"))),
    "cut by selectors of variants": (head(), said("系\U000e0100统\U000e0101繁忙")),
    "base64 in lines": (head(), said(IN_LINES)),
    "base64 in lines, as mail ends them": (head(), said(IN_LINES.replace("\n", "\r\n"))),
    "JSON in base64": (head(), said(base64.b64encode(nested(1).encode()).decode())),
    "a style": (head(), said("<i style=\"content:'" + each("\\{:x}") + "'\">")),
    "a style, with blanks": (head(), said(each("\\{:X} "))),
    "a style, six digits each": (head(), said(each("\\{:06x}"))),
    "bytes in octal": (head(), said("".join(f"\\{byte:03o}" for byte in BUSY.encode()))),
    "quoted-printable": (head(), said(octets("=", "utf-8"))),
    "quoted-printable in small letters": (head(), said(octets("=", "utf-8").lower())),
    "quoted-printable, over the end of a line": (head(), said(QUOTED_IN_LINES)),
    "quoted-printable in GBK": (head(), said(octets("=", "gbk"))),
    "UTF-7 that nobody names": (head(), said(BUSY, "utf-7")),
    "HZ that nobody names": (head(), said(BUSY, "hz")),
    "cut by tags of rare kinds": (head(), said("系<bdi>统</bdi><sub>繁</sub><nobr>忙")),
    "cut by tags": (head(), said("系统<b class=x>繁</b><span>忙</span>")),
    "cut by what nobody sees": (head(), said("系\u200b统\u00ad繁\ufeff忙")),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_word_is_found_however_it_is_written(name: str) -> None:
    reply = compile_judge(RULE)(200, *HIDDEN[name], ())
    assert (reply.outcome, reply.reason) == ("rejected", "the answer has a text of `absent`")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_word_in_utf_16_without_its_mark_is_found(codec: str) -> None:
    rule = {**BIG_RULE, "where": {}, "format": "text"}
    reply = compile_judge(rule)(200, head(), "<p>ERROR 12</p>".encode(codec), ())
    assert (reply.outcome, reply.reason) == ("rejected", "the answer has a text of `absent`")


def test_full_width_letters_are_letters() -> None:
    assert compile_judge(BIG_RULE)(200, head(), said("ＥＲＲＯＲ 12"), ()).outcome == "rejected"
    rule = {**RULE, "absent": ["ＥＲＲＯＲ"]}
    assert compile_judge(rule)(200, head(), said("ERROR 12"), ()).outcome == "rejected"


@pytest.mark.parametrize(
    "text",
    [
        "系统不繁忙",
        "系统 繁忙",  # two words
        "<td>系统</td><td>繁忙</td>",  # two cells
        "%E7%B3",  # half a character
        "\\u{110000}\\u{FFFFFF}",
        "QUJD" * 30,
        base64.b64encode(bytes(range(256))).decode(),
        "100%",
        "C:\\data\\feed\\7cfb",
        "a+b=c+d+e, 1+1=2, +86-731-88, =E7=FF",
        "~{not HZ~}",
        "20150911103000 4301020000000001 deadbeefcafe",
        base64.b64encode(gzip.compress(b"busy")).decode() + base64.b64encode(b"\x1f\x8b\x08broken").decode(),
        "caf\xe9 \xc4\xd6\xdc\xe4\xf6\xfc\xdf",
        "a" * 5000,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    ],
)
def test_what_is_another_text_is_let_be(text: str) -> None:
    assert compile_judge(RULE)(200, head(), said(text), ()).ok


@pytest.mark.parametrize("value", ['"1e400"', '"-1e999"', f'"{"9" * 5000}"', "1e400", "NaN", "Infinity"])
def test_a_number_beyond_all_bounds_is_an_error(value: str) -> None:
    rule = {**RULE, "absent": [], "data": {"n": {"path": "n", "as": "number"}}}
    reply = compile_judge(rule)(200, head(), f'{{"code":0,"n":{value}}}'.encode(), ())
    assert (reply.outcome, reply.data) == ("error", {})


@pytest.mark.parametrize(
    ("page", "there"),
    [
        ("<p>受理成功</p>", True),
        ("<!-- 受理成功 --><p>系统维护", False),
        ("<p>系统维护<!-- 受理成功", False),  # a comment without an end goes on to the end
        ("<!-- a --><p>受理成功</p><!-- b -->", True),
        ("<script><!--\nresult = '受理成功';\n//--></script>", True),  # an old page's script
        ("<!-- <script>受理成功</script> -->", False),
        ("<m>&#21463;&#29702;&#25104;&#21151;</m><!-- -->", True),
    ],
)
def test_a_word_that_must_be_there_does_not_count_in_a_comment(page: str, there: bool) -> None:
    rule = {**RULE, "where": {}, "format": "text", "absent": [], "contains": ["受理成功"]}
    reply = compile_judge(rule)(200, head(), page.encode(), ())
    assert reply.ok is there
