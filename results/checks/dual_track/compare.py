"""One answer against another: what differs, of which kind, and what is no difference by a rule.

Kinds: status (outcome or code), type (the same text as another type), value, missing and extra (in the old
answer alone, in the new one alone), order (the same rows in another order), amount (money, to the fen) and
timing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from results.checks.signature import ARROW, is_day, normalised
from results.checks.values import fen, shown, text
from results.language.numbers import agreed

OWN_IDS = "an id that only its own system knows"
NOISY = ("value", "order")
NAMED = ("status", "timing")  # no field of an answer: `*` lets a list be another, and not be refused
NOISE = "the old system answers otherwise to the same question itself"
HIDDEN, SECRET = "***", "a secret is not kept, and so not compared"
LONG = "a number of more digits than are kept: whether it is the same is not known"
TOO_DEEP = "(nested too deep)"  # in the place of what stands deeper than answers are kept
DEEP = "nested deeper than is kept: whether it is the same is not known"
EXACT = 1 << 53  # up to which a number that was read as a fraction is the one that was written
NO_CODE = "both refused without a code: whether for the same cause is not known"
MOST_ALIGNED = 1_000_000  # rows of one side times rows of the other, up to which lists are laid side by side
_DIGITS = re.compile(
    r" *[+-]?[0-9,]*\.?[0-9]* *"
)  # float() and Decimal() take full-width digits and 1_0, too


class Ignore(NamedTuple):
    """operation, field: globs. kind: "" for any of a field; outcome and time are named, by kind or field."""

    operation: str
    field: str
    kind: str
    reason: str


class Rules(NamedTuple):
    """amounts: globs. rows: by which field the rows of a list are paired. own: fields that identify, and what
    stands for an id that cannot be compared. slower: (times, seconds), None: times are not compared. noise:
    (operation, field, kind) that is another each time (results.checks.dual_track.noise). secret: whether a
    field of that name was hidden where answers were kept; elsewhere `***` is a value."""

    amounts: tuple[str, ...] = ()
    rows: Mapping[str, str] = {}
    ignore: tuple[Ignore, ...] = ()
    own: tuple[str, ...] = ()
    unknown: str = ""
    slower: tuple[float, float] | None = None
    noise: frozenset[tuple[str, str, str]] = frozenset()
    secret: Callable[[str], bool] = bool


class Said(NamedTuple):
    """An answer: ok, rejected, or the new system's error, whose code is `HTTP 500` or `unreadable`. us:
    service time, 0 where it is not known."""

    outcome: str
    code: str
    data: Any
    us: int = 0


class Difference(NamedTuple):
    """field: as `items[].pzxh`. pair: normalised (results.checks.signature). reason: why it is none."""

    field: str
    kind: str
    old: str
    new: str
    pair: str
    fen: int = 0
    reason: str = ""


def differences(operation: str, old: Said, new: Said, rules: Rules) -> list[Difference]:
    """All of them, those that a rule ignores with its reason."""
    found = list(_status(old, new))
    if not found and old.outcome == "ok":
        found = list(_values(old.data, new.data, "", rules))
    found += _timing(old, new, rules)
    found = [one if one.reason else _by_rule(operation, one, rules.ignore) for one in found]
    return [one if one.reason else _by_noise(operation, one, rules.noise) for one in found]


def fields_of(data: Any, path: str = "") -> Iterator[str]:
    """What an answer has, at any depth, as differences name it."""
    yield path
    if isinstance(data, Mapping):
        for name, value in data.items():
            if value is not None:
                yield from fields_of(value, f"{path}.{name}" if path else name)
    elif isinstance(data, list):
        for row in data:
            yield from fields_of(row, f"{path}[]")


def _by_noise(operation: str, one: Difference, noise: frozenset[tuple[str, str, str]]) -> Difference:
    noisy = (operation, one.field, one.kind) in noise and may_be_noise(one)
    return one._replace(reason=NOISE) if noisy else one


def may_be_noise(one: Difference) -> bool:
    """Whether it is of what may be another each time: a value in the place of a value, a day in that of a
    day. What is empty on one side alone comes and goes; a time that is no time any more is a fault."""
    if one.kind == "value":
        return bool(one.old and one.new) and is_day(one.old) == is_day(one.new)
    return one.kind in NOISY


def _by_rule(operation: str, one: Difference, ignore: Sequence[Ignore]) -> Difference:
    for rule in ignore:
        if not fnmatchcase(operation, rule.operation) or not _fits(one.field, rule.field):
            continue
        if rule.kind == one.kind or (not rule.kind and (one.kind not in NAMED or rule.field == one.field)):
            return one._replace(reason=rule.reason)
    return one


def _fits(field: str, glob: str) -> bool:
    """`*` and `?` alone are wild: `[]` stands for the rows of a list."""
    return fnmatchcase(field.replace("[]", "/"), glob.replace("[]", "/"))


def _status(old: Said, new: Said) -> Iterator[Difference]:
    if old.outcome != new.outcome:
        sides = [f"{one.outcome} {one.code}".strip() if one.outcome != "ok" else "ok" for one in (old, new)]
        yield Difference("outcome", "status", sides[0], sides[1], f"{sides[0]}{ARROW}{sides[1]}")
    elif old.outcome != "ok" and old.code != new.code:
        yield Difference("code", "status", old.code, new.code, f"{old.code}{ARROW}{new.code}")
    elif old.outcome != "ok" and not old.code:
        yield Difference("code", "status", "", "", "", reason=NO_CODE)


def _timing(old: Said, new: Said, rules: Rules) -> Iterator[Difference]:
    if rules.slower is None or not old.us or not new.us:
        return
    times, seconds = rules.slower
    if new.us > old.us * times and new.us > seconds * 1e6:
        sides = [f"{us / 1000:.0f} ms" for us in (old.us, new.us)]
        yield Difference("time", "timing", sides[0], sides[1], f"time{ARROW}slower")


def _values(old: Any, new: Any, path: str, rules: Rules) -> Iterator[Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from _member(old, new, name, f"{path}.{name}" if path else name, rules)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _rows(old, new, path, rules)
    elif isinstance(old, Mapping | list) or isinstance(new, Mapping | list):
        sides = [_shape(one) for one in (old, new)]
        if sides[0] != sides[1]:
            yield Difference(path, "type", sides[0], sides[1], f"{sides[0]}{ARROW}{sides[1]}")
    else:
        yield from _scalar(old, new, path, rules)


def _member(
    old: Mapping[str, Any], new: Mapping[str, Any], name: str, path: str, rules: Rules
) -> Iterator[Difference]:
    a, b = old.get(name), new.get(name)
    if a is None and b is None:
        return
    if a is None or b is None:
        kind = "extra" if a is None else "missing"
        sides = [_told(one, path, rules) for one in (a, b)]
        shapes = ["absent" if one is None else "there" for one in (a, b)]
        pair = ARROW.join(shapes)
        yield Difference(path, kind, sides[0], sides[1], pair)
        return
    yield from _values(a, b, path, rules)


def _rows(old: list[Any], new: list[Any], path: str, rules: Rules) -> Iterator[Difference]:
    rows = f"{path}[]"
    key = rules.rows.get(path.rpartition(".")[2], "")
    keyed = [_by_key(side, key) for side in (old, new)] if key else [None, None]
    one, other = keyed
    if one is None or other is None:
        yield from _in_turn(old, new, rows, rules)
        return
    for name, row in one.items():
        if name not in other:
            yield Difference(rows, "missing", name, "", f"there{ARROW}absent")
        else:
            yield from _values(row, other[name], rows, rules)
    for name in other:
        if name not in one:
            yield Difference(rows, "extra", "", name, f"absent{ARROW}there")
    both = [[name for name in side if name in one and name in other] for side in (one, other)]
    if both[0] != both[1]:
        yield _order(rows, both[0], both[1])


def _by_key(rows: list[Any], key: str) -> dict[str, Any] | None:
    """The rows by their key; None where it does not tell them apart."""
    found = {text(row.get(key)): row for row in rows if isinstance(row, Mapping) and row.get(key)}
    return found if len(found) == len(rows) else None


def _in_turn(old: list[Any], new: list[Any], rows: str, rules: Rules) -> Iterator[Difference]:
    spelled = [_frozen(row) for row in old], [_frozen(row) for row in new]
    if spelled[0] != spelled[1] and Counter(spelled[0]) == Counter(spelled[1]):
        yield _order(rows, *spelled)
        for a, b in zip(sorted(old, key=_frozen), sorted(new, key=_frozen), strict=True):
            yield from _values(a, b, rows, rules)  # spelled alike, and of other types perhaps
        return
    lengths = agreed(f"{len(old)} rows"), agreed(f"{len(new)} rows")
    for first, last, begin, end in _aligned(*spelled):
        for a, b in zip(old[first:last], new[begin:end], strict=False):
            yield from _values(a, b, rows, rules)
        for _ in range((last - first) - (end - begin)):
            yield Difference(rows, "missing", *lengths, f"there{ARROW}absent")
        for _ in range((end - begin) - (last - first)):
            yield Difference(rows, "extra", *lengths, f"absent{ARROW}there")


def _aligned(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Which stretches stand side by side: a row that is missing, or one too many, does not make all those
    behind it other rows. What has no counterpart is of one length in as many stretches as possible."""
    if len(old) == len(new) or len(old) * len(new) > MOST_ALIGNED:
        yield 0, len(old), 0, len(new)
        return
    for _, *stretch in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield stretch[0], stretch[1], stretch[2], stretch[3]


