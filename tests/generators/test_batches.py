"""Batches of a migration in both forms: clean ones agree, and every planted defect is found and classed."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from generators.batches.defects import DEFECTS, plant
from generators.batches.kinds import KINDS, NEEDS, batch, referred
from renhai.checks.migration.output import Output
from renhai.checks.migration.whole import prepare, verify
from renhai.cli.export.batch import MOST, generate_batch
from renhai.core.errors import UsageError

# What else is found of a row that has this defect, beside what its label says.
BESIDE = {
    "check_digit": {"changed", "invalid_new", "dangling_new", "extra"},
    "dangling_reference": {"changed", "dangling_new", "extra"},
    "wrong_date": {"changed", "unreadable_new"},
    "shifted_amount": {"changed", "unbalanced_new"},
    "duplicate_key": {"duplicated_new", "unpaired_old"},
}
# What a batch cannot have: without names none is cut off, without a date none is wrong.
LACKING = {
    "banks": {"dangling_reference", "wrong_date", "shifted_amount"},
    "pos": {"shifted_amount"},
    "staff": {"check_digit", "shifted_amount"},
    "posts": {"check_digit", "dangling_reference", "wrong_date", "shifted_amount"},
    "invoices": {"check_digit"},
    "taxpayers": {"shifted_amount"},
    "arrears": {"check_digit", "cut_name", "damaged_gbk"},
    "overpayments": {"check_digit", "cut_name", "damaged_gbk"},
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


def verified(folder: Path) -> tuple[str, list[tuple[str, dict[str, str]]]]:
    """The verdict, and each line of the cleaning lists with its batch."""
    found = prepare(folder / "old", folder / "new", folder / "rules.yaml", lambda text: None)
    output = Output(folder / "out", found)
    verify(found, output.batch)
    result = output.write()
    assert result["verdict"] != "inconclusive", [one["problems"] for one in result["batches"]]
    lists = sorted((output.folder / "cleaning").glob("*.csv"))
    return result["verdict"], [(path.stem, row) for path in lists for row in rows(path)]


def test_clean_batches_agree_by_rule_and_nothing_is_found(tmp_path: Path) -> None:
    told = generate_batch("all", 40, tmp_path / "clean", 7, 0, "gb18030")
    assert [line.partition(" ")[0] for line in told] == [
        "banks", "pos", "posts", "staff", "taxpayers", "invoices", "arrears", "overpayments",
    ]  # fmt: skip
    assert not (tmp_path / "clean" / "labels.csv").exists()
    assert verified(tmp_path / "clean") == ("pass", [])
    old = rows_of(tmp_path / "clean" / "old" / "taxpayers.csv", "gb18030")
    new = rows_of(tmp_path / "clean" / "new" / "taxpayers.csv", "utf-8")
    moved = [(one[1], other[1]) for one, other in zip(old[1:], new[1:], strict=True) if one[1] != other[1]]
    lengths = {(len(one), len(other)) for one, other in moved}
    assert (15, 18) in lengths and {length for _, length in lengths} == {18}  # the old id, and the USCC


def rows_of(path: Path, encoding: str) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding).splitlines()))


def test_every_planted_defect_is_found_and_classed_and_no_row_beside(tmp_path: Path) -> None:
    generate_batch("all", 60, tmp_path / "d", 7, 2, "gb18030")
    labels = rows(tmp_path / "d" / "labels.csv")
    assert {label["defect"] for label in labels} == set(DEFECTS)
    assert {label["batch"] for label in labels} == set(KINDS)
    have = Counter((label["batch"], label["defect"]) for label in labels)
    few = {(name, "missing_row") for name in ("banks", "posts")}  # of twelve rows that others refer to
    assert {pair for pair, number in have.items() if number != 2} <= few
    lacking = {name: set(DEFECTS) - {defect for batch, defect in have if batch == name} for name in KINDS}
    assert lacking == LACKING
    verdict, found = verified(tmp_path / "d")
    assert verdict == "fail"
    seen = {(name, row["key"], row["field"], row["kind"]) for name, row in found}
    wanted = {(one["batch"], one["key"], one["column"], one["found_as"]) for one in labels}
    assert wanted <= seen, "every planted defect is found in its class"
    by_row = {(one["batch"], one["key"]): one for one in labels}
    assert len(by_row) == len(labels), "one defect a row"
    for name, key, _, kind in seen:
        label = by_row[name, key]  # a row that was not planted is a KeyError
        assert kind in BESIDE.get(label["defect"], {label["found_as"]})
    texts = {(name, row["key"], row["field"]): (row["old"], row["new"]) for name, row in found
             if row["kind"] == "changed"}  # fmt: skip
    for one in labels:
        if one["found_as"] == "changed":
            assert texts[one["batch"], one["key"], one["column"]] == (one["old"], one["new"])


def test_a_batch_brings_what_it_refers_to_and_nothing_else(tmp_path: Path) -> None:
    assert referred("invoices") == ["banks", "taxpayers", "invoices"]
    generate_batch("staff", 20, tmp_path / "s", 1, 1, "utf-8")
    assert sorted(path.stem for path in (tmp_path / "s" / "old").iterdir()) == ["posts", "staff"]
    assert verified(tmp_path / "s")[0] == "fail"


@pytest.mark.parametrize("kind", KINDS)
def test_references_lead_to_rows_and_keys_are_one(kind: str) -> None:
    made = {name: batch(name, 50, 3) for name in referred(kind)}
    own = made[kind]
    assert own == batch(kind, 50, 3)
    assert len({own.key_of(row) for row in own.rows}) == len(own.rows)
    for column in own.columns:
        to, _, name = column.refers.partition(".")
        if to:
            assert to in NEEDS[kind]
            assert {row[column.name] for row in own.rows} <= {row[name] for row in made[to].rows}


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        generate_batch("arrears", 30, tmp_path / name, seed, 1, "gb18030")
    a, b, c = ({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.*")} for name in "abc")
    assert a == b
    assert a["labels.csv"] != c["labels.csv"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "banke"}, "is 'banke'; did you mean 'banks'"),
        ({"count": 20_001}, "at most 20000 rows a batch"),
        ({"encoding": "gbk2"}, "is 'gbk2'"),
        ({"out": "there"}, "is there already; give a new directory"),
    ],
)
def test_what_cannot_be_made_is_told(tmp_path: Path, change: dict[str, object], told: str) -> None:
    (tmp_path / "there").mkdir()
    asked = {"kind": "banks", "count": 12, "out": "new", "encoding": "utf-8", **change}
    kind, encoding, out = str(asked["kind"]), str(asked["encoding"]), tmp_path / str(asked["out"])
    with pytest.raises(UsageError) as caught:
        generate_batch(kind, int(str(asked["count"])), out, 1, 0, encoding)
    assert told in str(caught.value)


@pytest.mark.parametrize("kind", ["pos", "invoices"])
def test_an_extra_row_is_extra_in_the_largest_batch_too(kind: str) -> None:
    """Its number is above that of the last of 20,000 rows; else it would be a double."""
    _, labels = plant(batch(kind, 12, 1), 3, 1, frozenset())
    keys = [label.key.rpartition(" / ")[2] for label in labels if label.defect == "extra_row"]
    assert len(keys) == 3
    assert all(int(key[-6:]) > MOST for key in keys), keys
