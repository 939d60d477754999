"""Returns of companies in data sets of two eras, each across a change of the law: in order, and each break found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmarks.dataset import income_tax_rules, levy_rules, return_rules, statement_rules
from benchmarks.dataset.check import check, keys
from benchmarks.dataset.identifier_rules import wrong_identifiers
from benchmarks.dataset.load import loaded, manifest_of
from renhai.cli.export.dataset import Asked, generate_dataset
from tests.benchmarks.breaks import change, drop

SEED = 20150911
SETS = {
    "early": ("2014-03", "2015-01"),  # some of the buyers register only in these months
    "reform": ("2015-12", "2016-08"),  # the layout of income tax of 2016; wages are the local bureau's
    "merger": ("2018-05", "2019-04"),  # bureaus merge in July; wages by the sums of the year since January
    "law": ("2025-07", "2026-01"),  # stamp tax by the law; the layout of October 2025; insurance
}
HERE = (*income_tax_rules.RULES, *statement_rules.RULES, *levy_rules.RULES)
RULES = {rule.name.split(":")[0]: rule for rule in (*return_rules.RULES, *HERE)}
KIND = "pzxh IN (SELECT pzxh FROM declarations WHERE yzpzzlDm IN {0})".format
CIT, WAGES, STAMP, INSURANCE, STATEMENTS = (
    income_tax_rules.KINDS[name] for name in ("cit", "wages", "stamp_tax", "insurance", "statements")
)
SMALL = "xxwl = 'Y'"
LATER = "pzxh IN (SELECT pzxh FROM citret WHERE m % 12 > 2 AND m - 3 >= (SELECT first_month FROM span))"
KEPT = "pzxh IN (SELECT c.pzxh FROM citret c JOIN profit p ON p.djxh = c.djxh AND p.m = c.m)"
COUNTED_LATER = (
    "pzxh IN (SELECT b.pzxh FROM citret b JOIN citret c ON c.djxh = b.djxh AND c.y = b.y AND c.m = b.m + 3)"
)
GOES_ON = (
    "pzxh IN (SELECT a.pzxh FROM profit a JOIN profit b ON b.djxh = a.djxh AND b.y = a.y AND b.m = a.m - 3)"
)
SUMS = "ljsr IS NOT NULL"
CHAINED = f"{SUMS} AND pzxh IN (SELECT pzxh FROM filed WHERE m % 12 BETWEEN 1 AND 2)"
OWNER = "kzztdjlxDm = '1120'"

PLANTED = [
    ("law", "known-return", change("declarations", "yzpzzlDm = 'BDA0619999'", f"yzpzzlDm IN {CIT}")),
    ("law", "known-return", "DELETE FROM insurance WHERE pzxh = (SELECT min(pzxh) FROM insurance)"),
    ("reform", "known-return", "UPDATE cit_2012 SET pzxh = "
                               "(SELECT min(pzxh) FROM ret) WHERE rowid = (SELECT min(rowid) FROM cit_2012)"),
    ("reform", "cit-once", drop("declarations", f"yzpzzlDm IN {CIT}")),
    ("law", "cit-once", change("taxpayers", "djzclxDm = '171'", "djxh IN (SELECT djxh FROM citret)")),
    ("merger", "cit-once", change("taxpayers", "djzclxDm = '173'", OWNER)),
    ("reform", "quarter", change("declarations", "skssqq = skssqq + 31", f"yzpzzlDm IN {CIT}")),
    ("merger", "quarter", change("declarations", "skssqz = skssqz - 1", f"yzpzzlDm IN {WAGES}")),
    ("reform", "cit-layout", change("declarations", "yzpzzlDm = 'BDA0611033'", f"yzpzzlDm IN {CIT}")),
    ("merger", "cit-layout", "INSERT INTO cit_2018 SELECT pzxh, * EXCLUDE pzxh FROM (SELECT (SELECT min(pzxh) FROM "
                             "cit_2016) AS pzxh, * EXCLUDE pzxh FROM cit_2018 LIMIT 1)"),
    ("reform", "cit-income", change("cit_2012", "r9 = r9 + 1")),
    ("merger", "cit-income", change("cit_2018", "r6 = r6 + 1")),
    ("law", "cit-income", change("cit_2021", "r9 = r9 + 100, r10 = r10 - 100", "r10 < 0")),
    ("reform", "cit-tax", change("cit_2016", "r12 = r12 + 1")),
    ("law", "cit-tax", change("cit_2025", "r26 = 0.2")),
    ("reform", "cit-due", change("cit_2012", "r15 = r15 + 1")),
    ("merger", "cit-due", change("cit_2018", "r15 = -1")),
    ("law", "cit-due", change("cit_2021", "r13 = -1, r16 = r12 + 1 - r14 - r15")),
    ("early", "cit-prepaid", change("cit_2012", "r13 = r13 + 1", LATER)),
    ("merger", "cit-to-date", change("cit_2018", "r1 = 0", LATER)),
    ("reform", "cit-small", change("cit_2012", "r12 = r12 + 10", SMALL)),
    ("merger", "cit-small", change("cit_2018", "xxwl = 'N'", SMALL)),
    ("law", "cit-small", change("cit_2021", "cyrs = 301", SMALL)),
    ("law", "cit-small", change("cit_2025", "zcze = 5000000001", SMALL)),
    ("merger", "cit-small", change("cit_2016", "xxwl = 'Y'", "xxwl = 'N'")),
    ("reform", "cit-revenue", change("cit_2016", "r2 = r2 + 1", "pzxh IN (SELECT pzxh FROM citret WHERE m = 24194)")),
    ("law", "cit-lines", change("cit_2025", "r5 = r5 + 1")),
    ("law", "cit-lines", change("cit_2025", "r28_1 = r28 + 1")),
    ("law", "item", change("dues", "zsxmDm = '10111'", KIND(CIT))),
    ("law", "item", change("payments", "zsxmDm = '10101'", KIND(STAMP))),
    ("reform", "paid-in-time", drop("payments", f"{KIND(CIT)} AND skssqz < DATE '2016-05-01'")),
    ("reform", "paid-in-time", change("payments", "kkje = kkje - 1", f"{KIND(CIT)} AND skssqz < DATE '2016-05-01'")),
    ("reform", "paid-in-time", change("payments", "kkje = kkje + 1", KIND(CIT))),
    ("law", "paid-in-time", change("payments", "jkrq = skssqz", KIND(STAMP))),
    ("merger", "paid-in-time", change("payments", "jkrq = skssqz + 125", KIND(STAMP))),
    ("law", "paid-in-time", change("payments", "kkje = kkje - 1, dkje = dkje + 1", KIND(STAMP))),
    ("law", "paid-in-time", "INSERT INTO payments SELECT * EXCLUDE n REPLACE (serial || n AS serial, 0 AS kkje) FROM (SELECT *, "
                            "unnest([1, 2]) AS n FROM payments WHERE serial = (SELECT min(serial) FROM payments WHERE "
                            f"{KIND(STAMP)}))"),
    ("early", "cit-prepaid-paid", change("payments", "jkrq = jkrq + 100", f"{KIND(CIT)} AND {COUNTED_LATER}")),
    ("early", "cit-prepaid-paid", drop("payments", f"{KIND(CIT)} AND {COUNTED_LATER}")),
    ("law", "some-late", "UPDATE payments SET jkrq = (SELECT jkqx FROM dues d WHERE d.pzxh = payments.pzxh) "
                         f"WHERE {KIND(INSURANCE)}"),
    ("law", "some-late", "UPDATE payments SET jkrq = jkrq + 15 WHERE zsxmDm = '10210'"),
    ("merger", "late-fee", change("payments", "znj = 0", f"znj > 0 AND {KIND(CIT)}")),
    ("merger", "late-fee", change("payments", "znj = znj + 1", f"znj > 0 AND {KIND(STAMP)}")),
    ("law", "late-fee", change("payments", "jkrq = jkrq + 1", f"znj > 0 AND {KIND(INSURANCE)}")),
    ("law", "deadline", change("dues", "jkqx = jkqx + 1", "zsxmDm = '10210'")),
    ("merger", "scale-line", change("taxpayers", "nsrlx = 'general', ybnsrq = '2019-04-01'", "nsrlx = 'small' AND djrq < DATE "
                                    "'2018-01-01' AND djxh IN (SELECT djxh FROM ret WHERE m = 24230 AND NOT general)")),
    ("reform", "statements-once", drop("declarations", f"yzpzzlDm IN {STATEMENTS}")),
    ("law", "statements-once", change("taxpayers", "kjzdzzDm = '101'", "djxh IN (SELECT djxh FROM profit)")),
    ("merger", "statements-once", change("taxpayers", "kjzdzzDm = '102'", "kjzdzzDm = '101' AND djxh IN (SELECT djxh FROM citret)")),
    ("law", "statements-columns", drop("balance_sheet", "ewblxh = '2'")),
    ("early", "statements-columns", change("profit_statement", "ewblxh = '3'")),
    ("reform", "profit-rows", change("profit_statement", "r3 = r3 + 1")),
    ("merger", "profit-rows", change("profit_statement", "r31 = r31 + 1")),
    ("law", "profit-rows", change("profit_statement", "r29 = r24 + 1")),
    ("reform", "profit-quarter", change("profit_statement", "r1 = r1 + 1, r21 = r21 + 1", f"ewblxh = '2' AND {GOES_ON}")),
    ("merger", "profit-quarter", change("profit_statement", "r17 = r17 + 1", f"ewblxh = '1' AND {GOES_ON}")),
    ("reform", "balance-rows", change("balance_sheet", "r1 = r1 + 1")),
    ("law", "balance-rows", change("balance_sheet", "r39 = r39 - 1, r41 = r41 - 1, r47 = r47 - 1, r53 = r53 - 1")),
    ("merger", "balance-signs", change("balance_sheet", "r39 = -1")),
    ("merger", "balance-opening", change("balance_sheet", "r9 = r9 + 1, r1 = r1 - 1", "ewblxh = '2' AND pzxh IN "
                                         "(SELECT pzxh FROM filed WHERE m = 24230)")),
    ("merger", "balance-opening", change("balance_sheet", "r9 = r9 + 1, r1 = r1 - 1", "ewblxh = '1' AND pzxh IN "
                                         "(SELECT pzxh FROM filed WHERE m = 24227)")),
    ("merger", "retained", change("statements", "fplr = fplr + 1", "pzxh IN (SELECT pzxh FROM filed WHERE m % 12 = 11)")),
    ("law", "retained", "UPDATE balance_sheet SET r51 = r51 + 1, r39 = r39 - 1 WHERE ewblxh = '1'"),
    ("reform", "statements-cit", change("cit_2016", "r2 = r2 + 1", KEPT)),
    ("law", "statements-cit", change("profit_statement", "r31 = r31 + 1, r32 = r32 - 1", "ewblxh = '1'")),
    ("merger", "statements-cit", "DELETE FROM cit_2018"),
    ("law", "statements-lines", change("cit_2025", "r4 = r4 + 1, r5 = r5 - 1", KEPT)),
    ("early", "statements-assets", change("cit_2012", "zcze = zcze + 1", f"{KEPT} AND {LATER}")),
    ("merger", "statements-assets", change("cit_2018", "zcze = zcze + 1", f"{KEPT} AND pzxh IN (SELECT pzxh FROM citret "
                                           "WHERE m = 24230)")),
    ("early", "statements-assets", "UPDATE balance_sheet SET r30 = r30 + 100 WHERE ewblxh = '1'"),
    ("merger", "wages-once", drop("declarations", f"yzpzzlDm IN {WAGES}")),
    ("merger", "wages-once", change("taxpayers", "kzztdjlxDm = '1110'", OWNER)),
    ("merger", "wages-rows", change("wages", "xh = 99")),
    ("law", "wages-rows", "UPDATE wages SET sfzjhm = (SELECT min(sfzjhm) FROM wages w WHERE w.pzxh = wages.pzxh) "
                          "WHERE pzxh = (SELECT min(pzxh) FROM wages WHERE xh = 2)"),
    ("merger", "wages-form", change("wages", "yjse = 0", "yjse IS NULL")),
    ("merger", "wages-form", change("wages", "ljzxkc = NULL", SUMS)),
    ("merger", "wages-who", change("wages", "rzrq = DATE '2019-12-01'")),
    ("law", "wages-who", change("wages", "sfzjhm = '43010320150101001X'")),
    ("merger", "wages-allowance", change("wages", "jcfy = 350000", "jcfy = 500000")),
    ("law", "wages-allowance", change("wages", "ljjcfy = ljjcfy + jcfy")),
    ("merger", "wages-taxable", change("wages", "ynssde = ynssde + 1", "NOT ljsr IS NOT NULL")),
    ("law", "wages-taxable", change("wages", "ljzxfjkc = ljzxfjkc + 100", "ynssde > 0")),
    ("merger", "wages-band", change("wages", "sskcs = 10500", "ynssde > 0")),
    ("law", "wages-band", change("wages", "ynse = ynse - 1", "ynse > 0")),
    ("law", "wages-due", change("wages", "ybtse = ybtse + 1")),
    ("merger", "wages-chain", change("wages", "ljsr = ljsr + 1", CHAINED)),
    ("merger", "wages-chain", change("wages", "yjse = yjse + 1", CHAINED)),
    ("merger", "wages-chain", change("wages", "rzrq = rzrq - 1", CHAINED + " AND rzrq < DATE '2019-01-01'")),
    ("merger", "wages-january", change("wages", "yjse = 1", "pzxh IN (SELECT pzxh FROM filed WHERE m = 24228)")),
    ("law", "wages-staff", drop("wages", "pzxh IN (SELECT pzxh FROM filed WHERE m % 3 = 2)")),
    ("law", "wages-staff", change("cit_2021", "cyrs = cyrs + 1")),
    ("merger", "stamp-once", drop("declarations", f"yzpzzlDm IN {STAMP}")),
    ("law", "stamp-kind", change("declarations", "yzpzzlDm = 'BDA0610794'", f"yzpzzlDm IN {STAMP}")),
    ("merger", "stamp-tax", change("stamp_tax", "sysl = 0.0005", "zspmDm = '101110101'")),
    ("law", "stamp-tax", change("stamp_tax", "bqynse = bqynse + 1")),
    ("law", "stamp-tax", change("stamp_tax", "zspmDm = '101110102', sysl = 0.0005")),
    ("merger", "stamp-relief", change("stamp_tax", "phjzbl = 0, phjmse = 0", "phjzbl = 50")),
    ("merger", "stamp-relief", change("stamp_tax", "phjzbl = 50", "phjzbl = 0")),
    ("law", "stamp-due", change("stamp_tax", "bqybtse = bqybtse - 1")),
    ("merger", "stamp-within", change("stamp_tax", "jsje = 1000 * jsje + 10000000000", "pzxh IN (SELECT s.pzxh FROM "
                                      "stamp s JOIN citret c ON c.djxh = s.djxh AND c.m = s.m WHERE s.m > 24224)")),
    ("law", "stamp-capital", change("stamp_tax", "zspmDm = '101110501'", "pzxh IN (SELECT s.pzxh FROM stamp s JOIN "
                                    "taxpayers t USING (djxh) WHERE t.djrq < DATE '2025-01-01')")),
    ("law", "insurance-once", drop("declarations", "yzpzzlDm = 'BDA0611046'")),
    ("law", "insurance-rate", change("insurance", "sysl = 0.2")),
    ("law", "insurance-rate", change("insurance", "bqynse = bqynse + 1, bqybtse = bqybtse + 1")),
    ("law", "insurance-parts", change("insurance", "jsje = jsje + 1000")),
    ("law", "insurance-parts", "UPDATE insurance SET jfrs = 100 * jfrs"),
    ("law", "insurance-parts", drop("insurance")),
    ("law", "insurance-wages", change("insurance", "bqybtse = bqybtse + 1", "zspmDm = '102100201'")),
    ("law", "insurance-wages", "UPDATE insurance SET jfrs = jfrs + 1"),
    ("law", "insurance-wages", change("wages", "jbylaobxf = jbylaobxf - 1")),
]  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for name, months in SETS.items():
        made[name] = tmp_path_factory.mktemp("companies") / name
        generate_dataset(Asked(40, *months, made[name], SEED))
    return made


@pytest.fixture(scope="module")
def tables(folders: dict[str, Path]) -> dict[str, duckdb.DuckDBPyConnection]:
    return {name: loaded(folder, manifest_of(folder)) for name, folder in folders.items()}


@pytest.fixture
def con(request: pytest.FixtureRequest, tables: dict[str, duckdb.DuckDBPyConnection]) -> Iterator[
    duckdb.DuckDBPyConnection
]:  # fmt: skip
    """The tables of the set that the test names, as they were again after it."""
    tables[request.param].execute("BEGIN")
    yield tables[request.param]
    tables[request.param].execute("ROLLBACK")


def test_nothing_differs_and_each_rule_has_looked_at_something_in_one_of_them(
    folders: dict[str, Path], tables: dict[str, duckdb.DuckDBPyConnection]
) -> None:
    looked: dict[str, int] = {}
    for name, con in tables.items():
        for result in check(con, manifest_of(folders[name])):
            assert not result.broken, (name, result)
            looked[result.rule] = looked.get(result.rule, 0) + result.subjects
    nothing = [name.partition(":")[0] for name, subjects in looked.items() if not subjects]
    assert nothing == ["stamp-capital"]  # nobody of these few registers within the months


def test_what_was_filed_at_the_local_bureau_is_not_in_the_set(
    tables: dict[str, duckdb.DuckDBPyConnection],
) -> None:
    """In 2015 and 2016 what is withheld and stamp tax; until July 2018, when the bureaus merge."""
    counts = {
        name: con.execute("SELECT (SELECT count(*) FROM wages), (SELECT count(*) FROM stamp_tax)").fetchall()[
            0
        ]
        for name, con in tables.items()
    }
    assert counts["reform"] == (0, 0) and min(*counts["merger"], *counts["law"]) > 0
    first = tables["merger"].execute("SELECT min(m), min(m) FILTER (s.pzxh IS NOT NULL) FROM filed LEFT JOIN (SELECT "
                                     "DISTINCT pzxh FROM stamp_tax) s USING (pzxh) WHERE yzpzzlDm IN "
                                     f"{WAGES} OR s.pzxh IS NOT NULL").fetchall()  # fmt: skip
    assert first == [(12 * 2018 + 6, 12 * 2018 + 8)]


def test_every_rule_is_tried() -> None:
    wanted = {rule.name.split(":")[0] for rule in HERE}
    assert {name for _, name, _ in PLANTED} == wanted | {"late-fee", "deadline", "scale-line"}


@pytest.mark.parametrize(
    ("con", "name", "broken"),
    PLANTED,
    ids=[f"{n}-{name}" for n, (_, name, _) in enumerate(PLANTED)],
    indirect=["con"],
)
def test_a_planted_break_is_found(con: duckdb.DuckDBPyConnection, name: str, broken: str) -> None:
    assert con.execute(broken).fetchall()[0][0] > 0
    assert con.execute(f"SELECT count(*) FROM ({RULES[name].broken})").fetchall()[0][0] > 0


@pytest.mark.parametrize("con", ["law"], indirect=True)
def test_a_wrong_id_of_an_employee_is_found(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(change("wages", "sfzjhm = left(sfzjhm, -1) || '*'"))
    assert wrong_identifiers(con)["identifier: resident ID of an employee"][1]


@pytest.mark.parametrize("con", ["law"], indirect=True)
def test_an_employee_without_an_amount_is_found(
    con: duckdb.DuckDBPyConnection, folders: dict[str, Path]
) -> None:
    """Sums since January may be empty in what was filed before 2019, the rest may not."""
    con.execute(change("wages", "sr = NULL"))
    broken = {result.rule for result in keys(con, manifest_of(folders["law"])) if result.broken}
    assert "filled: wages, but its texts" in broken
