"""Papers that are made to deceive or to harm: none is right, none keeps the others from being looked at."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Link
from pypdf.generic import RectangleObject
from reportlab.pdfgen.canvas import Canvas

from renhai.checks.papers import ofd, picture
from renhai.checks.papers.ofd import read_ofd
from renhai.checks.papers.pdf import Unreadable, read_pdf
from renhai.reference.operations.printing.printer import PRINTS
from results.checks.papers.layout import Char
from tests.checks.papers.test_papers import Kept, asked, kept, rules, values

__all__ = ["kept", "rules"]
NOTICE = PRINTS["ofd"]("notice", values(1))


ANOTHER = "<ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody>"


def repacked(
    change: Callable[[str, str], str], *more: tuple[str, str | bytes], package: bytes = NOTICE
) -> bytes:
    """The OFD with each of its XML files changed, and more files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(
                name, change(name, old.read(name).decode()) if name.endswith(".xml") else old.read(name)
            )
        for name, content in more:
            new.writestr(name, content)
    return out.getvalue()


def same(name: str, content: str) -> str:
    return content


def page_of(content: str) -> bool:
    return "TextObject" in content


def on_pages(old: str, new: str) -> Callable[[str, str], str]:
    def change(name: str, content: str) -> str:
        if not page_of(content):
            return content
        assert old in content
        return content.replace(old, new)

    return change


def page_name() -> str:
    with zipfile.ZipFile(io.BytesIO(NOTICE)) as package:
        return next(
            name for name in package.namelist() if page_of(package.read(name).decode("utf-8", "ignore"))
        )


