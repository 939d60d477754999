"""The characters of an OFD (GB/T 33190-2016): a zip of XML files, its places in millimetres already."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lxml import etree

from renhai.checks.papers.ofd_shapes import attribute, elements, numbers, shades, words_unseen
from renhai.checks.papers.ofd_text import seen_of
from renhai.checks.papers.pdf import MOST_CHARS, MOST_PAGES, PICTURE, Read, Unreadable
from results.checks.papers.layout import Char

MOST_BYTES = 64 * 1024 * 1024  # of one file of the package, unpacked
MOST_IN_ALL = 4 * MOST_BYTES
MOST_FILES = 5000
OVER_IT = ("Watermark", "Stamp", "Link")  # annotations whose words are none of the paper's


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
    start = _parse(package, "OFD.xml")
    roots = ["".join(one.itertext()).strip() for one in elements(start, "DocRoot")]
    if len(roots) != 1:
        raise Unreadable(f"it holds {len(roots)} documents")
    (root,) = roots
    folder, document = posixpath.dirname(root), _parse(package, root)
    places = [attribute(page, "BaseLoc") for page in elements(document, "Page")]
    if len(places) > MOST_PAGES:
        raise Unreadable(f"it has {len(places):,} pages; more than {MOST_PAGES} are not looked at")
    chars, pictures, sizes = list[Char](), 0, list[tuple[float, float]]()
    versions = next(elements(start, "Version"), None)
    unknown = "" if versions is None else "it holds several versions, of which one is shown"
    whole, params = _box(document), _params(package, folder, document)
    templates = _templates(package, folder, document)
    for number, place in enumerate(places, 1):
        page = _parse(package, posixpath.join(folder, place))
        box = _box(page) or whole
        sizes.append((box[2], box[3]) if box else (0.0, 0.0))
        seen = seen_of(_drawn(page, templates), number, params)
        chars += _on_page(seen.chars, box)
        pictures, unknown = pictures + seen.pictures, unknown or seen.unknown
        if len(chars) > MOST_CHARS:
            raise Unreadable(f"it has more than {MOST_CHARS:,} characters")
    unknown = unknown or (PICTURE if pictures and not chars else "")
    return Read(len(places), chars, unknown or _annotated(package, folder, document), sizes)


def _templates(package: zipfile.ZipFile, folder: str, document: Any) -> dict[str, Any]:
    """Pages of what is the same on many pages, by their ids: a form's fixed words often stand there."""
    return {
        attribute(one, "ID"): _parse(package, posixpath.join(folder, attribute(one, "BaseLoc")))
        for one in elements(document, "TemplatePage")
    }


def _drawn(page: Any, templates: Mapping[str, Any]) -> list[Any]:
    """A page and its templates in the order of drawing. Raises KeyError for a template that is not there."""
    behind, before = list[Any](), list[Any]()
    for one in elements(page, "Template"):
        part = templates[attribute(one, "TemplateID")]
        (before if one.get("ZOrder") == "Foreground" else behind).append(part)
    return [*behind, page, *before]


def _params(package: zipfile.ZipFile, folder: str, document: Any) -> dict[str, Any]:
    """Drawing parameters by their ids, which may hold the colour of a text."""
    found = {}
    for name in ("PublicRes", "DocumentRes"):
        for listed in elements(document, name):
            file = posixpath.join(folder, "".join(listed.itertext()).strip())
            found.update({attribute(one, "ID"): one for one in _elements_of(package, file, "DrawParam")})
    return found


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
    found = next(elements(element, "PhysicalBox"), None)
    box = numbers("".join(found.itertext())) if found is not None else []
    return box if len(box) == 4 else None


def _on_page(chars: list[Char], box: list[float] | None) -> list[Char]:
    """What does not stand beside the page, from its top left corner."""
    if box is None:
        return chars
    x, y, wide, high = box
    there = (char._replace(x=char.x - x, right=char.right - x, y=char.y - y) for char in chars)
    return [char for char in there if 0 <= char.x <= wide and 0 <= char.y <= high]


def _annotated(package: zipfile.ZipFile, folder: str, document: Any) -> str:
    """An annotation with words of its own, which stand over the paper's, or with what may hide them; "" where
    there is none."""
    listed = next(elements(document, "Annotations"), None)
    if listed is None:
        return ""
    place = posixpath.join(folder, "".join(listed.itertext()).strip())
    for one in _elements_of(package, place, "FileLoc"):
        named = posixpath.join(posixpath.dirname(place), "".join(one.itertext()).strip())
        for note in _elements_of(package, named, "Annot"):
            if _says_or_hides(note):
                return f"it has an annotation over it ({note.get('Type')}), which is not looked at"
    return ""


def _says_or_hides(note: Any) -> bool:
    """A seal is a picture; whatever an annotation is, a filled rectangle hides what is under it."""
    if any(shade.colour is not None for path in elements(note, "PathObject") for shade in shades(path, {})):
        return True
    if note.get("Type") in OVER_IT:
        return False
    words = (text for text in elements(note, "TextObject") if not words_unseen(text))
    return any(True for _ in words) or any(True for _ in elements(note, "ImageObject"))


def _elements_of(package: zipfile.ZipFile, file: str, name: str) -> list[Any]:
    """Those of a file that need not be there: some packages list what they do not have, and readers show the
    rest."""
    try:
        return list(elements(_parse(package, file), name))
    except KeyError:
        return []


def _parse(package: zipfile.ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(package.read(_named(package, posixpath.normpath(name).lstrip("/"))), parser)


def _named(package: zipfile.ZipFile, name: str) -> str:
    """The file of that name, in small or capital letters, as readers find it: TPLS/ for Tpls/."""
    if name in package.NameToInfo:
        return name
    return next((one for one in package.namelist() if one.lower() == name.lower()), name)
