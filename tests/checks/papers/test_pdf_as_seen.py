"""What a clerk sees on a paper is what counts: a text that is hidden, cut off or too small is not printed,
and a good paper is right however it is made."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter
from pypdf.errors import DependencyError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from renhai.checks.papers.kept import Kept
from renhai.checks.papers.one import Looking
from renhai.spec.papers.form import load_form
from tests.checks.papers.test_papers import asked, rules, values

__all__ = ["rules"]
FONT = "STSong-Light"
MM = 72 / 25.4  # points
VALUES = values(1)
FIGURES = (60.0, 110.0)  # where a notice has its amount


@pytest.fixture(scope="module")
def looking(rules: dict[str, Any]) -> Looking:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    return Looking(rules)


class Sheet:
    """A notice that is drawn by hand: what its form says, but for the fields that are left out."""

    def __init__(self, *without: str, **changes: str) -> None:
        self.file = io.BytesIO()
        self.canvas = Canvas(self.file, pagesize=(210 * MM, 297 * MM), pageCompression=0)
        form = load_form(Path("scenarios/forms/notice.yaml"))
        for label in form.labels:
            self.write(label.x, label.y, changes.get(label.text, label.text))
        for field in form.fields:
            if field.name not in without:
                self.write(field.x, field.y, {**VALUES, **changes}[field.name])

    def write(self, x: float, y: float, words: str, size: float = 10.5) -> None:
        self.canvas.setFont(FONT, size)
        self.canvas.drawString(x * MM, (297 - y) * MM, words)

    def box(self, high: float = 6.0) -> None:
        """Over the amount, or through its middle where it is low."""
        y = FIGURES[1] - 1.3 + high / 2
        self.canvas.rect(55 * MM, (297 - y) * MM, 60 * MM, high * MM, stroke=0, fill=1)

    def picture(self, image: Any, wide: float = 60.0, high: float = 6.0) -> None:
        x, y = 55 * MM, (297 - FIGURES[1] - high / 2 + 1.3) * MM
        self.canvas.drawImage(ImageReader(image), x, y, wide * MM, high * MM, mask="auto")

    def done(self, change: Callable[[Any], None] | None = None) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        if change is None:
            return self.file.getvalue()
        writer = PdfWriter(clone_from=PdfReader(self.file))
        change(writer)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()


def told(looking: Looking, body: bytes, media: str = "pdf", **fields: Any) -> str:
    """right, or what of the paper is not, or why that cannot be said."""
    name = "printing.notice" + ("_ofd" if media == "ofd" else "")
    known = {**asked(1), **fields}
    known["je"] = f"{known['je']:.2f}"
    looked = looking.look_at(Kept(name, 0, known, True, body, ""))
    if looked.unknown:
        return looked.unknown
    return ", ".join(f"{mark.kind} {mark.field}" for mark in looked.marks) or "right"


def drawn(draw: Callable[[Sheet], None], *without: str) -> bytes:
    sheet = Sheet(*without)
    draw(sheet)
    return sheet.done()


def amount(**how: Any) -> Callable[[Sheet], None]:
    """The amount where it should be, drawn by a text object that is set up so."""

    def draw(sheet: Sheet) -> None:
        text = sheet.canvas.beginText(FIGURES[0] * MM, (297 - FIGURES[1]) * MM)
        text.setFont(FONT, how.get("size", 10.5))
        text.setHorizScale(how.get("scale", 100))
        text.setTextRenderMode(how.get("mode", 0))
        sheet.canvas.setStrokeColorRGB(*how.get("stroke", (0, 0, 0)))
        sheet.canvas.setLineWidth(how.get("edge", 1))
        text.textOut(VALUES["figures"])
        sheet.canvas.drawText(text)

    return draw


def white(draw: Callable[[Sheet], None]) -> Callable[[Sheet], None]:
    def drawing(sheet: Sheet) -> None:
        sheet.canvas.setFillColorRGB(1, 1, 1)
        draw(sheet)

    return drawing


def as_form(sheet: Sheet) -> None:
    sheet.canvas.beginForm("cover")
    white(Sheet.box)(sheet)
    sheet.canvas.endForm()
    sheet.canvas.doForm("cover")


def cell(wide: float) -> Callable[[Sheet], None]:
    """The name in a cell that cuts off what is longer."""

    def draw(sheet: Sheet) -> None:
        path = sheet.canvas.beginPath()
        path.rect(58 * MM, (297 - 76) * MM, wide * MM, 8 * MM)
        sheet.canvas.saveState()
        sheet.canvas.clipPath(path, stroke=0, fill=0)
        sheet.write(60, 74, VALUES["nsrmc"])
        sheet.canvas.restoreState()

    return draw


def mirrored(sheet: Sheet) -> None:
    sheet.canvas.saveState()
    sheet.canvas.transform(1, 0, 0, -1, FIGURES[0] * MM, (297 - FIGURES[1]) * MM)
    sheet.canvas.setFont(FONT, 10.5)
    sheet.canvas.drawString(0, 0, VALUES["figures"])
    sheet.canvas.restoreState()


def ring() -> Any:
    """A seal: red where it has ink, clear elsewhere."""
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((5, 5, 295, 295), outline=(200, 0, 0, 255), width=9)
    return image


GONE = "wrong figures"
PDFS: dict[str, tuple[Callable[[Sheet], None], tuple[str, ...], str]] = {
    "nothing beside": (lambda sheet: None, (), "right"),
    "a white box over the amount": (white(Sheet.box), (), GONE),
    "such a box in a form": (as_form, (), GONE),
    "a box before the amount": (
        lambda sheet: (white(Sheet.box)(sheet), sheet.canvas.setFillGray(0), amount()(sheet)),
        ("figures",),
        "right",
    ),
    "a dark box before it": (lambda sheet: (sheet.box(), amount()(sheet)), ("figures",), GONE),
    "white on a dark box": (lambda sheet: (sheet.box(), white(amount())(sheet)), ("figures",), "right"),
    "white on a picture": (
        lambda sheet: (sheet.picture(Image.new("RGB", (60, 6), (0, 0, 0))), white(amount())(sheet)),
        ("figures",),
        "right",
    ),
    "black on a clear picture": (
        lambda sheet: (sheet.picture(ring(), 40, 40), amount()(sheet)), ("figures",), "right"
    ),
    "a frame around it": (
        lambda sheet: sheet.canvas.rect(55 * MM, (297 - 112) * MM, 60 * MM, 6 * MM, stroke=1, fill=0),
        (),
        "right",
    ),
    "a line through it": (lambda sheet: sheet.box(0.3), (), "right"),
    "a picture over it": (lambda sheet: sheet.picture(Image.new("RGB", (60, 6), (240, 240, 240))), (), GONE),
    "a seal over it": (lambda sheet: sheet.picture(ring(), 40, 40), (), "right"),
    "a seal that shines through": (
        lambda sheet: sheet.picture(Image.new("RGBA", (60, 6), (200, 0, 0, 60))), (), "right"
    ),
    "a cell that is wide enough": (cell(60), ("nsrmc",), "right"),
    "a cell that cuts the name off": (cell(12), ("nsrmc",), "wrong nsrmc"),
    "a tenth of a point": (amount(size=0.1), ("figures",), GONE),
    "squeezed to a hundredth": (amount(scale=1), ("figures",), GONE),
    "upside down": (mirrored, ("figures",), GONE),
    "drawn along its edge in white": (amount(mode=1, stroke=(1, 1, 1)), ("figures",), GONE),
    "filled in black with a thin white edge": (
        amount(mode=2, stroke=(1, 1, 1), edge=0.1), ("figures",), "right"
    ),
    "a white edge as wide as its strokes": (amount(mode=2, stroke=(1, 1, 1)), ("figures",), GONE),
    "printed twice to be bold": (lambda sheet: sheet.write(60.1, 110, VALUES["figures"]), (), "right"),
    "the amount and another": (lambda sheet: sheet.write(100, 110, "￥9.00"), (), GONE),
}  # fmt: skip


@pytest.mark.parametrize("name", PDFS)
def test_of_a_pdf_what_is_seen_is_read(looking: Looking, name: str) -> None:
    draw, without, wanted = PDFS[name]
    assert told(looking, drawn(draw, *without)) == wanted


def locked(user: str, by: str) -> Callable[[Any], None]:
    return lambda writer: writer.encrypt(user, "owner", algorithm=by)


@pytest.mark.parametrize("by", ["RC4-128", "AES-256"])
def test_a_pdf_that_opens_without_a_password_is_read(looking: Looking, by: str) -> None:
    """Certificates are locked against changes."""
    assert told(looking, Sheet().done(locked("", by))) == "right"
    assert told(looking, Sheet(figures="￥9.00").done(locked("", by))) == GONE
    assert told(looking, Sheet().done(locked("secret", by))) == "unreadable (all)"


def test_without_what_undoes_aes_nothing_is_said_of_a_pdf(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(reader: Any, password: str) -> None:
        raise DependencyError("cryptography>=3.1 is required for AES algorithm")

    body = Sheet().done(locked("", "AES-256"))
    monkeypatch.setattr(PdfReader, "decrypt", missing)
    assert told(looking, body) == "it is encrypted by AES, which needs the package cryptography"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf\r\n", b"X" * 1000])
def test_what_stands_before_a_pdf_is_passed_over(looking: Looking, before: bytes) -> None:
    assert told(looking, before + Sheet().done()) == "right"
    assert told(looking, b"X" * 1024 + Sheet().done()) == "unreadable (all)"


def set_on_pages(name: str, value: Any) -> Callable[[Any], None]:
    def change(writer: Any) -> None:
        writer.pages[0][NameObject(name)] = value

    return change


def layer(off: bool) -> Callable[[Any], None]:
    """Everything on the page in one layer."""

    def change(writer: Any) -> None:
        group = {NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("x")}
        known = writer._add_object(DictionaryObject(group))
        shown = {NameObject("/OFF"): ArrayObject([known] if off else [])}
        every = {NameObject("/OCGs"): ArrayObject([known]), NameObject("/D"): DictionaryObject(shown)}
        writer.root_object[NameObject("/OCProperties")] = DictionaryObject(every)

    return change


def form_field(kind: str, value: str, flags: int = 0) -> Callable[[Any], None]:
    """A field whose kind and value stand with what it is a part of."""

    def change(writer: Any) -> None:
        whole = {NameObject("/FT"): NameObject(kind), NameObject("/V"): TextStringObject(value)}
        parent = writer._add_object(DictionaryObject(whole))
        place = ArrayObject(NumberObject(n) for n in (160, 520, 300, 540))
        part = {
            NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/Rect"): place, NameObject("/Parent"): parent, NameObject("/F"): NumberObject(flags),
        }  # fmt: skip
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(DictionaryObject(part))])

    return change


FIELD = "page 1 has a form field with a value, which is not looked at"
CHANGES: dict[str, tuple[Callable[[Any], None], str]] = {
    "twice as large": (set_on_pages("/UserUnit", NumberObject(2)), "wrong (size)"),
    "a layer that is on": (layer(off=False), "right"),
    "a layer that is off": (layer(off=True), "it has layers that are switched off, which are not looked at"),
    "a form field": (form_field("/Tx", "9,999.99"), FIELD),
    "a form field without a value": (form_field("/Tx", ""), "right"),
    "a form field that is hidden": (form_field("/Tx", "9,999.99", flags=2), "right"),
    "a form of another kind": (
        lambda writer: writer.root_object.update(
            {NameObject("/AcroForm"): DictionaryObject({NameObject("/XFA"): TextStringObject("x")})}
        ),
        "it is a form (XFA) that shows something else than its pages",
    ),
    "a signature": (form_field("/Sig", "x"), "right"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_pdf_has_beside_its_texts(looking: Looking, name: str) -> None:
    change, wanted = CHANGES[name]
    assert told(looking, Sheet().done(change)).partition(" (all)")[0].startswith(wanted)


def test_a_pdf_that_is_a_picture_alone_is_not_looked_at_and_an_empty_one_is_empty(looking: Looking) -> None:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawImage(ImageReader(Image.new("RGB", (60, 80), (240, 240, 240))), 0, 0, 595, 842)
    canvas.save()
    assert told(looking, file.getvalue()) == "it has a picture and not a word, and pictures are not read"
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.rect(10, 10, 50, 50)
    canvas.save()
    assert told(looking, file.getvalue()) == "empty (all)"


def test_a_letter_beyond_the_first_plane_is_one_letter(looking: Looking) -> None:
    name = "长沙𬭊公司"
    assert told(looking, Sheet(nsrmc=name).done(), nsrmc=name) == "right"
    assert told(looking, Sheet(nsrmc=name).done(), nsrmc="长沙𬭋公司") == "wrong nsrmc"


def with_table(mapped: str) -> bytes:
    """A notice whose amount is set in a font of its own, whose letters `mapped` tells: one for each code."""
    rows = "".join(f"<{n:04x}> <{letter.encode('utf-16-be').hex()}>\n" for n, letter in enumerate(mapped, 1))
    table = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{len(mapped)} beginbfchar\n{rows}endbfchar\n"
        "endcmap end"
    )

    def change(writer: Any) -> None:
        fonts = writer.pages[0]["/Resources"]["/Font"]
        described = {
            "/Type": NameObject("/FontDescriptor"), "/FontName": NameObject("/X"), "/Flags": NumberObject(4),
            "/FontBBox": ArrayObject(NumberObject(n) for n in (0, 0, 1000, 1000)),
            "/ItalicAngle": NumberObject(0), "/Ascent": NumberObject(900), "/Descent": NumberObject(-100),
            "/CapHeight": NumberObject(900), "/StemV": NumberObject(80),
        }  # fmt: skip
        system = {
            "/Registry": TextStringObject("Adobe"), "/Ordering": TextStringObject("Identity"),
            "/Supplement": NumberObject(0),
        }  # fmt: skip
        below = {
            "/Type": NameObject("/Font"), "/Subtype": NameObject("/CIDFontType2"),
            "/BaseFont": NameObject("/X"), "/DW": NumberObject(500), "/CIDSystemInfo": plain(system),
            "/FontDescriptor": writer._add_object(plain(described)),
        }  # fmt: skip
        font = {
            "/Type": NameObject("/Font"), "/Subtype": NameObject("/Type0"), "/BaseFont": NameObject("/X"),
            "/Encoding": NameObject("/Identity-H"),
            "/DescendantFonts": ArrayObject([writer._add_object(plain(below))]),
        }  # fmt: skip
        if mapped:
            stream = StreamObject()
            stream.set_data(table.encode())
            font["/ToUnicode"] = writer._add_object(stream)
        fonts[NameObject("/Own")] = writer._add_object(plain(font))
        codes = "".join(f"{n:04x}" for n in range(1, 10))
        page = StreamObject()
        page.set_data(
            writer.pages[0].get_contents().get_data()
            + f"\nBT /Own 10.5 Tf 1 0 0 1 {60 * MM:.2f} {187 * MM:.2f} Tm <{codes}> Tj ET\n".encode()
        )
        writer.pages[0][NameObject("/Contents")] = writer._add_object(page)

    return Sheet("figures").done(change)


def plain(items: dict[str, Any]) -> DictionaryObject:
    return DictionaryObject({NameObject(key): value for key, value in items.items()})


def test_a_font_that_does_not_say_its_letters_proves_nothing(looking: Looking) -> None:
    assert len(VALUES["figures"]) == 9
    assert told(looking, with_table(VALUES["figures"])) == "right"
    assert told(looking, with_table("￥2,002.50")) == GONE
    assert told(looking, with_table("")) == "a font on it does not say which letters it shows"
