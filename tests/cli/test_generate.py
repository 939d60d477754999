"""`renhai generate`: the same records in every format, in flat memory, and clear errors."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import tracemalloc
from pathlib import Path
from typing import IO

import duckdb
import pytest

from generators import identifiers
from generators import kinds as kinds
from generators.documents.record_kind import RecordKind
from generators.documents.vat.declaration import declaration
from generators.taxpayers.population import Population
from renhai.cli.app import run_cli
from renhai.cli.export import parquet, writer
from renhai.cli.export.writer import FORMATS, flat, generate
from renhai.core.errors import UsageError
from tests import forked

ROOT = Path(__file__).resolve().parents[2]
SEED = 20150911
IDENTIFIERS = {
    "uscc": identifiers.check_uscc,
    "organisation-code": identifiers.check_organisation_code,
    "taxpayer-id": identifiers.check_old_taxpayer_id,
    "resident-id": identifiers.check_resident_id,
    "business-number": identifiers.check_business_number,
    "cnaps": identifiers.check_cnaps,
    "bank-card": identifiers.check_bank_card,
    "djxh": identifiers.check_djxh,
    "agreement": identifiers.check_agreement,
    "pzxh": identifiers.check_pzxh,
    "qr": identifiers.check_qr,
    "digital-invoice-number": identifiers.check_digital_invoice_number,
}

DOCUMENTS = ("taxpayer", "registration", "vat-declaration", "vat-general", "vat-small", "payment")
CURRENT = (*DOCUMENTS, "invoice-range", "invoice")


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def made(kind: str, count: int, out: Path, profile: str = "gt3_2015", form: str = "jsonl") -> Path:
    assert generate(kind, count, seed=SEED, profile=profile, form=form, out=out) == count
    return out


def rows(file: Path) -> list[dict]:
    table = duckdb.sql(f"FROM '{file}'")
    return [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]


def without_none(value):
    """Parquet shows a field that a record does not have as an empty one."""
    if isinstance(value, dict):
        return {name: without_none(item) for name, item in value.items() if item is not None}
    return [without_none(item) for item in value] if isinstance(value, list) else value


def renhai(
    *arguments: str, output: int | IO[bytes] = subprocess.PIPE, errors: int | IO[bytes] = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    how = {"folder": Path.cwd(), "environment": environ, "text": False}
    with forked.started("renhai", "generate", *arguments, output=output, errors=errors, **how) as process:
        said = process.communicate(timeout=60)
    return subprocess.CompletedProcess(arguments, process.returncode or 0, *said)


@pytest.mark.parametrize(
    ("kind", "profile"),
    [(kind, "gt3_2015") for kind in kinds.KINDS] + [(kind, "current") for kind in CURRENT],
)
def test_every_kind_gives_as_many_records_as_asked(kind: str, profile: str, tmp_path: Path) -> None:
    found = lines(made(kind, 40, tmp_path / "out.jsonl", profile))
    assert len(found) == 40
    assert len({tuple(record) for record in found}) <= 2  # small and general declarations differ


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_identifiers_are_valid_and_unique(name: str, tmp_path: Path) -> None:
    """Of many more: tests/generators/test_identifiers.py."""
    values = [record[name] for record in lines(made(name, 500, tmp_path / "out"))]
    assert all(map(IDENTIFIERS[name], values))
    assert len(set(values)) == 500


def test_invoice_codes_and_numbers_are_valid_and_unique_together(tmp_path: Path) -> None:
    pairs = {tuple(record.values()) for record in lines(made("invoice-code", 500, tmp_path / "out"))}
    assert len(pairs) == 500
    assert all(identifiers.check_invoice_code(code) for code, _ in pairs)
    assert all(identifiers.check_invoice_number(number) for _, number in pairs)


def test_declarations_are_those_of_the_generators(tmp_path: Path) -> None:
    first = Population(SEED, "gt3_2015").taxpayer(0)
    expected = [declaration(first, k) for k in range(12)]
    assert lines(made("declaration", 12, tmp_path / "out")) == expected


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer records make the columns of a table, and a row group of it, than they do for a user."""
    assert (writer.FIRST, parquet.FIRST, parquet.ROW_GROUP) == (2000, 5000, 4096)
    monkeypatch.setattr(writer, "FIRST", 200)
    monkeypatch.setattr(parquet, "FIRST", 200)
    monkeypatch.setattr(parquet, "ROW_GROUP", 2048)  # DuckDB has no smaller ones


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("kind", ["registration", "vat-declaration", "invoice"])
def test_parquet_holds_what_jsonl_holds(kind: str, tmp_path: Path) -> None:
    expected = lines(made(kind, 2060, tmp_path / "a.jsonl"))
    file = made(kind, 2060, tmp_path / "a.parquet", form="parquet")
    groups = duckdb.sql(
        f"SELECT DISTINCT row_group_id, compression FROM parquet_metadata('{file}')"
    ).fetchall()
    assert sorted(groups) == [(0, "ZSTD"), (1, "ZSTD")]
    assert without_none(rows(file)) == without_none(expected)


