"""The table of a problem ledger goes out to people and comes back; a ledger's file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from renhai.binding.loader import load_binding
from results.checks.audit.balances import check
from results.checks.audit.document import document
from results.checks.audit.model import Reading, Record
from results.checks.ledger.merge import merge_audit
from results.checks.ledger.model import Ledger, read_ledger, write_ledger
from results.checks.ledger.table import apply, export, read_edits, row_of
from results.errors import SnapshotError
from tests.results.checks.audits import LAST, LATER, LOST, WELL, audit, ledger_of, only, record

# Tables that people edit


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
@pytest.mark.parametrize("spoken", [0, 1])
def test_a_table_goes_out_and_comes_back(tmp_path: Path, name: str, spoken: int) -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, "waiting", "=张三", "-> '你好'\n第二行")
    export(ledger, tmp_path / name, spoken)
    assert apply(ledger, read_edits(tmp_path / name), LAST, name) == 0
    assert only(ledger).note == "-> '你好'\n第二行"


@pytest.mark.parametrize("target", ["reference", "bureau"])
def test_equations_of_the_shipped_targets_have_a_name_in_either_language(target: str) -> None:
    said = [one.name_en or "" for one in load_binding(target)[0].balances]
    assert len(said) > 10
    assert all(text.isascii() and text for text in said) and len(set(said)) == len(said)


def broken(**names: str) -> dict[str, Any]:
    """audit.json of a target that kept two payments of one declaration."""
    equation = {"each": "pay", "once": True, "by": ["pzxh"], **names}
    records = [Record({"pzxh": "7"}, 1), Record({"pzxh": "7"}, 1)]
    checked = check([equation], {"pay": Reading(records)})
    return document("r1", [], checked, [], LATER, 1.0, "target")


def test_an_equation_is_told_by_its_name_in_either_language(tmp_path: Path) -> None:
    """Its own language is what a problem is known by, so that one of an older ledger is the same."""
    older = broken(name="只退一次")
    for one in older["equations"]:
        del one["name_en"]  # as it was written before
    ledger = Ledger()
    merge_audit(ledger, older, "a")
    assert [row_of(only(ledger), spoken)["field"] for spoken in (0, 1)] == ["只退一次", "只退一次"]
    write_ledger(tmp_path / "ledger.json", ledger)
    text = (tmp_path / "ledger.json").read_text("utf-8").replace('   "field_en": "",\n', "")
    (tmp_path / "ledger.json").write_text(text.replace('"schema": 3', '"schema": 1'), encoding="utf-8")
    ledger = read_ledger(tmp_path / "ledger.json")
    merge_audit(ledger, {**broken(name="只退一次", name_en="refunded once"), "run_id": "r2"}, "a")
    assert [row_of(only(ledger), spoken)["field"] for spoken in (0, 1)] == ["refunded once", "只退一次"]
    write_ledger(tmp_path / "ledger.json", ledger)
    assert only(read_ledger(tmp_path / "ledger.json")).field_en == "refunded once"


def test_a_table_saved_by_a_chinese_spreadsheet_is_read(tmp_path: Path) -> None:
    ledger, path = ledger_of(audit(LOST)), tmp_path / "t.csv"
    export(ledger, path, 1)
    text = path.read_text(encoding="utf-8-sig").replace("其他", "上报已回复")
    path.write_bytes(text.encode("gb18030"))
    assert apply(ledger, read_edits(path), LATER, "t.csv") == 1
    assert only(ledger).state == "answered"


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    ledger = ledger_of(audit([record(0, code="=1+1"), *WELL[1:]]))
    export(ledger, tmp_path / "t.xlsx", 0)
    export(ledger, tmp_path / "t.csv", 0)
    cells = [cell for row in load_workbook(tmp_path / "t.xlsx").active.iter_rows() for cell in row]  # type: ignore[union-attr]
    assert all(
        cell.data_type in ("s", "inlineStr", "n") and not str(cell.value).startswith("=") for cell in cells
    )
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        assert not any(cell.startswith("=") for row in csv.reader(file) for cell in row)


def edited(tmp_path: Path, ledger: Ledger, **cells: str) -> Path:
    path = tmp_path / "edited.csv"
    export(ledger, path, 0)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [{**row, **cells} for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"id": "v1-0000000000"}, "edited.csv:2; the ledger has no problem v1-0000000000"),
        ({"id": ""}, "the ledger has no problem (empty)"),
        ({"state": "done"}, "the state 'done' is none of other (其他)"),
    ],
)
def test_a_wrong_row_is_refused_by_its_line(tmp_path: Path, cells: dict[str, str], said: str) -> None:
    ledger = ledger_of(audit(LOST))
    with pytest.raises(SnapshotError) as caught:
        apply(ledger, read_edits(edited(tmp_path, ledger, **cells)), LATER, "edited.csv")
    assert said in str(caught.value)


def test_an_old_table_does_not_close_what_was_reopened_since(tmp_path: Path) -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, "solved", "", "")
    old = edited(tmp_path, ledger)
    merge_audit(ledger, audit(LOST, "run-2", LAST), "a")
    with pytest.raises(SnapshotError, match="was changed since this table was exported: it is other now"):
        apply(ledger, read_edits(old), LAST, "edited.csv")


def test_one_wrong_row_and_nothing_is_taken(tmp_path: Path) -> None:
    ledger = ledger_of(audit([record(1, code="12"), *WELL[2:]]))
    path = edited(tmp_path, ledger, state="solved")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1].replace("solved", "sloved")]), encoding="utf-8")
    with pytest.raises(SnapshotError, match="sloved"):
        apply(ledger, read_edits(path), LATER, "edited.csv")
    assert [one.state for one in ledger.problems] == ["other"] * 2


def test_one_problem_in_two_rows_is_refused(tmp_path: Path) -> None:
    ledger = ledger_of(audit(LOST))
    path = edited(tmp_path, ledger)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[-1].replace("other", "solved")]), encoding="utf-8")
    with pytest.raises(SnapshotError, match="stands in line 2, too"):
        apply(ledger, read_edits(path), LATER, "edited.csv")


def test_a_table_without_its_revisions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,state,owner,note\n", encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"t.csv:1; lacks the column revision \(修订号\)"):
        read_edits(path)


def test_a_table_of_utf8_with_a_broken_byte_is_not_read_as_gbk(tmp_path: Path) -> None:
    """Half of its words would be other words, and be entered."""
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, "waiting", "张三", "待开发商答复")
    export(ledger, tmp_path / "t.csv", 0)
    data = (tmp_path / "t.csv").read_bytes()
    note = "待开发商答复".encode()
    (tmp_path / "t.csv").write_bytes(data.replace(note, note[1:-2]))
    with pytest.raises(SnapshotError, match=r"t\.csv:2; is neither UTF-8 nor GBK"):
        read_edits(tmp_path / "t.csv")


# The file


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    ledger, path = ledger_of(audit(LOST), audit(WELL, "run-2", LATER)), tmp_path / "deep" / "ledger.json"
    write_ledger(path, ledger)
    assert read_ledger(path) == ledger


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "is no ledger"),
        ('{"schema": 6}', "is of schema 6, and this renhai knows 5"),
        ('{"schema": 1, "problems": [{"id": "v1-1", "state": "fine"}]}', "problems.0"),
        ('{"schema": 1, "problem": []}', "problem"),
    ],
)
def test_a_damaged_ledger_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "ledger.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"ledger\.json") as caught:
        read_ledger(path)
    assert said in str(caught.value)


def test_a_ledger_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="is no ledger"):
        read_ledger(tmp_path / "none.json")


# What a spreadsheet alone makes of a cell


@pytest.mark.parametrize(
    ("before", "cell"),
    [
        ("007", "7"),
        ("0731", "731"),
        ("10114301020000000003", "1.01143E+19"),
        ("10114301020000000003", "10114301020000000000"),
        ("2015-09-11", "2015/9/11"),
        ("2015-09-11", "42258"),
        ("2015-09-11", "2015年9月11日"),
        ("2015/9/11", "2015-09-11"),
        ("1.50", "1.5"),
        ("two\r\nlines", "two\nlines"),
        ("two\r\nlines ", "two_x000D_\nlines"),
        ("a\x07bell", "a\ufffdbell"),
        (" of blanks\u3000", "of blanks"),
        ("说" * 40_000, "说" * 32_767),
    ],
)
def test_what_a_spreadsheet_made_of_a_cell_is_no_change(tmp_path: Path, before: str, cell: str) -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, "waiting", before, before)
    path = edited(tmp_path, ledger, owner=cell, note=cell, state="answered")
    assert apply(ledger, read_edits(path), LAST, "edited.csv") == 1
    assert (only(ledger).state, only(ledger).owner, only(ledger).note) == ("answered", before, before)
    path = edited(tmp_path, ledger, owner=cell, note=cell)
    assert apply(ledger, read_edits(path), LAST, "edited.csv") == 0


@pytest.mark.parametrize(
    ("before", "cell"),
    [("007", "8"), ("2015-09-11", "2015-09-12"), ("张三", "张"), ("1.5", "1.51"), ("1014301", "1.02E+6"),
     ("说" * 100, "说" * 99), ("7", ""), ("", "7"), ("42258", "x")],
)  # fmt: skip
def test_what_a_person_wrote_is_a_change(tmp_path: Path, before: str, cell: str) -> None:
    ledger = ledger_of(audit(LOST))
    only(ledger).say(LATER, "waiting", "张三", before)
    assert apply(ledger, read_edits(edited(tmp_path, ledger, note=cell)), LAST, "edited.csv") == 1
    assert only(ledger).note == cell


@pytest.mark.parametrize(
    "word",
    [
        "上报：待回复",
        "上报, 待回复 ",
        "　上报待回复。",
        "Reported， waiting",
        "ＷＡＩＴＩＮＧ",
        "reported waiting",
    ],
)
def test_a_state_is_known_by_its_letters(tmp_path: Path, word: str) -> None:
    ledger = ledger_of(audit(LOST))
    assert apply(ledger, read_edits(edited(tmp_path, ledger, state=word)), LAST, "edited.csv") == 1
    assert only(ledger).state == "waiting"


@pytest.mark.parametrize("spoken", [0, 1])
def test_a_column_that_was_sorted_without_the_others_closes_nothing(tmp_path: Path, spoken: int) -> None:
    ledger = ledger_of(audit([record(1, code="12"), *WELL[2:]]))
    path = tmp_path / "sorted.csv"
    export(ledger, path, spoken)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    rows[1][0], rows[2][0] = rows[2][0], rows[1][0]
    rows[1][rows[0].index(["state", "状态"][spoken])] = "solved"
    path.write_text("\n".join(",".join(row) for row in rows), "utf-8")
    with pytest.raises(SnapshotError, match="one column was sorted without the others"):
        apply(ledger, read_edits(path), LATER, "sorted.csv")
    assert {one.state for one in ledger.problems} == {"other"}
    export(ledger, path, spoken)
    head, *lines = path.read_text("utf-8-sig").splitlines()
    path.write_text("\n".join([head, *reversed(lines)]), "utf-8")
    assert apply(ledger, read_edits(path), LATER, "sorted.csv") == 0, "whole rows may be sorted"


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
def test_columns_may_stand_otherwise_with_others_between_them_and_rows_may_be_blank(
    tmp_path: Path, name: str
) -> None:
    ledger, path = ledger_of(audit([record(1, code="12"), *WELL[2:]])), tmp_path / name
    head = ["note", "意见", "revision", "state", "id", "", "owner"]
    rows = [["已联系", "同意", str(one.revision), "现场解决 ", one.id, "", "张三"] for one in ledger.problems]
    lines = [head, [""] * 7, *rows, ["", " ", "", "", "", "", ""]]
    if name.endswith("csv"):
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(lines)
    else:
        book = Workbook()
        for line in lines:
            book.active.append(line)  # type: ignore[union-attr]
        book.save(path)
    assert apply(ledger, read_edits(path), LATER, name) == 2
    assert {(one.state, one.owner, one.note) for one in ledger.problems} == {("solved", "张三", "已联系")}
