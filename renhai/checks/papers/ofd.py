"""The characters of an OFD (GB/T 33190-2016): a zip of XML files, its places in millimetres already."""

from __future__ import annotations

import io
import math
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice, repeat
from typing import Any

from lxml import etree

from renhai.checks.papers.pdf import FAINT, MOST_CHARS, MOST_PAGES, WHITE, Read, Unreadable
from results.checks.papers.judging import Char

MOST_BYTES = 64 * 1024 * 1024  # of one file of the package, unpacked
MOST_IN_ALL = 4 * MOST_BYTES
MOST_FILES = 5000
OVER_IT = ("Watermark", "Stamp", "Link")  # annotations whose words are none of the paper's
_TOKEN = re.compile(r"\S+")
_LATIN = 0x2E7F  # the last letter before those of East Asia


def read_ofd(body: bytes) -> Read:
    """Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            return _read(package)
    except Unreadable:
        raise
    except (ValueError, LookupError, etree.XMLSyntaxError) as error:
        raise Unreadable(f"it cannot be read: {error}"[:160]) from None
    except Exception as error:  # whatever a package that is no sound one makes a decompressor raise
        raise Unreadable(f"it does not open: {error or type(error).__name__}"[:160]) from None


def _read(package: zipfile.ZipFile) -> Read:
    _check_size(package)
    broken = package.testzip()
    if broken is not None:
        raise Unreadable(f"{broken} is damaged")
    roots = ["".join(one.itertext()).strip() for one in _all(_parse(package, "OFD.xml"), "DocRoot")]
    if len(roots) != 1:
        raise Unreadable(f"it holds {len(roots)} documents")
    (root,) = roots
    folder, document = posixpath.dirname(root), _parse(package, root)
    pages = [_of(page, "BaseLoc") for page in _all(document, "Page")]
    if len(pages) > MOST_PAGES:
        raise Unreadable(f"it has {len(pages):,} pages; more than {MOST_PAGES} are not looked at")
    whole, chars = _box(document), list[Char]()
    for number, place in enumerate(pages, 1):
        page = _parse(package, posixpath.join(folder, place))
        box = _box(page) or whole
        chars += [char for char in _chars(page, number) if box is None or _is_on(char, box)]
        if len(chars) > MOST_CHARS:
            raise Unreadable(f"it has more than {MOST_CHARS:,} characters")
    return Read(len(pages), chars, _annotated(package, folder, document))


def _check_size(package: zipfile.ZipFile) -> None:
    """Before anything is unpacked. Two files of one name are two papers: readers take either of them."""
    files = package.infolist()
    if len(files) > MOST_FILES:
        raise Unreadable(f"it has {len(files):,} files")
    for info in files:
        if info.file_size > MOST_BYTES:
            raise Unreadable(f"{info.filename} has {info.file_size:,} bytes")
    if sum(info.file_size for info in files) > MOST_IN_ALL:
        raise Unreadable(f"its files have more than {MOST_IN_ALL:,} bytes")
    for name, count in Counter(info.filename.lower() for info in files).items():
        if count > 1:
            raise Unreadable(f"{name} stands in it twice")


def _box(element: Any) -> list[float] | None:
    """What is shown of a page: x, y, width and height; None where it does not say."""
    found = next(_all(element, "PhysicalBox"), None)
    box = _numbers("".join(found.itertext())) if found is not None else []
    return box if len(box) == 4 else None


def _is_on(char: Char, box: list[float]) -> bool:
    return 0 <= char.x <= box[2] and 0 <= char.y <= box[3]


def _annotated(package: zipfile.ZipFile, folder: str, document: Any) -> str:
    """An annotation with words of its own, which stand over the paper's; "" where there is none."""
    listed = next(_all(document, "Annotations"), None)
    if listed is None:
        return ""
    place = posixpath.join(folder, "".join(listed.itertext()).strip())
    for one in _all(_parse(package, place), "FileLoc"):
        named = posixpath.join(posixpath.dirname(place), "".join(one.itertext()).strip())
        for note in _all(_parse(package, named), "Annot"):
            said = next((text for text in _all(note, "TextObject") if not _unseen(text)), None)
            if said is not None and note.get("Type") not in OVER_IT:
                return f"it has an annotation over it ({note.get('Type')}), which is not looked at"
    return ""


def _parse(package: zipfile.ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(package.read(name.lstrip("/")), parser)


def _chars(page: Any, number: int) -> Iterator[Char]:
    """Characters by TextObject: its boundary's corner, its CTM, then each TextCode's X, Y and DeltaX."""
    for text in _all(page, "TextObject"):
        if _unseen(text):
            continue
        corner_x, corner_y = _numbers(_of(text, "Boundary"))[:2]
        (size,) = _numbers(_of(text, "Size"))
        matrix = _numbers(text.get("CTM") or "1 0 0 1 0 0")
        x = y = 0.0
        for code in _all(text, "TextCode"):
            (x,), (y,) = _numbers(code.get("X") or str(x)), _numbers(code.get("Y") or str(y))
            words = "".join(code.itertext())
            if len(words) > MOST_CHARS:
                raise Unreadable(f"a text of it has {len(words):,} characters")
            steps = list(islice(_steps(code.get("DeltaX") or ""), len(words)))
            at = x
            for place, letter in enumerate(words):
                wide = size if is_wide(letter) else size / 2
                step = steps[min(place, len(steps) - 1)] if steps else wide
                left = matrix[0] * at + matrix[2] * y + matrix[4] + corner_x
                base = matrix[1] * at + matrix[3] * y + matrix[5] + corner_y
                if not letter.isspace():
                    yield Char(number, letter, left, left + matrix[0] * step, base)
                at += step


def _unseen(text: Any) -> bool:
    """It, or what it stands in, is not visible; or it has no ink, or white or transparent one."""
    if any(one.get("Visible") == "false" for one in (text, *text.iterancestors())):
        return True
    if float(text.get("Alpha") or 255) < FAINT:
        return True
    if text.get("Stroke") == "true":
        return False
    ink = next(_all(text, "FillColor"), None)
    if text.get("Fill") == "false":
        return True
    if ink is None:
        return False
    colours = _numbers(ink.get("Value") or "0 0 0")
    return float(ink.get("Alpha") or 255) < FAINT or (len(colours) == 3 and min(colours) >= WHITE)


def is_wide(letter: str) -> bool:
    """Whether a letter is as wide as the font is high; others are half as wide."""
    return ord(letter) > _LATIN or letter in "￥（）"


def _steps(text: str) -> Iterator[float]:
    """DeltaX: steps, where `g N S` stands for N times S."""
    parts = (found[0] for found in _TOKEN.finditer(text))
    for first in parts:
        if first == "g":
            times, step = int(next(parts)), _numbers(next(parts))
            yield from repeat(step[0], times)
        else:
            yield from _numbers(first)


def _numbers(text: str) -> list[float]:
    """Raises ValueError for what is none, or no place, such as nan: it is beside nothing."""
    found = [float(part) for part in text.split()]
    if not all(map(math.isfinite, found)):
        raise ValueError(f"{text[:40]} is no place")
    return found


def _all(element: Any, name: str) -> Iterator[Any]:
    return (one for one in element.iter() if isinstance(one.tag, str) and etree.QName(one).localname == name)


def _of(element: Any, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise ValueError(f"{etree.QName(element).localname} has no {name}")
    return str(value)
