"""Mistakes of a target file that show only when its parts are seen together."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from ipaddress import IPv6Network, ip_network
from typing import Any
from xml.etree import ElementTree

from renhai.binding.answers.echo import place_of
from renhai.binding.checks.files import body_of
from renhai.binding.checks.parts import (
    is_required,
    of_audit,
    of_auth,
    of_capture,
    of_path,
    problem_at,
    success_of,
)
from renhai.binding.model import Binding, Operation, Reading, Rows, Success
from renhai.binding.state.client_state import TOKEN as TOKEN_NAME
from renhai.binding.text.templates import TABLE, TOKEN
from renhai.core.errors import Problem, choice
from renhai.core.yaml_lines import Where, YamlFile, spell

WIDEST = 16  # bits of an IPv4 network: 65,536 addresses
WIDEST_6 = 48  # bits of an IPv6 network: what one site is given (RFC 6177)
_OLD = IPv6Network("::ffff:0:0/96")  # IPv4 addresses as IPv6 has them
MARKS = string.punctuation + string.whitespace  # of which every JSON and XML is made
_A = {"xml": "an XML", "text": "a text"}
_OPERATION = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")


def problems(binding: Binding, file: YamlFile) -> list[Problem]:
    """All of them, in the order of the file."""
    found = [*of_auth(binding, file), *_of_success(binding.success, ("success",), binding.success, file)]
    found += [*_of_undo(binding, file), *of_audit(binding, file), *_of_signature(binding, file)]
    found += _of_hosts(binding, file)
    for name, operation in binding.operations.items():
        here: Where = ("operations", name)
        if not _OPERATION.fullmatch(name):
            text = "is not an operation name; write domain.verb in small letters"
            found.append(Problem(file.where(here, key=True), spell(here), text))
        found += _of_body(binding, operation, here, file)
        found += _of_placeholders(binding, operation, here, file)
        found += _of_circles(values_of(operation, binding), (*here, "values"), file)
        whole = success_of(operation, binding.success)
        if operation.success is not None:
            found += _of_success(operation.success, (*here, "success"), whole, file)
        found += _of_echo(binding, name, whole, file)
        for key, rule in operation.captures.items():
            found += of_capture(rule, (*here, "captures", key), whole.format, binding.namespaces, file)
    return found


def unstated(binding: Binding, file: YamlFile) -> list[Problem]:
    """Operations of which any answer with HTTP 200 would pass, and nobody has said that it may."""
    found = []
    for name, operation in binding.operations.items():
        must_leave = any(map(is_required, operation.captures.values()))
        if must_leave or is_stated(success_of(operation, binding.success)):
            continue
        own = operation.success is not None
        here: Where = ("operations", name, "success") if own else ("success",)
        if here not in file.lines:
            here = ("operations", name)
        text = (
            "states no rule: HTTP 200 alone does not say that the business was done; give where, contains "
            'or echo, as in where: {code: "0"}, or say success: any'
        )
        problem = Problem(file.where(here, key=True), spell(here), text)
        if problem not in found:
            found.append(problem)
    return found


def is_stated(success: Success) -> bool:
    """Whether a rule asks for more than HTTP 200, or says that nothing more is needed.

    A mapping of `data` asks for what it reads; with `rejected_status` the target says no by its status.
    """
    content = (
        success.length is not None
        or success.sha256
        or success.paper
        or success.where
        or success.contains
        or success.absent
        or success.echo
    )
    read = isinstance(success.data, dict) and any(map(_must_be_there, success.data.values()))
    by_status = success.rejected_status or 200 not in success.status
    return bool(content or read or by_status) or success.success == "any"


def _must_be_there(item: str | Reading | Rows) -> bool:
    return not (isinstance(item, Reading) and "default" in item.model_fields_set)


def _of_hosts(binding: Binding, file: YamlFile) -> Iterator[Problem]:
    """A network that large is a permission for hosts whose owners nobody has asked."""
    for place, host in enumerate(binding.hosts):
        network = ip_network(host) if "/" in host else None
        if network is None or binding.wide:
            continue
        widest = WIDEST if network.version == 4 else WIDEST_6
        if isinstance(network, IPv6Network) and network.subnet_of(_OLD):
            widest = WIDEST + _OLD.prefixlen
        if network.prefixlen < widest:
            why = f"is {host}, wider than /{widest}; list the networks that are meant, or state wide: true"
            yield Problem(file.where(("hosts", place)), f"hosts[{place}]", why)


def values_of(operation: Operation, binding: Binding) -> dict[str, str]:
    """The operation's values, and the default ones."""
    return {**binding.defaults.values, **operation.values}


