"""The characters of a PDF, and where they stand.

pypdf (BSD) opens it strictly, as it refuses what other readers repair; pypdfium2 (BSD, Apache-2.0) says where
each character stands.
"""

from __future__ import annotations

import ctypes
import io
import logging
import math
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from renhai.binding.answers.paper import BEGINNING
from renhai.checks.papers.covered import Hidden, Ink, address, hidden, is_faint
from renhai.checks.papers.drawn import MM_A_POINT, Drawing
from renhai.core.extras import needed
from results.checks.papers.layout import Char

MOST_PAGES = 500
MOST_CHARS: Final = 200_000
# Annotations that have a text of their own, or cover one: free text, square, circle, polygon, strike-out,
# redaction (FPDF_ANNOT_* of pdfium). A link, a stamp or a signature is none of them.
OVER: Final = {3: "FreeText", 5: "Square", 6: "Circle", 7: "Polygon", 12: "StrikeOut", 28: "Redact"}
HIDDEN: Final = 1 << 1  # flag of an annotation (ISO 32000-1, table 165)
SMALL_MM: Final = 0.7  # two points: a letter that is lower is not read
THIN_MM: Final = 0.1  # nor one that is narrower
HYPHEN: Final = 2  # what pdfium tells of a hyphen at a line's end
MOST_PARENTS: Final = 20  # of a form field
PICTURE: Final = "it has a picture and not a word, and pictures are not read"
UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"  # a letter of which its font does not say what it is
# Rendering modes (ISO 32000-1, table 106): as here, and 4 more where it clips, too.
MODES: Final = {0: ("Fill",), 1: ("Stroke",), 2: ("Fill", "Stroke")}
UNSEEN: Final = (3, 7)
ANY_INK: Final = (0, 0, 0, 255)  # a pattern, say
SHOWS: Final = re.compile(
    rb"(?:\([^)]+\)|<[0-9A-Fa-f\s]+>|\])\s*(?:T[jJ]|['\"])"
)  # operators that draw a text
UNDER: Final = "page {} has an annotation or a form field over its texts, which is not looked at"
TURNED: Final = math.cos(math.radians(10))  # letters that lean further are a watermark's, say


class Unreadable(Exception):
    """A paper that does not open; the message says why."""


class Read(NamedTuple):
    """What a paper holds. unknown: why what is seen of it may be something else, "" where nothing is; sizes:
    of its pages, in mm."""

    pages: int
    chars: list[Char]
    unknown: str = ""
    sizes: Sequence[tuple[float, float]] = ()


def read_pdf(body: bytes) -> Read:
    """Raises Unreadable; UsageError that names the extra where a reader is not installed."""
    body = body[max(0, body.find(b"%PDF-", 0, BEGINNING)) :]  # readers pass over what stands before it
    opened = _opened(body)
    if not opened.units and opened.unknown:
        return Read(0, [], opened.unknown)
    pdfium = needed("pypdfium2", "checking printed papers")
    try:
        document = pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        raise Unreadable(f"it does not open: {error}") from None
    try:
        document.init_forms()
        pages = len(opened.units)
        if len(document) != pages:
            raise Unreadable(f"one reader sees {pages} pages, another {len(document)}")
        chars, over, pictures, sizes = list[Char](), opened.unknown, 0, list[tuple[float, float]]()
        for number, unit in enumerate(opened.units, 1):
            page = document[number - 1]
            sizes.append((page.get_width() * unit * MM_A_POINT, page.get_height() * unit * MM_A_POINT))
            objects = hidden(pdfium.raw, document, page)
            noted = document.formenv is not None or pdfium.raw.FPDFPage_GetAnnotCount(page) > 0
            drawing = Drawing(pdfium.raw, document, page, objects.things, noted)
            found, under = _chars(pdfium.raw, page, number, unit, objects, drawing)
            chars += found
            pictures += objects.pictures
            if len(chars) > MOST_CHARS:
                raise Unreadable(f"it has more than {MOST_CHARS:,} characters")
            over = over or _over(pdfium.raw, page, number) or (UNDER.format(number) if under else "")
        if pictures and not chars:
            over = over or PICTURE
        return Read(pages, chars, over, sizes)
    except (pdfium.PdfiumError, ValueError, OverflowError) as error:
        raise Unreadable(f"it cannot be read: {error}") from None
    except MemoryError:
        return Read(0, [], "it needs more memory than there is here")
    finally:
        document.close()


