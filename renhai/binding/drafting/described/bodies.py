"""The body of an OpenAPI operation: JSON, form, multipart, XML or text; Swagger 2 alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from renhai.binding.drafting.described.forms import collected, in_form
from renhai.binding.drafting.described.parameters import Parameters
from renhai.binding.drafting.described.references import References
from renhai.binding.drafting.described.schemas import Sample
from renhai.binding.drafting.documents import is_deeper
from renhai.binding.drafting.draft import wrong_header
from renhai.binding.drafting.hidden import harmless, is_secret_name, variable
from renhai.binding.drafting.notes import Note, note

_ORDER = ("json", "x-www-form-urlencoded", "multipart/form-data", "xml", "text/")
_FORMS = {
    "json": "json",
    "x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
    "xml": "xml",
    "text/": "text",
}
_DEEPEST_EXAMPLE = 20


class Drafted(NamedTuple):
    """A body as the target file has it, and values for its placeholders."""

    form: str | None = None
    body: Any = None
    headers: dict[str, str] = {}
    values: dict[str, Any] = {}


class RequestBody:
    """The body of one operation in the making."""

    def __init__(
        self,
        references: References,
        parameters: Parameters,
        document: Mapping[str, Any],
        mark: Callable[[Note], None],
    ) -> None:
        self.references, self.parameters, self.document, self.mark = references, parameters, document, mark

    def of(self, written: Mapping[str, Any], base: str) -> Drafted:
        """Whatever version the document is of."""
        sent = self.parameters.of("body")
        if sent:
            return self._by_media(dict.fromkeys(self._consumes(written), sent[0]), base)
        fields = self.parameters.of("formData")
        if fields:
            return self._form_data(fields, written)
        if "requestBody" not in written:
            return Drafted()
        described, base, _ = self.references.follow(written["requestBody"], base)
        content = described.get("content")
        return self._by_media(content, base) if isinstance(content, Mapping) and content else Drafted()

    def _consumes(self, written: Mapping[str, Any]) -> list[str]:
        listed = written.get("consumes") or self.document.get("consumes")
        return [str(item) for item in listed] if isinstance(listed, list) and listed else ["application/json"]

    def _form_data(self, fields: list[Mapping[str, Any]], written: Mapping[str, Any]) -> Drafted:
        files = any(item.get("type") == "file" for item in fields)
        binary = {"format": "binary"}
        properties = {
            str(f["name"]): {**f, **(binary if f.get("type") == "file" else {})}
            for f in fields
            if "name" in f
        }
        multipart = files or any("multipart" in media for media in self._consumes(written))
        schema = {"type": "object", "properties": properties}
        media = "multipart/form-data" if multipart else "application/x-www-form-urlencoded"
        return self._by_media({media: {"schema": schema, "encoding": collected(fields)}}, "")

    def _by_media(self, content: Mapping[str, Any], base: str) -> Drafted:
        found = [(key, media) for key in _ORDER for media in content if key in str(media).lower()]
        found += [("json", media) for media in content if str(media) in ("*/*", "application/*")]
        if not found:
            self.mark(note("media_lost", media=", ".join(map(str, content))))
            return Drafted()
        key, media = found[0]
        others = [str(other) for other in content if other != media]
        if others:
            self.mark(note("other_media", names=others))
        described = content[media] if isinstance(content[media], Mapping) else {}
        form = _FORMS[key]
        headers = self._media_header(str(media), form)
        if form in ("json", "form"):
            return self._tree(form, described, base, headers)
        if form == "multipart":
            return self._multipart(described, base)
        if form == "xml":
            return self._xml(described, base, headers)
        return Drafted("text", self.parameters.placeholder("body", "text"), headers)

    @staticmethod
    def _media_header(media: str, form: str) -> dict[str, str]:
        usual = {
            "json": "application/json",
            "form": "application/x-www-form-urlencoded",
            "xml": "application/xml",
        }
        plain = media.partition(";")[0].strip().lower()
        odd = (
            plain != usual.get(form, "text/plain")
            and "*" not in media
            and wrong_header("content-type", media) is None
        )
        return {"Content-Type": harmless(media)} if odd else {}

    def _tree(self, form: str, described: Mapping[str, Any], base: str, headers: dict[str, str]) -> Drafted:
        example = self._example(described, base)
        fits = isinstance(example, dict) or (form == "json" and isinstance(example, list))
        if fits and example and not is_deeper(example, _DEEPEST_EXAMPLE):
            self.mark(note("by_example"))
            return Drafted(form, self._written(form, _literal(example), described), headers)
        sample = self._sample()
        tree = sample.body(described.get("schema") or {}, base)
        if tree is None or (form == "form" and not isinstance(tree, dict)):
            self.mark(note("no_fields"))
            return Drafted(form, "document", headers, sample.values)
        return Drafted(form, self._written(form, tree, described), headers, sample.values)

    def _written(self, form: str, tree: Any, described: Mapping[str, Any]) -> Any:
        return in_form(tree, described.get("encoding"), self.mark) if form == "form" else tree

    def _xml(self, described: Mapping[str, Any], base: str, headers: dict[str, str]) -> Drafted:
        """Elements by the names of the fields; the root by `xml.name`, else by the schema's own."""
        sample = self._sample()
        schema = described.get("schema") or {}
        tree = sample.body(schema, base)
        if not isinstance(tree, dict):
            self.mark(note("no_fields"))
            return Drafted("xml", "<request>${XML:document}</request>", headers)
        found, _, name = self.references.follow(schema, base)
        said = found.get("xml")
        root = (said.get("name") if isinstance(said, Mapping) else "") or name.rpartition("/")[2]
        self.mark(note("xml_by_names"))
        return Drafted("xml", _element(str(root or "request"), tree), headers, sample.values)

    def _sample(self) -> Sample:
        return Sample(self.references, self.parameters.names, self.mark)

    def _example(self, described: Mapping[str, Any], base: str) -> Any:
        """An example of the whole body, where the schema alone does not say it all."""
        if described.get("example") is not None:
            return described["example"]
        examples = described.get("examples")
        for item in examples.values() if isinstance(examples, Mapping) else ():
            found, _, _ = self.references.follow(item, base)
            if found.get("value") is not None:
                return found["value"]
        schema, _, _ = self.references.follow(described.get("schema") or {}, base)
        return None if "properties" in schema or "allOf" in schema else schema.get("example")

    def _multipart(self, described: Mapping[str, Any], base: str) -> Drafted:
        """Part by part; what is a file is marked, because only a person has it."""
        sample = self._sample()
        schema = described.get("schema") or {}
        tree = sample.body(schema, base)
        if not isinstance(tree, dict):
            self.mark(note("no_fields"))
            tree = {"file": "${file}"}
            sample.files.add("file")
        encoding = described.get("encoding")
        kinds = encoding if isinstance(encoding, Mapping) else {}
        files: list[str] = []
        parts: dict[str, Any] = {}
        for name, value in tree.items():
            file = name in sample.files
            parts[name] = _part(name, value, _media_of(kinds.get(name)), file)
            files += [name] if file else []
        if files:
            self.mark(note("files_wanted", names=files))
        return Drafted("multipart", parts, {}, sample.values)


