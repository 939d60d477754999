"""Reading the YAML of business domains. One file a domain:

    domain: "03"                     two digits
    title: 税收优惠
    grade: U                         how sure routes, posts and rules are: V, D or U
    operations: [certificate]        what is no case: operations that begin so (may be left out)
    items:
      apply_preference:              small letters and _; `case.apply_preference` in thresholds
        title: 减免税核准
        code: SXA031900002           the item code; `public: true` where a public source has it
        states: ["03"]               nsrztDm in which it is taken (03 when left out)
        parties: [enterprise]        enterprise, individual (both when left out)
        acceptance: acceptance       the post that takes it
        route: [review tax-manager, approve section-head, notice acceptance]    deliver and close follow
        papers: ["003114"]           papers that must be handed in
        fields: {ssjmxzhzDm: digits 10, jmqxq: date, jmqxz: date, je: money optional}
        ties:                        rows that other cases left: `needs` or `lacks`
          - {needs: tax_kind, same: zsxmDm, code: "80030001", message: 未认定该税种}
        bounds:
          - {field: je, most: 1000.00, code: "80030003", message: 金额超过限额}
          - {field: jmqxz, after: jmqxq, code: "80030002", message: 期限止早于期限起}
        checks: [name]               functions of the domain's file (registry.py)
        effects:
          - {keep: preference, dm: ssjmxzhzDm, start: jmqxq, end: jmqxz, amount: je}
          - {end: tax_kind, dm: zsxmDm}
          - {state: "04"}
          - {call: name}
        services: [ZS.DYYHDJKPZ]     its public ids on the service bus, where it is handed in as case.NAME

A mistake is a BadDomain that names the file, the item, the key, the value and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from renhai.reference.cases.model import (
    APPROVE,
    CLOSE,
    DELIVER,
    NOTICE,
    REVIEW,
    STEPS,
    Bound,
    Domain,
    Effect,
    Field,
    Item,
    Step,
    Tie,
)
from renhai.reference.rules.codes import Code
from renhai.reference.rules.words import words

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = Path(__file__).parent.parent / "domains"
KINDS = ("text", "date", "money", "flag", "digits", "one_of", "whole")
GRADES = ("V", "D", "U")
PARTIES = ("enterprise", "individual")
KEYS = frozenset(
    words(
        "title code public grade states parties acceptance route papers fields ties bounds checks effects "
        "services"
    )
)
SPAN = ("start", "end", "dm", "amount", "value")


class BadDomain(ValueError):
    """A domain's file that cannot be used; the message is one line."""


class _At:
    """Where something stands, for one clear error."""

    def __init__(self, file: str, *keys: str) -> None:
        self.file, self.keys = file, keys

    def __truediv__(self, key: object) -> _At:
        return _At(self.file, *self.keys, str(key))

    def wrong(self, value: object, remedy: str) -> BadDomain:
        shown = repr(value) if not isinstance(value, Mapping) else "an object"
        return BadDomain(f"{self.file}: {'.'.join(self.keys) or 'the file'} is {shown[:80]}; {remedy}")


def load(folders: Iterable[Path] = ()) -> dict[str, Domain]:
    """All domains by number: those that ship, and those of `folders`. Raises BadDomain."""
    found: dict[str, Domain] = {}
    places: dict[str, str] = {}
    for file in [path for folder in (FOLDER, *folders) for path in _files(folder)]:
        domain = read(file)
        if domain.number in found:
            raise BadDomain(f"{file}: domain {domain.number} stands in {found[domain.number].file}, too")
        for item in domain.items.values():
            for name in (item.name, item.code):
                if name in places:
                    raise BadDomain(f"{file}: {name} is an item of {places[name]}, too; take another")
                places[name] = str(file)
        found[domain.number] = domain
    return found


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadDomain(f"{folder} is no folder; give one that holds files of domains, NN_name.yaml")
    return sorted(folder.glob("*.yaml"))


