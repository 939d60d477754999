"""Elements out of XML Schema: each simple one a placeholder, recursion cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

from lxml import etree

from renhai.binding.drafting.documents import parse_xml
from renhai.binding.drafting.hidden import is_secret_name, variable
from renhai.binding.drafting.names import FieldNames
from renhai.binding.drafting.notes import Note, note

XS = "{http://www.w3.org/2001/XMLSchema}"
SOAP_ENVELOPES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
DEEPEST = 12
MOST_ELEMENTS = 400
DEEPEST_IMPORT = 10
Name = tuple[str, str]  # namespace, local name
_GROUPS = ("sequence", "all", "choice", "group")
_FIRST = {
    "int": 1, "integer": 1, "long": 1, "short": 1, "byte": 1, "decimal": "1.00", "double": "1.0",
    "float": "1.0",
    "boolean": "true", "date": "2026-01-01", "dateTime": "2026-01-01T00:00:00", "time": "00:00:00",
}  # fmt: skip


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def qname(element: Any, written: str) -> Name:
    """A name that stands in an attribute: its namespace by the prefixes in scope there."""
    prefix, _, name = written.rpartition(":")
    return str(element.nsmap.get(prefix or None) or ""), name


class Schemas:
    """All schemas of a document. `said`: called with a note for what is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: set[Path] = set()
        self.said: Callable[[Note], None] = lambda said: None
        self.elements: dict[Name, Any] = {}
        self.types: dict[Name, Any] = {}
        self.groups: dict[Name, Any] = {}

    def add(self, schema: Any, space: str | None = None, depth: int = 0) -> None:
        """A schema and what it includes and imports from files beside the document."""
        target = schema.get("targetNamespace") or space or ""
        schema.set("targetNamespace", target)  # one that is included has the namespace of who includes it
        tables = {"element": self.elements, "complexType": self.types, "simpleType": self.types}
        tables |= {"group": self.groups, "attributeGroup": self.groups}
        for child in schema:
            kind, name = local_tag(child), child.get("name")
            if kind in tables and name:
                tables[kind].setdefault((target, name), child)
            elif kind in ("include", "import", "redefine") and child.get("schemaLocation"):
                self._include(child, target if kind != "import" else None, depth)

    def _include(self, child: Any, space: str | None, depth: int) -> None:
        base = Path(str(child.base or self._folder)).parent if child.base else self._folder
        location = str(child.get("schemaLocation"))
        file = (base / location).resolve()
        if not file.is_relative_to(self._folder) or not file.is_file() or depth >= DEEPEST_IMPORT:
            self.said(note("reference", reference=location))
        elif file not in self._read:
            self._read.add(file)
            self.add(parse_xml(file), space, depth + 1)

    def sample(self, names: FieldNames, values: dict[str, Any], mark: Callable[[Note], None]) -> XmlSample:
        return XmlSample(self, names, values, mark)


class At(NamedTuple):
    """Where in a message: the elements around, their types, and the default namespace there."""

    path: tuple[str, ...] = ()
    within: tuple[Any, ...] = ()
    space: str = ""


