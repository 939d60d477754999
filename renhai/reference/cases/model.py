"""What a business item is, once its YAML has been read (see loading.py for the keys)."""

from __future__ import annotations

from typing import NamedTuple

from renhai.reference.rules.codes import Code

ACCEPT, REVIEW, APPROVE = "accept", "review", "approve"
NOTICE, DELIVER, CLOSE = "notice", "deliver", "close"
STEPS = (REVIEW, APPROVE, NOTICE, DELIVER, CLOSE)
APART = (REVIEW, APPROVE)
"""What nobody may do in a case in which they did something before."""
OPEN_END = "9999-12-31"


class Step(NamedTuple):
    """One task of a case: what is to be done, and the post whose to-do list it stands in."""

    action: str
    post: str


class Field(NamedTuple):
    """One field of an item's form. kind: text, date, money, flag, digits, one_of, whole; size: digits, or
    how many characters at most; values: of one_of."""

    name: str
    kind: str
    size: int = 200
    values: tuple[str, ...] = ()
    optional: bool = False


class Tie(NamedTuple):
    """A tie to a row that another case left: `wanted` it must be there, else it must not.

    kind: of the row; same: fields of the form that equal the row's `dm` (or its `value`, after a colon).
    """

    kind: str
    wanted: bool
    same: str
    on_value: bool
    code: Code


class Bound(NamedTuple):
    """What one field may be at most: an amount in fen, or a later field for two dates."""

    field: str
    most: int
    after: str
    code: Code


class Effect(NamedTuple):
    """What an item leaves. what: keep, end, state, call.

    name: kind of the row, state or function; dm, start, end, amount, value: a field of the form, `=constant`,
    or "" for none; start may be `today` or `next_month` (its first day).
    """

    what: str
    name: str
    dm: str = ""
    start: str = "today"
    end: str = ""
    amount: str = ""
    value: str = ""


class Item(NamedTuple):
    """One business item.

    code: the item code, public or made up (`public` says which). states: nsrztDm in which it is taken.
    parties: enterprise, individual or both. route: the tasks after acceptance, in order. checks: functions of
    the domain's file. grade: how sure its route and rules are. services: its names on the service bus.
    """

    name: str
    title: str
    domain: str
    code: str
    public: bool
    grade: str
    states: tuple[str, ...]
    parties: tuple[str, ...]
    acceptance: str
    route: tuple[Step, ...]
    papers: tuple[str, ...]
    fields: tuple[Field, ...]
    ties: tuple[Tie, ...]
    bounds: tuple[Bound, ...]
    checks: tuple[str, ...]
    effects: tuple[Effect, ...]
    where: str
    services: tuple[str, ...] = ()

    @property
    def settled_at(self) -> int:
        """The index of the task whose doing brings the effect about: the last approval, else the first."""
        decided = [index for index, step in enumerate(self.route) if step.action in APART]
        return decided[-1] if decided else -1


class Domain(NamedTuple):
    """One domain: two digits, its name, the items by name, the file it stands in, the beginnings of its
    operations that are no cases."""

    number: str
    title: str
    items: dict[str, Item]
    file: str
    operations: tuple[str, ...] = ()
