"""A target that begins with a data set: what the taxpayers do next is taken, what they did already is not."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from generators.documents.invoice import invoice, invoice_range
from generators.documents.payment import payment
from generators.documents.registration import whole
from generators.documents.vat.declaration import declaration, filing
from generators.taxpayers.population import Population, Taxpayer
from renhai.cli.export.dataset import Asked, generate_dataset
from renhai.reference.http.server import main
from renhai.reference.operations import catalogue
from renhai.reference.storage import initial
from renhai.reference.storage.schema import TABLES
from tests.reference.running import Client, target

SEED, DAY = 20150911, "2015-10-22"
PEOPLE = Population(SEED, DAY)
ALL = (*initial.FIRST, *initial.SECOND)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("initial") / "set"
    generate_dataset(Asked(40, "2015-07", "2015-09", out, SEED))
    return out


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    with target("--dataset", str(folder), "--date", DAY, "--strict", "--keep-alive", "600") as running:
        yield running.client()


def people() -> list[Taxpayer]:
    return [PEOPLE.registered(n) for n in range(40)]


def which(t: Taxpayer, k: int) -> dict[str, Any]:
    form, (start, end) = filing(t, k)
    return {"djxh": t.djxh, "skssqq": start, "skssqz": end, "yzpzzlDm": form, "sbsxDm1": "11"}


def test_everybody_is_registered_and_a_newcomer_is_not(client: Client) -> None:
    for t in people():
        assert client.ok("registration.query", {"nsrsbh": t.taxpayer_id}) == {
            "registered": True,
            "djxh": t.djxh,
        }
        assert client.ok("collection.agreement", {"djxh": t.djxh})["sfxyh"] == t.agreement
        assert client.ok("registration.kinds", {"djxh": t.djxh})["kinds"] == whole(t)["kinds"]
    assert client.refused("registration.save", whole(people()[0])) == "DJ013"
    newcomer = PEOPLE.newcomer(0)
    assert not client.ok("registration.query", {"nsrsbh": newcomer.taxpayer_id})["registered"]
    assert client.refused("declaration.status", which(newcomer, 0)) == "DJ014"


def test_the_month_before_is_filed_the_due_one_is_taken_and_paid(client: Client) -> None:
    """Under every rule that can be switched: comparison with invoices, rows 30 and 31 with payments."""
    for t in people():
        assert client.ok("declaration.status", which(t, -1))["filed"]
        assert not client.ok("declaration.status", which(t, 0))["filed"]
        document = declaration(t, 0)
        opening = client.ok("declaration.precheck", which(t, 0))
        if "zb" in document:
            assert opening == {name: document["zb"][0][name] for name in ("sqldse", "qcwjse")}
        client.ok("declaration.submit", document)
        if items := client.ok("collection.unpaid", {"djxh": t.djxh})["items"]:
            client.ok("collection.pay", payment(t, items))
        assert client.refused("declaration.submit", document) == "SB005"


def test_a_return_that_declares_less_than_was_issued_is_refused(folder: Path) -> None:
    """The invoices of the data set are what the comparison goes by."""
    document = next(d for t in people() if "xgm" in (d := declaration(t, 0)) and d["xgm"]["msxse"] > 100)
    less = document["xgm"] | {"msxse": 1.0, "skqjkjdptfpxse": 1.0}
    with target("--dataset", str(folder), "--date", DAY, "--rule", "reconcile=on") as running:
        assert running.client().refused("declaration.submit", document | {"xgm": less}) == "SB018"


def test_the_next_range_is_sold_and_used(client: Client) -> None:
    t = next(t for t in people() if t.scale == "general")
    held = client.ok("invoice.stock", {"djxh": t.djxh})["ranges"]
    assert len(held) >= 6 and all(0 < item["remaining"] < 25 for item in held)
    client.ok("invoice.buy", invoice_range(t, 0))
    client.ok("invoice.issue", invoice(t, 0, 0))


def test_ranges_are_numbered_as_their_file_has_them(client: Client, folder: Path) -> None:
    with (folder / "ranges.csv").open(encoding="utf-8", newline="") as file:
        said = [(row["djxh"], row["fpDm"], row["fpqshm"]) for row in csv.DictReader(file)]
    listed = client.listed("ranges")[: len(said)]
    assert [(row["djxh"], row["fpDm"], row["fpqshm"]) for row in listed] == said
    assert [int(row["serial"][-10:]) for row in listed] == list(range(1, len(said) + 1))


def test_new_rows_have_numbers_of_their_own(client: Client) -> None:
    """A newcomer registers, and files nothing of somebody's."""
    t = PEOPLE.newcomer(1)
    client.ok("registration.save", whole(t))
    assert client.ok("registration.query", {"nsrsbh": t.taxpayer_id})["djxh"] == t.djxh
    vouchers = [row["pzxh"] for row in client.listed("declarations")]
    assert len(set(vouchers)) == len(vouchers) > 40