class XmlSample:
    """The content of one message in the making."""

    def __init__(
        self, schemas: Schemas, names: FieldNames, values: dict[str, Any], mark: Callable[[Note], None]
    ) -> None:
        self.schemas, self.names, self.values, self.mark = schemas, names, values, mark
        self.count = 0

    def element(self, name: Name, at: At = At()) -> str:
        """A global element, qualified."""
        declared = self.schemas.elements.get(name)
        if declared is None:
            self.mark(note("reference", reference=name[1]))
            return f"<{name[1]} xmlns={quoteattr(name[0])}/>" if name[1] else ""
        return self._declared(declared, name, at)

    def typed(self, name: str, kind: Name) -> str:
        """An element of a type, unqualified (rpc)."""
        return self._filled(("", name), self.schemas.types.get(kind), kind, At(), "")

    def _declared(self, declared: Any, name: Name, at: At) -> str:
        kind = declared.get("type")
        inner = next((c for c in declared if local_tag(c) in ("complexType", "simpleType")), None)
        named = qname(declared, kind) if kind else ("", "")
        described = self.schemas.types.get(named) if inner is None and kind else inner
        return self._filled(
            name, described, named, at, declared.get("fixed") or declared.get("default") or "",
            declared.get("minOccurs") == "0",
        )  # fmt: skip

    def _filled(
        self, name: Name, described: Any, kind: Name, at: At, default: str, optional: bool = False
    ) -> str:
        self.count += 1
        path = (*at.path, name[1])
        tag = name[1] if name[0] == at.space else f"{name[1]} xmlns={quoteattr(name[0])}"
        if described is None or local_tag(described) == "simpleType":
            return f"<{tag}>{self._leaf(path, kind, described, default)}</{name[1]}>"
        if any(described is other for other in at.within):
            if optional:
                return ""
            self.mark(note("recursion", names=[".".join(path)], schema=kind[1] or name[1]))
            return f"<{tag}/>"
        if len(path) > DEEPEST or self.count > MOST_ELEMENTS:
            self.mark(note("too_long", most=MOST_ELEMENTS))
            return f"<{tag}/>"
        if described.get("abstract") == "true":
            self.mark(note("abstract", names=[".".join(path)]))
        inside_at = At(path, (*at.within, described), name[0])
        attributes = "".join(self._attributes(described, path))
        inside = "".join(self._content(described, inside_at))
        base = _simple_base(described)
        if base is not None and not inside:
            inside = self._leaf(path, base, self.schemas.types.get(base), default)
        return f"<{tag}{attributes}>{inside}</{name[1]}>"

    def _leaf(self, path: tuple[str, ...], kind: Name, described: Any, default: str) -> str:
        name = path[-1].lstrip("@")
        if is_secret_name(name):
            return f"${{ENV:{variable(name)}}}"
        field = self.names.name(path, name)
        values = described.xpath(".//*[local-name()='enumeration']/@value") if described is not None else []
        self.values[field] = str(default or (values[0] if values else _FIRST.get(kind[1], "text")))
        return f"${{{field}}}"

    def _content(self, described: Any, at: At) -> Iterator[str]:
        """The child elements of a complex type, those of its base first."""
        for child in described:
            kind = local_tag(child)
            for extension in child if kind == "complexContent" else ():
                base = extension.get("base")
                parent = self.schemas.types.get(qname(extension, base)) if base else None
                is_new = parent is not None and all(parent is not other for other in at.within)
                if is_new and local_tag(extension) == "extension":
                    yield from self._content(parent, at._replace(within=(*at.within, parent)))
                yield from self._content(extension, at)
            if kind in _GROUPS:
                yield from self._particles(child, at, 0)

    def _particles(self, group: Any, at: At, depth: int) -> Iterator[str]:
        children = list(group) if depth <= DEEPEST else []
        if group.get("ref"):
            found = self.schemas.groups.get(qname(group, group.get("ref")))
            children = list(found) if found is not None and depth <= DEEPEST else []
        elif local_tag(group) == "choice" and len(children) > 1:
            self.mark(note("first_of", names=[".".join(at.path)], count=len(children), kind="choice"))
            children = children[:1]
        for child in children:
            kind = local_tag(child)
            if kind == "element":
                yield self._child(child, at)
            elif kind in _GROUPS:
                yield from self._particles(child, at, depth + 1)
            elif kind == "any":
                self.mark(note("part_of_document_lost", where=".".join(at.path), why="xs:any"))

    def _child(self, child: Any, at: At) -> str:
        if child.get("ref"):
            return self.element(qname(child, child.get("ref")), at)
        schema = next(a for a in child.iterancestors() if local_tag(a) == "schema")
        qualified = (child.get("form") or schema.get("elementFormDefault")) == "qualified"
        space = str(schema.get("targetNamespace") or "") if qualified else ""
        return self._declared(child, (space, str(child.get("name"))), at)

    def _attributes(self, described: Any, path: tuple[str, ...]) -> Iterator[str]:
        left = []
        for attribute in described.iter(f"{XS}attribute"):
            name = attribute.get("name") or local(attribute.get("ref") or "")
            if not name or _owner(attribute) is not described or attribute.get("use") == "prohibited":
                continue
            if attribute.get("use") != "required" or not attribute.get("name"):
                left.append(".".join((*path, f"@{name}")))
            else:
                yield f' {name}="{self._leaf((*path, f"@{name}"), ("", ""), None, "")}"'
        if left:
            self.mark(note("attributes", names=left))


def _simple_base(described: Any) -> Name | None:
    for kind in ("extension", "restriction"):
        found = described.find(f"{XS}simpleContent/{XS}{kind}")
        if found is not None and found.get("base"):
            return qname(found, found.get("base"))
    return None


def _owner(attribute: Any) -> Any:
    return next((a for a in attribute.iterancestors() if local_tag(a) == "complexType"), None)


def local_tag(element: Any) -> str:
    """The local name of an element; "" for anything else."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""