def _order(rows: str, old: Sequence[str], new: Sequence[str]) -> Difference:
    return Difference(rows, "order", " ".join(old)[:200], " ".join(new)[:200], f"order{ARROW}another")


def _frozen(row: Any) -> str:
    if isinstance(row, Mapping):
        return "{" + ",".join(f"{name}={_frozen(row[name])}" for name in sorted(row)) + "}"
    return "[" + ",".join(map(_frozen, row)) + "]" if isinstance(row, list) else text(row)


def _scalar(old: Any, new: Any, path: str, rules: Rules) -> Iterator[Difference]:
    name = path.rpartition(".")[2].removesuffix("[]")
    if HIDDEN in (old, new) and rules.secret(name):
        if old and new:
            yield Difference(path, "value", text(old), text(new), "", reason=SECRET)
        else:  # what is empty is kept as it is
            shapes = ["there" if one else "empty" for one in (old, new)]
            yield Difference(path, "value", text(old), text(new), ARROW.join(shapes))
        return
    if type(old) is float and old == new and abs(old) >= EXACT:  # ids of 20 digits, read by 64 bits
        yield Difference(path, "value", text(old), text(new), "", reason=LONG)
        return
    if old == new == TOO_DEEP:
        yield Difference(path, "value", TOO_DEEP, TOO_DEEP, "", reason=DEEP)
        return
    if rules.unknown and rules.unknown in (old, new):
        if old == new:
            yield Difference(path, "value", old, new, "", reason=OWN_IDS)
        else:
            shapes = ["another" if one == rules.unknown else "recorded" for one in (old, new)]
            yield Difference(path, "value", text(old), text(new), ARROW.join(shapes))
        return
    if any(fnmatchcase(name, glob) for glob in rules.amounts):
        yield from _amounts(old, new, path)
        return
    sides = text(old), text(new)
    if sides[0] != sides[1]:
        yield Difference(path, "value", sides[0], sides[1], normalised(sides[0], sides[1], name in rules.own))
    elif _type(old) != _type(new):
        yield _of_type(old, new, path)


