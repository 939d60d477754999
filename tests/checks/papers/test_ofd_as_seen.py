"""Of an OFD what is seen is read, wherever it stands in the package."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from renhai.checks.papers.ofd import read_ofd
from renhai.checks.papers.one import Looking
from renhai.reference.operations.printing.printer import PRINTS
from results.language.catalogue import in_chinese
from tests.checks.papers.test_papers import rules
from tests.checks.papers.test_pdf_as_seen import CHANGES, GONE, VALUES, looking, told

__all__ = ["looking", "rules"]
NOTICE = PRINTS["ofd"]("notice", VALUES)
PAGE = "Doc_0/Pages/Page_0/Content.xml"
with zipfile.ZipFile(io.BytesIO(NOTICE)) as opened:
    CONTENT = opened.read(PAGE).decode()
OBJECTS = re.findall(r"<ofd:TextObject.*?</ofd:TextObject>", CONTENT)
OWN = next(one for one in OBJECTS if VALUES["figures"] in one)  # the amount
END = "</ofd:Layer>"
HEAD = '<?xml version="1.0" encoding="UTF-8"?><ofd:Page xmlns:ofd="http://www.ofdspec.org/2016">'


def ofd(*changes: tuple[str, str, str], more: dict[str, str] | None = None) -> bytes:
    """changes: of a file whose name ends so, what is replaced by what."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(NOTICE)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            for ending, one, other in changes:
                if name.endswith(ending):
                    assert one in text
                    text = text.replace(one, other)
            new.writestr(name, text)
        for name, text in (more or {}).items():
            new.writestr(name, text)
    return out.getvalue()


def own(new: str) -> bytes:
    """The amount is another object."""
    return ofd((PAGE, OWN, new))


def tagged(attributes: str) -> str:
    return OWN.replace("<ofd:TextObject ", f"<ofd:TextObject {attributes} ")


def inked(colour: str) -> str:
    return OWN.replace("<ofd:TextCode", f"<ofd:FillColor {colour}/><ofd:TextCode")


