"""`renhai binding new`: what a first target file holds, and how it is written.

A draft grants nothing: it names no environment, no address and no host, and loads only once a person has
written them. What else it cannot know stands in it as a comment that begins with FILL IN; what the source has
and the draft cannot say, as one that begins with LOST.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from renhai.binding.drafting.exact_json import CUT
from renhai.binding.drafting.notes import Note, note
from renhai.core.errors import UsageError
from renhai.core.yaml_lines import MAX_BYTES, MAX_NODES, plain_scalar

LONGEST_FILE = MAX_BYTES * 9 // 10  # of the bytes that a target file may have
MOST_NODES = MAX_NODES * 9 // 10  # of the keys and values that a file may have, target or scenario
_CLIENT_HEADERS = frozenset({"host", "content-length", "connection", "transfer-encoding", "expect"})
_METHOD = re.compile(r"[A-Z][A-Z-]{0,19}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass
class Step:
    """One step of a drafted journey: `times` in a row, `think` seconds after each, `others` sent as well."""

    operation: str
    fields: dict[str, Any] = field(default_factory=dict)
    times: int = 1
    think: float = 0.0
    others: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Draft:
    """What goes into the file. `head` stands above all of it, `marks` above the operation of that name."""

    name: str
    origin: Note | str
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    auth: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    head: list[Note] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    marks: dict[str, list[Note]] = field(default_factory=dict)
    journeys: dict[str, list[Step]] = field(default_factory=dict)
    think: float = 0.0
    said: list[Note] = field(default_factory=list)  # on the screen alone

    def mark(self, operation: str, said: Note) -> None:
        """Above an operation, once."""
        marks = self.marks.setdefault(operation, [])
        if said not in marks:
            marks.append(said)

    def add_note(self, said: Note) -> None:
        """Above all operations, once."""
        if said not in self.notes:
            self.notes.append(said)

    @property
    def lost(self) -> int:
        """How many marks say LOST."""
        every = [*self.notes, *(said for marks in self.marks.values() for said in marks)]
        return sum(said.is_lost for said in every)


def is_method(name: str) -> bool:
    """Whether a target file takes it: any but CONNECT, which is for proxies."""
    return bool(_METHOD.fullmatch(name)) and name != "CONNECT"


def wrong_header(name: str, value: str = "") -> Note | None:
    """Why a target file cannot have this header; None when it can."""
    if not _HEADER.fullmatch(name):
        return note("why_header_name")
    if name.lower() in _CLIENT_HEADERS:
        return note("why_header_client")
    if not value.isprintable() or not value.isascii():
        return note("why_header_value")
    return None


def written_out(draft: Draft, language: str = "en") -> str:
    """The target file's text. Raises UsageError when there is nothing to draft."""
    common = _common_success(draft)
    blocks = {name: _block(draft, name, common, language) for name in draft.operations}
    _shorten(draft, blocks)
    cut = sum(text.count(CUT) for text in (*blocks.values(), str(draft.journeys)))
    if cut:
        draft.add_note(note("cut_characters", count=cut))
    if not blocks:
        origin = draft.origin.text(language) if isinstance(draft.origin, Note) else draft.origin
        raise UsageError(f"{origin} names no operation that could be drafted")
    return "\n".join(line.rstrip("\n") for line in _lines(draft, common, blocks, language)) + "\n"


def _lines(draft: Draft, common: dict[str, Any], blocks: dict[str, str], language: str) -> Iterator[str]:
    def comment(said: Note) -> str:
        return f"# {said.text(language)}"

    yield comment(note("drafted_from", name=draft.name, origin=draft.origin))
    yield "# renhai binding check THIS_FILE --target URL"
    if draft.lost:
        yield comment(note("lost_parts", count=draft.lost))
    yield from map(comment, draft.head)
    yield dump({"name": draft.name}, flow=False)
    yield from (comment(note(code)) for code in ("may_it", "environment", "url", "hosts"))
    yield from map(comment, draft.notes)
    if draft.auth:
        yield dump({"auth": draft.auth})
    yield comment(note("success"))
    yield dump({"success": common})
    defaults = {"headers": draft.headers, "query": draft.query}
    if any(defaults.values()):
        yield dump({"defaults": {key: value for key, value in defaults.items() if value}})
    yield comment(note("operations"))
    yield comment(note("field"))
    yield "operations:"
    yield from blocks.values()


