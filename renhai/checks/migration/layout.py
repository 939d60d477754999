"""Which column of the old files is which of the new ones: out of the rules and both lines of names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from renhai.core.errors import choice
from renhai.spec.cutover.migration.columns import SIDES, Column, Side, Text
from renhai.spec.cutover.migration.rules import Batch


@dataclass(frozen=True)
class Paired:
    """A column that both sides have; `ruled`: it may be written in two ways and say the same."""

    name: str
    old: str
    new: str
    rule: Column
    key: bool
    ruled: bool

    def written(self, side: Side) -> str:
        return self.old if side == "old" else self.new


@dataclass
class Layout:
    """The columns that are compared, those that are not and why, and what makes the batch not compared."""

    columns: list[Paired] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)
    uncompared: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def keys(self) -> list[int]:
        return [number for number, column in enumerate(self.columns) if column.key]

    def place(self, name: str | None) -> int | None:
        """The number of a column by its name in the rules."""
        return next((number for number, one in enumerate(self.columns) if one.name == name), None)


def lay_out(batch: Batch, defaults: Text, old: Sequence[str], new: Sequence[str]) -> Layout:
    """Pairs the columns; `old`, `new`: the names in the files of either side."""
    found = Layout()
    have: dict[Side, Sequence[str]] = {"old": old, "new": new}
    said: dict[Side, set[str]] = {"old": set(), "new": set()}
    for name, rule in batch.columns.items():
        names: dict[Side, str] = {"old": rule.old or name, "new": rule.new or name}
        for side in SIDES:
            said[side].add(names[side])
        if rule.ignore:
            found.problems += _never_there(name, names, have)
            found.ignored.append((name, rule.ignore))
            continue
        lacking = [_lacks(side, names[side], have[side]) for side in SIDES if names[side] not in have[side]]
        found.problems += lacking
        if not lacking:
            found.columns.append(_paired(name, names["old"], names["new"], rule, batch, defaults))
    rest = {side: [name for name in have[side] if name not in said[side]] for side in SIDES}
    for name in rest["old"]:
        if name in rest["new"]:
            found.columns.append(_paired(name, name, name, Column(), batch, defaults))
    found.uncompared = [*_alone(rest["old"], rest["new"], "old"), *_alone(rest["new"], rest["old"], "new")]
    found.problems += _named(batch, found)
    if not found.problems and all(one.key for one in found.columns) and found.ignored:
        found.problems.append("compares nothing but its key: every other column is ignored")
    return found


def _paired(name: str, old: str, new: str, rule: Column, batch: Batch, defaults: Text) -> Paired:
    if rule.type == "text":
        rule = rule.model_copy(update={
            key: getattr(defaults, key) for key in Text.model_fields if getattr(rule, key) is None
        })  # fmt: skip
    texts = any(getattr(rule, key) for key in Text.model_fields) or bool(rule.codes)
    return Paired(name, old, new, rule, name in batch.key, texts or rule.type != "text")


def _lacks(side: Side, name: str, have: Sequence[str]) -> str:
    return f"the {side} side has no column {name}{choice(name, have)}"


def _never_there(name: str, names: dict[Side, str], have: dict[Side, Sequence[str]]) -> Iterator[str]:
    if not any(names[side] in have[side] for side in SIDES):
        yield f"ignores {name}, which neither side has; take it out of the rules"


def _alone(names: Iterable[str], others: Iterable[str], side: Side) -> list[str]:
    return [f"{name}: only the {side} side has it; name its partner, or say ignore and why"
            for name in names if name not in set(others)]  # fmt: skip


def _named(batch: Batch, found: Layout) -> Iterator[str]:
    """Columns that the batch names beside `columns` must be there and be compared."""
    known = [one.name for one in found.columns]
    wanted = [("key", name) for name in batch.key]
    wanted += [(key, name) for key in ("unit", "owner") if (name := getattr(batch, key)) is not None]
    wanted += [("references", name) for name in batch.references]
    if batch.sums:
        wanted += [("sums", name) for name in (*batch.sums.columns, *batch.sums.by)]
    for key, name in wanted:
        if name not in known:
            yield f"{key} names {name}, which is no column that both sides have{choice(name, known)}"
