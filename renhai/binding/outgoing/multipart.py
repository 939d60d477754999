"""multipart/form-data (RFC 7578): texts and files, as browsers send a form with uploads."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from renhai.binding.outgoing.streamed import Streamed, content
from renhai.binding.text.templates import Build, Fields, Scope, compile_tree
from renhai.binding.text.xml_text import plain

Part = tuple[bytes, Build | bytes]  # its head, and its text by the fields or its bytes


def boundary_of(body: Any) -> str:
    """32 hexadecimal digits of the body's own description: the same from run to run, in no file by chance."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return f"renhai-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def compile_multipart(body: Mapping[str, Any], encoding: str, scope: Scope) -> Callable[[Fields], Streamed]:
    """`body`: name to a text, {file, name, type}, {text, name, type}, or a list of these, in their order."""
    boundary = boundary_of(body).encode()
    parts = [
        _part(name, item, boundary, encoding, scope)
        for name, value in body.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    end = b"--%b--\r\n" % boundary

    def build(fields: Fields) -> Streamed:
        found: list[bytes] = []
        for head, value in parts:
            data = value if isinstance(value, bytes) else _encoded(value(fields), encoding)
            found += (head, data, b"\r\n")
        return Streamed([*found, end])

    return build


def _part(name: str, item: Any, boundary: bytes, encoding: str, scope: Scope) -> Part:
    lead = b'--%b\r\nContent-Disposition: form-data; name="%b"' % (boundary, _quoted(name, encoding))
    if not isinstance(item, Mapping):
        return lead + b"\r\n\r\n", compile_tree(item, scope)
    shown = item.get("name") or ("file" in item and Path(item["file"]).name) or ""
    kind = item.get("type") or (_kind_of(shown) if shown else "text/plain")
    shown = b'; filename="%b"' % _quoted(shown, encoding) if shown else b""
    head = b"%b%b\r\nContent-Type: %b\r\n\r\n" % (lead, shown, kind.encode())
    return head, content(item) if "file" in item else compile_tree(item.get("text"), scope)


def _kind_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _quoted(text: str, encoding: str) -> bytes:
    """A name as HTML has it (multipart/form-data encoding algorithm): quotes and line ends %-encoded."""
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), ('"', "%22")):
        text = text.replace(sign, code)
    return text.encode(encoding, "xmlcharrefreplace")


def _encoded(value: Any, encoding: str) -> bytes:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else plain(value)
    return text.encode(encoding, "xmlcharrefreplace")
