"""What a PDF's page shows is what it shows when it is drawn: whatever hides a text, it is not printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)
from reportlab.lib.colors import white as white_ink

from renhai.checks.papers.drawn import Drawing
from renhai.checks.papers.one import Looking
from results.language.catalogue import in_chinese
from tests.checks.papers.test_papers import rules
from tests.checks.papers.test_pdf_as_seen import (
    FIELD,
    FIGURES,
    FONT,
    GONE,
    MM,
    VALUES,
    Sheet,
    amount,
    drawn,
    looking,
    plain,
    told,
    white,
)

__all__ = ["looking", "rules"]
BOX = 55 * MM, (297 - 113) * MM, 60 * MM, 7 * MM  # around the amount: left, bottom, width, height
MIDDLE = (297 - 108.7) * MM
UNDER = "page 1 has an annotation or a form field over its texts, which is not looked at"
PRINTED, UNVIEWED = 4, 32  # flags of annotations
LAYERS = "it has layers that are switched off, which are not looked at"


def path(sheet: Sheet, *points: tuple[float, float]) -> Any:
    shape = sheet.canvas.beginPath()
    shape.moveTo(*points[0])
    for point in points[1:]:
        shape.lineTo(*point)
    shape.close()
    return shape


def pentagon(sheet: Sheet) -> None:
    left, low, wide, high = BOX
    corners = (left, low), (left + wide / 2, low - 3), (left + wide, low), (left + wide, low + high)
    sheet.canvas.drawPath(path(sheet, *corners, (left, low + high)), stroke=0, fill=1)


def thick_line(sheet: Sheet) -> None:
    sheet.canvas.setStrokeColorRGB(1, 1, 1)
    sheet.canvas.setLineWidth(BOX[3])
    sheet.canvas.line(BOX[0], MIDDLE, BOX[0] + BOX[2], MIDDLE)


def strips(sheet: Sheet) -> None:
    for n in range(20):
        sheet.canvas.rect(BOX[0], BOX[1] + n * BOX[3] / 20, BOX[2], BOX[3] / 20, stroke=0, fill=1)


def shading(sheet: Sheet) -> None:
    sheet.canvas.saveState()
    corner = sheet.canvas.beginPath()
    corner.rect(*BOX)
    sheet.canvas.clipPath(corner, stroke=0)
    sheet.canvas.linearGradient(BOX[0], 0, BOX[0] + BOX[2], 0, [white_ink, white_ink])
    sheet.canvas.restoreState()


def almost_clear(sheet: Sheet) -> None:
    sheet.canvas.setFillAlpha(0.975)
    sheet.canvas.rect(*BOX, stroke=0, fill=1)


def slanted_clip(sheet: Sheet) -> None:
    """A triangle below the amount's diagonal, of which the rectangle around it holds the amount."""
    sheet.canvas.saveState()
    corners = (55 * MM, 177 * MM), (200 * MM, 177 * MM), (200 * MM, 197 * MM)
    sheet.canvas.clipPath(path(sheet, *corners), stroke=0)
    sheet.write(*FIGURES, VALUES["figures"])
    sheet.canvas.restoreState()


def leaning(degrees: float) -> Callable[[Sheet], None]:
    """Each letter of the amount turned where it stands."""

    def draw(sheet: Sheet) -> None:
        for n, letter in enumerate(VALUES["figures"]):
            sheet.canvas.saveState()
            sheet.canvas.translate((FIGURES[0] + 1.9 * n) * MM, (297 - FIGURES[1]) * MM)
            sheet.canvas.rotate(degrees)
            sheet.canvas.setFont(FONT, 10.5)
            sheet.canvas.drawString(0, 0, letter)
            sheet.canvas.restoreState()

    return draw


def watermark(sheet: Sheet) -> None:
    sheet.canvas.saveState()
    sheet.canvas.setFillGray(0.85)
    sheet.canvas.translate(60 * MM, 160 * MM)
    sheet.canvas.rotate(45)
    sheet.canvas.setFont(FONT, 40)
    sheet.canvas.drawString(0, 0, "长沙税务长沙税务")
    sheet.canvas.restoreState()


def in_forms(sheet: Sheet) -> None:
    """The amount in eleven forms, each in the next, under a shape that is no rectangle."""
    sheet.canvas.beginForm("0")
    sheet.write(*FIGURES, VALUES["figures"])
    sheet.canvas.endForm()
    for n in range(10):
        sheet.canvas.beginForm(f"{n + 1}")
        sheet.canvas.doForm(f"{n}")
        sheet.canvas.endForm()
    sheet.canvas.doForm("10")


def frame(sheet: Sheet) -> None:
    """A border that is filled between two rectangles."""
    left, low, wide, high = BOX
    shape = sheet.canvas.beginPath()
    shape.rect(left, low, wide, high)
    shape.rect(left + 1, low + 1, wide - 2, high - 2)
    sheet.canvas.drawPath(shape, stroke=0, fill=1, fillMode=0)


