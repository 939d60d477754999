"""The page of figures of a data set says what its files hold: each figure is computed again from them."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.dataset.load import loaded, manifest_of
from generators.dataset.figures import COUNTED, SUMMED_BY, WHO, figures_of
from generators.dataset.rows import rows_of
from generators.dataset.schema import TABLES
from generators.dataset.span import circles
from renhai.cli.export.dataset import SAMPLED, Asked, generate_dataset
from renhai.cli.export.dataset import _span as span_of
from renhai.cli.export.dataset_page import _eras
from results.report.html.dataset import PAGE, render_dataset, short
from results.report.words.dataset import COUNTS, HEADS, NAMES
from tests.results.report.browser import shown
from tests.results.report.browsing import beyond_the_margin, browse, needs_chromium

SEED = 20150911
# The month before the reform of May 2016 and the first one after it.
SPAN = {"taxpayers": 350, "since": "2016-04", "until": "2016-05"}


def asked(out: Path, **other: object) -> Asked:
    return Asked(**{**SPAN, "out": out, "seed": SEED, **other})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "may<2016>"
    generate_dataset(asked(out))
    return out


@pytest.fixture(scope="module")
def con(folder: Path) -> duckdb.DuckDBPyConnection:
    """All tables; amounts in fen."""
    return loaded(folder, manifest_of(folder))


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def text_of(page: str, language: str) -> str:
    """What a reader of one language sees."""
    other = {"en": "zh", "zh": "en"}[language]
    body = page.partition("<header>")[2].partition('<script type="application/json"')[0]
    body = re.sub(rf'<span lang="{other}">.*?</span>', "", body, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / PAGE).read_text("utf-8")


@pytest.fixture(scope="module")
def groups(page: str) -> dict[str, dict[str, dict[str, int]]]:
    """group -> one of it -> quantity -> number."""
    return {
        group: {row["key"]: {k: v for k, v in row.items() if isinstance(v, int)} for row in rows}
        for group, rows in data_of(page)["groups"].items()
    }


def some(groups: dict[str, dict[str, dict[str, int]]], group: str, quantity: str) -> dict[str, int]:
    return {key: row[quantity] for key, row in groups[group].items() if row.get(quantity)}


def told(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
    return {str(key): int(number) for key, number in con.execute(query).fetchall() if number}


@pytest.mark.parametrize("group", WHO)
def test_who_there_is(group: str, groups: Any, con: duckdb.DuckDBPyConnection) -> None:
    query = f"SELECT {WHO[group]}, count(*) FROM taxpayers GROUP BY 1"
    assert some(groups, group, "taxpayers") == told(con, query)


def test_general_taxpayers_by_district(groups: Any, con: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT zgswjDm, count(*) FROM taxpayers WHERE nsrlx = 'general' GROUP BY 1"
    assert some(groups, "district", "general") == told(con, query) != {}


def month_of(column: str) -> str:
    return f"left(CAST(t.{column} AS VARCHAR), 7)"


@pytest.mark.parametrize("one", COUNTED, ids=lambda one: one.table)
def test_what_they_did_by_month_kind_district_scale_and_industry(
    one: Any, groups: Any, con: duckdb.DuckDBPyConnection
) -> None:
    columns = {"month": month_of(one.day), **{group: f"t.{column}" for group, column in one.groups.items()}}
    columns |= {group: f"p.{WHO[group]}" for group in SUMMED_BY}
    sums = {one.quantity: "count(*)"}
    sums |= {name: f"sum(t.{column})" for name, column in one.sums.items()}
    if one.table == "payments":  # a refund is no payment
        sums["late"] = "count(*) FILTER (t.znj > 0)"
        sums["paid"] = "sum(t.kkje) FILTER (t.jklx <> 'refund')"
        sums["refunded"] = "-sum(t.kkje) FILTER (t.jklx = 'refund')"
    else:
        sums |= {name: f"count(*) FILTER (t.{column} <> '')" for name, column in one.filled.items()}
    for group, column in columns.items():
        for name, number in sums.items():
            query = f"SELECT {column}, {number} FROM {one.table} t JOIN taxpayers p USING (djxh) GROUP BY 1"
            assert some(groups, group, name) == told(con, query), (group, name)


def test_each_month_adds_up_to_the_table(groups: Any, folder: Path) -> None:
    tables = manifest_of(folder)["tables"]
    for one in COUNTED:
        assert sum(some(groups, "month", one.quantity).values()) == tables[one.table]["rows"], one.table
    assert sum(some(groups, "district", "taxpayers").values()) == tables["taxpayers"]["rows"]


def test_there_is_something_to_count_in_every_quantity(groups: Any) -> None:
    """Else the comparisons above hold nothing against nothing."""
    seen = {name for rows in groups.values() for row in rows.values() for name, n in row.items() if n}
    assert seen >= {"taxpayers", "general", "invoices", "red", "amount", "tax", "deductions", "deducted"}
    assert seen >= {"returns", "declared", "dues", "due", "payments", "late", "paid", "fees"}


def test_the_eras_are_those_of_the_months(groups: Any, page: str) -> None:
    rows = data_of(page)["groups"]["era"]
    assert [(row["key"], row["to"], row["months"]) for row in rows] == [
        ("2016-04", "2016-04", 1), ("2016-05", "2016-05", 1),
    ]  # fmt: skip
    english, chinese = "VAT 17%, 13%, 11%, 6%", "增值税 17%、13%、11%、6%"
    assert rows[0]["name"] == [f"{english}, beside business tax", f"{chinese}，营业税并存"]
    assert rows[1]["name"] == [english, chinese]
    for quantity in ("invoices", "amount", "returns", "due", "paid"):
        assert [row[quantity] for row in rows] == [groups["month"][row["key"]][quantity] for row in rows]


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_what_was_counted(language: str, page: str, groups: Any) -> None:
    spoken = 0 if language == "en" else 1
    text = text_of(page, language)
    names = data_of(page)["groups"]
    for row in names["district"]:
        assert f"{row['name'][spoken]} {row['key']} {row['taxpayers']}" in text
    for group in ("invoice", "return", "levy", "payment"):
        for key, row in groups[group].items():
            name = NAMES[group][key][spoken]
            first = row.get("invoices") or row.get("returns") or row.get("dues") or row.get("payments")
            code = "" if group == "payment" else f"{key} "
            assert f"{name} {code}{first:,}" in text, (group, key)
    assert yuan(sum(some(groups, "month", "amount").values())) in text
    for month, row in groups["month"].items():
        cells = f"{row['deductions']:,}", yuan(row["deducted"]), f"{row['invoices']:,}", yuan(row["amount"])
        assert " ".join((month, *cells)) in text


def test_no_share_of_the_page_is_rounded_to_all_or_nothing(page: str) -> None:
    shares = re.findall(r'<td class="n">((?:&lt; )?[\d.]+%)</td><td><span', page)
    assert len(shares) > 20
    assert not {"0.0%", "100.0%"} & set(shares)


def test_the_page_is_in_words_of_its_reader_and_asks_for_nothing(page: str) -> None:
    chinese = text_of(page, "zh")
    plain = re.sub(r"\b[\w.]+\.(csv|json)\b|renhai", "", chinese)
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", plain)
    assert "may&lt;2016&gt;" in page
    assert "<2016>" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert page.count('<svg class="across"') == 3


def test_any_number_of_processes_and_any_form_make_the_same_page(folder: Path, tmp_path: Path) -> None:
    """Seven circles of three bands are more than are made to be counted, so that processes make them."""
    assert len(circles(span_of(asked(tmp_path)), 350)) > len(("standing", "reform", "new")) * SAMPLED
    wanted = data_of((folder / PAGE).read_text("utf-8"))
    for name, more in (("two", {"processes": 2}), ("parquet", {"form": "parquet"})):
        generate_dataset(asked(tmp_path / name / folder.name, **more))
        found = data_of((tmp_path / name / folder.name / PAGE).read_text("utf-8"))
        assert found["groups"] == wanted["groups"]
        assert found["form"] == more.get("form", "csv")
        assert {table: one["rows"] for table, one in found["tables"].items()} == {
            table: one["rows"] for table, one in wanted["tables"].items()
        }


def test_figures_of_parts_add_up_to_those_of_the_whole(tmp_path: Path) -> None:
    span = span_of(asked(tmp_path / "out"))
    found = circles(span, 350)[:3]
    parts = [rows_of(span, circle) for circle in found]
    together = {name: [row for part in parts for row in part[name]] for name in TABLES}
    added = figures_of(parts[0])
    for part in reversed(parts[1:]):
        added.update(figures_of(part))
    assert added == figures_of(together)


def test_each_quantity_has_a_head_and_is_a_count_or_an_amount() -> None:
    counts = {one.quantity for one in COUNTED} | {name for one in COUNTED for name in one.filled}
    amounts = {name for one in COUNTED for name in one.sums} | {one.back for one in COUNTED if one.back}
    assert counts <= COUNTS
    assert not amounts & COUNTS
    assert counts | amounts <= set(HEADS)


def test_amounts_of_the_head() -> None:
    assert short(99_999_99) == ("99,999.99", "99,999.99")
    assert short(100_000_00) == ("0.10 million", "10.0 万")
    assert short(1_234_567_89) == ("1.23 million", "123.5 万")
    assert short(123_456_789_012_34) == ("123.46 billion", "1,234.57 亿")
    assert short(-1_234_567_89) == ("-1.23 million", "-123.5 万")


def test_a_code_without_a_name_stands_as_it_is() -> None:
    row = {"key": "99999", "name": None, "invoices": 3, "red": 0, "amount": -5, "tax": 0}
    found = {
        "name": "x", "made_by": "renhai", "seed": 1, "from": "2015-08", "to": "2015-08", "date": "2015-09-15",
        "asked": 1, "taxpayers": 1, "general": 0, "form": "csv", "tables": {},
        "groups": {"invoice": [row], "month": [{**row, "key": "2015-08"}], "era": []},
    }  # fmt: skip
    text = text_of(render_dataset(found), "en")
    assert "99999 3 – -0.05 –" in text


@needs_chromium
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_browser_shows_it_and_asks_for_nothing(
    folder: Path, language: str, width: int, tmp_path: Path
) -> None:
    saw, console = browse(folder / PAGE, language, tmp_path, width)
    assert console == []
    assert saw["asked"] == []
    assert saw["wide"] == 0


@needs_chromium
def test_it_prints_within_its_margins(folder: Path) -> None:
    printed = shown(folder / PAGE, "zh", 1280, printed=True).pdf
    assert beyond_the_margin(printed, 12) == []


def test_eras_are_joined_where_the_law_is_the_same() -> None:
    months = [
        {"key": month, "name": None, "invoices": 1} for month in ("2018-03", "2018-04", "2018-05", "2019-04")
    ]
    found = [(row["key"], row["to"], row["months"], row["name"][0]) for row in _eras(months)]
    assert found == [
        ("2018-03", "2018-04", 2, "VAT 17%, 11%, 6%"),
        ("2018-05", "2018-05", 1, "VAT 16%, 10%, 6%"),
        ("2019-04", "2019-04", 1, "VAT 13%, 9%, 6%"),
    ]