def shape(attributes: str, inner: str = '<ofd:FillColor Value="255 255 255"/>', high: float = 8.0) -> str:
    path = f"M 0 0 L 60 0 L 60 {high} L 0 {high} C"
    return (
        f'<ofd:PathObject ID="900" Boundary="55 {108.7 - high / 2} 60 {high}" {attributes}>{inner}'
        f"<ofd:AbbreviatedData>{path}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def templated(order: str = "Background") -> bytes:
    """Its fixed words stand in a template."""
    words, text = OBJECTS[:8], CONTENT
    for one in words:
        text = text.replace(one, "")
    text = text.replace("<ofd:Content>", f'<ofd:Template TemplateID="77" ZOrder="{order}"/><ofd:Content>')
    listed = '<ofd:TemplatePage ID="77" BaseLoc="Tpls/T.xml"/></ofd:CommonData>'
    page = f'{HEAD}<ofd:Content><ofd:Layer ID="7">{"".join(words)}</ofd:Layer></ofd:Content></ofd:Page>'
    changes = (PAGE, CONTENT, text), ("Document.xml", "</ofd:CommonData>", listed)
    return ofd(*changes, more={"Doc_0/Tpls/T.xml": page})


def by_params(colour: str, relative: str = "") -> bytes:
    """The amount has its ink from drawing parameters."""
    params = f'<ofd:DrawParam ID="44" {relative}>' + ("" if relative else colour) + "</ofd:DrawParam>"
    params += f'<ofd:DrawParam ID="45">{colour}</ofd:DrawParam>'
    new = f"</ofd:Fonts><ofd:DrawParams>{params}</ofd:DrawParams>"
    return ofd((PAGE, OWN, tagged('DrawParam="44"')), ("Res.xml", "</ofd:Fonts>", new))


LISTED = "<ofd:Annotations>Annots/A.xml</ofd:Annotations>"
RED = '<ofd:FillColor Value="200 0 0"/>'
WHITE = '<ofd:FillColor Value="255 255 255"/>'
IMAGE = '<ofd:ImageObject ID="901" Boundary="{}" ResourceID="5"/>'
BEHIND = '<ofd:Layer ID="9" Type="Background">{}</ofd:Layer>'
VERSION = '<ofd:Versions><ofd:Version ID="v" Index="1" Current="true" BaseLoc="D.xml"/></ofd:Versions>'
OFDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing changed": (lambda: NOTICE, "right"),
    "its words in a template": (templated, "right"),
    "its words in a template before it": (lambda: templated("Foreground"), "right"),
    "a page by way of another folder": (
        lambda: ofd(("Document.xml", 'BaseLoc="Pages/', 'BaseLoc="../Doc_0/Pages/')), "right"
    ),
    "white in hexadecimal": (lambda: own(inked('Value="#ff #FF #ff"')), GONE),
    "red in hexadecimal": (lambda: own(inked('Value="#ee #20 #0"')), "right"),
    "a page in capital letters": (
        lambda: ofd(("Document.xml", 'BaseLoc="Pages/', 'BaseLoc="PAGES/')), "right"
    ),
    "annotations that are not there": (
        lambda: ofd(("Document.xml", "</ofd:Document>", f"{LISTED}</ofd:Document>")), "right"
    ),
    "fonts that are not there": (lambda: ofd(("Document.xml", "PublicRes.xml", "Nowhere.xml")), "right"),
    "a template that is not there": (
        lambda: ofd((PAGE, "<ofd:Content>", '<ofd:Template TemplateID="7"/><ofd:Content>')),
        "unreadable (all)",
    ),
    "letters that go down": (
        lambda: own(OWN.replace("<ofd:TextCode ", '<ofd:TextCode DeltaX="2 2 2" DeltaY="3 3 3" ')), GONE
    ),
    "one below the other": (
        lambda: own(OWN.replace("<ofd:TextCode ", '<ofd:TextCode DeltaY="4 4 4" ')), GONE
    ),
    "a boundary that cuts it off": (lambda: own(re.sub(r'(Boundary="\S+ \S+) \S+', r"\1 9", OWN)), GONE),
    "a boundary without an inside": (
        lambda: own(re.sub(r'Boundary="(\S+) (\S+) \S+ [^"]+"', r'Boundary="\1 \2 -15 0"', OWN)), "right"
    ),
    "a boundary around the ink alone": (
        lambda: own(re.sub(r'Boundary="(\S+) (\S+) \S+ [^"]+"', r'Boundary="\1 \2 14 3.5"', OWN)), "right"
    ),
    "a hundredth of a millimetre": (lambda: own(re.sub('Size="[^"]*"', 'Size="0.01"', OWN)), GONE),
    "upside down": (lambda: own(tagged('CTM="1 0 0 -1 0 7.4"')), GONE),
    "turned": (
        lambda: own(tagged('ReadDirection="90"')), "page 1 has a text that is turned, which is not looked at"
    ),
    "white by its layer's or its own parameters": (lambda: by_params(WHITE), GONE),
    "white by what these go back to": (lambda: by_params(WHITE, 'Relative="45"'), GONE),
    "red by its parameters": (lambda: by_params('<ofd:FillColor Value="200 0 0"/>'), "right"),
    "white of one colour": (lambda: own(inked('Value="255"')), GONE),
    "black of one colour": (lambda: own(inked('Value="0"')), "right"),
    "no ink of four": (lambda: own(inked('Value="0 0 0 0"')), GONE),
    "black of four": (lambda: own(inked('Value="0 0 0 255"')), "right"),
    "a white box over it": (lambda: ofd((PAGE, END, shape('Fill="true"') + END)), GONE),
    "a box that is clear": (
        lambda: ofd((PAGE, END, shape('Fill="true"', '<ofd:FillColor Value="9 9 9" Alpha="60"/>') + END)),
        "right",
    ),
    "a frame around it": (lambda: ofd((PAGE, END, shape('Stroke="true"') + END)), "right"),
    "a line through it": (lambda: ofd((PAGE, END, shape('Fill="true"', high=0.3) + END)), "right"),
    "a box before it": (lambda: own(shape('Fill="true"') + OWN), "right"),
    "a dark box before it": (lambda: own(shape('Fill="true"', "") + OWN), GONE),
    "white on a dark box": (lambda: own(shape('Fill="true"', "") + inked('Value="255 255 255"')), "right"),
    "red on red": (
        lambda: own(shape('Fill="true"', RED) + OWN.replace("<ofd:TextCode", RED + "<ofd:TextCode")), GONE
    ),
    "a box in the background": (
        lambda: ofd((PAGE, END, END + BEHIND.format(shape('Fill="true"')))), "right"
    ),
    "a picture over it": (
        lambda: ofd((PAGE, END, IMAGE.format("55 104 60 8") + END)),
        "page 1 has a picture or a shape over its texts, which is not looked at",
    ),
    "a picture beside it": (lambda: ofd((PAGE, END, IMAGE.format("160 200 30 30") + END)), "right"),
    "a picture alone": (
        lambda: ofd((PAGE, "".join(OBJECTS), IMAGE.format("0 0 210 297"))),
        "it has a picture and not a word, and pictures are not read",
    ),
    "a page that begins elsewhere": (
        lambda: ofd(("Document.xml", "0 0 210 297", "10 10 210 297")), "moved (all)"
    ),
    "a later version": (
        lambda: ofd(("OFD.xml", "</ofd:DocBody>", VERSION + "</ofd:DocBody>")),
        "it holds several versions, of which one is shown",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("high", "seen"), [(17.2, "购买方"), (9.0, "购买")])
def test_letters_one_below_the_other_are_seen_as_far_as_their_object_goes(high: float, seen: str) -> None:
    """As invoices have 购买方 beside what is the buyer's."""
    text = (
        f'<ofd:TextObject ID="900" Boundary="6.6 132.8 4.11 {high}" Font="1" Size="3.175">'
        '<ofd:TextCode X="0.25" Y="3.15" DeltaY="6.35 6.35">购买方</ofd:TextCode></ofd:TextObject>'
    )
    found = read_ofd(ofd((PAGE, END, text + END))).chars
    assert "".join(char.text for char in found if char.y > 132) == seen
    assert [round(char.y, 2) for char in found if char.y > 132] == [135.95, 142.3, 148.65][: len(seen)]


UNKNOWN = [
    wanted for _, wanted in (*OFDS.values(), *CHANGES.values()) if " it " in f" {wanted}" or "page" in wanted
]


@pytest.mark.parametrize("why", [*UNKNOWN, "a font on it does not say which letters it shows"])
def test_what_is_not_checked_is_said_in_chinese(why: str) -> None:
    said = in_chinese(f"printing.notice: not checked: {why}")
    assert said.startswith("printing.notice：未能验证：")
    assert not re.search(r"[a-z]{2,} [a-z]{2,}", said)


@pytest.mark.parametrize("name", OFDS)
def test_of_an_ofd_what_is_seen_is_read(looking: Looking, name: str) -> None:
    make, wanted = OFDS[name]
    assert told(looking, make(), "ofd") == wanted
