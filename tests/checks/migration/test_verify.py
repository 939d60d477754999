"""renhai verify: each way in which it could say "fine" and be wrong, and what lawful data must pass."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.checks.migration import comparing
from renhai.core.errors import UsageError
from results.report.terminal.migration import lines
from tests.checks.migration.small import NEW, OLD, RULES, compared, counts, problems, rules


def test_the_same_rows_in_another_order_of_rows_and_columns_pass(tmp_path: Path) -> None:
    found = compared(tmp_path, OLD, "amount,k,name\n3,3,丙\n2,2,乙\n0.10,1,甲\n")
    assert (found["verdict"], counts(found), problems(found)) == ("pass", {"identical": 3}, "")


@pytest.mark.parametrize(
    ("new", "kind", "key", "field", "values"),
    [
        (NEW.replace("乙", "己"), "changed", "2", "name", ("乙", "己")),
        (NEW.replace("0.10", "0.1"), "changed", "1", "amount", ("0.10", "0.1")),
        (NEW.replace("丙", "丙 "), "changed", "3", "name", ("丙", "丙 ")),
        (NEW.replace("3,丙,3", "3,丙,３"), "changed", "3", "amount", ("3", "３")),
        (NEW.replace("乙,2", "2,乙"), "changed", "2", "name", ("乙", "2")),
        (NEW.replace("乙", ""), "changed", "2", "name", ("乙", "")),
        (NEW.replace("2,乙,2\n", ""), "missing", "2", "", (None, None)),
        (NEW + "4,丁,4\n", "extra", "4", "", (None, None)),
        (NEW + "2,乙,2\n", "duplicated_new", "2", "", (None, None)),
        (NEW + ",丁,4\n", "no_key_new", "", "", (None, None)),
        (NEW + " ,丁,4\n", "no_key_new", " ", "", (None, None)),
        (NEW + "k,name,amount\n", "header_new", "k", "", (None, None)),
    ],
)
def test_a_difference_is_found_and_classed(
    tmp_path: Path, new: str, kind: str, key: str, field: str, values: tuple[str | None, ...]
) -> None:
    found = compared(tmp_path, OLD, new)
    assert found["verdict"] == "fail"
    shown = [
        (one["kind"], one["key"], one["field"], one["old"], one["new"])
        for one in found["batches"][0]["samples"]
    ]
    assert (kind, key, field, *values) in shown
    assert problems(found) == ""


def test_duplicates_of_both_sides_are_no_pair(tmp_path: Path) -> None:
    found = compared(tmp_path, OLD + "2,乙,2\n", NEW + "2,乙,2\n")
    assert (found["verdict"], counts(found)) == (
        "fail",
        {"identical": 2, "duplicated_old": 2, "duplicated_new": 2},
    )


def test_values_that_only_run_together_alike_are_not_the_same(tmp_path: Path) -> None:
    pairs = [("ab,c", "a,bc"), (",x", "x,"), ("NULL,", ",NULL"), ('"a,b",', "a,b"), ("~,", ",~")]
    old = "k,a,b\n" + "".join(f"{n},{one}\n" for n, (one, _) in enumerate(pairs))
    new = "k,a,b\n" + "".join(f"{n},{other}\n" for n, (_, other) in enumerate(pairs))
    assert counts(compared(tmp_path, old, new)) == {"changed": 5}


def test_keys_of_two_columns_do_not_run_together(tmp_path: Path) -> None:
    two = RULES.replace("[k]", "[k, l]")
    found = compared(tmp_path, "k,l,v\n1,23,x\n", "k,l,v\n12,3,x\n", two)
    assert counts(found) == {"missing": 1, "extra": 1}


def test_keys_whose_hashes_collide_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All keys share one hash: real keys decide, and nothing else changes."""
    real = comparing.hashed
    monkeypatch.setattr(comparing, "hashed_key", lambda values: "7::UBIGINT")
    new = NEW.replace("乙", "己").replace("3,丙,3\n", "5,丙,3\n")
    found = compared(tmp_path, OLD, new)
    assert counts(found) == {"identical": 1, "changed": 1, "missing": 1, "extra": 1}
    assert real(["c0"]) == "hash(c0)"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("k,name,amount\n", "name,amount,k\n", "neither side has a row"),
        (OLD, OLD, "byte for byte"),
        (OLD, NEW.rstrip("\n"), "does not end with a line end"),
        (OLD, NEW.replace("乙,2\n", "乙\n"), "new/t.csv:4: has 2 values, the first line 3 columns"),
        (OLD, NEW.replace("乙,2\n", "乙,2,9\n"), "new/t.csv:4: has 4 values"),
        (OLD, NEW[:-1] + '"', "ends inside a quoted value"),
        (OLD, NEW.replace("1,", "\n1,"), "line 3 is blank"),
        (OLD, NEW.replace("乙", '5" 管'), "quote"),
        (OLD, NEW.replace("name", "nmae"), "name: only the old side has it"),
        (OLD, NEW.replace("name", "k"), "names k twice"),
        (OLD, NEW.replace("k,name", "id,name"), "key names k, which is no column that both sides have"),
        (OLD, b"", "is empty"),
        (OLD, NEW.encode("gbk"), "column 2: byte 0xb1 is not utf-8"),
        (OLD, NEW.encode()[:-8] + b"\x00\n", "0x00"),
        (OLD, {"other.csv": NEW}, "holds no t.csv, the new side of batch t"),
        (OLD, {"t.csv": NEW, "u.csv": NEW}, "no batch takes this new file"),
    ],
)
def test_what_is_not_compared_is_never_fine(tmp_path: Path, old: Any, new: Any, why: str) -> None:
    found = compared(tmp_path, old, new)
    assert why in problems(found)
    assert found["verdict"] == "inconclusive"


