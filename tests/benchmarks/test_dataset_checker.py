"""A small data set is in order; the checker, which has seen only its files, finds every break that is planted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmarks.dataset import invoice_rules, return_rules
from benchmarks.dataset.check import check, keys, main
from benchmarks.dataset.identifier_rules import JUDGES, UNIQUE, wrong_identifiers
from benchmarks.dataset.load import loaded, manifest_of
from renhai.cli.export.dataset import Asked, generate_dataset
from tests.benchmarks.breaks import change, drop

SEED = 20150911
RULES = {rule.name.split(":")[0]: rule for rule in (*invoice_rules.RULES, *return_rules.RULES)}
MONTH = "ewblxh = '1'"
VAT = "zsxmDm = '10101'"
GENERAL = "yzpzzlDm = 'BDA0610606'"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three circles, from before the reform of May 2016 to after it: both small forms, both kinds of ids."""
    out = tmp_path_factory.mktemp("dataset") / "reform"
    generate_dataset(Asked(40, "2015-12", "2016-08", out, SEED))
    return out


@pytest.fixture(scope="module")
def tables(folder: Path) -> duckdb.DuckDBPyConnection:
    return loaded(folder, manifest_of(folder))


@pytest.fixture
def con(tables: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables, as they were again after the test."""
    tables.execute("BEGIN")
    yield tables
    tables.execute("ROLLBACK")


LATER_LAW = (
    "cit_2018", "cit_2021", "cit_2025", "wages", "stamp", "insurance", "cit-lines", "statements-lines", "of an employee",
)  # fmt: skip
"""What there was not yet: tests/benchmarks/test_dataset_companies.py has it."""
IN_SPAN = "pzxh IN (SELECT pzxh FROM whole)"
LATER = "pzxh IN (SELECT c.pzxh FROM col c, span WHERE c.m >= first_month + 3)"
LATE_RED = "(fpDm, fphm) IN (SELECT (fpDm, fphm) FROM invoices WHERE hjje < 0 AND kprq BETWEEN DATE '2016-03-01' AND '2016-04-30')"
PLANTED = [
    ("one-id-a-day", change("taxpayer_ids", "yxqz = DATE '2016-01-01'")),
    ("one-id-a-day", change("taxpayers", "nsrsbh = nsrsbh || '0'")),
    ("one-name", "UPDATE taxpayers SET nsrmc = '长沙市人海有限公司', hyDm = '5281', scjydzxzqhszDm = '430103'"),
    ("determined", change("tax_kinds", "slhdwse = 0.17", "zsxmDm = '10101' AND slhdwse = 0.03")),
    ("determined", drop("tax_kinds", "zsxmDm = '10101'")),
    ("income-tax", change("taxpayers", "djzclxDm = '172'", "djzclxDm = '173'")),
    ("income-tax", drop("tax_kinds", "zsxmDm = '10104'")),
    ("income-tax", "INSERT INTO tax_kinds SELECT djxh, '10104', '101040001', * EXCLUDE (djxh, zsxmDm, zspmDm) "
                   "FROM tax_kinds WHERE djxh = (SELECT min(djxh) FROM taxpayers WHERE djzclxDm = '411')"),
    ("levied-since", change("tax_kinds", "zsxmDm = '10111'")),
    ("levied-since", change("tax_kinds", "zsxmDm = '10210', rdyxqq = DATE '2020-10-31'")),
    ("levied-since", change("tax_kinds", "rdyxqz = rdyxqq - 1")),
    ("levied-since", change("tax_kinds", "rdyxqq = DATE '1990-01-01'")),
    ("reform", change("tax_kinds", "rdyxqq = DATE '2012-01-01'", f"{VAT} AND rdyxqq = DATE '2016-05-01'")),
    ("reform", "UPDATE tax_kinds SET rdyxqq = DATE '2016-05-01' WHERE zsxmDm = '10101'"),
    ("sum", change("invoices", "jshj = jshj + 1")),
    ("lines", change("invoice_lines", "je = je + 1")),
    ("lines", drop("invoice_lines", "xh = 1")),
    ("lines-of", drop("invoices")),
    ("line-tax", change("invoice_lines", "se = se + 10")),
    ("price", change("invoice_lines", "dj = dj * 1.1", "sl IS NOT NULL")),
    ("tax-of-invoice", change("invoices", "hjse = hjse + 10")),
    ("in-range", change("invoices", "fpqshm = '99999999'")),
    ("in-range", change("ranges", "lgrq = DATE '2017-01-01'")),
    ("range", change("ranges", "fs = fs + 1")),
    ("ranges-apart", change("ranges", "fpzzhm = '99999999'")),
    ("by-number", change("invoices", "kprq = DATE '2016-12-31'", "right(fphm, 2) IN ('00', '25', '50', '75')")),
    ("within", change("invoices", "kprq = DATE '2015-11-30'")),
    ("seller-id", change("invoices", "xfsbh = '43010300010001X'")),
    ("buyer-id", change("invoices", "gfsbh = '43010300010001X'", "gfdjxh <> ''")),
    ("buyer-id", change("invoices", "gfdjxh = djxh", "gfdjxh <> ''")),
    ("special-to-whom", change("invoices", "gfsbh = ''", "fpzlDm = '000001100300'")),
    ("special-to-whom", change("taxpayers", "kzztdjlxDm = '1120'", "nsrlx = 'small' AND djxh IN (SELECT gfdjxh FROM inv WHERE special)")),
    ("red", change("invoices", "hjje = hjje - 1", "hjje < 0")),
    ("red", change("invoices", "yfphm = '99999999'", "hjje < 0 AND kprq > DATE '2016-03-01' AND djxh IN (SELECT djxh FROM ret WHERE general)")),
    ("red", "INSERT INTO invoices SELECT fpDm, fphm || '9', * EXCLUDE (fpDm, fphm) FROM invoices WHERE hjje < 0"),
    ("red-buyer", change("invoices", "gfmc = '某人'", "hjje < 0 AND gfsbh = '' AND kprq > DATE '2016-03-01'")),
    ("red-buyer", change("invoices", "gfdjxh = '10143010300000000001'", "hjje < 0 AND kprq > DATE '2016-03-01'")),
    ("red-buyer", change("invoices", "gfsbh = '', gfdjxh = ''", "hjje < 0 AND gfsbh <> '' AND kprq > DATE '2016-03-01'")),
    ("red-goods", change("invoice_lines", "spmc = '别的'", f"je < 0 AND {LATE_RED}")),
    ("red-goods", change("invoice_lines", "spbm = '1080401010000000000'", f"je < 0 AND spbm = '' AND {LATE_RED}")),
    ("red-says-so", change("invoices", "yfphm = fphm", "hjje > 0")),
    ("verified", change("verifications", "kpje = kpje + 100")),
    ("verified", change("verifications", "fs = fs - 1")),
    ("deducted", change("deductions", "je = je + 1", "kprq > DATE '2016-01-01'")),
    ("deducted", change("deductions", "ssyf = '2016-08'", "kprq < DATE '2016-06-01'")),
    ("deducted", "DELETE FROM invoices WHERE (fpDm, fphm) IN (SELECT (fpDm, fphm) FROM deductions)"),
    ("goods-code", change("invoice_lines", "spbm = '304'")),
    ("priced", change("invoice_lines", "sl = NULL", "sl IS NOT NULL")),
    ("priced", change("invoice_lines", "dj = 1, sl = 1", "dw = ''")),
    ("all-verified", drop("verifications")),
    ("files", "DELETE FROM declarations WHERE djxh = (SELECT min(djxh) FROM ret WHERE general AND m0 < first_month)"
              .replace("first_month", "(SELECT first_month FROM span)")),
    ("refunded-at-once", change("vat_main", "jzjtsjtse = bqyjse + 100", "ewblxh = '3'")),
    ("refunded-at-once", change("vat_main", "jzjtsjtse = 1", MONTH)),
    ("overpaid", "INSERT INTO payments SELECT serial || '9', * EXCLUDE serial FROM payments WHERE serial = "
                 "(SELECT min(serial) FROM payments JOIN ret USING (pzxh) WHERE NOT general AND jklx = 'tax')"),
    ("once", drop("declarations", "skssqq = DATE '2016-02-01'")),
    ("once", drop("declarations", f"{GENERAL} AND skssqq = DATE '2016-07-01'")),
    ("period", change("declarations", "skssqz = skssqz - 1")),
    ("filed-in-time", change("declarations", "sbrq1 = sbrq1 + 40")),
    ("filed-in-time", change("declarations", "sbrq1 = skssqz")),
    ("form", change("declarations", "yzpzzlDm = 'BDA0610611'", GENERAL)),
    ("scale-line", change("vat_small_2014", "msxse = msxse + 1000000000")),
    ("scale-line", change("vat_small_2016", "r1 = r1 + 1000000000")),
    ("filer-id", change("declarations", "nsrsbh = '43010300010001X'")),
    ("sheets", drop("vat_main")),
    ("r12+13=17, r18=min(17,11)", change("vat_main", "jxse = jxse + 1", MONTH)),
    ("r19=11-18, r20=17-18", change("vat_main", "ynse = ynse + 1", MONTH)),
    ("r24=19+21-23", change("vat_main", "ynsejze = ynsejze + 1", MONTH)),
    ("r27=28+29+30+31, r32=24+25+26-27", change("vat_main", "bqjnqjse = bqjnqjse + 1", MONTH)),
    ("r33=25+26-27 and never below 0", change("vat_main", "qmwjseQjse = -2000", MONTH)),
    ("r34=24-28-29, r38=16+22+36-37", change("vat_main", "bqybtse = bqybtse + 1", MONTH)),
    ("parts", change("vat_main", "yslwxse = asysljsxse + 1")),
    ("chain-credit", change("vat_main", "sqldse = sqldse + 100", f"{MONTH} AND {LATER}")),
    ("chain-unpaid", change("vat_main", "qcwjse = qcwjse + 100", f"{MONTH} AND {LATER}")),
    ("year-to-date", change("vat_main", "msxse = msxse + 100", f"ewblxh = '2' AND {LATER}")),
    ("january", change("vat_main", "msxse = msxse + 100",
                       "ewblxh = '2' AND pzxh IN (SELECT pzxh FROM ret WHERE m % 12 = 0)")),
    ("col9=1+3+5+7, col10=2+4+6+8, col11=9+10", change("vat_sheet1", "wkjfpXse = wkjfpXse + 1")),
    ("col13=11-12", change("vat_sheet1", "kchHsmsxse = kchHsmsxse + 1")),
    ("row-of-era", change("vat_sheet1", "ewbhxh = '4a'", "ewbhxh = '5'")),
    ("row-of-era", change("vat_sheet1", "hjXxynse = hjXxynse * 2", "ewbhxh = '1'")),
    ("uninvoiced", change("vat_sheet1", "wkjfpXse = -1")),
    ("main-sheet1", change("vat_main", "asysljsxse = asysljsxse + 1", MONTH)),
    ("main-sheet1", change("vat_main", "jybfYnse = jybfYnse + 1", MONTH)),
    ("main-sheet2", change("vat_main", "jxse = jxse + 1", MONTH)),
    ("main-sheet2", change("vat_main", "jxsezc = jxsezc + 1", MONTH)),
    ("sheet2", change("vat_sheet2", "se = se + 1", "ewbhxh = '12'")),
    ("sheet2", change("vat_sheet2", "fs = fs + 1", "ewbhxh = '1'")),
    ("slips", change("vat_sheet2", "se = je + 1", "ewbhxh = '1' AND je > 0")),
    ("issued-special", drop("invoices", f"fpzlDm = '000001100300' AND kprq > DATE '2016-01-01' AND djxh IN "
                                        f"(SELECT djxh FROM whole WHERE {GENERAL} AND m = 24193)"
                                        " AND month(kprq) = 2")),
    ("issued-special", change("vat_sheet1", "kjskzzszyfpXxynse = kjskzzszyfpXxynse + 1",
                              f"kjskzzszyfpXse > 0 AND {IN_SPAN}")),
    ("issued-other", change("vat_sheet1", "kjqtfpXse = kjqtfpXse - 1", f"kjqtfpXse > 0 AND {IN_SPAN}")),
    ("ticked", drop("deductions", "ssyf = '2016-03'")),
    ("deducts-a-return", f"DELETE FROM declarations WHERE {GENERAL} AND skssqq = DATE '2016-03-01'"),
    ("paid-on-time", drop("payments", "jklx = 'tax' AND djxh IN (SELECT djxh FROM ret WHERE general AND m = 24193) "
                                      "AND jkrq BETWEEN DATE '2016-02-01' AND DATE '2016-02-29' AND kkje > 0")),
    ("paid-arrears", "UPDATE payments SET kkje = kkje + 1 WHERE jkrq > skssqz + 32 AND kkje > 0"),
    ("prepaid", drop("payments", "jklx = 'prepaid' AND jkrq > DATE '2016-01-01' AND "
                                 "djxh IN (SELECT djxh FROM ret WHERE general AND m = 24193)")),
    ("due", change("dues", "ybtse = ybtse - 1")),
    ("due", drop("dues")),
    ("due", change("declarations", "ybtse = ybtse + 1", GENERAL)),
    ("deadline", change("dues", "jkqx = jkqx + 1")),
    ("late-fee", change("payments", "znj = 0", "znj > 0")),
    ("late-fee", change("payments", "znj = 1", "znj = 0 AND jklx = 'tax'")),
    ("settled", drop("payments", "jklx = 'tax' AND skssqz < DATE '2016-03-31'")),
    ("settled", change("payments", "kkje = kkje + 1", "jklx = 'tax' AND skssqz < DATE '2016-03-31'")),
    ("set-off", change("payments", "dkje = dkje + 1", "dkje > 0 AND skssqq >= DATE '2016-01-01'")),
    ("set-off", change("payments", "dkje = 1", f"{VAT} AND jklx = 'tax' AND skssqq >= DATE '2016-02-01'")),
    ("in-treasury", change("payments", "jkrq = skssqz", "jklx = 'tax'")),
    ("in-treasury", change("payments", "sfxyh = '0'")),
    ("small 2014", change("vat_small_2014", "bqynse = bqynse + 1")),
    ("small 2016", change("vat_small_2016", "r20 = r20 + 1")),
    ("whose-row", "UPDATE vat_small_2016 SET r11 = r10 + 1, r10 = r11 + 1"),
    ("small-invoices", change("vat_small_2014", "swjgdkdzzszyfpbhsxse = swjgdkdzzszyfpbhsxse + 1", IN_SPAN)),
    ("small-invoices", change("vat_small_2014", "skqjkjdptfpxse = 0", f"skqjkjdptfpxse > 0 AND {IN_SPAN}")),
    ("small-limit", change("vat_small_2014", "msxse = 5000000", "msxse > 0")),
    ("small-limit", change("vat_small_2016", "r1 = 1, r2 = 0, r10 = 0, r11 = 0", "r10 + r11 > 0")),
    ("issued-a-return", "DELETE FROM declarations WHERE skssqq = DATE '2016-02-01'"),
    ("input-varies", "UPDATE vat_sheet2 SET se = je // 10"),
]  # fmt: skip


def test_nothing_differs_and_every_rule_has_looked_at_something(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    found = list(check(con, manifest_of(folder)))
    assert [result for result in found if result.broken] == []
    assert [r.rule for r in found if not r.subjects and not any(word in r.rule for word in LATER_LAW)] == []


def test_every_rule_is_tried() -> None:
    assert {name for name, _ in PLANTED} == set(RULES)


@pytest.mark.parametrize(
    ("name", "broken"), PLANTED, ids=[f"{n}-{name}" for n, (name, _) in enumerate(PLANTED)]
)
def test_a_planted_break_is_found(con: duckdb.DuckDBPyConnection, name: str, broken: str) -> None:
    assert con.execute(broken).fetchall()[0][0] > 0
    assert con.execute(f"SELECT count(*) FROM ({RULES[name].broken})").fetchall()[0][0] > 0


@pytest.mark.parametrize("name", [name for name in JUDGES if name != "resident ID of an employee"])
def test_a_wrong_identifier_is_found(con: duckdb.DuckDBPyConnection, name: str) -> None:
    words = JUDGES[name][0].replace("DISTINCT ", "").split()
    column, table = words[1], words[3]
    where = " ".join(words[5:]) or "true"
    con.execute(change(table, f"{column} = left({column}, -1) || '*'", f"{column} <> '' AND {where}"))
    assert wrong_identifiers(con)[f"identifier: {name}"][1]


@pytest.mark.parametrize(("table", "column"), [(t, c) for t, columns in UNIQUE.items() for c in columns])
def test_an_identifier_of_two_is_found(con: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    con.execute(f"UPDATE {table} SET {column} = (SELECT max({column}) FROM {table}) "
                f"WHERE rowid = (SELECT min(rowid) FROM {table})")  # fmt: skip
    assert wrong_identifiers(con)[f"unique: {table}.{column}"][1]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("taxpayers", "zczb"),
        ("tax_kinds", "rdyxqq"),
        ("payments", "dkje"),
        ("vat_main", "mslwxse"),
        ("dues", "jkqx"),
    ],
)
def test_an_empty_cell_is_no_nought(
    con: duckdb.DuckDBPyConnection, folder: Path, table: str, column: str
) -> None:
    con.execute(change(table, f"{column} = NULL"))
    found = [result for result in keys(con, manifest_of(folder)) if result.broken]
    assert [(result.rule, result.examples) for result in found] == [
        (f"filled: {table}, but its texts", (column,))
    ]


def test_a_lost_row_a_key_of_two_and_a_key_of_nobody_are_found(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    con.execute("INSERT INTO ranges SELECT * FROM ranges LIMIT 1")
    con.execute(drop("taxpayers"))
    wrong = {result.rule for result in keys(con, manifest_of(folder)) if result.broken}
    assert {"rows: ranges", "key: ranges (fpDm, fpqshm)", "rows: taxpayers"} <= wrong
    assert {"refers: ranges.djxh to taxpayers.djxh", "refers: declarations.djxh to taxpayers.djxh"} <= wrong


def test_the_check_of_a_folder_says_what_it_saw(
    con: duckdb.DuckDBPyConnection, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = list(check(con, manifest_of(folder)))
    nothing = sum(not result.subjects for result in found)
    assert main([str(folder)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"{len(found)} rules, {nothing} with nothing to look at; 0 mismatches")


@pytest.mark.parametrize("spoil", ["cut", "missing", "no manifest"])
def test_a_folder_that_is_not_whole_is_no_data_set(folder: Path, tmp_path: Path, spoil: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    if spoil == "cut":
        text = (copy / "invoices.csv").read_bytes()
        (copy / "invoices.csv").write_bytes(text[: len(text) // 2])
    else:
        (copy / ("invoices.csv" if spoil == "missing" else "manifest.json")).unlink()
    assert main([str(copy)]) == (2 if spoil == "no manifest" else 1)
