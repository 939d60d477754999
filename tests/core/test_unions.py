"""A value that may be of several kinds: a mistake in it is one line, of the kind that was meant."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo

import renhai.binding
import renhai.spec
from renhai.binding.model import Rows, Success
from renhai.binding.schema.auth import Bearer
from renhai.binding.schema.captures import Captures
from renhai.core.errors import UsageError
from renhai.core.unions import kind_by_keys
from renhai.core.validation import Strict, validate
from renhai.core.yaml_lines import parse_yaml
from renhai.spec.drill.model import Action
from renhai.spec.journeys.written.steps import WrittenJourney
from renhai.spec.scenario import Data, Scenario
from results.language.catalogue import in_chinese


class Capturing(Strict):
    captures: Captures


class Walking(Strict):
    steps: WrittenJourney


def mistakes(model: type[Strict], text: str) -> list[str]:
    """Every line that is said of a file."""
    try:
        validate(model, parse_yaml(text, "f.yaml"))
    except UsageError as error:
        return [str(problem) for problem in error.problems]
    return []


SCALARS = "must be text, a whole number, true or false, a number or a list"


@pytest.mark.parametrize(
    ("model", "text", "said"),
    [
        (Success, "where: {code: {a: 1}}", f'f.yaml:1: where.code is {{"a": 1}}; {SCALARS}'),
        (
            Success,
            "where: {code: [0, {a: 1}]}",
            'f.yaml:1: where.code[1] is {"a": 1}; must be text, a whole number, true or false or a number',
        ),
        (Success, "where: {code: []}", "f.yaml:1: where.code is []; must have at least 1 entry"),
        (Success, "length: long", "f.yaml:1: length is long; must be a whole number or a mapping"),
        (Success, "length: -1", "f.yaml:1: length is -1; must be >= 0"),
        (
            Success,
            "length: {at_leest: 3}",
            "f.yaml:1: length.at_leest is not a known key; did you mean 'at_least'?",
        ),
        (Success, "length: {at_least: x}", "f.yaml:1: length.at_least is x; must be a whole number"),
        (
            Success,
            "data: {a: {eech: //r, fields: {x: y}}}",
            "f.yaml:1: data.a.eech is not a known key; did you mean 'each'?",
        ),
        (Success, "data: {a: {pth: //r}}", "f.yaml:1: data.a.pth is not a known key; did you mean 'path'?"),
        (
            Success,
            "data: {a: {path: //r, as: text, fields: {}}}",
            "f.yaml:1: data.a.fields is not a known key; keys here: path, as, default",
        ),
        (Rows, "{each: a, fields: {x: 3}}", "f.yaml:1: fields.x is 3; must be text or a mapping"),
        (
            Rows,
            "{each: a, fields: {x: {pth: a}}}",
            "f.yaml:1: fields.x.pth is not a known key; did you mean 'path'?",
        ),
        (Bearer, "{token: a, login: 7}", "f.yaml:1: login is 7; must be text or a list"),
        (Bearer, "{token: a, login: [7]}", 'f.yaml:1: login[0] is 7; must be text; put it in "quotes"'),
        (Bearer, "{token: a, login: []}", "f.yaml:1: login is []; must have at least 1 entry"),
        (Capturing, "captures: {x: 7}", 'f.yaml:1: captures.x is 7; must be text; put it in "quotes"'),
        (
            Capturing,
            "captures: {x: {xpth: //a}}",
            "f.yaml:1: captures.x.xpth is not a known key; did you mean 'xpath'?",
        ),
        (
            Data,
            "registered: maybe",
            "f.yaml:1: registered is maybe; must be if_possible, or true or false",
        ),
        (
            Data,
            "registered: if_posible",
            "f.yaml:1: registered is if_posible; must be one of if_possible; did you mean 'if_possible'?",
        ),
        (
            Action,
            "{at: 3s, do: freze}",
            "f.yaml:1: do is freze; must be one of freeze, kill, restart, fill, latency, bandwidth, reset, "
            "half_closed, cut, sliced; did you mean 'freeze'?",
        ),
    ],
)  # fmt: skip
def test_one_line_says_what_was_meant(model: type[Strict], text: str, said: str) -> None:
    assert mistakes(model, text) == [said]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{thnk: 2s}", "steps[0].thnk is not a known key; did you mean 'think'?"),
        ("{snd: a.b}", "steps[0].snd is not a known key; did you mean 'send'?"),
        (
            "{send: a.b, think: 2s}",
            "steps[0] has think and send; a step does one thing: make two steps of it",
        ),
        ("{send: a.b, field: {x: 1}}", "steps[0].field is not a known key; did you mean 'fields'?"),
        ("{send: a.b, xyz: 1}", "steps[0].xyz is not a known key; keys here: send, document, fields"),
        ("{repeat: many, steps: [a.b]}", "steps[0].repeat is many; must be a whole number"),
        ("{then: [a.b]}", "steps[0].if is missing; add it"),
        (
            "{repeat: 2, steps: [{thnk: 2s}]}",
            "steps[0].steps[0].thnk is not a known key; did you mean 'think'?",
        ),
        ("3", "steps[0] is 3; must be a mapping: lines of `key: value`"),
    ],
)
def test_a_step_is_of_the_kind_that_its_keys_say(step: str, said: str) -> None:
    (line,) = mistakes(Walking, f"steps: [{step}]")
    assert line.startswith(f"f.yaml:1: {said}")


def test_what_is_exact_outranks_what_is_near_and_nothing_is_the_usual() -> None:
    kinds = {"think": "(think)", "send": "(send)"}
    assert kind_by_keys({"thnk": 1, "send": 1}, kinds, "?") == "(send)"
    assert kind_by_keys({"zzz": 1, "thnk": 1}, kinds, "?") == "(think)"
    assert kind_by_keys({}, kinds, "?") == kind_by_keys({"zzz": 1}, kinds, "?") == "?"


# Every union of every model, those that come later as well


def models(kind: type[BaseModel] = Strict) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("renhai."):
            yield one
        yield from models(one)


def has_union(kind: Any) -> bool:
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    parts = [part for part in get_args(kind) if part is not type(None)]
    union = get_origin(kind) in (Union, UnionType) and len(parts) > 1
    return union or any(map(has_union, parts))


def unions() -> list[tuple[str, FieldInfo]]:
    for room in (renhai.spec, renhai.binding):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    found = {}
    for model in models():
        model.model_rebuild()
        for name, field in model.model_fields.items():
            if has_union(field.annotation):
                found[f"{model.__name__}.{name}"] = field
    return sorted(found.items())


JUNK = (
    "maybe",
    "-7",
    "2.5",
    "true",
    "[]",
    "{}",
    "[[]]",
    "{zz: 1}",
    "[{zz: 1}]",
    "{zz: {zz: {zz: 1}}}",
    "{zz: [{zz: 1}]}",
)


@pytest.mark.parametrize(("name", "field"), unions(), ids=lambda one: one if isinstance(one, str) else "")
def test_whatever_stands_there_each_field_is_told_once_and_in_chinese(name: str, field: FieldInfo) -> None:
    probe: Any = create_model("Probe", __base__=Strict, probe=(field.annotation, field))
    told = 0
    for junk in JUNK:
        try:
            validate(probe, parse_yaml(f"probe: {junk}\n", "f.yaml"))
        except UsageError as error:
            fields = [problem.field for problem in error.problems]
            assert len(fields) == len(set(fields)), [str(problem) for problem in error.problems]
            told += 1
            for problem in error.problems:
                chinese = in_chinese(problem.text)
                assert not problem.text.startswith("is ") or chinese.startswith(("为", "不是", "缺失")), (
                    chinese
                )
    assert told > 3, f"{name} takes everything"


def test_all_unions_are_looked_at() -> None:
    assert {"Success.where", "Scenario.audit", "Data.registered", "Rows.fields"} <= {
        name for name, _ in unions()
    }
    assert Scenario.model_fields.keys() >= {"audit", "papers"}