def _common_success(draft: Draft) -> dict[str, Any]:
    """What most operations' answers have in common; what differs stays with the operation."""
    wanted = [operation.get("success") or {} for operation in draft.operations.values()]
    statuses = Counter(tuple(item["status"]) for item in wanted if item.get("status"))
    forms = Counter(item["format"] for item in wanted if item.get("format"))
    status = [200] if (200,) in statuses or not statuses else list(statuses.most_common(1)[0][0])
    form = forms.most_common(1)[0][0] if forms else "json"
    return {"status": status, **({"format": form} if form != "json" else {})}


def _block(draft: Draft, name: str, common: dict[str, Any], language: str) -> str:
    operation = dict(draft.operations[name])
    own = dict(operation.pop("success", None) or {})
    if own.get("status") == common["status"]:
        del own["status"]
    if own.get("format", common.get("format", "json")) == common.get("format", "json"):
        own.pop("format", None)
    elif own["format"] == "text" and not own.keys() & {"contains", "absent"}:
        draft.mark(name, note("answer_format", form="text"))
    if own:
        operation["success"] = own
    marks = "".join(f"  # {said.text(language)}\n" for said in draft.marks.get(name, []))
    return marks + dump({"operations": {name: operation}}).partition("\n")[2]


def _shorten(draft: Draft, blocks: dict[str, str]) -> None:
    """Leave operations out from the end, where the file would be too long to be loaded; say which."""
    size, nodes, kept = 0, 0, 0
    stepped: Counter[str] = Counter()
    for steps in draft.journeys.values():
        for step in steps:
            stepped[step.operation] += nodes_of(step.fields) + sum(map(nodes_of, step.others)) + 8
    for name, text in blocks.items():
        size += len(text.encode())
        nodes += max(nodes_of(draft.operations[name]) + 2, stepped[name])
        if size > LONGEST_FILE or nodes > MOST_NODES:
            break
        kept += 1
    gone = list(blocks)[kept:]
    for name in gone:
        del blocks[name], draft.operations[name]
        draft.marks.pop(name, None)
    if gone:
        draft.head.append(note("left_operations", count=len(gone), names=gone))
        for journey in list(draft.journeys):
            draft.journeys[journey] = [step for step in draft.journeys[journey] if step.operation not in gone]
            if not draft.journeys[journey]:
                del draft.journeys[journey]


def nodes_of(node: Any) -> int:
    """Keys and values, as the loader counts them."""
    if isinstance(node, dict):
        return 1 + sum(1 + nodes_of(value) for value in node.values())
    return 1 + sum(map(nodes_of, node)) if isinstance(node, list) else 1


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes what the loader would not read back as the same text; writes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    style = None
    if plain_scalar(value) != value or value == "<<":
        style = "'"
    elif "\n" in value and _may_stand_in_lines(value):
        style = "|"
    elif not value.isprintable():
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


def _may_stand_in_lines(value: str) -> bool:
    lines = value.split("\n")
    return all(line.isprintable() and line == line.rstrip() for line in lines) and value[:1] not in " \n"


def _number(dumper: yaml.SafeDumper, value: int | float) -> Any:
    """As a text where no target file holds the number: 20 digits, infinity."""
    if plain_scalar(repr(value)) == value:
        return dumper.represent_int(value) if isinstance(value, int) else dumper.represent_float(value)
    return _text(dumper, str(value))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(int, _number)
_Dumper.add_representer(float, _number)


def dump(node: Any, flow: bool | None = None) -> str:
    """YAML that the loader reads back as the same data; flow: None for the innermost parts only."""
    return str(
        yaml.dump(
            node, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=flow
        )
    )