def twice(name: str) -> bytes:
    """Two files of one name: the one that others read, and the one that is read here."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        return repacked(same, (name, "<a/>"))


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        (lambda: twice(page_name()), "stands in it twice"),
        (lambda: repacked(same, (page_name().upper(), "<a/>")), "stands in it twice"),
        (lambda: repacked(on_pages('Boundary="', 'Boundary="nan nan ')), "is no place"),
        (lambda: repacked(on_pages('Boundary="', 'Boundary="inf ')), "is no place"),
        (lambda: repacked(on_pages('Boundary="', 'Old="')), "has no Boundary"),
        (lambda: repacked(on_pages("<ofd:TextObject", '<ofd:TextObject CTM="1 0"')), "cannot be read"),
        (lambda: repacked(lambda name, text: text.replace("</ofd:DocBody>", f"</ofd:DocBody>{ANOTHER}")),
         "it holds 2 documents"),
    ],
)  # fmt: skip
def test_an_ofd_that_harms_or_says_two_things_does_not_open(paper: Callable[[], bytes], said: str) -> None:
    body = paper()
    with pytest.raises(Unreadable, match=said):
        read_ofd(body)


@pytest.mark.parametrize(
    ("bound", "most", "said"),
    [("MOST_IN_ALL", 100_000, "its files have more than"), ("MOST_FILES", 20, "it has 3.? files"),
     ("MOST_BYTES", 9_000, "has 10,000 bytes"), ("MOST_CHARS", 10, "characters")],
)  # fmt: skip
def test_a_package_that_unpacks_to_too_much_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int, said: str
) -> None:
    """Each of its files is small enough; they are all too many, or too much."""
    monkeypatch.setattr(ofd, bound, most)
    with pytest.raises(Unreadable, match=said):
        read_ofd(repacked(same, *((f"Res/{n}.bin", bytes(10_000)) for n in range(30))))


def test_steps_without_end_are_read_as_far_as_there_are_letters() -> None:
    bombs = on_pages("<ofd:TextCode", '<ofd:TextCode DeltaX="g 999999999 1 g 999999999 1"')
    whole = {char.text for char in read_ofd(NOTICE).chars}
    first = repacked(lambda name, text: text.replace("DeltaX=", "Was="))
    assert {char.text for char in read_ofd(repacked(bombs, package=first)).chars} == whole


def test_what_stands_beside_the_page_is_not_printed() -> None:
    assert read_ofd(NOTICE).chars
    small = repacked(lambda name, text: text.replace("0 0 210 297", "0 0 5 5"))
    assert read_ofd(small).chars == []


NOTE = """<ofd:PageAnnot xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Annot Type="{}" ID="9"><ofd:Appearance>
<ofd:TextObject Boundary="0 0 9 9" Size="4"><ofd:TextCode X="0" Y="4">9</ofd:TextCode></ofd:TextObject>
</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"""
LISTED = (
    '<a xmlns="http://www.ofdspec.org/2016"><Page PageID="1"><FileLoc>Page_0/Annot.xml</FileLoc></Page></a>'
)


@pytest.mark.parametrize(("kind", "unknown"), [("Path", True), ("Watermark", False), ("Stamp", False)])
def test_an_annotation_of_an_ofd_with_words_of_its_own_leaves_it_unchecked(
    kept: Kept, kind: str, unknown: bool
) -> None:
    def change(name: str, text: str) -> str:
        return text.replace(
            "</ofd:Document>", "<ofd:Annotations>Annots/A.xml</ofd:Annotations></ofd:Document>"
        )

    folder = page_name().partition("/")[0]
    more = ((f"{folder}/Annots/A.xml", LISTED), (f"{folder}/Annots/Page_0/Annot.xml", NOTE.format(kind)))
    kept.add("printing.notice_ofd", repacked(change, *more), asked(1))
    counts = kept.check()["counts"]
    assert (counts["unchecked"], counts["right"]) == (unknown, not unknown)


def pdf(change: Callable[[Any], None], text: str = "1002.50") -> bytes:
    """A page of A4 with a text 100 points from its left and 700 from its bottom, changed by pypdf."""
    made = io.BytesIO()
    canvas = Canvas(made)
    canvas.drawString(100, 700, text)
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(made))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def first(body: bytes) -> Char | None:
    return next(iter(read_pdf(body).chars), None)


def boxed(name: str, *box: float) -> Callable[[Any], None]:
    def change(writer: Any) -> None:
        setattr(writer.pages[0], name, RectangleObject(box))

    return change


def test_of_a_pdf_what_stands_beside_the_page_is_not_printed() -> None:
    seen = first(pdf(lambda writer: None))
    assert seen is not None
    assert (round(seen.x, 1), round(seen.y, 1)) == (35.3, 50.1)  # 100 pt, and 842 - 700 pt
    assert first(pdf(boxed("cropbox", 0, 0, 90, 842))) is None
    assert first(pdf(boxed("cropbox", 0, 0, 595, 690))) is None
    assert first(pdf(boxed("mediabox", 0, 0, 90, 842))) is None
    moved = first(pdf(boxed("cropbox", 50, 0, 595, 842)))
    assert moved is not None and round(seen.x - moved.x, 1) == 17.6  # 50 pt


@pytest.mark.parametrize(
    ("turn", "x", "y"),
    [(0, 35.3, 50.1), (90, 246.9, 35.3), (180, 174.7, 246.9), (270, 50.1, 174.7)],
)  # 700 pt = 246.9 mm; 595.3 - 100 pt = 174.7 mm
def test_a_page_that_is_turned_is_read_as_it_is_shown(turn: int, x: float, y: float) -> None:
    seen = first(pdf(lambda writer: writer.pages[0].rotate(turn)))
    assert seen is not None
    assert (round(seen.x, 1), round(seen.y, 1)) == (x, y)


def test_an_annotation_of_a_pdf_over_its_texts_leaves_it_unchecked() -> None:
    place = (90, 690, 200, 720)

    def over(writer: Any) -> None:
        writer.add_annotation(0, FreeText(text="9999.99", rect=place))

    def link(writer: Any) -> None:
        writer.add_annotation(0, Link(rect=place, url="http://x.test"))

    assert "page 1 has an annotation over it (FreeText)" in read_pdf(pdf(over)).unknown
    assert read_pdf(pdf(link)).unknown == ""


def test_a_page_of_a_mile_has_no_picture_and_its_mark_is_told(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "MOST_PIXELS", 1000)
    kept.add("printing.notice", PRINTS["pdf"]("notice", values(1), 5.0), asked(1))
    found = kept.check()
    assert (found["counts"]["moved"], found["pictures"]) == (1, [])


def test_one_paper_that_breaks_a_reader_leaves_the_others_looked_at(kept: Kept) -> None:
    damaged = bytearray(NOTICE)
    damaged[60:90] = bytes(30)
    kept.add("printing.notice_ofd", bytes(damaged), asked(1))
    kept.add(
        "printing.notice_ofd", repacked(on_pages("<ofd:TextObject", '<ofd:TextObject CTM="1"')), asked(1)
    )
    kept.add("printing.notice_ofd", NOTICE, asked(1))
    counts = kept.check()["counts"]
    assert (counts["checked"], counts["unreadable"], counts["right"]) == (3, 2, 1)
