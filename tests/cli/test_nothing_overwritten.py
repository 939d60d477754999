"""A command writes over no file that it reads, nor over a table that people filled in and nobody imported."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from renhai.cli.app import run_cli
from tests.checks.journal.test_importing import CSV, ROWS
from tests.cli.test_ledger import only, run_of
from tests.results.checks.audits import LOST, audit


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RENHAI_LANG", "en")
    monkeypatch.setenv("COLUMNS", "140")
    run_cli(["ledger", "merge", run_of("one", audit(LOST))])
    Path("day.csv").write_text(ROWS, encoding="utf-8")
    Path("map.yaml").write_text(CSV, encoding="utf-8")
    Path("own.yaml").write_text("name: own\n", encoding="utf-8")
    Path("ledger.csv").symlink_to("results/ledger.json")


LINES = {
    "the records of a journal": (["journal", "import", "day.csv", "--mapping", "map.yaml"], "day.csv"),
    "their mapping": (["journal", "import", "day.csv", "--mapping", "map.yaml"], "map.yaml"),
    "the scenario of a day": (["journal", "make", "own.yaml"], "own.yaml"),
    "the ledger by its page": (["ledger", "show"], "results/ledger.json"),
    "the ledger by its table": (["ledger", "export"], "ledger.csv"),
}


@pytest.mark.parametrize("name", LINES)
def test_what_is_read_is_not_written_over(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    line, out = LINES[name]
    option = [] if "export" in line else ["--page" if "show" in line else "--out"]
    before = Path(out).read_bytes()
    capsys.readouterr()
    assert run_cli([*line, *option, out]) == 2
    where = option[0] if option else "FILE"
    assert capsys.readouterr().err == f"{where}: {out} is read by this command; choose another file\n"
    assert Path(out).read_bytes() == before


def edit(owner: str) -> bytes:
    with Path("t.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    rows[0]["owner"] = owner
    with Path("t.csv").open("w", encoding="utf-8-sig", newline="") as sink:
        writer = csv.DictWriter(sink, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return Path("t.csv").read_bytes()


def test_an_edited_table_is_written_over_only_when_the_ledger_has_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_cli(["ledger", "export", "t.csv"]) == 0
    assert run_cli(["ledger", "export", "t.csv"]) == 0, "nobody wrote into it"
    edited = edit("张三")
    capsys.readouterr()
    assert run_cli(["ledger", "export", "t.csv"]) == 2
    told = "t.csv: holds edits that the ledger lacks (1 row); import it first, or write another file\n"
    assert capsys.readouterr().err == told
    assert Path("t.csv").read_bytes() == edited
    assert run_cli(["ledger", "import", "t.csv"]) == 0
    assert run_cli(["ledger", "export", "t.csv"]) == 0
    assert only()["owner"] == "张三"


def test_a_table_that_the_ledger_is_ahead_of_is_written_anew(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["ledger", "export", "t.csv"]) == 0
    assert run_cli(["ledger", "set", only()["id"], "--state", "waiting"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{only()['id']}: reported, waiting"
    assert run_cli(["ledger", "export", "t.csv"]) == 0
    assert "reported, waiting" in Path("t.csv").read_text("utf-8")
    Path("t.csv").write_text("no table\n", encoding="utf-8")
    assert run_cli(["ledger", "export", "t.csv"]) == 0
