"""An answer's bytes as text, and the words in it however they are written.

The charset is that of a byte order mark, else of the header Content-Type, else of the XML prolog (or of an
HTML `<meta charset>`), else the binding's `encoding`. A name that is no charset is passed over. GB2312 and
GBK are read as GB18030, which holds both, as browsers do.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence

LAYERS = 8  # JSON in XML in base64 in JSON: how many times over `absent` undoes what hides a word

_HEADER = re.compile(
    rb"^content-type:[^\r\n]*?;\s*charset\s*=\s*[\"']?([\w.:+-]+)", re.IGNORECASE | re.MULTILINE
)
_PROLOG = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:+-]+)")
_META = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?([\w.:+-]+)", re.IGNORECASE)
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CHINESE = frozenset({"gb2312", "gbk", "gb18030", "cp936"})
_BEGINNING = 1024  # bytes of an answer in which a prolog or <meta charset> is looked for

_ESCAPE = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\([\\/\"])"
)
_WRAPPING = re.compile(r"<!\[CDATA\[|\]\]>|<!--.*?-->", re.DOTALL)
_COMMENTS = re.compile(r"(<script\b.*?</script\s*>)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE)
# Of JavaScript, and of Python.
_SCRIPT = re.compile(r"\\u\{([0-9a-fA-F]{1,6})\}|%u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")
_BYTES = re.compile(r"(?:(?:%|\\x)[0-9a-fA-F]{2})+")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
_MOST_PACKED = 1 << 20  # bytes of a text that stands packed in base64, as forms of the tax bureau do
_OCTAL = re.compile(r"(?:\\[0-3][0-7]{2}){2,}")  # bytes in strings of C, Python and PHP
_STYLE = re.compile(r"\\([0-9a-fA-F]{2,6})(?:\r\n|[ \t\r\n\f])?")  # CSS Syntax Level 3, 4.3.7
_BREAK = r"(?:\r?\n|(?:\\+r)?\\+n)"  # of a line, as it stands or in a string of JSON
_QUOTED = re.compile(rf"(?:=[0-9A-Fa-f]{{2}}(?:={_BREAK})?){{2,}}")  # quoted-printable, RFC 2045
_SOFT_BREAK = re.compile("=" + _BREAK)
_LETTERS_1252 = bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
_MOJIBAKE = re.compile(f"[\x80-\xff{_LETTERS_1252}]{{4,}}")  # UTF-8 or GBK, read as Windows-1252
_UTF_7 = re.compile(rb"\+[A-Za-z0-9+/]{3,}-?")  # RFC 2152
_BASE64 = re.compile(rf"[A-Za-z0-9+/_-]{{8,}}(?:{_BREAK}[A-Za-z0-9+/]+)*={{0,2}}")  # in lines, as mail has it
_BETWEEN = re.compile(f"({_BREAK})")
# Of HTML, those that stand within a sentence: a word that one of them cuts is read as one.
_INLINE = re.compile(
    r"</?(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|nobr|q|s|samp"
    r"|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?:\s[^<>]{0,400})?/?>",
    re.IGNORECASE,
)
# What no reader sees: soft hyphen, joiners, marks of direction, byte order mark, variation selectors.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)

# What stands directly before a word and denies it: 不成功, not successful, unsuccessful.
_NOT_DENIED = "(?<![不未没])(?<!没有)(?<!无法)(?<![Nn]ot )(?<!NOT )(?<![Uu]n)(?<!UN)"

Words = Callable[[bytes, bytes, str], str]


def charset_of(head: bytes) -> str:
    """The codec that the header Content-Type names; "" for none."""
    low = head.lower()
    at = low.find(b"charset=")
    if at < 0 and b"charset" not in low:
        return ""
    if low.startswith(b"charset=utf-8\r", at) and low.startswith(
        b"content-type:", low.rfind(b"\n", 0, at) + 1
    ):
        return "utf-8"  # as most say it, without a regular expression
    match = _HEADER.search(head)
    return _codec(match.group(1)) if match else ""


def encoding_of(head: bytes, body: bytes, fallback: str) -> str:
    """The codec of an answer, by the order above."""
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return codec
    return charset_of(head) or _said_inside(body[:_BEGINNING]) or fallback


def decode(head: bytes, body: bytes, fallback: str) -> str:
    """The text of an answer. Raises UnicodeDecodeError, which is a ValueError."""
    return body.decode(encoding_of(head, body, fallback))


def _said_inside(beginning: bytes) -> str:
    match = _PROLOG.match(beginning) or _META.search(beginning)
    return _codec(match.group(1)) if match else ""


def _codec(name: bytes) -> str:
    try:
        found = codecs.lookup(name.decode("latin-1").replace("x-", "", 1))
    except LookupError:
        return ""
    if not getattr(found, "_is_text_encoding", True):  # base64, rot13 and their like
        return ""
    return "gb18030" if found.name in _CHINESE else found.name


def undone(text: str) -> str:
    """`text` with one layer of JSON escapes and of character references undone."""
    if "\\" in text:
        text = _ESCAPE.sub(_character, text)
    return html.unescape(text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    high, low, one, mark = match.groups()
    if mark is not None:
        return str(mark)
    if one is not None:
        return chr(int(one, 16))
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))


def compile_words(contains: Sequence[str], absent: Sequence[str], fallback: str) -> Words:
    """Why an answer (head, body, what a parser read in it) is rejected for its words; "" when it is not.

    A word of `contains` counts as it stands and with escapes and references undone, but not in a comment of
    HTML or XML, which nobody sees, and not where it is denied. One of `absent` is looked for in every reading
    that the bytes allow, because a failure hides more easily than a success.
    """

    absent = list(dict.fromkeys(form for word in absent for form in (word, bare(word))))
    wanted = [(word, re.compile(_NOT_DENIED + re.escape(word))) for word in contains]
    longer = [word for word in absent if len(word) > 1]  # the bytes of one character may stand by accident

    def wrong(head: bytes, body: bytes, read: str) -> str:
        try:
            text = decode(head, body, fallback)
        except ValueError:
            text = ""
        if contains:
            shown = _without_comments(text)
            plain = undone(shown)
            for word, stated in wanted:
                found = [one for one in (shown, plain) if word in one]
                if not found:
                    return "the answer lacks a text of `contains`"
                if word[:1].isalpha() and not any(map(stated.search, found)):
                    return "the answer has a text of `contains` only where it is denied"
        if absent and any(word in reading for reading in _readings(text, body, read) for word in absent):
            return "the answer has a text of `absent`"
        if longer and any(word in reading for reading in _damaged(body) for word in longer):
            return "the answer has a text of `absent`"
        return ""

    return wrong


def _without_comments(text: str) -> str:
    """Scripts stay as they are: old pages wrap theirs in a comment, so that older browsers pass over it."""
    return _COMMENTS.sub(lambda match: match[1] or "", text) if "<!--" in text else text


def _damaged(body: bytes) -> Iterator[str]:
    """The bytes as UTF-8 where some are none: one that was cut must not hide the words beside it."""
    if not body.isascii():
        try:
            body.decode()
        except ValueError:
            yield body.decode("utf-8", "replace")


def _readings(text: str, body: bytes, read: str) -> Iterator[str]:
    for reading in (text, read, *_other_charsets(text, body)):
        for piece in dict.fromkeys((reading, _INLINE.sub("", _WRAPPING.sub("", reading)))):
            for _ in range(LAYERS):
                yield piece
                if not piece.isascii() and (seen := bare(piece)) != piece:
                    yield seen
                before, piece = piece, _opened(undone(piece))
                if piece == before:
                    break


def bare(text: str) -> str:
    """`text` as it is seen: full-width forms as their plain ones (NFKC), without what is invisible."""
    seen = _UNSEEN.sub("", text)
    return seen if unicodedata.is_normalized("NFKC", seen) else unicodedata.normalize("NFKC", seen)


def _opened(text: str) -> str:
    """`text` with one layer undone of what carries text beside JSON and HTML: scripts, URLs, styles, mail,
    base64."""
    if "\\" in text or "%u" in text:
        text = _SCRIPT.sub(_of_script, text)
    if "%" in text or "\\x" in text:
        text = _BYTES.sub(_of_bytes, text)
    if "\\" in text:
        text = _STYLE.sub(_of_style, _OCTAL.sub(_of_octal, text))
    if "=" in text:
        text = _QUOTED.sub(_of_quoted, text)
    if not text.isascii():
        text = _MOJIBAKE.sub(_of_mojibake, text)
    return _BASE64.sub(_of_base64, _HEX.sub(_of_hex, text))


def _of_script(match: re.Match[str]) -> str:
    code = int(next(filter(None, match.groups())), 16)
    return chr(code) if code < 0x110000 else match[0]


def _of_bytes(match: re.Match[str]) -> str:
    found = bytes.fromhex(match[0].replace("%", "").replace("\\x", ""))
    return _text_of(found) or match[0]


def _of_style(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if 0x80 <= code < 0xD800 or 0xE000 <= code < 0x110000 else match[0]


def _of_octal(match: re.Match[str]) -> str:
    return _text_of(bytes(int(one, 8) for one in match[0].split("\\")[1:])) or match[0]


def _of_quoted(match: re.Match[str]) -> str:
    found = bytes.fromhex(_SOFT_BREAK.sub("", match[0]).replace("=", ""))
    return _text_of(found) or match[0]


def _of_hex(match: re.Match[str]) -> str:
    return _text_of(bytes.fromhex(match[0])) or match[0]


def _of_mojibake(match: re.Match[str]) -> str:
    """Bytes that were read as Latin-1, or as Windows-1252 is, which has letters for some that it lacks."""
    found = b"".join(
        bytes((ord(one),)) if ord(one) < 0x100 else one.encode("cp1252", "replace") for one in match[0]
    )
    return _text_of(found) or match[0]


def _of_base64(match: re.Match[str]) -> str:
    parts = _BETWEEN.split(match[0])
    whole = _decoded("".join(parts[::2]))
    if whole or len(parts) == 1:
        return whole or match[0]
    parts[::2] = [_decoded(line) or line for line in parts[::2]]  # lines that are each by themselves
    return "".join(parts)


def _decoded(text: str) -> str:
    """What a run of base64 says; "" where it says nothing."""
    run = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        found = base64.b64decode(run + "=" * (-len(run) % 4))
    except binascii.Error:
        return ""
    return _text_of(unpacked(found))


def unpacked(data: bytes) -> bytes:
    """What was packed by gzip or zlib; anything else as it is."""
    if data[:2] != b"\x1f\x8b" and (data[:1] != b"\x78" or int.from_bytes(data[:2]) % 31):
        return data
    try:
        return zlib.decompressobj(47).decompress(data, _MOST_PACKED)
    except zlib.error:
        return data


def _of_utf_7(match: re.Match[bytes]) -> bytes:
    try:
        return match[0].decode("utf-7").encode()
    except ValueError:
        return match[0]


def _text_of(data: bytes) -> str:
    """Bytes that are a text in one of the two charsets of Chinese targets; "" for any other."""
    for codec in ("utf-8", "gb18030"):
        try:
            text = data.decode(codec)
        except ValueError:
            continue
        if all(letter.isprintable() or letter.isspace() for letter in text):
            return text
    return ""


def _other_charsets(text: str, body: bytes) -> Iterator[str]:
    """The bytes as UTF-8, or else as GB18030, where that differs from what was said of them; and in the
    encodings that nobody need name: UTF-7, HZ, and UTF-16 without its mark."""
    if b"\0" in body:
        yield from (body.decode(codec, "replace") for codec in ("utf-16-le", "utf-16-be"))
    if body.isascii():
        if not text:
            yield body.decode("ascii")
        if b"~{" in body:
            yield body.decode("hz", "replace")
        if _UTF_7.search(body):
            yield _UTF_7.sub(_of_utf_7, body).decode("utf-8", "replace")
        return
    for codec in ("utf-8", "gb18030"):
        try:
            other = body.decode(codec)
        except ValueError:
            continue
        if other != text:
            yield other
        return
    if not text:
        yield body.decode("gb18030", "replace")