def test_a_byte_that_does_not_decode_has_its_file_line_and_column(tmp_path: Path) -> None:
    bad = NEW.encode("gb18030").replace("乙".encode("gb18030"), b"\xd2\xff")
    gbk = RULES + "new: {encoding: gb18030}\n"
    found = compared(tmp_path, OLD, bad, gbk)
    at = bad.index(b"\xd2\xff")
    assert f"new/t.csv:4: column 2: byte 0xd2 is not gb18030 (byte {at} of the file)" in problems(found)
    assert found["verdict"] == "inconclusive"
    assert found["batches"][0]["counts"] == {}


def test_gbk_is_held_against_utf8_and_a_lost_byte_is_a_change(tmp_path: Path) -> None:
    gbk = RULES + "old: {encoding: gbk}\n"
    assert counts(compared(tmp_path / "a", OLD.encode("gbk"), NEW, gbk)) == {"identical": 3}
    name = "乙丁戊".encode("gbk")
    shifted = OLD.replace("乙", "乙丁戊").encode("gbk").replace(name, name[1:-1])  # other characters come out
    found = compared(tmp_path / "b", shifted, NEW.replace("乙", "乙丁戊"), gbk)
    assert counts(found) == {"identical": 2, "changed": 1}


def test_utf8_that_is_read_as_gbk_is_seen(tmp_path: Path) -> None:
    """Two sides that are both read wrongly agree with each other."""
    wide = RULES + "old: {encoding: gb18030}\nnew: {encoding: gb18030}\n"
    old, new = OLD.replace("甲", "甲乙"), NEW.replace("甲", "甲乙")
    for one in ("乙,2", "丙,3"):
        old, new = old.replace(one, "x,2"), new.replace(one, "x,2")
    found = compared(tmp_path, old, new, wide)
    assert "is UTF-8, every byte of it" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_text_that_was_decoded_loosely_before_fails_though_both_sides_have_it(tmp_path: Path) -> None:
    found = compared(tmp_path, OLD.replace("乙", "\ufffd"), NEW.replace("乙", "\ufffd"))
    assert found["verdict"] == "fail"
    assert {"class": "damaged", "rows": 2} in found["batches"][0]["faults"]


def test_a_mark_at_the_beginning_is_no_part_of_a_name(tmp_path: Path) -> None:
    assert compared(tmp_path, OLD, b"\xef\xbb\xbf" + NEW.encode())["verdict"] == "pass"


def test_line_ends_may_differ_between_sides_but_not_within_a_file(tmp_path: Path) -> None:
    assert compared(tmp_path / "a", OLD, NEW.replace("\n", "\r\n"))["verdict"] == "pass"
    found = compared(tmp_path / "b", OLD, NEW.replace("0.10\n", "0.10\r\n"))
    assert "lines that end in different ways" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_one_side_given_twice_is_refused(tmp_path: Path) -> None:
    from renhai.checks.migration.whole import prepare

    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    with pytest.raises(UsageError, match="is the old side itself"):
        prepare(tmp_path, tmp_path / ".", tmp_path / "rules.yaml", print)


