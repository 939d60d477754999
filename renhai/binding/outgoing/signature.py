"""A signature over stated parts of a request, as gateways ask for it: see renhai.binding.schema.signature."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from renhai.binding.outgoing.streamed import Body, Streamed
from renhai.binding.text.templates import SECRET, TOKEN, Scope, clock, compile_text

Sign = Callable[[bytes, bytes, bytes, Body], bytes]
"""(method, path with query, header lines, body) to further header lines. Raises ValueError where it signs a
header that is not among these lines."""


def compile_signature(rule: Mapping[str, Any], scope: Scope) -> Sign:
    """Prepare `signature` of a plan. Raises MissingSecret, ValueError for a key of another encoding."""
    algorithm, key = rule["algorithm"], _key(rule, scope)
    join, encode = rule["join"].encode(), _ENCODE[rule["encode"]]
    parts = [_part(text, key, scope) for text in rule["parts"]]
    date, nonce = rule.get("date"), rule.get("nonce")
    tell = _clock(date["format"]) if date else (lambda: "")
    pieces = TOKEN.split(rule["value"])
    texts = [
        piece if n % 2 == 0 or piece in _OWN else _filled(piece, scope) for n, piece in enumerate(pieces)
    ]

    def sign(method: bytes, path: bytes, headers: bytes, body: Body) -> bytes:
        made = {"DATE": tell(), "NONCE": os.urandom(16).hex() if nonce else ""}
        seen = (method, path, headers, body, made)
        signature = encode(_digest(algorithm, key, join.join([part(seen) for part in parts])))
        known = {**made, "SIGNATURE": signature}
        value = "".join(known.get(text, text) if n % 2 else text for n, text in enumerate(texts))
        lines = f"{rule['header']}: {value}\r\n"
        lines += f"{date['header']}: {made['DATE']}\r\n" if date else ""
        lines += f"{nonce['header']}: {made['NONCE']}\r\n" if nonce else ""
        return lines.encode("latin-1")

    return sign


def own_headers(rule: Mapping[str, Any]) -> tuple[bytes, ...]:
    """How the header lines of a signature begin, in small letters."""
    told = (rule, rule.get("date"), rule.get("nonce"))
    return tuple(f"{one['header']}:".lower().encode("latin-1") for one in told if one)


_OWN = ("SIGNATURE", "DATE", "NONCE")
_ENCODE: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "HEX": lambda data: data.hex().upper(),
    "base64": lambda data: b64encode(data).decode(),
}
Seen = tuple[bytes, bytes, bytes, Body, dict[str, str]]


def _key(rule: Mapping[str, Any], scope: Scope) -> bytes:
    text = _filled_text(rule["key"], scope)
    if rule["key_encoding"] == "text":
        return text.encode()
    try:
        key = bytes.fromhex(text) if rule["key_encoding"] == "hex" else b64decode(text, validate=True)
    except ValueError:
        raise ValueError(f"the key of the signature is not {rule['key_encoding']}") from None
    scope.secrets += [key.hex(), b64encode(key).decode()]
    return key


def _filled_text(text: str, scope: Scope) -> str:
    filled = compile_text(text, scope)
    if not isinstance(filled, str):
        raise ValueError("a signature must not depend on a field, but on parts of the request")
    return filled


def _filled(inner: str, scope: Scope) -> str:
    return _filled_text(f"${{{inner}}}", scope)


def _digest(algorithm: str, key: bytes, message: bytes) -> bytes:
    if algorithm.startswith("hmac-"):
        return hmac.digest(key, message, algorithm[5:])
    return hashlib.new(algorithm, message).digest()


def _part(text: str, key: bytes, scope: Scope) -> Callable[[Seen], bytes]:
    name, _, rest = text.partition(":")
    if name == "text":
        literal = rest.encode()
        return lambda seen: literal
    if SECRET.fullmatch(text):
        literal = _filled_text(text, scope).encode()
        return lambda seen: literal
    if name == "header":
        wanted = rest.lower().encode()
        return lambda seen: _header(seen[2], wanted, rest)
    if name == "key":
        return lambda seen: key
    return _PARTS[text]


def _header(lines: bytes, wanted: bytes, shown: str) -> bytes:
    for line in lines.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == wanted:
            return value.strip()
    raise ValueError(f"the signature signs the header {shown}, which this request does not send")


def _hash(body: Body, name: str) -> Any:
    found = hashlib.new(name)
    for part in body.parts if isinstance(body, Streamed) else (body,):
        found.update(part)
    return found


_PARTS: dict[str, Callable[[Seen], bytes]] = {
    "method": lambda seen: seen[0],
    "target": lambda seen: seen[1],
    "path": lambda seen: seen[1].partition(b"?")[0],
    "query": lambda seen: seen[1].partition(b"?")[2],
    "body": lambda seen: bytes(seen[3]),
    "body.sha256": lambda seen: _hash(seen[3], "sha256").hexdigest().encode(),
    "body.sha256.base64": lambda seen: b64encode(_hash(seen[3], "sha256").digest()),
    "body.md5": lambda seen: _hash(seen[3], "md5").hexdigest().encode(),
    "date": lambda seen: seen[4]["DATE"].encode(),
    "nonce": lambda seen: seen[4]["NONCE"].encode(),
}
PARTS = (*_PARTS, "key")


def _clock(pattern: str) -> Callable[[], str]:
    if pattern == "http":
        return lambda: formatdate(usegmt=True)  # RFC 9110 section 5.6.7
    if pattern == "iso":
        return lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if pattern == "unix":
        return lambda: str(int(time.time()))
    if pattern == "unix_ms":
        return lambda: str(time.time_ns() // 1_000_000)
    local = clock(pattern)
    return lambda: str(local({}))
