"""renhai verify reads what stands in the files given: all of it, nothing beside and nothing guessed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from renhai.checks.migration import comparing, totals, whole
from renhai.checks.migration.output import Output
from renhai.checks.migration.whole import prepare, verify
from tests.checks.migration.small import NEW, OLD, RULES, compared, counts, problems, rules, verified, written

CHANGED = NEW.replace("乙", "己")


def parquet(path: Path, query: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as link:
        link.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.mark.parametrize("name", ["export[1]", "export?", "export*", "export[!2]", "ex{p,q}ort"])
def test_a_folder_whose_name_is_a_pattern_is_that_folder(tmp_path: Path, name: str) -> None:
    """`export1` beside it holds what would agree."""
    changed = written(tmp_path / name, {"t.csv": CHANGED})
    written(tmp_path / "export1", {"t.csv": NEW})
    assert counts(verified(written(tmp_path / "old", {"t.csv": OLD}), changed)) == {
        "identical": 2,
        "changed": 1,
    }


def test_a_parquet_file_whose_folder_is_a_pattern_is_that_file(tmp_path: Path) -> None:
    query = "SELECT * FROM (VALUES ('1', '{}'), ('2', 'b')) t(k, v)"
    for name, value in (("old", "a"), ("new[1]", "A"), ("new1", "a")):
        parquet(tmp_path / name / "t.parquet", query.format(value))
    ruled = rules("", ", old: t.parquet, new: t.parquet")
    found = verified(tmp_path / "old", tmp_path / "new[1]", ruled)
    assert counts(found) == {"identical": 1, "changed": 1}


@pytest.mark.parametrize("unit", ["01", "99"])
def test_the_name_of_a_folder_is_no_value_of_its_files(tmp_path: Path, unit: str) -> None:
    """DuckDB takes `unit=01` for the values of a column, in the place of those that stand in the file."""
    for side, value in (("old", "01"), ("new", unit)):
        parquet(tmp_path / side / "unit=01" / f"{side}.parquet", f"SELECT '1' AS k, '{value}' AS unit")
    ruled = rules("", ", old: '*/*.parquet', new: '*/*.parquet'")
    found = verified(tmp_path / "old", tmp_path / "new", ruled)
    assert counts(found) == {"identical" if unit == "01" else "changed": 1}


def test_a_column_out_of_the_name_of_a_folder_is_none(tmp_path: Path) -> None:
    for side in ("old", "new"):
        order = "DESC" if side == "new" else "ASC"
        query = f"SELECT * FROM (VALUES ('1', 'a'), ('2', 'b')) t(k, v) ORDER BY k {order}"
        parquet(tmp_path / side / f"of={side}" / "t.parquet", query)
    ruled = rules("", ", old: '*/t.parquet', new: '*/t.parquet'")
    found = verified(tmp_path / "old", tmp_path / "new", ruled)
    assert (found["verdict"], counts(found)) == ("pass", {"identical": 2})


def test_damaged_text_of_parquet_fails_though_both_sides_have_it(tmp_path: Path) -> None:
    for side, order in (("old", "ASC"), ("new", "DESC")):
        query = (
            f"SELECT * FROM (VALUES ('1', '长\ufffd\ufffd', 3), ('2', 'b', 4)) t(k, v, n) ORDER BY k {order}"
        )
        parquet(tmp_path / side / "t.parquet", query)
    found = verified(tmp_path / "old", tmp_path / "new", rules("", ", old: t.parquet, new: t.parquet"))
    assert counts(found) == {"identical": 2}
    assert found["batches"][0]["faults"] == [{"class": "damaged", "rows": 4}]


@pytest.mark.parametrize(
    "columns", ["id: {is: uscc, trim: both}", "id: {is: uscc, trim: both, empty_is_null: true}"]
)
def test_a_rule_whose_column_is_blank_in_every_row_proves_nothing(tmp_path: Path, columns: str) -> None:
    found = compared(tmp_path, "k,id\n1,  \n2,\u3000\n", "k,id\n2,\n1,\n", rules(columns))
    assert (
        "id: no row of either side has a value, so that its rule (is uscc) was never looked at"
        in problems(found)
    )
    assert (found["verdict"], counts(found)) == ("inconclusive", {"by_rule": 2})


DATES = [
    ("%Y%m%d", "2015091", False),  # which day? a digit is gone
    ("%Y%m%d", "2015111", False),
    ("%Y%m%d", "20150911", True),
    ("%Y%m%d", "epoch", False),
    ("%Y%m%d", "infinity", False),
    ("%Y%m%d", "00000000", False),
    ("%Y-%m%d", "2015-911", False),
    ("%Y-%m-%d", "15-09-01", False),
    ("%Y-%m-%d", "2015-9-1", True),
    ("%Y-%m-%d", "0000-00-00", False),
    ("%Y年%m月%d日", "2015年9月1日", True),
    ("%Y年%m月%d日", "2015年09月01日", True),
    ("%Y年%m月%d日", "15年09月01日", False),
    ("%d/%m/%Y", "1/9/2015", True),
    ("%d/%m/%Y", "01/09/15", False),
    ("%d.%m.%y", "1.9.15", True),
    ("%d.%m.%y", "1x9x15", False),
]
TIMES = [
    ("", "2015-09-01 00:30:00", True),
    ("", "2015-9-1 0:30", True),
    ("", "2015-09-01T00:30:00.123456", True),
    ("", "2015-09-01  00:30:00.1", True),
    ("", "15-09-01 00:30:00", False),
    ("", "epoch", False),
    ("", "-infinity", False),
    ("", "2015-09-01 24:00:00", False),
    ("%Y%m%d%H%M%S", "20150901003000", True),
    ("%Y%m%d%H%M%S", "2015090100300", False),
    ("%Y%m%d %H%M%S", "20150901 003000", True),
    ("%Y%m%d %H%M%S", "20150901 03000", False),
    ("%Y%m%d%H%M%S.%f", "20150901003000.5", True),
    ("%Y%m%d%H%M%S.%f", "2015090103000.55", False),
]


def test_a_time_is_read_only_as_its_format_writes_it(tmp_path: Path) -> None:
    """Both sides have the same text: it is a time, or the row is unreadable."""
    cases = [("date", *one) for one in DATES] + [("datetime", *one) for one in TIMES]
    columns = []
    for n, (kind, written_as, *_) in enumerate(cases):
        said = f", format: {{old: '{written_as}', new: '{written_as}'}}" if written_as else ""
        columns.append(f"v{n}: {{type: {kind}{said}}}")
    head = "k," + ",".join(f"v{n}" for n in range(len(cases)))
    rows = [
        f"{n}," + ",".join(case[2] if m == n else "" for m in range(len(cases)))
        for n, case in enumerate(cases)
    ]
    sides = ["\n".join([head, *lot, ""]) for lot in (rows, rows[::-1])]
    found = compared(tmp_path, sides[0], sides[1], "samples: 1000\n" + rules(", ".join(columns)))
    unread = {int(one["key"]) for one in found["batches"][0]["samples"] if one["kind"] == "unreadable_old"}
    assert [case for n, case in enumerate(cases) if n in unread] == [case for case in cases if not case[3]]
    assert counts(found)["unreadable"] == sum(not case[3] for case in cases)


def test_files_behind_a_link_to_a_folder_are_not_passed_over(tmp_path: Path) -> None:
    """`**` looks into no link: a part of both sides would be missing without a word."""
    both = {side: written(tmp_path / side, {"a/t.csv": text}) for side, text in (("old", OLD), ("new", NEW))}
    for side, folder in both.items():
        written(tmp_path / f"disk-{side}", {"t.csv": f"k,name,amount\n9,{side},1\n"})
        (folder / "b").symlink_to(tmp_path / f"disk-{side}")
        (folder / "a" / "back").symlink_to(folder)  # leads back: is looked into once
    ruled = rules("", ", old: '**/t.csv', new: '**/t.csv'")
    found = verified(both["old"], both["new"], ruled)
    assert found["verdict"] == "inconclusive"
    assert [why.partition(": ")[2][:24] for why in found["problems"]] == [
        "no batch takes this old ",
        "no batch takes this new ",
    ]
    named = rules("", ", old: '[ab]/t.csv', new: '[ab]/t.csv'")
    assert counts(verified(both["old"], both["new"], named)) == {"identical": 3, "changed": 1}


def test_a_link_to_a_part_that_is_gone_is_no_smaller_side(tmp_path: Path) -> None:
    both = {side: written(tmp_path / side, {"t1.csv": text}) for side, text in (("old", OLD), ("new", NEW))}
    for folder in both.values():
        (folder / "t2.csv").symlink_to(tmp_path / "not mounted")
    found = verified(both["old"], both["new"], rules("", ", old: 't*.csv', new: 't*.csv'"))
    assert "old/t2.csv: is no file, or a link to one that is not there" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_a_file_that_is_written_again_with_its_old_time_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many bytes, and the time of change of before, as `cp -p` and rsync leave it."""
    path, real = tmp_path / "new" / "t.csv", comparing.compare

    def late(*given: Any) -> dict[str, Any]:
        done, before = real(*given), path.stat()
        path.write_text(CHANGED, encoding="utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return done

    monkeypatch.setattr(comparing, "compare", late)
    found = compared(tmp_path, OLD, NEW)
    assert "the new side changed while it was read" in problems(found)
    assert found["verdict"] == "inconclusive"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_files_put_behind_each_other_with_their_marks_are_seen(tmp_path: Path, encoding: str) -> None:
    """The second line of names begins with a mark, so that it is a row like any other, on both sides."""
    text = "\ufeffk,name\r\n1,甲\r\n\ufeffk,name\r\n2,乙\r\n"
    other = "\ufeffk,name\r\n2,乙\r\n\ufeffk,name\r\n1,甲\r\n"
    said = RULES + f"old: {{encoding: {encoding}}}\nnew: {{encoding: {encoding}}}\n"
    found = compared(tmp_path, text.encode(encoding), other.encode(encoding), said)
    assert "old/t.csv: line 3 begins with a byte order mark (U+FEFF): were two files put behind" in problems(
        found
    )
    assert found["verdict"] == "inconclusive"


def test_rules_that_are_gone_in_the_end_lose_nothing_that_was_compared(tmp_path: Path) -> None:
    sides = [written(tmp_path / side, {"t.csv": text}) for side, text in (("old", OLD), ("new", CHANGED))]
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    found = prepare(sides[0], sides[1], path, lambda text: None)
    output = Output(tmp_path / "out", found)
    verify(found, output.batch)
    path.unlink()
    assert counts(output.write()) == {"identical": 2, "changed": 1}


def test_a_blank_line_is_not_hidden_by_quotes_inside_values(tmp_path: Path) -> None:
    """Two quotes hide one line end from the one reader, the blank line is none to the other: as many rows."""
    rows = ['1,5" pipe\n2,6" pipe\n', "\n", "3,x\n"]
    found = compared(tmp_path, "k,v\n" + "".join(rows), "k,v\n" + "".join(rows[::-1]))
    assert "old/t.csv: line 2 has a quote that is not closed, or stands inside a value" in problems(found)
    assert (found["verdict"], counts(found)) == ("inconclusive", {"identical": 3})


@pytest.mark.parametrize("names", ["k, name", "k ,name", '" k",name'])
def test_names_with_blanks_that_stand_again_are_no_row(tmp_path: Path, names: str) -> None:
    sides = [f"{names}\n{one}\n{names}\n{other}\n" for one, other in (("1,a", "2,b"), ("2,b", "1,a"))]
    found = compared(tmp_path, *sides)
    assert "old/t.csv: line 3 is the line of names again" in problems(found)
    assert found["verdict"] == "inconclusive"


@pytest.mark.parametrize("key", ["\t", "\u200b", " \u200b\t", "\u2003", '"\n"', "\u00a0", "\u3000 "])
def test_a_key_of_signs_that_nobody_sees_is_none(tmp_path: Path, key: str) -> None:
    found = compared(tmp_path, f"k,v\n{key},a\n1,b\n", f"k,v\n1,b\n{key},a\n")
    assert counts(found) == {"identical": 1, "no_key_old": 1, "no_key_new": 1}


def test_parts_without_rows_are_no_copies(tmp_path: Path) -> None:
    """Of units that have none on either side: their files are the line of names alone."""
    old: dict[str, str | bytes] = {"t1.csv": "k,v\n1,a\n", "t2.csv": "k,v\n"}
    new: dict[str, str | bytes] = {"t1.csv": "k,v\n", "t2.csv": "k,v\n", "t3.csv": "v,k\na,1\n"}
    found = compared(tmp_path, old, new, rules("", ", old: 't*.csv', new: 't*.csv'"))
    assert (found["verdict"], counts(found), problems(found)) == ("pass", {"identical": 1}, "")


REFERRING = "name: t\nbatches:\n  t: {key: [k], references: {v: u.k}}\n  u: {key: [k]}\n"


@pytest.mark.parametrize("when", ["t: comparing", "u: reading"])
def test_files_that_others_refer_to_are_the_same_to_the_end(tmp_path: Path, when: str) -> None:
    """What `t` was held against is what `u` is compared of: one export, not the one before it."""
    for side, order in (("old", 1), ("new", -1)):
        rows = ["1,a\n", "2,b\n"][::order]
        written(
            tmp_path / side,
            {"t.csv": "k,v\n" + "".join(rows), "u.csv": "\n".join(["k", *"abc"[::order], ""])},
        )
    (tmp_path / "rules.yaml").write_text(REFERRING, encoding="utf-8")

    def told(text: str) -> None:
        if text.startswith(when):
            for side in ("old", "new"):
                (tmp_path / side / "u.csv").write_text(
                    f"k\n{'ab' if side == 'old' else 'ba'}\nx\n", encoding="utf-8"
                )

    found = prepare(tmp_path / "old", tmp_path / "new", tmp_path / "rules.yaml", told)
    output = Output(tmp_path / "out", found)
    verify(found, output.batch)
    result = output.write()
    if when == "u: reading":
        assert "files of batch u changed since they were first read" in problems(result)
        assert result["verdict"] == "inconclusive"
    else:
        assert result["verdict"] == "fail", "a and b stand there no more"


def test_files_that_others_refer_to_do_not_change_while_they_are_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = whole.violations

    def late(*given: Any) -> Any:
        done = real(*given)
        (tmp_path / "new" / "u.csv").write_text("k\nx\n", encoding="utf-8")
        return done

    monkeypatch.setattr(whole, "violations", late)
    old: dict[str, str | bytes] = {"t.csv": "k,v\n1,a\n2,b\n", "u.csv": "k\na\nb\n"}
    new: dict[str, str | bytes] = {"t.csv": "k,v\n2,b\n1,a\n", "u.csv": "k\nb\na\n"}
    found = compared(tmp_path, old, new, REFERRING)
    assert "rules are not checked: " in problems(found) and "files of batch u changed" in problems(found)
    assert found["batches"][0]["state"] == "inconclusive"


def test_sums_are_of_the_rows_that_were_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums read the files again: what changed by then is told, also where all sums agree."""
    real = totals.sums

    def late(*given: Any) -> Any:
        path = tmp_path / "new" / "t.csv"
        path.write_text(NEW.replace("乙", "己"), encoding="utf-8")
        return real(*given)

    monkeypatch.setattr(totals, "sums", late)
    found = compared(tmp_path, OLD, NEW, rules("amount: {type: number}", ", sums: {columns: [amount]}"))
    assert "the new side changed while it was read" in problems(found)
    assert found["verdict"] == "inconclusive"
