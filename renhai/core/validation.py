"""Pydantic's findings, said as this project says a mistake: `file:line: field is value; why and remedy`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from types import UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from renhai.core.errors import Problem, UsageError, choice, nearest
from renhai.core.unions import one_of_each, within
from renhai.core.yaml_lines import Where, YamlFile, parse_value, spell

M = TypeVar("M", bound="Strict")


class Strict(BaseModel):
    """A piece of YAML: unknown keys are mistakes, and a validated piece is never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def refuse(why: str) -> PydanticCustomError:
    """The error that a validator raises; `why` completes the sentence `field is value; ...`."""
    return PydanticCustomError("renhai", "{why}", {"why": why})


def validate(model: type[M], file: YamlFile) -> M:
    """The model of the file's data; raises UsageError with a Problem for each mistake, in file order."""
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        details = one_of_each(error.errors(include_url=False), file.data)
        made = [_Mistake(detail, detail["loc"], within(detail, file.data)) for detail in details]
        meant = {_meant(model, one) for one in made if one.detail["type"] == "extra_forbidden"}
        found = [
            _problem(model, file, one)
            for one in made
            if not (one.detail["type"] == "missing" and one.path in meant)
        ]
        raise UsageError(sorted(set(found), key=_order)) from None


class _Mistake(NamedTuple):
    """A finding, its place as pydantic has it (with the branches of unions), and its place in the file."""

    detail: ErrorDetails
    loc: Where
    path: Where


def override(file: YamlFile, assignments: Iterable[str]) -> None:
    """Apply `--set load.stages[0].ramp=5s`; mistakes in the value are later reported as made by --set."""
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(Problem(f"--set {text}", "", "is not key=value, as in --set data.seed=7"))
        path = _parse_path(name.strip())
        source = f"--set {text}"
        _assign(file, path, parse_value(value), source)
        file.overrides[path] = source


def _parse_path(name: str) -> Where:
    parts: list[str | int] = []
    for word in _split(name):
        parts.append(int(word) if word.isdigit() else word)
    return tuple(parts)


def _split(name: str) -> list[str]:
    """Split at dots and [index], keeping "quoted.parts" whole."""
    pieces = name.replace("[", ".").replace("]", "").split('"')
    words: list[str] = []
    for number, piece in enumerate(pieces):
        words += [piece] if number % 2 else [word for word in piece.split(".") if word]
    return words


def _assign(file: YamlFile, path: Where, value: Any, source: str) -> None:
    here = file.data
    for depth, key in enumerate(path[:-1]):
        if isinstance(here, dict):
            here = here.setdefault(str(key), {})
        elif isinstance(here, list) and isinstance(key, int) and key < len(here):
            here = here[key]
        else:
            raise UsageError(_no_place(here, path[: depth + 1], source))
    last = path[-1]
    if isinstance(here, dict):
        here[str(last)] = value
    elif isinstance(here, list) and isinstance(last, int) and last < len(here):
        here[last] = value
    else:
        raise UsageError(_no_place(here, path, source))


def _no_place(here: Any, path: Where, source: str) -> Problem:
    if isinstance(here, list):
        return Problem(source, spell(path), f"does not exist; the list has entries 0 to {len(here) - 1}")
    return Problem(source, spell(path), f"does not exist; {spell(path[:-1])} is {show(here)}")


def _order(problem: Problem) -> tuple[str, int]:
    name, _, line = problem.where.rpartition(":")
    return (name, int(line)) if line.isdigit() else (problem.where, 0)


def _problem(model: type[BaseModel], file: YamlFile, mistake: _Mistake) -> Problem:
    detail, loc, path = mistake
    kind = detail["type"]
    if kind == "missing":
        text = _missing(model, loc)
        return Problem(file.where(path[:-1]), spell(path), text)
    if kind == "extra_forbidden":
        keys = _keys(model, loc[:-1])
        known = f"; keys here: {', '.join(keys)}" if keys else ""
        text = f"is not a known key{nearest(str(path[-1]), keys) or known}"
        return Problem(file.where(path, key=True), spell(path), text)
    about_itself = kind == "renhai" and isinstance(detail["input"], dict)  # its text is about keys inside
    value = "***" if path and path[-1] == "password" else show(detail["input"])
    said = _why(detail) if about_itself or not path else f"is {value}; {_why(detail)}"
    return Problem(file.where(path), spell(path), said)


