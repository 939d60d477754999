"""The body of a request in each format: JSON, a form, XML or plain text, in UTF-8 or GBK."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

import orjson

from renhai.binding.outgoing.multipart import boundary_of, compile_multipart
from renhai.binding.outgoing.streamed import Streamed, content
from renhai.binding.text.templates import Build, Fields, Scope, compile_text, compile_tree, within
from renhai.binding.text.xml_text import escape_xml, plain
from renhai.core.stored_document import as_dict, to_json

CONTENT_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
    "text": "text/plain",
    "binary": "application/octet-stream",
}

Body = Callable[[Fields], "bytes | Streamed"]


def content_type(form: str, encoding: str, body: Any = None) -> str:
    """The media type that a body is sent with; JSON in UTF-8 needs no charset (RFC 8259)."""
    if form == "multipart":
        return f"multipart/form-data; boundary={boundary_of(body)}"
    if form == "binary" and isinstance(body, Mapping) and body.get("type"):
        return str(body["type"])
    plain_kind = form == "binary" or (encoding == "utf-8" and form in ("json", "form"))
    charset = "" if plain_kind else f"; charset={encoding.upper()}"
    return CONTENT_TYPES[form] + charset


def compile_body(body: Any, form: str, encoding: str, scope: Scope) -> Body:
    """`body` as in the YAML: None, `document`, a tree (json, form) or a text (xml, text)."""
    if body is None:
        return lambda fields: b""
    if form == "json" and body == "document":
        return to_json if encoding == "utf-8" else lambda fields: _recode(to_json(fields), encoding)
    build = _compiled(body, form, encoding, scope)
    return lambda fields: build(as_dict(fields))


def _compiled(body: Any, form: str, encoding: str, scope: Scope) -> Body:
    if form == "json":
        return _json(body, encoding, scope)
    if form == "multipart":
        return compile_multipart(body, encoding, scope)
    if form == "binary":
        whole = Streamed([content(body)])
        return lambda fields: whole
    if form == "form":
        return _form(body, encoding, scope)
    return _text(body, form, encoding, scope)


def _json(body: Any, encoding: str, scope: Scope) -> Body:
    build = compile_tree(body, scope)
    if encoding == "utf-8":
        return lambda fields: orjson.dumps(build(fields))
    return lambda fields: _recode(orjson.dumps(build(fields)), encoding)


def _recode(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode().encode(encoding)
    except UnicodeEncodeError:  # what GBK lacks, JSON can write as \uXXXX
        return json.dumps(orjson.loads(data), separators=(",", ":")).encode(encoding)


def _form(body: Any, encoding: str, scope: Scope) -> Body:
    build: Build = (lambda fields: fields) if body == "document" else compile_tree(body, scope)
    return lambda fields: encode_form(build(fields), encoding).encode()


def encode_form(values: Mapping[str, Any], encoding: str) -> str:
    """`a=1&b=2`; a list gives its name once for each entry, None leaves it out, an object goes as JSON.

    A character that the encoding lacks becomes &#NNNN; as browsers write it (HTML, form submission).
    """
    pairs = []
    for name, value in values.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if item is not None:
                text = orjson.dumps(item).decode() if isinstance(item, Mapping) else plain(item)
                pairs.append(f"{_quote(name, encoding)}={_quote(text, encoding)}")
    return "&".join(pairs)


def _quote(text: str, encoding: str) -> str:
    return quote_plus(text, encoding=encoding, errors="xmlcharrefreplace")


def _text(body: str, form: str, encoding: str, scope: Scope) -> Body:
    errors = "xmlcharrefreplace" if form == "xml" else "strict"
    fill = compile_text(body, scope, escape_xml if form == "xml" else within)
    if isinstance(fill, str):
        data = fill.encode(encoding, errors)
        return lambda fields: data
    return lambda fields: fill(fields).encode(encoding, errors)
