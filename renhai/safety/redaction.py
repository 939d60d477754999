"""One list of what a secret looks like, for excerpts, drafts and errors: by name, by shape, by value.

A secret that is known by its value is found in whatever spelling it comes back; what is not known is guessed
by the name of its field and by the shape of its value, and rather once too often.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import lru_cache
from html import escape
from urllib.parse import quote, quote_plus

HIDDEN = "***"
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


def is_secret(name: str) -> bool:
    """Whether a field of this name holds what must not be shown."""
    return bool(NAME.search(name))


def is_private(name: str) -> bool:
    """Whether it holds a secret, or what tells who somebody is."""
    return bool(NAME.search(name) or PERSON.search(name))


@lru_cache(maxsize=10_000)
def spellings(secret: str) -> tuple[str, ...]:
    """A secret as it may stand in an excerpt, the longest first.

    Plain, in a URL (UTF-8 and GBK, either case), in JSON (three ways of escaping), in XML, in hexadecimal,
    and in base64 at each of the three places where it may begin.
    """
    plain_json, ascii_json = json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(secret)[1:-1]
    forms = {secret, plain_json, ascii_json, plain_json.replace("/", "\\/"), ascii_json.replace("/", "\\/")}
    forms.add(re.sub(r"[<>&='\"]", lambda match: f"\\u{ord(match[0]):04x}", ascii_json))
    for encoding in ("utf-8", "gbk"):
        for quoted in (
            quote(secret, safe="", encoding=encoding, errors="replace"),
            quote(secret, encoding=encoding, errors="replace"),
            quote_plus(secret, encoding=encoding, errors="replace"),
        ):
            forms |= {quoted, re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)}
    forms |= {escape(secret, quote=False), escape(secret), escape(secret).replace("&#x27;", "&apos;")}
    forms |= {re.sub(r"[^\w]", lambda match: f"&#{ord(match[0])};", secret)}
    data = secret.encode()
    forms |= {data.hex(), data.hex().upper(), *_base64(data)}
    return tuple(sorted(filter(None, forms), key=len, reverse=True))


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


def without(text: str, secrets: tuple[str, ...] | list[str]) -> str:
    """`text` without these secrets, in any of their spellings."""
    forms = {form for secret in secrets for form in spellings(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


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
