"""renhai verify held against a slow oracle: rows in lists, real values, nothing hashed, nothing in parts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.checks.migration import comparing, scanning
from tests.checks.migration.small import RULES, compared, counts, problems, rules
from tests.share import examples

Row = tuple[str, str, str]
NAMES = ("k", "v", "w")
KEYS = ("a", "aa", "~", "!", '"', ",", "é", "甲", "\u3000甲", "\x7f", "a\n", "\n", "", " ", "\u3000",
        " \u3000")  # fmt: skip
VALUES = ("", " ", "a", "a ", '"', ",", 'a"', "NULL", "甲\n乙", "a,b")
ROWS = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES), st.sampled_from(VALUES)), max_size=9
)
TRIMMED = " \t\r\n\u3000\u00a0"


def file_of(rows: Sequence[Row], order: Sequence[int], quoting: int, end: str, mark: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([row[n] for n in order] for row in (NAMES, *rows))
    return (b"\xef\xbb\xbf" if mark else b"") + text.getvalue().encode()


def pair(old: Row, new: Row, ruled: bool) -> str:
    if old == new:
        return "identical"
    trimmed = [(row[1].strip(TRIMMED), row[2]) for row in (old, new)]
    return "by_rule" if ruled and trimmed[0] == trimmed[1] else "changed"


def expected(old: Sequence[Row], new: Sequence[Row], ruled: bool) -> dict[str, int]:
    found: Counter[str] = Counter()
    named: dict[str, tuple[list[Row], list[Row]]] = {}
    for place, (side, rows) in enumerate((("old", old), ("new", new))):
        for row in rows:
            if row[0].strip(TRIMMED):
                named.setdefault(row[0], ([], []))[place].append(row)
            else:
                found[f"no_key_{side}"] += 1
    for one, other in named.values():
        if len(one) == len(other) == 1:
            found[pair(one[0], other[0], ruled)] += 1
            continue
        for side, alone, mine, others in (("old", "missing", one, other), ("new", "extra", other, one)):
            if len(mine) > 1:
                found[f"duplicated_{side}"] += len(mine)
            elif mine:
                found[f"unpaired_{side}" if others else alone] += 1
    return dict(found)


FILE = st.tuples(
    st.permutations([0, 1, 2]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]), st.booleans(),
)  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(ROWS, ROWS, st.data(), st.booleans())
def test_each_row_has_the_class_that_a_person_would_give_it(
    tmp_path_factory: pytest.TempPathFactory,
    old: list[Row], others: list[Row], data: st.DataObject, ruled: bool,
) -> None:  # fmt: skip
    """Quotes, line ends, marks, orders of rows and columns at random; pieces and parts that end anywhere."""
    new = data.draw(st.permutations([row for row in old if data.draw(st.integers(0, 4))])) + others[:2]
    files = []
    for rows in (old, new):
        order, quoting, end, mark = data.draw(FILE)
        within = any("\n" in value for row in rows for value in row)
        files.append(file_of(rows, order, quoting, "\n" if within else end, mark))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "PART", data.draw(st.sampled_from([1, 3, comparing.PART])))
        patch.setattr(scanning, "PIECE", data.draw(st.sampled_from([1, 7, scanning.PIECE])))
        ruling = rules("v: {trim: both}") if ruled else RULES
        found = compared(tmp_path_factory.mktemp("o"), files[0], files[1], ruling)
    assert counts(found) == expected(old, new, ruled), (files, problems(found))
    assert "were read" not in problems(found)


COPIES = ((1, 1), (2, 0), (0, 2), (1, 2), (2, 1), (2, 2), (3, 1), (1, 3), (4, 0), (0, 4))


@pytest.mark.parametrize("columns", ["", "v: {trim: both}"])
def test_equal_rows_are_a_pair_only_where_each_side_has_one(tmp_path: Path, columns: str) -> None:
    """So many copies of one row on either side: what adds up to two, or cancels out, is no pair by that."""
    old = [(f"k{o}{n}", "v", "w") for o, n in COPIES for _ in range(o)]
    new = [(f"k{o}{n}", "v", "w") for o, n in COPIES for _ in range(n)]
    files = [file_of(rows, (0, 1, 2), csv.QUOTE_MINIMAL, "\n", False) for rows in (old, new)]
    assert counts(compared(tmp_path, files[0], files[1], rules(columns))) == {
        "identical": 1,
        "duplicated_old": 2 + 2 + 2 + 3 + 4,
        "duplicated_new": 2 + 2 + 2 + 3 + 4,
        "unpaired_old": 2,
        "unpaired_new": 2,
    }


@pytest.mark.parametrize(("columns", "kind"), [("", "changed"), ("v: {trim: both}", "by_rule")])
def test_rows_of_many_parts_are_each_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str, kind: str
) -> None:
    """Among 20,000: 3 changed, 2 that swapped values, 7 with a blank, 4 missing, 5 extra, 6 doubled."""
    monkeypatch.setattr(comparing, "PART", 5_000)
    old: list[Row] = [(f"甲{n}", f"v{n}", "") for n in range(20_000)]
    new = dict(enumerate(old))
    for n in (10, 9_000, 19_000):
        new[n] = (old[n][0], old[n][1], " ")
    new[77], new[78] = (old[77][0], *old[78][1:]), (old[78][0], *old[77][1:])
    for n in range(200, 207):
        new[n] = (old[n][0], f"{old[n][1]} ", "")
    for n in range(500, 504):
        del new[n]
    late = [*reversed(new.values()), *((f"乙{n}", "", "") for n in range(5)), *old[15_000:15_006]]
    orders = ((old, (0, 1, 2)), (late, (2, 0, 1)))
    files = [file_of(rows, order, csv.QUOTE_MINIMAL, "\n", False) for rows, order in orders]
    wanted = Counter(
        identical=20_000 - 3 - 2 - 7 - 4 - 6,
        changed=3 + 2,
        missing=4,
        extra=5,
        duplicated_new=12,
        unpaired_old=6,
    )
    wanted[kind] += 7
    assert counts(compared(tmp_path, files[0], files[1], rules(columns))) == wanted


@pytest.mark.parametrize("ending", ["乙", ""])
def test_a_long_text_counts_to_its_last_character(tmp_path: Path, ending: str) -> None:
    long = "长沙" * 100_000
    rows = [[("k1", long + end, "w")] for end in ("x", ending)]
    files = [file_of(one, (0, 1, 2), csv.QUOTE_MINIMAL, "\n", False) for one in rows]
    assert counts(compared(tmp_path, files[0], files[1])) == {"changed": 1}
