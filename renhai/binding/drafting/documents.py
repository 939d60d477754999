"""Reading what a draft is made from: JSON and YAML of any size and depth, without dying of either."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from renhai.binding.drafting.exact_json import given_twice, without_halves
from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import plain_scalar

TOO_DEEP = "is nested too deeply to be read; no real document is"
MOST_NODES = (
    5_000_000  # of a YAML document, its aliases written out; the largest public ones have a tenth of it
)
_PLAIN = "tag:yaml.org,2002:"


@contextmanager
def readable(path: Path, field: str, kind: str) -> Iterator[None]:
    """Raises UsageError where the document is not laid out as its kind is."""
    try:
        yield
    except RecursionError:
        raise UsageError(Problem(str(path), field, TOO_DEEP)) from None
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        why = f"is not laid out as {kind} has it ({type(error).__name__}: {error}); record or export it anew"
        raise UsageError(Problem(str(path), field, why)) from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2: `on` and 2015-09-11 are texts. Keys are texts, whatever they look like; tags do not count."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[str] = []

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        self.twice += given_twice(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        self.flatten_mapping(node)
        return {
            key.value
            if isinstance(key, yaml.ScalarNode)
            else str(key.start_mark.line): self.construct_object(value, deep=deep)
            for key, value in node.value
        }

    def scalar(self, node: Any) -> Any:
        return node.value if node.style else plain_scalar(node.value)

    def tagged(self, _suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        is_list = isinstance(node, yaml.SequenceNode)
        return self.construct_sequence(node, True) if is_list else self.construct_mapping(node, True)


_Loader.add_implicit_resolver(f"{_PLAIN}merge", re.compile("^<<$"), ["<"])
_Loader.add_constructor(f"{_PLAIN}str", _Loader.scalar)
_Loader.add_multi_constructor("", _Loader.tagged)


def read_document(path: Path, twice: Callable[[list[str]], object] | None = None) -> Any:
    """JSON, else YAML. twice: told of keys that one mapping has more than once. Raises UsageError."""
    text = read_text(path)
    try:
        if text.lstrip()[:1] in ("{", "["):
            try:
                return _json(text, twice)
            except (ValueError, RecursionError):
                if path.suffix.lower() not in (".yaml", ".yml"):
                    raise
        document = _yaml(text, twice)
        if "*" in text and _written_out(document, {}, set()) > MOST_NODES:
            raise UsageError(
                Problem(str(path), "", "repeats itself through aliases without end; write them out")
            )
        return document
    except (ValueError, yaml.YAMLError) as error:
        why = str(error).partition("\n")[0]
        raise UsageError(Problem(str(path), "", f"is neither JSON nor YAML: {why}")) from None
    except RecursionError:
        raise UsageError(Problem(str(path), "", TOO_DEEP)) from None


def _json(text: str, twice: Callable[[list[str]], object] | None) -> Any:
    seen: dict[str, None] = {}

    def pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen.update(dict.fromkeys(given_twice(key for key, _ in pairs)))
        return found

    document = json.loads(text, object_pairs_hook=pairs, parse_float=_finite, parse_constant=str)
    if twice is not None and seen:
        twice(list(seen))
    return without_halves(document, text)


def _finite(text: str) -> Any:
    """A number, or its text where it is none that can be sent on: 1e400."""
    return float(text) if isfinite(float(text)) else text


def _yaml(text: str, twice: Callable[[list[str]], object] | None) -> Any:
    loader = _Loader(text)
    try:
        document = loader.get_single_data()
    finally:
        loader.dispose()
    if twice is not None and loader.twice:
        twice(list(dict.fromkeys(loader.twice)))
    return without_halves(document, text)


def _written_out(node: Any, known: dict[int, float], around: set[int]) -> float:
    """How many nodes a tree has once its aliases are written out; infinite where one holds itself."""
    if not isinstance(node, dict | list):
        return 1.0
    here = id(node)
    if here in around:
        return float("inf")
    if here not in known:
        around.add(here)
        inside = node.values() if isinstance(node, dict) else node
        known[here] = 1.0 + sum(_written_out(child, known, around) for child in inside)
        around.discard(here)
    return known[here]


def read_text(path: Path) -> str:
    """A file's text, in UTF-8. Raises UsageError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(Problem(str(path), "", f"cannot be read: {error.strerror}")) from None
    except UnicodeDecodeError:
        raise UsageError(Problem(str(path), "", "is not UTF-8; save or export it as UTF-8")) from None


def parse_xml(path: Path) -> Any:
    """The root of an XML file, no entity and no DTD of it followed. Raises UsageError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser, base_url=str(path.resolve()))
    except OSError as error:
        raise UsageError(Problem(str(path), "", f"cannot be read: {error.strerror}")) from None
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UsageError(Problem(str(path), "", f"is not XML: {error}")) from None
    for comment in list(root.iter(etree.Comment, etree.ProcessingInstruction)):
        parent = comment.getparent()
        if parent is not None:
            parent.remove(comment)
    return root


def is_deeper(node: Any, most: int) -> bool:
    """Whether a tree has more than `most` levels; needs no stack of its own."""
    level = [node]
    for _ in range(most):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)