def test_an_export_is_held_to_its_own_count(tmp_path: Path) -> None:
    assert compared(tmp_path / "a", OLD, NEW, rules("", ", rows: 3"))["verdict"] == "pass"
    found = compared(tmp_path / "b", OLD, NEW, rules("", ", rows: 4"))
    assert "has 3 rows, by its own count 4" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_one_batch_that_cannot_be_read_leaves_the_others_compared(tmp_path: Path) -> None:
    two = "name: t\nbatches:\n  a: {key: [k]}\n  b: {key: [k]}\n"
    found = compared(tmp_path, {"a.csv": b"k\n\xff\n", "b.csv": OLD}, {"a.csv": "k\n1\n", "b.csv": NEW}, two)
    assert [one["state"] for one in found["batches"]] == ["inconclusive", "pass"]
    assert found["verdict"] == "inconclusive"


def test_files_of_several_units_make_one_batch_whatever_the_order_of_their_columns(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {"a/t1.csv": "k,v\n1,x\n", "b/t2.csv": "v,k\ny,2\n"}
    found = compared(tmp_path, parts, {"t.csv": "k,v\n2,y\n1,x\n"}, rules("", ", old: '*/t*.csv'"))
    assert (found["verdict"], counts(found)) == ("pass", {"identical": 2})


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00\ufffd", exclude_categories=["Cs"]), max_size=4
)


@settings(max_examples=10, deadline=None)
@given(
    st.dictionaries(st.integers(0, 30), TEXTS, max_size=8),
    st.dictionaries(st.integers(0, 30), TEXTS, max_size=8),
)
def test_counts_are_those_of_two_dictionaries(
    tmp_path_factory: pytest.TempPathFactory, old: dict[int, str], new: dict[int, str]
) -> None:
    def table(rows: dict[int, str], names: str) -> str:
        return names + "".join(f'{k},"{v.replace(chr(34), chr(34) * 2)}"\n' for k, v in rows.items())

    found = compared(tmp_path_factory.mktemp("v"), table(old, "k,v\n"), table(new, '"k",v\n'))
    both = old.keys() & new.keys()
    expected = {
        "identical": sum(old[key] == new[key] for key in both),
        "changed": sum(old[key] != new[key] for key in both),
        "missing": len(old.keys() - both),
        "extra": len(new.keys() - both),
    }
    assert counts(found) == {name: number for name, number in expected.items() if number}


def test_a_file_that_grows_while_it_is_read_is_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = comparing.compare

    def growing(*given: Any) -> dict[str, Any]:
        done = real(*given)
        with (tmp_path / "new" / "t.csv").open("a", encoding="utf-8") as late:
            late.write("4,丁,4\n")
        return done

    monkeypatch.setattr(comparing, "compare", growing)
    found = compared(tmp_path, OLD, NEW)
    assert "the new side changed while it was read" in problems(found)
    assert found["verdict"] == "inconclusive"


def test_after_cleaning_each_batch_tells_how_many_findings_there_were_before(tmp_path: Path) -> None:
    first = compared(tmp_path, OLD, NEW.replace("乙", "己").replace("丙", "戊"))
    (tmp_path / "out" / "20150101T000000Z-t-aaaaaa").mkdir()  # cut off before it wrote anything
    assert "before" not in first["batches"][0]
    aged = first["folder"].with_name("20200101T000000Z-t-" + first["folder"].name[-6:])
    first["folder"].rename(aged)
    again = compared(tmp_path, OLD, NEW.replace("乙", "己"))
    assert again["batches"][0]["before"] == {"folder": aged.name, "findings": 2}
    assert "    to clean 待清理 1, before 上次 2" in lines(again)


def test_a_folder_that_cannot_be_read_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks for names below a folder takes one that it may not open for empty."""
    real, closed = os.scandir, tmp_path / "old" / "unit"

    def scandir(path: Any) -> Any:
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    closed.mkdir(parents=True)
    monkeypatch.setattr(os, "scandir", scandir)
    found = compared(tmp_path, OLD, NEW)
    assert "old/unit: cannot be read: Permission denied" in problems(found)
    assert found["verdict"] == "inconclusive"
