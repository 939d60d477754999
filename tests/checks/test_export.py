"""Exports as DuckDB reads them: the same records as row by row in Python, whatever stands in a file."""

from __future__ import annotations

import csv
import gc
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.binding.schema.audit import AuditRule, Balance
from renhai.checks.audit import export
from renhai.checks.audit.export import read_export
from renhai.checks.audit.whole import named_fields, with_amounts
from renhai.core.errors import UsageError
from results.checks.audit.classes import Audit
from results.checks.audit.intents import Write
from results.checks.audit.model import Reading
from tests.share import examples

RULE: dict[str, Any] = {"by": ["pzxh"], "compare": ["name"], "amounts": ["tax"]}
WANTED = ["pzxh", "name", "tax"]


def written(
    path: Path, rows: list[list[str]], head: tuple[str, ...] = ("pzxh", "name", "tax", "more"), **how: Any
) -> str:
    with path.open("w", encoding=how.pop("encoding", "utf-8"), newline="") as file:
        csv.writer(file, **how).writerows([list(head), *rows])
    return str(path)


def values(reading: Reading) -> list[tuple[Any, ...]]:
    return [tuple(one.values[name] for name in WANTED) for one in reading.records]


def both(source: str, rule: dict[str, Any] = RULE) -> list[tuple[Any, ...]]:
    """What both readers say, which must be one: the records, or what is wrong."""
    said = []
    for wanted in (WANTED, None):
        try:
            said.append(values(read_export(source, rule, True, wanted)))
        except UsageError as error:
            said.append([(str(error),)])
    assert said[0] == said[1]
    return said[0]


CELL = st.text(alphabet="a1é人海,\"'\n\r\t =-.0\\;|\u3000\ufeff#", max_size=8)
AMOUNT = st.one_of(
    st.decimals(-(10**12), 10**12, places=2, allow_nan=False).map(str),
    st.decimals(-(10**3), 10**3, places=4, allow_nan=False).map(str),
    st.sampled_from(["", "0", "-0", "1,234.50", " 5 ", "1e3", "5.", ".5", "NaN", "inf", "0.001", "1.230",
                     "+5", "9" * 30, "1_000", "１２", "0.000000001", "-12.30", "1e.10", "-.50", "1_0.00",
                     "1 2.34", " 1.00", "1.00 ", "- 1.00", "00.10", "-0.00", "12", "1.2.34", "１.23",
                     "9" * 15 + ".99", "9" * 16 + ".99", "-" + "9" * 15 + ".99", "0x1.23",
                     "1e1.23", ".23", "..23", "--1.00"]),
    CELL,
)  # fmt: skip


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.tuples(CELL, CELL, AMOUNT, CELL), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_both_readers_say_one_thing_of_every_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], end: str
) -> None:
    path = tmp_path_factory.mktemp("export") / "e.csv"
    source = written(path, [list(row) for row in rows], lineterminator=end)
    both(source)
    both(source, {**RULE, "export": {"fen": ["tax"]}})


def test_yuan_are_fen_whatever_digits_stand_behind_the_point(tmp_path: Path) -> None:
    yuan = ["12", "-5", "5", "123", "0.05", "-0.05", "12.3", "007.50", "9" * 15 + ".99", ".50", "5.", "-0.00"]
    fen = [1200, -500, 500, 12300, 5, -5, 1230, 750, 10**17 - 1, 50, 500, 0]
    rows = [[f"p{n}", "a", one, ""] for n, one in enumerate(yuan)]
    assert [row[2] for row in both(written(tmp_path / "e.csv", rows))] == fen


def test_it_is_duckdb_that_reads_a_plain_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = written(tmp_path / "e.csv", [["p1", "甲", "12.30", ""], ["p2", "乙", "1,000.5", ""]])
    monkeypatch.setattr(export, "_csv", lambda path: pytest.fail("row by row"))
    assert values(read_export(source, RULE, True, WANTED)) == [("p1", "甲", 1230), ("p2", "乙", 100_050)]


