"""Drafts from a WSDL 1.1 with SOAP 1.1 or 1.2 bindings; XML Schema inside it or in files beside it.

By lxml alone: zeep (MIT) would bring six packages, and it sends, which a draft does not. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from renhai.binding.drafting.described.xsd import SOAP_ENVELOPES, Schemas, local, qname
from renhai.binding.drafting.documents import parse_xml
from renhai.binding.drafting.draft import Draft, Step
from renhai.binding.drafting.names import FieldNames, operation_name, slug
from renhai.binding.drafting.notes import Note, note
from renhai.binding.drafting.recorded.exchange import clean_path
from renhai.core.errors import Problem, UsageError

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_SOAPS = {
    "http://schemas.xmlsoap.org/wsdl/soap/": "1.1",
    "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2",
}
MIME = "{http://schemas.xmlsoap.org/wsdl/mime/}"
DEEPEST_IMPORT = 10


def draft_wsdl(path: Path) -> Draft:
    """Raises UsageError."""
    document = _Wsdl(path)
    draft = Draft(slug(document.name) or slug(path.stem) or "drafted", note("of_wsdl", file=path.name))
    for location in document.missing:
        draft.add_note(note("reference", reference=location))
    for port, soap in document.ports():
        _port(draft, document, port, soap)
    if document.left:
        draft.head += [note("left_out"), note("left_ports", count=len(document.left), names=document.left)]
    if not draft.operations:
        raise UsageError(Problem(str(path), "binding", "names no SOAP operation that could be drafted"))
    return draft


class _Wsdl:
    """The definitions of a file and of those that it imports."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.roots: list[Any] = []
        self.missing: list[str] = []
        self.left: list[str] = []  # ports that are not drafted
        self._read(path, 0)
        if not self.roots or self.roots[0].tag != f"{WSDL}definitions":
            why = "is no WSDL 1.1: it does not begin with wsdl:definitions"
            raise UsageError(Problem(str(path), "", why))
        self.name = self.roots[0].get("name") or next(
            (service.get("name") or "" for service in self.find("service")), ""
        )
        self.schemas = Schemas(path.resolve().parent)
        self.schemas.said = lambda said: self.missing.append(str(dict(said.values)["reference"]))
        for root in self.roots:
            for schema in root.iterfind(f"{WSDL}types/{{http://www.w3.org/2001/XMLSchema}}schema"):
                self.schemas.add(schema)

    def _read(self, path: Path, depth: int) -> None:
        root = parse_xml(path)
        self.roots.append(root)
        for found in root.iterfind(f"{WSDL}import") if depth < DEEPEST_IMPORT else ():
            file = (path.parent / str(found.get("location") or "")).resolve()
            if not file.is_relative_to(self.path.resolve().parent) or not file.is_file():
                self.missing.append(str(found.get("location") or "?"))
            inside = file.is_relative_to(self.path.resolve().parent) and file.is_file()
            if inside and all(file != Path(str(r.base)) for r in self.roots):
                self._read(file, depth + 1)

    def find(self, kind: str) -> Iterator[Any]:
        """All portType, binding, message or service elements."""
        for root in self.roots:
            yield from root.iterfind(f"{WSDL}{kind}")

    def named(self, kind: str, name: str) -> Any:
        return next((item for item in self.find(kind) if item.get("name") == name), None)

    def ports(self) -> Iterator[tuple[Any, str]]:
        """Each SOAP port with its version; 1.2 only where there is no 1.1 of the same port type."""
        found: dict[str, tuple[Any, str]] = {}
        every = [port for service in self.find("service") for port in service.iterfind(f"{WSDL}port")]
        for port in every:
            binding = self.named("binding", local(port.get("binding") or ""))
            version = _version(binding) if binding is not None else ""
            if version:
                kind = local(binding.get("type") or "")
                if kind not in found or (found[kind][1] == "1.2" and version == "1.1"):
                    found[kind] = (port, version)
        drafted = [port for port, _ in found.values()]
        self.left = [str(one.get("name") or "?") for one in every if all(one is not port for port in drafted)]
        yield from found.values()


def _version(binding: Any) -> str:
    return next((v for uri, v in _SOAPS.items() if binding.find(f"{{{uri}}}binding") is not None), "")


def _of_soap(element: Any, name: str) -> Any:
    return next((f for uri in _SOAPS if (f := element.find(f"{{{uri}}}{name}")) is not None), None)


def _port(draft: Draft, document: _Wsdl, port: Any, version: str) -> None:
    binding = document.named("binding", local(port.get("binding")))
    address = _of_soap(port, "address")
    url = str(address.get("location") or "") if address is not None else ""
    draft.said.append(note("servers", names=[re.sub(r"://[^/@]*@", "://", url) or "?"]))
    path = clean_path(urlsplit(url).path or "/") if "://" in url else "/"
    style = _of_soap(binding, "binding").get("style") or "document"
    for written in binding.iterfind(f"{WSDL}operation"):
        name = operation_name(draft.name, str(written.get("name") or "operation"), draft.operations)
        _Operation(draft, document, binding, written, name).add(path, style, version)