class _Opened(NamedTuple):
    """What a strict reader sees. units: of each page, how many points one of its units is; unknown: as of
    Read."""

    units: list[float]
    unknown: str


def _opened(body: bytes) -> _Opened:
    pypdf = needed("pypdf", "checking printed papers")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it warns of is raised
    try:
        reader = pypdf.PdfReader(io.BytesIO(body), strict=True)
        if reader.is_encrypted and not reader.decrypt(""):  # many are, against changes, and open without
            raise Unreadable("it asks for a password")
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            raise Unreadable(f"it has {pages:,} pages; more than {MOST_PAGES} are not looked at")
        units = [float(page.get("/UserUnit", 1)) for page in reader.pages]
        return _Opened(units, _layers(reader) or _filled_in(reader))
    except Unreadable:
        raise
    except pypdf.errors.DependencyError:
        return _Opened([], "it is encrypted by AES, which needs the package cryptography")
    except Exception as error:  # pypdf raises what it comes upon: KeyError, RecursionError, ...
        raise Unreadable(f"it does not open: {error or type(error).__name__}"[:160]) from None


def _layers(reader: Any) -> str:
    """Layers (optional content) that are switched off: their texts are in the file, and not on the paper."""
    layers = _of(reader.root_object, "/OCProperties") or {}
    shown = _of(layers, "/D") or {}
    off = _of(shown, "/OFF") or (_of(shown, "/BaseState") or "/ON") != "/ON"
    if off or (_of(shown, "/AS") and any(map(_off_by_usage, _of(layers, "/OCGs") or ()))):
        return "it has layers that are switched off, which are not looked at"
    return ""


def _off_by_usage(layer: Any) -> bool:
    """Whether a layer is off on the screen or on paper, where readers go by what it is for."""
    usage = _of(layer.get_object(), "/Usage") or {}
    return any(_of(_of(usage, f"/{on}") or {}, f"/{on}State") == "/OFF" for on in ("View", "Print"))


def _filled_in(reader: Any) -> str:
    """Form fields that show a value of their own, over or beside the paper's texts."""
    if "/XFA" in (_of(reader.root_object, "/AcroForm") or {}):
        return "it is a form (XFA) that shows something else than its pages"
    for number, page in enumerate(reader.pages, 1):
        for found in _of(page, "/Annots") or ():
            field = found.get_object()
            if _of(field, "/Subtype") != "/Widget" or int(_of(field, "/F") or 0) & HIDDEN:
                continue
            kind, value = (_inherited(field, key) for key in ("/FT", "/V"))
            if kind in ("/Tx", "/Ch") and (value not in (None, "") or _has_words(field)):
                return f"page {number} has a form field with a value, which is not looked at"
    return ""


def _has_words(field: Any) -> bool:
    """Whether what a field without a value shows has a text."""
    shown = _of(_of(field, "/AP") or {}, "/N")
    return hasattr(shown, "get_data") and SHOWS.search(shown.get_data()) is not None


def _of(items: Any, key: str) -> Any:
    """A value, or what it refers to; None for none."""
    value = items.get(key)
    return None if value is None else value.get_object()


def _inherited(field: Any, key: str) -> Any:
    """Of a form field or what it is a part of."""
    for _ in range(MOST_PARENTS):
        if key in field:
            return _of(field, key)
        if "/Parent" not in field:
            break
        field = field["/Parent"]
    return None