def test_a_file_in_gbk_is_decoded_in_python_and_then_read_the_same(tmp_path: Path) -> None:
    rows = [[f"p{n}", "㐀长沙市天心区" * (n % 7 + 1), f"{n}.05", "元"] for n in range(500)]
    source = written(tmp_path / "e.csv", rows, encoding="gb18030")
    assert both(source)[499] == ("p499", "㐀长沙市天心区" * 3, 49_905)


def test_a_code_of_gbk_is_the_character_that_it_means_today(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(b"pzxh,name,tax,more\np1,\xfe\x59,1,\np2,\xb0\xa1,1,\n")
    assert [row[1] for row in both(str(path))] == ["\u9fb4", "啊"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pzxh,name,tax\np1,a,1\np2,b\n", "e.csv:3: has 2 values, the first line 3 columns"),
        ("pzxh,name,tax\np1,a,1\np2,b,2,3\n", "e.csv:3: has 4 values, the first line 3 columns"),
        ('pzxh,name,tax\np1,"a"x,1\n', "e.csv:2: is no CSV"),
        ('pzxh,name,tax\np1,"a,1\n', "is no CSV"),
        ("pzxh,name\np1,a\n", "has no column tax, only pzxh, name"),
        ("pzxh,name,tax,name\np1,a,1,b\n", "e.csv:1: names the column name twice"),
        ("pzxh,name,tax\np1,a,1\npzxh,name,tax\np2,b,2\n", "e.csv:3: names the columns again"),
        ("", "is empty; the first line must name the columns"),
    ],
)
def test_what_is_no_table_is_told_by_its_line_and_never_skipped(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "e.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_export(str(path), RULE, True, WANTED)
    assert said in str(caught.value)


def test_a_damaged_byte_is_told_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes("pzxh,name,tax\np1,甲,1\np2,".encode("gb18030") + b"\xff\xff" + b",2\n")
    with pytest.raises(UsageError, match=r"e\.csv:3: is neither UTF-8 nor GBK"):
        read_export(str(path), RULE, True, WANTED)


def test_a_table_that_is_cut_off_in_a_line_is_not_a_shorter_one(tmp_path: Path) -> None:
    path = Path(written(tmp_path / "e.csv", [[f"p{n}", "甲", "1", "x"] for n in range(100)]))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(UsageError, match="values, the first line 4 columns"):
        read_export(str(path), RULE, True, WANTED)


def test_two_columns_of_one_name_that_nothing_goes_by_are_no_matter(tmp_path: Path) -> None:
    head = ("pzxh", "name", "tax", "bz", "bz")
    assert both(written(tmp_path / "e.csv", [["p1", "甲", "1", "", "乙"]], head)) == [("p1", "甲", 100)]


def test_columns_of_other_names_are_found(tmp_path: Path) -> None:
    source = written(tmp_path / "e.csv", [["p1", "甲", "5", ""]], ("凭证序号", "名称", 'ta"x', "其他"))
    rule = {**RULE, "columns": {"name": "名称"}, "export": {"columns": {"pzxh": "凭证序号", "tax": 'ta"x'}}}
    assert both(source, rule) == [("p1", "甲", 500)]


def test_what_an_equation_alone_adds_up_is_an_amount_too() -> None:
    balances = [{"sum": {"a": "due"}, "equals": {"b": "paid", "c": "rest"}}]
    rules = with_amounts({"a": {"by": ["x"]}, "b": {"amounts": ["paid"]}}, balances)
    assert (rules["a"]["added"], rules["b"]["added"]) == (["due"], ["paid"])
    assert "c" not in rules


def test_no_field_that_a_rule_or_an_equation_of_the_schema_goes_by_is_left_out() -> None:
    """A new key that names fields must be added to named_fields, or its column would be read as missing."""
    rules = {
        "a": {"by": ["f1"], "key": ["f2"], "compare": ["f3"], "amounts": ["f4"], "tax": "f5", "since": "f6",
              "unit": "f7", "expect": {"f8": 1}, "added": ["f9"]},
    }  # fmt: skip
    balances: list[dict[str, Any]] = [
        {"name": "x", "by": ["b1"], "where": {"b2": 0}, "sum": {"a": "b3"}, "equals": {"c": "b4"}},
        {"name": "y", "by": ["b5"], "each": "a", "within": "c", "number": "b6", "range": ["b7", "b8"]},
    ]
    assert named_fields(rules, balances) == {f"f{n}" for n in range(1, 10)} | {f"b{n}" for n in range(1, 9)}
    known = {"read", "list", "send", "ask", "rows", "next", "page", "total", "absent", "idempotent", "each",
             "changes", "alone", "columns", "zone", "reads_only", "ignored", "export"}  # fmt: skip
    keys = {field.alias or name for name, field in AuditRule.model_fields.items()}
    assert keys - known == {"by", "key", "compare", "amounts", "tax", "since", "unit", "expect"}
    assert {field.alias or name for name, field in Balance.model_fields.items()} == {
        "name", "name_en", "by", "where", "made_by", "sum", "equals", "each", "has", "within", "once",
        "number", "range",
    }  # fmt: skip


@pytest.mark.parametrize("was_on", [True, False])
def test_the_search_for_circles_is_as_it_was_afterwards(tmp_path: Path, was_on: bool) -> None:
    gc.enable() if was_on else gc.disable()
    try:
        with pytest.raises(UsageError):
            read_export(str(tmp_path / "none.csv"), RULE, True, WANTED)
        read_export(written(tmp_path / "e.csv", [["p1", "甲", "1", ""]]), RULE, True, WANTED)
        assert gc.isenabled() is was_on
    finally:
        gc.enable()


def test_an_export_judges_as_its_rows_say(tmp_path: Path) -> None:
    """p0 lost, p1 altered by a fen, p2 there twice, the others well."""
    rows = [[f"p{n}", "甲", "1.01" if n == 1 else "1.00", ""] for n in range(1, 10)] + [
        ["p2", "甲", "1.00", ""]
    ]
    writes = [
        Write((0, n, 0), "a.b", "ok", 1000, 1001, {"pzxh": f"p{n}", "name": "甲", "tax": 100})
        for n in range(10)
    ]
    reading = read_export(written(tmp_path / "e.csv", rows), RULE, True, WANTED)
    counts = Audit("a.b", RULE).judge(writes, reading).counts
    assert (counts["lost"], counts["altered"], counts["duplicated"], counts["stable"]) == (1, 1, 1, 8)


BEGAN = 1_441_900_000_000
TIMED = {**RULE, "since": "more"}
HOUR = 3_600_000


def row_of(n: int, amount: str = "1.00", late_ms: int = 0) -> list[str]:
    return [f"p{n}", "甲", amount, str(BEGAN + n * 10 + 5 + late_ms)]


@pytest.mark.parametrize(
    ("rows", "rule", "found"),
    [
        ([], RULE, {"lost": 10}),
        ([row_of(n) for n in range(20, 30)], RULE, {"lost": 10, "before": 10}),  # of another day
        ([row_of(n) for n in range(6)], RULE, {"lost": 4, "stable": 6}),  # made before the run ended
        ([row_of(n, "100") for n in range(10)], RULE, {"altered": 10}),  # fen, said to be yuan
        ([row_of(n) for n in range(10)], {**RULE, "export": {"fen": ["tax"]}}, {"altered": 10}),
        # Its clock is in another zone: what nobody asked for is still of the run, and not of before.
        ([row_of(n, late_ms=-8 * HOUR) for n in range(11)], TIMED, {"stable": 10, "unexpected": 1}),
        ([row_of(n, late_ms=8 * HOUR) for n in range(11)], TIMED, {"stable": 10, "unexpected": 1}),
    ],
)
def test_an_export_of_something_else_never_says_that_all_is_well(
    tmp_path: Path, rows: list[list[str]], rule: dict[str, Any], found: dict[str, int]
) -> None:
    """Of a target that was not empty, so that what it held before is nobody's fault."""
    times = [(BEGAN + n * 10, BEGAN + n * 10 + 5) for n in range(10)]
    writes = [
        Write((0, n, 0), "a.b", "ok", *at, {"pzxh": f"p{n}", "name": "甲", "tax": 100})
        for n, at in enumerate(times)
    ]
    reading = read_export(written(tmp_path / "e.csv", rows), rule, False, [*WANTED, "more"])
    counts = Audit("a.b", rule, BEGAN).judge(writes, reading).counts
    told = ("stable", "lost", "altered", "duplicated", "unexpected", "before")
    assert {name: counts[name] for name in told if counts[name]} == found


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_zero_byte_is_told_by_its_line_and_never_compared(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes("pzxh,name,tax\np1,甲,1.00\np2\0,甲,1.00\n".encode(encoding))
    for wanted in (["pzxh", "name", "tax"], None):
        with pytest.raises(UsageError, match=r"e\.csv:3: holds the byte 0x00"):
            read_export(str(path), RULE, True, wanted)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_damaged_byte_of_utf8_is_told_where_it_stands(tmp_path: Path, mark: bytes) -> None:
    """And not where the file, taken for GBK, breaks off first."""
    path = tmp_path / "e.csv"
    text = mark + "pzxh,name,tax\np1,甲,1\np2,丁,2\n".encode()
    path.write_bytes(text.replace("丁".encode(), b"\xe4\xff\x81"))
    with pytest.raises(UsageError, match=r"e\.csv:3: is neither UTF-8 nor GBK: byte .* is 0xe4"):
        read_export(str(path), RULE, True, WANTED)


@pytest.mark.parametrize("amount", ["12,34", "1.234,05", "1,2345", "12,345,6"])
def test_a_comma_that_parts_no_thousands_makes_no_amount(tmp_path: Path, amount: str) -> None:
    """12,34 is 12.34 where it was written, and must not be read as 1234."""
    assert [row[2] for row in both(written(tmp_path / "e.csv", [["p1", "a", amount, ""]]))] == [amount]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("postgresql://u:p@[::1#t", "has no address that can be"),
        ("postgresql://u:p@127.0.0.1:port/db#t", "cannot be read"),
        ("postgresql://127.0.0.1/db", "names no table"),
        ("mysql://127.0.0.1/db#t", "is no database that can be read"),
        ("sqlite:///nowhere.sqlite#t", "is no file"),
    ],
)
def test_an_address_that_cannot_be_is_one_error(source: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_export(source, RULE, True, WANTED)


def test_a_database_whose_name_has_signs_of_an_address_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "a%41?b.sqlite"
    with sqlite3.connect(path) as link:
        link.execute("CREATE TABLE t (pzxh TEXT, name TEXT, tax TEXT)")
        link.execute("INSERT INTO t VALUES ('p1', '甲', '1.00')")
    link.close()
    source = f"sqlite://{path.as_uri().removeprefix('file://')}#t"
    assert values(read_export(source, RULE, True, WANTED)) == [("p1", "甲", 100)]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_is_the_file_that_was_given_and_no_other(tmp_path: Path, kind: str) -> None:
    """DuckDB takes export[1] for export1, and name=Z for a column name, in the place of the file's own."""
    for folder, name in (("name=Z/export[1]", "given"), ("name=Z/export1", "other")):
        (tmp_path / folder).mkdir(parents=True)
        written(tmp_path / folder / "e.csv", [["1", name, "2.00", ""]])
        with duckdb.connect() as link:
            query = f"SELECT '1' AS pzxh, '{name}' AS name, '2.00' AS tax"
            link.execute(f"COPY ({query}) TO '{tmp_path / folder / 'e.parquet'}' (FORMAT parquet)")
    source = str(tmp_path / "name=Z" / "export[1]" / f"e.{kind}")
    assert both(source) == [("1", "given", 200)]