def _amounts(old: Any, new: Any, path: str) -> Iterator[Difference]:
    """What is no whole number of fen is told by its shape: each taxpayer has another amount."""
    a, b = _fen(old), _fen(new)
    sides = shown(a, old), shown(b, new)
    if a is not None and b is not None and a != b:
        yield Difference(path, "amount", *sides, normalised(*sides), fen=b - a)
    elif (a is None or b is None) and text(old) != text(new):
        shapes = [
            "empty" if not text(one) else "no amount" if amount is None else "amount"
            for one, amount in ((old, a), (new, b))
        ]
        if shapes[0] == shapes[1]:
            shapes[1] = "another"
        yield Difference(path, "value", *sides, ARROW.join(shapes))
    elif _type(old) != _type(new):
        yield _of_type(old, new, path)


def _fen(value: Any) -> int | None:
    """Of a text only where it is written as an amount is: people are shown `1E+3` and `１０` as they are."""
    return None if isinstance(value, str) and not _DIGITS.fullmatch(value) else fen(value)


def _of_type(old: Any, new: Any, path: str) -> Difference:
    sides = _type(old), _type(new)
    return Difference(path, "type", text(old), text(new), f"{sides[0]}{ARROW}{sides[1]}")


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else "empty" if value is None else "text"


def _shape(value: Any) -> str:
    return "rows" if isinstance(value, list) else "object" if isinstance(value, Mapping) else _type(value)


def _told(value: Any, path: str, rules: Rules) -> str:
    """A value as an example shows it."""
    return _shape(value) if isinstance(value, Mapping | list) else text(value)
