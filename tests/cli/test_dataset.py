"""`renhai generate dataset`: whole or not there, the same for any number of processes, in every form."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.dataset.load import loaded, manifest_of
from generators.dataset.schema import REGISTRATION, TABLES
from generators.dataset.span import circles
from generators.documents.registration import registration
from generators.taxpayers.population import Population
from generators.taxpayers.register import CIRCLE, Register
from renhai.cli.app import run_cli
from renhai.cli.export.dataset import Asked, estimated, generate_dataset
from renhai.cli.export.dataset import _span as span_of
from renhai.core.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
SEED = 20150911


def asked(out: Path, **other: object) -> Asked:
    return Asked(20, "2015-08", "2015-09", out, SEED)._replace(**other)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("data") / "september"
    generate_dataset(asked(out))
    return out


def test_the_manifest_says_what_there_is(folder: Path) -> None:
    said = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (said["from"], said["to"], said["seed"]) == ("2015-08", "2015-09", SEED)
    assert said["date"] == "2015-10-22"  # the last day for filing for September
    assert said["taxpayers"] == said["tables"]["taxpayers"]["rows"] == CIRCLE
    assert {path.name for path in folder.iterdir()} == {
        *(f"{name}.csv" for name in TABLES), "manifest.json", "index.html",
    }  # fmt: skip
    for name, table in said["tables"].items():
        lines = (folder / table["file"]).read_text("utf-8").splitlines()
        assert lines[0] == ",".join(TABLES[name].columns) == ",".join(table["columns"])
        assert len(lines) == table["rows"] + 1


def test_rows_are_said_before_they_are_made(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    wanted = asked(tmp_path / "again")
    said = json.loads((folder / "manifest.json").read_text("utf-8"))["tables"]
    span = span_of(wanted)
    sizes = estimated(span, circles(span, 20))
    assert {name: size.rows for name, size in sizes.items()} == {name: said[name]["rows"] for name in TABLES}
    generate_dataset(wanted)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "50 taxpayers: 20, and 30 more with whom they trade"
    assert f"  invoices: about {said['invoices']['rows']:,} rows" in lines
    assert lines[-1] == "100 % done"
    assert (tmp_path / "again" / "invoices.csv").read_bytes() == (folder / "invoices.csv").read_bytes()


def test_the_taxpayers_are_those_of_the_day_with_whom_they_trade(folder: Path) -> None:
    wanted = {Population(SEED, "2015-10-22").registered(n).djxh for n in range(20)}
    known = duckdb.sql(f"SELECT djxh FROM read_csv('{folder}/taxpayers.csv', all_varchar = true)").fetchall()
    assert wanted <= {row[0] for row in known}


@pytest.mark.parametrize("day", ["2015-10-22", "2016-05-20", "2024-10-20"])
def test_who_is_on_a_register_is_there_with_his_circle(day: str) -> None:
    register = Register(date.fromisoformat(day))
    found = [register.index(n) for n in range(40 * CIRCLE)]
    assert {index // CIRCLE for index in found} == {index // CIRCLE for index in found[: 40 * CIRCLE]}
    assert all(found.count(index) == 1 for index in found[:50])
    assert len(found) == len({index // CIRCLE for index in found}) * CIRCLE


def test_the_columns_are_those_of_the_registration() -> None:
    assert set(REGISTRATION) == set(registration(Population(SEED, "2015-10-22").taxpayer(0)))


def test_the_first_months_that_may_be_asked_for_are_written(tmp_path: Path) -> None:
    """2012-02 to 2015-01: books begin in January 2012, and what is asked of 2011 is answered by its law."""
    words = {"taxpayers": 1, "since": "2012-02", "until": "2014-12", "day": date(2015, 1, 5)}
    generate_dataset(asked(tmp_path / "first", **words))
    filed = duckdb.sql(f"SELECT min(skssqq), max(skssqz) FROM '{tmp_path}/first/declarations.csv'").fetchall()
    assert [str(day) for day in filed[0]] == ["2012-01-01", "2014-11-30"]


def test_an_empty_directory_is_filled_a_full_one_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is there already; give a new directory"):
        generate_dataset(asked(folder))
    (tmp_path / "empty").mkdir()
    generate_dataset(asked(tmp_path / "empty", since="2015-09"))
    assert (tmp_path / "empty" / "manifest.json").is_file()


def test_parquet_has_the_rows_of_csv(folder: Path, tmp_path: Path) -> None:
    generate_dataset(asked(tmp_path / "parquet", form="parquet"))
    assert not list((tmp_path / "parquet").glob("*.csv"))
    one, other = (loaded(path, manifest_of(path)) for path in (folder, tmp_path / "parquet"))
    for name in TABLES:
        assert one.execute(f"FROM {name}").fetchall() == other.execute(f"FROM {name}").fetchall()
    amounts = duckdb.sql(f"SELECT typeof(hjje) FROM '{tmp_path}/parquet/invoices.parquet' LIMIT 1").fetchall()
    assert amounts == [("DECIMAL(18,2)",)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "2015-9"], "generate dataset: --from is '2015-9'; must be a month such as 2015-09"),
        (["--to", "2015-13"], "generate dataset: --to is '2015-13'; must be a month such as 2015-09"),
        (["--from", "2015-10"], "must be 2012-02 or later, and not after --to 2015-09"),
        (["--from", "2010-01"], "must be 2012-02 or later"),
        (["--from", "2014-01", "--to", "2014-11"], "--to gives the day 2014-12-15"),
        (["--date", "2015-12-01"], "--date gives the day 2015-12-01; must lie from the last day of --to"),
        (["--date", "2015-09-29"], "--date gives the day 2015-09-29; must lie"),
        (["--format", "xml"], "--format is 'xml'; known: csv, parquet, sql"),
        (["--taxpayers", "40000000"], "--taxpayers is 40000000; must be 1 to 30000000"),
        (["--to", "2027-12"], "--to gives the day 2028-01-15"),
    ],
)
def test_mistakes_are_said(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = {"--taxpayers": "20", "--from": "2015-08", "--to": "2015-09", "--out": str(tmp_path / "out")}
    given = usual | dict(zip(words[::2], words[1::2], strict=True))
    assert run_cli(["generate", "dataset", *(word for pair in given.items() for word in pair)]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "renhai", "generate", "dataset", *words]


def environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "RENHAI_LANG": "en"}


def test_several_processes_write_the_same_and_an_end_leaves_nothing(tmp_path: Path) -> None:
    words = ["--from", "2015-09", "--to", "2015-09", "--processes", "2", "--out"]
    done = subprocess.run(
        command("--taxpayers", "250", *words, str(tmp_path / "two")),
        capture_output=True, text=True, timeout=120, env=environ(), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    generate_dataset(asked(tmp_path / "one", taxpayers=250, since="2015-09"))
    one, two = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("one", "two"))
    assert one == two
    begun = subprocess.Popen(
        command("--taxpayers", "100000", *words, str(tmp_path / "ended")),
        stderr=subprocess.DEVNULL,
        env=environ(),
    )
    until = time.monotonic() + 100
    while not list(tmp_path.glob(".ended.*/invoices.csv")) and time.monotonic() < until:
        time.sleep(0.05)
    begun.send_signal(signal.SIGTERM)
    assert begun.wait(60) != 0
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}