def _element(name: str, node: Any) -> str:
    if isinstance(node, list):
        return "".join(_element(name, item) for item in node)
    tag = re.sub(r"[^\w.-]", "_", name)
    tag = tag if re.match(r"[^\W\d]", tag) else f"_{tag}"
    inside = (
        "".join(_element(str(key), value) for key, value in node.items()) if isinstance(node, dict) else ""
    )
    return f"<{tag}>{inside or ('' if isinstance(node, dict) else escape(str(node)))}</{tag}>"


def _media_of(described: Any) -> str:
    said = str(described.get("contentType") or "") if isinstance(described, Mapping) else ""
    first = said.partition(",")[0].strip()
    return first if first.isprintable() and "*" not in first else ""


def _part(name: str, value: Any, media: str, file: bool) -> Any:
    """OpenAPI 3.0, "Special Considerations for multipart Content": objects are JSON, files octets."""
    if isinstance(value, list):
        return [_part(name, item, media, file) for item in value] or ""
    if file:
        return {"text": value, "name": harmless(name), "type": media or "application/octet-stream"}
    if isinstance(value, dict):
        return {"text": value, "type": media or "application/json"}
    return {"text": value, "type": media} if media else value


def _literal(node: Any, key: str = "") -> Any:
    """An example as it stands; what a name says is secret comes from the environment."""
    if isinstance(node, dict):
        return {str(k): _literal(v, str(k)) for k, v in node.items()}
    if isinstance(node, list):
        return [_literal(item, key) for item in node]
    if isinstance(node, str):
        return f"${{ENV:{variable(key)}}}" if key and is_secret_name(key) else harmless(node)
    return node
