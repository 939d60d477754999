"""A YAML file as plain data that remembers the line of every value, so that an error can point at it.

Scalars follow YAML 1.2: only true/false are booleans, 08:00 and 2015-09-11 are text, and a number with
leading zeros is text too, because bureau codes must survive. Every key is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from renhai.core.errors import Problem, UsageError

Where = tuple[str | int, ...]

MAX_BYTES = 1 << 20
# Values and keys of a file, each of which takes some 0.1 ms to read. Aliases count each time they are used,
# so that nested aliases cannot fill the memory.
MAX_NODES = 50_000
KEPT_CHARS = 1 << 16  # of a text whose nodes are kept for who reads it again

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_MOST_INT = 2**63  # beyond it a number keeps its digits only as a text, as invoice numbers of 20 digits do
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_PLAIN = "tag:yaml.org,2002:"
_SCALAR_TAGS = (
    "str",
    "int",
    "float",
    "bool",
    "null",
    "timestamp",
    "value",
    "merge",
)  # what PyYAML resolves to


@dataclass
class YamlFile:
    """`data` is dicts, lists, str, int, float, bool and None; `lines` has a line for every path into it."""

    shown: str
    data: Any
    lines: dict[Where, int] = field(default_factory=dict)
    keys: dict[Where, int] = field(default_factory=dict)
    overrides: dict[Where, str] = field(default_factory=dict)

    def where(self, path: Where, *, key: bool = False) -> str:
        """`file:line` of the value (or of its key), or of what is around it; or the `--set` it is from."""
        for cut in range(len(path), -1, -1):
            part = path[:cut]
            if part in self.overrides:
                return self.overrides[part]
            line = self.keys.get(part) if key else self.lines.get(part)
            if line is None:
                line = self.lines.get(part)
            if line is not None:
                return f"{self.shown}:{line}"
        return self.shown

    def value(self, path: Where) -> Any:
        """The value as it was written; raises LookupError."""
        value = self.data
        for key in path:
            try:
                value = value[key]
            except TypeError:
                raise LookupError(path) from None
        return value


def spell(path: Where) -> str:
    """`("load", "stages", 2, "hold")` to `load.stages[2].hold`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            word = part if re.fullmatch(r"[\w-]+", part) else f'"{part}"' if part else '""'
            text += f".{word}" if text else word
    return text


def show_path(path: Path) -> str:
    """A path as the user would type it: relative when it lies below the current directory."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def load_yaml(path: Path) -> YamlFile:
    """Read and compose one YAML file. Raises UsageError with the line and the remedy."""
    shown = show_path(path)
    return parse_yaml(_read(path, shown), shown)


def parse_yaml(text: str, shown: str) -> YamlFile:
    """Compose YAML text; `shown` is the name of the file in errors. The top must be a mapping."""
    try:
        node = _known(text) if len(text) <= KEPT_CHARS else _composed(text)
    except yaml.YAMLError as error:
        raise UsageError(_explain(error, shown, text)) from None
    except _Refused as refused:
        raise UsageError(Problem(f"{shown}:{refused.line}", "", refused.why)) from None
    except RecursionError:
        raise UsageError(Problem(shown, "", "is nested too deeply to be a scenario")) from None
    if node is None:
        raise UsageError(Problem(shown, "", "is empty; start from one of the shipped files"))
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(Problem(f"{shown}:{_line(node)}", "", "must be a mapping: lines of `key: value`"))
    file = YamlFile(shown, None)
    file.data = _Builder(file).build(node, ())
    return file


def parse_value(text: str) -> Any:
    """One YAML value, as given to --set; text that is no YAML stands for itself."""
    try:
        node = _Bounded(text).get_single_node()
        return None if node is None else _Builder(YamlFile("", None)).build(node, ())
    except (yaml.YAMLError, _Refused, UsageError, RecursionError):
        return text


class _Refused(Exception):
    """What is YAML and yet not read, by its line."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(line, why)
        self.line, self.why = line, why