@pytest.mark.usefixtures("small_steps")
def test_equal_arguments_write_equal_parquet(tmp_path: Path) -> None:
    files = [made("invoice", 2060, tmp_path / name, form="parquet") for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == files


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("kind", ["registration", "vat-declaration", "invoice"])
def test_csv_holds_what_jsonl_holds(kind: str, tmp_path: Path) -> None:
    expected = [flat(record) for record in lines(made(kind, 210, tmp_path / "a.jsonl"))]
    with made(kind, 210, tmp_path / "a.csv", form="csv").open(encoding="utf-8", newline="") as file:
        for row, record in zip(csv.DictReader(file), expected, strict=True):
            shown = {name: str(value) for name, value in record.items()}
            assert {name: value for name, value in row.items() if value} == {
                name: value for name, value in shown.items() if value
            }


def test_flat_names_nested_fields_by_their_path() -> None:
    record = {"djxh": "1", "xhf": {"mc": "店"}, "zb": [{"ewblxh": 1}, {"ewblxh": 2}], "lines": [{"je": 1.5}]}
    assert flat(record) == {
        "djxh": "1", "xhf.mc": "店", "zb.1.ewblxh": 1, "zb.2.ewblxh": 2, "lines": '[{"je":1.5}]'
    }  # fmt: skip


def test_equal_arguments_write_equal_bytes_and_another_seed_writes_others(tmp_path: Path) -> None:
    first, second = (made("invoice", 100, tmp_path / name).read_bytes() for name in "ab")
    generate("invoice", 100, seed=SEED + 1, profile="gt3_2015", out=tmp_path / "c")
    assert first == second != (tmp_path / "c").read_bytes()


def test_memory_does_not_grow_with_the_count() -> None:
    """4,000 records as objects are more than a megabyte."""
    many = kinds.records("uscc", 4000, SEED, "current")
    next(many)  # the population's tables are made once
    with Path(os.devnull).open("wb") as nowhere:
        tracemalloc.start()
        FORMATS["jsonl"](many, nowhere)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"kind": "vat-declaraton"}, "KIND is 'vat-declaraton'; did you mean 'vat-declaration'?"),
        ({"profile": "gt4"}, "--profile is 'gt4'; known: current, gt3_2015"),
        ({"form": "xml"}, "--format is 'xml'; known: csv, jsonl, parquet"),
        ({"count": -1}, "--count is -1; must be 0 or more"),
        ({"form": "parquet"}, "--format is 'parquet', which needs a file; add --out FILE"),
        ({"out": Path("/nowhere/x")}, "--out /nowhere/x: cannot be written: No such file or directory"),
        ({"out": Path("/")}, "--out /: cannot be written: Is a directory"),
        (
            {"out": Path("/dev/full"), "count": 20_000},
            "/dev/full: cannot be written: No space left on device",
        ),
    ],
)
def test_what_is_wrong_is_said(arguments: dict, says: str) -> None:
    asked = {"kind": "uscc", "count": 1, "seed": 1} | arguments
    with pytest.raises(UsageError) as caught:
        generate(asked.pop("kind"), asked.pop("count"), **asked)
    assert says in str(caught.value)


