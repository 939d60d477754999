"""What hides a text of an OFD, or may: a shape of any kind, a clip, an annotation, letters on their side."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from renhai.checks.papers.one import Looking
from results.language.catalogue import in_chinese
from tests.checks.papers.test_ofd_as_seen import (
    END,
    HEAD,
    OWN,
    PAGE,
    RED,
    WHITE,
    inked,
    ofd,
    own,
    shape,
    tagged,
)
from tests.checks.papers.test_papers import rules
from tests.checks.papers.test_pdf_as_seen import GONE, VALUES, looking, told

__all__ = ["looking", "rules"]
OVER = "page 1 has a picture or a shape over its texts, which is not looked at"
INK = "page 1 has a text in a shading, a pattern or a palette's colour, which is not looked at"
CLIP = "page 1 has a text with a clip, which is not looked at"
ELLIPSE = "M 0 4 A 30 4 0 1 1 60 4 A 30 4 0 1 1 0 4 C"
SHADE = '<ofd:FillColor><ofd:AxialShd StartPoint="0 0" EndPoint="1 1"/></ofd:FillColor>'
COMPOSITE = '<ofd:CompositeObject ID="950" Boundary="55 104 60 8" ResourceID="60"/>'


def drawn(path: str, attributes: str = 'Fill="true" Stroke="false"', inner: str = WHITE) -> bytes:
    """A shape around the amount, before the page ends; its place is 55, 104 to 115, 112 mm."""
    return ofd((PAGE, END, on(path, attributes, inner) + END))


def on(path: str, attributes: str, inner: str) -> str:
    return (
        f'<ofd:PathObject ID="900" Boundary="55 104 60 8" {attributes}>{inner}'
        f"<ofd:AbbreviatedData>{path}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def clipped(path: str, matrix: str = "") -> bytes:
    """The amount with a clip in its own system, in which it begins at 0, 3.7."""
    data = f"<ofd:AbbreviatedData>{path}</ofd:AbbreviatedData>"
    area = f'<ofd:Path Boundary="0 0 60 10" {matrix}>{data}</ofd:Path>'
    clips = f"<ofd:Clips><ofd:Clip><ofd:Area>{area}</ofd:Area></ofd:Clip></ofd:Clips>"
    return own(OWN.replace("<ofd:TextCode", f"{clips}<ofd:TextCode"))


def edged(attributes: str, ink: str) -> bytes:
    """The amount drawn along its edges."""
    colour = ink.replace("Fill", "Stroke")
    return own(tagged(attributes).replace("<ofd:TextCode", f"{colour}<ofd:TextCode"))


def turned(matrix: str) -> bytes:
    """Each letter of the amount in an object of its own, turned where it stands."""
    letters = (
        f'<ofd:TextObject ID="9" Boundary="{55 + 1.85 * n:.2f} 100 10 14" CTM="{matrix} 5 10" Font="1" '
        f'Size="3.704"><ofd:TextCode X="0" Y="0">{letter}</ofd:TextCode></ofd:TextObject>'
        for n, letter in enumerate(VALUES["figures"])
    )
    return own("".join(letters))


def watermark() -> bytes:
    words = '<ofd:TextCode X="0" Y="10">长沙税务长沙税务</ofd:TextCode>'
    text = '<ofd:TextObject ID="9" Boundary="50 80 150 150" CTM="0.7 -0.7 0.7 0.7 0 60" Font="1" Size="10">'
    return ofd((PAGE, END, f"{text}{words}</ofd:TextObject>{END}"))


def annotated(kind: str, inner: str) -> bytes:
    listed = '<a xmlns="http://www.ofdspec.org/2016"><Page PageID="1"><FileLoc>A1.xml</FileLoc></Page></a>'
    note = f'<ofd:Annot Type="{kind}" ID="9"><ofd:Appearance Boundary="55 104 60 8">{inner}</ofd:Appearance>'
    page = HEAD.replace("ofd:Page ", "ofd:PageAnnot ") + note + "</ofd:Annot></ofd:PageAnnot>"
    place = "<ofd:Annotations>A.xml</ofd:Annotations></ofd:Document>"
    return ofd(("Document.xml", "</ofd:Document>", place), more={"Doc_0/A.xml": listed, "Doc_0/A1.xml": page})


FRAME = "M 0 0 L 60 0 L 60 8 L 0 8 C M 1 1 L 59 1 L 59 7 L 1 7 C"
NOWHERE = "<ofd:Clips><ofd:Clip><ofd:Area><ofd:Path/></ofd:Area></ofd:Clip></ofd:Clips>"
SEAL = '<ofd:ImageObject ID="901" Boundary="0 0 60 8" ResourceID="5"/>'
DRAWN: dict[str, tuple[Callable[[], bytes], str]] = {
    "an ellipse over it": (lambda: drawn(ELLIPSE), OVER),
    "a triangle over it": (lambda: drawn("M 0 0 L 60 0 L 0 8 C"), OVER),
    "a shading over it": (lambda: drawn("M 0 0 L 60 0 L 60 8 L 0 8 C", inner=SHADE), OVER),
    "an ellipse before it": (lambda: own(on(ELLIPSE, 'Fill="true"', WHITE) + OWN), "right"),
    "an ellipse around it": (lambda: drawn(ELLIPSE, 'Stroke="true"'), "right"),
    "letters as shapes over it": (lambda: drawn("M 5 2 L 15 2 L 10 7 C M 15 2 L 25 2 L 20 7 C"), "right"),
    "a border that is filled": (lambda: drawn(FRAME, inner=RED), "right"),
    "a white line as thick as the text": (
        lambda: drawn("M 0 4.7 L 60 4.7", 'LineWidth="9"', WHITE.replace("Fill", "Stroke")), GONE
    ),
    "a line through it": (lambda: drawn("M 0 4.7 L 60 4.7", 'LineWidth="0.5"'), "right"),
    "a line without a place": (
        lambda: ofd((PAGE, END, f"<ofd:PathObject ID='9'><ofd:AbbreviatedData/></ofd:PathObject>{END}")),
        "right",
    ),
    "an object of other objects over it": (lambda: ofd((PAGE, END, COMPOSITE + END)), OVER),
    "squeezed to a hundredth": (lambda: own(tagged('HScale="0.01"')), GONE),
    "squeezed to a half": (lambda: own(tagged('HScale="0.5"')), "right"),
    "drawn along its edge in white": (lambda: edged('Fill="false" Stroke="true"', WHITE), GONE),
    "drawn along its edge in red": (lambda: edged('Fill="false" Stroke="true"', RED), "right"),
    "letters on their side": (lambda: turned("0 1 -1 0"), GONE),
    "letters on their heads": (lambda: turned("-1 0 0 -1"), GONE),
    "letters by themselves": (lambda: turned("1 0 0 1"), "right"),
    "a watermark across": (watermark, "right"),
    "in a shading": (lambda: own(OWN.replace("<ofd:TextCode", f"{SHADE}<ofd:TextCode")), INK),
    "in a palette's colour": (lambda: own(inked('Index="1" ColorSpace="4"')), INK),
    "a clip that leaves it out": (lambda: clipped("M 0 0 L 2 0 L 2 2 L 0 2 C"), CLIP),
    "a clip that is no rectangle": (lambda: clipped("M 0 0 L 60 0 L 0 10 C"), CLIP),
    "a clip that does not say where": (
        lambda: own(OWN.replace("<ofd:TextCode", f"{NOWHERE}<ofd:TextCode")), CLIP
    ),
    "a clip around it": (lambda: clipped("M 0 0 L 60 0 L 60 10 L 0 10 C"), "right"),
    "a clip moved away": (lambda: clipped("M 0 0 L 60 0 L 60 10 L 0 10 C", 'CTM="1 0 0 1 90 0"'), CLIP),
    "a highlight that hides it": (
        lambda: annotated("Highlight", shape('Fill="true"')),
        "it has an annotation over it (Highlight), which is not looked at",
    ),
    "a stamp that hides it": (
        lambda: annotated("Stamp", shape('Fill="true"')),
        "it has an annotation over it (Stamp), which is not looked at",
    ),
    "a picture over it": (
        lambda: annotated("Path", SEAL), "it has an annotation over it (Path), which is not looked at"
    ),
    "a sheet of another size": (
        lambda: ofd(("Document.xml", "0 0 210 297", "0 0 297 297")), "wrong (size)"
    ),
    "a sheet that does not say its size": (
        lambda: ofd(("Document.xml", "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>", "")), "wrong (size)"
    ),
    "a seal": (lambda: annotated("Stamp", SEAL), "right"),
    "a mark that shines through": (lambda: annotated("Highlight", shape('Fill="true" Alpha="60"')), "right"),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_of_an_ofd_what_hides_a_text_or_may(looking: Looking, name: str) -> None:
    make, wanted = DRAWN[name]
    assert told(looking, make(), "ofd") == wanted


@pytest.mark.parametrize("why", [OVER, CLIP, INK])
def test_why_it_is_not_checked_is_said_in_chinese(why: str) -> None:
    said = in_chinese(f"printing.notice_ofd: not checked: {why}")
    assert said.startswith("printing.notice_ofd：未能验证：第 1 页有")
    assert not re.search(r"[a-z]{2,} [a-z]{2,}", said)