@cache
def read(file: Path) -> Domain:
    """One file, read once. Raises BadDomain."""
    at = _At(str(file))
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)
    except (OSError, ValueError, yaml.YAMLError) as error:
        words_of_it = f"{error}".split()  # of YAML, several lines
        raise BadDomain(f"{file}: cannot be read: {' '.join(words_of_it)}") from None
    document = _mapping(document, at)
    _only(document, {"domain", "title", "grade", "operations", "items"}, at)
    number = _text(document.get("domain"), at / "domain")
    if not re.fullmatch("[0-9]{2}", number):
        raise (at / "domain").wrong(number, 'write two digits in quotes, as in "03"')
    grade = _grade(document.get("grade", "U"), at / "grade")
    own = _texts(document.get("operations", []), at / "operations")
    items = {
        str(name): _item(str(name), body, number, grade, at / "items" / name)
        for name, body in _mapping(document.get("items"), at / "items").items()
    }
    return Domain(number, _text(document.get("title"), at / "title"), items, str(file), own)


def _item(name: str, body: Any, domain: str, grade: str, at: _At) -> Item:
    body = _mapping(body, at)
    _only(body, KEYS, at)
    if not re.fullmatch("[a-z][a-z0-9_]{1,40}", name):
        raise at.wrong(name, "write small letters, digits and _")
    fields = tuple(_field(key, said, at / "fields" / key) for key, said in (body.get("fields") or {}).items())
    known = {field.name for field in fields}
    acceptance = _text(body.get("acceptance", "acceptance"), at / "acceptance")
    return Item(
        name,
        _text(body.get("title"), at / "title"),
        domain,
        _text(body.get("code"), at / "code"),
        bool(body.get("public", False)),
        _grade(body.get("grade", grade), at / "grade"),
        _texts(body.get("states", ["03"]), at / "states"),
        _parties(body.get("parties", list(PARTIES)), at / "parties"),
        acceptance,
        _route(body.get("route", []), acceptance, at / "route"),
        _texts(body.get("papers", []), at / "papers"),
        fields,
        tuple(_tie(one, known, at / "ties" / i) for i, one in enumerate(body.get("ties", []))),
        tuple(_bound(one, known, at / "bounds" / i) for i, one in enumerate(body.get("bounds", []))),
        _texts(body.get("checks", []), at / "checks"),
        tuple(_effect(one, known, at / "effects" / i) for i, one in enumerate(body.get("effects", []))),
        at.file,
        _texts(body.get("services", []), at / "services"),
    )


def _route(said: Any, acceptance: str, at: _At) -> tuple[Step, ...]:
    steps: list[Step] = []
    for text in _texts(said, at):
        action, _, post = text.partition(" ")
        if action not in STEPS or not re.fullmatch("[a-z][a-z0-9-]*", post):
            raise at.wrong(text, f"write one of {', '.join(STEPS)} and a post, as in 'review tax-manager'")
        steps.append(Step(action, post))
    actions = [step.action for step in steps]
    decided = [place for place, action in enumerate(actions) if action in (REVIEW, APPROVE)]
    if decided and decided[-1] != len(decided) - 1:
        raise at.wrong(actions, "put reviews and approvals before the notice")
    if actions.count(APPROVE) > 3:
        raise at.wrong(actions, "give at most three levels of approval")
    last = next((step.post for step in steps if step.action == NOTICE), acceptance)
    for action in (NOTICE, DELIVER, CLOSE):
        if action not in actions and (action != NOTICE or decided):
            steps.append(Step(action, last))
    order = [STEPS.index(step.action) for step in steps if step.action not in (REVIEW, APPROVE)]
    if order != sorted(set(order)):
        raise at.wrong(actions, "give notice, deliver, close once each and in this order")
    return tuple(steps)


def _field(name: str, said: Any, at: _At) -> Field:
    words = _text(said, at).split()
    optional = words[-1] == "optional"
    kind, *rest = words[:-1] if optional else words
    if kind not in KINDS:
        raise at.wrong(said, f"write one of {', '.join(KINDS)}, and `optional` where it may be left out")
    if kind == "one_of":
        if not rest:
            raise at.wrong(said, "name the values, as in `one_of 01 02`")
        return Field(name, kind, values=tuple(rest), optional=optional)
    if kind == "digits" and (len(rest) != 1 or not rest[0].isdigit()):
        raise at.wrong(said, "say how many, as in `digits 10`")
    size = int(rest[0]) if rest and rest[0].isdigit() else 200
    return Field(name, kind, size, optional=optional)


