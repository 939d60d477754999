"""renhai verify by rules: what each makes equal and nothing else; findings by unit, and the cleaning list."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from generators.identifiers.organisation import check_uscc
from results.report.terminal.migration import lines
from tests.checks.migration.small import NEW, OLD, compared, counts, problems, rules

RULED = [
    ("type: number", "0.10", "0.1", "by_rule"),
    ("type: number", ".71", "0.71", "by_rule"),
    ("type: number", "", "0", "changed"),
    ("type: number", "0.100000001", "0.1", "changed"),
    ("type: number", "NaN", "NaN", "unreadable"),
    ("type: number", "1e2", "100", "changed"),
    ("type: number, tolerance: 0.01", "1.00", "1.01", "within_tolerance"),
    ("type: number, tolerance: 0.01", "1.00", "1.02", "changed"),
    ("type: number, tolerance: 0.01", "", "0", "changed"),
    ("type: number, fen: [old]", "1234", "12.34", "by_rule"),
    ("type: number, fen: [old]", "1234", "1234", "changed"),
    ("type: number, fen: [old], tolerance: 0.01", "1234", "12.35", "within_tolerance"),
    ("type: number, fen: [old], tolerance: 0.01", "1234", "12.36", "changed"),
    ("trim: end", "x ", "x", "by_rule"),
    ("trim: end", " x", "x", "changed"),
    ("trim: both", "\u3000x", "x", "by_rule"),
    ("width: half", "（Ａ１）", "(A1)", "by_rule"),
    ("case: upper", "abc", "ABC", "by_rule"),
    ("type: date, format: {old: '%Y%m%d'}", "20150901", "2015-09-01", "by_rule"),
    ("type: date, format: {old: '%Y%m%d'}", "20150230", "2015-02-28", "changed"),
    ("type: date", "2015-02-30", "2015-02-30", "unreadable"),
    ("type: date", "2015-09-01", "2015-09-01 00:00:00", "changed"),
    ("type: datetime, zone: {old: '+08:00', new: Z}", "2015-09-01 00:30:00", "2015-08-31T16:30:00",
     "by_rule"),
    ("type: datetime, zone: {old: '+08:00', new: Z}", "2015-09-01 00:30:00", "2015-09-01 00:30:00",
     "changed"),
    ("type: datetime, precision: second", "2015-09-01 00:30:00.7", "2015-09-01 00:30:00", "by_rule"),
    ("type: datetime", "2015-09-01 00:30:00.7", "2015-09-01 00:30:00", "changed"),
    ("codes: {'01': 110, '02': 120}", "01", "110", "by_rule"),
    ("codes: {'01': 110, '02': 120}", "02", "110", "changed"),
    ("codes: {'01': 110, '02': 120}", "01", "01", "changed"),
    ("codes: {'01': 110, '02': 120}", "03", "03", "changed"),
    ("codes: {'01': 110, '02': 120}", "03", "", "changed"),
]  # fmt: skip


def test_a_rule_makes_equal_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    """One comparison of all: row n has a value in column n alone, under rule n."""
    columns = ", ".join(f"v{n}: {{{rule}}}" for n, (rule, *_) in enumerate(RULED))
    names = ",".join(f"v{n}" for n in range(len(RULED)))

    def table(side: int) -> str:
        rows = [f"{n}," + ",".join(case[side] if m == n else "" for m in range(len(RULED)))
                for n, case in enumerate(RULED)]  # fmt: skip
        return f"k,{names}\n" + "\n".join(rows if side == 1 else reversed(rows)) + "\n"

    ruled = "defaults: {empty_is_null: true}\nsamples: 1000\n" + rules(columns)
    found = compared(tmp_path, table(1), table(2), ruled)
    batch = found["batches"][0]
    seen = {one["key"]: one["kind"] for one in batch["samples"] if one["kind"] == "changed"}
    for one in batch["samples"]:
        seen.setdefault(one["key"], one["kind"].partition("_")[0])
    for column in (one for one in batch["columns"] if not one["key"]):
        for kind in ("by_rule", "within_tolerance"):
            if column[kind]:
                seen.setdefault(column["name"][1:], kind)
    assert seen == {str(n): case[3] for n, case in enumerate(RULED)}
    expected = Counter(case[3] for case in RULED)
    assert counts(found) == expected


def test_an_empty_text_is_no_null_of_parquet_unless_a_rule_says_so(tmp_path: Path) -> None:
    with duckdb.connect() as link:
        link.execute(
            "COPY (SELECT '1' AS k, NULL::VARCHAR AS v) TO '" + str(tmp_path / "p") + "' (FORMAT parquet)"
        )
    both: list[Any] = [{"t.csv": "k,v\n1,\n"}, {"t.parquet": (tmp_path / "p").read_bytes()}]
    ruled = rules("v: {empty_is_null: true}", ", new: '*.parquet'")
    assert counts(compared(tmp_path / "a", *both, ruled)) == {"by_rule": 1}
    assert counts(compared(tmp_path / "b", *both, rules("", ", new: '*.parquet'"))) == {"changed": 1}


def test_a_tolerance_wider_than_the_column_compares_nothing(tmp_path: Path) -> None:
    found = compared(
        tmp_path, OLD, NEW.replace("乙,2", "乙,3"), rules("amount: {type: number, tolerance: 5}")
    )
    assert "no two values are further apart than 2.9, and the tolerance is 5" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_all_columns_ignored_compare_nothing(tmp_path: Path) -> None:
    found = compared(tmp_path, OLD, NEW, rules("name: {ignore: made anew}, amount: {ignore: made anew}"))
    assert "compares nothing but its key" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_sums_are_exact_whatever_the_tolerance_is(tmp_path: Path) -> None:
    more = ", sums: {columns: [amount], by: [name]}"
    ruled = rules("amount: {type: number, tolerance: 0.05}", more)
    found = compared(tmp_path, OLD, NEW.replace("0.10", "0.11"), ruled)
    assert counts(found) == {"identical": 2, "within_tolerance": 1}
    uneven = [one for one in found["batches"][0]["sums"] if not one["equal"]]
    assert [(one["by"], one["sums"]) for one in uneven] == [
        ({"name": "甲"}, {"amount": {"old": "0.10", "new": "0.11", "difference": "0.01"}})
    ]
    assert found["verdict"] == "fail"


@pytest.mark.parametrize(
    ("side", "allow", "told"),
    [
        ("new", "missing", "missing allows at most 3 rows, and the old side has 3: such a bound cannot fail"),
        ("old", "extra", "extra allows at most 3 rows, and the new side has 3: such a bound cannot fail"),
    ],
)
def test_an_allowance_for_all_that_there_is_proves_nothing(
    tmp_path: Path, side: str, allow: str, told: str
) -> None:
    sides = {"old": OLD, "new": NEW, side: OLD.splitlines()[0] + "\n"}
    allowed = rules("", f", allow: {{{allow}: {{at_most: 3, reason: made anew}}}}")
    found = compared(tmp_path, sides["old"], sides["new"], allowed)
    assert counts(found) == {allow: 3}
    assert told in problems(found)
    assert found["verdict"] == "inconclusive"


def test_what_may_be_missing_is_allowed_to_its_number_and_told(tmp_path: Path) -> None:
    new = NEW.replace("2,乙,2\n", "")
    allowed = rules("", ", allow: {missing: {at_most: 1, reason: void forms stay}}")
    found = compared(tmp_path / "a", OLD, new, allowed)
    assert found["verdict"] == "pass"
    assert found["batches"][0]["allowed"] == [
        {"class": "missing", "rows": 1, "at_most": 1, "reason": "void forms stay"}
    ]
    assert compared(tmp_path / "b", OLD, new.replace("3,丙,3\n", ""), allowed)["verdict"] == "fail"


def test_the_cleaning_list_has_each_finding_by_unit_and_owner(tmp_path: Path) -> None:
    old = "k,v,unit,owner\n1,a,U2,王\n2,b,U1,李\n3,c,U1,李\n"
    new = "k,v,unit,owner\n2,B,U1,李\n1,A,U2,王\n"
    found = compared(tmp_path, old, new, rules("", ", unit: unit, owner: owner"))
    listed = (found["folder"] / found["batches"][0]["cleaning"]).read_text(encoding="utf-8-sig")
    assert listed.splitlines() == [
        "kind,key,field,old,new,unit,owner",
        "changed,2,v,b,B,U1,李",
        "missing,3,,,,U1,李",
        "changed,1,v,a,A,U2,王",
    ]


def test_a_rule_that_both_sides_break_is_a_finding_though_they_agree(tmp_path: Path) -> None:
    """One id with a wrong check digit, one equation that does not hold, one reference to nobody."""
    ruled = (
        "name: t\nbatches:\n"
        "  t: {key: [k], columns: {id: {is: uscc}, a: {type: number}, b: {type: number, fen: [old]}, "
        "c: {type: number}}, references: {k: u.k}, equations: ['a = b + c - 1']}\n"
        "  u: {key: [k]}\n"
    )
    old = "k,id,a,b,c\n1,91430100MA4L16JJ11,2,200,1\n2,91430100MA4L16JJ12,5,300,2\n3,,1,100,1\n"
    new = "k,id,a,b,c\n3,,1,1,1\n1,91430100MA4L16JJ11,2,2,1\n2,91430100MA4L16JJ12,5,3,2\n"
    found = compared(
        tmp_path, {"t.csv": old, "u.csv": "k\n1\n2\n"}, {"t.csv": new, "u.csv": "k\n2\n1\n"}, ruled
    )
    batch = found["batches"][0]
    broken = [(one["kind"], one["field"], one["old"], one["new"]) for one in batch["violations"]]
    ids = [check for check in ("91430100MA4L16JJ11", "91430100MA4L16JJ12") if not check_uscc(check)]
    assert broken == [
        ("invalid", "id", len(ids), len(ids)),
        ("unbalanced", "a = b + c - 1", 1, 1),
        ("dangling", "k", 1, 1),
    ]
    assert len(ids) >= 1
    assert found["verdict"] == "fail"
    shown = {(one["kind"], one["key"]) for one in batch["samples"]}
    assert {("unbalanced_old", "2"), ("unbalanced_new", "2"), ("dangling_new", "3")} <= shown


def test_the_cleaning_list_for_excel_has_texts_alone(tmp_path: Path) -> None:
    found = compared(tmp_path, "k,v\n0043012345678901234567,=1+1\n", "k,v\n0043012345678901234567,\x01\n")
    listed = found["folder"] / found["batches"][0]["cleaning"]
    sheet = load_workbook(listed.with_suffix(".xlsx")).active
    assert sheet is not None
    rows = [[(cell.data_type, cell.value) for cell in row[1:5]] for row in sheet.iter_rows(min_row=2)]
    assert rows == [[("s", "0043012345678901234567"), ("s", "v"), ("s", "=1+1"), ("s", "?")]]


def test_a_rule_that_no_row_has_a_value_for_proves_nothing(tmp_path: Path) -> None:
    ruled = (
        "name: t\nbatches:\n  t: {key: [k], columns: {id: {is: uscc}, a: {type: number}}, "
        "references: {of: u.k}, sums: {columns: [a]}}\n  u: {key: [k]}\n"
    )
    old = {"t.csv": "k,id,of,a\n1,,,\n2,,,\n", "u.csv": "k\n1\n2\n"}
    new = {"t.csv": "k,id,of,a\n2,,,\n1,,,\n", "u.csv": "k\n2\n1\n"}
    found = compared(tmp_path, old, new, ruled)
    assert (found["verdict"], counts(found)) == ("inconclusive", {"identical": 4})
    told = "no row of either side has a value, so that its rule ({}) was never looked at"
    assert problems(found).splitlines() == [
        f"{name}: {told.format(rule)}"
        for name, rule in (("id", "is uscc"), ("of", "references u.k"), ("a", "sums"))
    ]
    one = {**old, "t.csv": old["t.csv"].replace("2,,,", "2,,1,5")}
    other = {**new, "t.csv": new["t.csv"].replace("2,,,", "2,,1,5")}
    assert problems(compared(tmp_path / "b", one, other, ruled)).splitlines() == [
        f"id: {told.format('is uscc')}"
    ]


def test_sums_are_exact_however_large_they_are(tmp_path: Path) -> None:
    """Of twenty digits each, as of a float they would all be one."""
    most = 99_999_999_999_999_999_999
    old = "k,a\n" + "".join(f"{n},{most}\n" for n in range(9))
    new = "k,a\n" + "".join(f"{n},{most - (n == 7)}\n" for n in reversed(range(9)))
    found = compared(tmp_path, old, new, rules("a: {type: number}", ", sums: {columns: [a]}"))
    (total,) = found["batches"][0]["sums"]
    assert total["sums"]["a"] == {"old": f"{9 * most}.00", "new": f"{9 * most - 1}.00", "difference": "-1.00"}
    assert (found["verdict"], counts(found)) == ("fail", {"identical": 8, "changed": 1})


def test_a_batch_stays_compared_when_the_one_that_it_refers_to_cannot_be_read(tmp_path: Path) -> None:
    """DuckDB stops at a line of u.csv while it looks for what rows of t.csv refer to."""
    text = "name: t\nbatches:\n  t: {key: [k], references: {k: u.k}}\n  u: {old: u_*.csv, key: [k]}\n"
    torn = {"u_1.csv": OLD, "u_2.csv": "k,name,amount\n4,丁,4\n5,戊\n"}
    found = compared(tmp_path, {"t.csv": OLD, **torn}, {"t.csv": NEW, "u.csv": NEW}, text)
    one, other = found["batches"]
    assert (one["state"], one["counts"]["identical"]) == ("inconclusive", 3)
    why = "old/u_2.csv:3: has 2 values, the first line 3 columns; mend that line"
    assert [text.replace(f"{tmp_path}/", "") for text in one["problems"]] == [f"rules are not checked: {why}"]
    assert [text.replace(f"{tmp_path}/", "") for text in other["problems"]] == [why]


def test_equations_are_named_once_and_sums_that_are_left_out_are_counted(tmp_path: Path) -> None:
    old = "k,name,amount\n" + "".join(f"{n},{n},1\n" for n in range(5))
    new = "k,name,amount\n" + "".join(f"{n},{n},2\n" for n in range(5))
    more = ', equations: ["amount = k"], sums: {columns: [amount], by: [name]}'
    found = compared(tmp_path, old, new, rules("k: {type: number}, amount: {type: number}", more))
    told = [line.strip() for line in lines(found)]
    assert "equation broken, amount = k: old 4, new 4" in told
    assert [line for line in told if line.startswith("sum of")] == [
        f"sum of name {n}: amount 1.00 → 2.00 (1.00)" for n in range(3)
    ]
    assert "and 2 more sums, in verify.json" in told