class _Operation:
    """One operation of a binding."""

    def __init__(self, draft: Draft, document: _Wsdl, binding: Any, written: Any, name: str) -> None:
        self.draft, self.document, self.binding, self.written = draft, document, binding, written
        self.name = name
        self.values: dict[str, Any] = {}

    def mark(self, said: Note) -> None:
        self.draft.mark(self.name, said)

    def add(self, path: str, style: str, version: str) -> None:
        soap = _of_soap(self.written, "operation")
        action = str(soap.get("soapAction") or "") if soap is not None else ""
        style = (soap.get("style") if soap is not None else None) or style
        envelope = SOAP_ENVELOPES[version]
        inside = f"<soap:Body>{self._content(style)}</soap:Body>"
        body = f'<soap:Envelope xmlns:soap="{envelope}">{inside}</soap:Envelope>'
        headers = {"SOAPAction": f'"{_ascii(action)}"', "Content-Type": "text/xml; charset=utf-8"}
        if version == "1.2":
            headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{_ascii(action)}"'}
        self._say_header()
        self.draft.operations[self.name] = {
            "method": "POST", "path": path, "headers": headers, "format": "xml", "body": body,
            "success": {"status": [200], "format": "xml"},
        }  # fmt: skip
        step = Step(self.name, self.values)
        self.draft.journeys.setdefault(f"{self.name.partition('.')[0]}.all", []).append(step)

    def _content(self, style: str) -> str:
        """The body's elements: one of each part (document), or one around them all (rpc)."""
        sample = self.document.schemas.sample(FieldNames(), self.values, self.mark)
        inside = []
        for part in self._parts():
            element, kind = part.get("element"), part.get("type")
            if element:
                inside.append(sample.element(qname(part, element)))
            elif kind:
                inside.append(sample.typed(str(part.get("name")), qname(part, kind)))
        content = "".join(inside)
        if style != "rpc":
            return content
        body = self._body(self.written.find(f"{WSDL}input"))
        if body is not None and body.get("use") == "encoded":
            self.mark(note("rpc"))
        space = str(body.get("namespace") or "") if body is not None else ""
        tag = str(self.written.get("name"))
        return (
            f"<r:{tag} xmlns:r={quoteattr(space)}>{content}</r:{tag}>"
            if space
            else f"<{tag}>{content}</{tag}>"
        )

    def _parts(self) -> list[Any]:
        """The parts of the input message that stand in the body."""
        kind = self.document.named("portType", local(self.binding.get("type") or ""))
        wanted_name = self.written.get("name")
        all_ = kind.iterfind(f"{WSDL}operation") if kind is not None else ()
        here = self.written.find(f"{WSDL}input")
        alike = _input_name(self.written)  # tells operations of one name apart
        named = [operation for operation in all_ if operation.get("name") == wanted_name]
        named = [one for one in named if _input_name(one) == alike] or named
        sent = named[0].find(f"{WSDL}input") if named else None
        message = (
            self.document.named("message", local(sent.get("message") or "")) if sent is not None else None
        )
        if message is None:
            self.mark(note("reference", reference=str(self.written.get("name"))))
            return []
        body = self._body(here)
        wanted = (body.get("parts") or "").split() if body is not None and body.get("parts") else None
        return [p for p in message.iterfind(f"{WSDL}part") if wanted is None or p.get("name") in wanted]

    @staticmethod
    def _body(here: Any) -> Any:
        """soap:body of an input, that of its root part where it is a MIME message; else None."""
        if here is None:
            return None
        found = _of_soap(here, "body")
        return (
            found
            if found is not None
            else next(
                (body for part in here.iter(f"{MIME}part") if (body := _of_soap(part, "body")) is not None),
                None,
            )
        )

    def _say_header(self) -> None:
        here = self.written.find(f"{WSDL}input")
        if here is None:
            return
        headers = [one for uri in _SOAPS for one in here.iter(f"{{{uri}}}header")]
        if headers:
            names = [str(header.get("part") or header.get("message")) for header in headers]
            self.mark(note("soap_header", names=names))
        attached = [str(one.get("part") or one.get("type") or "?") for one in here.iter(f"{MIME}content")]
        if attached:
            self.mark(note("attachments", names=attached))


def _input_name(operation: Any) -> Any:
    sent = operation.find(f"{WSDL}input")
    return sent.get("name") if sent is not None else None


def _ascii(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isprintable() and c not in '"\\')