def _of_undo(binding: Binding, file: YamlFile) -> Iterator[Problem]:
    for name, undoing in binding.undo.items():
        here: Where = ("undo", name)
        for known in (name, undoing):
            if known not in binding.operations:
                yield problem_at(file, here, known, f"no such operation{choice(known, binding.operations)}")
        if name == undoing:
            yield problem_at(file, here, undoing, "cannot take itself back; name the operation that does")
        if name in binding.operations and not binding.operations[name].receipt:
            why = f"{name} keeps no receipt to undo it by; add receipt: [FIELD, ...] to the operation"
            yield problem_at(file, here, undoing, why)


def _of_signature(binding: Binding, file: YamlFile) -> Iterator[Problem]:
    """Headers that are signed and that no request has by then."""
    signed = [operation for operation in binding.operations.values() if operation.sign]
    if binding.signature is None or not signed:
        return
    sent = {name.lower() for operation in signed for name in (*binding.defaults.headers, *operation.headers)}
    if any(body_of(operation, binding) is not None for operation in signed):
        sent.add("content-type")
    auth = binding.auth
    if auth is not None and not auth.operations and auth.oauth2 is None:
        sent |= {"authorization"} if auth.basic else {auth.bearer.header.lower()} if auth.bearer else set()
    for number, part in enumerate(binding.signature.parts):
        kind, _, name = part.partition(":")
        if kind == "header" and name.lower() not in sent:
            why = (
                "no operation has this header when it is signed, so an empty text would be; add it to "
                "headers, or remove it (what the signature sends itself are the parts date and nonce)"
            )
            yield problem_at(file, ("signature", "parts", number), part, why)


def _of_body(binding: Binding, operation: Operation, here: Where, file: YamlFile) -> Iterator[Problem]:
    body, form = body_of(operation, binding), operation.format or binding.defaults.format
    where: Where = (*here, "body") if "body" in operation.model_fields_set else ("defaults", "body")
    if "body" not in operation.model_fields_set and "body" not in binding.defaults.model_fields_set:
        where = here
    if body is None:
        return
    if form in ("multipart", "binary"):
        return  # with its files: renhai/binding/checks/files.py
    if form in ("xml", "text"):
        if not isinstance(body, str) or body == "document":
            yield problem_at(
                file, where, body, f"{_A[form]} body must be a text with ${{field}} in it, or null"
            )
        elif form == "xml":
            yield from _of_xml(body, where, file)
    elif body != "document" and not isinstance(body, dict if form == "form" else dict | list):
        yield problem_at(
            file, where, body, "must be `document`, null for no body, or a mapping with ${field} in it"
        )


def _of_xml(body: str, where: Where, file: YamlFile) -> Iterator[Problem]:
    sample = TOKEN.sub("x", body)
    try:
        ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", sample))
    except ElementTree.ParseError as error:
        line, _ = error.position
        yield problem_at(
            file, where, body.strip().partition("\n")[0], f"is not XML: {error.msg} (its line {line})"
        )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _texts(item)


def _of_placeholders(
    binding: Binding, operation: Operation, here: Where, file: YamlFile
) -> Iterator[Problem]:
    left = {key for item in binding.operations.values() for key in item.captures}
    if binding.auth and binding.auth.bearer and binding.auth.login:
        left.add(TOKEN_NAME)
    defaults = binding.defaults
    form = operation.format or defaults.format
    parts: tuple[tuple[str, Any], ...] = (
        ("path", operation.path),
        ("values", values_of(operation, binding)),
        ("query", {**defaults.query, **operation.query}),
        ("headers", {**defaults.headers, **operation.headers}),
        ("body", body_of(operation, binding)),
    )
    for part, node in parts:
        for text in _texts(node):
            for inner in TOKEN.findall(text):
                why = _wrong(inner, binding, operation, left, part == "body" and form == "xml")
                if why:
                    yield problem_at(file, (*here, part), f"${{{inner}}}", why)


def _of_circles(values: dict[str, str], here: Where, file: YamlFile) -> Iterator[Problem]:
    leads_to = {
        name: {inner[6:] for inner in TOKEN.findall(text) if inner.startswith("VALUE:")} & values.keys()
        for name, text in values.items()
    }
    for name, text in values.items():
        seen: set[str] = set()
        ahead = set(leads_to[name])
        while ahead:
            seen.add(at := ahead.pop())
            ahead |= leads_to[at] - seen
        if name in seen:
            yield problem_at(
                file, (*here, name), text, f"${{VALUE:{name}}} leads back to itself; write it out"
            )
            return


def _wrong(inner: str, binding: Binding, operation: Operation, left: set[str], in_xml: bool) -> str:
    kind, _, rest = inner.partition(":")
    if kind == "SAVED" and rest not in left:
        return f"no operation captures {rest}{choice(rest, left)}"
    if kind == "VALUE" and rest not in values_of(operation, binding):
        return f"this operation has no {rest} under values; add it"
    if kind == "TABLE":
        match = TABLE.fullmatch(inner)
        if match and match.group(1) not in binding.tables:
            return f"there is no table {match.group(1)} under tables{choice(match.group(1), binding.tables)}"
    if kind in ("XML", "CDATA") and rest and not in_xml:
        return "is for bodies of format xml only; write ${field}"
    return ""


