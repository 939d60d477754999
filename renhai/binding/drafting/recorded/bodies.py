"""The body of a recorded request, by its media type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from xml.etree import ElementTree

from renhai.binding.drafting.draft import Draft
from renhai.binding.drafting.exact_json import read_json
from renhai.binding.drafting.notes import note
from renhai.binding.drafting.recorded.exchange import Body, Part, is_too_deep, pairs_of


def body_of(text: str, media: str, params: list[Any] | None = None) -> Body:
    """media: the whole header, charset and boundary included; params: as a HAR has them."""
    kind = media.partition(";")[0].strip().lower()
    params = [item for item in params or [] if isinstance(item, dict)]
    if kind == "multipart/form-data":
        return _multipart(text, media, params)
    if "urlencoded" in kind or (params and not text):
        pairs, _ = pairs_of(text)
        listed = tuple((str(p.get("name", "")), _text(p.get("value"))) for p in params)
        return Body("form", media, text, pairs=pairs or listed)
    if not text:
        return Body()
    if "json" in kind or (not kind and text[:1] in "{["):
        return _json(text, media)
    if "xml" in kind or (not kind and text.lstrip()[:1] == "<"):
        return _xml(text, media)
    if not _is_text(text):
        return Body("lost", media, why="why_binary")
    return Body("text", media, text)


def say_losses(draft: Draft, operation: str, bodies: Iterable[Body]) -> None:
    """Mark what the fields of JSON bodies do not say of them."""
    for body in bodies:
        if body.twice:
            draft.mark(operation, note("twice", names=body.twice))
        if body.inexact:
            draft.mark(operation, note("inexact", names=body.inexact))


def charset_of(media: str, text: str = "") -> str:
    """gbk or utf-8, by the media type or an XML prolog."""
    said = re.search(r"charset=[\"']?([\w-]+)", media, re.IGNORECASE) or re.match(
        r"\s*<\?xml[^>]*encoding=[\"']([\w-]+)", text
    )
    return "gbk" if said and said[1].lower() in ("gbk", "gb2312", "gb18030", "cp936") else "utf-8"


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _json(text: str, media: str) -> Body:
    try:
        read = read_json(text)
    except RecursionError:
        return Body("lost", media, why="why_deep")
    except ValueError:
        return Body("text", media, text) if _is_text(text) else Body("lost", media, why="why_unreadable")
    if not isinstance(read.tree, dict | list):
        return Body("text", media, text)
    if is_too_deep(read.tree):
        return Body("lost", media, why="why_deep")
    return Body("json", media, text, read.tree, twice=read.twice, inexact=read.inexact)


def _xml(text: str, media: str) -> Body:
    if len(re.findall(r"<[\w]", text)) > 50_000 or not _is_text(text):
        return Body("lost", media, why="why_unreadable")
    try:
        ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (ElementTree.ParseError, ValueError, RecursionError):
        return Body("text", media, text)
    return Body("xml", media, text)


def _is_text(text: str) -> bool:
    return "\ufffd" not in text and not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)


def _multipart(text: str, media: str, params: list[dict[str, Any]]) -> Body:
    parts = [
        Part(
            str(p.get("name", "")),
            _text(p.get("value")),
            _text(p.get("fileName")),
            _text(p.get("contentType")),
        )
        for p in params
    ]
    if not parts and text:
        message = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {media}\r\n\r\n".encode("latin-1", "replace") + text.encode()
        )
        parts = [_part(item) for item in message.iter_parts()] if message.is_multipart() else []
    return Body("multipart", media, parts=tuple(parts)) if parts else Body("lost", media, why="why_missing")


def _part(item: Any) -> Part:
    name = item.get_param("name", "", header="content-disposition")
    data = item.get_payload(decode=True) or b""
    media = item.get("content-type", "")
    return Part(str(name), data.decode("utf-8", "replace"), item.get_filename() or "", str(media))