class _Bounded(yaml.SafeLoader):
    """Stops at MAX_NODES. Raises _Refused."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            here: Any = self
            line = here.peek_event().start_mark.line + 1
            why = f"has more than {MAX_NODES} keys and values; split it, or leave out what is not used"
            raise _Refused(line, why)
        return super().compose_node(parent, index)


def _composed(text: str) -> yaml.Node | None:
    """The nodes of a text; None where it has none. Raises yaml.YAMLError, _Refused, RecursionError."""
    try:
        loader = _Bounded(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        why = f"holds the control character U+{int(error.character):04X}; remove it"
        raise _Refused(line, why) from None
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


# One run reads its target file several times, and nobody changes a node.
_known = lru_cache(maxsize=16)(_composed)


def _read(path: Path, shown: str) -> str:
    try:
        raw = path.read_bytes()
    except IsADirectoryError:
        raise UsageError(Problem(shown, "", "is a directory; name a .yaml file in it")) from None
    except FileNotFoundError:
        raise UsageError(Problem(shown, "", "does not exist")) from None
    except OSError as error:
        raise UsageError(Problem(shown, "", f"cannot be read: {error.strerror}")) from None
    if len(raw) > MAX_BYTES:
        raise UsageError(Problem(shown, "", f"is {len(raw)} bytes long; at most {MAX_BYTES} are read"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(Problem(f"{shown}:{line}", "", "is not UTF-8; save the file as UTF-8")) from None


class _Builder:
    """Turns the composed nodes into plain data, noting lines and refusing duplicate keys and tags."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.nodes = 0
        self.open: set[int] = set()

    def build(self, node: yaml.Node, path: Where) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES or id(node) in self.open:
            raise self.wrong(node, "repeats itself through an alias; write it out")
        self.file.lines[path] = _line(node)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        self.open.add(id(node))
        value = self.mapping(node, path) if isinstance(node, yaml.MappingNode) else self.sequence(node, path)
        self.open.discard(id(node))
        return value

    def mapping(self, node: yaml.MappingNode, path: Where) -> dict[str, Any]:
        self.plain(node, "map")
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.wrong(key_node, "is not a key; a key is a plain word")
            key = key_node.value
            if key == "<<" and key_node.style is None:
                raise self.wrong(key_node, "<< merging is not supported; write the keys out")
            here = (*path, key)
            if key in result:
                first = self.file.keys[here]
                raise UsageError(
                    Problem(
                        self.at(key_node), spell(here), f"is given twice (first on line {first}); keep one"
                    )
                )
            self.file.keys[here] = _line(key_node)
            result[key] = self.build(value_node, here)
        return result

    def sequence(self, node: yaml.Node, path: Where) -> list[Any]:
        self.plain(node, "seq")
        return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]

    def scalar(self, node: yaml.ScalarNode) -> Any:
        self.plain(node, *_SCALAR_TAGS)
        return plain_scalar(node.value) if node.style is None else node.value

    def plain(self, node: yaml.Node, *kinds: str) -> None:
        if node.tag != "!" and node.tag.removeprefix(_PLAIN) not in kinds:
            raise self.wrong(node, f"has the tag {node.tag}; tags are not used here")

    def at(self, node: yaml.Node) -> str:
        return f"{self.file.shown}:{_line(node)}"

    def wrong(self, node: yaml.Node, text: str) -> UsageError:
        return UsageError(Problem(self.at(node), "", text))


def plain_scalar(text: str) -> Any:
    """An unquoted YAML scalar by the rules above."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _WHOLE.fullmatch(text):
        number = int(text) if len(text) <= 20 else _MOST_INT
        return number if -_MOST_INT <= number < _MOST_INT else text
    if any(c.isdigit() for c in text) and _FLOAT.fullmatch(text):
        return float(text) if isfinite(float(text)) else text
    return text


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


_REMEDIES = (
    ("'\\t'", "is indented with a tab; indent with spaces"),
    (
        "mapping values are not allowed here",
        "has a second `key:` in one value; quote the value, or check the indentation",
    ),
    ("expected <block end>", "is indented differently from the lines that it belongs to; line the keys up"),
    (
        "could not find expected ':'",
        "has a key without `: value`, or the quote or bracket above is not closed",
    ),
    ("found unexpected end of stream", "ends inside a quoted text; close the quote"),
    ("expected ',' or", "ends inside { } or [ ]; close the bracket, or put a comma between the entries"),
    ("expected a single document", "starts a second document with ---; keep one document a file"),
    ("found undefined alias", "uses an *alias that no &anchor defines"),
    ("cannot start any token", "starts with a character that YAML keeps for itself; quote the text"),
    (
        "expected alphabetic or numeric character",
        'starts with * or &, which YAML keeps for itself; quote the text, as in "*"',
    ),
)


def _explain(error: yaml.YAMLError, shown: str, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = f"{getattr(error, 'problem', '') or ''} {getattr(error, 'context', '') or ''}"
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    line = min(line, max(1, len(lines)))
    written = lines[line - 1].strip() if lines else ""
    if "\t" in (lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip())] if lines else ""):
        said = "'\\t'"
    remedy = next((remedy for key, remedy in _REMEDIES if key in said), f"is not YAML: {said.strip()}")
    return Problem(f"{shown}:{line}", f"`{written[:60]}`" if written else "the file", remedy)
