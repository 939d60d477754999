"""Papers as OFD (GB/T 33190-2016): a zip of XML files, its texts placed in millimetres."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from xml.sax.saxutils import escape

from renhai.reference.operations.printing.forms import FIELD_POINTS, FORMS, HEIGHT_MM, WIDTH_MM

MM_A_POINT = 25.4 / 72
SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MADE = (2000, 1, 1, 0, 0, 0)  # the same values make the same bytes
_ROOT = (
    f'{_HEAD}<ofd:OFD {SPACE} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
    "<ofd:DocID>00000000000000000000000000000000</ofd:DocID></ofd:DocInfo>"
    "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
)
_FONTS = (
    f'{_HEAD}<ofd:Res {SPACE} BaseLoc="Res"><ofd:Fonts>'
    '<ofd:Font ID="1" FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>'
)


class Compiled(NamedTuple):
    """files: name and text of what never changes; pages: name, parts, and the names of the values between."""

    files: tuple[tuple[str, str], ...]
    pages: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]


def print_ofd(form: str, values: Mapping[str, str], shift_mm: float = 0.0) -> bytes:
    """The paper; every field stands `shift_mm` further right than the form says."""
    compiled = compile_form(form, shift_mm)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, text in compiled.files:
            packed.writestr(zipfile.ZipInfo(name, _MADE), text)
        for name, parts, names in compiled.pages:
            pieces = [parts[0]]
            for value, part in zip(names, parts[1:], strict=True):
                pieces += (escape(values[value]), part)
            info = zipfile.ZipInfo(name, _MADE)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, "".join(pieces))
    return out.getvalue()


@cache
def compile_form(form: str, shift_mm: float = 0.0) -> Compiled:
    """A form as the files of its package, its pages in parts between values."""
    made = FORMS[form]
    pages = []
    for page in range(1, made.pages + 1):
        parts, names = [f'{_HEAD}<ofd:Page {SPACE}><ofd:Content><ofd:Layer ID="{page}00">'], []
        number = page * 1000
        for text in made.texts:
            if text.page == page:
                number += 1
                parts[-1] += _text(number, text.x_mm, text.y_mm, text.points, escape(text.words))
        for field in made.fields:
            if field.page == page:
                number += 1
                before, after = _text(number, field.x_mm + shift_mm, field.y_mm, FIELD_POINTS, "\0").split(
                    "\0"
                )
                parts[-1] += before
                names.append(field.name)
                parts.append(after)
        parts[-1] += "</ofd:Layer></ofd:Content></ofd:Page>"
        pages.append((f"Doc_0/Pages/Page_{page - 1}/Content.xml", tuple(parts), tuple(names)))
    files = (
        ("OFD.xml", _ROOT),
        ("Doc_0/Document.xml", _document(made.pages)),
        ("Doc_0/PublicRes.xml", _FONTS),
    )
    return Compiled(files, tuple(pages))


def _text(number: int, x_mm: float, y_mm: float, points: float, words: str) -> str:
    """A text object: its boundary begins one line above the base line, and the text at its own bottom."""
    size = points * MM_A_POINT
    boundary = f"{x_mm:.3f} {y_mm - size:.3f} {WIDTH_MM - x_mm:.3f} {size * 1.4:.3f}"
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{boundary}" Font="1" Size="{size:.3f}">'
        f'<ofd:TextCode X="0" Y="{size:.3f}">{words}</ofd:TextCode></ofd:TextObject>'
    )


def _document(pages: int) -> str:
    area = f"<ofd:PageArea><ofd:PhysicalBox>0 0 {WIDTH_MM:g} {HEIGHT_MM:g}</ofd:PhysicalBox></ofd:PageArea>"
    listed = "".join(
        f'<ofd:Page ID="{page + 1}" BaseLoc="Pages/Page_{page}/Content.xml"/>' for page in range(pages)
    )
    return (
        f"{_HEAD}<ofd:Document {SPACE}><ofd:CommonData><ofd:MaxUnitID>9999</ofd:MaxUnitID>{area}"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
    )
