"""Cleaning lists and their progress: by unit, for people and spreadsheets, and never too good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from renhai.checks.migration import totals
from renhai.checks.migration.output import Output
from renhai.checks.migration.whole import prepare, verify
from renhai.core.errors import UsageError
from results.report.html.checks.migration import render_verification
from results.report.terminal.migration import lines
from tests.checks.migration.small import NEW, OLD, RULES, compared, counts, rules, verified, written

CHANGED = NEW.replace("乙", "己")


def test_a_unit_of_two_codes_has_one_place_in_the_cleaning_list(tmp_path: Path) -> None:
    old = "k,v,unit\n1,a,01 \n2,b,01 \n3,c,02 \n4,d,09\n"
    new = "k,v,unit\n2,B,110\n3,C,120\n5,e,120\n4,d,\n"
    ruled = rules("unit: {trim: end, codes: {'01': '110', '02': '120'}}", ", unit: unit")
    found = compared(tmp_path, old, new, ruled)
    listed = (found["folder"] / found["batches"][0]["cleaning"]).read_text(encoding="utf-8-sig")
    assert [(line.split(",")[0], line.split(",")[5]) for line in listed.splitlines()[1:]] == [
        ("changed", "09"),
        ("unreadable_old", "09"),
        ("changed", "110"),
        ("missing", "110"),
        ("changed", "120"),
        ("extra", "120"),
    ]


def test_no_value_of_the_cleaning_list_is_a_formula(tmp_path: Path) -> None:
    values = ["=1+1", "+1", "-1", "-1.25", "-x", "@a", "＝1+1", "'a", "a"]
    old = "k,v\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values))
    new = "k,v\n" + "".join(f"{n},b\n" for n in range(len(values)))
    found = compared(tmp_path, old, new)
    path = found["folder"] / found["batches"][0]["cleaning"]
    listed = path.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [line.split(",")[3] for line in listed] == [
        "'=1+1",
        "'+1",
        "-1",
        "-1.25",
        "'-x",
        "'@a",
        "'＝1+1",
        "''a",
        "a",
    ]
    sheet = load_workbook(path.with_suffix(".xlsx")).active
    assert sheet is not None
    assert [row[3].value for row in sheet.iter_rows(min_row=2)] == values
    assert {row[3].data_type for row in sheet.iter_rows(min_row=2)} == {"s"}


def test_what_an_ended_batch_did_not_count_is_no_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended when its rows were compared: its findings, of which no list was made, are not nought."""

    def ended(*_: Any) -> Any:
        raise KeyboardInterrupt

    sides = [written(tmp_path / side, {"t.csv": text}) for side, text in (("old", OLD), ("new", CHANGED))]
    with monkeypatch.context() as patch:
        patch.setattr(totals, "too_wide", ended)
        (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
        found = prepare(sides[0], sides[1], tmp_path / "rules.yaml", lambda text: None)
        output = Output(tmp_path / "out", found)
        with pytest.raises(KeyboardInterrupt):
            verify(found, output.batch)
        result = output.write()
    assert (result["verdict"], counts(result)) == ("fail", {"identical": 2, "changed": 1})
    assert '<td class="n">–</td></tr>' in render_verification({**result, "batches": result["batches"] * 2})
    output.folder.rename(output.folder.with_name("20200101T000000Z-t-aaaaaa"))
    assert "before" not in verified(sides[0], sides[1])["batches"][0]


def test_progress_by_other_rules_is_told_as_such(tmp_path: Path) -> None:
    """Fewer findings since a column is ignored are none that were cleaned."""
    sides = [written(tmp_path / side, {"t.csv": text}) for side, text in (("old", OLD), ("new", CHANGED))]
    verified(*sides)
    (first,) = (tmp_path / "out").iterdir()
    first.rename(first.with_name("20200101T000000Z-t-aaaaaa"))
    found = verified(sides[0], sides[1], rules("name: {ignore: made anew}"))
    assert found["batches"][0]["before"]["other_rules"] is True
    assert "    to clean 待清理 0, before 上次 1 (by other rules 规则不同)" in lines(found)
    assert "by other rules" in render_verification(found)


def test_who_reads_chinese_gets_a_cleaning_list_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    found = compared(tmp_path, OLD, CHANGED.replace("3,丙,3\n", "=3,丙,3\n"), rules("", ", unit: name"))
    path = found["folder"] / found["batches"][0]["cleaning"]
    assert path.read_text(encoding="utf-8-sig").splitlines() == [
        "类别,主键,列,旧,新,单位,责任人",
        "多余,'=3,,,,丙,",
        "缺失,3,,,,丙,",
        "不一致,2,name,乙,己,己,",
    ]


def test_progress_of_other_folders_is_told_as_such(tmp_path: Path) -> None:
    """What another county had to clean is not what this one cleaned."""
    sides = [written(tmp_path / side, {"t.csv": text}) for side, text in (("old", OLD), ("new", CHANGED))]
    verified(*sides)
    (first,) = (tmp_path / "out").iterdir()
    first.rename(first.with_name("20200101T000000Z-t-aaaaaa"))
    found = verified(sides[0], written(tmp_path / "other", {"t.csv": NEW}))
    assert "    to clean 待清理 0, before 上次 1 (of other folders 目录不同)" in lines(found)
    assert "of other folders" in render_verification(found)


@pytest.mark.parametrize("below", ["old", "new/results"])
def test_results_are_no_data_of_a_side(tmp_path: Path, below: str) -> None:
    sides = [written(tmp_path / side, {"t.csv": text}) for side, text in (("old", OLD), ("new", NEW))]
    with pytest.raises(UsageError, match=f"lies within the {below[:3]} side.*give --out"):
        verified(*sides, out=tmp_path / below)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["t.csv"]
