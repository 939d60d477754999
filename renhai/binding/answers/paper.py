"""A printed paper, looked at as it comes: cheaply, as the load's loop waits; the rest is done after the run.

Readers repair what is cut off and say nothing, so both ends of the file are looked at here: `%PDF-`, `%%EOF`
and where the table of objects begins; the end record of a zip, and that its directory stands right before it.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

MEDIA = {
    "pdf": (b"application/pdf", b"application/octet-stream"),
    "ofd": (b"application/ofd", b"application/vnd.ofd", b"application/zip", b"application/octet-stream"),
}
NAMES = {"pdf": "PDF", "ofd": "OFD"}
_TYPE = re.compile(rb"^content-type:[ \t]*([^;\r\n]*)", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)
_CODED = re.compile(rb"^(?:content|transfer)-encoding:", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF\s*\Z")
_TABLE = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
BEGINNING = 1024  # bytes in which a PDF may begin; and of its end
_RECORD = struct.Struct("<4s4H2LH")  # end of central directory, APPNOTE.TXT 4.3.16
_ZIP_COMMENT = 65_535


class Damage(NamedTuple):
    """kind: empty, cut_off or unreadable."""

    kind: str
    why: str


def paper_check(media: str, head: bytes, body: bytes) -> str:
    """Why an answer is no whole paper of that kind; "" when it looks like one. head: as it came."""
    found = damage(media, body)
    if found is not None:
        return found.why
    said = _TYPE.search(head)
    if said is not None and said[1].strip().lower() not in MEDIA[media]:
        return f"the answer is {said[1].decode('latin-1').strip()[:60]}, not {NAMES[media]}"
    length = _LENGTH.search(head)
    if length is not None and int(length[1]) != len(body) and not _CODED.search(head):
        return f"the paper has {len(body):,} bytes of {int(length[1]):,}"
    return ""


def damage(media: str, body: bytes) -> Damage | None:
    """What can be seen on a paper's bytes alone; None where nothing is wrong with them."""
    if not body:
        return Damage("empty", "the paper is empty")
    return _of_pdf(body) if media == "pdf" else _of_zip(body)


def _of_pdf(body: bytes) -> Damage | None:
    begins = body.find(b"%PDF-", 0, BEGINNING)
    if begins < 0:
        return Damage("unreadable", "the paper is no PDF")
    end = _END.search(body, max(0, len(body) - BEGINNING))
    if end is None:
        return Damage("cut_off", "the paper is cut off: its end mark is missing")
    table = begins + int(end[1])
    if table >= end.start() or not _TABLE.match(body, table):
        return Damage("cut_off", "the paper is cut off: its table of objects is not where its end says")
    return None


def _of_zip(body: bytes) -> Damage | None:
    if body[:4] != b"PK\x03\x04":
        return Damage("unreadable", "the paper is no OFD")
    at = body.rfind(b"PK\x05\x06", max(0, len(body) - _RECORD.size - _ZIP_COMMENT))
    if at < 0 or at + _RECORD.size > len(body):
        return Damage("cut_off", "the paper is cut off: its end record is missing")
    *_, size, offset, comment = _RECORD.unpack_from(body, at)
    if offset + size != at or at + _RECORD.size + comment != len(body):
        return Damage("cut_off", "the paper is cut off: its directory is not where its end record says")
    return None
