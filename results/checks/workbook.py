"""A table of texts as an Excel file (ECMA-376, SpreadsheetML), put together in memory alone.

Libraries write a sheet to a temporary file first, and tell of a full disk there in words of their own. Every
cell is a text: ids keep their digits, and no value is a formula.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO
from xml.sax.saxutils import escape, quoteattr

MOST_OF_A_CELL = 32_767  # characters that Excel takes
_LEAST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NO_TITLE = re.compile(r"[\[\]:*?/\\]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATED}/styles" Target="styles.xml"/></Relationships>',
    # the second format of a cell is @, text
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/>'
    '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews>'
)


def workbook(title: str, rows: Iterable[Sequence[str]], unprintable: str = "?") -> bytes:
    """One sheet, whose first row stays in view. unprintable: in the place of what XML cannot hold."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        name = quoteattr(_NO_TITLE.sub("_", title)[:31] or "1")
        sheets = f'<sheets><sheet name={name} sheetId="1" r:id="rId1"/></sheets>'
        book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">{sheets}</workbook>'
        for path, text in {**_PARTS, "xl/workbook.xml": book}.items():
            archive.writestr(_part(path), _HEAD + text)
        with archive.open(_part("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            _write(sheet, rows, unprintable)
    return made.getvalue()


def _part(path: str) -> zipfile.ZipInfo:
    """Equal tables make equal files."""
    part = zipfile.ZipInfo(path, _LEAST_ZIP_TIME)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _write(sheet: IO[bytes], rows: Iterable[Sequence[str]], unprintable: str) -> None:
    sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{_FROZEN}<sheetData>'.encode())
    for number, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{_column(place)}{number}" s="1" t="inlineStr"><is><t xml:space="preserve">'
            f"{_text(value, unprintable)}</t></is></c>"
            for place, value in enumerate(row)
            if value
        )
        sheet.write(f'<row r="{number}">{cells}</row>'.encode())
    sheet.write(b"</sheetData></worksheet>")


def _text(value: str, unprintable: str) -> str:
    plain = _NO_XML.sub(unprintable, value)[:MOST_OF_A_CELL]
    return escape(plain, {"\r": "&#13;"})


def _column(place: int) -> str:
    """A, ..., Z, AA, ...: of a place from 0."""
    name = ""
    while place >= 0:
        place, letter = divmod(place, 26)
        name, place = chr(65 + letter) + name, place - 1
    return name