def _of_success(own: Success, here: Where, whole: Success, file: YamlFile) -> Iterator[Problem]:
    form = whole.format
    if own.paper and form != "binary":
        why = "has another format beside it; a paper is binary: remove format"
        yield problem_at(file, (*here, "paper"), own.paper, why)
    if form != "binary" and (own.length is not None or own.sha256):
        key = "sha256" if own.sha256 else "length"
        why = "is for format: binary, a download; add that format, or remove this"
        yield problem_at(file, (*here, key), getattr(own, key), why)
    if form in ("text", "binary") and (own.where or own.data or (own.code and not own.paper) or own.echo):
        for key in ("where", "data", *(() if own.paper else ("code",)), "echo"):
            if getattr(own, key):
                yield problem_at(
                    file, (*here, key), getattr(own, key) if key != "data" else "given",
                    "a text has no paths; use contains and absent, or format json or xml",
                )  # fmt: skip
        return
    if own.inside and form != "xml":
        yield problem_at(file, (*here, "inside"), own.inside, "is for format xml only; remove it")
    if form == "xml" and isinstance(own.data, str) and own.data:
        yield problem_at(
            file, (*here, "data"), own.data, "XML needs a mapping of names to paths, as in {pzxh: //pzxh}"
        )
        return
    yield from _of_contradictions(own, here, whole, file)
    for where, path in _paths(own, here):
        yield from of_path(path, where, form, file)


def _of_contradictions(own: Success, here: Where, whole: Success, file: YamlFile) -> Iterator[Problem]:
    """Rules that no answer can keep, or that say two things."""
    both = sorted(set(whole.status) & set(whole.rejected_status))
    if both and own.model_fields_set & {"status", "rejected_status"}:
        why = f"{both[0]} is in status and in rejected_status; keep it in one"
        yield Problem(file.where(here), spell(here), why)
    if own.success == "any" and (own.where or own.contains or own.absent or own.echo):
        why = "says any, and a rule beside it; remove one of them"
        yield Problem(file.where(here), spell(here), why)
    for number, text in enumerate(own.contains):
        if not text.strip(MARKS):
            why = "is what any answer has; give a word that only a success has"
            yield problem_at(file, (*here, "contains", number), text, why)
    for path, wanted in own.where.items() if whole.format == "xml" else ():
        if any(not isinstance(value, str) for value in (wanted if isinstance(wanted, list) else [wanted])):
            why = 'XML has texts alone, so this never holds; write it in quotes, as in "0"'
            yield problem_at(file, (*here, "where", path), wanted, why)


def _of_echo(binding: Binding, name: str, whole: Success, file: YamlFile) -> Iterator[Problem]:
    operation = binding.operations[name]
    sent = {
        "path": operation.path,
        "values": values_of(operation, binding),
        "query": {**binding.defaults.query, **operation.query},
        "headers": {**binding.defaults.headers, **operation.headers},
        "body": body_of(operation, binding),
        "format": operation.format or binding.defaults.format,
    }
    own = operation.success is not None and "echo" in operation.success.model_fields_set
    for key in whole.echo:
        if not place_of(key, sent):
            here: Where = ("operations", name, "success", "echo", key) if own else ("success", "echo", key)
            why = f"{name} sends no field, query parameter or value of this name"
            why += "; name one that it sends" if own else "; give that operation success: {echo: {}}"
            yield Problem(file.where(here), spell(here), why)
    method = operation.method or binding.defaults.method
    if method == "HEAD" and is_stated(whole) and whole.success != "any" and 200 in whole.status:
        why = "is HEAD, whose answers have no body to judge; state success: any"
        yield Problem(file.where(("operations", name)), spell(("operations", name, "method")), why)


def _paths(own: Success, here: Where) -> Iterator[tuple[Where, str]]:
    for path in own.where:
        yield (*here, "where", path), path
    for number, path in enumerate(own.inside):
        yield (*here, "inside", number), path
    if own.code:
        yield (*here, "code"), own.code
    for number, path in enumerate(own.reason):
        yield (*here, "reason", number), path
    for name, path in own.echo.items():
        yield (*here, "echo", name), path
    if isinstance(own.data, str) and own.data:
        yield (*here, "data"), own.data
    for name, item in own.data.items() if isinstance(own.data, dict) else ():
        place: Where = (*here, "data", name)
        if isinstance(item, Rows):
            yield (*place, "each"), item.each
            for key, inner in item.fields.items():
                yield (*place, "fields", key), inner.path if isinstance(inner, Reading) else inner
        else:
            yield place, item.path if isinstance(item, Reading) else item