def test_a_file_is_replaced_only_when_it_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = made("uscc", 3, tmp_path / "out")
    before = out.read_bytes()

    def broken(t):
        raise ZeroDivisionError

    monkeypatch.setitem(kinds.KINDS, "uscc", RecordKind("", broken))
    with pytest.raises(ZeroDivisionError):
        generate("uscc", 3, seed=SEED, out=out)
    assert out.read_bytes() == before
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.usefixtures("small_steps")
def test_a_later_record_with_another_field_is_an_error_in_tables_never_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(t):
        return ({"a": {"b": 1}} if t.index < 200 else {"a": {"b": 1, "c": 2}},)

    monkeypatch.setitem(kinds.KINDS, "odd", RecordKind("", odd))
    for form, says in (("csv", "a.c"), ("parquet", "the field a of a record")):
        with pytest.raises(UsageError, match=says):
            generate("odd", 201, seed=1, form=form, out=tmp_path / "out")


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize(
    ("first", "later"),
    [
        ({"a": 1}, {"a": 1.5}),  # would be cut to 2
        ({"a": 1.5}, {"a": 2**53 + 1}),  # would be rounded
        ({"a": 1}, {"a": 2**63}),
        ({"a": 1.5}, {"a": float("nan")}),  # would be empty
        ({"a": 1}, {"a": True}),
        ({"a": "1"}, {"a": 1}),  # would become text
        ({"a": 1}, {"a": "1"}),
        ({"a": [1]}, {"a": ["x"]}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"c": 2}]}),  # c would be dropped
        ({"a": {"b": 1}}, {"a": 1}),
        ({"a": 1}, {"b": 1}),
    ],
)
def test_a_value_that_a_column_cannot_hold_exactly_is_an_error(
    first: dict, later: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(t):
        return (first if t.index < 200 else later,)

    monkeypatch.setitem(kinds.KINDS, "odd", RecordKind("", odd))
    with pytest.raises(UsageError, match=r"the field [ab] of a record is not like that of the first records"):
        generate("odd", 201, seed=1, form="parquet", out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_values_come_back_from_parquet_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [
        {
            "文": "2015-09-11",
            "n": -(2**63),
            "x": 0.1,
            "b": True,
            "none": None,
            "list": [1, None],
            "o'": {'q"': "x"},
        },
        {
            "文": "NaN, 'x'\n",
            "n": 2**63 - 1,
            "x": 2**53,
            "b": False,
            "none": None,
            "list": [],
            "o'": {'q"': ""},
        },
        {"文": "", "n": 0, "x": -0.0, "b": None, "none": None, "list": None, "o'": None},
    ]
    monkeypatch.setitem(kinds.KINDS, "odd", RecordKind("", lambda t: (values[t.index % 3],)))
    generate("odd", 3, seed=1, form="parquet", out=tmp_path / "out.parquet")
    assert rows(tmp_path / "out.parquet") == values


def test_nothing_asked_nothing_written(tmp_path: Path) -> None:
    assert made("invoice", 0, tmp_path / "out").read_bytes() == b""
    assert made("invoice", 0, tmp_path / "out.csv", form="csv").read_bytes() == b"\n"
    assert rows(made("invoice", 0, tmp_path / "out.parquet", form="parquet")) == []


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_reader_that_goes_away_is_no_error(form: str, tmp_path: Path) -> None:
    forked.write_program(tmp_path / "renhai")
    line = f"{tmp_path}/renhai generate taxpayer --count 100000 --format {form} | head -2"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], capture_output=True, timeout=60, env=environ, check=False
    )
    assert (ended.returncode, ended.stderr, ended.stdout.count(b"\n")) == (0, b"", 2)


def test_a_full_disk_behind_the_pipe_is_one_line_and_exit_2() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = renhai("uscc", "--count", "1000", output=full)
    assert ended.returncode == 2
    assert ended.stderr == b"generate: standard output cannot be written: No space left on device\n"


def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    quiet = renhai("taxpayer", "--count", "2000", "--out", str(tmp_path / "quiet"))
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, b"", b"")
    terminal, end = pty.openpty()
    shown = renhai("taxpayer", "--count", "2000", "--out", str(tmp_path / "shown"), errors=end)
    os.close(end)
    assert shown.returncode == 0
    assert b"/2000" in os.read(terminal, 100_000)
    os.close(terminal)
    assert (tmp_path / "quiet").read_bytes() == (tmp_path / "shown").read_bytes()


@pytest.mark.parametrize(
    "words",
    [["uscc", "--count", "1"], ["--count", "1", "uscc"], ["records", "uscc", "--count", "1"]],
    ids=["kind first", "option first", "by its name"],
)
def test_a_kind_is_asked_for_without_the_name_of_the_command(
    words: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run_cli(["generate", *words, "--seed", str(SEED)]) == 0
    assert json.loads(capfdbinary.readouterr().out) == {"uscc": Population(SEED, "current").taxpayer(0).uscc}


def test_the_help_of_a_kind_is_that_of_the_records(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["generate", "uscc", "--help"]) == 0
    assert "--count N" in capsys.readouterr().out