def test_two_processes_load_what_one_does(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.operations()  # which defines the tables

    def columns(table: str) -> str:
        """But the time at which it was loaded."""
        return ", ".join(name for name, _ in TABLES[table].columns if name != "received")

    begin, begun = initial._second, 0

    def second(*given: Path) -> Any:
        nonlocal begun
        begun += 1
        return begin(*given)

    def loaded(alone_bytes: int) -> dict[str, list[Any]]:
        monkeypatch.setattr(initial, "ALONE_BYTES", alone_bytes)
        file = tmp_path / f"{alone_bytes}.db"
        initial.initialise(f"sqlite:///{file}", folder)
        with sqlite3.connect(file) as connection:
            return {
                table: sorted(connection.execute(f"SELECT {columns(table)} FROM {table}")) for table in ALL
            }

    monkeypatch.setattr(initial, "_second", second)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    alone = loaded(10**9)
    assert (begun, all(alone.values())) == (0, True)
    assert loaded(0) == alone
    assert begun == 1


@pytest.mark.parametrize(
    "spoil",
    ["no manifest", "cut", "missing", "a row lost", "a key twice", "a key twice for the second process"],
)
def test_a_folder_that_is_not_whole_is_refused(
    folder: Path,
    tmp_path: Path,
    spoil: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "second process" in spoil:
        monkeypatch.setattr(initial, "ALONE_BYTES", 0)
        monkeypatch.setattr("os.cpu_count", lambda: 2)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    register, manifest = copy / "taxpayers.csv", copy / "manifest.json"
    lines = register.read_text("utf-8").splitlines(keepends=True)
    if spoil == "no manifest":
        manifest.unlink()
    elif spoil == "missing":
        register.unlink()
    else:
        kinds = {"cut": lines[:9], "a row lost": lines[:-1], "a key twice": [*lines[:-1], lines[-2]]}
        lines = kinds[spoil.partition(" for")[0]]
        register.write_text("".join(lines), "utf-8")
        if spoil != "cut":
            said = json.loads(manifest.read_text("utf-8"))
            said["tables"]["taxpayers"]["bytes"] = register.stat().st_size
            manifest.write_text(json.dumps(said), "utf-8")
    database = tmp_path / "target.db"
    assert main(["--port", "0", "--database", f"sqlite:///{database}", "--dataset", str(copy)]) == 2
    assert "--dataset" in capsys.readouterr().err


def test_a_database_in_use_is_not_filled(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "target.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE own (id)")
    assert main(["--port", "0", "--database", f"sqlite:///{database}", "--dataset", str(folder)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["--port", "0", "--database", "postgresql://u@127.0.0.1/x", "--dataset", str(folder)]) == 2


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_data_set_is_that_of_the_folder_that_was_given(tmp_path: Path, form: str) -> None:
    """DuckDB takes day[1] for day1, and a=Z for a column a, in the place of the file's own."""
    for name in ("day[1]", "day1"):
        path = tmp_path / "a=Z" / name / f"t.{form}"
        path.parent.mkdir(parents=True)
        with duckdb.connect() as link:
            link.execute(f"COPY (SELECT '{name}' AS a) TO '{path}' (FORMAT {form})")
    manifest = {"to": "2015-09", "tables": {"t": {"file": f"t.{form}", "columns": {"a": "text"}}}}
    found = initial.Tables(tmp_path / "a=Z" / "day[1]", manifest).rows("SELECT a FROM t")
    assert list(found) == [[("day[1]",)]]
