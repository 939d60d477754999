"""Ranges of numbers of several lists against each other: every number once, or told in which way not.

A number is missing when it is in the old books and on nobody's shelf; unknown when it is on the shelf and
not in the old books; twice when one list has it more than once; not_carried when the new books lack it,
not_in_old when they have it and the old ones do not; counts_differ when keeper and checker disagree: then
nothing else is said of the shelf.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

KINDS = ("missing", "unknown", "twice", "not_carried", "not_in_old", "counts_differ")
SHELF = ("keeper", "checker")


class NumberRange(NamedTuple):
    """Numbers first to last of one kind and code, both included; width: of their digits. stated: how many
    digits they have, where a nought before them says so; else 0, as a spreadsheet may have taken it away."""

    kind: str
    code: str
    first: int
    last: int
    width: int = 8
    holder: str = ""
    stated: int = 0


class Difference(NamedTuple):
    """Numbers first to last of a kind and code, with what is the matter; where: the list, of those twice."""

    problem: str
    where: str
    kind: str
    code: str
    first: int
    last: int
    width: int
    holder: str

    @property
    def size(self) -> int:
        return self.last - self.first + 1


def differences(lists: Mapping[str, Sequence[NumberRange]]) -> list[Difference]:
    """lists: old, keeper, checker, and new where there is one. By kind, code and number."""
    by_code: dict[tuple[str, str], list[tuple[str, NumberRange]]] = defaultdict(list)
    for name, ranges in lists.items():
        for one in ranges:
            by_code[one.kind, one.code].append((name, one))
    found: list[Difference] = []
    for (kind, code), rows in sorted(by_code.items()):
        width = max(one.width for _, one in rows)
        for first, last, there in _pieces(rows):
            holders = [one.holder for ones in there.values() for one in ones if one.holder]
            counts = {name: len(there.get(name, ())) for name in lists}
            for problem, where in _problems(counts):
                found.append(
                    Difference(problem, where, kind, code, first, last, width, holders[0] if holders else "")
                )
    return _joined(found)


def _pieces(
    rows: Sequence[tuple[str, NumberRange]],
) -> Iterator[tuple[int, int, dict[str, list[NumberRange]]]]:
    """Stretches of numbers over which the same ranges lie, each with those ranges by list."""
    edges = sorted({one.first for _, one in rows} | {one.last + 1 for _, one in rows})
    begins: dict[int, list[tuple[str, NumberRange]]] = defaultdict(list)
    ends: dict[int, list[tuple[str, NumberRange]]] = defaultdict(list)
    for row in rows:
        begins[row[1].first].append(row)
        ends[row[1].last + 1].append(row)
    there: dict[str, list[NumberRange]] = defaultdict(list)
    for edge, following in zip(edges, [*edges[1:], None], strict=True):
        for name, one in ends[edge]:
            there[name].remove(one)
        for name, one in begins[edge]:
            there[name].append(one)
        if following is not None and any(there.values()):
            yield edge, following - 1, {name: list(ones) for name, ones in there.items() if ones}


def _problems(counts: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name, count in counts.items():
        if count > 1:
            yield "twice", name
    keeper, checker = counts["keeper"] > 0, counts["checker"] > 0
    old = counts["old"] > 0
    if keeper != checker:
        yield "counts_differ", SHELF[keeper]  # who does not have it
    elif old and not keeper:
        yield "missing", ""
    elif keeper and not old:
        yield "unknown", ""
    if "new" in counts and old != (counts["new"] > 0):
        yield ("not_carried" if old else "not_in_old"), ""


def _joined(found: Sequence[Difference]) -> list[Difference]:
    """Stretches of one problem that lie side by side as one."""
    rows: list[Difference] = []
    for one in sorted(found, key=lambda row: (row.problem, row.where, row.kind, row.code, row.first)):
        last = rows[-1] if rows else None
        alike = last and last[:4] == one[:4] and last.holder == one.holder and last.last + 1 == one.first
        if last and alike:
            rows[-1] = last._replace(last=one.last)
        else:
            rows.append(one)
    return sorted(rows, key=lambda row: (row.kind, row.code, row.first, row.problem, row.where))


def of_two_lengths(lists: Mapping[str, Sequence[NumberRange]]) -> list[str]:
    """Codes of which numbers are written with fewer digits and with more: 001 and 0001 are two papers."""
    by_code: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for one in (one for ranges in lists.values() for one in ranges):
        by_code[one.kind, one.code].add((one.stated, one.width))
    found = []
    for (kind, code), lengths in sorted(by_code.items()):
        stated, longest = {one for one, _ in lengths if one}, max(width for _, width in lengths)
        if stated and min(stated) < longest:
            few = min(stated)
            found.append(f"{kind} {code} has numbers of {few} digits and of {longest}; write them all alike")
    return found


def numbers(ranges: Sequence[NumberRange]) -> int:
    """How many numbers they hold, each as often as it is there."""
    return sum(one.last - one.first + 1 for one in ranges)