def show(value: Any) -> str:
    """A value as YAML would have it on one line, shortened, without the password of a URL."""
    if isinstance(value, str):
        text = value if value and value.isprintable() and value == value.strip() else json.dumps(value)
    elif value is None:
        text = "empty"
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    text = re.sub(r"://[^/@\s]*@", "://***@", text)
    return text if len(text) <= 80 else text[:77] + "..."


_PLAIN_WORDS = {
    "string_type": 'must be text; put it in "quotes"',
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list, written [a, b] or with a dash a line",
    "tuple_type": "must be a list, written [a, b]",
    "dict_type": "must be a mapping: lines of `key: value`",
    "model_type": "must be a mapping: lines of `key: value`",
}


def _why(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in ("renhai", "union"):
        return str(context["why"])
    if kind in _PLAIN_WORDS:
        return _PLAIN_WORDS[kind]
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return f"must be one of {', '.join(expected)}{nearest(str(detail['input']), expected)}"
    for name, sign in (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<=")):
        if name in context:
            return f"must be {sign} {context[name]}"
    if kind in ("too_short", "string_too_short"):
        return f"must have at least {context.get('min_length', 1)} entry"
    message = detail["msg"]
    return message[:1].lower() + message[1:]


def _meant(model: type[BaseModel], mistake: _Mistake) -> Where:
    """Where the misspelt key belongs: a key that is missing only because it is misspelt needs no line."""
    found = get_close_matches(str(mistake.loc[-1]), _keys(model, mistake.loc[:-1]), n=1, cutoff=0.6)
    return (*mistake.path[:-1], *found)


def _missing(model: type[BaseModel], path: Where) -> str:
    field = _fields_at(model, path[:-1]).get(str(path[-1]))
    help_text = f": {field.description}" if field is not None and field.description else ""
    example = f", as in `{path[-1]}: {field.examples[0]}`" if field is not None and field.examples else ""
    return f"is missing; add it{example}{help_text}"


def _keys(model: type[BaseModel], path: Where) -> list[str]:
    return list(_fields_at(model, path))


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields by the name that the YAML has for them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _fields_at(model: type[BaseModel], loc: Where) -> dict[str, FieldInfo]:
    """Those of the mapping at a place as pydantic has it, walking fields, values of dicts and lists; of a
    union those of the branch that the place names, else of all of it.
    """
    kinds: list[Any] = [model]
    for part in loc:
        leaves = [leaf for kind in kinds for leaf in _leaves(kind)]
        named = [leaf for tag, leaf in leaves if part in (tag, getattr(leaf, "__name__", None))]
        found: list[Any] = []
        for _, leaf in () if named else leaves:
            if isinstance(leaf, type) and issubclass(leaf, BaseModel):
                field = _fields(leaf).get(str(part))
                found += [field.annotation] if field is not None else []
            elif get_args(leaf):
                found.append(get_args(leaf)[-1])
        kinds = named or found
    models = [leaf for kind in kinds for _, leaf in _leaves(kind) if isinstance(leaf, type)]
    return {
        name: field for one in models if issubclass(one, BaseModel) for name, field in _fields(one).items()
    }


def _leaves(kind: Any, tag: str = "") -> Iterator[tuple[str, Any]]:
    """What a type can be, each with its tag: `X | None` and `Annotated[X | Y, ...]` one by one."""
    while hasattr(kind, "__metadata__"):
        tag = next((one.tag for one in kind.__metadata__ if isinstance(one, Tag)), tag)
        kind = kind.__origin__
    if get_origin(kind) in (Union, UnionType):
        for option in get_args(kind):
            yield from _leaves(option)
    elif kind is not type(None):
        yield tag, kind


def unknown(file: YamlFile, path: Where, word: str, known: Iterable[str], what: str) -> Problem:
    """A Problem for a name that stands for nothing: an unknown post, journey, operation or profile."""
    key = bool(path) and path[-1] == word
    said = f"is not a {what}" if key else f"is {show(word)}; no such {what}"
    return Problem(file.where(path, key=key), spell(path), said + choice(word, known))