DRAWN: dict[str, tuple[Callable[[Sheet], None], tuple[str, ...], str]] = {
    "a white pentagon over it": (white(pentagon), (), GONE),
    "a white line as thick as the text": (thick_line, (), GONE),
    "strips, each too thin to hide it": (white(strips), (), GONE),
    "a shading over it": (shading, (), GONE),
    "a box that is all but opaque": (white(almost_clear), (), GONE),
    "a clip that is no rectangle": (slanted_clip, ("figures",), GONE),
    "in forms of forms": (in_forms, ("figures",), "right"),
    "in forms of forms and hidden": (
        lambda sheet: (in_forms(sheet), white(pentagon)(sheet)), ("figures",), GONE
    ),
    "letters that lie on their side": (leaning(90), ("figures",), GONE),
    "letters on their heads": (leaning(180), ("figures",), GONE),
    "letters that lean a little": (leaning(3), ("figures",), "right"),
    "a watermark across": (watermark, (), "right"),
    "a border that is filled": (frame, (), "right"),
    "a seal around it": (lambda sheet: sheet.canvas.circle(70 * MM, MIDDLE, 60, stroke=1), (), "right"),
    "a grey amount": (lambda sheet: (sheet.canvas.setFillGray(0.9), amount()(sheet)), ("figures",), "right"),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_of_a_pdf_what_is_drawn_is_read(looking: Looking, name: str) -> None:
    draw, without, wanted = DRAWN[name]
    assert told(looking, drawn(draw, *without)) == wanted


def stream(writer: Any, data: bytes, **items: Any) -> Any:
    made = StreamObject()
    made.set_data(data)
    made.update(plain({f"/{key}": value for key, value in items.items()}))
    return writer._add_object(made)


def numbers(*values: float) -> ArrayObject:
    return ArrayObject(FloatObject(value) for value in values)


def over(kind: str, shows: bytes, field: str = "", flags: int = PRINTED) -> Callable[[Any], None]:
    """An annotation over the amount, listed by a reference."""

    def change(writer: Any) -> None:
        page, (left, low, wide, high) = writer.pages[0], BOX
        fonts = DictionaryObject({NameObject("/Font"): page["/Resources"]["/Font"]})
        form = {"Type": NameObject("/XObject"), "Subtype": NameObject("/Form"), "Resources": fonts}
        shown = stream(writer, shows, BBox=numbers(0, 0, wide, high), **form)
        items = {
            "/Type": NameObject("/Annot"), "/Subtype": NameObject(f"/{kind}"), "/F": NumberObject(flags),
            "/Rect": numbers(left, low, left + wide, low + high), "/AP": plain({"/N": shown}),
        }  # fmt: skip
        if field:
            items |= {"/FT": NameObject(f"/{field}"), "/T": TextStringObject("a")}
        note = writer._add_object(plain(items))
        page[NameObject("/Annots")] = writer._add_object(ArrayObject([note]))
        if field:
            fields = plain({"/Fields": ArrayObject([note])})
            writer.root_object[NameObject("/AcroForm")] = writer._add_object(fields)

    return change


def with_mask(writer: Any) -> None:
    """A soft mask that leaves nothing of the page."""
    group = plain({"/S": NameObject("/Transparency"), "/CS": NameObject("/DeviceGray")})
    form = {"Type": NameObject("/XObject"), "Subtype": NameObject("/Form"), "Group": group}
    black = stream(writer, b"0 g 0 0 1000 1000 re f", BBox=numbers(0, 0, 1000, 1000), **form)
    mask = plain({"/S": NameObject("/Luminosity"), "/G": black})
    states = plain({"/G": writer._add_object(plain({"/SMask": mask}))})
    writer.pages[0]["/Resources"][NameObject("/ExtGState")] = states
    around(writer, b"/G gs\n", b"")


def around(writer: Any, before: bytes, behind: bytes) -> None:
    page = writer.pages[0]
    page[NameObject("/Contents")] = stream(writer, before + page.get_contents().get_data() + behind)


def in_layer(policy: str = "", off_on: str = "", listed: bool = True) -> Callable[[Any], None]:
    """Everything in a layer that is on: shown by a policy, or not on the screen or paper. listed: whether
    readers go by what a layer is for."""

    def change(writer: Any) -> None:
        usage = {f"/{off_on}": plain({f"/{off_on}State": NameObject("/OFF")})} if off_on else {}
        group = {"/Type": NameObject("/OCG"), "/Name": TextStringObject("x"), "/Usage": plain(usage)}
        layer = writer._add_object(plain(group))
        event = {"/Event": NameObject(f"/{off_on}"), "/Category": ArrayObject([NameObject(f"/{off_on}")])}
        shown: dict[str, Any] = {"/OFF": writer._add_object(ArrayObject())}
        if off_on and listed:
            shown["/AS"] = ArrayObject([plain({**event, "/OCGs": ArrayObject([layer])})])
        every = {"/OCGs": writer._add_object(ArrayObject([layer])), "/D": writer._add_object(plain(shown))}
        writer.root_object[NameObject("/OCProperties")] = writer._add_object(plain(every))
        member = {"/Type": NameObject("/OCMD"), "/OCGs": ArrayObject([layer]), "/P": NameObject(f"/{policy}")}
        which = writer._add_object(plain(member)) if policy else layer
        writer.pages[0]["/Resources"][NameObject("/Properties")] = plain({"/M": which})
        around(writer, b"/OC /M BDC\n", b"\nEMC")

    return change


def without_shapes(writer: Any) -> None:
    """The amount in a font that says its letters and draws nothing."""
    letters = VALUES["figures"]
    table = "".join(f"<{n:02x}> <{ord(letter):04x}>\n" for n, letter in enumerate(letters, 1))
    head = "begincmap /CMapName /X def /CMapType 2 def 1 begincodespacerange <00> <ff> endcodespacerange\n"
    said = f"{head}{len(letters)} beginbfchar\n{table}endbfchar\nendcmap end"
    names = [NameObject(f"/g{n}") for n in range(1, len(letters) + 1)]
    font = {
        "/Type": NameObject("/Font"), "/Subtype": NameObject("/Type3"),
        "/FontBBox": numbers(0, 0, 1000, 1000), "/FontMatrix": numbers(0.001, 0, 0, 0.001, 0, 0),
        "/CharProcs": plain({name: stream(writer, b"500 0 d0") for name in names}),
        "/Encoding": plain({"/Differences": ArrayObject([NumberObject(1), *names])}),
        "/FirstChar": NumberObject(1), "/LastChar": NumberObject(len(names)),
        "/Widths": numbers(*[500.0] * len(names)), "/ToUnicode": stream(writer, said.encode()),
    }  # fmt: skip
    writer.pages[0]["/Resources"]["/Font"][NameObject("/T3")] = writer._add_object(plain(font))
    codes = "".join(f"{n:02x}" for n in range(1, len(names) + 1))
    at = f"{FIGURES[0] * MM:.2f} {(297 - FIGURES[1]) * MM:.2f}"
    around(writer, b"", f"\nBT /T3 10.5 Tf 1 0 0 1 {at} Tm <{codes}> Tj ET\n".encode())


BLANK = b"1 1 1 rg 0 0 500 500 re f"
RING = b"1 0 0 RG 2 w 1 1 165 17 re S"
WORDS = b"0 g BT /F1 10 Tf 90 5 Td (9.00) Tj ET"
CHANGED: dict[str, tuple[Callable[[Any], None], str]] = {
    "a sheet of another size": (
        lambda writer: setattr(writer.pages[0], "mediabox", RectangleObject((0, 0, 297 * MM, 297 * MM))),
        "wrong (size)",
    ),
    "a stamp that hides it": (over("Stamp", BLANK), UNDER),
    "a highlight that hides it": (over("Highlight", BLANK), UNDER),
    "a stamp that hides it on the screen alone": (over("Stamp", BLANK, flags=0), UNDER),
    "a stamp that hides it on paper alone": (over("Stamp", BLANK, flags=PRINTED + UNVIEWED), UNDER),
    "a stamp around it": (over("Stamp", RING), "right"),
    "a signature that hides it": (over("Widget", BLANK, "Sig"), UNDER),
    "a field without a value that shows one": (over("Widget", WORDS, "Tx"), FIELD),
    "a field without a value": (over("Widget", b"BT () Tj ET", "Tx"), "right"),
    "a mask over the page": (with_mask, "empty (all)"),
    "a layer that is shown where it is off": (in_layer("AllOff"), "empty (all)"),
    "a layer that is shown where it is on": (in_layer("AllOn"), "right"),
    "a layer that is not on the screen": (in_layer(off_on="View"), LAYERS),
    "a layer that is not on paper": (in_layer(off_on="Print"), LAYERS),
    "a layer of which nobody asks that": (in_layer(off_on="Print", listed=False), "right"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_what_hides_a_text_of_a_pdf(looking: Looking, name: str) -> None:
    change, wanted = CHANGED[name]
    assert told(looking, Sheet().done(change)) == wanted


def test_a_font_that_draws_nothing_prints_nothing(looking: Looking) -> None:
    assert told(looking, Sheet("figures").done(without_shapes)) == GONE


def test_what_this_machine_has_no_font_for_is_read_all_the_same(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Drawing, "is_seen", lambda *_: False)
    assert told(looking, Sheet().done()) == "empty (all)"
    monkeypatch.setattr(Drawing, "_tried", lambda *_: False)
    assert told(looking, Sheet().done()) == "right"
    assert told(looking, Sheet(figures="￥9.00").done()) == GONE


def test_that_something_is_over_the_texts_is_said_in_chinese() -> None:
    said = in_chinese(f"printing.notice: not checked: {UNDER}")
    assert said == "printing.notice：未能验证：第 1 页有批注或表单域盖在文字上，未予查看"


def test_a_paper_for_which_there_is_no_memory_is_not_called_unreadable(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Drawing, "_drawn", full)
    assert told(looking, Sheet().done()) == "it needs more memory than there is here"
