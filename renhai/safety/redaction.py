"""One list of what a secret looks like, for excerpts, drafts and errors: by name, by shape, by value.

A secret that is known by its value is found in whatever spelling it comes back; what is not known is guessed
by the name of its field and by the shape of its value, and rather once too often.
"""

from __future__ import annotations

import contextlib
import json
import re
from base64 import b64encode
from functools import lru_cache
from html import escape
from urllib.parse import quote, quote_plus

HIDDEN = "***"
LEAST_CUT = 4  # characters that may be the beginning of a secret
SHORTEST_CORE = 8  # characters of base64 that may be taken for a secret's own

# Names of fields, in English and in Chinese: written out, or as people type it (mima, kl for kouling).
_WORDS = (
    r"passw|passphrase|pwd|secret|token|ticket|credential|session|signature|jwt|captcha|cookie|"
    r"(?:sms|verif(?:y|ication)|valid(?:ate|ation)?|auth|check)[-_]?code|"
    r"csrf|xsrf|api[-_]?key|app[-_]?key|access[-_]?key|auth[-_]?key|private[-_]?key|authorization|"
    r"mima|kouling|miyao|lingpai|yanzhengma|密码|口令|密钥|令牌|验证码|签名|凭证"
)
_WHOLE = r"pass|pw|sign|pin|otp|sid|auth|key|kl|yzm|dxyzm|salt|nonce|ak|sk|aes|vcode"
NAME = re.compile(rf"{_WORDS}|(?:^|[._-])(?:{_WHOLE})$|mm$", re.IGNORECASE)

# Of people: no secret of the system, and not to be copied out of a recording either.
PERSON = re.compile(
    r"sfz|zjhm|shenfenzheng|身份证|证件号|idcard|id_?no$|sjhm|shouji|手机|^sj?h$|mobile|phone|yhzh|银行账号"
    r"|bank_?card|card_?n(?:o|um)|yhkh|银行卡|lxdh|联系电话|e-?mail|邮箱|passport|护照",
    re.IGNORECASE,
)

# Of a query string alone: elsewhere `code` and `state` are words of business.
QUERY = re.compile(r"^(code|state|nonce)$", re.IGNORECASE)

# Values that are secrets whatever their field is called.
SHAPES = re.compile(
    r"\beyJ[\w-]{6,}(?:\.[\w-]+){0,2}"  # a JSON Web Token (RFC 7519), whole or cut
    r"|\b(?:Bearer|Basic|Digest)\s+[\w.~+/=-]{6,}"
    r"|\b(?:ST|TGT|PT)-\d+-[\w.-]{8,}"  # tickets of CAS
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)

# A part of a path that only one person or document can have: long, with letters and digits.
OPAQUE = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[\w.~-]{12,}")

_IN_JSON = re.compile(
    r'"((?:[^"\\]|\\.)*)"(\s*:\s*)("(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|\[[^\[\]{}]*\]?)'
)  # cut-off ones as well: an excerpt may end in the middle
_IN_XML = re.compile(r"(<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>)([^<>]+)")
_IN_FORM = re.compile(r"(?<![\w.-])([\w.-]+)=([^&\s\"'<>;]+)")


@lru_cache(maxsize=10_000)
def is_secret(name: str) -> bool:
    """Whether a field of this name holds what must not be shown."""
    return bool(NAME.search(name))


def is_private(name: str) -> bool:
    """Whether it holds a secret, or what tells who somebody is."""
    return bool(NAME.search(name) or PERSON.search(name))


@lru_cache(maxsize=10_000)
def spellings(secret: str) -> tuple[str, ...]:
    """A secret as it may stand in an excerpt, the longest first.

    Plain, in a URL (UTF-8 and GBK, either case, once more quoted), in JSON (three ways of escaping, JSON in
    JSON), in XML, in hexadecimal, and in base64 at each of the three places where it may begin.
    """
    forms = {secret, *_in_json(secret), *_in_references(secret)}
    for encoding in ("utf-8", "gbk"):
        for quoted in (
            quote(secret, safe="", encoding=encoding, errors="replace"),
            quote(secret, encoding=encoding, errors="replace"),
            quote_plus(secret, encoding=encoding, errors="replace"),
            "".join(f"%{byte:02X}" for byte in secret.encode(encoding, "replace")),
        ):
            forms |= {quoted, _small(r"%[0-9A-F]{2}", quoted), quote(quoted, safe="")}
        with contextlib.suppress(UnicodeEncodeError):  # not every text has a spelling in GBK
            data = secret.encode(encoding)
            forms |= {data.hex(), data.hex().upper(), *_base64(data)}
    return tuple(sorted(filter(None, forms), key=len, reverse=True))


