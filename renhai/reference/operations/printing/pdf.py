"""Papers as PDF. reportlab lays each form out once; a paper then is that document with its values put in.

Chinese is set in STSong-Light, one of the fonts that a reader of PDF has (Adobe-GB1), so no font is embedded.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from renhai.reference.operations.printing.forms import FIELD_POINTS, FORMS, HEIGHT_MM, WIDTH_MM, Form

FONT = "STSong-Light"
POINTS_A_MM = 72 / 25.4
NEEDS = "printing PDF needs the extra print: pip install 'renhai[print]'"
_OBJECT = re.compile(rb"(\d+) 0 obj\r?\n(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"<<.*?>>\s*stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_BOUND = "\N{REFERENCE MARK}"


class MissingExtra(Exception):
    """reportlab is not installed; the message is the remedy."""


class Compiled(NamedTuple):
    """A form laid out. objects: number and bytes of what never changes; streams: number of a page's content,
    its parts, and the names of the values between them; trailer: the trailer's dictionary."""

    objects: tuple[tuple[int, bytes], ...]
    streams: tuple[tuple[int, tuple[bytes, ...], tuple[str, ...]], ...]
    trailer: bytes


def print_pdf(form: str, values: Mapping[str, str], shift_mm: float = 0.0) -> bytes:
    """The paper; every field stands `shift_mm` further right than the form says. Raises MissingExtra."""
    compiled = compile_form(form, shift_mm)
    bodies = list(compiled.objects)
    for number, parts, names in compiled.streams:
        pieces = [parts[0]]
        for name, part in zip(names, parts[1:], strict=True):
            pieces += (b"<" + values[name].encode("utf-16-be").hex().encode() + b">", part)
        content = b"".join(pieces)
        bodies.append((number, b"<< /Length %d >>\nstream\n%b\nendstream\n" % (len(content), content)))
    return _document(bodies, compiled.trailer)


def _document(bodies: list[tuple[int, bytes]], trailer: bytes) -> bytes:
    """The objects one after another, with where each begins."""
    out = bytearray(b"%PDF-1.4\n%\x93\x8c\x8b\x9e\n")
    begins = {}
    for number, body in bodies:
        begins[number] = len(out)
        out += b"%d 0 obj\n%bendobj\n" % (number, body)
    table = len(out)
    size = max(begins) + 1
    rows = [b"%010d 00000 n \n" % begins[number] for number in range(1, size)]
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size + b"".join(rows)
    out += b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (trailer, table)
    return bytes(out)


@cache
def compile_form(form: str, shift_mm: float = 0.0) -> Compiled:
    """A form laid out by reportlab, taken apart into what changes and what does not. Raises MissingExtra."""
    plain = _laid_out(FORMS[form], shift_mm)
    objects = [(int(number), body) for number, body in _OBJECT.findall(plain)]
    fixed, streams = [], []
    for number, body in objects:
        match = _STREAM.search(body)
        if match is None:
            fixed.append((number, body))
            continue
        parts, names = _taken_apart(match[1])
        streams.append((number, parts, names))
    trailer = re.search(rb"trailer\s*(<<.*?>>)\s*startxref", plain, re.DOTALL)
    assert trailer is not None
    return Compiled(tuple(fixed), tuple(streams), trailer[1])


def _laid_out(form: Form, shift_mm: float) -> bytes:
    try:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont
        from reportlab.pdfgen.canvas import Canvas
    except ImportError:
        raise MissingExtra(NEEDS) from None
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    size = WIDTH_MM * POINTS_A_MM, HEIGHT_MM * POINTS_A_MM
    canvas = Canvas(out, pagesize=size, pageCompression=0, invariant=1)
    for page in range(1, form.pages + 1):
        for text in form.texts:
            if text.page == page:
                canvas.setFont(FONT, text.points)
                canvas.drawString(text.x_mm * POINTS_A_MM, _up(text.y_mm), text.words)
        canvas.setFont(FONT, FIELD_POINTS)
        for field in form.fields:
            if field.page == page:
                x_mm = field.x_mm + shift_mm
                canvas.drawString(x_mm * POINTS_A_MM, _up(field.y_mm), f"{_BOUND}{field.name}{_BOUND}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _up(y_mm: float) -> float:
    """Points from the bottom of a page."""
    return (HEIGHT_MM - y_mm) * POINTS_A_MM


def _taken_apart(content: bytes) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """The bytes of a page between its values, and the values' names in their order."""
    from reportlab.pdfbase import pdfmetrics

    bound = pdfmetrics.getFont(FONT).formatForPdf(_BOUND).encode("latin-1")
    parts, names = [b""], []
    for number, piece in enumerate(content.split(bound)):
        if number % 2:
            names.append(re.sub(rb"\\000|\x00", b"", piece).decode("ascii"))
            parts.append(b"")
        else:
            parts[-1] += piece
    # a text is `(...) Tj`; the value brings brackets of its own
    last = len(parts) - 1
    for number, part in enumerate(parts):
        part = part if number == last else part.removesuffix(b"(")
        parts[number] = part if number == 0 else part.removeprefix(b")")
    return tuple(parts), tuple(names)