def _over(raw: Any, page: Any, number: int) -> str:
    """An annotation of a page that may say something else than the page."""
    for place in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, place)
        if not annotation:
            continue
        kind, flags = raw.FPDFAnnot_GetSubtype(annotation), raw.FPDFAnnot_GetFlags(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in OVER and not flags & HIDDEN:
            return f"page {number} has an annotation over it ({OVER[kind]}), which is not looked at"
    return ""


def _seen(page: Any) -> tuple[float, float, float, float]:
    """The part of a page that is shown: left, bottom, right, top in points."""
    crop, whole = page.get_cropbox(), page.get_mediabox()
    return max(crop[0], whole[0]), max(crop[1], whole[1]), min(crop[2], whole[2]), min(crop[3], whole[3])


def _turned(
    spot: tuple[float, float], box: tuple[float, float, float, float], rotation: int
) -> tuple[float, float]:
    """A place on the page as it is shown, turned clockwise: mm from its top left corner."""
    (x, y), (left, bottom, right, top) = spot, box
    upright, upside_down = (x - left, top - y), (right - x, y - bottom)
    shown = {
        0: upright,
        90: (upside_down[1], upright[0]),
        180: upside_down,
        270: (upright[1], upside_down[0]),
    }[rotation]
    return shown[0] * MM_A_POINT, shown[1] * MM_A_POINT


def _chars(
    raw: Any, page: Any, number: int, unit: float, objects: Hidden, drawing: Drawing
) -> tuple[list[Char], bool]:
    """What is printed of a page's texts, and whether something over the page hides some of it. What is drawn
    so that nobody sees it, or beside the page, is not printed. unit: points that a unit of the page is."""
    text = page.get_textpage()
    shown, rotation = _seen(page), page.get_rotation()
    x, y = ctypes.c_double(), ctypes.c_double()
    box = raw.FS_RECTF()
    found, leaning, under = list[Char](), list[Char](), False
    looks: dict[int, tuple[list[Ink], bool]] = {}  # by the address of a text, whose letters are drawn alike
    high = ""  # half of a letter beyond U+FFFF, which pdfium tells in two
    try:
        for place in range(raw.FPDFText_CountChars(text)):
            letter = _letter(raw, text, place)
            if letter.isspace() or raw.FPDFText_IsGenerated(text, place) == 1:
                continue
            if "\ud800" <= letter <= "\udbff":
                high = letter
                continue
            letter, high = _joined(high, letter), ""
            raw.FPDFText_GetCharOrigin(text, place, x, y)
            if not (shown[0] <= x.value <= shown[2] and shown[1] <= y.value <= shown[3]):
                continue
            thing = raw.FPDFText_GetTextObject(text, place)
            where = address(thing)
            if where not in looks:
                looks[where] = _look(raw, text, place, thing, rotation)
            inks, leans = looks[where]
            raw.FPDFText_GetLooseCharBox(text, place, box)
            sides = box.left, box.bottom, box.right, box.top
            if _is_small(sides, unit) or is_faint(inks, objects.below(where, sides)):
                continue
            if objects.is_hidden(where, sides):
                continue
            corners = [_turned(one, shown, rotation) for one in (sides[:2], sides[2:])]
            if where in objects.texts and not drawing.is_seen(corners):
                if drawing.would_be_seen(thing, letter):
                    continue
            else:
                under = under or drawing.is_under(corners)
            at, base = _turned((x.value, y.value), shown, rotation)
            right = max(corners)[0]
            char = Char(number, letter, at * unit, right * unit, base * unit)
            (leaning if leans else found).append(char)
    finally:
        text.close()
    return found or leaning, under


def _letter(raw: Any, text: Any, place: int) -> str:
    code = raw.FPDFText_GetUnicode(text, place)
    if code == HYPHEN and raw.FPDFText_IsHyphen(text, place) == 1:
        return "-"
    if not code or raw.FPDFText_HasUnicodeMapError(text, place) == 1:
        return UNKNOWN
    return chr(code)


def _joined(high: str, low: str) -> str:
    """A letter of its two halves; half of one is unknown."""
    if not high and not "\udc00" <= low <= "\udfff":
        return low
    return (high + low).encode("utf-16", "surrogatepass").decode("utf-16", "replace")[:1]


def _is_small(box: tuple[float, float, float, float], unit: float) -> bool:
    """Too low or too narrow to be read."""
    wide, high = abs(box[2] - box[0]) * unit * MM_A_POINT, abs(box[3] - box[1]) * unit * MM_A_POINT
    return min(wide, high) < THIN_MM or max(wide, high) < SMALL_MM


def _look(raw: Any, text: Any, place: int, thing: Any, rotation: int) -> tuple[list[Ink], bool]:
    """What a text is filled with and drawn along its edges with, none where it is invisible or mirrored; and
    whether its letters lean on the page as it is shown."""
    mode = raw.FPDFTextObj_GetTextRenderMode(thing)
    matrix = raw.FS_MATRIX()
    leans = False
    if raw.FPDFText_GetMatrix(text, place, matrix):
        if matrix.a * matrix.d < matrix.b * matrix.c:
            return [], False
        leans = math.cos(math.atan2(matrix.b, matrix.a) - math.radians(rotation)) < TURNED
    found = []
    for name in () if mode in UNSEEN else MODES.get(mode % 4, ()):
        ink = [ctypes.c_uint() for _ in range(4)]
        known = getattr(raw, f"FPDFText_Get{name}Color")(text, place, *ink)
        red, green, blue, alpha = (one.value for one in ink)
        found.append((red, green, blue, alpha) if known else ANY_INK)
    return found, leans
