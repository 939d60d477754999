"""A domain of the target is one file: operations, tables and codes are known because the file is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from renhai.reference.operations import catalogue
from renhai.reference.rules.codes import CODES
from renhai.reference.storage.audit import lists
from renhai.reference.storage.schema import TABLES, insert, table

ROOT = Path(__file__).resolve().parents[2]
STAMP_DUTY = """
from renhai.reference.operations.operation import Reading, Writing
from renhai.reference.operations.taxpayers import djxh_of
from renhai.reference.rules.codes import rule
from renhai.reference.storage.jobs import Decision, Insert
from renhai.reference.storage.schema import table

EMPTY = rule("YH001", "应税凭证为空", "a voucher has a name")
table("stamps", "djxh name je:amount", listed="stamp-duties")


def stick(document, raw):
    djxh = djxh_of(document)
    return lambda view: Decision({"n": 1}, (Insert("stamps", view.next_id("stamps"), (djxh, "x", 150)),))


def operations(setup):
    return (Writing("stamp.stick", stick, services=("YH.T",), pages=("/hlwsb/yh/t.do",)),)
"""
PROGRAM = """
import asyncio, sys
from pathlib import Path
import renhai.reference.operations as folder
folder.__path__.append(sys.argv[1])
from renhai.reference.operations.catalogue import operations
from renhai.reference.storage.audit import page
from renhai.reference.storage.opening import open_storage

stick = next(operation for operation in operations() if operation.name == "stamp.stick")

async def main():
    storage = open_storage(f"sqlite:///{sys.argv[1]}/target.db")
    await storage.write(stick.check({"djxh": sys.argv[2]}, b""), None)
    print((await storage.read(page("stamp-duties", 0, 10, False)))["rows"])
    await storage.close()

asyncio.run(main())
"""


def test_the_operations_of_the_domains_that_ship() -> None:
    names = [operation.name for operation in catalogue.operations()]
    assert len(names) == len(set(names)) == 95
    folder = ROOT / "renhai" / "reference" / "operations"
    files = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/*.py")}
    parts = {"__init__", "catalogue", "operation", "taxpayers", "filing", "returns"}  # what the domains share
    by_cases = {
        "case",
        "export",
        "voucher",
        "accounting",
        "preference",
    }  # cases/operations.py and files of domains/
    assert {name.partition(".")[0] for name in names} == (files - parts - {"records"}) | by_cases
    found = {domain.__name__.rpartition(".")[2] for domain in catalogue.domains()}
    assert found == (files - parts) | {
        "operations", "examination", "vouchers", "accounting", "overdue", "agreements", "enquiries",
    }  # fmt: skip


def test_tables_are_listed_and_filled_by_what_the_domains_say() -> None:
    catalogue.operations()
    named = {"registrations": "taxpayers"} | {name: name for name in TABLES if name != "taxpayers"}
    apart = ("case_steps", "case_rows", "voucher_moves", "voucher_uses", "voucher_counts", "payment_voids")
    for name in apart:
        named[name.replace("_", "-")] = named.pop(name)
    assert lists() == named
    invoicing = {"ranges", "invoices", "verifications"}
    cases = {"cases", "arrivals", "agreements", "prepayments", *apart}
    files = {"taxpayers", "declarations", "dues", "payments", "certificates"}
    assert set(TABLES) == invoicing | cases | files
    assert insert("payments") == (
        "INSERT INTO payments (id, copy, djxh, serial, pzxh, kkje, znj, jkrq, sfxyh, received) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    assert TABLES["invoices"].amounts() == (6,)
    with pytest.raises(ValueError, match="table dues is defined twice"):
        table("dues", "djxh")


def test_codes_of_a_domain_file_are_in_the_table() -> None:
    catalogue.operations()
    assert {code for code in CODES if code.startswith("ZM")} == {f"ZM{n:03}" for n in range(1, 6)}


def test_two_operations_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = (*catalogue.domains(), catalogue.domains()[0])
    monkeypatch.setattr(catalogue, "domains", lambda: twice)
    with pytest.raises(ValueError, match=r"operation certificate\.paid is defined twice"):
        catalogue.operations()


def test_a_new_domain_is_one_file(tmp_path: Path) -> None:
    """In a process of its own: a domain stays known once it is imported."""
    (tmp_path / "stamp.py").write_text(STAMP_DUTY, encoding="utf-8")
    djxh = "10114301030000000001"
    line = [sys.executable, "-c", PROGRAM, str(tmp_path), djxh]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    expected = [{"id": 1, "copy": 0, "djxh": djxh, "name": "x", "je": 1.5}]
    assert done.stdout.strip() == str(expected)