def _in_json(secret: str) -> set[str]:
    """Between the quotes of a string: as it is, in ASCII, with what HTML knows escaped, and all of it."""
    plain, ascii_only = json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(secret)[1:-1]
    forms = {plain, ascii_only, plain.replace("/", "\\/"), ascii_only.replace("/", "\\/")}
    forms.add(re.sub(r"[<>&='\"]", lambda match: f"\\u{ord(match[0]):04x}", ascii_only))
    units = secret.encode("utf-16-be", "replace")
    forms.add("".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)))
    forms |= {json.dumps(form)[1:-1] for form in list(forms)}
    return forms | {re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda match: match[0].upper(), form) for form in forms}


def _in_references(secret: str) -> set[str]:
    """In XML and HTML: what must be escaped, what is not ASCII, what is no letter, and all of it."""
    named = {escape(secret, quote=False), escape(secret), escape(secret).replace("&#x27;", "&apos;")}
    forms = set(named)
    for form in ("&#{};", "&#x{:x};", "&#x{:X};"):

        def reference(match: re.Match[str], form: str = form) -> str:
            return form.format(ord(match[0]))

        forms |= {re.sub(r"[^\0-\x7f]", reference, text) for text in named}
        forms |= {re.sub(pattern, reference, secret) for pattern in (r"\W", r"[^a-zA-Z0-9]", r"(?s).")}
    return forms


def _small(pattern: str, text: str) -> str:
    return re.sub(pattern, lambda match: match[0].lower(), text)


def _base64(data: bytes) -> set[str]:
    """What stands in base64 for these bytes whatever is before and after them, with either alphabet."""
    found = {b64encode(data).decode(), b64encode(data).decode().rstrip("=")}
    for before in range(3):
        text = b64encode(b"\0" * before + data + b"\0\0").decode()
        first = -(-before * 8 // 6)  # characters that hold bits of what is before
        last = (before + len(data)) * 8 // 6
        found.add(text[first:last])
    cores = {text for text in found if len(text) >= SHORTEST_CORE}
    return cores | {text.replace("+", "-").replace("/", "_") for text in cores}


def without(text: str, secrets: tuple[str, ...] | list[str], *, cut: bool = False) -> str:
    """`text` without these secrets, in any of their spellings.

    cut: the text goes on, so the beginning of one at its end is hidden, too.
    """
    forms = {form for secret in secrets for form in spellings(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text[: min((_begins(text, form) for form in forms), default=len(text))] if cut else text


def _begins(text: str, form: str) -> int:
    """Where the end of `text` is the beginning of `form`; its length where it is not."""
    at = text.find(form[:LEAST_CUT], max(0, len(text) - len(form) + 1))
    while at >= 0 and not form.startswith(text[at:]):
        at = text.find(form[:LEAST_CUT], at + 1)
    return at if at >= 0 else len(text)


def _speaks(name: str) -> bool:
    """Whether a name in JSON, whose letters may be escaped, is that of a secret."""
    try:
        return is_secret(json.loads(f'"{name}"'))
    except ValueError:
        return is_secret(name)


def guessed(text: str) -> str:
    """`text` without what is a secret by the name of its field (JSON, XML, form, query) or by its shape."""
    text = _IN_JSON.sub(lambda m: f'"{m[1]}"{m[2]}"{HIDDEN}"' if _speaks(m[1]) else m[0], text)
    text = _IN_XML.sub(lambda m: m[1] + HIDDEN if is_secret(m[2]) else m[0], text)
    text = _IN_FORM.sub(lambda m: f"{m[1]}={HIDDEN}" if is_secret(m[1]) else m[0], text)
    return SHAPES.sub(HIDDEN, text)