def _tie(said: Any, known: set[str], at: _At) -> Tie:
    said = _mapping(said, at)
    _only(said, {"needs", "lacks", "same", "code", "message"}, at)
    if ("needs" in said) == ("lacks" in said):
        raise at.wrong(sorted(said), "give one of needs and lacks, with the kind of a row")
    same = str(said.get("same", ""))
    field, _, column = same.partition(":")
    if field and field not in known:
        raise (at / "same").wrong(field, f"name a field of the form: {', '.join(sorted(known))}")
    if column not in ("", "value"):
        raise (at / "same").wrong(same, "write FIELD, or FIELD:value")
    wanted = "needs" in said
    kind = _text(said["needs" if wanted else "lacks"], at)
    broken = f"the taxpayer has {'a valid' if wanted else 'no valid'} {kind}"
    return Tie(kind, wanted, field, column == "value", _code(said, broken, at))


def _bound(said: Any, known: set[str], at: _At) -> Bound:
    said = _mapping(said, at)
    _only(said, {"field", "most", "after", "code", "message"}, at)
    for key in ("field", "after"):
        if key in said and said[key] not in known:
            raise (at / key).wrong(said[key], f"name a field of the form: {', '.join(sorted(known))}")
    if ("most" in said) == ("after" in said) or "field" not in said:
        raise at.wrong(sorted(said), "give a field, and one of most and after")
    after, most = str(said.get("after", "")), said.get("most", 0)
    if type(most) not in (int, float):
        raise (at / "most").wrong(most, "give an amount in yuan")
    broken = f"{said['field']} is after {after}" if after else f"{said['field']} is at most {most} yuan"
    return Bound(said["field"], round(most * 100), after, _code(said, broken, at))


def _effect(said: Any, known: set[str], at: _At) -> Effect:
    said = _mapping(said, at)
    what = [key for key in ("keep", "state", "call") if key in said]
    if "end" in said and not what:
        what = ["end"]
    if len(what) != 1:
        raise at.wrong(sorted(said), "give one of keep, end, state and call")
    _only(said, {*what, *SPAN}, at)
    parts = {key: str(said[key]) for key in SPAN if key in said and key != what[0]}
    for key, value in parts.items():
        if value not in known and not value.startswith("=") and value not in ("today", "next_month"):
            raise (at / key).wrong(value, "name a field of the form, or =CONSTANT")
    return Effect(what[0], _text(said[what[0]], at / what[0]), **parts)


def _code(said: Mapping[str, Any], broken: str, at: _At) -> Code:
    code = _text(said.get("code"), at / "code")
    if not re.fullmatch("[0-9]{8}", code):
        raise (at / "code").wrong(code, "write eight digits in quotes")
    return Code(code, _text(said.get("message"), at / "message"), broken)


def _only(said: Mapping[str, Any], known: Iterable[str], at: _At) -> None:
    for key in said:
        if key not in known:
            raise (at / key).wrong(said[key], f"there is no such key; those are {', '.join(sorted(known))}")


def _mapping(said: Any, at: _At) -> dict[str, Any]:
    if not isinstance(said, dict) or not said:
        raise at.wrong(said, "write keys with values")
    return said


def _text(said: Any, at: _At) -> str:
    if type(said) is not str or not said.strip():
        raise at.wrong(said, "write a text, in quotes where it is all digits")
    return said


def _texts(said: Any, at: _At) -> tuple[str, ...]:
    if not isinstance(said, list):
        raise at.wrong(said, "write a list of texts")
    return tuple(_text(one, at) for one in said)


def _grade(said: Any, at: _At) -> str:
    if said not in GRADES:
        raise at.wrong(said, f"write one of {', '.join(GRADES)}")
    return str(said)


def _parties(said: Any, at: _At) -> tuple[str, ...]:
    for one in _texts(said, at):
        if one not in PARTIES:
            raise at.wrong(one, f"write one of {', '.join(PARTIES)}")
    return tuple(said)
