"""The characters of an OFD (GB/T 33190-2016): a zip of XML files, its places in millimetres already."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from renhai.checks.papers.pdf import FAINT, MOST_PAGES, WHITE, Read, Unreadable
from results.checks.papers.judging import Char

MOST_BYTES = 64 * 1024 * 1024  # of one file of the package, unpacked
_TOKEN = re.compile(r"\S+")
_LATIN = 0x2E7F  # the last letter before those of East Asia


def read_ofd(body: bytes) -> Read:
    """Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            return _read(package)
    except Unreadable:
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(f"it does not open: {error}"[:160]) from None
    except (KeyError, ValueError, etree.XMLSyntaxError) as error:
        raise Unreadable(f"it cannot be read: {error}"[:160]) from None


def _read(package: zipfile.ZipFile) -> Read:
    broken = package.testzip() if _small(package) else None
    if broken is not None:
        raise Unreadable(f"{broken} is damaged")
    root = _text(_parse(package, "OFD.xml"), "DocRoot")
    folder = posixpath.dirname(root)
    pages = [_of(page, "BaseLoc") for page in _all(_parse(package, root), "Page")]
    if len(pages) > MOST_PAGES:
        raise Unreadable(f"it has {len(pages):,} pages; more than {MOST_PAGES} are not looked at")
    chars = []
    for number, place in enumerate(pages, 1):
        chars += list(_chars(_parse(package, posixpath.join(folder, place)), number))
    return Read(len(pages), chars)


def _small(package: zipfile.ZipFile) -> bool:
    for info in package.infolist():
        if info.file_size > MOST_BYTES:
            raise Unreadable(f"{info.filename} has {info.file_size:,} bytes")
    return True


def _parse(package: zipfile.ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(package.read(name.lstrip("/")), parser)


def _chars(page: Any, number: int) -> Iterator[Char]:
    """Characters by TextObject: its boundary's corner, its CTM, then each TextCode's X, Y and DeltaX."""
    for text in _all(page, "TextObject"):
        if _unseen(text):
            continue
        corner_x, corner_y = _numbers(_of(text, "Boundary"))[:2]
        size = float(_of(text, "Size"))
        matrix = _numbers(text.get("CTM") or "1 0 0 1 0 0")
        x = y = 0.0
        for code in _all(text, "TextCode"):
            x, y = float(code.get("X") or x), float(code.get("Y") or y)
            words = "".join(code.itertext())
            steps = list(_steps(code.get("DeltaX") or ""))
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
    parts = _TOKEN.findall(text)
    while parts:
        first = parts.pop(0)
        if first == "g" and len(parts) >= 2:
            times, step = int(parts.pop(0)), float(parts.pop(0))
            yield from [step] * min(times, 10_000)
        else:
            yield float(first)


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split()]


def _all(element: Any, name: str) -> Iterator[Any]:
    return (one for one in element.iter() if isinstance(one.tag, str) and etree.QName(one).localname == name)


def _text(element: Any, name: str) -> str:
    found = next(_all(element, name), None)
    if found is None:
        raise ValueError(f"it has no {name}")
    return "".join(found.itertext()).strip()


def _of(element: Any, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise ValueError(f"{etree.QName(element).localname} has no {name}")
    return str(value)
